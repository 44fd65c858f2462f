use config::Config;
use serde_json::json;

use super::*;

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

fn told(body: &Value) -> Result<Claims, String> {
    let errors = |errors: Vec<FieldError>| {
        errors
            .iter()
            .map(|error| format!("{} {}", error.pointer, error.code))
            .collect::<Vec<_>>()
            .join(", ")
    };
    read(body, &Config::default().auth, NOW).map_err(errors)
}

#[test]
fn a_token_is_for_a_user_for_a_while() {
    let usual = told(&json!({"user_id": "u1"})).unwrap();
    assert_eq!(usual.exp, Some(NOW.plus_millis(3_600_000)));
    assert_eq!((usual.sub.as_str(), usual.rooms), ("u1", None));
    let narrow = told(&json!({"user_id": "u1", "rooms": ["42", "7"], "ttl_s": 60})).unwrap();
    assert_eq!(narrow.exp, Some(NOW.plus_millis(60_000)));
    assert!(narrow.may_enter("7") && !narrow.may_enter("8"));
    assert_eq!(told(&json!({"user_id": "u1", "rooms": []})).unwrap().rooms, Some(Vec::new()));
}

#[test]
fn all_that_is_wrong_is_told() {
    assert_eq!(told(&json!({})), Err("/user_id missing_field".to_owned()));
    let wrong = json!({"user_id": "", "rooms": [""], "ttl_s": 2_592_001, "sub": "u1"});
    let expected =
        "/sub unknown_field, /user_id invalid_id, /rooms/0 invalid_id, /ttl_s out_of_range";
    assert_eq!(told(&wrong), Err(expected.to_owned()));
}
