use std::collections::BTreeMap;
use std::sync::Arc;

use super::UserAsk;
use crate::features::declare::{Declaration, Window};
use crate::features::plan::FeaturePlan;
use crate::features::read::{Status, Value};
use crate::features::{Declared, FeatureSet, testing};
use crate::record::{Event, Mode};
use crate::shard::tests::{SHARD, apply_all, click, config, empty, log, of_user, user};
use crate::shard::{ApplyConfig, ShardState};
use crate::user::tests::{CLICK, NOW, event, types};
use crate::{CategoryId, Record, RecordBody, Sequence, Timestamp};

fn priced(n: u32, item: u32, price: f32, at: u64) -> RecordBody {
    of_user(n, Event { price: Some(price), ..event(CLICK, Some(item), at) })
}

#[test]
fn features_of_a_user_are_read_as_of_an_instant() {
    let mut state = empty();
    apply_all(
        &mut state,
        &log([
            priced(1, 1, 10.0, NOW),
            priced(1, 2, 30.0, NOW + 60_000),
            click(1, 7, NOW + 61_000),
            click(2, 7, NOW),
        ]),
    );
    let features = state.plan().clone();
    let find = |name: &str| features.find(name).unwrap().0;
    let said = |n, name: &str, key, ms| {
        let ask = UserAsk { user: user(n), wanted: vec![(find(name), key)] };
        state.read_features(&features, &ask, Timestamp::from_millis(NOW + ms)).remove(0)
    };
    let read = |name: &str, key| said(1, name, key, 62_000);
    assert_eq!(read("clicks_5m", 0).value, Some(Value::Count(3)));
    assert_eq!(read("mean_price", 0).value, Some(Value::Number(20.0)));
    assert_eq!(read("clicks_5m", 0).age_ms, Some(1_000));
    let all = state
        .declared_of(&user(1), state.declared(), Timestamp::from_millis(NOW + 62_000))
        .features;
    let of_liking = all.iter().filter(|(feature, ..)| *feature == find("liking"));
    assert_eq!(of_liking.map(|(_, key, _)| *key).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(
        all.iter().find(|(feature, ..)| *feature == find("clicks_5m")).unwrap().2,
        read("clicks_5m", 0)
    );
    let liking = read("liking", u64::from(CategoryId(2).0));
    assert!(
        matches!(liking.value, Some(Value::Number(two)) if (two - 2.0).abs() < 1e-3),
        "{liking:?}"
    );
    assert_eq!(said(1, "clicks_5m", 0, 400_000).value, Some(Value::Count(0)));
    let expired = said(1, "mean_price", 0, 8_000_000);
    assert_eq!((expired.value, expired.status), (None, Status::Expired));
    assert_eq!(said(9, "clicks_5m", 0, 0).status, Status::Missing);
}

#[test]
fn what_is_filled_in_counts_for_the_user_and_not_for_what_everybody_sees() {
    let mut state = empty();
    let filled = Event { mode: Mode::Backfill, ..event(CLICK, Some(3), NOW) };
    let applied = apply_all(&mut state, &log([of_user(1, filled)]));
    let (feature, _) = state.plan().find("clicks_5m").unwrap();
    let ask = UserAsk { user: user(1), wanted: vec![(feature, 0)] };
    let said = state.read_features(state.plan(), &ask, Timestamp::from_millis(NOW));
    assert_eq!(said[0].value, Some(Value::Count(1)));
    assert!(applied.features.stretches.is_empty(), "{:?}", applied.features);
}

#[test]
fn what_stays_declared_is_carried_into_other_declarations_and_through_restarts() {
    let mut state = empty();
    apply_all(&mut state, &log((0..4).map(|n| click(1, n, NOW + u64::from(n) * 1_000))));
    let mut entries = entries_of(&mut state);
    for _ in 0..2 {
        let entries_now: Vec<_> = entries.clone().into_iter().collect();
        let mut again = ShardState::restore(SHARD, config(), entries_now.into_iter()).unwrap();
        let next = declared_anew(with_more(), again.offset().0 + 1);
        apply_all(&mut again, &[next]);
        let find = |name: &str| again.plan().find(name).unwrap().0;
        let wanted = vec![(find("clicks_5m"), 0), (find("clicks_1d"), 0), (find("liking"), 1)];
        let ask = UserAsk { user: user(1), wanted };
        let said = again.read_features(again.plan(), &ask, Timestamp::from_millis(NOW + 4_000));
        assert_eq!(said[0].value, Some(Value::Count(4)));
        assert_eq!(said[1].status, Status::Missing, "it is new and begins empty");
        assert_eq!(said[2].status, Status::Present);
        entries.extend(entries_of(&mut again));
    }
}

#[test]
fn a_bound_that_was_lowered_holds_from_the_next_new_instance_on() {
    let mut state = empty();
    apply_all(&mut state, &log((0..5).map(|item| click(1, item, NOW + u64::from(item)))));
    let mut all = testing::declarations(&config().types);
    let liking = all.iter_mut().find(|one| one.name == "liking").unwrap();
    liking.max_instances = Some(2);
    let entries = entries_of(&mut state).into_iter();
    let mut lowered = ShardState::restore(SHARD, config(), entries).unwrap();
    apply_all(&mut lowered, &[declared_anew(all, 50)]);
    let kept = |state: &ShardState| {
        let (liking, _) = state.plan().find("liking").unwrap();
        let said =
            state.declared_of(&user(1), state.declared(), Timestamp::from_millis(NOW + 9)).features;
        said.iter().filter(|(one, ..)| *one == liking).map(|(_, key, _)| *key).collect::<Vec<_>>()
    };
    assert_eq!(kept(&lowered), [0, 1, 2, 3, 4]);
    let other = Event { categories: vec![CategoryId(9)], ..event(CLICK, Some(7), NOW + 8) };
    let next = Record { sequence: Sequence(100), body: of_user(1, other) };
    apply_all(&mut lowered, &[next]);
    assert_eq!(kept(&lowered), [4, 9]);
}

#[test]
fn ranking_sees_a_user_as_if_nothing_were_declared() {
    let records = log((0..9).map(|item| click(1, item, NOW + 1_000 * u64::from(item))));
    let usual = config();
    let features = FeatureSet::standard(&usual.types);
    let nothing = Arc::new(ApplyConfig { features, ..ApplyConfig::clone(&usual) });
    let (mut declared, mut plain) = (empty(), ShardState::new(SHARD, nothing));
    apply_all(&mut declared, &records);
    apply_all(&mut plain, &records);
    let at = Timestamp::from_millis(NOW + 10_000);
    assert_eq!(declared.view(&user(1), at), plain.view(&user(1), at));
    assert_eq!(declared.history(&user(1), 50), plain.history(&user(1), 50));
}

/// Everything that a cut writes, by key.
fn entries_of(state: &mut ShardState) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let entries = state.cut().entries.into_iter();
    entries.map(|entry| (entry.key, entry.value.unwrap())).collect()
}

/// The usual declarations and a longer window over the same events.
fn with_more() -> Vec<Declaration> {
    let mut all = testing::declarations(&types());
    let longer = Window::parse("1d/1h").unwrap();
    all.push(Declaration { name: "clicks_1d".to_owned(), window: longer, ..all[0].clone() });
    all
}

/// A record that declares these features and the usual patterns.
fn declared_anew(all: Vec<Declaration>, sequence: u64) -> Record {
    let (types, gap_ms) = (types(), testing::VISIT_GAP_MS);
    let plan = FeaturePlan::new(all, &types, gap_ms).unwrap();
    let declared = Declared::of(plan, testing::patterns(&types), &types, gap_ms);
    let body = RecordBody::ConfigActivated { fingerprint: 0, declared: declared.said().ok() };
    Record { sequence: Sequence(sequence), body }
}
