//! What the strict reading adds to the usual one, and that it adds nothing else.

use serde_json::json;

use super::*;

fn check(text: &str, expected: &Value, twice: &[&str]) {
    let (value, found) = read(text.as_bytes()).unwrap();
    assert_eq!((&value, found), (expected, twice.iter().map(ToString::to_string).collect()));
}

#[test]
fn a_value_reads_as_the_usual_parser_reads_it() {
    let text = r#"{"a":[1,-2,3.5,1e300,18446744073709551615],"b":{"ü\n":null,"c":[true,"x\u0041"]},"d":{}}"#;
    check(text, &serde_json::from_str(text).unwrap(), &[]);
    for broken in ["", "{", "[1,]", "{\"a\":1,}", "1 2", "NaN", "{'a':1}", "1e999"] {
        assert!(read(broken.as_bytes()).is_err(), "{broken}");
    }
}

#[test]
fn members_that_stand_twice_are_named_where_they_stand() {
    check(r#"{"a":1,"b":2,"a":3}"#, &json!({"a": 3, "b": 2}), &["/a"]);
    let text = r#"[{"a":1},{"x/y":[0,{"c":1,"c":2}]},{"a":1,"a":1}]"#;
    let (_, twice) = read(text.as_bytes()).unwrap();
    assert_eq!(twice, ["/1/x~1y/1/c", "/2/a"]);
    check(r#"{"a":{"b":1},"c":{"b":1}}"#, &json!({"a": {"b": 1}, "c": {"b": 1}}), &[]);
}

#[test]
fn what_is_named_is_bounded() {
    let many = format!("{{{}\"a\":0}}", "\"a\":0,".repeat(1_000));
    assert_eq!(read(many.as_bytes()).unwrap().1.len(), NAMED);
}
