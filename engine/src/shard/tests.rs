use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::codec::CodecError;
use crate::features::testing;
use crate::part::{Part, PartOwner};
use crate::record::{DeclaredValues, Mode, ServedItem};
use crate::user::tests::{CLICK, NOW, VIEW, event, types};
use crate::{EventTypeId, ItemIndex};

mod fixture;

pub(super) const SHARD: ShardId = ShardId(3);

pub(super) fn config() -> Arc<ApplyConfig> {
    Arc::new(ApplyConfig {
        key: NodeKey(*b"sixteen bytes ok"),
        types: types(),
        features: FeatureSet::standard(&types()).with(testing::declared(&types())),
        visit_gap_ms: 30 * 60_000,
        dedup_window_ms: 3_600_000,
        served_budget_bytes: 4_000,
        served_retention_ms: 600_000,
        influence: InfluenceConfig::UNBOUNDED,
        stays: StayRules::default(),
        learning: Some(Learning::default()),
    })
}

pub(super) fn empty() -> ShardState {
    ShardState::new(SHARD, config())
}

pub(super) fn user(n: u32) -> UserId {
    UserId::new(&format!("user-{n}"))
}

pub(super) fn of_user(n: u32, event: Event) -> RecordBody {
    RecordBody::Event { shard: SHARD, event: Event { user: user(n), ..event } }
}

pub(super) fn click(n: u32, item: u32, at: u64) -> RecordBody {
    of_user(n, event(CLICK, Some(item), at))
}

fn identified(n: u32, identity: Identity) -> RecordBody {
    of_user(n, Event { identity, ..event(CLICK, Some(1), NOW) })
}

fn served(n: u32, number: u64, at: u64) -> RecordBody {
    let item = ServedItem::bare(ItemIndex(4), 0.25);
    let id = RecommendationId { shard: SHARD, number };
    let list = Served::new(id, user(n), "home", Timestamp::from_millis(at));
    let served = Served { rung: 1, revision: 9, items: vec![item; 3], ..list };
    RecordBody::Served { shard: SHARD, served }
}

/// The same with three items of its own.
fn listed(n: u32, number: u64, at: u64) -> RecordBody {
    let RecordBody::Served { shard, mut served } = served(n, number, at) else { unreachable!() };
    for (place, item) in (0..).zip(&mut served.items) {
        item.item = ItemIndex(number as u32 + 5 * place);
    }
    if number.is_multiple_of(2) {
        served.declared = Some(Box::new(DeclaredValues {
            of_list: vec![(7, at as u8)],
            of_items: vec![9],
            classes: vec![1, 2, 3],
            ..DeclaredValues::default()
        }));
    }
    RecordBody::Served { shard, served }
}

fn put(n: u32, profile: &str) -> RecordBody {
    let at = Timestamp::from_millis(NOW);
    RecordBody::UserPut { shard: SHARD, user: user(n), profile: profile.into(), at }
}

fn tick(ms: u64) -> RecordBody {
    RecordBody::Tick { time: Timestamp::from_millis(ms) }
}

pub(super) fn log(bodies: impl IntoIterator<Item = RecordBody>) -> Vec<Record> {
    let numbered = (1..).zip(bodies);
    numbered.map(|(n, body)| Record { sequence: Sequence(2 * n), body }).collect()
}

pub(super) fn apply_all(state: &mut ShardState, records: &[Record]) -> Applied {
    let mut applied = Applied::default();
    for record in records {
        state.apply(record, &mut applied);
    }
    applied
}

pub(super) fn after(bodies: impl IntoIterator<Item = RecordBody>) -> (ShardState, Applied) {
    let mut state = empty();
    let applied = apply_all(&mut state, &log(bodies));
    (state, applied)
}

