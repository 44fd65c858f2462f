//! Whole bodies in, drafts and refusals out.

use engine::event_types::{EventTypeSpec, Role};
use engine::record::{ItemDoc, ItemKind};
use engine::{CategoryId, Event, ItemIndex, RecordBody, Timestamp};

use super::moment::ClockRule;
use super::*;

/// 2026-10-01T09:00:00Z.
pub const NOW_MS: u64 = 1_790_845_200_000;

/// Everything an [`Edge`] borrows.
pub struct Desk {
    pub types: EventTypes,
    pub names: TypeNames,
    pub catalogue: Catalogue,
    pub rooms: RoomsView,
}

impl Desk {
    pub fn new() -> Self {
        let types = EventTypes::new(specs()).unwrap();
        let catalogue = Catalogue::default();
        let doc = ItemDoc {
            item_id: "sku-9".into(),
            kind: ItemKind::Product,
            categories: (0..6).map(|n| (CategoryId(n), format!("c{n}").into())).collect(),
            price: Some(19.5),
            ..ItemDoc::default()
        };
        catalogue.apply(&RecordBody::ItemPut { item: ItemIndex(7), doc, at: Timestamp::EPOCH });
        Self { names: TypeNames::new(&types), types, catalogue, rooms: RoomsView::default() }
    }

    pub fn edge(&self) -> Edge<'_> {
        Edge {
            key: NodeKey([7; 16]),
            shards: 256,
            types: &self.types,
            names: &self.names,
            catalogue: &self.catalogue,
            rooms: &self.rooms,
            receipt: Receipt {
                at: Timestamp::from_millis(NOW_MS),
                rule: ClockRule::Wall,
                tolerance_ms: 1000,
                trusted_skew_ms: 30 * 60 * 1000,
            },
            limits: Limits {
                body_bytes: 8 * 1024 * 1024,
                body_events: 10_000,
                event_bytes: 64 * 1024,
                depth: 16,
                expanded_bytes: 64 * 1024 * 1024,
            },
            import: None,
            origin: 77,
            speaker: None,
        }
    }
}

fn specs() -> Vec<EventTypeSpec> {
    let spec = |name: &str, role, aliases: &[&str]| EventTypeSpec {
        name: name.to_owned(),
        aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
        role,
        weight: 1.0,
        half_life_ms: 3_600_000,
    };
    vec![
        spec("view_item_list", Role::Impression, &["expose"]),
        spec("select_item", Role::Positive, &["click", "Product Clicked"]),
        spec("view_item", Role::Positive, &["view"]),
        spec("search", Role::Neutral, &[]),
        spec("add_to_cart", Role::Positive, &["cart"]),
        spec("purchase", Role::Positive, &["buy"]),
        spec("like", Role::Positive, &[]),
        spec("rate", Role::Positive, &[]),
        spec("video_progress", Role::Positive, &["watch"]),
        spec("live_like", Role::Positive, &[]),
        spec("live_join", Role::Positive, &[]),
        spec("live_product_click", Role::Positive, &[]),
        spec("live_leave", Role::Neutral, &[]),
    ]
}

/// Reads `bytes` as our own form.
pub fn read(bytes: impl AsRef<[u8]>) -> Result<Ingested, BodyError> {
    read_as(Dialect::Native, Framing::Detect, bytes)
}

pub fn read_as(
    dialect: Dialect,
    framing: Framing,
    bytes: impl AsRef<[u8]>,
) -> Result<Ingested, BodyError> {
    let desk = Desk::new();
    let body = Body { bytes: bytes.as_ref(), dialect, framing, idempotency_key: None };
    ingest(body, &desk.edge())
}

pub fn events(ingested: &Ingested) -> Vec<&Event> {
    fn event(draft: &Draft) -> &Event {
        match draft {
            Draft::Event { event, .. } => event,
            other => panic!("not an event: {other:?}"),
        }
    }
    ingested.drafts.iter().map(event).collect()
}

