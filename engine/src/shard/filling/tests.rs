use proptest::prelude::*;

use super::*;
use crate::features::declare::{Aggregate, Declaration, Source, Window};
use crate::features::read::Value;
use crate::features::{FeatureSet, testing};
use crate::shard::tests::{Kept, SHARD, any_body, apply_all, config};
use crate::user::tests::{CLICK, NOW, types};
use crate::{Applied, NodeKey};

const GAP_MS: u64 = testing::VISIT_GAP_MS;

/// The usual declarations by place; the patterns are the same throughout.
fn declared(places: &[usize]) -> Declared {
    let all: Vec<Declaration> = testing::declarations(&types());
    let some = places.iter().map(|place| all[*place].clone()).collect();
    let plan = FeaturePlan::new(some, &types(), GAP_MS).unwrap();
    Declared::of(plan, testing::patterns(&types()), &types(), GAP_MS)
}

fn config_with(declared: Declared) -> Arc<ApplyConfig> {
    let features = FeatureSet::standard(&types()).with(declared);
    Arc::new(ApplyConfig { features, ..ApplyConfig::clone(&config()) })
}

fn activated(places: &[usize]) -> RecordBody {
    let said = declared(places).said().unwrap();
    RecordBody::ConfigActivated { fingerprint: 0, declared: Some(said) }
}

/// What the log says of the features that `state` waits for.
fn read(state: &ShardState, records: &[Record]) -> Filled {
    let since = state.active().filling().map_or(Sequence(0), |filling| filling.since);
    let missing = state.declared().only(&state.active().missing());
    let mut filler = Filler::new(&config(), missing, since);
    for record in records {
        filler.apply(record, None);
    }
    filler.filled()
}

