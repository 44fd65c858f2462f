//! Tests of the click head: its gradients, late clicks, weights, and numbers that are none.

use proptest::prelude::*;

use super::*;
use crate::Sequence;
use crate::model::click::chunk::Feature;
use crate::model::click::config::PositionPolicy;
use crate::model::click::sample::DENSE;
use crate::model::click::tables::Features;
use crate::model::click::testing::{CLICK, Impressions, small};
use crate::model::numeric::ln;

mod fuzz;
mod order;

fn quiet() -> ClickConfig {
    ClickConfig { position: PositionPolicy::Ignored, norm_limit: 1e6, ..small() }
}

fn taught(config: ClickConfig) -> (ClickHead, Impressions) {
    let mut head = ClickHead::new(3, config);
    let mut stream = Impressions::new(5);
    stream.teach(&mut head, 3_000);
    (head, stream)
}

/// The log-likelihood of `sample`'s outcome.
fn likelihood(head: &ClickHead, sample: &ClickSample) -> f32 {
    let p = sigmoid(head.logit(&sample.row));
    if matches!(sample.outcome, ClickOutcome::Clicked { .. }) { ln(p) } else { ln(1.0 - p) }
}

/// The finite difference by one number, and the gradient that a step used: what it added times the root of the sum of
/// squares, over the rate.
fn check(
    head: &ClickHead,
    after: &ClickHead,
    sample: &ClickSample,
    (name, rate): (&str, f32),
    number: impl for<'a> Fn(&'a mut ClickHead) -> [&'a mut f32; 2],
) {
    let width = 1.0 / 128.0;
    let at = |moved: f32| {
        let mut head = head.clone();
        *number(&mut head)[0] += moved;
        likelihood(&head, sample)
    };
    let expected = (at(width) - at(-width)) / (2.0 * width);
    let mut before = head.clone();
    let [old, _] = number(&mut before).map(|x| *x);
    let mut after = after.clone();
    let [new, squares] = number(&mut after).map(|x| *x);
    let used = (new - old) * squares.sqrt() / rate;
    assert!(
        (used - expected).abs() < 2e-3 + 0.02 * expected.abs(),
        "{name}: {used} for {expected}"
    );
}

#[test]
fn every_gradient_is_that_of_the_log_likelihood() {
    let (head, mut stream) = taught(quiet());
    for _ in 0..20 {
        let sample = stream.sample();
        let mut after = head.clone();
        let _ = after.learn(&sample);
        let share = 10.0 / sample.row.fields.len().max(10) as f32;
        let mut rates = head.config.rates;
        for rate in [&mut rates.weights, &mut rates.vectors, &mut rates.interactions] {
            *rate *= share;
        }
        check(&head, &after, &sample, ("bias", rates.weights), |head| {
            [&mut head.shared.bias.values[0], &mut head.shared.bias.squares[0]]
        });
        check(&head, &after, &sample, ("dense", rates.dense), |head| {
            [&mut head.shared.dense.values[0], &mut head.shared.dense.squares[0]]
        });
        let fields: Vec<u8> = sample.row.fields.iter().map(|(field, _)| *field).collect();
        // Pairs of single-valued fields: a pair of two values takes two steps.
        for (a, b) in [(0, 1), (0, 3), (2, 3), (1, 2)] {
            let number = super::super::shared::pair(fields[a], fields[b]);
            check(&head, &after, &sample, ("interaction", rates.interactions), |head| {
                let interactions = &mut *head.shared.interactions;
                [&mut interactions.values[number], &mut interactions.squares[number]]
            });
        }
        for (field, value) in &sample.row.fields {
            let feature = Feature { field: *field, value: *value };
            check(&head, &after, &sample, ("weight", rates.weights), |head| {
                let place = head.table.place(feature).expect("it is known");
                let slot = head.table.write(place);
                [slot.chunk.weight_mut(0, place.within), &mut slot.squares[0].0[place.within]]
            });
            for number in [0, 7, 15] {
                check(&head, &after, &sample, ("vector", rates.vectors), |head| {
                    let place = head.table.place(feature).expect("it is known");
                    let slot = head.table.write(place);
                    let squares = &mut slot.squares[1 + place.within].0[number];
                    [&mut slot.chunk.vector_mut(place.within)[0].0[number], squares]
                });
            }
        }
    }
}

