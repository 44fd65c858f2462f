//! Bodies in their shapes, whole and broken.

use super::*;

const LIMITS: Limits =
    Limits { body_bytes: 1000, body_events: 4, event_bytes: 500, depth: 16, expanded_bytes: 1000 };

fn check(body: &str, expected: &[&str]) {
    let entries = match cut(body.as_bytes(), Framing::Detect, &LIMITS).unwrap() {
        Framed::Single(entry) => vec![entry],
        Framed::Many(entries) => entries,
    };
    let texts: Vec<_> = entries.iter().map(|e| std::str::from_utf8(e.bytes).unwrap()).collect();
    assert_eq!(texts, expected, "{body}");
}

fn check_broken(body: &str) {
    let error = cut(body.as_bytes(), Framing::Detect, &LIMITS).unwrap_err();
    assert_eq!(error.code(), "invalid_json", "{body}");
}

#[test]
fn a_body_is_cut_where_its_entries_end() {
    check(" {\"a\":1} ", &["{\"a\":1}"]);
    check("\u{feff}[1 , {\"a\":[1,2]},\"x,]\\\"\" ]\n", &["1", "{\"a\":[1,2]}", "\"x,]\\\"\""]);
    check("[1,,2]", &["1", "", "2"]);
    check("{\"a\":1}\n{\"a\":2}", &["{\"a\":1}", "{\"a\":2}"]);
}

#[test]
fn what_is_no_body_as_a_whole_is_refused() {
    for body in ["[", "[1", "[1,", "[{}}]", "{", "{\"a", "[1] 2", "{} {}", "[{} {}]", "{\n}\n{}"] {
        check_broken(body);
    }
}

#[test]
fn depth_is_counted_without_recursion() {
    let body = format!("[{}{},1]", "[".repeat(300), "]".repeat(300));
    let Framed::Many(entries) = cut(body.as_bytes(), Framing::Detect, &LIMITS).unwrap() else {
        panic!("an array is many");
    };
    assert_eq!((entries[0].depth, entries[1].depth), (300, 0));
}

#[test]
fn one_entry_too_many_refuses_the_body() {
    let error = cut(b"[1,2,3,4,5]", Framing::Detect, &LIMITS).unwrap_err();
    assert_eq!(error, BodyError::TooManyEvents { limit: 4 });
}
