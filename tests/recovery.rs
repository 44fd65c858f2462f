//! What a node knows survives a stop, and an old answer can be had again after it.

mod in_process;

use in_process::TestNode;
use serde_json::json;

fn fill(node: &TestNode) {
    let client = node.client();
    let items: Vec<_> = (0..50)
        .map(|item| {
            json!({"item_id": format!("i{item}"), "categories": [format!("c{}", item % 5)],
            "title": format!("Item {item}"), "price": 9.5})
        })
        .collect();
    assert_eq!(client.post("/v1/items/batch", &json!(items)).status, 200);
    assert!(client.put("/v1/users/u1", &json!({"properties": {"tier": "gold"}})).status < 300);
    for turn in 0..200 {
        client
            .events(&json!({"user_id": format!("u{}", turn % 20), "event_id": format!("e{turn}"),
            "item_id": format!("i{}", turn * 7 % 50), "type": "click"}));
    }
}

#[test]
fn a_restarted_node_knows_users_items_lists_and_ids() {
    let mut node = TestNode::start();
    fill(&node);
    // Neighbours are published a moment after their events; a node that has started has published all.
    node.restart();
    let client = node.client();
    let events = client.get("/v1/users/u1/events").body;
    let item = client.get("/v1/items/i7").body;
    let similar = client.get("/v1/items/i7/similar").body["items"].clone();

    node.restart();

    let client = node.client();
    assert_eq!(client.get("/v1/users/u1/events").body, events);
    assert_eq!(client.get("/v1/items/i7").body, item);
    assert_eq!(client.get("/v1/items/i7/similar").body["items"], similar);
    let again = client
        .events(&json!({"user_id": "u1", "event_id": "e1", "item_id": "i7", "type": "click"}));
    assert_eq!(again["duplicates"], 1, "{again}");
    assert_eq!(again["accepted"], 0, "{again}");
}

#[test]
fn a_checkpoint_on_request_is_what_the_next_start_uses() {
    let mut node = TestNode::start();
    fill(&node);
    let cut = node.client().post("/v1/checkpoints", &json!({}));
    assert!(cut.status < 300, "{}", cut.body);
    node.client()
        .events(&json!({"user_id": "u3", "event_id": "late", "item_id": "i1", "type": "like"}));
    let before = node.client().get("/v1/users/u3").body;
    node.restart();
    let after = node.client().get("/v1/users/u3").body;
    assert_eq!(after["events_applied"], before["events_applied"], "{after}");
}

/// The score went by a number that no name was known for any more.
#[test]
fn a_liking_for_a_category_that_no_item_carries_any_more_keeps_its_name() {
    let mut node = TestNode::start();
    let scores = |node: &TestNode| {
        let scores = node.client().get("/v1/users/u1").body["category_scores"].clone();
        let names = scores.as_array().unwrap().iter().map(|score| score["category"].clone());
        names.collect::<Vec<_>>()
    };
    let put = |node: &TestNode, category: &str| {
        let item = json!([{"item_id": "a", "categories": [category]}]);
        assert_eq!(node.client().post("/v1/items/batch", &item).status, 200);
    };
    put(&node, "rain");
    node.client().events(&json!({"user_id": "u1", "item_id": "a", "type": "click"}));
    put(&node, "shine");
    assert_eq!(scores(&node), ["rain"]);
    node.restart();
    assert_eq!(scores(&node), ["rain"]);
    // And the number is the name's again.
    put(&node, "rain");
    node.client().events(&json!({"user_id": "u1", "item_id": "a", "type": "click"}));
    assert_eq!(scores(&node), ["rain"]);
}

/// Clicks of [`fill`] are all learned from, one by one, before and after a stop.
#[test]
fn a_node_learns_from_its_stream_and_a_restarted_one_knows_what_it_learned() {
    let mut node = TestNode::start();
    fill(&node);
    let learned = |node: &TestNode| {
        let model = node.inner().model();
        (model.trained(), model.events(), model.items())
    };
    for _ in 0..500 {
        if learned(&node).0 == 200 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert_eq!(learned(&node), (200, 200, 50));
    node.restart();
    assert_eq!(learned(&node), (200, 200, 50));
    let metrics = node.inner().render_metrics();
    assert!(metrics.contains("freshet_samples_total"), "{metrics}");
}

#[test]
fn a_node_without_a_model_learns_nothing() {
    let node = TestNode::start_with(|config| config.model.enabled = false);
    fill(&node);
    std::thread::sleep(std::time::Duration::from_millis(500));
    assert_eq!(node.inner().model().revision(), 0);
}
