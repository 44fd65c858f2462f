//! What a careless or hostile sender gets: a clear error or a stated outcome, and nothing is lost.

mod in_process;

use in_process::{Answer, TestNode};
use serde_json::{Value, json};

/// Posts `body` as JSON to the events and checks status, and that the answer speaks of `about`.
fn check(node: &TestNode, body: &str, status: u16, about: &str) -> Answer {
    let answer = node.client().post_raw("/v1/events", "application/json", body.as_bytes());
    let text = answer.body.to_string();
    let shown: String = body.chars().take(200).collect();
    assert_eq!(answer.status, status, "{shown} → {text}");
    assert!(text.contains(about), "{shown} → {text} does not speak of `{about}`");
    answer
}

#[test]
fn every_kind_of_bad_event_is_told_what_is_wrong() {
    let node = TestNode::start();
    let long = "x".repeat(300);
    for (body, status, about) in [
        (r#"{"user_id":"u1","#, 400, "JSON"),
        ("", 400, "empty"),
        ("[]", 400, "no event"),
        (r#""click""#, 422, ""),
        (r#"{"user_id":7,"item_id":"i1","type":"click"}"#, 422, "user_id"),
        (r#"{"item_id":"i1","type":"click"}"#, 422, "user_id"),
        (r#"{"user_id":"u1","item_id":"i1"}"#, 422, "type"),
        (r#"{"user_id":"u1","item_id":"i1","type":"clik"}"#, 422, "click"),
        (r#"{"user_id":"u1","item_di":"i1","type":"click"}"#, 422, "item_id"),
        (&format!(r#"{{"user_id":"{long}","item_id":"i1","type":"click"}}"#), 422, "256"),
        (r#"{"user_id":"","item_id":"i1","type":"click"}"#, 422, "user_id"),
        (r#"{"user_id":"u1","item_id":"i1","type":"rate","value":NaN}"#, 400, ""),
        (r#"{"user_id":"u1","item_id":"i1","type":"click","ts":-5}"#, 422, "t"),
        (
            r#"{"user_id":"u1","item_id":"i1","type":"click","ts":"2026-10-01T09:00:00"}"#,
            422,
            "offset",
        ),
        (r#"{"user_id":"u1","item_id":"i1","type":"click","ts":99999999999999999999}"#, 422, "t"),
    ] {
        check(&node, body, status, about);
    }
    let known = node.client().get("/v1/users/u1");
    assert_eq!(known.status, 404, "nothing of it counted: {}", known.body);
}

#[test]
fn the_minimal_event_of_the_documentation_works_single_in_an_array_and_as_ndjson() {
    let node = TestNode::start();
    let minimal = r#"{"user_id":"u123","item_id":"v456","event":"click","ts":1700000000}"#;
    let answer = check(&node, minimal, 200, "unknown_item");
    assert_eq!(answer.body["accepted"], 1);
    let other = minimal.replace("v456", "v457");
    let answer = check(&node, &format!("[{minimal},{other}]"), 200, "accepted");
    assert_eq!((&answer.body["accepted"], &answer.body["duplicates"]), (&json!(1), &json!(1)));
    let lines = format!("{other}\n{}\n", minimal.replace("v456", "v458"));
    let answer = node.client().post_raw("/v1/events", "application/x-ndjson", lines.as_bytes());
    assert_eq!((&answer.body["accepted"], &answer.body["duplicates"]), (&json!(1), &json!(1)));
}

#[test]
fn a_time_in_the_future_becomes_the_receipt_time_and_the_answer_says_so() {
    let node = TestNode::start();
    let body =
        r#"{"user_id":"u1","item_id":"i1","type":"click","timestamp":"2099-01-01T00:00:00Z"}"#;
    check(&node, body, 200, "future");
    let events = node.client().get("/v1/users/u1/events").body;
    let at = events["events"][0]["timestamp"].as_str().unwrap_or_default().to_owned();
    assert!(!at.starts_with("2099") && at.starts_with("20"), "{events}");
}

#[test]
fn an_event_of_long_ago_is_taken() {
    let node = TestNode::start();
    check(
        &node,
        r#"{"user_id":"u1","item_id":"i1","type":"click","ts":946684800}"#,
        200,
        "accepted",
    );
    let user = node.client().get("/v1/users/u1").body;
    assert_eq!(user["events_applied"], 1, "{user}");
}

#[test]
fn a_mixed_batch_takes_the_good_and_names_the_bad_by_index() {
    let node = TestNode::start();
    let body = r#"[{"user_id":"u1","item_id":"i1","type":"click","event_id":"a"},
                   {"user_id":"u1","item_id":"i2","type":"nonsense"},
                   {"user_id":"u1","item_id":"i3","type":"click","event_id":"b"}]"#;
    let answer = check(&node, body, 200, "rejected");
    assert_eq!(answer.body["accepted"], 2);
    assert_eq!(answer.body["rejected"][0]["index"], 1, "{}", answer.body);
}

#[test]
fn a_body_over_the_limit_is_413_and_names_the_limit() {
    let node = TestNode::start();
    let body = vec![b' '; 10 * 1024 * 1024];
    let answer = node.client().post_raw("/v1/events", "application/json", &body);
    assert_eq!(answer.status, 413, "{}", answer.body);
    assert!(
        answer.body.to_string().contains("8388608") || answer.body.to_string().contains("8 MiB")
    );
}

#[test]
fn an_empty_catalogue_answers_an_empty_list_and_says_where_it_came_from() {
    let node = TestNode::start();
    let answer = node.client().get("/v1/users/nobody/recommendations");
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.body["items"], json!([]));
    assert!(answer.body["source"].is_string(), "{}", answer.body);
}

#[test]
fn a_full_node_refuses_with_a_time_to_come_back_and_takes_the_same_events_later() {
    let node = TestNode::start_with(|config| {
        config.admission.events_in_flight = 1;
    });
    let refused = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for lane in 0..16 {
            let (node, refused) = (&node, &refused);
            scope.spawn(move || {
                let client = node.client();
                for turn in 0..40 {
                    let event = json!({"user_id": format!("u{lane}"), "type": "click",
                        "item_id": format!("i{turn}"), "event_id": format!("e{lane}-{turn}")});
                    loop {
                        let answer = client.post("/v1/events", &event);
                        if answer.status == 200 {
                            break;
                        }
                        assert_eq!(answer.status, 503, "{}", answer.body);
                        refused.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    }
                }
            });
        }
    });
    println!("{} requests were refused and sent again", refused.into_inner());
    for lane in 0..16 {
        let user = node.client().get(&format!("/v1/users/u{lane}")).body;
        assert_eq!(user["events_applied"], Value::from(40), "{user}");
    }
}

#[test]
fn unknown_paths_and_methods_are_problems_too() {
    let node = TestNode::start();
    for answer in [node.client().get("/v1/nothing"), node.client().post("/v1/popular", &json!({}))]
    {
        assert!(answer.status == 404 || answer.status == 405, "{}", answer.body);
        assert!(answer.body["code"].is_string(), "{}", answer.body);
    }
}