fn outcomes(bodies: impl IntoIterator<Item = RecordBody>) -> Vec<Outcome> {
    after(bodies).1.outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

/// A checkpoint store that keeps the newest value of each key.
#[derive(Clone, Default)]
pub(super) struct Kept(BTreeMap<Vec<u8>, Vec<u8>>);

impl Kept {
    pub fn write(&mut self, part: Part) {
        assert_eq!(part.owner, PartOwner::Shard(SHARD));
        for entry in part.entries {
            match entry.value {
                Some(value) => self.0.insert(entry.key, value),
                None => self.0.remove(&entry.key),
            };
        }
    }

    pub fn restore(&self) -> ShardState {
        self.restore_with(config())
    }

    pub fn restore_with(&self, config: Arc<ApplyConfig>) -> ShardState {
        ShardState::restore(SHARD, config, self.0.clone().into_iter()).unwrap()
    }
}

pub(super) fn any_body() -> impl Strategy<Value = RecordBody> {
    let any_event = (0..6u32, 0..4u8, proptest::option::of(0..40u32), 0..9_000_000u64, 0..40u64)
        .prop_map(|(n, kind, item, ahead, id)| {
            let identity = match id {
                0..20 => Identity::Id(id),
                20..30 => Identity::Source { source: id % 2, position: 1 + ahead / 1_000 },
                _ => Identity::None,
            };
            let received_at = Timestamp::from_millis(NOW + ahead);
            let recommendation =
                (id % 3 != 0).then_some(RecommendationId { shard: SHARD, number: id % 30 });
            let base = event(EventTypeId(kind), item, NOW + ahead / 2);
            of_user(n, Event { received_at, identity, recommendation, ..base })
        });
    prop_oneof![
        8 => any_event,
        2 => (0..6u32, 0..30u64, 0..9_000_000u64).prop_map(|(n, number, at)| listed(n, number, NOW + at)),
        1 => (0..6u32, 0..9u32).prop_map(|(n, text)| put(n, &text.to_string())),
        1 => (0..9_000_000u64).prop_map(|ms| tick(NOW + ms)),
        1 => Just(RecordBody::ConfigActivated { fingerprint: 1, declared: None }),
    ]
}

pub(super) fn any_log() -> impl Strategy<Value = Vec<Record>> {
    proptest::collection::vec(any_body(), 1..300).prop_map(log)
}

proptest! {
    #[test]
    fn batches_of_any_size_give_the_same_state_and_the_same_words(records in any_log(), size in 1..50usize) {
        let (mut whole, mut parts) = (empty(), empty());
        let mut at_once = apply_all(&mut whole, &records);
        // Stretches go with batches; what they come to does not, as `features::said` shows.
        let tally = std::mem::take(&mut at_once.features).tally;
        at_once.features.tally = tally;
        let mut in_parts = Applied::default();
        for batch in records.chunks(size) {
            let applied = apply_all(&mut parts, batch);
            in_parts.outcomes.extend(applied.outcomes);
            in_parts.facts.extend(applied.facts);
            in_parts.samples.extend(applied.samples);
            in_parts.clicks.extend(applied.clicks);
            in_parts.shown.extend(applied.shown);
            in_parts.matches.extend(applied.matches);
            in_parts.features.tally.add(applied.features.tally);
            in_parts.joins.add(applied.joins);
            in_parts.timers_pending = applied.timers_pending;
            in_parts.waiting_bytes = applied.waiting_bytes;
        }
        prop_assert_eq!(whole.digest(), parts.digest());
        prop_assert_eq!(at_once, in_parts);
    }

    #[test]
    fn a_shard_restored_at_any_cut_and_replayed_equals_one_that_never_stopped(
        records in any_log(), cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..5),
        crash in any::<prop::sample::Index>(),
    ) {
        let cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(records.len())).collect();
        let crash = crash.index(records.len());
        let mut running = empty();
        let mut kept = Kept::default();
        let mut words = Applied::default();
        for (n, record) in records.iter().enumerate() {
            running.apply(record, &mut words);
            if n <= crash && cuts.contains(&n) {
                kept.write(running.cut());
                prop_assert_eq!(kept.restore().digest(), running.digest());
            }
        }
        let mut again = kept.restore();
        let offset = again.offset();
        let replayed = apply_all(&mut again, &records);
        prop_assert_eq!(again.digest(), running.digest());
        words.outcomes.retain(|(sequence, _)| *sequence > offset);
        prop_assert_eq!(replayed.outcomes, words.outcomes);
        // And its own next cut completes the same checkpoint.
        kept.write(again.cut());
        prop_assert_eq!(kept.restore().digest(), running.digest());
    }
}

