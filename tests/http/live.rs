//! Live rooms over real connections to a real node: WebSocket and server-sent events.

use serde_json::{Value, json};

use crate::client::soon;
use crate::in_process::TestNode;
use crate::websocket::{EventSource, HANDSHAKE, WebSocket, open};

#[test]
fn viewers_of_a_room_see_what_is_said_in_it_and_find_it_again_after_a_restart() {
    let mut node = TestNode::start();
    let mut viewer = WebSocket::connect(node.url(), &json!({"data": {"user_id": "a"}}));
    let subscribed = viewer.subscribe(&json!({"channel": "room:42", "recoverable": true}));
    assert_eq!(subscribed["recoverable"], true);
    let epoch = subscribed["epoch"].as_str().unwrap().to_owned();
    let mut host = WebSocket::connect(node.url(), &json!({"data": {"user_id": "h"}}));
    host.subscribe(&json!({"channel": "room:42"}));
    let comment = |text: &str| {
        json!({"rpc": {"method": "event", "data":
            {"type": "live_comment", "room_id": "42", "properties": {"text": text}}}})
    };
    let reply = host.ask(comment("what does it cost?"));
    assert_eq!(reply["rpc"]["data"]["accepted"], 1, "{reply}");
    let seen = viewer.publication("room:42");
    assert!(seen["data"].to_string().contains("what does it cost?"), "{seen}");
    let offset = seen["offset"].as_u64().unwrap();
    host.ask(comment("and the red one?"));
    node.restart();
    let mut viewer = WebSocket::connect(node.url(), &json!({"data": {"user_id": "a"}}));
    let back = viewer.subscribe(
        &json!({"channel": "room:42", "recover": true, "epoch": epoch, "offset": offset}),
    );
    assert_eq!((&back["epoch"], &back["recovered"]), (&json!(epoch), &json!(true)), "{back}");
    let missed = back["publications"].as_array().unwrap();
    assert_eq!(missed[0]["offset"], offset + 1);
    assert!(missed[0]["data"].to_string().contains("and the red one?"), "{back}");
}

#[test]
fn an_event_of_a_connection_is_the_tokens_users_and_of_nobody_else() {
    let node = TestNode::start();
    let mut viewer = WebSocket::connect(node.url(), &json!({"data": {"user_id": "a"}}));
    let mut call = |data| viewer.ask(json!({"rpc": {"method": "event", "data": data}}));
    assert_eq!(call(json!({"type": "click", "item_id": "i1"}))["rpc"]["data"]["accepted"], 1);
    let other = call(json!({"type": "click", "item_id": "i1", "user_id": "b"}));
    assert_eq!(other["error"]["code"], 103, "{other}");
    let two = call(json!([{"type": "click", "item_id": "i1"}, {"type": "click", "item_id": "i2"}]));
    assert_eq!(two["error"]["code"], 107, "{two}");
    let says = |refused: &Value, words: &str| {
        let message = refused["error"]["message"].as_str().unwrap();
        assert!(message.contains(words), "{refused}");
    };
    says(&other, "permission denied: /user_id: ");
    says(&two, "one event is expected");
    let itemless = call(json!({"type": "click"}));
    assert_eq!(itemless["error"]["code"], 107, "{itemless}");
    says(&itemless, "bad request: /item_id: ");
    let wrong = call(json!({"type": "live_gift", "room_id": "7", "value": "much"}));
    says(&wrong, "bad request: /value: ");
    let known = node.client().get("/v1/users/a/events");
    assert_eq!(known.body["events"].as_array().map(Vec::len), Some(1), "{}", known.body);
}

