use serde_json::json;

use super::*;
use crate::http::recommendations::ask::Ask;
use crate::http::testing::shared;

fn rules(rules: &Value) -> Result<Vec<TagRule>, Vec<(String, &'static str)>> {
    let read = Ask::read(&json!({"user_id": "u", "tagged": rules}), &shared());
    read.map(|ask| ask.scenario.tagged.clone())
        .map_err(|errors| errors.into_iter().map(|error| (error.pointer, error.code)).collect())
}

fn check(body: &Value, pointer: &str, code: &'static str) {
    assert_eq!(rules(body), Err(vec![(pointer.to_owned(), code)]), "{body}");
}

#[test]
fn rules_of_a_request_are_read() {
    let read = rules(&json!([
        {"tag": "keen_on_category", "boost": 2},
        {"tag": "search_in_vain", "exclude": true, "filter": {"must": [{"key": "kind", "match": {"value": "video"}}]}},
    ]));
    let read = read.unwrap();
    assert_eq!((&*read[0].tag, read[0].effect), ("keen_on_category", TagEffect::Boost(2.0)));
    assert_eq!((read[1].effect, read[1].filter.must.len()), (TagEffect::Exclude, 1));
}

#[test]
fn each_wrong_member_of_a_rule_is_named() {
    check(&json!({}), "/tagged", "wrong_type");
    check(&json!([{"boost": 2}]), "/tagged/0/tag", "missing_field");
    check(&json!([{"tag": "keen", "boost": 2}]), "/tagged/0/tag", "unknown_tag");
    check(&json!([{"tag": "keen_on_category"}]), "/tagged/0/boost", "missing_field");
    check(&json!([{"tag": "keen_on_category", "boost": 0}]), "/tagged/0/boost", "out_of_range");
    check(&json!([{"tag": "keen_on_category", "boost": "x"}]), "/tagged/0/boost", "wrong_type");
    let both = json!([{"tag": "keen_on_category", "boost": 2, "exclude": true}]);
    check(&both, "/tagged/0/exclude", "conflicting_fields");
    check(&json!([{"tag": "search_in_vain", "boost": 2}]), "/tagged/0/filter", "missing_field");
}
