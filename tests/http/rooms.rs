//! `/v1/rooms`: described, entered, told of, closed, found again after a restart.

use serde_json::{Value, json};

use crate::client::{call, get, soon};
use crate::in_process::TestNode;

fn enter(node: &TestNode, room: &str, users: std::ops::Range<u32>) {
    let event = |user| json!({"type": "live_join", "user_id": format!("u{user}"), "room_id": room});
    node.client().events(&json!(users.map(event).collect::<Vec<_>>()));
}

fn state(node: &TestNode, room: &str, ready: impl Fn(&Value) -> bool) -> Value {
    soon(|| get(node, &format!("/v1/rooms/{room}/state")).expect(200), ready)
}

#[test]
fn a_room_is_described_entered_and_closed() {
    let node = TestNode::start();
    let about = json!({"title": "Sneakers", "host": "mei", "categories": ["shoes"], "products": ["p1", "p2"]});
    call(&node, "PUT", "/v1/rooms/42", &about).expect(200);
    enter(&node, "42", 0..3);
    let click =
        json!({"type": "live_product_click", "user_id": "u1", "room_id": "42", "item_id": "p2"});
    node.client().events(&click);
    let found = state(&node, "42", |found| found["stats"]["acts"]["click"] == 1);
    assert_eq!(found["stats"]["viewers"], 3, "{found:#}");
    let pulls: Vec<f64> =
        found["shelf"].as_array().unwrap().iter().map(|it| it["pull"].as_f64().unwrap()).collect();
    assert!(pulls[0] < pulls[1], "{pulls:?}");
    let item = get(&node, "/v1/items/room:42").expect(200);
    assert_eq!((&item["kind"], &item["room_id"]), (&json!("live_room"), &json!("42")));

    let told = get(&node, "/v1/rooms/42").expect(200);
    assert_eq!((&told["host"], &told["is_open"]), (&json!("mei"), &json!(true)));
    assert_eq!(told["products"], json!(["p1", "p2"]));
    call(&node, "DELETE", "/v1/rooms/42", &Value::Null).expect(200);
    let found = state(&node, "42", |found| found["stats"]["viewers"] == 0);
    assert_eq!(found["stats"]["leaves"], 3, "{found:#}");
    assert_eq!(get(&node, "/v1/rooms?open=true").expect(200)["rooms"], json!([]));
    assert_eq!(get(&node, "/v1/rooms?open=false").expect(200)["rooms"][0]["room_id"], "42");
}

#[test]
fn rooms_come_by_pages_in_order() {
    let node = TestNode::start();
    for room in ["b", "a", "d", "c"] {
        enter(&node, room, 0..1);
    }
    let mut names = Vec::new();
    let mut page = get(&node, "/v1/rooms?limit=3").expect(200);
    assert_eq!(page["rooms"].as_array().map(Vec::len), Some(3), "{page}");
    loop {
        let rooms = page["rooms"].as_array().unwrap();
        names.extend(rooms.iter().map(|room| room["room_id"].as_str().unwrap().to_owned()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        page = get(&node, &format!("/v1/rooms?limit=3&cursor={cursor}")).expect(200);
    }
    assert_eq!(names, ["a", "b", "c", "d"]);
}

#[test]
fn what_is_said_in_a_room_has_its_place_in_the_stream_also_after_a_restart() {
    let mut node = TestNode::start();
    enter(&node, "42", 0..2);
    state(&node, "42", |found| found["stats"]["viewers"] == 2);
    let say = |node: &TestNode, body: Value| {
        call(node, "POST", "/v1/rooms/42/messages", &body).expect(200)
    };
    say(&node, json!({"text": "welcome", "data": {"coupon": "NINE"}}));
    say(&node, json!({"kind": "showing", "item_id": "p9"}));
    let comment = json!({"type": "live_comment", "user_id": "u1", "room_id": "42", "properties": {"text": "how much?"}});
    node.client().events(&comment);
    let before = state(&node, "42", |found| found["stream"]["offset"] == 3);
    assert_eq!(before["showing"], "p9");
    node.restart();
    let after = state(&node, "42", |_| true);
    assert_eq!(after["stream"], before["stream"]);
    assert_eq!(after["stats"]["asked_ever"]["price"], 1, "{after:#}");
    // All connections were lost; nobody is back within the grace.
    assert_eq!(after["stats"]["viewers"], 2, "the grace runs");
}

#[test]
fn bad_rooms_are_refused_with_what_is_wrong() {
    let node = TestNode::start();
    let refused = |method: &str, path: &str, body: Value, status: u16, says: &str| {
        let answer = call(&node, method, path, &body).expect(status).to_string();
        assert!(answer.contains(says), "{method} {path}: {answer}");
    };
    refused("PUT", "/v1/rooms/42", json!({"hosts": "x"}), 422, "host");
    refused("PUT", "/v1/rooms/a:state", json!({}), 422, ":state");
    refused(
        "PUT",
        "/v1/rooms/42",
        json!({"starts_at": 1_800_000_000, "ends_at": 1_700_000_000}),
        422,
        "ends_at",
    );
    refused("POST", "/v1/rooms/none/messages", json!({"text": "x"}), 404, "room_not_found");
    refused("DELETE", "/v1/rooms/none", Value::Null, 404, "room_not_found");
    refused("GET", "/v1/rooms?limit=0", Value::Null, 422, "limit");
    refused("GET", "/v1/rooms?cursor=x", Value::Null, 422, "cursor");
}

#[test]
fn rooms_past_the_bound_are_refused() {
    let node = TestNode::start_with(|config| config.rooms.most_rooms = 1);
    call(&node, "PUT", "/v1/rooms/a", &json!({})).expect(200);
    call(&node, "PUT", "/v1/rooms/b", &json!({})).refused(409, "too_many_rooms");
    call(&node, "PUT", "/v1/rooms/a", &json!({"title": "again"})).expect(200);
}

#[test]
fn an_event_in_a_room_that_cannot_be_called_so_is_refused() {
    let node = TestNode::start();
    for room in ["a:state".to_owned(), "r".repeat(251)] {
        let event = json!({"type": "live_join", "user_id": "u1", "room_id": room});
        let refused = call(&node, "POST", "/v1/events", &event).expect(422).to_string();
        assert!(refused.contains("/room_id") && refused.contains("invalid_id"), "{refused}");
    }
}

#[test]
fn a_room_asked_for_right_after_an_acknowledged_event_reflects_it() {
    let node = TestNode::start();
    for viewers in 1..=60 {
        enter(&node, "42", viewers - 1..viewers);
        let told = get(&node, "/v1/rooms/42/state").expect(200);
        assert_eq!(told["stats"]["viewers"], viewers, "{told}");
        // What says nothing to rooms is not waited for.
        node.client().events(&json!({"type": "click", "user_id": "u1", "item_id": "p1"}));
    }
    enter(&node, "another", 0..1);
    let page = get(&node, "/v1/rooms").expect(200);
    assert_eq!(page["rooms"].as_array().map(Vec::len), Some(2), "{page}");
}
