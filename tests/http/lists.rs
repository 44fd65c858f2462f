//! `/v1/popular`, `/v1/trending`, `/v1/items/{id}/similar`.

use serde_json::{Value, json};

use crate::client::{call, get, soon};
use crate::in_process::{TestNode, item_ids};

fn clicks(node: &TestNode, item: &str, times: usize) {
    let events: Vec<_> = (0..times)
        .map(|n| json!({"user_id": format!("{item}-{n}"), "item_id": item, "type": "click"}))
        .collect();
    node.client().events(&json!(events));
}

#[test]
fn what_is_popular_is_listed_overall_by_window_and_by_category() {
    let node = TestNode::start();
    let items = json!([{"item_id": "a", "categories": ["shoes"]}, {"item_id": "b", "categories": ["hats"]},
        {"item_id": "c", "categories": ["shoes"]}]);
    call(&node, "POST", "/v1/items/batch", &items).expect(200);
    clicks(&node, "a", 3);
    clicks(&node, "b", 5);
    clicks(&node, "c", 1);
    let popular = soon(|| get(&node, "/v1/popular").expect(200), |list| item_ids(list).len() == 3);
    assert_eq!(item_ids(&popular), ["b", "a", "c"]);
    assert_eq!((&popular["window"], &popular["category"]), (&Value::Null, &Value::Null));
    for window in ["5m", "1h", "24h"] {
        let path = format!("/v1/popular?window={window}&limit=2");
        let counted = soon(|| get(&node, &path).expect(200), |list| item_ids(list).len() == 2);
        assert_eq!(item_ids(&counted), ["b", "a"]);
        assert_eq!(counted["window"], window);
        assert_eq!(counted["items"][0]["score"], 5.0, "{counted}");
    }
    let path = "/v1/popular?window=5m&category=shoes";
    let shoes = soon(|| get(&node, path).expect(200), |list| item_ids(list).len() == 2);
    assert_eq!(item_ids(&shoes), ["a", "c"]);
    let shoes = get(&node, "/v1/popular?category=shoes").expect(200);
    assert_eq!(item_ids(&shoes), ["a", "c"]);
    assert_eq!(get(&node, "/v1/popular?category=bags").expect(200)["items"], json!([]));
}

#[test]
fn a_wrong_parameter_is_named() {
    let node = TestNode::start();
    let problem = get(&node, "/v1/popular?window=5min").refused(422, "invalid_request");
    assert!(problem["detail"].as_str().unwrap().contains("5m"), "{problem}");
    get(&node, "/v1/popular?windw=5m").refused(422, "invalid_request");
    get(&node, "/v1/trending?category=shoes").refused(422, "invalid_request");
    get(&node, "/v1/items/a/similar?limit=0").refused(422, "invalid_request");
}

#[test]
fn similar_items_are_those_chosen_together() {
    let node = TestNode::start();
    let events: Vec<_> = (0..8)
        .flat_map(|n| {
            ["a", "b"]
                .map(|item| json!({"user_id": format!("u{n}"), "item_id": item, "type": "click"}))
        })
        .collect();
    node.client().events(&json!(events));
    let path = "/v1/items/a/similar";
    let similar = soon(|| get(&node, path).expect(200), |list| !item_ids(list).is_empty());
    assert_eq!((item_ids(&similar), &similar["item_id"]), (vec!["b".to_owned()], &json!("a")));
    get(&node, "/v1/items/ghost/similar").refused(404, "item_not_found");
}

#[test]
fn a_burst_is_trending() {
    let node = TestNode::start();
    clicks(&node, "hot", 40);
    let trending =
        soon(|| get(&node, "/v1/trending").expect(200), |list| !item_ids(list).is_empty());
    assert_eq!(item_ids(&trending), ["hot"]);
    call(&node, "DELETE", "/v1/items/hot", &Value::Null).expect(200);
    soon(|| get(&node, "/v1/trending").expect(200), |list| item_ids(list).is_empty());
}
