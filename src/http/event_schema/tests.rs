//! The described event and the one that is read are the same.

use std::collections::BTreeSet;

use super::*;
use crate::ingest::tests::Desk;

#[test]
fn the_described_event_has_exactly_the_fields_that_are_read() {
    let described = serde_json::to_value(EventBody::default()).unwrap();
    let described: BTreeSet<&str> =
        described.as_object().unwrap().keys().map(String::as_str).collect();
    let read: BTreeSet<&str> = NATIVE.iter().map(|(name, _)| *name).collect();
    assert_eq!(described, read);
}

#[test]
fn every_declared_type_is_listed_with_its_weight_and_half_life() {
    let desk = Desk::new();
    let schema = schema(&desk.types, desk.edge().limits);
    let click = schema.types.iter().find(|kind| kind.name == "select_item").unwrap();
    assert_eq!((click.role, click.half_life_hours), ("positive", 1.0));
    assert!(click.aliases.iter().any(|alias| alias == "click"));
    assert_eq!(schema.limits.event_bytes, 64 * 1024);
}
