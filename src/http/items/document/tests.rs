use engine::model::content::map::ROWS;
use engine::model::content::{Content, EMBEDDING, MOST_FEATURES};
use engine::{ItemIndex, RecordBody, Timestamp};
use proptest::prelude::*;
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
        "properties": {"b": [1, {"c": null}]}, "embedding": [0.25, -3.0]
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
    check(&json!({"embedding": "0.1,0.2"}), "/embedding", "wrong_type");
    check(&json!({"embedding": [0.1, "0.2"]}), "/embedding", "invalid_number");
    check(&json!({"embedding": [0.1, null]}), "/embedding", "invalid_number");
    check(&json!({"embedding": [1e39]}), "/embedding", "invalid_number");
    check(&json!({"embedding": vec![0.5; 1_025]}), "/embedding", "too_long");
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

#[test]
fn all_embeddings_are_of_one_length_until_no_document_has_one() {
    let catalogue = Catalogue::default();
    let put = |item: u32, numbers: usize| {
        let body = json!({"item_id": format!("i{item}"), "embedding": vec![0.5; numbers]});
        let taken = of_one_length(read(&body, None).unwrap(), &catalogue);
        let taken = taken.map_err(|errors| errors[0].detail.clone())?;
        let at = Timestamp::from_millis(1);
        catalogue.apply(&RecordBody::ItemPut { item: ItemIndex(item), doc: taken, at });
        Ok::<(), String>(())
    };
    let refused = "must have 3 numbers, as all embeddings of this node, not 2";
    assert_eq!((put(0, 3), put(1, 3)), (Ok(()), Ok(())));
    assert_eq!(put(2, 2), Err(refused.to_owned()));
    assert_eq!((put(2, 0), put(0, 0)), (Ok(()), Ok(())));
    assert_eq!(put(2, 2), Err(refused.to_owned()));
    let at = Timestamp::from_millis(2);
    catalogue.apply(&RecordBody::ItemDelete { item: ItemIndex(1), at });
    assert_eq!((put(2, 2), put(1, 2)), (Ok(()), Ok(())));
    assert!(put(0, 3).is_err());
}

proptest! {
    #[test]
    fn any_document_is_read_or_refused_and_what_it_is_made_of_is_bounded(
        categories in prop::collection::vec(".{0,20}", 0..70),
        tags in prop::collection::vec("\\PC{0,30}", 0..120),
        title in ".{0,400}",
        embedding in prop::collection::vec(prop_oneof![
            any::<f64>().prop_map(Value::from),
            any::<f32>().prop_map(Value::from),
            Just(json!(1e308)), Just(json!(-0.0)), Just(json!(1e-45)), Just(json!("x")),
        ], 0..1_030),
    ) {
        let body = json!({
            "item_id": "a", "categories": categories, "tags": tags, "title": title, "embedding": embedding,
        });
        if let Ok(doc) = read(&body, None) {
            prop_assert!(doc.embedding.iter().all(|number| number.is_finite()));
            let again = read(&as_json(&doc), Some("a")).expect("what was written is read");
            prop_assert_eq!(&again, &doc);
            let content = Content::of(&doc);
            let parts: Vec<_> = content.parts().collect();
            prop_assert!(parts.len() <= MOST_FEATURES + EMBEDDING);
            prop_assert!(parts.iter().all(|(part, x)| *part < ROWS && x.is_finite() && x.abs() <= 1.0 + 1e-5));
        }
    }
}
