//! Events and imports over real HTTP, in every form that the interface names.
//!
//! Not here: bad input (see `bad_input`) and crashes (see `crash`).

#![allow(clippy::expect_used, clippy::panic, reason = "a test says what it expects by failing")]

mod in_process;

use in_process::{Answer, TestNode};
use serde_json::{Value, json};

const LIKE: &str = r#"{"type":"like","user_id":"u","item_id":"a","ts":1700000000}"#;

fn post(node: &TestNode, path: &str, media: &str, body: &str) -> Answer {
    node.client().post_raw(path, media, body.as_bytes())
}

fn events(node: &TestNode, body: &str) -> Answer {
    post(node, "/v1/events", "application/json", body)
}

/// Accepted and duplicates of a body that is taken.
fn counts(node: &TestNode, body: &str) -> (Value, Value) {
    let answer = events(node, body);
    assert_eq!((answer.status, &answer.body["applied"]), (200, &json!(true)), "{}", answer.body);
    (answer.body["accepted"].clone(), answer.body["duplicates"].clone())
}

/// Events that are in the state of `user`.
fn history(node: &TestNode, user: &str) -> usize {
    let answer = node.client().get(&format!("/v1/users/{user}/events?limit=50"));
    answer.body["events"].as_array().expect("a list of events").len()
}

#[test]
fn an_event_sent_again_changes_nothing() {
    let node = TestNode::start();
    let body = r#"{"user_id":"u123","item_id":"v456","event":"click","ts":1700000000}"#;
    let answer = events(&node, body).body;
    assert_eq!((&answer["accepted"], &answer["applied"]), (&json!(1), &json!(true)));
    assert!(answer["position"].is_string() && answer.get("undeduplicated").is_none());
    assert_eq!(counts(&node, body), (json!(0), json!(1)));
    assert_eq!(history(&node, "u123"), 1);
}

#[test]
fn ten_equal_likes_count_ten_and_the_resent_body_none_over_a_restart_too() {
    let mut node = TestNode::start();
    let body = format!("[{}]", [LIKE; 10].join(","));
    assert_eq!(counts(&node, &body), (json!(10), json!(0)));
    assert_eq!(counts(&node, &body), (json!(0), json!(10)));
    node.restart();
    assert_eq!(counts(&node, &body), (json!(0), json!(10)));
    assert_eq!(history(&node, "u"), 10);
}

