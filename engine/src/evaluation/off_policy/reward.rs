//! A model of the reward: the mean of each item at each place, drawn towards more general ones where there is little.
//!
//! With `g` the mean of all, `g_a` of an item and `g_k` of a place (both drawn towards `g`), a cell starts from
//! `g_a g_k / g` and goes over to its own mean as it fills: it counts half once it has been shown `strength` times,
//! which is as often as one click takes on average.
//!
//! Not here: what a user is like. Where the log chose by the user, the model cannot tell a good item from one that was
//! shown to the right users; that is what DR is for.

use super::Trial;

/// Sums of rewards and trials by item, by place and by both.
#[derive(Clone, Debug)]
pub struct RewardModel {
    actions: usize,
    cells: Vec<Sum>,
    by_action: Vec<Sum>,
    by_place: Vec<Sum>,
    all: Sum,
}

#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    trials: f64,
    rewards: f64,
}

impl Sum {
    fn add(&mut self, reward: f64, sign: f64) {
        self.trials += sign;
        self.rewards += sign * reward;
    }

    fn towards(&self, prior: f64, strength: f64) -> f64 {
        (self.rewards + strength * prior) / (self.trials + strength)
    }
}

/// Times that a cell is shown before its own mean counts half, at least and at most.
const STRENGTH: [f64; 2] = [4.0, 10_000.0];

impl RewardModel {
    /// The model of `trials`.
    #[must_use]
    pub fn of<'a>(actions: usize, places: usize, trials: impl Iterator<Item = &'a Trial>) -> Self {
        let mut model = Self {
            actions,
            cells: vec![Sum::default(); actions * places],
            by_action: vec![Sum::default(); actions],
            by_place: vec![Sum::default(); places],
            all: Sum::default(),
        };
        for trial in trials {
            model.count(trial, 1.0);
        }
        model
    }

    /// The model without `trials`, which it was made of.
    #[must_use]
    pub fn without<'a>(&self, trials: impl Iterator<Item = &'a Trial>) -> Self {
        let mut model = self.clone();
        for trial in trials {
            model.count(trial, -1.0);
        }
        model
    }

    /// The reward of `action` at `place`.
    #[must_use]
    pub fn reward(&self, action: u32, place: u32) -> f64 {
        let (action, place) = (action as usize, place as usize);
        let mean = self.all.rewards / self.all.trials.max(1.0);
        let strength = if 0.0 < mean { 1.0 / mean } else { STRENGTH[1] };
        let strength = strength.clamp(STRENGTH[0], STRENGTH[1]);
        let of_action = self.by_action[action].towards(mean, strength);
        let of_place = self.by_place[place].towards(mean, strength);
        let prior = if 0.0 < mean { of_action * of_place / mean } else { of_action };
        self.cells[place * self.actions + action].towards(prior, strength)
    }

    fn count(&mut self, trial: &Trial, sign: f64) {
        let (action, place) = (trial.action as usize, trial.place as usize);
        let sums = [
            &mut self.cells[place * self.actions + action],
            &mut self.by_action[action],
            &mut self.by_place[place],
            &mut self.all,
        ];
        for sum in sums {
            sum.add(trial.reward, sign);
        }
    }
}

#[cfg(test)]
mod tests;