#[test]
fn an_event_id_counts_once_per_user() {
    let id = Identity::Id(7);
    let found = outcomes([identified(1, id), identified(1, id), identified(2, id)]);
    assert_eq!(found, [Outcome::Applied, Outcome::Duplicate, Outcome::Applied]);
}

#[test]
fn a_source_position_counts_once_for_ever() {
    let row = |position| identified(1, Identity::Source { source: 5, position });
    let other = identified(1, Identity::Source { source: 6, position: 1 });
    let (state, applied) = after([row(1), row(4), row(4), row(2), other]);
    let found: Vec<Outcome> = applied.outcomes.into_iter().map(|(_, outcome)| outcome).collect();
    let (yes, no) = (Outcome::Applied, Outcome::Duplicate);
    assert_eq!(found, [yes, yes, no, no, yes]);
    assert_eq!(state.source_position(5), 4);
    assert_eq!(state.source_position(7), 0);
}

#[test]
fn an_event_without_identity_counts_each_time() {
    let found = outcomes([identified(1, Identity::None), identified(1, Identity::None)]);
    assert_eq!(found, [Outcome::Applied, Outcome::Applied]);
}

#[test]
fn a_duplicate_leaves_user_and_facts_alone() {
    let (state, applied) = after([identified(1, Identity::Id(7)), identified(1, Identity::Id(7))]);
    assert_eq!(applied.facts.len(), 1);
    assert_eq!(state.view(&user(1), Timestamp::from_millis(NOW)).events_applied, 1);
}

#[test]
fn a_record_is_applied_at_most_once() {
    let (mut state, _) = after([click(1, 1, NOW), click(1, 2, NOW)]);
    let digest = state.digest();
    let again = apply_all(&mut state, &log([click(1, 1, NOW), click(1, 2, NOW)]));
    assert_eq!(again, Applied::default());
    assert_eq!(state.digest(), digest);
}

#[test]
fn a_record_of_another_shard_or_kind_only_moves_the_offset() {
    let mut foreign = click(1, 1, NOW);
    if let RecordBody::Event { shard, .. } = &mut foreign {
        *shard = ShardId(4);
    }
    let aside = RecordBody::SetAside { sequence: Sequence(1), shard: SHARD };
    let (state, applied) = after([foreign, aside]);
    assert_eq!(applied, Applied::default());
    assert_eq!((state.offset(), state.users()), (Sequence(4), 0));
}

#[test]
fn a_fact_tells_the_user_as_they_were_before() {
    let mut backfilled = event(CLICK, Some(3), NOW + 3);
    backfilled.mode = Mode::Backfill;
    let view = of_user(1, event(VIEW, Some(8), NOW + 2));
    let (_, applied) =
        after([click(1, 1, NOW), click(1, 2, NOW + 1), view, of_user(1, backfilled)]);
    let recent: Vec<Vec<u32>> =
        applied.facts.iter().map(|fact| fact.recent.iter().map(|item| item.0).collect()).collect();
    assert_eq!(recent, [vec![], vec![1], vec![], vec![2, 1]]);
    assert_eq!(applied.facts[3].mode, Mode::Backfill);
    assert_eq!(applied.facts[3].sequence, Sequence(8));
    assert_eq!(applied.facts[3].user_hash, config().key.user_hash(&user(1)));
}

#[test]
fn an_event_on_no_item_has_an_outcome_and_no_fact() {
    let (_, applied) = after([of_user(1, event(CLICK, None, NOW))]);
    assert_eq!((applied.outcomes.len(), applied.facts.len()), (1, 0));
}