#[test]
fn what_is_said_of_a_sample_is_what_a_reader_would_have_been_told() {
    let (mut head, mut stream) = taught(small());
    for _ in 0..200 {
        let sample = stream.sample();
        let view = head.publish().0;
        let (shared, own) = sample.row.fields.split_at(sample.row.shared);
        let mut list = view.list(shared);
        let score = list.score(own, &sample.row.dense);
        let told = list.probability(&score, sample.position);
        let judged = head.learn(&sample).expect("an impression");
        assert_eq!(judged.predicted.to_bits(), told.to_bits());
    }
}

/// What `outcomes` of one impression change in the logit of its row, with rates so small that the steps are linear.
fn moved(policy: PositionPolicy, outcomes: &[ClickOutcome]) -> f32 {
    let mut config = ClickConfig { position: policy, ..small() };
    config.rates.calibration = 0.0;
    let (mut head, mut stream) = taught(config);
    let rates = &mut head.config.rates;
    (rates.weights, rates.vectors, rates.interactions, rates.dense) = (1e-3, 0.0, 0.0, 0.0);
    // Sums of squares so large that one step more does not change the next one's length.
    head.shared.bias.squares = [1e4];
    let sample = ClickSample { position: 4, ..stream.sample() };
    for slot in
        sample.row.fields.iter().map(|(field, value)| Feature { field: *field, value: *value })
    {
        let place = head.table.place(slot).expect("it is known");
        head.table.write(place).squares[0].0[place.within] = 1e4;
    }
    let before = head.logit(&sample.row);
    for outcome in outcomes {
        let _ = head.learn(&ClickSample { outcome: *outcome, ..sample.clone() });
    }
    (head.logit(&sample.row) - before) * 1e5
}

#[test]
fn a_late_click_leaves_what_a_click_in_time_would_have_left() {
    let clicked = ClickOutcome::Clicked { by: CLICK, value: 1.0 };
    let late = ClickOutcome::Late { by: CLICK, value: 1.0 };
    let policies = [PositionPolicy::Ignored, PositionPolicy::Estimated, PositionPolicy::Weighted];
    for policy in policies {
        let in_time = moved(policy, &[clicked]);
        let corrected = moved(policy, &[ClickOutcome::Unclicked, late]);
        let kept = moved(policy, &[ClickOutcome::Unclicked, clicked]);
        let off = (corrected - in_time).abs();
        assert!(off < 0.05 * in_time.abs(), "{policy:?}: {corrected} instead of {in_time}");
        assert!(off < 0.5 * (kept - in_time).abs(), "{policy:?}: {kept}");
    }
}

#[test]
fn late_clicks_reach_the_calibration_and_are_judged_once() {
    let (mut head, mut stream) = taught(small());
    let sample = ClickSample { outcome: ClickOutcome::Unclicked, ..stream.sample() };
    assert!(head.learn(&sample).is_some());
    let clicks = head.calibration.window.clicks;
    let late = ClickOutcome::Late { by: CLICK, value: 1.0 };
    assert!(head.learn(&ClickSample { outcome: late, ..sample }).is_none());
    assert!((head.calibration.window.clicks - clicks - 1.0).abs() < 1e-6);
}

#[test]
fn unlikely_impressions_count_more_up_to_the_clip() {
    let (mut head, _) = taught(small());
    assert!((head.propensity_weight(1.0) - 1.0).abs() < 1e-3);
    assert!((head.propensity_weight(0.25) - 4.0).abs() < 0.05);
    assert!((head.propensity_weight(1e-4) - 10.0).abs() < 0.2);
    for odd in [0.0, -1.0, 2.0, f32::NAN, f32::INFINITY] {
        assert!((head.propensity_weight(odd) - 1.0).abs() < 1e-6, "{odd}");
    }
    for _ in 0..20_000 {
        head.propensity_weight(0.2);
    }
    assert!((head.propensity_weight(0.2) - 1.0).abs() < 0.01, "all alike");
}

#[test]
fn it_learns_to_tell_clicks_apart_and_is_calibrated() {
    let mut head = ClickHead::new(3, quiet());
    let mut stream = Impressions::new(5);
    stream.teach(&mut head, 30_000);
    assert!(head.proof().ready);
    let [loss, rate] = head.proof().losses();
    assert!(loss < 0.8 * rate, "{loss} against {rate}");
    let ratio = head.calibration().ratio().expect("three windows");
    assert!((0.95..1.05).contains(&ratio), "{ratio}");
}

