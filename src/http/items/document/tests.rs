use engine::Timestamp;
use serde_json::json;

use super::*;

fn codes(body: &Value) -> Vec<(String, &'static str)> {
    let errors = read(body, Some("a")).err().unwrap_or_default();
    errors.into_iter().map(|error| (error.pointer, error.code)).collect()
}

fn check(body: &Value, pointer: &str, code: &'static str) {
    assert_eq!(codes(body), vec![(pointer.to_owned(), code)], "{body}");
}

#[test]
fn the_empty_document_is_an_available_item() {
    let doc = read(&json!({}), Some("a")).unwrap();
    assert_eq!((&*doc.item_id, doc.kind, doc.available), ("a", ItemKind::Item, true));
}

#[test]
fn what_was_written_is_read_back() {
    let body = json!({
        "item_id": "a", "kind": "video", "categories": ["x", "y"], "tags": ["t"], "title": "T",
        "price": 8.5, "currency": "EUR", "published_at": "2026-10-01T09:00:00Z",
        "expires_at": "2999-12-31T23:59:59Z", "available": false, "room_id": "42",
        "properties": {"b": [1, {"c": null}]}
    });
    let doc = read(&body, Some("a")).unwrap();
    assert_eq!(as_json(&doc), body);
    assert_eq!(doc.published_at, Some(Timestamp::from_millis(1_790_845_200_000)));
}

#[test]
fn each_wrong_member_is_named() {
    check(&json!({"price": -1}), "/price", "out_of_range");
    check(&json!({"price": "12"}), "/price", "wrong_type");
    check(&json!({"price": 1e300}), "/price", "out_of_range");
    check(&json!({"currency": "EURO"}), "/currency", "invalid_currency");
    check(&json!({"kind": "vidio"}), "/kind", "unknown_value");
    check(&json!({"categories": "shoes"}), "/categories", "wrong_type");
    check(&json!({"published_at": "2026-10-01"}), "/published_at", "invalid_time");
    check(&json!({"published_at": "2026-10-01T09:00:00"}), "/published_at", "time_without_offset");
    check(&json!({"available": 1}), "/available", "wrong_type");
    check(&json!({"properties": []}), "/properties", "wrong_type");
    check(&json!({"titel": "T"}), "/titel", "unknown_field");
    check(&json!({"item_id": "b"}), "/item_id", "conflicting_fields");
    check(&json!({"title": "x".repeat(1_025)}), "/title", "too_long");
    check(&json!([]), "", "wrong_type");
}

#[test]
fn a_batch_entry_needs_its_name() {
    let errors = read(&json!({"title": "T"}), None).unwrap_err();
    assert_eq!((errors[0].pointer.as_str(), errors[0].code), ("/item_id", "missing_field"));
}

/// The examples of RFC 7396, appendix A.
#[test]
fn merging_follows_the_rfc() {
    for (target, patch, expected) in [
        (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
        (json!({"a": "b"}), json!({"b": "c"}), json!({"a": "b", "b": "c"})),
        (json!({"a": "b"}), json!({"a": null}), json!({})),
        (json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"})),
        (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
        (json!({"a": "c"}), json!({"a": ["b"]}), json!({"a": ["b"]})),
        (json!({"a": {"b": "c"}}), json!({"a": {"b": "d", "c": null}}), json!({"a": {"b": "d"}})),
        (json!({"a": [{"b": "c"}]}), json!({"a": [1]}), json!({"a": [1]})),
        (json!({"a": "foo"}), json!(null), json!(null)),
        (json!({"e": null}), json!({"a": 1}), json!({"e": null, "a": 1})),
        (json!([1, 2]), json!({"a": "b", "c": null}), json!({"a": "b"})),
        (json!({}), json!({"a": {"bb": {"ccc": null}}}), json!({"a": {"bb": {}}})),
    ] {
        let mut merged = target.clone();
        merge(&mut merged, &patch);
        assert_eq!(merged, expected, "{target} + {patch}");
    }
}
