//! Tests of carrying a model over: it scores as it did, learns on, and nothing unsound gets in.

use super::*;
use crate::model::testing::{HashSources, Stream, learner_scores, small};
use crate::model::{Effort, ModelUser, Past};

const SEED: u64 = 31;

/// Carries `learner` over to a node that numbers its items the other way round.
fn carried(learner: &Learner, items: u32) -> Learner {
    let other = |item: ItemIndex| ItemIndex(items - 1 - item.0);
    let mut carrying = Carrying::begin(77, small(), &learner.carried_shared()).unwrap();
    for (item, row) in learner.carried_rows() {
        carrying.row(other(item), &row).unwrap();
    }
    let recent: Vec<_> = learner.carried_recent().into_iter().map(other).collect();
    carrying.finish(&recent)
}

fn user(history: &[u32]) -> ModelUser {
    let past = |item: &u32| Past { item: ItemIndex(*item), age_s: 90 };
    let history: Vec<Past> = history.iter().map(past).collect();
    ModelUser { hash: u64::MAX, events: history.len() as u32, visit: 0, history, row: None }
}

#[test]
fn a_model_carried_over_gives_every_item_its_score_under_another_number() {
    let mut learner = Learner::new(SEED, small());
    Stream::new(4, 60, 12).teach(&mut learner, 900);
    let back = carried(&learner, 60);
    let items: Vec<ItemIndex> =
        (0..60).map(ItemIndex).filter(|item| learner.items.is_known(*item)).collect();
    let others: Vec<ItemIndex> = items.iter().map(|item| ItemIndex(59 - item.0)).collect();
    for history in [&[][..], &[3], &[9, 4, 4, 30]] {
        let mirrored: Vec<u32> = history.iter().map(|item| 59 - item).collect();
        let ours = learner_scores(&learner, &items, &user(history));
        let theirs = learner_scores(&back, &others, &user(&mirrored));
        for (a, b) in ours.machine.iter().zip(&theirs.machine) {
            assert!((a - b).abs() < 1e-4, "{a} {b}");
        }
        assert_eq!(ours.share().len(), theirs.share().len());
        for (a, b) in ours.share().iter().zip(theirs.share()) {
            assert!((a - b).abs() < 1e-4, "{a} {b}");
        }
    }
    assert_eq!(back.shared, learner.shared);
    assert_eq!((back.trained, back.count.events), (learner.trained, learner.count.events));
}

#[test]
fn it_learns_on_and_is_cut_and_restored_whole() {
    let mut learner = Learner::new(SEED, small());
    let mut stream = Stream::new(4, 60, 12);
    stream.teach(&mut learner, 500);
    let mut back = carried(&learner, 60);
    let entries = back.cut().entries.into_iter();
    let entries = entries.map(|entry| (entry.key, entry.value.expect("nothing leaves")));
    let mut restored = Learner::restore(77, small(), entries).unwrap();
    assert_eq!(restored.digest(), back.digest());
    for _ in 0..50 {
        let sample = stream.sample();
        let _ = back.learn(&sample, &HashSources, Effort::Full);
        let _ = restored.learn(&sample, &HashSources, Effort::Full);
    }
    assert_eq!(restored.digest(), back.digest());
}

#[test]
fn what_learning_could_not_have_made_is_refused() {
    let mut learner = Learner::new(SEED, small());
    Stream::new(4, 20, 5).teach(&mut learner, 50);
    let shared = learner.carried_shared();
    let (item, row) = learner.carried_rows().next().unwrap();
    let begin = || Carrying::begin(SEED, small(), &shared).unwrap();
    let refused = |row: CarriedRow| begin().row(item, &row).unwrap_err();
    let of_row = |row: CarriedRow, which: &str| {
        let error = refused(row);
        assert!(
            matches!(error, CarryError::OfRow { what, row: 0, .. } if what == which),
            "{error}"
        );
    };
    for bias in [f32::NAN, 9.0, f32::NEG_INFINITY] {
        of_row(CarriedRow { bias, ..row.clone() }, "the bias");
    }
    let mut spoilt = row.vector.clone();
    spoilt[3] = f32::NAN;
    for vector in [vec![2.0; 16], spoilt, vec![f32::MAX; 16]] {
        of_row(CarriedRow { vector: vector.clone(), ..row.clone() }, "the length of the vector");
        of_row(CarriedRow { last: vector, ..row.clone() }, "the length of the last vector");
    }
    of_row(CarriedRow { squares: [-1.0, 0.0, 0.0], ..row.clone() }, "a sum of squares");
    of_row(CarriedRow { counts: [0.0, -0.5, 0.0], ..row.clone() }, "a count");
    let short = refused(CarriedRow { vector: vec![0.1; 8], ..row.clone() });
    assert_eq!(short, CarryError::Dimensions { found: 8, expected: 16 });
    assert!(begin().row(item, &CarriedRow { last: Vec::new(), ..row }).is_ok());
    let weights = vec![0.0; 3];
    let few = Carrying::begin(SEED, small(), &CarriedShared { weights, ..shared.clone() });
    assert!(matches!(few, Err(CarryError::SharedWeights { found: 3, .. })));
    let mut weights = shared.weights.clone();
    weights[0] = f32::INFINITY;
    let odd = Carrying::begin(SEED, small(), &CarriedShared { weights, ..shared.clone() });
    assert!(matches!(odd, Err(CarryError::OfAll { place: 0, .. })));
    let endless = Carrying::begin(SEED, small(), &CarriedShared { events: u64::MAX, ..shared });
    assert!(matches!(endless, Err(CarryError::TooMany { .. })));
}

#[test]
fn counts_without_their_highest_are_measured_against_what_the_rows_say() {
    let mut learner = Learner::new(SEED, small());
    Stream::new(4, 20, 5).teach(&mut learner, 200);
    let shared = CarriedShared { highest: [0.0; HALF_LIVES], ..learner.carried_shared() };
    let mut carrying = Carrying::begin(SEED, small(), &shared).unwrap();
    for (item, row) in learner.carried_rows() {
        carrying.row(item, &row).unwrap();
    }
    let items: Vec<_> = learner.items().known().to_vec();
    let scores = learner_scores(&carrying.finish(&[]), &items, &user(&[3]));
    let ours = learner_scores(&learner, &items, &user(&[3]));
    for (a, b) in ours.share().iter().zip(scores.share()) {
        assert!((a - b).abs() < 0.1, "{a} {b}");
    }
}
