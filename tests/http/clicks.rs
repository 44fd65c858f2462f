//! `/v1/rank` by what the click head learned from lists and their clicks.

use serde_json::{Value, json};

use crate::client::{call, get, soon};
use crate::in_process::{TestNode, item_ids};

/// What is clicked on which device.
const LIKED: [(&str, &str); 2] = [("phone", "small"), ("desktop", "large")];

fn rank(node: &TestNode, user: &str, device: &str) -> Value {
    let ask = json!({
        "user_id": user, "items": ["other", "large", "small"], "context": {"device": device}, "explain": "parts",
    });
    call(node, "POST", "/v1/rank", &ask).expect(200)
}

/// A node whose visitors click what suits their device.
fn visited(visitors: usize) -> TestNode {
    let node = TestNode::start_with(|config| {
        config.model.join.window_s = 1;
        config.model.click.ready_clicks = 30;
    });
    let items: Vec<_> =
        ["small", "large", "other"].iter().map(|id| json!({"item_id": id})).collect();
    call(&node, "POST", "/v1/items/batch", &json!(items)).expect(200);
    for visitor in 0..visitors {
        let (device, liked) = LIKED[visitor % 2];
        let user = format!("v{visitor}");
        let list = rank(&node, &user, device);
        let event = |(item, what): (&str, &str)| {
            json!({"user_id": user, "item_id": item, "type": what,
                   "recommendation_id": list["recommendation_id"]})
        };
        let shown = item_ids(&list);
        let mut events: Vec<_> = shown.iter().map(|item| event((item, "impression"))).collect();
        events.push(event((liked, "click")));
        node.client().events(&json!(events));
    }
    node
}

#[test]
fn without_clicks_nothing_is_foretold() {
    let node = visited(4);
    let answer = soon(|| rank(&node, "newcomer", "phone"), |answer| item_ids(answer).len() == 3);
    assert_eq!(answer["items"][0]["click_through"], Value::Null, "{answer}");
}

const TEAS: [&str; 3] = ["assam", "sencha", "darjeeling"];
const COFFEES: [&str; 3] = ["arabica", "robusta", "liberica"];
/// Every second visitor clicks one tea of the three, and every thirtieth one coffee: 16.7 % and 1.1 % of what is shown.
const VISITORS: usize = 600;

fn shop(node: &TestNode, user: &str) -> Value {
    let items: Vec<&str> = COFFEES.iter().chain(&TEAS).copied().collect();
    call(node, "POST", "/v1/rank", &json!({"user_id": user, "items": items})).expect(200)
}

/// Has a visitor see a list and click what they like of it.
fn visit(node: &TestNode, number: usize) {
    let user = format!("visitor {number}");
    let list = shop(node, &user);
    let id = &list["recommendation_id"];
    let seen: Vec<Value> = item_ids(&list).iter().map(|item| json!({"item_id": item})).collect();
    let impression =
        json!({"user_id": user, "type": "view_item_list", "recommendation_id": id, "items": seen});
    let mut events = vec![impression];
    let mut click = |item: &str| {
        events.push(
            json!({"user_id": user, "item_id": item, "type": "click", "recommendation_id": id}),
        );
    };
    if number.is_multiple_of(2) {
        click(TEAS[number / 2 % 3]);
    }
    if number.is_multiple_of(30) {
        click(COFFEES[number / 30 % 3]);
    }
    node.client().events(&json!(events));
}

/// The probability of a click on each of `names`, as a list tells it.
fn click_through(list: &Value, names: &[&str]) -> Vec<f64> {
    let items = list["items"].as_array().expect("items").iter();
    let these = items.filter(|item| names.contains(&item["item_id"].as_str().expect("a name")));
    these.filter_map(|item| item["click_through"].as_f64()).collect()
}

/// It never passed while clicks were told at once and their absence when the window closed: the head called itself ready
/// with probabilities near 0.00001.
#[test]
fn candidates_are_ordered_by_learned_clicks_and_their_probabilities_are_near_the_truth() {
    let node = TestNode::start_with(|config| {
        config.model.join.window_s = 1;
        config.model.click.ready_clicks = 30;
    });
    let item =
        |category: &'static str| move |id: &&str| json!({"item_id": id, "categories": [category]});
    let items: Vec<_> =
        TEAS.iter().map(item("tea")).chain(COFFEES.iter().map(item("coffee"))).collect();
    call(&node, "POST", "/v1/items/batch", &json!(items)).expect(200);
    soon(|| shop(&node, "nobody"), |list| item_ids(list).len() == 6);
    for number in 1..=VISITORS {
        visit(&node, number);
    }
    let all_told = |model: &Value| model["versions"][0]["clicks"]["samples"] == 6 * VISITORS;
    soon(|| get(&node, "/v1/models/main/versions").expect(200), all_told);
    let ready = |list: &Value| click_through(list, &TEAS).len() == 3;
    let list = soon(|| shop(&node, "newcomer"), ready);
    let mut first = item_ids(&list);
    first.truncate(3);
    assert!(first.iter().all(|item| TEAS.contains(&item.as_str())), "{list}");
    let mean = |names: &[&str]| click_through(&list, names).iter().sum::<f64>() / 3.0;
    let (tea, coffee) = (mean(&TEAS), mean(&COFFEES));
    assert!((0.08..0.30).contains(&tea), "{tea} of .167: {list}");
    assert!((0.002..0.05).contains(&coffee), "{coffee} of .011: {list}");
    let metrics = get(&node, "/metrics").expect(200).to_string();
    for gauge in ["freshet_click_ready ", "freshet_click_calibration_alarm "] {
        assert!(metrics.contains(gauge), "{gauge}");
    }
}
