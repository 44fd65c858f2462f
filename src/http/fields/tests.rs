use serde_json::json;

use super::*;

/// Codes and pointers of what reading `value` with `read` finds wrong.
fn faults(value: &Value, read: impl FnOnce(&mut Fields<'_>)) -> Vec<(String, &'static str)> {
    let known = ["name", "limit", "flag", "list", "price", "when", "word"];
    let mut fields = Fields::open(value, "", &known).unwrap();
    read(&mut fields);
    let errors = fields.finish().err().unwrap_or_default();
    errors.into_iter().map(|error| (error.pointer, error.code)).collect()
}

fn one(pointer: &str, code: &'static str) -> Vec<(String, &'static str)> {
    vec![(pointer.to_owned(), code)]
}

#[test]
fn an_unknown_member_names_the_nearest_known_one() {
    let value = json!({"limt": 3});
    let errors = Fields::open(&value, "/deep", &["limit", "name"]).unwrap().finish().unwrap_err();
    assert_eq!(errors[0].pointer, "/deep/limt");
    assert_eq!(errors[0].code, "unknown_field");
    assert!(errors[0].detail.contains("did you mean `limit`?"), "{}", errors[0].detail);
}

#[test]
fn everything_that_is_wrong_is_noted_not_only_the_first() {
    let value = json!({"name": 7, "limit": 0, "flag": "yes", "nmae": 1});
    let found = faults(&value, |fields| {
        assert_eq!(fields.text("name", 10), None);
        assert_eq!(fields.whole("limit", 1..=5), None);
        assert_eq!(fields.flag("flag"), None);
    });
    let expected = [
        ("/nmae", "unknown_field"),
        ("/name", "wrong_type"),
        ("/limit", "out_of_range"),
        ("/flag", "wrong_type"),
    ];
    assert_eq!(found, expected.map(|(at, code)| (at.to_owned(), code)));
}

#[test]
fn null_is_the_same_as_nothing() {
    let value = json!({"name": null, "limit": null});
    assert_eq!(faults(&value, |fields| assert_eq!(fields.id("name"), None)), []);
    let found = faults(&value, |fields| {
        let read = fields.id("name");
        assert_eq!(fields.need("name", read), None);
    });
    assert_eq!(found, one("/name", "missing_field"));
}

#[test]
fn ids_have_1_to_256_bytes() {
    for (length, good) in [(0, false), (1, true), (256, true), (257, false)] {
        let value = json!({"name": "x".repeat(length)});
        let found = faults(&value, |fields| assert_eq!(fields.id("name").is_some(), good));
        assert_eq!(found.is_empty(), good, "{length}");
    }
    // 128 two-byte letters fit, 129 do not: bytes count.
    let value = json!({"name": "ü".repeat(129)});
    assert_eq!(
        faults(&value, |fields| assert!(fields.id("name").is_none())),
        one("/name", "invalid_id")
    );
}

#[test]
fn an_amount_is_a_finite_float_not_below_0() {
    for (number, good) in [("0", true), ("89.5", true), ("-0.01", false), ("1e39", false)] {
        let value: Value = serde_json::from_str(&format!("{{\"price\":{number}}}")).unwrap();
        let found = faults(&value, |fields| assert_eq!(fields.amount("price").is_some(), good));
        assert_eq!(found.is_empty(), good, "{number}");
    }
}

#[test]
fn a_wrong_entry_of_a_list_is_named_by_its_place() {
    let value = json!({"list": ["a", 5, ""]});
    let found = faults(&value, |fields| assert_eq!(fields.ids("list", 9), None));
    let expected = [("/list/1", "wrong_type"), ("/list/2", "invalid_id")];
    assert_eq!(found, expected.map(|(at, code)| (at.to_owned(), code)));
    assert_eq!(
        faults(&value, |fields| assert!(fields.ids("list", 2).is_none())),
        one("/list", "too_many_entries")
    );
}

#[test]
fn whole_numbers_are_neither_text_nor_fractions() {
    for (value, code) in
        [(json!("3"), "wrong_type"), (json!(2.5), "out_of_range"), (json!(-1), "out_of_range")]
    {
        let value = json!({"limit": value});
        assert_eq!(
            faults(&value, |fields| assert!(fields.whole("limit", 0..=9).is_none())),
            one("/limit", code)
        );
    }
}

#[test]
fn pointers_escape_what_json_pointers_escape() {
    assert_eq!(join("/a", "b/c~d"), "/a/b~1c~0d");
}
