//! What happens in a live room, without an item of its own.

use std::sync::Arc;

use engine::rooms::RoomNow;

use super::*;

const ROOM: ItemIndex = ItemIndex(8);
const PRODUCT: ItemIndex = ItemIndex(7);

/// A desk that knows room 42, which shows `showing`.
fn desk(showing: Option<ItemIndex>) -> Desk {
    let mut desk = Desk::new();
    let doc = ItemDoc {
        item_id: "room:42".into(),
        kind: ItemKind::LiveRoom,
        categories: vec![(CategoryId(9), "games".into())],
        ..ItemDoc::default()
    };
    desk.catalogue.apply(&RecordBody::ItemPut { item: ROOM, doc, at: Timestamp::EPOCH });
    let room = RoomNow { showing, ..RoomNow::default() };
    desk.rooms = RoomsView::new([(ROOM, Arc::new(room))]);
    desk
}

/// The one event that `json` makes, and the name that it is to be registered by.
fn drafted(desk: &Desk, json: &str) -> (Event, Option<Box<str>>) {
    let body = Body {
        bytes: json.as_bytes(),
        dialect: Dialect::Native,
        framing: Framing::Detect,
        idempotency_key: None,
    };
    let mut ingested = ingest(body, &desk.edge()).unwrap();
    assert!(ingested.warnings.is_empty(), "{:?}", ingested.warnings);
    match ingested.drafts.remove(0) {
        Draft::Event { event, unknown_item, .. } => (event, unknown_item),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_event_in_a_room_without_an_item_is_about_the_room() {
    let desk = desk(None);
    let (event, unknown) = drafted(&desk, r#"{"type":"live_join","user_id":"u","room_id":"42"}"#);
    assert_eq!((event.item, event.kind), (Some(ROOM), ItemKind::LiveRoom));
    assert_eq!((event.categories, unknown), (vec![CategoryId(9)], None));
}

#[test]
fn an_unknown_room_is_registered_as_a_room_and_nobody_is_warned() {
    let desk = Desk::new();
    let (event, unknown) = drafted(&desk, r#"{"type":"live_like","user_id":"u","room_id":"7"}"#);
    assert_eq!((event.item, event.kind), (None, ItemKind::LiveRoom));
    assert_eq!(unknown.as_deref(), Some("room:7"));
}

#[test]
fn a_product_that_is_named_stays_and_a_click_without_one_has_none() {
    let desk = desk(Some(PRODUCT));
    for (kind, item, expected) in [
        ("live_product_click", r#","item_id":"sku-9""#, Some(PRODUCT)),
        ("select_item", r#","item_id":"sku-9""#, Some(PRODUCT)),
        ("live_join", r#","item_id":"sku-9""#, Some(PRODUCT)),
        ("live_product_click", "", None),
    ] {
        let json = format!(r#"{{"type":"{kind}","user_id":"u","room_id":"42"{item}}}"#);
        assert_eq!(drafted(&desk, &json).0.item, expected, "{json}");
    }
}

#[test]
fn a_leave_is_about_the_product_on_show() {
    let leave = r#"{"type":"live_leave","user_id":"u","room_id":"42"}"#;
    let (event, _) = drafted(&desk(Some(PRODUCT)), leave);
    assert_eq!((event.item, event.kind), (Some(PRODUCT), ItemKind::Product));
    assert_eq!(event.categories.len(), Event::MAX_CATEGORIES);
    assert_eq!(event.room_id.as_deref(), Some("42"));
    let (event, _) = drafted(&desk(None), leave);
    assert_eq!((event.item, event.kind), (Some(ROOM), ItemKind::LiveRoom));
}

#[test]
fn a_connection_that_went_away_is_about_the_room() {
    let lost = r#"{"type":"live_leave","user_id":"u","room_id":"42","properties":{"lost":true}}"#;
    assert_eq!(drafted(&desk(Some(PRODUCT)), lost).0.item, Some(ROOM));
}

#[test]
fn what_a_room_adds_changes_no_identity() {
    let leave =
        r#"{"type":"live_leave","user_id":"u","room_id":"42","timestamp":"2026-10-01T08:59:00Z"}"#;
    let identity = |desk: &Desk| drafted(desk, leave).0.identity;
    let plain = identity(&Desk::new());
    assert!(matches!(plain, Identity::Id(_)), "{plain:?}");
    assert_eq!(identity(&desk(Some(PRODUCT))), plain);
    assert_eq!(identity(&desk(None)), plain);
}
