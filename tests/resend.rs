//! What is sent again while its first sending is on disk and not applied yet.
//!
//! A binary of its own: the fail point holds every shard of the process.

#![cfg(feature = "failpoints")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what it expects by failing")]

mod in_process;

use in_process::TestNode;
use serde_json::{Value, json};

#[test]
fn a_resend_is_not_called_applied_before_it_is() {
    let node = TestNode::start_with(|config| config.events.apply_deadline_ms = 200);
    let event = json!({"type": "like", "user_id": "u", "item_id": "a", "ts": 1_700_000_000});
    let send = || {
        let answer = node.client().post("/v1/events", &event);
        let field = |name: &str| answer.body[name].clone();
        (answer.status, [field("accepted"), field("duplicates"), field("applied")])
    };
    let counts = |accepted: u64, duplicates: u64, applied: bool| -> [Value; 3] {
        [json!(accepted), json!(duplicates), json!(applied)]
    };
    fail::cfg("shard-apply", "pause").expect("a fail point");
    assert_eq!(send(), (202, counts(1, 0, false)));
    assert_eq!(send(), (202, counts(0, 1, false)));
    fail::remove("shard-apply");
    let applied = (0..100).any(|_| send() == (200, counts(0, 1, true)));
    assert!(applied, "applied once the shard goes on");
    let effects = || {
        let metrics = node.client().get("/metrics").body;
        let lines = metrics.as_str().expect("text").lines().map(ToOwned::to_owned);
        lines
            .filter(|line| line.starts_with("freshet_event_to_effect_seconds_count"))
            .collect::<Vec<_>>()
    };
    assert_eq!(effects(), Vec::<String>::new(), "a resend has no effect of its own");
    let fresh = json!({"type": "like", "user_id": "u", "item_id": "b", "ts": 1_700_000_001});
    assert_eq!(node.client().post("/v1/events", &fresh).status, 200);
    assert_eq!(effects(), ["freshet_event_to_effect_seconds_count 1"]);
}
