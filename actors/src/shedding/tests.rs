//! Tests of shedding.

use engine::model::{ClickRow, ModelUser};
use engine::{ItemIndex, Sequence};

use super::*;

fn sample(sequence: u64) -> Sample {
    Sample {
        sequence: Sequence(sequence),
        item: ItemIndex(7),
        weight: 1.0,
        user: ModelUser::default(),
        recent: Vec::new(),
    }
}

fn shed_at(backlog: usize) -> Vec<Shed> {
    (0..1_000).map(|sequence| assign(sample(sequence), backlog).1).collect()
}

#[test]
fn less_is_made_of_samples_in_a_fixed_order_as_the_backlog_grows() {
    for (backlog, only) in [
        (0, Shed::Nothing),
        (HALF_FROM - 1, Shed::Nothing),
        (HALF_FROM, Shed::Half),
        (QUARTER_FROM, Shed::Quarter),
        (THIN_FROM, Shed::Quarter),
        (COUNT_FROM, Shed::Counted),
        (usize::MAX, Shed::Counted),
    ] {
        assert!(shed_at(backlog).iter().all(|shed| *shed == only), "{backlog}: not only {only:?}");
    }
    let mixed = shed_at(usize::midpoint(THIN_FROM, COUNT_FROM));
    let kept = mixed.iter().filter(|shed| **shed == Shed::Weighted).count();
    assert!((550..700).contains(&kept), "{kept} of 1000 at a chance of 0.625");
    assert_eq!(mixed.iter().filter(|shed| **shed == Shed::Thinned).count(), 1_000 - kept);
}

#[test]
fn those_kept_stand_for_those_that_are_not() {
    for backlog in [THIN_FROM + 1, usize::midpoint(THIN_FROM, COUNT_FROM), COUNT_FROM - 1] {
        let weight = |sequence| match assign(sample(sequence), backlog).0 {
            Task::Learn(sample, Effort::Quarter) => {
                assert!(sample.weight <= MOST_WEIGHT);
                f64::from(sample.weight)
            }
            Task::Count { sequence: of, item: ItemIndex(7) } if of == Sequence(sequence) => 0.0,
            other => panic!("{other:?}"),
        };
        let sum: f64 = (0..20_000).map(weight).sum();
        assert!((19_000.0..21_000.0).contains(&sum), "{sum} at {backlog}");
    }
}

#[test]
fn a_record_sent_again_is_shed_the_same_way() {
    for sequence in 0..100 {
        let backlog = COUNT_FROM - 1;
        assert_eq!(assign(sample(sequence), backlog), assign(sample(sequence), backlog));
    }
}

fn impression(sequence: u64, outcome: ClickOutcome) -> ClickSample {
    ClickSample {
        sequence: Sequence(sequence / 50),
        user_hash: sequence % 50,
        row: ClickRow::default(),
        position: 3,
        propensity: 1.0,
        outcome,
        weight: 1.0,
        version: 0,
    }
}

/// What impressions weigh at a backlog, and how many were kept.
fn weights_at(backlog: usize) -> (f64, usize) {
    let kept = (0..50_000).filter_map(|sequence| {
        assign_click(impression(sequence, ClickOutcome::Unclicked), backlog).ok()
    });
    let weights: Vec<f64> = kept.map(|click| f64::from(click.weight)).collect();
    (weights.iter().sum(), weights.len())
}

#[test]
fn impressions_without_a_click_are_thinned_before_choices_are_and_those_kept_stand_for_the_rest() {
    assert_eq!(weights_at(QUARTER_FROM).1, 50_000);
    let mut before = 50_001;
    for backlog in [QUARTER_FROM + 500, QUARTER_FROM + 1_500, THIN_FROM, COUNT_FROM - 1] {
        let (sum, kept) = weights_at(backlog);
        assert!(kept <= before, "{kept} of 50000 kept at {backlog}");
        assert!((46_000.0..54_000.0).contains(&sum), "{sum} at {backlog}");
        before = kept;
    }
    assert!((2_800..3_500).contains(&before), "{before} is not one in sixteen");
    assert_eq!(weights_at(COUNT_FROM).1, 0);
}

#[test]
fn what_says_more_than_no_click_is_kept_to_the_end() {
    let (by, value) = (engine::EventTypeId(3), 1.0);
    for outcome in [
        ClickOutcome::Clicked { by, value },
        ClickOutcome::Late { by, value },
        ClickOutcome::Goal { by, value },
        ClickOutcome::Skipped,
    ] {
        for sequence in 0..1_000 {
            let click = impression(sequence, outcome);
            assert_eq!(assign_click(click.clone(), COUNT_FROM - 1), Ok(click.clone()));
            assert_eq!(assign_click(click, COUNT_FROM), Err(ClickShed::Dropped));
        }
    }
}
