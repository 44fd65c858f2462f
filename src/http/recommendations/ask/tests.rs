use serde_json::json;

use super::*;
use crate::http::testing::{put_item, shared, shared_with};

fn codes(body: &Value) -> Vec<(String, &'static str)> {
    let errors = Ask::read(body, &shared()).err().unwrap_or_default();
    errors.into_iter().map(|error| (error.pointer, error.code)).collect()
}

fn check(body: &Value, pointer: &str, code: &'static str) {
    assert_eq!(codes(body), vec![(pointer.to_owned(), code)], "{body}");
}

#[test]
fn the_least_that_can_be_asked_takes_the_rest_from_the_configuration() {
    let shared = shared_with(|config| config.ranking.default_limit = 12);
    let ask = Ask::read(&json!({"user_id": "u1"}), &shared).unwrap();
    assert_eq!((ask.user.as_str(), ask.limit), ("u1", 12));
    assert_eq!(ask.scenario.name, shared.node.config.ranking.default_scenario);
    assert_eq!((ask.seen, ask.explain), (SeenPolicy::AsDeclared, Explain::None));
}

#[test]
fn without_a_user_the_session_is_the_user() {
    let ask = Ask::read(&json!({"session_id": "s1"}), &shared()).unwrap();
    assert_eq!(ask.user.as_str(), "s1");
    let ask = Ask::read(&json!({"session_id": "s1", "user_id": "u1"}), &shared()).unwrap();
    assert_eq!(ask.user.as_str(), "u1");
    check(&json!({}), "/user_id", "missing_field");
}

#[test]
fn each_wrong_member_is_named() {
    let user = |name: &str, value: Value| json!({"user_id": "u1", name: value});
    check(&user("limit", json!(0)), "/limit", "out_of_range");
    check(&user("limit", json!(100_000)), "/limit", "out_of_range");
    check(&user("scenario", json!("hom")), "/scenario", "unknown_scenario");
    check(&user("scenario", json!(5)), "/scenario", "wrong_type");
    check(&user("explain", json!("all")), "/explain", "unknown_value");
    check(&user("explore", json!("yes")), "/explore", "wrong_type");
    check(&user("exclude", json!("sku-1")), "/exclude", "wrong_type");
    check(&user("context", json!({"devise": "ios"})), "/context/devise", "undeclared_context_key");
    check(&user("context", json!({"device": {}})), "/context/device", "wrong_type");
    check(&json!({"user_id": ""}), "/user_id", "invalid_id");
    assert_eq!(codes(&user("explore", json!(false))), []);
}

#[test]
fn an_undeclared_context_key_names_the_nearest() {
    let body = json!({"user_id": "u1", "context": {"devise": "ios"}});
    let errors = Ask::read(&body, &shared()).unwrap_err();
    assert!(errors[0].detail.contains("`device`"), "{}", errors[0].detail);
}

#[test]
fn items_to_exclude_that_nobody_knows_are_no_error() {
    let shared = shared();
    put_item(&shared, 3, "sku-1", (0, "shoes"));
    let body = json!({"user_id": "u1", "exclude": ["sku-1", "sku-2"]});
    assert_eq!(Ask::read(&body, &shared).unwrap().exclude, [ItemIndex(3)]);
}
