//! The estimators, their intervals, and reasons not to believe them.
//!
//! Not here: what they are good for (see the module above).

use super::{RewardModel, Target, Trial, Trials, spread};

/// Share of the rows below which the effective sample is too small to say anything.
pub const LEAST_EFFECTIVE: f64 = 0.01;
/// Rewarded rows below which an interval is too narrow, because rewards are no normal numbers.
pub const LEAST_REWARDED: usize = 30;

/// Folds of which the reward model of DR is made of all but one.
const FOLDS: u64 = 5;
/// Groups of the jackknife of DM.
const GROUPS: u64 = 20;

/// A way to estimate what a target earns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Estimator {
    /// Inverse propensity score.
    Ips,
    /// The same, divided by the sum of the weights.
    Snips,
    /// IPS with weights of at most so much.
    ClippedIps,
    /// SNIPS with weights of at most so much.
    ClippedSnips,
    /// Direct method: what a model of the reward says.
    Dm,
    /// Doubly robust.
    Dr,
    /// Doubly robust with weights of at most so much.
    ClippedDr,
}

impl Estimator {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Ips,
        Self::Snips,
        Self::ClippedIps,
        Self::ClippedSnips,
        Self::Dm,
        Self::Dr,
        Self::ClippedDr,
    ];

    /// Its name in a report.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ips => "ips",
            Self::Snips => "snips",
            Self::ClippedIps => "ips_clipped",
            Self::ClippedSnips => "snips_clipped",
            Self::Dm => "dm",
            Self::Dr => "dr",
            Self::ClippedDr => "dr_clipped",
        }
    }

    /// Whether it stands and falls with the weights.
    #[must_use]
    pub const fn is_weighted(self) -> bool {
        !matches!(self, Self::Dm)
    }

    /// Whether its weights are clipped.
    #[must_use]
    pub const fn is_clipped(self) -> bool {
        matches!(self, Self::ClippedIps | Self::ClippedSnips | Self::ClippedDr)
    }
}

/// What a target earns a trial, by one estimator.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// Which.
    pub by: Estimator,
    /// The estimate.
    pub value: f64,
    /// Lower end of its 95 % interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// A reason not to believe what depends on the weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// The effective sample is below [`LEAST_EFFECTIVE`] of the rows: a few rows decide.
    FewEffective,
    /// The weights do not have a mean of 1: the target does what the log never does, or propensities are wrong.
    NoSupport,
    /// Fewer than [`LEAST_REWARDED`] rows have a reward and a weight: the interval is too narrow.
    FewRewarded,
}

/// Everything that a log says of a target.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// Rows.
    pub trials: usize,
    /// Mean reward of the log itself, and half the width of its 95 % interval.
    pub logged: (f64, f64),
    /// `(sum w)^2 / sum w^2`: as many rows of the target's own would say as much.
    pub effective: f64,
    /// The largest weight.
    pub heaviest: f64,
    /// Mean weight, 1 but for luck, and half the width of its 95 % interval.
    pub mean_weight: (f64, f64),
    /// Rows whose weight was clipped.
    pub clipped: usize,
    /// Rows that have a reward and a weight.
    pub rewarded: usize,
    /// The estimates; DM and DR only where all of the target's chances are known.
    pub estimates: Vec<Estimate>,
    /// Why not to believe what depends on the weights; empty where nothing speaks against it.
    pub doubts: Vec<Doubt>,
}

impl Judgement {
    /// The effective sample as a share of the rows.
    #[must_use]
    pub fn effective_share(&self) -> f64 {
        self.effective / self.trials.max(1) as f64
    }

    /// Whether `estimate` is refused: what a few rows decided says nothing.
    #[must_use]
    pub fn refuses(&self, estimate: &Estimate) -> bool {
        estimate.by.is_weighted() && self.doubts.contains(&Doubt::FewEffective)
    }

    /// The estimate by `estimator`, where there is one.
    #[must_use]
    pub fn by(&self, estimator: Estimator) -> Option<&Estimate> {
        self.estimates.iter().find(|estimate| estimate.by == estimator)
    }
}

/// What `trials` say of `target`, with weights clipped at `clip` where they are clipped.
#[must_use]
pub fn judge(trials: &Trials, target: &Target, clip: f64) -> Judgement {
    let rows = &trials.trials;
    let each = rows.iter().enumerate();
    let weights: Vec<f64> =
        each.map(|(at, trial)| target.chance(at, trial) / trial.propensity).collect();
    let clipped: Vec<f64> = weights.iter().map(|weight| weight.min(clip)).collect();
    let mut estimates = vec![
        ips(rows, &weights, Estimator::Ips),
        snips(rows, &weights, Estimator::Snips),
        ips(rows, &clipped, Estimator::ClippedIps),
        snips(rows, &clipped, Estimator::ClippedSnips),
    ];
    if target.is_whole() {
        let residues = residues(trials, target);
        estimates.push(direct(trials, target));
        estimates.push(doubly_robust(rows, &weights, &residues, Estimator::Dr));
        estimates.push(doubly_robust(rows, &clipped, &residues, Estimator::ClippedDr));
    }
    let sum: f64 = weights.iter().sum();
    let squares: f64 = weights.iter().map(|weight| weight * weight).sum();
    let rewards: Vec<f64> = rows.iter().map(|trial| trial.reward).collect();
    let rewarded = rows.iter().zip(&weights).filter(|(row, w)| row.reward != 0.0 && 0.0 < **w);
    let mut judgement = Judgement {
        trials: rows.len(),
        logged: mean(rows, &rewards),
        effective: if 0.0 < squares { sum * sum / squares } else { 0.0 },
        heaviest: weights.iter().copied().fold(0.0, f64::max),
        mean_weight: mean(rows, &weights),
        clipped: weights.iter().filter(|weight| clip < **weight).count(),
        rewarded: rewarded.count(),
        estimates,
        doubts: Vec::new(),
    };
    judgement.doubts = doubts(&judgement);
    judgement
}

