use super::*;
use crate::model::numeric::mix;

fn judged(impressions: u64, said: impl Fn(bool, u64) -> f32) -> Proof {
    let mut proof = Proof::default();
    for number in 0..impressions {
        let click = mix(3, number).is_multiple_of(10);
        proof.judge(said(click, number), f32::from(click), 1.0, 100.0);
    }
    proof
}

#[test]
fn a_head_that_tells_clicks_apart_is_ready_after_enough_of_them() {
    let tells = |click, _| if click { 0.3 } else { 0.08 };
    assert!(!judged(500, tells).ready, "some fifty clicks");
    let proof = judged(3_000, tells);
    assert!(proof.ready);
    let [loss, rate] = proof.losses();
    assert!(loss < rate && (0.3..0.34).contains(&rate), "{loss} {rate}");
}

#[test]
fn one_that_says_the_rate_or_noise_is_not() {
    assert!(!judged(20_000, |_, _| 0.1).ready);
    assert!(!judged(20_000, |_, number| if number % 2 == 0 { 0.3 } else { 0.01 }).ready);
}

#[test]
fn clicks_alone_prove_nothing() {
    let mut proof = Proof::default();
    for _ in 0..5_000 {
        proof.judge(0.999, 1.0, 1.0, 100.0);
    }
    assert!(!proof.ready);
}

#[test]
fn readiness_is_lost_when_the_head_does_worse_than_the_rate() {
    let mut proof = judged(5_000, |click, _| if click { 0.3 } else { 0.08 });
    assert!(proof.ready);
    for number in 0..20_000 {
        proof.judge(0.7, f32::from(number % 10 == 0), 1.0, 100.0);
    }
    assert!(!proof.ready);
}

#[test]
fn no_prediction_makes_a_loss_that_is_no_number() {
    for predicted in [0.0, 1.0, f32::MIN_POSITIVE] {
        assert!(loss(predicted, 0.0).is_finite() && loss(predicted, 1.0).is_finite());
    }
}
