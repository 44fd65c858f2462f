//! Declared features and tags in ranking: told by explanations, on record with lists, and what tags do to candidates.

use config::{Sources, load};
use serde_json::{Value, json};

use crate::client::{call, get, send, soon};
use crate::in_process::{TestNode, item_ids};

/// A node with a further configuration, on which items of three categories lie.
fn shop(text: &str) -> TestNode {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("freshet.toml");
    std::fs::write(&file, text).unwrap();
    let loaded = load(&Sources { file: Some(file), ..Sources::default() }).unwrap().config;
    let node = TestNode::start_with(|config| {
        let data_dir = config.storage.data_dir.clone();
        *config = loaded;
        config.storage.data_dir = data_dir;
    });
    let items = [("a", "shoes"), ("b", "shoes"), ("c", "hats"), ("d", "hats"), ("e", "bags")];
    let items = items.map(|(id, category)| json!({"item_id": id, "categories": [category]}));
    call(&node, "POST", "/v1/items/batch", &json!(items)).expect(200);
    let all = json!({"user_id": "nobody", "exclude_seen": false, "limit": 10});
    soon(|| recommend(&node, &all), |list| item_ids(list).len() == 5);
    node
}

fn recommend(node: &TestNode, body: &Value) -> Value {
    let mut body = body.clone();
    body["explore"] = json!(false);
    call(node, "POST", "/v1/recommendations", &body).expect(200)
}

fn explain(node: &TestNode, body: &Value) -> Value {
    call(node, "POST", "/v1/explain", body).expect(200)
}

fn click(node: &TestNode, items: &[&str]) {
    for item in items {
        node.client().events(&json!({"user_id": "u", "item_id": item, "type": "click"}));
    }
}

/// Feature, class and value of each input.
fn inputs(told: &Value) -> Vec<(String, u64, Value)> {
    let all = told["inputs"].as_array().map_or(&[][..], Vec::as_slice);
    let name = |one: &Value| one["feature"].as_str().unwrap_or("?").to_owned();
    all.iter()
        .map(|one| (name(one), one["class"].as_u64().unwrap(), one["value"].clone()))
        .collect()
}

const RANKED: &str = "[features.clicks_5m]\nrank = \"log2\"\n[features.category_clicks]\nentity = \"category\"\n\
                      events = [\"select_item\"]\nwindow = \"1h/5m\"\naggregate = \"count\"\nrank = \"bounds 1 3 10\"\n\
                      [features.mine]\nentity = \"user_item\"\nevents = [\"select_item\"]\nwindow = \"1d/1h\"\n\
                      aggregate = \"count\"\nmax_instances = 10\nrank = \"width 1\"\n\
                      [patterns.keen_on_category]\nrank = true\n";

#[test]
fn a_list_keeps_what_features_said_at_its_moment_while_explanations_tell_of_now() {
    let mut node = shop(RANKED);
    click(&node, &["a", "b", "a"]);
    let question = json!({"user_id": "u", "item_id": "a", "exclude_seen": false});
    let said = |count: u64| {
        move |told: &Value| inputs(told).last().is_some_and(|it| it.2 == json!(count as f64))
    };
    let told = soon(|| explain(&node, &question), said(3));
    let expected = [
        ("clicks_5m".to_owned(), 129, json!(3.0)),
        ("mine".to_owned(), 130, json!(2.0)),
        ("category_clicks".to_owned(), 3, json!(3.0)),
    ];
    assert_eq!(inputs(&told), expected, "{told:#}");
    let first = &told["inputs"][0];
    assert_eq!(
        (&first["entity"], &first["from"], &first["to"]),
        (&json!("user"), &json!(2.0), &json!(4.0))
    );
    assert_eq!(told["tags"][0]["tag"], "keen_on_category", "{told:#}");
    assert_eq!(told["tags"][0]["ranked"], true);

    let list = recommend(&node, &json!({"user_id": "u", "exclude_seen": false}));
    click(&node, &["a", "c"]);
    let now = soon(|| explain(&node, &question), said(4));
    let classes = |told: &Value| inputs(told).into_iter().map(|it| it.1).collect::<Vec<_>>();
    assert_eq!(classes(&now), [130, 131, 3], "{now:#}");

    let path = format!("/v1/recommendations/{}", list["recommendation_id"].as_str().unwrap());
    let kept = || {
        let answer = send(&node, "GET", &path, &[], b"");
        if answer.status == 200 { answer.body } else { Value::Null }
    };
    let then = soon(kept, |answer| answer["items"].is_array());
    assert_eq!(inputs(&then), [("clicks_5m".to_owned(), 129, Value::Null)], "{then:#}");
    assert_eq!(then["tags"][0]["tag"], "keen_on_category", "{then:#}");
    let of = |answer: &Value, item: &str| {
        let items = answer["items"].as_array().unwrap();
        inputs(items.iter().find(|one| one["item_id"] == item).unwrap())
    };
    let (mine, category) = ("mine".to_owned(), "category_clicks".to_owned());
    assert_eq!(
        of(&then, "a"),
        [(mine.clone(), 130, Value::Null), (category.clone(), 3, Value::Null)]
    );
    assert_eq!(of(&then, "e"), [(mine, 0, Value::Null), (category, 0, Value::Null)], "{then:#}");

    // Started again with nothing in ranking, the record says the same classes, of features not declared that way.
    node.restart();
    let after = get(&node, &path).expect(200);
    assert_eq!(of(&after, "a").iter().map(|it| it.1).collect::<Vec<_>>(), [130, 3], "{after:#}");
    assert_eq!(after["inputs"][0]["feature"], Value::Null);
    let told = soon(|| explain(&node, &question), |told| told["source"] == "personalized");
    assert_eq!(told.get("inputs"), None, "{told:#}");
}

