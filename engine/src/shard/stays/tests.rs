//! Users in live rooms, and what their stays teach.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::features::FeatureSet;
use crate::model::click::ClickOutcome;
use crate::record::{RecordBody, Served, ServedItem};
use crate::shard::tests::{Kept, SHARD, apply_all, log, of_user, user};
use crate::shard::{ApplyConfig, ShardState};
use crate::user::tests::{CLICK, NOW, VIEW, event, types};
use crate::{EventTypeId, EventTypeSpec, EventTypes, RecommendationId, Record, Timestamp};

const JOIN: EventTypeId = EventTypeId(4);
const HEARTBEAT: EventTypeId = EventTypeId(5);
const GIFT: EventTypeId = EventTypeId(6);
const LEAVE: EventTypeId = EventTypeId(7);

/// The usual configuration with types of events in live rooms.
fn config() -> Arc<ApplyConfig> {
    let mut specs: Vec<EventTypeSpec> = types().iter().map(|(_, spec)| spec.clone()).collect();
    for (name, role, weight) in [
        ("live_join", Role::Positive, 1.0),
        ("live_heartbeat", Role::Neutral, 0.0),
        ("live_gift", Role::Positive, 4.0),
        ("live_leave", Role::Neutral, 0.0),
    ] {
        let spec = EventTypeSpec { name: name.into(), role, weight, ..specs[0].clone() };
        specs.push(EventTypeSpec { aliases: Vec::new(), ..spec });
    }
    let types = EventTypes::new(specs).unwrap();
    let features = FeatureSet::standard(&types);
    Arc::new(ApplyConfig { types, features, ..(*crate::shard::tests::config()).clone() })
}

fn empty() -> ShardState {
    ShardState::new(SHARD, config())
}

fn after(bodies: impl IntoIterator<Item = RecordBody>) -> (ShardState, Applied) {
    let mut state = empty();
    let applied = apply_all(&mut state, &log(bodies));
    (state, applied)
}

/// The item that room `42` is, and one of its products.
const ROOM: u32 = 12;
const PRODUCT: u32 = 8;
const SECOND: u64 = 1_000;

fn at(ms: u64) -> Timestamp {
    Timestamp::from_millis(NOW + ms)
}

/// User 1 does something in room 42, `ms` after the start.
fn inside(event_type: EventTypeId, ms: u64) -> Event {
    let room = event(event_type, Some(ROOM), NOW + ms);
    Event { room_id: Some("42".into()), kind: ItemKind::LiveRoom, ..room }
}

/// The same with a product.
fn with_product(event_type: EventTypeId, ms: u64) -> Event {
    let product = event(event_type, Some(PRODUCT), NOW + ms);
    Event { room_id: Some("42".into()), kind: ItemKind::Product, ..product }
}

fn told(events: impl IntoIterator<Item = Event>) -> (ShardState, Applied) {
    after(events.into_iter().map(|event| of_user(1, event)))
}

fn chosen(applied: &Applied) -> Vec<u32> {
    applied.samples.iter().map(|sample| sample.item.0).collect()
}

/// A list of user 1 that holds the room and the product, told to be shown.
fn listed() -> Vec<RecordBody> {
    let id = RecommendationId { shard: SHARD, number: 77 };
    let list = Served::new(id, user(1), "home", at(0));
    let items = [ROOM, PRODUCT].map(|item| ServedItem::bare(ItemIndex(item), 1.0)).to_vec();
    let shown = [ROOM, PRODUCT].map(|item| {
        let shown = event(VIEW, Some(item), NOW);
        of_user(1, Event { recommendation: Some(id), ..shown })
    });
    let mut records = vec![RecordBody::Served { shard: SHARD, served: Served { items, ..list } }];
    records.extend(shown);
    records
}

/// What the head is told of room and product by the end of their windows, in the order of places.
fn settled(events: impl IntoIterator<Item = Event>) -> Vec<ClickOutcome> {
    let mut records = listed();
    records.extend(events.into_iter().map(|event| of_user(1, event)));
    records.push(RecordBody::Tick { time: at(600 * SECOND) });
    after(records).1.clicks.into_iter().map(|click| click.outcome).collect()
}

