//! The first promise: when an event is acknowledged, the next answer reflects it, on any connection.

mod in_process;

use std::sync::atomic::{AtomicUsize, Ordering};

use in_process::{TestNode, item_ids};
use serde_json::json;

const READERS: usize = 16;
const CLICKS: usize = 10_000;
const ITEMS: usize = 120;
/// Clicks of one user before the next user takes over, so that enough items stay unseen.
const CLICKS_A_USER: usize = 20;

#[test]
fn ten_thousand_acknowledged_clicks_change_the_very_next_answer() {
    let node = TestNode::start();
    let items: Vec<_> = (0..ITEMS).map(|item| json!({"item_id": format!("i{item}")})).collect();
    assert_eq!(node.client().post("/v1/items/batch", &json!(items)).status, 200);

    let reflected = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for lane in 0..READERS {
            let (node, reflected) = (&node, &reflected);
            scope.spawn(move || {
                let (writing, reading) = (node.client(), node.client());
                for turn in 0..CLICKS / READERS {
                    let user = format!("u{lane}-{}", turn / CLICKS_A_USER);
                    let count = turn % CLICKS_A_USER + 1;
                    let item = format!("i{}", (turn * 7 + lane) % ITEMS);
                    writing.events(&json!({"user_id": user, "item_id": item, "type": "click",
                        "event_id": format!("e{lane}-{turn}")}));
                    let answer =
                        reading.get(&format!("/v1/users/{user}/recommendations?limit={ITEMS}"));
                    assert_eq!(answer.status, 200, "{}", answer.body);
                    let freshness = &answer.body["freshness"];
                    assert_eq!(freshness["user_events_applied"], count, "{}", answer.body);
                    assert_eq!(freshness["stale"], false, "{}", answer.body);
                    assert!(!item_ids(&answer.body).contains(&item), "{item} was just clicked");
                    reflected.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    println!(
        "{} of {CLICKS} acknowledged clicks were reflected",
        reflected.load(Ordering::Relaxed)
    );
    assert_eq!(reflected.load(Ordering::Relaxed), CLICKS);
}

#[test]
fn a_position_given_back_is_waited_for() {
    let node = TestNode::start();
    let client = node.client();
    let ack = client.post(
        "/v1/events?ack=durable",
        &json!({"user_id": "u1", "item_id": "i1", "type": "click", "event_id": "e1"}),
    );
    assert!(ack.status == 202 || ack.status == 200, "{}", ack.body);
    let position = ack.body["position"].as_str().expect("a position").to_owned();
    let answer = ureq::get(format!("{}/v1/users/u1/recommendations", node.url()))
        .header("x-freshet-min-position", &position)
        .call()
        .expect("an answer")
        .body_mut()
        .read_to_string()
        .expect("text");
    assert!(answer.contains(r#""user_events_applied":1"#), "{answer}");
}
