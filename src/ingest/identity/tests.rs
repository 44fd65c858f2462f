//! Hashes of fields.

use super::*;

const KEY: NodeKey = NodeKey([3; 16]);

fn hash(text: &str) -> u64 {
    fields_hash(&KEY, &Object::parse_text(text, "").unwrap(), "").unwrap()
}

#[test]
fn values_of_different_kinds_never_hash_alike() {
    let kinds = ["1", "\"1\"", "1.0", "true", "null", "[]", "{}", "[1]", "{\"a\":1}", "-1", "\"\""];
    for (place, a) in kinds.iter().enumerate() {
        for b in &kinds[place + 1..] {
            assert_ne!(value_hash(&KEY, a), value_hash(&KEY, b), "{a} {b}");
        }
    }
}

#[test]
fn an_escaped_name_or_value_is_the_same_as_a_plain_one() {
    assert_eq!(hash(r#"{"a":"b"}"#), hash(r#"{"\u0061":"\u0062"}"#));
}

#[test]
fn when_a_body_was_sent_is_no_part_of_an_event() {
    assert_eq!(hash(r#"{"a":1,"sent_at":5}"#), hash(r#"{"sent_at":6,"a":1}"#));
    assert_eq!(envelope_hash(&KEY, &Object::parse_text(r#"{"sent_at":6}"#, "").unwrap()), Ok(None));
}

#[test]
fn a_broken_escape_is_refused_though_nobody_reads_the_value() {
    let object = Object::parse_text(r#"{"a":{"b":"\ud800"}}"#, "").unwrap();
    let flaw = fields_hash(&KEY, &object, "").unwrap_err();
    assert_eq!((flaw.pointer.as_str(), flaw.fault.code()), ("/a", "invalid_json"));
}

#[test]
fn another_key_gives_another_identity() {
    assert_ne!(given(&KEY, "", "e"), given(&NodeKey([4; 16]), "", "e"));
    assert_ne!(given(&KEY, "", "e"), given(&KEY, "/source", "e"));
}