fn places() -> impl Strategy<Value = Vec<usize>> {
    proptest::sample::subsequence((0..8_usize).collect::<Vec<_>>(), 0..=8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Declarations change up to three times, are filled or not in between, and the shard is cut and restored anywhere:
    /// in the end it is, bit for bit, one that had the last declarations from the start.
    #[test]
    fn what_is_filled_is_what_would_have_been(
        bodies in proptest::collection::vec(any_body(), 1..80),
        first in places(),
        changes in proptest::collection::vec((0..80_usize, places(), any::<bool>()), 1..4),
        cut_at in 0..90_usize,
    ) {
        let mut said: Vec<(usize, RecordBody, bool)> =
            bodies.into_iter().enumerate().map(|(n, body)| (2 * n + 1, body, false)).collect();
        for (at, places, fills) in &changes {
            said.push((2 * at, activated(places), *fills));
        }
        said.sort_by_key(|(at, ..)| *at);
        let records: Vec<(Record, bool)> = (1..)
            .zip(said)
            .map(|(n, (_, body, fills))| (Record { sequence: Sequence(3 * n), body }, fills))
            .collect();
        let log: Vec<Record> = records.iter().map(|(record, _)| record.clone()).collect();
        let last = changes.iter().enumerate().max_by_key(|(n, (at, ..))| (*at, *n)).unwrap().1.1.clone();

        let start = config_with(declared(&first));
        let mut state = ShardState::new(SHARD, Arc::clone(&start));
        let mut kept = Kept::default();
        for (number, (record, fills)) in records.iter().enumerate() {
            state.apply(record, &mut Applied::default());
            if *fills {
                let filled = read(&state, &log);
                state.fill(&filled);
            }
            if number == cut_at {
                kept.write(state.cut());
                state = kept.restore_with(Arc::clone(&start));
            }
        }
        kept.write(state.cut());
        let mut restored = kept.restore_with(start);
        let filled = read(&state, &log);
        state.fill(&filled);
        restored.fill(&read(&restored, &log));
        prop_assert_eq!(state.active().filling(), None);

        let mut whole = ShardState::new(SHARD, config_with(declared(&last)));
        apply_all(&mut whole, &log.into_iter().filter(|it| !is_change(it)).collect::<Vec<_>>());
        let users = |state: &ShardState| -> Vec<(String, Vec<u8>)> {
            let users = state.users.sorted().into_iter();
            users.map(|user| (user.id().to_owned(), user.without_row().concat())).collect()
        };
        prop_assert_eq!(users(&state), users(&whole));
        prop_assert_eq!(users(&restored), users(&whole));
        prop_assert_eq!(&state.due, &whole.due);
    }
}

fn is_change(record: &Record) -> bool {
    matches!(record.body, RecordBody::ConfigActivated { .. })
}

/// Features that go by the order of events, or whose instances give way, and one that is neither.
fn of_order() -> Vec<Declaration> {
    let all = testing::declarations(&types());
    let one = |name: &str, place: usize, window: &str| Declaration {
        name: name.to_owned(),
        window: Window::parse(window).unwrap(),
        ..all[place].clone()
    };
    vec![
        one("in_visit", 0, "visit"),
        Declaration {
            aggregate: Aggregate::TopCategories { number: 2 },
            ..one("top", 0, "half-life 1h")
        },
        one("ever", 0, "ever"),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// When the log is read says nothing: at once, or after all that came since.
    #[test]
    fn filled_early_or_late_it_is_the_same(
        bodies in proptest::collection::vec(any_body(), 1..80),
        at in 0..80_usize,
        early in 0..40_usize,
    ) {
        let plan = FeaturePlan::new(of_order(), &types(), GAP_MS).unwrap();
        let new = Declared::of(plan, testing::patterns(&types()), &types(), GAP_MS);
        let mut bodies = bodies;
        let at = at.min(bodies.len());
        let said = new.said().unwrap();
        bodies.insert(at, RecordBody::ConfigActivated { fingerprint: 0, declared: Some(said) });
        let log = crate::shard::tests::log(bodies);
        let run = |fill_at: usize| {
            let mut state = ShardState::new(SHARD, config_with(declared(&[])));
            for (number, record) in log.iter().enumerate() {
                state.apply(record, &mut Applied::default());
                if number == fill_at {
                    let filled = read(&state, &log);
                    state.fill(&filled);
                }
            }
            let filled = read(&state, &log);
            state.fill(&filled);
            assert_eq!(state.active().filling(), None);
            state
        };
        let (soon, late) = (run(at + early), run(usize::MAX));
        prop_assert_eq!(soon.digest(), late.digest());
    }
}

#[test]
fn as_many_instances_are_filled_as_are_kept() {
    let bounded = |number: u32| {
        let mut all = testing::declarations(&types());
        all[3].max_instances = Some(number);
        let plan = FeaturePlan::new(vec![all[3].clone()], &types(), GAP_MS).unwrap();
        Declared::of(plan, testing::patterns(&types()), &types(), GAP_MS)
    };
    let said = |declared: Declared| RecordBody::ConfigActivated {
        fingerprint: 0,
        declared: declared.said().ok(),
    };
    let clicks = (0..5).map(|n| crate::shard::tests::click(1, n, NOW + u64::from(n)));
    let mut log = crate::shard::tests::log(clicks);
    log.push(Record { sequence: Sequence(90), body: said(bounded(2)) });
    log.push(Record { sequence: Sequence(91), body: crate::shard::tests::click(1, 7, NOW - 50) });
    let mut state = ShardState::new(SHARD, config_with(declared(&[])));
    apply_all(&mut state, &log);
    let filled = read(&state, &log);
    state.fill(&filled);
    let at = crate::Timestamp::from_millis(NOW + 9);
    let said = state.declared_of(&crate::shard::tests::user(1), state.declared(), at).features;
    assert_eq!(said.iter().map(|(_, key, _)| *key).collect::<Vec<_>>(), [3, 4]);
}

#[test]
fn other_event_weights_at_a_restart_count_nothing_twice_that_was_half_filled() {
    let weighty = |weight: f32| {
        let mut specs: Vec<_> = types().iter().map(|(_, spec)| spec.clone()).collect();
        specs[usize::from(CLICK.0)].weight = weight;
        let types = crate::EventTypes::new(specs).unwrap();
        let all = testing::declarations(&types);
        let by_weight = Declaration {
            name: "weighed".to_owned(),
            aggregate: Aggregate::Sum,
            of: Some(Source::Weight),
            window: Window::Ever,
            ..all[0].clone()
        };
        (types, vec![by_weight, all[0].clone()])
    };
    let of = |weight: f32, places: &[usize]| {
        let (types, all) = weighty(weight);
        let some = places.iter().map(|place| all[*place].clone()).collect();
        let plan = FeaturePlan::new(some, &types, GAP_MS).unwrap();
        let declared = Declared::of(plan, testing::patterns(&types), &types, GAP_MS);
        let features = FeatureSet::standard(&types).with(declared);
        Arc::new(ApplyConfig { types, features, ..ApplyConfig::clone(&config()) })
    };
    let both = of(1.0, &[0, 1]);
    let click = |n: u32| crate::shard::tests::click(1, n, NOW + u64::from(n));
    let mut bodies: Vec<RecordBody> = (0..6).map(click).collect();
    let said = both.features.declared().said().ok();
    bodies.push(RecordBody::ConfigActivated { fingerprint: 0, declared: said });
    bodies.extend((6..10).map(click));
    let log = crate::shard::tests::log(bodies);
    let mut state = ShardState::new(SHARD, of(1.0, &[0]));
    apply_all(&mut state, &log);
    assert_eq!(state.active().missing().len(), 1, "clicks_5m waits");
    let mut kept = Kept::default();
    kept.write(state.cut());
    let mut again = kept.restore_with(of(2.0, &[0, 1]));
    let filled = read(&again, &log);
    again.fill(&filled);
    let at = crate::Timestamp::from_millis(NOW + 20);
    let said = again.declared_of(&crate::shard::tests::user(1), again.declared(), at).features;
    let values: Vec<_> = said.iter().map(|(_, _, reading)| reading.value.clone()).collect();
    assert_eq!(values, [Some(Value::Number(20.0)), Some(Value::Count(10))]);
}

#[test]
fn what_was_read_for_other_declarations_is_left_out() {
    let mut state = ShardState::new(SHARD, config_with(declared(&[0])));
    let clicks = (0..9).map(|n| crate::shard::tests::click(1, n, crate::user::tests::NOW));
    let mut log = crate::shard::tests::log(clicks);
    let next = |log: &[Record], body| Record { sequence: Sequence(100 + log.len() as u64), body };
    log.push(next(&log, activated(&[0, 1])));
    apply_all(&mut state, &log);
    let early = read(&state, &log);
    let second = next(&log, activated(&[0, 1, 3]));
    apply_all(&mut state, std::slice::from_ref(&second));
    log.push(second);
    let before = state.digest();
    state.fill(&early);
    assert_eq!(state.digest(), before);
    assert_eq!(state.active().missing().len(), 2);
    let filled = read(&state, &log);
    state.fill(&filled);
    assert_eq!((state.active().missing().len(), state.digest() == before), (0, false));
}

#[test]
fn an_event_that_came_twice_fills_once() {
    let mut state = ShardState::new(SHARD, config_with(declared(&[])));
    let event = crate::Event {
        identity: crate::record::Identity::Id(NodeKey([3; 16]).hash(&[b"x"])),
        ..crate::user::tests::event(crate::user::tests::CLICK, Some(1), crate::user::tests::NOW)
    };
    let twice = [1, 2].map(|_| crate::shard::tests::of_user(1, event.clone()));
    let mut log = crate::shard::tests::log(twice);
    log.push(Record { sequence: Sequence(9), body: activated(&[0]) });
    apply_all(&mut state, &log);
    let filled = read(&state, &log);
    state.fill(&filled);
    let at = crate::Timestamp::from_millis(crate::user::tests::NOW);
    let said = state.declared_of(&crate::shard::tests::user(1), state.declared(), at);
    assert_eq!(said.features[0].2.value, Some(Value::Count(1)));
}
