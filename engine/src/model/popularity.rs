//! How often an item was chosen lately, as the model counts it: in events, at three half-lives.
//!
//! The same rule as item activity's counts (`c <- c * 2^(-d/H) + 1`), in the learner's own order, because what
//! the model is trained on must follow from its samples alone.
//!
//! **Invariant:** all counts decay alike, so the item with the highest one keeps it until another is touched.
//!
//! Not here: the weights of these terms (see `shared`).

use crate::model::config::HALF_LIVES;
use crate::model::numeric::{exp2, ln};

/// What is added to a count before its logarithm is taken.
const FLOOR: f32 = 0.01;

/// One item's decayed counts.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Popularity {
    /// The counts as of `touched`.
    pub counts: [f32; HALF_LIVES],
    /// How many positive events there had been when the item was last touched.
    pub touched: u64,
}

/// The events counted so far, and the highest count of each half-life.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EventCount {
    half_lives: [f32; HALF_LIVES],
    /// Positive events on any item.
    pub events: u64,
    highest: Popularity,
}

impl EventCount {
    /// Nothing counted.
    #[must_use]
    pub fn new(half_lives: [f32; HALF_LIVES]) -> Self {
        Self { half_lives, events: 0, highest: Popularity::default() }
    }

    /// Counts a positive event on the item of `popularity`.
    pub fn touch(&mut self, popularity: &mut Popularity) {
        self.events += 1;
        let (mut counts, mut highest) = (self.counts(popularity), self.counts(&self.highest));
        for (count, highest) in counts.iter_mut().zip(&mut highest) {
            *count += 1.0;
            *highest = highest.max(*count);
        }
        *popularity = Popularity { counts, touched: self.events };
        self.highest = Popularity { counts: highest, touched: self.events };
    }

    /// The counts as of now.
    #[must_use]
    pub fn counts(&self, popularity: &Popularity) -> [f32; HALF_LIVES] {
        let passed = self.events.saturating_sub(popularity.touched) as f32;
        let mut counts = popularity.counts;
        for (count, half_life) in counts.iter_mut().zip(&self.half_lives) {
            *count *= exp2(-passed / half_life);
        }
        counts
    }

    /// The counts as the model's terms: `ln(0.01 + c)`.
    #[must_use]
    pub fn terms(&self, popularity: &Popularity) -> [f32; HALF_LIVES] {
        self.counts(popularity).map(|count| ln(FLOOR + count))
    }

    /// The count of half-life number `place` as a share of the highest.
    #[must_use]
    pub fn share(&self, popularity: &Popularity, place: usize) -> f32 {
        let highest = self.counts(&self.highest)[place].max(f32::MIN_POSITIVE);
        self.counts(popularity)[place] / highest
    }
}

#[cfg(test)]
mod tests;