fn doubts(judgement: &Judgement) -> Vec<Doubt> {
    let (mean, spread) = judgement.mean_weight;
    let found = [
        (judgement.effective_share() < LEAST_EFFECTIVE, Doubt::FewEffective),
        // A tenth is allowed on top: small lacks of support are common and harmless.
        (1.5 * spread + 0.1 < (mean - 1.0).abs(), Doubt::NoSupport),
        (judgement.rewarded < LEAST_REWARDED, Doubt::FewRewarded),
    ];
    found.into_iter().filter(|(holds, _)| *holds).map(|(_, doubt)| doubt).collect()
}

fn ips(rows: &[Trial], weights: &[f64], by: Estimator) -> Estimate {
    let scores: Vec<f64> =
        rows.iter().zip(weights).map(|(row, weight)| weight * row.reward).collect();
    estimate(by, mean(rows, &scores))
}

/// By linearisation: the deviation of a trial is `w (r - value)`, over the mean weight.
fn snips(rows: &[Trial], weights: &[f64], by: Estimator) -> Estimate {
    let sum: f64 = weights.iter().sum();
    let earned: f64 = rows.iter().zip(weights).map(|(row, weight)| weight * row.reward).sum();
    if sum <= 0.0 {
        return estimate(by, (f64::NAN, f64::INFINITY));
    }
    let value = earned / sum;
    let scale = rows.len() as f64 / sum;
    let deviations = rows.iter().zip(weights).map(|(row, weight)| weight * (row.reward - value));
    let deviations: Vec<f64> = deviations.map(|deviation| deviation * scale).collect();
    estimate(by, (value, spread::of_mean(rows, &deviations)))
}

/// What models made without each trial's fold say of it: of the target there, and of what was shown.
fn residues(trials: &Trials, target: &Target) -> Vec<(f64, f64)> {
    let rows = &trials.trials;
    let whole = RewardModel::of(trials.actions, trials.places, rows.iter());
    let mut residues = vec![(0.0, 0.0); rows.len()];
    for fold in 0..FOLDS {
        let is_in = |row: &&Trial| spread::group_of(row, FOLDS) == fold;
        let model = whole.without(rows.iter().filter(is_in));
        let expected = target.expected(rows, &model);
        for (at, row) in rows.iter().enumerate().filter(|(_, row)| is_in(row)) {
            residues[at] = (expected[at], row.reward - model.reward(row.action, row.place));
        }
    }
    residues
}

fn doubly_robust(
    rows: &[Trial],
    weights: &[f64],
    residues: &[(f64, f64)],
    by: Estimator,
) -> Estimate {
    let scores = residues.iter().zip(weights);
    let scores: Vec<f64> =
        scores.map(|((expected, missed), weight)| expected + weight * missed).collect();
    estimate(by, mean(rows, &scores))
}

fn direct(trials: &Trials, target: &Target) -> Estimate {
    let rows = &trials.trials;
    let whole = RewardModel::of(trials.actions, trials.places, rows.iter());
    let value_without = |group: Option<u64>| {
        let is_in = |row: &&Trial| Some(spread::group_of(row, GROUPS)) == group;
        let model = whole.without(rows.iter().filter(is_in));
        let expected = target.expected(rows, &model);
        let rest = rows.iter().zip(&expected).filter(|(row, _)| !is_in(row));
        let (count, sum) = rest.fold((0.0, 0.0), |(n, sum), (_, one)| (n + 1.0, sum + one));
        sum / f64::max(count, 1.0)
    };
    let without: Vec<f64> = (0..GROUPS).map(|group| value_without(Some(group))).collect();
    estimate(Estimator::Dm, (value_without(None), spread::of_jackknife(&without)))
}

/// The mean of `numbers`, and half the width of its interval.
fn mean(rows: &[Trial], numbers: &[f64]) -> (f64, f64) {
    let mean = numbers.iter().sum::<f64>() / numbers.len().max(1) as f64;
    let deviations: Vec<f64> = numbers.iter().map(|number| number - mean).collect();
    (mean, spread::of_mean(rows, &deviations))
}

fn estimate(by: Estimator, (value, spread): (f64, f64)) -> Estimate {
    Estimate { by, value, low: value - spread, high: value + spread }
}

#[cfg(test)]
mod tests;