#[test]
fn a_tag_lifts_or_leaves_out_what_shares_its_category_as_the_request_says() {
    let node = shop("");
    let items = ["a", "b", "c", "d", "e"];
    let rank = |tagged: Value| {
        let body = json!({"user_id": "u", "items": items, "tagged": tagged, "explain": "parts"});
        call(&node, "POST", "/v1/rank", &body).expect(200)
    };
    let exclude = json!([{"tag": "keen_on_category", "exclude": true}]);
    assert_eq!(item_ids(&rank(exclude.clone())).len(), 5, "nobody is keen yet");
    click(&node, &["c", "d", "c"]);
    let left = rank(exclude.clone());
    assert_eq!(
        (left["filtered"]["tagged"].as_u64(), item_ids(&left).len()),
        (Some(2), 3),
        "{left:#}"
    );
    assert!(!item_ids(&left).iter().any(|item| item == "c" || item == "d"), "{left:#}");

    for (boost, places) in [(1_000.0, [0, 1]), (0.001, [3, 4])] {
        let lifted = rank(json!([{"tag": "keen_on_category", "boost": boost}]));
        let order = item_ids(&lifted);
        assert!(places.iter().all(|at| ["c", "d"].contains(&&*order[*at])), "{boost}: {order:?}");
        let part = lifted["items"][places[0]]["parts"]["tagged"].as_f64().unwrap();
        assert!((part - f64::ln(boost)).abs() < 1e-4, "{lifted:#}");
    }

    let question =
        json!({"user_id": "u", "item_id": "c", "tagged": exclude, "exclude_seen": false});
    let told = explain(&node, &question);
    assert_eq!((&told["standing"], &told["left_out_by"]), (&json!("left_out"), &json!("tagged")));
    assert_eq!(told["tags"][0]["excluded"], true, "{told:#}");
    let wrong = json!({"user_id": "u", "tagged": [{"tag": "keen", "boost": 2}]});
    let refused =
        call(&node, "POST", "/v1/recommendations", &wrong).refused(422, "invalid_request");
    assert!(refused.to_string().contains("unknown_tag"), "{refused:#}");
}

#[test]
fn a_scenario_goes_by_tags_as_the_configuration_says() {
    let node = shop("[ranking.scenarios.home.tagged]\nkeen_on_category = 0.0\n");
    let ask = json!({"user_id": "u", "exclude_seen": false, "limit": 10});
    click(&node, &["c", "d"]);
    assert_eq!(item_ids(&recommend(&node, &ask)).len(), 5);
    click(&node, &["c"]);
    let list = recommend(&node, &ask);
    assert!(!item_ids(&list).iter().any(|item| item == "c" || item == "d"), "{list:#}");
    assert_eq!(item_ids(&list).len(), 3);
}