#[test]
fn nothing_is_learned_from_a_sample_without_weight_or_with_parts_that_are_no_numbers() {
    let (head, mut stream) = taught(small());
    let sample = stream.sample();
    let mut odd = vec![
        ClickSample { weight: f32::NAN, ..sample.clone() },
        ClickSample { weight: -1.0, ..sample.clone() },
        ClickSample { weight: f32::INFINITY, ..sample.clone() },
    ];
    for part in [f32::NAN, f32::INFINITY, 1e30] {
        let mut row = sample.row.clone();
        row.dense[2] = part;
        odd.push(ClickSample { row, ..sample.clone() });
    }
    for odd in odd {
        let mut after = head.clone();
        assert!(after.learn(&odd).is_none());
        assert_eq!(after.logit(&sample.row).to_bits(), head.logit(&sample.row).to_bits());
    }
}

fn odd_number() -> impl Strategy<Value = f32> {
    let odd = vec![0.0, 1.0, -1.0, 1e-45, 1e30, f32::MAX, f32::INFINITY, f32::NAN];
    prop_oneof![any::<f32>(), prop::sample::select(odd), 0.0_f32..2.0]
}

prop_compose! {
    fn outcome()(kind in 0..5, by in 0_u8..10, value in odd_number()) -> ClickOutcome {
        let by = crate::EventTypeId(by);
        match kind {
            0 => ClickOutcome::Clicked { by, value },
            1 => ClickOutcome::Unclicked,
            2 => ClickOutcome::Skipped,
            3 => ClickOutcome::Late { by, value },
            _ => ClickOutcome::Goal { by, value },
        }
    }
}

prop_compose! {
    fn sample()(
        fields in prop::collection::vec((any::<u8>(), 0_u32..40), 0..40),
        shared in 0_usize..50,
        part in odd_number(),
        position in prop_oneof![0_u16..12, any::<u16>()],
        propensity in odd_number(),
        outcome in outcome(),
        weight in prop_oneof![2 => Just(1.0), 1 => odd_number()],
    ) -> ClickSample {
        let row = ClickRow { fields, shared, dense: [part; DENSE] };
        ClickSample { sequence: Sequence(1), user_hash: 1, row, position, propensity, outcome, weight, version: 0 }
    }
}

fn policies() -> impl Strategy<Value = PositionPolicy> {
    prop::sample::select(vec![
        PositionPolicy::Estimated,
        PositionPolicy::Weighted,
        PositionPolicy::Logit,
        PositionPolicy::Ignored,
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_input_makes_a_parameter_that_is_no_number(
        samples in prop::collection::vec(sample(), 1..60),
        position in policies(),
        max_features in 1_usize..200,
    ) {
        use crate::model::click::config::{ClickGoal, GoalCounts};
        let goal = |event_type, counts| ClickGoal { event_type: crate::EventTypeId(event_type), counts };
        let goals = vec![goal(1, GoalCounts::Events), goal(2, GoalCounts::Values)];
        let mut head = ClickHead::new(1, ClickConfig { max_features, position, goals, ..small() });
        for sample in &samples {
            let judged = head.learn(sample);
            prop_assert!(judged.is_none_or(|it| (0.0..=1.0).contains(&it.predicted)));
            let view = head.publish().0;
            let shared = sample.row.shared.min(sample.row.fields.len());
            let mut list = view.list(&sample.row.fields[..shared]);
            let score = list.score(&sample.row.fields[shared..], &[0.5; DENSE]);
            prop_assert!((0.0..=1.0).contains(&list.probability(&score, sample.position)));
        }
        let mut hasher = siphasher::sip::SipHasher13::new();
        head.digest(&mut hasher);
        for slot in head.table.slots() {
            prop_assert!(crate::model::numeric::is_finite(&slot.squares));
            for within in 0..16 {
                prop_assert!(crate::model::numeric::is_finite(slot.chunk.vector(within)));
            }
        }
        prop_assert!(head.shared.interactions.values.iter().all(|x| x.is_finite()));
        prop_assert!(head.positions.examined.iter().all(|x| (0.0..=1.0).contains(x)));
        prop_assert!(head.calibration.surfaces.iter().all(|it| it.line.values.iter().all(|x| x.is_finite())));
    }
}

#[test]
fn a_view_never_changes() {
    let (mut head, mut stream) = taught(small());
    let row = stream.sample().row;
    let view = head.publish().0;
    let score = |view: &crate::model::ClickView| {
        let (shared, own) = row.fields.split_at(row.shared);
        view.list(shared).score(own, &row.dense).logit.to_bits()
    };
    let before = score(&view);
    stream.teach(&mut head, 500);
    assert_eq!(score(&view), before);
    assert_ne!(score(&head.publish().0), before);
    assert!(head.table().find(Feature { field: 0, value: 1 }).is_some());
}
