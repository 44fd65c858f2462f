//! Tests of forgetting: exact across cuts, never below the start, and of effect.

use super::*;
use crate::model::learner::Effort;
use crate::model::testing::{HashSources, Stream, small};

const SEED: u64 = 9;

fn restored(
    learner: &mut Learner,
    entries: &mut std::collections::BTreeMap<Vec<u8>, Vec<u8>>,
) -> Learner {
    for entry in learner.cut().entries {
        match entry.value {
            Some(value) => drop(entries.insert(entry.key, value)),
            None => drop(entries.remove(&entry.key)),
        }
    }
    let mut back = Learner::restore(SEED, small(), entries.clone()).unwrap();
    back.set_squares_unit(learner.squares_unit());
    back
}

#[test]
fn a_learner_restored_has_forgotten_as_the_one_that_was_cut() {
    let mut learner = Learner::new(SEED, small());
    let mut stream = Stream::new(4, 40, 9);
    let mut entries = std::collections::BTreeMap::new();
    for round in 0..25 {
        stream.teach(&mut learner, 60);
        if round % 2 == 0 {
            learner.forget();
        }
        let mut back = restored(&mut learner, &mut entries);
        assert_eq!(back.digest(), learner.digest(), "round {round}");
        let sample = stream.sample();
        for one in [&mut learner, &mut back] {
            let _ = one.learn(&sample, &HashSources, Effort::Full);
        }
        assert_eq!(back.digest(), learner.digest(), "round {round}, after a step");
    }
    assert!(1.0 <= learner.squares_unit() && learner.squares_unit() <= LARGEST_UNIT);
}

#[test]
fn the_unit_starts_over_before_sums_lose_their_exactness() {
    let mut learner = Learner::new(SEED, small());
    let mut stream = Stream::new(5, 20, 4);
    let mut entries = std::collections::BTreeMap::new();
    stream.teach(&mut learner, 100);
    let mut units = Vec::new();
    for _ in 0..40 {
        learner.forget();
        units.push(learner.squares_unit());
        stream.teach(&mut learner, 3);
        assert_eq!(
            restored(&mut learner, &mut entries).digest_of_tables(),
            learner.digest_of_tables()
        );
    }
    assert!(units.contains(&1.0) && units.iter().all(|unit| *unit <= LARGEST_UNIT), "{units:?}");
}

#[test]
fn no_sum_gets_smaller_than_it_starts() {
    let mut learner = Learner::new(SEED, small());
    Stream::new(6, 30, 5).teach(&mut learner, 200);
    for _ in 0..10 {
        learner.forget();
    }
    let start = learner.config.rates.start;
    learner.items.each_sum(|sum| assert_eq!(sum.to_bits(), start.to_bits()));
    assert!(learner.shared.gaps.squares.iter().all(|sum| start <= *sum));
}
