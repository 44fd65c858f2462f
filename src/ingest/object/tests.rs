//! Objects read and refused.

use super::*;

fn check_refused(text: &str, pointer: &str, code: &str) {
    let flaw = Object::parse_text(text, "/base").unwrap_err();
    assert_eq!((flaw.pointer.as_str(), flaw.fault.code()), (pointer, code), "{text}");
}

#[test]
fn members_keep_their_text() {
    let object = Object::parse_text(r#"{"a": [1, 2] ,"b\n":"x","c":{}}"#, "").unwrap();
    let members: Vec<_> = object.members.iter().map(|(name, raw)| (&**name, *raw)).collect();
    assert_eq!(members, [("a", "[1, 2]"), ("b\n", "\"x\""), ("c", "{}")]);
}

#[test]
fn a_flaw_points_at_the_member_that_has_it() {
    check_refused(r#"{"a":1,"b":NaN}"#, "/base/b", "not_finite");
    check_refused(r#"{"a":-Infinity}"#, "/base/a", "not_finite");
    check_refused(r#"{"a":nope}"#, "/base/a", "invalid_json");
    check_refused(r#"{"NaN":nope}"#, "/base/NaN", "invalid_json");
    check_refused(r#"{"a":01}"#, "/base/a", "invalid_json");
    check_refused("[1]", "/base", "wrong_type");
    check_refused("nope", "/base", "invalid_json");
    check_refused("{} {}", "/base", "invalid_json");
}

#[test]
fn bytes_that_are_not_utf8_are_said_to_be_so() {
    let flaw = Object::parse(b"{\"a\":\"\xff\"}", "").unwrap_err();
    let what = "bytes that are not UTF-8".to_owned();
    assert_eq!(flaw.fault, Fault::InvalidJson { what, offset: 6 });
}