/// The one event of `bytes`.
pub fn one(bytes: &str) -> Event {
    let ingested = read(bytes).unwrap();
    assert_eq!(ingested.rejected, []);
    assert_eq!(ingested.drafts.len(), 1);
    events(&ingested)[0].clone()
}

/// Pointer and code of the one refusal of `bytes`.
fn refused(bytes: &str) -> (String, &'static str) {
    let ingested = read(bytes).unwrap();
    assert_eq!((ingested.drafts.len(), ingested.rejected.len()), (0, 1), "{ingested:?}");
    (ingested.rejected[0].pointer.clone(), ingested.rejected[0].code)
}

fn check_refused(bytes: &str, pointer: &str, code: &str) {
    assert_eq!(refused(bytes), (pointer.to_owned(), code.to_owned().leak() as &_), "{bytes}");
}

fn identities(bytes: &str) -> Vec<Identity> {
    events(&read(bytes).unwrap()).iter().map(|event| event.identity).collect()
}

#[test]
fn the_minimal_event_is_taken_as_it_is() {
    let event = one(r#"{"user_id":"u123","item_id":"v456","event":"click","ts":1700000000}"#);
    assert_eq!(event.user.as_str(), "u123");
    assert_eq!(event.event_type.0, 1);
    assert_eq!(event.at, Timestamp::from_millis(1_700_000_000_000));
    assert_eq!(event.received_at, Timestamp::from_millis(NOW_MS));
    assert!(matches!(event.identity, Identity::Id(_)));
    assert_eq!(&*event.properties, "");
}

#[test]
fn the_full_event_keeps_every_field() {
    let event = one(
        r#"{"event_id":"e-1","type":"select_item","user_id":"u1","session_id":"s1","item_id":"sku-9",
        "timestamp":"2026-10-01T09:00:00Z","recommendation_id":"r_00010000000000000002","position":2,
        "value":1.0,"room_id":"42","quantity":3,"dwell_ms":70,"properties":{"device":"ios"}}"#,
    );
    assert_eq!(event.item, Some(ItemIndex(7)));
    assert_eq!(event.categories, [0, 1, 2, 3].map(CategoryId));
    assert_eq!((event.kind, event.price), (ItemKind::Product, Some(19.5)));
    assert_eq!((event.position, event.value), (Some(2), Some(1.0)));
    assert_eq!(event.recommendation.map(|id| id.number), Some(2));
    assert_eq!(event.session_id.as_deref(), Some("s1"));
    assert_eq!(event.room_id.as_deref(), Some("42"));
    assert_eq!(&*event.properties, r#"{"device":"ios","quantity":3,"dwell_ms":70}"#);
}

#[test]
fn a_session_alone_is_the_user() {
    let event = one(r#"{"type":"view","session_id":"s1","item_id":"a","user_id":null}"#);
    assert_eq!(event.user.as_str(), "s1");
}

#[test]
fn good_entries_of_an_array_are_taken_and_bad_ones_named() {
    let ingested = read(
        r#"[{"type":"like","user_id":"u","item_id":"a"}, {"type":"like","user_id":5,"item_id":"a"},
        {"type":"like","user_id":"u","item_id":nope}, 7, {"type":"like","user_id":"u","item_id":"b"}]"#,
    )
    .unwrap();
    assert_eq!(ingested.owners, [0, 4]);
    let rejected: Vec<_> =
        ingested.rejected.iter().map(|r| (r.index, r.pointer.as_str(), r.code)).collect();
    let expected =
        [(1, "/user_id", "wrong_type"), (2, "/item_id", "invalid_json"), (3, "", "wrong_type")];
    assert_eq!(rejected, expected);
    assert_eq!(ingested.entries, 5);
}

#[test]
fn lines_are_read_with_and_without_being_announced() {
    let lines = "{\"type\":\"like\",\"user_id\":\"u\",\"item_id\":\"a\"}\r\n\n{\"type\":\"like\",\"user_id\":\"u\",\"item_id\":\"b\"}\n";
    for framing in [Framing::Detect, Framing::Lines] {
        let ingested = read_as(Dialect::Native, framing, lines).unwrap();
        assert_eq!(ingested.owners, [0, 1]);
    }
    let broken = "{\"type\":\n{\"type\":\"like\",\"user_id\":\"u\",\"item_id\":\"b\"}\n";
    let ingested = read_as(Dialect::Native, Framing::Lines, broken).unwrap();
    assert_eq!((ingested.owners, ingested.rejected[0].code), (vec![1], "invalid_json"));
}

#[test]
fn sent_at_beside_the_events_corrects_a_wrong_clock() {
    let two_hours = 2 * 3_600_000;
    let sent = NOW_MS + two_hours;
    let body = format!(
        r#"{{"sent_at":{sent},"events":[{{"type":"like","user_id":"u","item_id":"a","ts":{}}}]}}"#,
        sent - 5000
    );
    let ingested = read(body).unwrap();
    assert_eq!(events(&ingested)[0].at, Timestamp::from_millis(NOW_MS - 5000));
    let told: Vec<_> =
        ingested.warnings.iter().map(|warning| (warning.code, warning.pointer.as_str())).collect();
    assert_eq!(told[told.len() - 1], ("clock_corrected", "/ts"));
    assert!(told.iter().all(|(code, _)| *code != "clock_future"), "{told:?}");
}

#[test]
fn a_time_in_the_future_becomes_the_receipt_and_is_said() {
    let body =
        format!(r#"{{"type":"like","user_id":"u","item_id":"sku-9","ts":{}}}"#, NOW_MS + 60_000);
    let ingested = read(body.clone()).unwrap();
    assert_eq!(events(&ingested)[0].at, Timestamp::from_millis(NOW_MS));
    let warning = &ingested.warnings[0];
    assert_eq!((warning.code, warning.pointer.as_str()), ("clock_future", "/ts"));
    let body = body.replacen('}', ",\"sent_at\":900000000}", 1);
    let ingested = read(body).unwrap();
    assert_eq!(events(&ingested)[0].at, Timestamp::from_millis(NOW_MS));
    let told: Vec<_> = ingested.warnings.iter().map(|warning| warning.code).collect();
    assert_eq!(told, ["clock_future"], "{:?}", ingested.warnings);
    assert!(ingested.warnings[0].detail.contains("s behind"), "{:?}", ingested.warnings);
}

#[test]
fn equal_entries_of_one_body_each_have_an_identity_and_the_resent_body_has_the_same() {
    let like = r#"{"type":"like","user_id":"u","item_id":"a","ts":1700000000}"#;
    let body = format!("[{}]", [like; 10].join(","));
    let first = identities(&body);
    let distinct: std::collections::HashSet<_> =
        first.iter().map(|identity| format!("{identity:?}")).collect();
    assert_eq!(distinct.len(), 10);
    assert_eq!(identities(&body), first);
    assert_eq!(identities(like)[0], first[0]);
    let lines = [like; 10].join("\n");
    assert_eq!(identities(&lines), first);
    assert_eq!(identities(&format!(r#"{{"sent_at":1700000001,"events":{body}}}"#)), first);
}

#[test]
fn the_order_of_fields_and_white_space_leave_an_identity_alone_and_any_value_changes_it() {
    let check = |a: &str, b: &str, same: bool| {
        assert_eq!(identities(a) == identities(b), same, "{a} {b}");
    };
    let event = r#"{"type":"like","user_id":"u","item_id":"a","ts":1700000000,"properties":{"a":[1,{"b":2,"c":3}]}}"#;
    let turned = r#"{ "properties":{"a":[ 1,{"c":3,"b":2}]}, "ts":1700000000,"item_id":"\u0061","user_id":"u","type":"like"}"#;
    check(event, turned, true);
    check(event, &event.replace("\"c\":3", "\"c\":4"), false);
    check(event, &event.replace("[1,", "[\"1\","), false);
    check(event, &event.replace("1700000000", "1700000000.001"), false);
}

#[test]
fn an_event_without_id_and_time_has_no_identity_unless_the_body_has_a_key() {
    let body = r#"[{"type":"like","user_id":"u","item_id":"a"},{"type":"like","user_id":"u","item_id":"a"}]"#;
    let ingested = read(body).unwrap();
    assert_eq!(ingested.undeduplicated, 2);
    assert!(events(&ingested).iter().all(|event| event.identity == Identity::None));

    let desk = Desk::new();
    let keyed = |key| {
        let body = Body {
            bytes: body.as_bytes(),
            dialect: Dialect::Native,
            framing: Framing::Detect,
            idempotency_key: Some(key),
        };
        let ingested = ingest(body, &desk.edge()).unwrap();
        assert_eq!(ingested.lookups, [0, 1], "no time says how old they are");
        events(&ingested).iter().map(|event| event.identity).collect::<Vec<_>>()
    };
    assert_eq!(keyed("k1"), keyed("k1"));
    assert_ne!(keyed("k1"), keyed("k2"));
    assert_ne!(keyed("k1")[0], keyed("k1")[1]);
}

#[test]
fn a_given_id_is_the_identity_whatever_else_is_sent() {
    let a = r#"{"event_id":"e","type":"like","user_id":"u","item_id":"a"}"#;
    let b = r#"{"event_id":"e","type":"like","user_id":"u","item_id":"b","ts":1700000000}"#;
    assert_eq!(identities(a), identities(b));
}

#[test]
fn only_an_event_that_may_be_old_is_looked_for_on_the_disk() {
    let check = |fields: &str, looked_for: bool| {
        let body = format!(r#"{{"type":"like","user_id":"u","item_id":"a"{fields}}}"#);
        assert_eq!(read(body).unwrap().lookups.len(), usize::from(looked_for), "{fields}");
    };
    let minutes = |n: u64| NOW_MS - n * 60_000;
    check(&format!(r#","ts":{}"#, minutes(5)), false);
    check(&format!(r#","ts":{}"#, minutes(45)), true);
    check(&format!(r#","ts":{}"#, NOW_MS + 40 * 60_000), true);
    check(&format!(r#","ts":{},"sent_at":{}"#, minutes(5), minutes(90)), true);
    check(r#","event_id":"e""#, true);
    check("", false);
}

#[test]
fn items_become_one_draft_each() {
    let ingested = read(
        r#"{"type":"purchase","user_id":"u","ts":1700000000,"value":30,"properties":{"order":"o1"},
        "items":[{"item_id":"sku-9","position":1,"price":5,"quantity":2},{"item_id":"b","quantity":1}]}"#,
    )
    .unwrap();
    let events = events(&ingested);
    assert_eq!(ingested.owners, [0, 0]);
    assert_eq!((events[0].item, events[1].item), (Some(ItemIndex(7)), None));
    assert_eq!((events[0].price, events[0].position), (Some(5.0), Some(1)));
    assert_eq!((events[0].value, events[1].value), (Some(30.0), None));
    assert_eq!(&*events[0].properties, r#"{"order":"o1","quantity":2}"#);
    assert_eq!(&*events[1].properties, r#"{"quantity":1}"#);
    assert_ne!(events[0].identity, events[1].identity);
}

#[test]
fn an_unknown_item_is_registered_and_said_once() {
    let like = r#"{"type":"like","user_id":"u","item_id":"new"}"#;
    let ingested = read(format!("[{like},{like}]")).unwrap();
    let named = |draft: &Draft| matches!(draft, Draft::Event { unknown_item: Some(name), .. } if &**name == "new");
    assert!(ingested.drafts.iter().all(named));
    let warnings: Vec<_> = ingested.warnings.iter().map(|w| (w.index, w.code)).collect();
    assert_eq!(warnings, [(0, "unknown_item")]);
}

#[test]
fn a_recommendation_id_of_another_system_is_kept_and_said() {
    let ingested =
        read(r#"{"type":"like","user_id":"u","item_id":"sku-9","recommendation_id":"r_01"}"#)
            .unwrap();
    assert_eq!(&*events(&ingested)[0].properties, r#"{"recommendation_id":"r_01"}"#);
    assert_eq!(ingested.warnings[0].code, "foreign_recommendation_id");
}

#[test]
fn what_is_wrong_with_an_event_is_named_where_it_stands() {
    let like = |fields: &str| format!(r#"{{"type":"like","user_id":"u","item_id":"a"{fields}}}"#);
    let long = "x".repeat(300);
    check_refused(&like(r#","sesion_id":"s""#), "/sesion_id", "unknown_field");
    check_refused(&like(r#","a/b":"s""#), "/a~1b", "unknown_field");
    check_refused(&like(r#","event":"like""#), "/event", "conflicting_fields");
    check_refused(&like(r#","user_id":"v""#), "/user_id", "conflicting_fields");
    check_refused(&like(r#","position":0"#), "/position", "out_of_range");
    check_refused(&like(r#","position":70000"#), "/position", "out_of_range");
    check_refused(&like(r#","price":-1"#), "/price", "out_of_range");
    check_refused(&like(r#","portion":1.5"#), "/portion", "out_of_range");
    check_refused(&like(r#","value":"1""#), "/value", "wrong_type");
    check_refused(&like(r#","value":"NaN""#), "/value", "not_finite");
    check_refused(&like(r#","value":1e999"#), "/value", "not_finite");
    check_refused(&like(r#","properties":{"deep":1e999}"#), "/properties", "not_finite");
    check_refused(&like(r#","properties":[]"#), "/properties", "wrong_type");
    check_refused(&like(r#","items":[{"item_id":"b"}]"#), "/item_id", "conflicting_fields");
    check_refused(&like(&format!(r#","event_id":"{long}""#)), "/event_id", "invalid_id");
    check_refused(&like(r#","session_id":"""#), "/session_id", "invalid_id");
    check_refused(&like(r#","ts":-5"#), "/ts", "time_out_of_range");
    check_refused(&like(r#","ts":5"#), "/ts", "time_out_of_range");
    check_refused(&like(r#","ts":"2026-10-01T09:00:00""#), "/ts", "time_without_offset");
    check_refused(&like(r#","ts":"yesterday""#), "/ts", "invalid_time");
    check_refused(&like(r#","source_position":1"#), "/source_position", "unknown_field");
    check_refused(r#"{"user_id":"u","item_id":"a"}"#, "/type", "missing_field");
    check_refused(r#"{"type":"like","item_id":"a"}"#, "/user_id", "missing_field");
    check_refused(r#"{"type":"like","user_id":"u"}"#, "/item_id", "missing_field");
    check_refused(r#"{"type":"rate","user_id":"u","item_id":"a"}"#, "/value", "missing_field");
    check_refused(r#"{"type":"klick","user_id":"u","item_id":"a"}"#, "/type", "unknown_type");
    check_refused(r#"{"type":"like","user_id":"u","items":[]}"#, "/items", "empty_items");
    let items = r#"{"type":"like","user_id":"u","items":[{"item_id":"a"},{"itemid":"b"}]}"#;
    check_refused(items, "/items/1/itemid", "unknown_field");
}

#[test]
fn the_nearest_name_is_offered() {
    let detail = |body: &str| read(body).unwrap().rejected[0].detail.clone();
    let field = detail(r#"{"type":"like","user_id":"u","item_id":"a","sesion_id":"s"}"#);
    assert!(field.contains("`session_id`"), "{field}");
    let kind = detail(r#"{"type":"klick","user_id":"u","item_id":"a"}"#);
    assert!(kind.contains("`click`"), "{kind}");
}

#[test]
fn an_event_may_be_about_a_room_or_about_nothing_where_its_type_is_neutral() {
    let like = one(r#"{"type":"live_like","user_id":"u","room_id":"r"}"#);
    assert_eq!((like.item, like.kind), (None, ItemKind::LiveRoom), "the room is not known yet");
    let search = one(r#"{"type":"search","user_id":"u","properties":{"search_term":"x"}}"#);
    assert_eq!(search.item, None);
}

#[test]
fn a_body_past_a_limit_is_refused_as_a_whole() {
    let like = r#"{"type":"like","user_id":"u","item_id":"a"}"#;
    let check = |body: &str, status: u16, code: &str| {
        let error = read(body).unwrap_err();
        assert_eq!((error.status(), error.code()), (status, code), "{error}");
    };
    check(&" ".repeat(9 * 1024 * 1024), 413, "body_too_large");
    check(&format!("[{}]", vec![like; 10_001].join(",")), 413, "too_many_events");
    let items = vec![r#"{"item_id":"a"}"#; 2000].join(",");
    let basket = format!(r#"{{"type":"like","user_id":"u","items":[{items}]}}"#);
    check(&format!("[{}]", vec![basket; 6].join(",")), 413, "too_many_events");
    check("", 400, "empty_body");
    check("[]", 400, "empty_body");
    check(r#"{"events":[]}"#, 400, "empty_body");
    check(r#"{"type":"like""#, 400, "invalid_json");
    check("[{}", 400, "invalid_json");
    check(r#"{"events":[],"sent":1}"#, 422, "unknown_field");
    check(&format!(r#"{{"a":{}1{}}}"#, "[".repeat(5000), "]".repeat(5000)), 422, "too_deep");
    check("5", 422, "wrong_type");
    check(r#"{"value":NaN}"#, 400, "not_finite");
}

#[test]
fn an_event_past_a_limit_is_refused_alone() {
    let good = r#"{"type":"like","user_id":"u","item_id":"a"}"#;
    let large = format!(
        r#"{{"type":"like","user_id":"u","item_id":"a","properties":{{"x":"{}"}}}}"#,
        "x".repeat(70_000)
    );
    let deep = format!(
        r#"{{"type":"like","user_id":"u","item_id":"a","properties":{{"x":{}{}}}}}"#,
        "[".repeat(15),
        "]".repeat(15)
    );
    let fits = deep.replacen('[', "", 1).replacen(']', "", 1);
    let ingested = read(format!("[{large},{good},{deep},{fits}]")).unwrap();
    let codes: Vec<_> = ingested.rejected.iter().map(|r| (r.index, r.code)).collect();
    assert_eq!(codes, [(0, "event_too_large"), (2, "too_deep")]);
    assert_eq!(ingested.owners, [1, 3]);
}

#[test]
fn rows_of_an_import_are_identified_by_source_and_row() {
    let desk = Desk::new();
    let import = Some(Import { source: 5, mode: Mode::Backfill });
    let row = |n: u64, item: &str| {
        format!(
            r#"{{"type":"like","user_id":"u","item_id":"{item}","ts":900000000,"source_position":{n}}}"#
        )
    };
    let list = r#"{"type":"expose","user_id":"u","items":[{"item_id":"a"},{"item_id":"b"}],"source_position":9}"#;
    let sent = row(4, "b").replace("900000000", "900000000,\"sent_at\":900000005");
    let lines = [row(1, "a"), sent, row(4, "c"), list.to_owned()].join("\n");
    let body = Body {
        bytes: lines.as_bytes(),
        dialect: Dialect::Native,
        framing: Framing::Lines,
        idempotency_key: None,
    };
    let ingested = ingest(body, &Edge { import, ..desk.edge() }).unwrap();
    assert_eq!(ingested.rejected[0].code, "position_not_growing");
    let long_ago = Timestamp::from_millis(900_000_000_000);
    assert_eq!(events(&ingested)[1].at, long_ago, "an old `sent_at` moves no row to today");
    assert_eq!((ingested.last_row, ingested.lookups.len()), (9, 0));
    let positions: Vec<_> = events(&ingested)
        .iter()
        .map(|event| match event.identity {
            Identity::Source { source: 5, position } => position,
            other => panic!("{other:?}"),
        })
        .collect();
    assert!(positions.is_sorted_by(|a, b| a < b), "{positions:?}");
    assert!(events(&ingested).iter().all(|event| event.mode == Mode::Backfill));
}

mod any;
mod rooms;
