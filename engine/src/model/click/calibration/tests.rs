use super::*;
use crate::model::click::position::logit;
use crate::model::numeric::{below, mix};

fn learn(impressions: u64, said: impl Fn(f32) -> f32, key: Option<u32>) -> Calibration {
    let mut calibration = Calibration::default();
    for number in 0..impressions {
        let word = mix(5, number);
        let truth = 0.02 + 0.3 * (word % 1_000) as f32 / 1_000.0;
        let click = (below(mix(word, 1), 1_000_000) as f32) < truth * 1e6;
        calibration.learn(logit(said(truth)), key, f32::from(click), 1.0, 0.05);
    }
    calibration
}

/// What a head says that is too sure of itself, and too high.
fn said(truth: f32) -> f32 {
    sigmoid(1.5 * logit(truth) + 1.5)
}

#[test]
fn a_head_that_says_too_much_is_corrected() {
    let calibration = learn(60_000, said, Some(9));
    for truth in [0.05, 0.15, 0.3] {
        let said = sigmoid(calibration.logit(logit(said(truth)), Some(9)));
        assert!((said - truth).abs() < 0.12 * truth, "{said} instead of {truth}");
    }
    let ratio = calibration.ratio().expect("six windows");
    assert!(TRUSTED.contains(&ratio), "{ratio}");
}

#[test]
fn a_window_that_is_off_raises_the_alarm() {
    let mut calibration = Calibration::default();
    assert!(!calibration.is_off(), "nothing was seen");
    for number in 0..10_000 {
        calibration.learn(logit(0.2), None, f32::from(number % 10 == 0), 1.0, 0.0);
    }
    assert!((calibration.ratio().expect("a window") - 2.0).abs() < 0.01);
    assert!(calibration.is_off());
}

#[test]
fn surfaces_are_calibrated_apart_up_to_a_bound() {
    let mut calibration = Calibration::default();
    for key in 0..100 {
        calibration.learn(0.0, Some(key), 1.0, 1.0, 0.1);
    }
    assert_eq!(calibration.surfaces.len(), SURFACES);
    assert!(0.0 < calibration.logit(0.0, Some(1)));
    assert!(0.0 < calibration.logit(0.0, Some(99)), "shares the first");
}