#[test]
fn a_room_can_be_followed_by_server_sent_events() {
    let node = TestNode::start();
    let path = "/v1/rooms/7/stream?user_id=a";
    let mut events = EventSource::open(node.url(), path, None);
    assert_eq!(events.of_kind("subscribed").get("recovered"), None);
    let say = |text: &str| {
        let body = json!({"user_id": "h", "type": "live_comment", "room_id": "7", "properties": {"text": text}});
        assert_eq!(node.client().post("/v1/events", &body).status, 200);
    };
    say("one");
    let mut saw = |wanted: &str| while !events.next().to_string().contains(wanted) {};
    saw("\"one\"");
    let last = events.last_id.clone().unwrap();
    drop(events);
    say("two");
    // Rooms follow events by a moment: what is missed is what was published by the time of coming back.
    let room = || node.client().get("/v1/rooms/7/state").body;
    soon(room, |room| room["stream"]["offset"] == 2);
    let mut events = EventSource::open(node.url(), path, Some(&last));
    assert!(events.next().to_string().contains("\"two\""));
    assert_eq!(events.of_kind("subscribed")["recovered"], true);
    // A client that cannot send the header says so in the address.
    let mut events = EventSource::open(node.url(), &format!("{path}&last_event_id={last}"), None);
    assert!(events.next().to_string().contains("\"two\""));
    let mut stranger = EventSource::open(node.url(), path, Some("elsewhere:7"));
    assert_eq!(stranger.of_kind("subscribed")["recovered"], false);
}

#[test]
fn a_page_of_another_origin_cannot_connect() {
    let node = TestNode::start_with(|config| {
        config.server.origins = vec!["https://shop.example".to_owned()];
    });
    let status = |path: &str, origin: &str| {
        let headers = [HANDSHAKE.as_slice(), &[("origin", origin)]].concat();
        let headers = if path == "/v1/ws" { headers } else { vec![("origin", origin)] };
        open(node.url(), path, &headers).status
    };
    for (path, good) in [("/v1/ws", 101), ("/v1/rooms/1/stream", 200)] {
        assert_eq!(status(path, "https://evil.example"), 403);
        assert_eq!(status(path, "https://shop.example"), good);
        assert_eq!(status(path, node.url()), good);
    }
    let foreign = [HANDSHAKE.as_slice(), &[("host", "evil.example")]].concat();
    assert_eq!(open(node.url(), "/v1/ws", &foreign).status, 403);
}

#[test]
fn what_is_no_handshake_is_told_so() {
    let node = TestNode::start();
    assert_eq!(open(node.url(), "/v1/ws", &[]).status, 426);
    let headers = &HANDSHAKE[..3];
    assert_eq!(open(node.url(), "/v1/ws", headers).status, 426, "no key");
    assert_eq!(open(node.url(), "/v1/events", &HANDSHAKE).status, 404);
    let offering = |names: &str| {
        let offer = [HANDSHAKE.as_slice(), &[("sec-websocket-protocol", names)]].concat();
        let opened = open(node.url(), "/v1/ws", &offer);
        (opened.status, opened.head.to_lowercase())
    };
    assert_eq!(offering("centrifuge-protobuf").0, 426);
    let (status, head) = offering("centrifuge-protobuf, centrifuge-json");
    assert_eq!(status, 101);
    assert!(head.contains("sec-websocket-protocol: centrifuge-json\r\n"), "{head}");
}

#[test]
fn where_a_key_is_set_a_token_is_needed_and_the_key_is_not() {
    let secret = "0123456789abcdef0123456789abcdef";
    let node = TestNode::start_with(|config| {
        config.server.api_key = Some(config::Secret::new("key"));
        config.auth.token_secret = Some(config::Secret::new(secret));
    });
    let mut nobody = WebSocket::dial(node.url());
    nobody.send(json!({"connect": {"data": {"user_id": "a"}}}));
    assert_eq!(nobody.next(), Err(3500));
    assert_eq!(open(node.url(), "/v1/rooms/1/stream", &[]).status, 401);
    let mut early = WebSocket::dial(node.url());
    early.send(json!({"subscribe": {"channel": "room:1"}}));
    assert_eq!(early.next(), Err(3501));
}

#[test]
fn a_node_that_stops_does_not_wait_for_connections() {
    let node = TestNode::start();
    let mut viewer = WebSocket::connect(node.url(), &json!({"data": {"user_id": "a"}}));
    viewer.subscribe(&json!({"channel": "room:42"}));
    let mut events = EventSource::open(node.url(), "/v1/rooms/42/stream", None);
    events.of_kind("subscribed");
    let stopping = std::thread::spawn(move || drop(node));
    let code = loop {
        if let Err(code) = viewer.next() {
            break code;
        }
    };
    assert_eq!(code, 3001);
    stopping.join().unwrap();
}
