//! A bandit whose truth is known, on which the estimators are judged.
//!
//! Ten items at three places, shown to three sorts of users who like different items. The log knows the sort and shows
//! mostly what the sort likes; the model of the reward does not see it.

use super::{Intent, Target, Trial, Trials};
use crate::model::numeric::mix;

const ACTIONS: usize = 10;
const PLACES: usize = 3;
const SORTS: usize = 3;

/// One log, with what it takes to know the truth.
pub(super) struct Bandit {
    pub trials: Trials,
    sorts: Vec<usize>,
    /// How sharply the log chooses; at 0 it chooses evenly.
    sharpness: f64,
}

impl Bandit {
    /// A log of `rows` rows drawn from `seed`.
    pub fn new(rows: u64, sharpness: f64, seed: u64) -> Self {
        let mut bandit = Self {
            trials: Trials { trials: Vec::new(), actions: ACTIONS, places: PLACES },
            sorts: Vec::new(),
            sharpness,
        };
        for row in 0..rows {
            let unit = |draw: u64| (mix(mix(seed, row), draw) >> 11) as f64 / (1_u64 << 53) as f64;
            let sort = (unit(0) * SORTS as f64) as usize;
            let place = (unit(1) * PLACES as f64) as usize;
            let chances = bandit.logged(sort);
            let action = pick(&chances, unit(2));
            bandit.sorts.push(sort);
            bandit.trials.trials.push(Trial {
                action: action as u32,
                place: place as u32,
                cluster: row,
                reward: f64::from(u8::from(unit(3) < click(sort, action, place))),
                propensity: chances[action],
            });
        }
        bandit
    }

    /// What the log does for a sort of users.
    fn logged(&self, sort: usize) -> Vec<f64> {
        softmax(|action| self.sharpness * click(sort, action, 0))
    }

    /// A target that knows the sorts, too, and likes what they do not.
    pub fn contrary(&self) -> Target {
        let intent = |(sort, trial): (&usize, &Trial)| {
            let chances = contrary(*sort);
            let chance = chances[trial.action as usize];
            Intent { chance, all: Some((0..).zip(chances).collect()) }
        };
        Target::ByTrial(self.sorts.iter().zip(&self.trials.trials).map(intent).collect())
    }
}

/// What showing every item evenly earns.
pub(super) fn truth_of_uniform() -> f64 {
    mean_over_sorts(|_| vec![1.0 / ACTIONS as f64; ACTIONS])
}

/// What [`Bandit::contrary`] earns.
pub(super) fn truth_of_contrary() -> f64 {
    mean_over_sorts(contrary)
}

fn contrary(sort: usize) -> Vec<f64> {
    softmax(|action| -4.0 * click(sort, action, 0))
}

fn mean_over_sorts(chances: impl Fn(usize) -> Vec<f64>) -> f64 {
    let of = |sort: usize, place: usize| -> f64 {
        chances(sort).iter().enumerate().map(|(action, p)| p * click(sort, action, place)).sum()
    };
    let all = (0..SORTS).flat_map(|sort| (0..PLACES).map(move |place| (sort, place)));
    all.map(|(sort, place)| of(sort, place)).sum::<f64>() / (SORTS * PLACES) as f64
}

/// The chance of a click.
fn click(sort: usize, action: usize, place: usize) -> f64 {
    let liked = if action % SORTS == sort { 0.35 } else { 0.05 };
    (liked + 0.02 * action as f64) / (1.0 + 0.5 * place as f64)
}

fn softmax(score: impl Fn(usize) -> f64) -> Vec<f64> {
    let weights: Vec<f64> = (0..ACTIONS).map(|action| score(action).exp()).collect();
    let sum: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / sum).collect()
}

fn pick(chances: &[f64], luck: f64) -> usize {
    let mut sum = 0.0;
    let found = chances.iter().position(|chance| {
        sum += chance;
        luck < sum
    });
    found.unwrap_or(chances.len() - 1)
}
