//! Tests of cuts: a learner that was cut and restored is the one that never stopped.

mod fixture;

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::model::NoSources;
use crate::model::learner::Effort;
use crate::model::numeric::zeros;
use crate::model::sample::UserRow;
use crate::model::testing::{Stream, small};

/// What the store does: the newest value of each key.
#[derive(Default)]
struct Store(BTreeMap<Vec<u8>, Vec<u8>>);

impl Store {
    fn write(&mut self, part: Part) -> usize {
        assert_eq!(part.owner, PartOwner::Model);
        let written = part.entries.len();
        for entry in part.entries {
            match entry.value {
                Some(value) => self.0.insert(entry.key, value),
                None => self.0.remove(&entry.key),
            };
        }
        written
    }

    fn restore(&self, config: &ModelConfig) -> Learner {
        Learner::restore(SEED, config.clone(), self.0.clone()).expect("the store holds a cut")
    }
}

const SEED: u64 = 11;

/// Everything that leaves: few items, short memory, a pool that changes often.
fn restless() -> ModelConfig {
    ModelConfig {
        expire_after_events: 120,
        max_items: 150,
        uniform_pool: 20,
        uniform_pool_from: 40,
        uniform_pool_samples: 37,
        ..small()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_restored_learner_goes_on_bit_for_bit(
        seed in any::<u64>(),
        items in 20_u32..900,
        steps in prop::collection::vec((1_usize..120, 0_u8..5), 1..9),
        calm in any::<bool>(),
    ) {
        let config = if calm { small() } else { restless() };
        let mut never = Learner::new(SEED, config.clone());
        let mut restored = Learner::new(SEED, config.clone());
        let (mut stream, mut same) = (Stream::new(seed, items, 30), Stream::new(seed, items, 30));
        let mut store = Store::default();
        for (samples, what) in steps {
            stream.teach(&mut never, samples);
            same.teach(&mut restored, samples);
            match what {
                0 => { let _ = restored.publish(); }
                1 => { store.write(restored.cut()); }
                2 => {
                    never.count_event(ItemIndex(items));
                    restored.count_event(ItemIndex(items));
                }
                _ => {
                    store.write(restored.cut());
                    restored = store.restore(&config);
                }
            }
            prop_assert_eq!(never.digest(), restored.digest());
        }
    }
}

#[test]
fn rows_that_were_let_go_are_gone_after_a_restore() {
    let config = small();
    let mut learner = Learner::new(SEED, config.clone());
    let mut stream = Stream::new(4, 100, 10);
    let mut store = Store::default();
    stream.teach(&mut learner, 300);
    store.write(learner.cut());
    assert_eq!(store.restore(&config).users.len(), 10);
    let number = learner.publish().number;
    learner.release(|user| if user < 4 { number } else { 0 });
    store.write(learner.cut());
    let restored = store.restore(&config);
    assert_eq!(restored.users.len(), 6);
    assert_eq!(restored.digest(), learner.digest());
}

#[test]
fn a_restored_learner_sends_all_buffered_rows_again_under_higher_numbers() {
    let mut learner = Learner::new(SEED, small());
    Stream::new(4, 100, 10).teach(&mut learner, 300);
    let number = learner.publish().number;
    let mut store = Store::default();
    store.write(learner.cut());
    let published = store.restore(&small()).publish();
    assert_eq!((published.number, published.rows.len()), (number + 1, 10));
}

#[test]
fn a_cut_writes_what_changed_and_nothing_else() {
    let mut learner = Learner::new(SEED, ModelConfig { recent_positives: 5_000, ..small() });
    Stream::new(4, 900, 10).teach(&mut learner, 3_000);
    let all = learner.cut().entries.len();
    assert_eq!(learner.cut().entries.len(), 1, "the header");
    learner.count_event(ItemIndex(3));
    let keys: Vec<_> = learner.cut().entries.into_iter().map(|entry| entry.key).collect();
    assert_eq!(keys, [vec![0], vec![1, 0, 0, 0, 0, 3], vec![2, 0, 0, 0, 2]]);
    assert!(800 < all);
}

#[test]
fn an_empty_store_gives_a_learner_that_has_seen_nothing() {
    let restored = Store::default().restore(&small());
    assert_eq!(restored.digest(), Learner::new(SEED, small()).digest());
}

#[test]
fn a_model_of_other_dimensions_or_another_seed_is_named() {
    let mut learner = Learner::new(SEED, small());
    Stream::new(4, 100, 10).teach(&mut learner, 30);
    let mut store = Store::default();
    store.write(learner.cut());
    let wider = ModelConfig { lanes: 4, ..small() };
    let error = Learner::restore(SEED, wider, store.0.clone()).expect_err("4 lanes are not 1");
    assert!(
        matches!(error, RestoreError::OtherShape { found, wanted }
            if found.dimensions == 16 && wanted.dimensions == 64),
        "{error}"
    );
    let error = Learner::restore(1, small(), store.0).expect_err("another seed");
    assert!(error.to_string().contains("seed 000000000000000b"), "{error}");
}

#[test]
fn damaged_entries_are_errors_and_never_panics() {
    let mut learner = Learner::new(SEED, small());
    Stream::new(4, 60, 5).teach(&mut learner, 130);
    let mut store = Store::default();
    store.write(learner.cut());
    for key in store.0.keys() {
        for cut in [0, 1, 3] {
            let mut damaged = store.0.clone();
            if let Some(value) = damaged.get_mut(key) {
                value.truncate(cut);
            }
            assert!(Learner::restore(SEED, small(), damaged).is_err(), "{key:?} cut to {cut}");
        }
        let mut missing = store.0.clone();
        missing.remove(key);
        let known = key[0] == HEADER || key[0] == RING || (key[0] == ROW && key[1] == 0);
        let row = &learner.items;
        let never_known = key[0] == ROW && row::of(row, Table::Item, item_of(key)).is_some();
        let is_known = never_known && row.is_known(item_of(key));
        let expected = known && (key[0] != ROW || is_known);
        assert_eq!(Learner::restore(SEED, small(), missing).is_err(), expected, "{key:?} gone");
    }
}

fn item_of(key: &[u8]) -> ItemIndex {
    ItemIndex(key.get(2..).and_then(|item| number(item).ok()).map_or(0, u32::from_be_bytes))
}

#[test]
fn a_ring_of_another_length_keeps_the_newest() {
    let mut learner = Learner::new(SEED, small());
    for item in 0..130 {
        learner.count_event(ItemIndex(item));
    }
    let mut store = Store::default();
    store.write(learner.cut());
    let shorter = ModelConfig { recent_positives: 3, ..small() };
    let restored = store.restore(&shorter);
    assert_eq!(restored.recent.slots(), [ItemIndex(127), ItemIndex(128), ItemIndex(129)]);
    assert_eq!(restored.items.frequency(ItemIndex(126)), 0);
}

#[test]
fn the_digest_sees_every_kind_of_change() {
    let mut learner = Learner::new(SEED, small());
    let mut stream = Stream::new(4, 60, 5);
    stream.teach(&mut learner, 130);
    let before = learner.digest();
    let changes: [fn(&mut Learner); 6] = [
        |learner| learner.count_event(ItemIndex(1)),
        |learner| learner.shared.gaps.squares[31] += 1.0,
        |learner| learner.items.last_mut(ItemIndex(0)).into_iter().for_each(|row| *row.1 += 1.0),
        |learner| learner.trained += 1,
        |learner| learner.users.lay(77, UserRow { vector: zeros(1).into(), squares: 1.0, era: 0 }),
        |learner| learner.pool.items.push(ItemIndex(0)),
    ];
    for (number, change) in changes.iter().enumerate() {
        let mut other = learner.clone();
        change(&mut other);
        assert_ne!(other.digest(), before, "change {number}");
    }
    let _ = learner.publish();
    let _ = learner.cut();
    assert_eq!(learner.digest(), before);
}

#[test]
fn learners_of_other_samples_have_other_digests() {
    let mut one = Learner::new(SEED, small());
    let mut other = Learner::new(SEED, small());
    Stream::new(4, 60, 5).teach(&mut one, 50);
    let mut stream = Stream::new(4, 60, 5);
    for _ in 0..50 {
        let _ = other.learn(&stream.sample(), &NoSources, Effort::Full);
    }
    assert_ne!(one.digest(), other.digest());
}
