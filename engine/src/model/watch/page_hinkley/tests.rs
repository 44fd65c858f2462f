//! Tests of the detector alone: streams of independent numbers.

use super::*;
use crate::model::numeric::mix;

fn uniform(seed: u64, n: u64) -> f32 {
    (mix(seed, n) >> 40) as f32 / (1 << 24) as f32
}

/// Numbers until the first alarm, at most `most`.
fn until_alarm(numbers: impl Iterator<Item = f32>) -> Option<usize> {
    let mut detector = PageHinkley::default();
    numbers.map(|number| detector.add(number)).position(|alarm| alarm)
}

#[test]
fn independent_numbers_of_one_mean_raise_no_alarm() {
    for seed in 0..20 {
        let alarm = until_alarm((0..200_000).map(|n| uniform(seed, n)));
        assert_eq!(alarm, None, "seed {seed}");
    }
}

#[test]
fn a_rise_of_the_mean_is_noticed_within_the_bound_over_its_size() {
    for seed in 0..20 {
        for rise in [0.1_f32, 0.2, 0.4] {
            let at = 10_000;
            let number = |n| 0.5 * uniform(seed, n) + if n < at { 0.0 } else { rise };
            let alarm = until_alarm((0..100_000).map(number)).expect("it is noticed") as u64;
            // The mean follows the numbers meanwhile, a little.
            let bound = 1.5 * LAMBDA / (f64::from(rise) - DELTA);
            assert!(at <= alarm && ((alarm - at) as f64) < bound, "seed {seed}, {rise}: {alarm}");
        }
    }
}

#[test]
fn a_fall_of_the_mean_raises_no_alarm() {
    let number = |n| if n < 5_000 { uniform(3, n) } else { 0.2 * uniform(3, n) };
    assert_eq!(until_alarm((0..50_000).map(number)), None);
}

#[test]
fn what_is_no_number_is_left_out() {
    let mut detector = PageHinkley::default();
    assert!(!detector.add(f32::NAN) && !detector.add(f32::INFINITY));
    assert_eq!(detector, PageHinkley::default());
}
