use std::time::Duration;

use actix_http::ws::OpCode;
use serde_json::json;

use crate::live::Sign;
use crate::live::testing::{Read, Rig, bounds};

mod limits;
mod streams;

#[actix_web::test]
async fn nothing_comes_before_connect_and_connect_comes_once() {
    let rig = Rig::start(10, bounds(|_| ())).await;
    let mut early = rig.dial().await;
    early.send(json!({"subscribe": {"channel": "room:1"}})).await;
    assert_eq!(early.next().await, Read::Closed(3501));
    let mut twice = rig.connect("a").await;
    twice.send(json!({"connect": {"token": "b"}})).await;
    assert_eq!(twice.next().await, Read::Closed(3501));
    let mut nobody = rig.dial().await;
    nobody.send(json!({"connect": {}})).await;
    assert_eq!(nobody.next().await, Read::Closed(3500));
    let mut old = rig.dial().await;
    let reply = old.ask(json!({"connect": {"token": "old:a"}})).await;
    assert_eq!(reply["error"]["code"], 109);
    let mut said = rig.dial().await;
    let reply = said.ask(json!({"connect": {"data": {"user_id": "me"}}})).await;
    assert_eq!((&reply["connect"]["ping"], &reply["connect"]["pong"]), (&json!(25), &json!(true)));
    assert!(said.subscribe("user:me").await.as_object().unwrap().is_empty());
}

#[actix_web::test]
async fn a_client_sends_connect_and_subscriptions_in_one_frame() {
    let rig = Rig::start(10, bounds(|_| ())).await;
    rig.rooms.publish("42");
    let mut client = rig.dial().await;
    client
        .send_text(
            "{\"connect\":{\"token\":\"a\"},\"id\":1}\n{\"subscribe\":{\"channel\":\"room:42\"},\"id\":2}\n{\"subscribe\":{\"channel\":\"room:42:state\"},\"id\":3}",
        )
        .await;
    let mut lines = Vec::new();
    for _ in 0..3 {
        let Read::Line(line) = client.next().await else { panic!("closed") };
        lines.push(line);
    }
    assert_eq!(
        lines[1]["subscribe"],
        json!({"recoverable": true, "positioned": true, "epoch": "e0", "offset": 1})
    );
    assert_eq!(lines[2]["subscribe"], json!({}));
    rig.rooms.publish("42");
    let push =
        json!({"push": {"channel": "room:42", "pub": {"data": {"n": 2, "pad": ""}, "offset": 2}}});
    assert_eq!(client.next().await, Read::Line(push));
}

#[actix_web::test]
async fn the_latest_of_each_kind_follows_every_subscription_to_a_state() {
    let rig = Rig::start(10, bounds(|_| ())).await;
    let mut first = rig.connect("a").await;
    first.subscribe("room:1:state").await;
    rig.hub.tell("room:1:state", "room_stats", r#"{"kind":"room_stats","viewers":1}"#.into());
    rig.hub.tell("room:1:state", "room_stats", r#"{"kind":"room_stats","viewers":2}"#.into());
    let push = |viewers: u32| {
        Read::Line(
            json!({"push": {"channel": "room:1:state", "pub": {"data": {"kind": "room_stats", "viewers": viewers}}}}),
        )
    };
    assert_eq!(first.next().await, push(2), "what nobody has read is not sent");
    let mut second = rig.connect("b").await;
    second.subscribe("room:1:state").await;
    assert_eq!(second.next().await, push(2));
    first.ask(json!({"unsubscribe": {"channel": "room:1:state"}})).await;
    first.subscribe("room:1:state").await;
    assert_eq!(first.next().await, push(2));
    assert_eq!(*rig.rooms.asked.lock().unwrap(), ["watch 1"]);
}

#[actix_web::test]
async fn channels_are_for_those_who_may_follow_them() {
    let rig = Rig::start(10, bounds(|config| config.max_rooms = 2)).await;
    let mut client = rig.connect("only-1:a").await;
    let mut code = async |channel: &str| {
        client.ask(json!({"subscribe": {"channel": channel}})).await["error"]["code"].clone()
    };
    assert_eq!(code("room:2").await, 103);
    assert_eq!(code("room:2:state").await, 103);
    assert_eq!(code("user:b").await, 103);
    assert_eq!(code("news").await, 102);
    assert!(code("room:1").await.is_null());
    assert_eq!(code("room:1").await, 105);
    assert_eq!(
        client.ask(json!({"publish": {"channel": "room:1", "data": 1}})).await["error"]["code"],
        103
    );
    assert_eq!(
        client.ask(json!({"rpc": {"method": "dance", "data": 1}})).await["error"]["code"],
        104
    );
    let mut other = rig.connect("b").await;
    other.subscribe("room:1").await;
    let reply = other.ask(json!({"subscribe": {"channel": "room:gone"}})).await;
    assert_eq!(reply["error"]["code"], 102);
    other.subscribe("room:2").await;
    let reply = other.ask(json!({"subscribe": {"channel": "room:3"}})).await;
    assert_eq!(reply["error"]["code"], 106);
    other.subscribe("room:3:state").await;
}

#[actix_web::test]
async fn events_are_said_by_the_tokens_user_and_presence_is_told_in_order() {
    let rig = Rig::start(10, bounds(|_| ())).await;
    let mut client = rig.connect("a").await;
    client.subscribe("room:1").await;
    let event = json!({"type": "live_like", "room_id": "1"});
    let reply = client.ask(json!({"rpc": {"method": "event", "data": event}})).await;
    assert_eq!(reply["rpc"]["data"], json!({"accepted": 1}));
    assert_eq!(*rig.said.events.lock().unwrap(), [("a".to_owned(), event.to_string())]);
    let mut second = rig.connect("a").await;
    second.subscribe("room:1").await;
    client.ask(json!({"unsubscribe": {"channel": "room:1"}})).await;
    drop(second);
    while rig.hub.is_followed("room:1") {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let signs = rig.hub.signs().take(10).await;
    let [Sign::Joined { .. }, Sign::Left { how, user, .. }] = &signs[..] else {
        panic!("{signs:?}")
    };
    assert_eq!((how, user.as_str()), (&crate::live::Leaving::Lost, "a"));
}

#[actix_web::test]
async fn messages_may_come_in_parts_and_pings_of_the_protocol_below_are_answered() {
    let rig = Rig::start(10, bounds(|_| ())).await;
    let mut client = rig.dial().await;
    client.send_frame(b"{\"id\":1,\"conn", OpCode::Text, false).await;
    client.send_frame(b"hello", OpCode::Ping, true).await;
    assert_eq!(client.next().await, Read::Line(json!({"opcode": "Pong"})));
    client.send_frame(b"ect\":{\"token\":\"a\"}}", OpCode::Continue, true).await;
    let Read::Line(reply) = client.next().await else { panic!("closed") };
    assert!(reply["connect"].is_object());
    client.send_frame(&[3, 232], OpCode::Close, true).await;
    assert_eq!(client.next().await, Read::Closed(1000));
}
