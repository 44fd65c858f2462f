//! Tests of what is typed and what is told.

use super::*;

#[test]
fn shares_are_typed_as_percent_or_as_parts_of_one() {
    for (text, expected) in [("5%", 0.05), ("0.05", 0.05), ("100 %", 1.0), ("0", 0.0)] {
        assert!((share(text).unwrap() - expected).abs() < 1e-12, "{text}");
    }
    for text in ["101%", "1.5", "-1%", "some"] {
        assert!(share(text).is_err(), "{text}");
    }
}

#[test]
fn only_what_is_typed_is_sent() {
    let typed = Challenge {
        from_nothing: false,
        learning_rate: Some(0.05),
        negatives: None,
        history_decay: None,
        user_vector_after: Some(3),
        dimensions: None,
    };
    let expected = json!({"from": "champion", "learning_rate": 0.05, "user_vector_after": 3});
    assert_eq!(typed.body(), expected);
}
