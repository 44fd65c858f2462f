use engine::{CategoryId, ItemIndex};
use serde_json::json;

use super::*;
use crate::http::testing::{put_item, shared};

fn read_filter(body: &Value) -> Result<Filter, Vec<(String, &'static str)>> {
    let shared = shared();
    put_item(&shared, 4, "sku-1", (9, "shoes"));
    read(body, "/filter", &shared.node.catalogue)
        .map_err(|errors| errors.into_iter().map(|error| (error.pointer, error.code)).collect())
}

fn condition(body: &Value) -> Condition {
    read_filter(&json!({"must": [body]})).unwrap().must.remove(0)
}

#[test]
fn names_become_numbers() {
    let any = |key: &str, name: &str| json!({"key": key, "match": {"any": [name]}});
    assert_eq!(condition(&any("categories", "shoes")), Condition::Categories(vec![CategoryId(9)]));
    assert_eq!(condition(&any("item_id", "sku-1")), Condition::Items(vec![ItemIndex(4)]));
    assert_eq!(condition(&any("kind", "video")), Condition::Kinds(vec![ItemKind::Video]));
    let one = json!({"key": "categories", "match": {"value": "shoes"}});
    assert_eq!(condition(&one), Condition::Categories(vec![CategoryId(9)]));
    let price = json!({"key": "price", "range": {"gte": 10, "lte": 20.5}});
    assert_eq!(condition(&price), Condition::Price { least: Some(10.0), most: Some(20.5) });
}

#[test]
fn a_category_that_no_item_carries_can_hold_for_none() {
    let unknown = json!({"key": "categories", "match": {"any": ["hats"]}});
    assert_eq!(condition(&unknown), Condition::Categories(Vec::new()));
}

#[test]
fn what_is_wrong_is_named_by_its_place() {
    let refused = |body: Value| read_filter(&json!({"must_not": [body]})).unwrap_err();
    let at = |pointer: &str, code| vec![(format!("/filter/must_not/0{pointer}"), code)];
    assert_eq!(
        refused(json!({"key": "category", "match": {"any": []}})),
        at("/key", "unknown_value")
    );
    assert_eq!(refused(json!({"match": {"any": ["a"]}})), at("/key", "missing_field"));
    assert_eq!(
        refused(json!({"key": "kind", "match": {"any": ["vidio"]}})),
        at("/match", "unknown_value")
    );
    assert_eq!(refused(json!({"key": "kind"})), at("/match", "missing_field"));
    assert_eq!(refused(json!({"key": "kind", "match": {}})), at("/match/any", "missing_field"));
    assert_eq!(refused(json!({"key": "price", "range": {}})), at("/range/gte", "missing_field"));
    let inverted = json!({"key": "price", "range": {"gte": 5, "lte": 1}});
    assert_eq!(refused(inverted), at("/range/lte", "out_of_range"));
    let both = json!({"key": "price", "range": {"gte": 5}, "match": {"any": ["a"]}});
    assert_eq!(refused(both), at("/match", "conflicting_fields"));
    assert_eq!(refused(json!("shoes")), at("", "wrong_type"));
}