#[test]
fn a_view_shows_the_event_just_applied() {
    let (state, _) = after([click(1, 1, NOW), click(1, 5, NOW + 10)]);
    let view = state.view(&user(1), Timestamp::from_millis(NOW + 20));
    assert!(view.known);
    assert_eq!(view.history[0].item, Some(ItemIndex(5)));
    assert_eq!(view.counts, [2, 2, 2]);
    assert_eq!(view.last_click_at, Some(Timestamp::from_millis(NOW + 10)));
    assert_eq!(view.offset, Sequence(4));
    assert_eq!(view.seen.len(), 2);
    assert_eq!(view.visit.map(|visit| visit.events), Some(2));
}

#[test]
fn a_user_never_heard_of_has_an_empty_view() {
    let (state, _) = after([click(1, 1, NOW)]);
    let view = state.view(&user(2), Timestamp::from_millis(NOW));
    let user_hash = config().key.user_hash(&user(2));
    let expected = UserView {
        user_hash,
        model: crate::model::ModelUser { hash: user_hash, ..Default::default() },
        offset: Sequence(2),
        ..UserView::default()
    };
    assert_eq!(view, expected);
    assert!(state.history(&user(2), 10).is_empty());
}

#[test]
fn history_lists_impressions_too_and_stops_at_the_limit() {
    let (state, _) = after([click(1, 1, NOW), of_user(1, event(VIEW, Some(2), NOW + 1))]);
    let types: Vec<EventTypeId> =
        state.history(&user(1), 10).iter().map(|entry| entry.event_type).collect();
    assert_eq!(types, [VIEW, CLICK]);
    assert_eq!(state.history(&user(1), 1).len(), 1);
}

#[test]
fn timers_are_pending_while_a_list_waits() {
    let (mut state, applied) = after([served(1, 7, NOW)]);
    assert!(applied.timers_pending);
    let id = RecommendationId { shard: SHARD, number: 7 };
    assert_eq!(state.served(id).map(|served| served.items.len()), Some(3));
    let due = Record { sequence: Sequence(100), body: tick(NOW + 600_000) };
    let applied = apply_all(&mut state, &[due]);
    assert!(!applied.timers_pending && applied.outcomes.is_empty());
    assert_eq!(state.served(id), None);
}

#[test]
fn a_profile_is_kept_and_replaced() {
    let (state, applied) = after([put(1, "{}"), put(1, r#"{"a":1}"#)]);
    assert_eq!(state.profile(&user(1)).as_deref(), Some(r#"{"a":1}"#));
    assert_eq!(state.profile(&user(2)), None);
    assert_eq!(applied.outcomes.len(), 2);
}

#[test]
fn a_cut_holds_only_what_changed() {
    let mut state = empty();
    let records = log([click(1, 1, NOW), click(2, 1, NOW), put(1, "{}"), click(2, 2, NOW)]);
    apply_all(&mut state, &records[..3]);
    let keys = |part: Part| -> Vec<Vec<u8>> { part.entries.into_iter().map(|e| e.key).collect() };
    assert_eq!(keys(state.cut()), [&b"h"[..], b"l", b"uuser-1", b"uuser-2", b"puser-1"]);
    apply_all(&mut state, &records[3..]);
    assert_eq!(keys(state.cut()), [&b"h"[..], b"uuser-2"]);
    assert_eq!(keys(state.cut()), [&b"h"[..]]);
}

#[test]
fn the_fingerprint_follows_what_apply_reads() {
    let base = config();
    let same = ApplyConfig { key: NodeKey([1; 16]), ..(*base).clone() };
    assert_eq!(same.fingerprint(), base.fingerprint());
    let other = ApplyConfig { visit_gap_ms: 1, ..(*base).clone() };
    assert_ne!(other.fingerprint(), base.fingerprint());
    let other = ApplyConfig { learning: None, ..(*base).clone() };
    assert_ne!(other.fingerprint(), base.fingerprint());
    let fewer = FeatureSet::new(Vec::new(), &base.types).unwrap();
    let other = ApplyConfig { features: fewer, ..(*base).clone() };
    assert_ne!(other.fingerprint(), base.fingerprint());
}

#[test]
fn resident_bytes_follow_what_is_held() {
    let (state, _) = after((0..100).map(|n| click(n, 1, NOW)));
    let bytes = state.resident_bytes();
    assert!((100 * 50..100 * 200).contains(&bytes), "{bytes}");
}
