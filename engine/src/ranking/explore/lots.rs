//! Drawing one place: what is left, what the category cap allows, how likely each is.
//!
//! **Invariant:** the chances of one place sum to 1.
//!
//! Not here: which places are drawn (see `explore`).

use crate::ranking::blend::ScoredCandidate;
use crate::ranking::diversity::Shares;
use crate::ranking::explore::DrawBy;

/// Below the best by so many temperatures an item weighs nothing in double precision.
const DEPTH: f32 = 40.0;

/// The new items among the candidates, and the chance that a drawn place is theirs.
#[derive(Debug)]
pub(super) struct New {
    /// Their places among the candidates.
    pub items: Vec<usize>,
    /// 0 to 1.
    pub chance: f64,
}

/// What the places of one list are given from.
pub(super) struct Lots<'a> {
    candidates: &'a [ScoredCandidate],
    /// The first so many candidates, best first, are for all draws, the others for new items alone.
    ranked: usize,
    new: New,
    shares: Shares<'a>,
    left: Vec<bool>,
    /// Chance of each candidate at the place that is drawn.
    chances: Vec<f64>,
}

impl<'a> Lots<'a> {
    pub fn new(
        candidates: &'a [ScoredCandidate],
        ranked: usize,
        new: New,
        shares: Shares<'a>,
    ) -> Self {
        let left = vec![true; candidates.len()];
        Self { candidates, ranked, new, shares, left, chances: vec![0.0; candidates.len()] }
    }

    /// The item that is due next: of the list without exploration the first that is left and that the cap allows.
    pub fn due(&self, list: &[usize]) -> usize {
        let mut left = list.iter().copied().filter(|at| self.left[*at]);
        let first = left.clone().next();
        let allowed = left.find(|at| self.allows(*at));
        // A place takes one of them at most, so one is left for each place.
        allowed.or(first).unwrap_or(0)
    }

    /// Draws an item by `luck`, 0 to 1; with its chance, which is below 1.
    pub fn draw(&mut self, method: DrawBy, due: usize, luck: f64) -> (usize, f64) {
        self.set_chances(method, due);
        let chances = self.chances.iter().enumerate().filter(|(_, chance)| 0.0 < **chance);
        let mut sum = 0.0;
        let mut drawn = (due, self.chances[due]);
        for (at, chance) in chances {
            drawn = (at, *chance);
            sum += chance;
            if luck < sum {
                break;
            }
        }
        (drawn.0, drawn.1.min(1.0_f64.next_down()))
    }

    /// An item has its place.
    pub fn take(&mut self, at: usize) {
        self.left[at] = false;
        self.shares.take(self.candidates[at].item);
    }

    /// Each candidate's chance at this place.
    #[cfg(test)]
    pub fn chances(&mut self, method: DrawBy, due: usize) -> &[f64] {
        self.set_chances(method, due);
        &self.chances
    }

    fn set_chances(&mut self, method: DrawBy, due: usize) {
        self.chances.fill(0.0);
        let new = self.allowed(self.new.items.iter().copied());
        let given = self.spread_softly(&new, 1.0, self.new.chance);
        let all = 1.0 - given;
        match method {
            DrawBy::Off => self.chances[due] += all,
            DrawBy::PlackettLuce { temperature } => {
                let eligible = self.eligible();
                let given = self.spread_softly(&eligible, temperature, all);
                self.chances[due] += all - given;
            }
            DrawBy::Epsilon { epsilon } => {
                let eligible = self.eligible();
                let (evenly, epsilon) = (1.0 / eligible.len() as f64, f64::from(epsilon));
                for at in eligible {
                    self.chances[at] += all * epsilon * evenly;
                }
                self.chances[due] += all * (1.0 - epsilon);
            }
        }
    }

    /// What may be drawn: what is left and the cap allows; where that is nothing, what is left.
    fn eligible(&self) -> Vec<usize> {
        let allowed = self.allowed(0..self.ranked);
        if allowed.is_empty() {
            return (0..self.ranked).filter(|at| self.left[*at]).collect();
        }
        allowed
    }

    fn allowed(&self, among: impl Iterator<Item = usize>) -> Vec<usize> {
        among.filter(|at| self.left[*at] && self.allows(*at)).collect()
    }

    fn allows(&self, at: usize) -> bool {
        self.shares.allow(self.candidates[at].item)
    }

    /// Adds `share` to the chances of `items`, divided in proportion to `e^(score / temperature)`; says how much of it
    /// was given: all, or nothing where no item has a weight.
    fn spread_softly(&mut self, items: &[usize], temperature: f32, share: f64) -> f64 {
        let score = |at: usize| self.candidates[at].score;
        let best = items.iter().map(|at| score(*at)).fold(f32::NEG_INFINITY, f32::max);
        let weight = |at: usize| {
            let below = (best - score(at)) / temperature;
            // Also false where a number is none.
            if below <= DEPTH { f64::from(-below).exp() } else { 0.0 }
        };
        let weights: Vec<f64> = items.iter().map(|at| weight(*at)).collect();
        let sum: f64 = weights.iter().sum();
        if sum <= 0.0 {
            return 0.0;
        }
        for (at, weight) in items.iter().zip(weights) {
            self.chances[*at] += share * weight / sum;
        }
        share
    }
}

/// A number from 0 to below 1 from a mixed word.
pub(super) fn unit(word: u64) -> f64 {
    (word >> 11) as f64 / (1_u64 << 53) as f64
}