#[test]
fn a_join_is_told_once_the_stay_has_lasted() {
    let joined = [inside(JOIN, 0)];
    let (state, applied) = told(joined.clone());
    assert_eq!((applied.samples.len(), applied.facts.len()), (0, 0));
    let view = state.view(&user(1), at(1));
    assert_eq!(view.history[0].item, Some(ItemIndex(ROOM)), "their own lists follow at once");
    for (next, expected) in [
        (inside(HEARTBEAT, 2_999), 0),
        (inside(HEARTBEAT, 3_000), 1),
        (event(VIEW, Some(3), NOW + 3_000), 1),
        (inside(LEAVE, 20 * SECOND), 1),
    ] {
        let (_, applied) = told(joined.iter().cloned().chain([next.clone()]));
        assert_eq!(applied.samples.len(), expected, "{next:?}");
    }
}

#[test]
fn whoever_is_back_by_a_heartbeat_has_the_same_stay() {
    let lost = Event { properties: r#"{"lost":true}"#.into(), ..inside(LEAVE, SECOND) };
    let (back, later) = (inside(HEARTBEAT, 2 * SECOND), inside(HEARTBEAT, 31 * SECOND));
    let (state, cut) = told([inside(JOIN, 0), lost, back.clone(), later.clone()]);
    let (_, whole) = told([inside(JOIN, 0), back, later]);
    assert_eq!((chosen(&cut), chosen(&whole)), (vec![ROOM, ROOM], vec![ROOM, ROOM]));
    let joins = |entry: &&crate::user::view::HistoryEntry| entry.event_type == JOIN;
    assert_eq!(state.view(&user(1), at(31 * SECOND)).history.iter().filter(joins).count(), 1);
}

#[test]
fn a_stay_is_told_from_the_user_as_they_were_before_they_came() {
    let before = event(CLICK, Some(5), NOW - 60 * SECOND);
    let (_, plain) = told([before.clone(), Event { room_id: None, ..inside(JOIN, 0) }]);
    let (_, applied) = told([before, inside(JOIN, 0), inside(HEARTBEAT, 4 * SECOND)]);
    let (at_once, later) = (&plain.samples[1], &applied.samples[1]);
    let past = |sample: &crate::model::Sample| {
        sample.user.history.iter().map(|past| past.item).collect::<Vec<_>>()
    };
    assert_eq!((past(later), later.item), (past(at_once), ItemIndex(ROOM)));
    assert_eq!(applied.facts[1].recent, plain.facts[1].recent);
}

#[test]
fn the_longer_the_more() {
    let beats = (1..=40).map(|beat| inside(HEARTBEAT, beat * 10 * SECOND));
    let (_, applied) = told([inside(JOIN, 0)].into_iter().chain(beats));
    assert_eq!(chosen(&applied), [ROOM; 3], "past 3 seconds, half a minute and five minutes");
    let (_, brief) = told([inside(JOIN, 0), inside(LEAVE, 29 * SECOND)]);
    assert_eq!(chosen(&brief), [ROOM]);
}

#[test]
fn who_leaves_at_once_says_no() {
    let (state, applied) = told([inside(JOIN, 0), inside(LEAVE, 2 * SECOND)]);
    assert!(applied.samples.is_empty() && !applied.facts.iter().any(|it| it.event_type == JOIN));
    let view = state.view(&user(1), at(3 * SECOND));
    assert_eq!(view.model.events, 0, "{:?}", view.history);
    assert!(view.category_scores.iter().all(|(_, score)| (score + 1.0).abs() < 1e-3));
    assert_eq!(view.category_scores.len(), 1);
    let skipped = settled([inside(JOIN, SECOND), inside(LEAVE, 2 * SECOND)]);
    assert!(matches!(skipped[0], ClickOutcome::Skipped), "{skipped:?}");
}

#[test]
fn a_reaction_makes_the_shortest_stay_a_yes() {
    let (_, applied) = told([inside(JOIN, 0), inside(GIFT, SECOND), inside(LEAVE, 2 * SECOND)]);
    assert_eq!(chosen(&applied), [ROOM, ROOM], "the stay and the gift");
    let told = settled([inside(JOIN, SECOND), inside(GIFT, SECOND), inside(LEAVE, 2 * SECOND)]);
    assert!(matches!(told[0], ClickOutcome::Clicked { by: JOIN, .. }), "{told:?}");
}

#[test]
fn a_connection_that_went_away_says_nothing_against_the_room() {
    let lost = Event { properties: r#"{"lost":true}"#.into(), ..inside(LEAVE, SECOND) };
    let (state, applied) = told([inside(JOIN, 0), lost, inside(JOIN, 9 * SECOND)]);
    assert_eq!(chosen(&applied), [ROOM], "the same stay, once");
    assert!(0.0 < state.view(&user(1), at(SECOND)).category_scores[0].1);
}

#[test]
fn a_product_chosen_minutes_later_is_credited_to_the_room_and_its_list() {
    let minutes = 4 * 60 * SECOND;
    let beats = (1..5).map(|minute| inside(HEARTBEAT, minute * 60 * SECOND - 1));
    let stay = [inside(JOIN, SECOND)].into_iter().chain(beats);
    let (_, applied) = told(stay.clone().chain([with_product(CLICK, minutes)]));
    let told: Vec<u32> = chosen(&applied);
    assert_eq!(told, [ROOM, ROOM, ROOM, PRODUCT], "3 s, 30 s, the credit, the product");
    let outcomes = settled(stay.chain([with_product(CLICK, minutes)]));
    let goal = |it: &ClickOutcome| matches!(it, ClickOutcome::Goal { by: CLICK, .. });
    assert!(outcomes.iter().any(goal), "{outcomes:?}");
}

#[test]
fn who_leaves_from_a_product_turns_it_down() {
    let stay = [inside(JOIN, 0), inside(HEARTBEAT, 10 * SECOND)];
    let leave = with_product(LEAVE, 20 * SECOND);
    let (state, _) = told(stay.iter().cloned().chain([leave.clone()]));
    let category = with_product(LEAVE, 0).categories[0];
    let scores = state.view(&user(1), at(20 * SECOND)).category_scores;
    let liking = scores.iter().find(|(it, _)| *it == category).map(|(_, score)| *score);
    assert!(liking.is_some_and(|score| (score + 0.5).abs() < 1e-3), "{scores:?}");
    let outcomes = settled(stay.iter().cloned().chain([leave.clone()]));
    assert!(outcomes.contains(&ClickOutcome::Skipped), "{outcomes:?}");

    let chose = with_product(CLICK, 15 * SECOND);
    let outcomes = settled(stay.iter().cloned().chain([chose, leave]));
    assert!(!outcomes.contains(&ClickOutcome::Skipped), "they went to have it: {outcomes:?}");
}

#[test]
fn what_is_filled_in_is_told_as_it_comes() {
    let filled = |event| Event { mode: Mode::Backfill, ..event };
    let (_, applied) = told([filled(inside(JOIN, 0)), filled(inside(LEAVE, SECOND))]);
    assert_eq!(chosen(&applied), [ROOM]);
}

#[test]
fn with_no_short_stays_a_join_is_told_at_once() {
    let stays = StayRules { short_ms: 0, ..StayRules::default() };
    let config = crate::ApplyConfig { stays, ..(*config()).clone() };
    let mut state = ShardState::new(SHARD, config.into());
    let joined = [inside(JOIN, 0), inside(LEAVE, SECOND)].map(|event| of_user(1, event));
    assert_eq!(chosen(&apply_all(&mut state, &log(joined))), [ROOM]);
}

/// Something that one of two users does, in one of two rooms or elsewhere.
fn any_event() -> impl Strategy<Value = RecordBody> {
    let parts = (1..3_u32, 0..8_u8, 0..3_u8, 0..400_u64, any::<bool>());
    parts.prop_map(|(n, kind, room, seconds, with_product)| {
        let base =
            if with_product { with_product_of(kind, seconds) } else { inside_of(kind, seconds) };
        let room_id = (room < 2).then(|| format!("{room}").into());
        of_user(n, Event { room_id, ..base })
    })
}

fn inside_of(kind: u8, seconds: u64) -> Event {
    inside(EventTypeId(kind), seconds * SECOND)
}

fn with_product_of(kind: u8, seconds: u64) -> Event {
    with_product(EventTypeId(kind), seconds * SECOND)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn a_cut_anywhere_changes_nothing(
        bodies in proptest::collection::vec(any_event(), 1..40),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut records: Vec<Record> = log(bodies);
        records.sort_by_key(|record| match &record.body {
            RecordBody::Event { event, .. } => event.at,
            _ => Timestamp::EPOCH,
        });
        for (record, place) in records.iter_mut().zip(1..) {
            record.sequence = Sequence(place);
        }
        let cut = cut.index(records.len());
        let mut whole = empty();
        let expected = apply_all(&mut whole, &records);
        let mut first = empty();
        let mut said = apply_all(&mut first, &records[..cut]);
        let mut kept = Kept::default();
        kept.write(first.cut());
        let mut second = kept.restore_with(config());
        let rest = apply_all(&mut second, &records[cut..]);
        said.samples.extend(rest.samples);
        said.facts.extend(rest.facts);
        prop_assert_eq!((said.samples, said.facts), (expected.samples, expected.facts));
        prop_assert_eq!(second.digest(), whole.digest());
    }
}
