//! `/v1/rank` by what the click head learned from lists and their clicks.

use serde_json::{Value, json};

use crate::client::{call, soon};
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
