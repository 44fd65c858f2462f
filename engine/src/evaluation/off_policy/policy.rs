//! Ways of choosing items that a log is asked about.
//!
//! **Invariant:** the chances of all actions at one place sum to 1, but for [`Target::ByTrial`], where they are the
//! caller's.

use super::{RewardModel, Trial, Trials};

/// A way of choosing items.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// By the place alone: the chances of all actions at each place.
    ByPlace(Vec<Vec<f64>>),
    /// Trial by trial, in their order.
    ByTrial(Vec<Intent>),
}

/// What the target would have done at one trial.
#[derive(Clone, Debug, PartialEq)]
pub struct Intent {
    /// Chance of the item that was shown.
    pub chance: f64,
    /// Chances of all actions that have one; `None` where only the above is known.
    pub all: Option<Vec<(u32, f64)>>,
}

impl Target {
    /// Every action as often as any other.
    #[must_use]
    pub fn uniform(trials: &Trials) -> Self {
        let even = vec![1.0 / trials.actions.max(1) as f64; trials.actions];
        Self::ByPlace(vec![even; trials.places])
    }

    /// Each action in proportion to the rewards that it had in `earlier` trials, and one to begin with.
    #[must_use]
    pub fn popularity(trials: &Trials, earlier: &[Trial]) -> Self {
        let mut rewards = vec![1.0; trials.actions];
        for trial in earlier {
            rewards[trial.action as usize] += trial.reward.max(0.0);
        }
        let sum: f64 = rewards.iter().sum();
        let shares: Vec<f64> = rewards.iter().map(|reward| reward / sum).collect();
        Self::ByPlace(vec![shares; trials.places])
    }

    /// At each place the one action that `earlier` trials put there with the highest probability, as a mean over
    /// those that showed it there; where nothing was shown, the first.
    #[must_use]
    pub fn greedy(trials: &Trials, earlier: &[Trial]) -> Self {
        let mut sums = vec![vec![(0.0, 0.0); trials.actions]; trials.places];
        for trial in earlier {
            let sum = &mut sums[trial.place as usize][trial.action as usize];
            (sum.0, sum.1) = (sum.0 + trial.propensity, sum.1 + 1.0);
        }
        let mean = |sum: &(f64, f64)| if 0.0 < sum.1 { sum.0 / sum.1 } else { 0.0 };
        let only_best = |sums: Vec<(f64, f64)>| {
            let means: Vec<f64> = sums.iter().map(mean).collect();
            // The first of equal ones.
            let best = (0..means.len()).rev().max_by(|a, b| means[*a].total_cmp(&means[*b]));
            (0..means.len()).map(|at| f64::from(u8::from(Some(at) == best))).collect()
        };
        Self::ByPlace(sums.into_iter().map(only_best).collect())
    }

    /// Chance of what was shown at trial number `at`.
    #[must_use]
    pub fn chance(&self, at: usize, trial: &Trial) -> f64 {
        match self {
            Self::ByPlace(chances) => chances[trial.place as usize][trial.action as usize],
            Self::ByTrial(intents) => intents[at].chance,
        }
    }

    /// Whether the chances of all actions are known, which DM and DR need.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        match self {
            Self::ByPlace(_) => true,
            Self::ByTrial(intents) => intents.iter().all(|intent| intent.all.is_some()),
        }
    }

    /// What `model` expects of the target at each of `trials`, in their order; 0 where not all chances are known.
    #[must_use]
    pub fn expected(&self, trials: &[Trial], model: &RewardModel) -> Vec<f64> {
        match self {
            Self::ByPlace(chances) => {
                let of_place = |(place, chances): (u32, &Vec<f64>)| {
                    let each = (0..).zip(chances).filter(|(_, chance)| 0.0 < **chance);
                    each.map(|(action, chance)| chance * model.reward(action, place)).sum()
                };
                let by_place: Vec<f64> = (0..).zip(chances).map(of_place).collect();
                trials.iter().map(|trial| by_place[trial.place as usize]).collect()
            }
            Self::ByTrial(intents) => {
                let one = |(trial, intent): (&Trial, &Intent)| {
                    let all = intent.all.iter().flatten();
                    all.map(|(action, chance)| chance * model.reward(*action, trial.place)).sum()
                };
                trials.iter().zip(intents).map(one).collect()
            }
        }
    }
}
