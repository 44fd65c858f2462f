use actix_web::web;
use serde_json::json;

use super::*;
use crate::http::testing::shared;

fn read(body: &Value) -> Result<usize, Vec<(String, &'static str)>> {
    let shared: web::Data<Shared> = shared();
    let asked = Ask::read(body, &shared.node.declared().plan).map(|ask| ask.rows);
    asked.map_err(|errors| errors.into_iter().map(|it| (it.pointer, it.code)).collect())
}

#[test]
fn columns_of_one_length_that_the_features_need_are_understood() {
    let users = json!({"user_id": ["a", "b", "c"]});
    assert_eq!(read(&json!({"features": ["clicks_5m"], "entities": users})), Ok(3));
    let both = json!({"user_id": ["a", "b"], "category": ["x", "y"]});
    let features = ["category_interest", "category_ctr", "clicks_60m"];
    assert_eq!(read(&json!({"features": features, "entities": both})), Ok(2));
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let wrong = |body: &Value| read(body).unwrap_err();
    let users = json!({"user_id": ["a"]});
    let unknown = json!({"features": ["clicks_5"], "entities": users});
    assert_eq!(wrong(&unknown), [("/features".to_owned(), "unknown_value")]);
    let no_column = json!({"features": ["item_ctr"], "entities": users});
    assert_eq!(wrong(&no_column), [("/entities".to_owned(), "missing_field")]);
    let uneven = json!({"user_id": ["a", "b"], "item_id": ["x"]});
    let uneven = json!({"features": ["item_ctr"], "entities": uneven});
    assert_eq!(wrong(&uneven), [("/entities".to_owned(), "out_of_range")]);
    let names: Vec<String> = (0..=ENTITIES).map(|n| n.to_string()).collect();
    let many = json!({"features": ["clicks_5m"], "entities": {"user_id": names}});
    assert_eq!(wrong(&many), [("/entities/user_id".to_owned(), "too_many_entries")]);
    assert_eq!(wrong(&json!({"entities": users})), [("/features".to_owned(), "missing_field")]);
    let stray = json!({"features": ["clicks_5m"], "entities": {"users": ["a"]}});
    assert_eq!(wrong(&stray)[0], ("/entities/users".to_owned(), "unknown_field"));
}
