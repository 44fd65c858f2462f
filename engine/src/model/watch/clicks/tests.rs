//! Tests of what is said of clicks, against plain computations.

use super::*;
use crate::model::numeric::mix;

fn uniform(seed: u64, n: u64) -> f32 {
    (mix(seed, n) >> 40) as f32 / (1 << 24) as f32
}

fn learned(predicted: f32, label: f32) -> ClickLearned {
    ClickLearned { predicted, label, weight: 1.0 }
}

/// Impressions whose clicks come as foretold.
fn stream(seed: u64, count: u64) -> Vec<ClickLearned> {
    let one = |n| {
        let predicted = uniform(seed, 2 * n) * uniform(seed, 2 * n);
        learned(predicted, f32::from(u8::from(uniform(seed, 2 * n + 1) < predicted)))
    };
    (0..count).map(one).collect()
}

fn figures(stream: &[ClickLearned]) -> ClickFigures {
    let mut clicks = Clicks::default();
    for one in stream {
        clicks.add(*one);
    }
    clicks.figures().unwrap()
}

#[test]
fn area_and_loss_are_nearly_those_of_a_plain_computation() {
    let stream = stream(1, 4_000);
    let figures = figures(&stream);
    let (mut won, mut pairs) = (0.0, 0.0);
    for click in stream.iter().filter(|one| 0.5 < one.label) {
        for other in stream.iter().filter(|one| one.label < 0.5) {
            pairs += 1.0;
            won += if click.predicted > other.predicted {
                1.0
            } else if click.predicted < other.predicted {
                0.0
            } else {
                0.5
            };
        }
    }
    assert!((figures.auc - won / pairs).abs() < 2e-3, "{} {}", figures.auc, won / pairs);
    let loss = |one: &ClickLearned| {
        let p = f64::from(one.predicted.clamp(LEAST, 1.0 - LEAST));
        -(if 0.5 < one.label { p } else { 1.0 - p }).ln()
    };
    let plain = stream.iter().map(loss).sum::<f64>() / 4_000.0;
    assert!((figures.log_loss - plain).abs() < 1e-5, "{} {plain}", figures.log_loss);
}

#[test]
fn deciles_of_a_calibrated_stream_lie_on_the_diagonal() {
    let figures = figures(&stream(2, 20_000));
    assert_eq!(figures.samples, 20_000);
    assert!((0.95..1.05).contains(&figures.calibration), "{figures:?}");
    assert!((8..=11).contains(&figures.deciles.len()), "{figures:?}");
    for decile in &figures.deciles {
        assert!((decile.predicted - decile.observed).abs() < 0.04, "{decile:?}");
    }
    let weight: f64 = figures.deciles.iter().map(|decile| decile.weight).sum();
    assert!((weight - 20_000.0).abs() < 1e-6);
}

#[test]
fn what_is_no_probability_or_has_no_weight_is_left_out() {
    let mut clicks = Clicks::default();
    for (predicted, label, weight) in [
        (f32::NAN, 1.0, 1.0),
        (1.1, 1.0, 1.0),
        (0.5, 2.0, 1.0),
        (0.5, 1.0, 0.0),
        (0.5, 1.0, f32::NAN),
    ] {
        clicks.add(ClickLearned { predicted, label, weight });
    }
    assert_eq!(clicks.figures(), None);
    for predicted in [0.0, 1.0] {
        clicks.add(learned(predicted, 0.0));
    }
    let figures = clicks.figures().unwrap();
    assert!(figures.log_loss.is_finite() && (figures.auc - 0.5).abs() < 1e-9, "{figures:?}");
}

#[test]
fn figures_are_of_the_last_two_windows() {
    let mut clicks = Clicks::default();
    (0..2 * WINDOW).for_each(|_| clicks.add(learned(0.9, 0.0)));
    (0..=WINDOW).for_each(|_| clicks.add(learned(0.5, 1.0)));
    let figures = clicks.figures().unwrap();
    assert_eq!(figures.samples, WINDOW + 1);
    assert!((figures.log_loss - 2.0_f64.ln()).abs() < 1e-6, "{figures:?}");
}
