//! How far a mean may be off, where trials come in clusters.

use rustc_hash::FxHashMap;

use super::Trial;
use crate::model::numeric::mix;

/// Quantile of the normal distribution for 95 %.
const NORMAL: f64 = 1.959_964;

/// Half the width of the 95 % interval of the mean of `deviations`, which sum to 0 and belong to `trials`.
pub(super) fn of_mean(trials: &[Trial], deviations: &[f64]) -> f64 {
    let mut sums = FxHashMap::<u64, f64>::default();
    for (trial, deviation) in trials.iter().zip(deviations) {
        *sums.entry(trial.cluster).or_default() += deviation;
    }
    // Added in an order of their own, not in the map's.
    let mut squares: Vec<f64> = sums.into_values().map(|sum| sum * sum).collect();
    squares.sort_unstable_by(f64::total_cmp);
    let clusters = squares.len() as f64;
    if clusters < 2.0 {
        return f64::INFINITY;
    }
    let variance = squares.iter().sum::<f64>() * clusters / (clusters - 1.0);
    quantile(clusters - 1.0) * variance.sqrt() / trials.len() as f64
}

/// The same from what an estimate is without each of several groups.
pub(super) fn of_jackknife(without: &[f64]) -> f64 {
    let groups = without.len() as f64;
    let mean = without.iter().sum::<f64>() / groups;
    let squares: f64 = without.iter().map(|one| (one - mean) * (one - mean)).sum();
    quantile(groups - 1.0) * (squares * (groups - 1.0) / groups).sqrt()
}

/// In which of `groups` a trial is: all of a cluster in the same.
pub(super) fn group_of(trial: &Trial, groups: u64) -> u64 {
    mix(0x0ff0, trial.cluster) % groups
}

/// Quantile of Student's distribution for 95 %, by the first terms of its expansion.
fn quantile(freedom: f64) -> f64 {
    let cube = NORMAL.powi(3);
    let fifth = NORMAL.powi(5);
    let first = (cube + NORMAL) / (4.0 * freedom);
    let second = (5.0 * fifth + 16.0 * cube + 3.0 * NORMAL) / (96.0 * freedom * freedom);
    NORMAL + first + second
}