#[test]
fn a_partly_bad_body_is_taken_in_part_and_an_all_bad_one_is_a_problem() {
    let node = TestNode::start();
    let answer = events(&node, &format!(r#"[{LIKE},{{"type":"like"}},7]"#));
    assert_eq!((answer.status, &answer.body["accepted"]), (200, &json!(1)));
    let rejected = answer.body["rejected"].as_array().expect("a list");
    assert_eq!((&rejected[0]["index"], &rejected[0]["pointer"]), (&json!(1), &json!("/user_id")));
    assert_eq!(rejected[1]["code"], json!("wrong_type"));

    let check = |body: &str, status: u16, code: &str| {
        let found = events(&node, body);
        assert_eq!((found.status, &found.body["code"]), (status, &json!(code)), "{}", found.body);
        assert!(found.body["request_id"].is_string());
    };
    check(r#"{"type":"like","user_id":"u"}"#, 422, "missing_field");
    check(r#"[{"type":"like","user_id":"u"}]"#, 422, "no_event_taken");
    check(r#"{"type":"like","value":NaN}"#, 400, "not_finite");
    check(&"[1,".repeat(3 * 1024 * 1024), 413, "body_too_large");
    check(&format!("[{}]", vec![LIKE; 10_001].join(",")), 413, "too_many_events");
    assert_eq!(history(&node, "u"), 1);
}

#[test]
fn lines_envelopes_and_foreign_bodies_are_recognised() {
    let node = TestNode::start();
    let check = |path: &str, media: &str, body: &str, accepted: u64| {
        let answer = post(&node, path, media, body);
        let found = (answer.status, &answer.body["accepted"]);
        assert_eq!(found, (200, &json!(accepted)), "{}", answer.body);
    };
    check("/v1/events", "application/x-ndjson", &format!("{LIKE}\n{LIKE}\n"), 2);
    let sent = LIKE.replace("\"a\"", "\"b\"");
    let sent = format!(r#"{{"sent_at":1700000009,"events":[{sent}]}}"#);
    check("/v1/events", "application/json", &sent, 1);
    let cloud = r#"{"specversion":"1.0","id":"1","source":"/s","type":"like","data":{"user_id":"u","item_id":"c"}}"#;
    check("/v1/events", "application/cloudevents+json", cloud, 1);
    let other = format!("[{}]", cloud.replace("/s", "/t"));
    check("/v1/events", "application/cloudevents-batch+json", &other, 1);
    let segment = r#"{"batch":[{"type":"track","event":"Product Viewed","userId":"u","messageId":"m","properties":{"product_id":"d"}}]}"#;
    check("/v1/events?format=segment", "application/json", segment, 1);
    let ga4 = r#"{"client_id":"u","events":[{"name":"view_item","params":{"items":[{"item_id":"e"},{"item_id":"f"}]}}]}"#;
    check("/v1/events?format=ga4", "application/json", ga4, 1);
    assert_eq!(history(&node, "u"), 8);
}

#[test]
fn a_key_makes_a_body_without_ids_the_same_body() {
    let node = TestNode::start();
    let send = |key: &str| {
        let headers = [("content-type", "application/json"), ("idempotency-key", key)];
        let body = br#"{"type":"like","user_id":"u","item_id":"a"}"#;
        let answer = node.client().post_with("/v1/events", &headers, body);
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body["accepted"].clone()
    };
    assert_eq!([send("k"), send("k"), send("l")], [json!(1), json!(0), json!(1)]);
}

#[test]
fn an_earlier_answer_is_given_where_less_was_asked_for() {
    let node = TestNode::start();
    let ask = |ack: &str, body: &str| {
        post(&node, &format!("/v1/events?ack={ack}"), "application/json", body)
    };
    let durable = ask("durable", LIKE);
    assert_eq!((durable.status, &durable.body["applied"]), (202, &json!(false)));
    assert!(durable.body["position"].is_string());
    let queued = ask("accepted", &LIKE.replace("\"a\"", "\"b\""));
    assert_eq!((queued.status, &queued.body["accepted"]), (202, &json!(1)));
    let problem = ask("later", LIKE);
    assert_eq!((problem.status, &problem.body["code"]), (422, &json!("invalid_request")));
}

/// Sends its own events, each until it is taken; says how often it was refused.
fn insist(node: &TestNode, sender: usize) -> usize {
    let client = node.client();
    let mut refused = 0;
    for n in 0..25 {
        let body = json!({"type": "like", "user_id": "u", "item_id": "a", "event_id": format!("{sender}-{n}")});
        loop {
            let answer = client.post("/v1/events", &body);
            match answer.status {
                200 => break assert_eq!(answer.body["accepted"], 1, "{}", answer.body),
                503 => {
                    assert_eq!(answer.body["code"], "overloaded", "{}", answer.body);
                    refused += 1;
                }
                other => panic!("{other}: {}", answer.body),
            }
        }
    }
    refused
}

#[test]
fn a_full_node_refuses_before_it_logs() {
    let node = TestNode::start_with(|config| config.admission.events_in_flight = 1);
    let refused: usize = std::thread::scope(|scope| {
        let senders: Vec<_> = (0..8)
            .map(|sender| {
                scope.spawn({
                    let node = &node;
                    move || insist(node, sender)
                })
            })
            .collect();
        senders.into_iter().map(|sender| sender.join().expect("a sender ends")).sum()
    });
    assert!(0 < refused, "eight senders and a budget of one event never met");
    // `insist` has seen each event accepted once: a refused one that was logged would be a duplicate.
}

#[test]
fn an_import_resumes_where_it_was_and_a_second_one_adds_nothing() {
    let mut node = TestNode::start();
    let rows = |range: std::ops::RangeInclusive<u64>| {
        let row = |n| {
            json!({"type": "rate", "value": 4, "user_id": format!("u{}", n % 7), "item_id": format!("i{n}"),
                "ts": 900_000_000 + n, "source_position": n})
            .to_string()
        };
        range.map(row).collect::<Vec<_>>().join("\n")
    };
    let send = |node: &TestNode, body: &str| {
        let path = "/v1/import?source=ratings&digest=d1&mode=fresh";
        let answer = post(node, path, "application/x-ndjson", body);
        assert_eq!(answer.status, 200, "{}", answer.body);
        let number = |field: &str| answer.body[field].as_u64().expect("a number");
        ["accepted", "duplicates", "rejected", "position"].map(number)
    };
    let reached = |node: &TestNode| {
        let answer = node.client().get("/v1/import/sources?source=ratings&digest=d1");
        answer.body["position"].as_u64()
    };
    assert_eq!(reached(&node), Some(0));
    assert_eq!(send(&node, &rows(1..=1500)), [1500, 0, 0, 1500]);
    node.restart();
    assert_eq!(reached(&node), Some(1500));
    assert_eq!(send(&node, &rows(1000..=2000)), [500, 501, 0, 2000]);
    assert_eq!(send(&node, &rows(1..=10)), [0, 10, 0, 2000]);
    assert_eq!(send(&node, r#"{"source_position":2001}"#), [0, 0, 1, 2001]);
    assert_eq!(reached(&node), Some(2001), "refused rows at the end are not sent for ever");
    assert_eq!(history(&node, "u1"), 50);
}

#[test]
fn under_the_streams_own_time_a_broken_clock_empties_no_windows() {
    let node = TestNode::start_with(|config| config.clock = config::ClockKind::Event);
    assert_eq!(counts(&node, LIKE), (json!(1), json!(0)));
    let far = events(&node, &LIKE.replace("1700000000", "4102444800"));
    assert_eq!((far.status, &far.body["code"]), (422, &json!("time_out_of_range")), "{}", far.body);
    assert_eq!(counts(&node, &LIKE.replace("1700000000", "1731000000")), (json!(1), json!(0)));
}

#[test]
fn the_schema_lists_types_fields_and_limits() {
    let node = TestNode::start();
    let schema = node.client().get("/v1/events/schema").body;
    let types = schema["types"].as_array().expect("a list of types");
    let click = types.iter().find(|kind| kind["name"] == "select_item").expect("the type is there");
    assert_eq!(click["role"], "positive");
    assert_eq!(schema["limits"]["body_events"], 10_000);
}
