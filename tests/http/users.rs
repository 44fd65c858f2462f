//! `/v1/users`.

use serde_json::{Value, json};

use crate::client::{call, get};
use crate::in_process::TestNode;

#[test]
fn a_profile_is_kept_over_a_restart_and_stands_beside_the_state() {
    let mut node = TestNode::start();
    let profile = json!({"labels": ["newsletter"], "properties": {"plan": "gold", "age": 41}});
    let written = call(&node, "PUT", "/v1/users/u1", &profile).expect(200);
    assert_eq!(written["applied"], true);
    let before = get(&node, "/v1/users/u1").expect(200);
    assert_eq!(
        (&before["labels"], &before["properties"]),
        (&profile["labels"], &profile["properties"])
    );
    assert_eq!((&before["events_applied"], &before["last_event_at"]), (&json!(0), &Value::Null));

    call(&node, "PUT", "/v1/items/a", &json!({"categories": ["shoes"]})).expect(200);
    let events = json!([{"user_id": "u1", "item_id": "a", "type": "click"},
        {"user_id": "u1", "item_id": "a", "type": "cart"}]);
    node.client().events(&events);
    node.restart();
    let after = get(&node, "/v1/users/u1").expect(200);
    assert_eq!(after["properties"], profile["properties"]);
    assert_eq!(after["events_applied"], 2);
    assert_eq!((&after["counts"]["60m"], &after["visit"]["events"]), (&json!(2), &json!(2)));
    assert_eq!(after["type_scores"][0]["type"], "add_to_cart", "{after}");
    assert_eq!(after["category_scores"][0]["category"], "shoes", "{after}");
    assert!(after["last_click_at"].is_string(), "{after}");
}

#[test]
fn the_newest_events_come_first() {
    let node = TestNode::start();
    for n in 0..60 {
        node.client().events(&json!({"user_id": "u1", "item_id": format!("i{n}"), "type": "view",
            "ts": 1_700_000_000 + n}));
    }
    let three = get(&node, "/v1/users/u1/events?limit=3").expect(200);
    let named: Vec<_> =
        three["events"].as_array().unwrap().iter().map(|e| e["item_id"].clone()).collect();
    assert_eq!(named, ["i59", "i58", "i57"]);
    assert_eq!(three["events"][0]["type"], "view_item");
    assert_eq!(three["events"][0]["timestamp"], "2023-11-14T22:14:19Z");
    let all = get(&node, "/v1/users/u1/events").expect(200);
    assert_eq!(all["events"].as_array().unwrap().len(), 50);
    get(&node, "/v1/users/u1/events?limit=51").refused(422, "invalid_request");
    assert_eq!(get(&node, "/v1/users/nobody/events").expect(200)["events"], json!([]));
}

#[test]
fn nobody_is_404_and_a_wrong_profile_is_refused_by_place() {
    let node = TestNode::start();
    get(&node, "/v1/users/nobody").refused(404, "user_not_found");
    for (body, pointer) in [
        (json!({"label": ["a"]}), "/label"),
        (json!({"labels": "a"}), "/labels"),
        (json!({"properties": 7}), "/properties"),
        (json!({"user_id": "u2"}), "/user_id"),
        (json!([1]), ""),
    ] {
        let problem = call(&node, "PUT", "/v1/users/u1", &body).refused(422, "invalid_request");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
    }
    call(&node, "DELETE", "/v1/users/u1", &Value::Null).refused(405, "method_not_allowed");
}
