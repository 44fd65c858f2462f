//! Declared features and patterns over HTTP: read at once after the event, many at a time, after a restart.

use serde_json::{Value, json};

use crate::client::{call, get, soon};
use crate::in_process::TestNode;

fn online(node: &TestNode, body: &Value) -> Value {
    call(node, "POST", "/v1/features/online", body).expect(200)
}

/// What one feature says of one row.
fn said(answer: &Value, place: usize, row: usize) -> (Value, String) {
    let column = &answer["results"][place];
    (column["values"][row].clone(), column["statuses"][row].as_str().unwrap().to_owned())
}

fn shop() -> TestNode {
    let node = TestNode::start();
    for (item, category, price) in [("a", "shoes", 10.0), ("b", "shoes", 30.0), ("c", "hats", 5.0)]
    {
        let document = json!({"categories": [category], "price": price});
        call(&node, "PUT", &format!("/v1/items/{item}"), &document).expect(200);
    }
    node
}

fn click(node: &TestNode, user: &str, item: &str) {
    node.client().events(&json!({"user_id": user, "item_id": item, "type": "click"}));
}

#[test]
fn features_of_users_reflect_the_last_acknowledged_event() {
    let node = shop();
    let ask = json!({
        "features": ["clicks_5m", "mean_price_60m", "category_interest"],
        "entities": {"user_id": ["u1", "u2", "u1"], "category": ["shoes", "shoes", "nonsense"]},
    });
    for clicks in 1..=3_u64 {
        click(&node, "u1", ["a", "b", "a"][clicks as usize - 1]);
        let answer = online(&node, &ask);
        assert_eq!(said(&answer, 0, 0), (json!(clicks), "PRESENT".to_owned()), "{answer:#}");
        assert_eq!(said(&answer, 0, 1), (Value::Null, "NOT_FOUND".to_owned()), "{answer:#}");
        assert_eq!(answer["results"][0]["events"], json!([clicks, 0, clicks]), "{answer:#}");
    }
    let answer = online(&node, &ask);
    let mean = said(&answer, 1, 0).0.as_f64().unwrap();
    assert!((mean - 50.0 / 3.0).abs() < 1e-4, "{answer:#}");
    let interest = said(&answer, 2, 0).0.as_f64().unwrap();
    assert!((interest - 3.0).abs() < 0.01, "{answer:#}");
    assert_eq!(said(&answer, 2, 2).1, "NOT_FOUND", "a category that nobody named: {answer:#}");
}

#[test]
fn features_of_items_and_categories_count_what_all_users_do_and_survive_a_restart() {
    let mut node = shop();
    for user in 0..12 {
        click(&node, &format!("u{user}"), if user < 9 { "a" } else { "c" });
        let seen = json!({"user_id": format!("u{user}"), "item_id": "a", "type": "view_item_list"});
        node.client().events(&seen);
    }
    let ask = json!({
        "features": ["item_ctr", "category_ctr"],
        "entities": {"item_id": ["a", "c", "ghost"], "category": ["shoes", "hats", "ghosts"]},
    });
    // Nine clicks and twelve impressions, and one and twenty that every rate starts from.
    let expected = 10.0 / 32.0;
    let near = |answer: &Value| {
        said(answer, 0, 0).0.as_f64().is_some_and(|rate| (rate - expected).abs() < 1e-6)
    };
    let answer = soon(|| online(&node, &ask), near);
    assert_eq!(answer["results"][0]["statuses"], json!(["PRESENT", "PRESENT", "NOT_FOUND"]));
    assert_eq!(answer["results"][0]["events"], json!([21, 3, 0]), "{answer:#}");
    node.restart();
    let after = soon(|| online(&node, &ask), near);
    assert_eq!(after["results"][1]["values"], answer["results"][1]["values"]);
}

#[test]
fn one_user_is_told_whole_with_definitions_ages_and_tags() {
    let node = shop();
    for item in ["a", "b", "a"] {
        click(&node, "u1", item);
    }
    let told = get(&node, "/v1/users/u1/features").expect(200);
    let features = told["features"].as_array().unwrap();
    let named = |name: &str| features.iter().find(|one| one["name"] == name).unwrap();
    assert_eq!(named("clicks_1m")["value"], 3, "{told:#}");
    assert_eq!(named("clicks_1m")["window"], "1m/5s");
    assert!(named("last_click")["age_ms"].as_u64().unwrap() < 60_000, "{told:#}");
    assert_eq!(named("category_interest")["with"], json!({"category": "shoes"}));
    assert_eq!(named("channels_watched")["status"], "NOT_FOUND");
    let tags = told["tags"].as_array().unwrap();
    assert_eq!(tags.len(), 1, "{told:#}");
    assert_eq!(tags[0]["tag"], "keen_on_category");
    assert_eq!(tags[0]["with"], json!({"category": "shoes"}));
    let nobody = get(&node, "/v1/users/nobody/features").expect(200);
    assert_eq!(nobody["tags"], json!([]));
}

#[test]
fn an_absence_is_noticed_by_time_alone() {
    let node = TestNode::start();
    let ago = node.inner().now().as_millis() / 1_000 - 70;
    node.client().events(&json!({"user_id": "u1", "type": "search", "ts": ago}));
    let tagged = soon(
        || get(&node, "/v1/users/u1/features").expect(200),
        |told| !told["tags"].as_array().unwrap().is_empty(),
    );
    assert_eq!(tagged["tags"][0]["tag"], "search_in_vain");
}

#[test]
fn what_is_declared_is_told_and_what_is_not_is_refused_with_the_nearest() {
    let node = TestNode::start();
    let declared = get(&node, "/v1/features").expect(200);
    let names = declared["features"].as_array().unwrap().iter().map(|one| one["name"].as_str());
    assert!(names.into_iter().any(|name| name == Some("item_ctr")), "{declared:#}");
    assert!(
        declared["bytes"].as_array().unwrap().iter().all(|one| 0 < one["bytes"].as_u64().unwrap())
    );
    let body = json!({"features": ["item_ctrr"], "entities": {"item_id": ["a"]}});
    let refused = call(&node, "POST", "/v1/features/online", &body);
    assert_eq!(refused.status, 422, "{}", refused.body);
    let detail = refused.body["errors"][0]["detail"].as_str().unwrap();
    assert!(detail.contains("did you mean `item_ctr`"), "{detail}");
}
