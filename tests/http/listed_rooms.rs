//! Live rooms in lists: there when they are opened, up with their heat, gone when they are closed.

use serde_json::{Value, json};

use crate::client::{call, get, send, soon};
use crate::in_process::{TestNode, item_ids};
use crate::recommendations::recommend;
use crate::websocket::WebSocket;

fn open(node: &TestNode, room: &str, host: &str) {
    let body = json!({"title": room, "host": host, "categories": ["games"]});
    call(node, "PUT", &format!("/v1/rooms/{room}"), &body).expect(200);
}

fn for_rooms() -> Value {
    json!({"must": [{"key": "kind", "match": {"value": "live_room"}}]})
}

/// Rooms listed for `user`, with the reasons.
fn rooms(node: &TestNode, user: &str) -> Value {
    recommend(node, &json!({"user_id": user, "filter": for_rooms(), "explain": "reasons"}))
}

fn listed(node: &TestNode, user: &str) -> Vec<String> {
    item_ids(&rooms(node, user))
}

fn is_first(answer: &Value, room: &str) -> bool {
    item_ids(answer).first().is_some_and(|first| first == room)
}

fn events(node: &TestNode, room: &str, kind: &str, users: std::ops::Range<u32>) {
    let one = |n: u32| json!({"user_id": format!("viewer-{n}"), "room_id": room, "type": kind});
    node.client().events(&json!(users.map(one).collect::<Vec<_>>()));
}

#[test]
fn a_room_comes_with_its_opening_rises_with_its_heat_and_goes_with_its_end() {
    let node = TestNode::start();
    assert_eq!(listed(&node, "u1"), [""; 0]);
    open(&node, "42", "mei");
    open(&node, "43", "tom");
    open(&node, "44", "mei");
    soon(|| rooms(&node, "u1"), |answer| item_ids(answer).len() == 3);

    events(&node, "43", "live_join", 0..12);
    events(&node, "43", "live_comment", 0..12);
    soon(|| rooms(&node, "u1"), |answer| is_first(answer, "room:43"));

    // Who was in a room of mei's sees the other one first, once there is as much as something going on.
    let here = |kind: &str| json!({"user_id": "fan", "room_id": "44", "type": kind});
    node.client().events(&json!([here("live_join"), here("live_gift"), here("live_gift")]));
    node.client().events(&here("live_leave"));
    events(&node, "42", "live_join", 20..30);
    events(&node, "42", "live_comment", 20..30);
    let answer = soon(
        || rooms(&node, "fan"),
        |answer| {
            let listed = item_ids(answer);
            let place = |room| listed.iter().position(|other| other == room);
            place("room:42") < place("room:43") && place("room:42").is_some()
        },
    );
    let own = answer["items"].as_array().expect("items").iter();
    let reasons =
        own.filter(|item| item["item_id"] == "room:42").map(|item| item["reasons"].clone());
    let reasons: Vec<Value> = reasons.collect();
    assert!(reasons[0].to_string().contains("live_"), "{reasons:?}");

    let ask = json!({"user_id": "fan", "item_id": "room:42", "filter": for_rooms()});
    let explained = call(&node, "POST", "/v1/explain", &ask).expect(200);
    let told = explained.to_string();
    for name in ["room_heat", "room_audience", "room_host", "room_retention"] {
        assert!(told.contains(name), "{name}: {explained:#}");
    }

    send(&node, "DELETE", "/v1/rooms/43", &[], b"").expect(200);
    assert!(!listed(&node, "u1").contains(&"room:43".to_owned()), "gone at once");
    let ranked = json!({"user_id": "u1", "items": ["room:42", "room:43"]});
    let ranked = call(&node, "POST", "/v1/rank", &ranked).expect(200);
    assert_eq!(item_ids(&ranked), ["room:42"]);
    assert_eq!(ranked["filtered"]["closed"], 1);
}

#[test]
fn who_follows_a_host_sees_their_room_first() {
    let node = TestNode::start();
    node.client().events(&json!({"user_id": "fan", "item_id": "mei", "type": "follow"}));
    open(&node, "42", "mei");
    open(&node, "43", "tom");
    events(&node, "42", "live_join", 0..6);
    events(&node, "43", "live_join", 10..18);
    soon(|| rooms(&node, "stranger"), |answer| is_first(answer, "room:43"));
    soon(|| rooms(&node, "fan"), |answer| is_first(answer, "room:42"));
}

/// What is pushed to a viewer of a room until it is over: that it ended, and the rooms that are offered next, in any order.
fn told_at_its_end(viewer: &mut WebSocket, room: &str) -> [Value; 2] {
    let (mut ended, mut next) = (None, None);
    while ended.is_none() || next.is_none() {
        let line = viewer.next().expect("the connection stays");
        let data = &line["push"]["pub"]["data"];
        if data["kind"] == "ended" && line["push"]["channel"] == format!("room:{room}") {
            ended = Some(data.clone());
        }
        if data["kind"] == "next" {
            next = Some(data.clone());
        }
    }
    [ended.unwrap(), next.unwrap()]
}

#[test]
fn viewers_of_a_room_that_ends_are_told_and_offered_the_next_whoever_ends_it() {
    let node = TestNode::start();
    let follow = |room: &str, user: &str| {
        let mut viewer = WebSocket::connect(node.url(), &json!({"data": {"user_id": user}}));
        viewer.subscribe(&json!({"channel": format!("room:{room}")}));
        viewer.subscribe(&json!({"channel": format!("user:{user}")}));
        viewer
    };
    open(&node, "41", "mei");
    open(&node, "42", "mei");
    open(&node, "43", "tom");
    let (mut closed, mut announced) = (follow("41", "a"), follow("42", "b"));
    let there = |room: &str| {
        let state = || get(&node, &format!("/v1/rooms/{room}/state")).expect(200);
        soon(state, |state| state["stats"]["viewers"] == 1);
    };
    there("41");
    there("42");
    send(&node, "DELETE", "/v1/rooms/41", &[], b"").expect(200);
    let [_, next] = told_at_its_end(&mut closed, "41");
    assert_eq!(next["room_id"], "41");
    assert!(!item_ids(&next).contains(&"room:41".to_owned()), "{next}");

    let end = freshet::clock::wall_now().plus_millis(1_500).as_millis();
    let body = json!({"title": "42", "host": "mei", "categories": ["games"], "ends_at": end});
    call(&node, "PUT", "/v1/rooms/42", &body).expect(200);
    let [ended, next] = told_at_its_end(&mut announced, "42");
    assert!(ended["at"].is_string(), "{ended}");
    assert_eq!(item_ids(&next), ["room:43"], "{next}");
    assert_eq!(get(&node, "/v1/rooms/42").expect(200)["is_open"], false);
}
