use serde_json::json;

use super::*;
use crate::http::testing::{put_item, shared};

#[test]
fn the_get_form_says_the_same_as_the_post_form() {
    let query = "limit=7&scenario=home&exclude=a,b&exclude_seen=false&explain=reasons\
                 &categories=shoes,boots&context.device=ios";
    let parameters = query::object(query, &PARAMETERS).unwrap();
    let expected = json!({
        "user_id": "u1", "limit": 7, "scenario": "home", "exclude": ["a", "b"], "exclude_seen": false,
        "explain": "reasons", "context": {"device": "ios"},
        "filter": {"must": [{"key": "categories", "match": {"any": ["shoes", "boots"]}}]}
    });
    let body = as_body("u1".to_owned(), parameters);
    assert_eq!(body, expected);
    let shared = shared();
    put_item(&shared, 0, "a", (0, "shoes"));
    let ask = Ask::read(&body, &shared).unwrap();
    assert_eq!((ask.user.as_str(), ask.limit, ask.exclude.len()), ("u1", 7, 1));
}

#[test]
fn a_list_says_why_where_it_is_asked_to() {
    let explain = |query: &str| {
        let parameters = query::object(query, &PARAMETERS).unwrap();
        Ask::read(&as_body("u1".to_owned(), parameters), &shared()).unwrap().explain
    };
    assert_eq!(explain(""), ask::Explain::None);
    assert_eq!(explain("explain=none"), ask::Explain::None);
    assert_eq!(explain("explain=reasons"), ask::Explain::Reasons);
}

#[test]
fn a_misspelt_parameter_is_named_with_the_nearest() {
    let parameters = query::object("limt=7", &PARAMETERS).unwrap();
    let errors = Ask::read(&as_body("u1".to_owned(), parameters), &shared()).unwrap_err();
    assert_eq!(errors[0].pointer, "/limt");
    assert!(errors[0].detail.contains("`limit`"), "{}", errors[0].detail);
}
