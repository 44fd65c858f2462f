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
pub const FLOOR: f32 = 0.01;

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

    /// As it was after `events`, with the highest counts there were.
    #[must_use]
    pub fn of(half_lives: [f32; HALF_LIVES], events: u64, highest: Popularity) -> Self {
        Self { half_lives, events, highest }
    }

    /// The highest counts, as of when they last changed.
    #[must_use]
    pub fn highest_counts(&self) -> Popularity {
        self.highest
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

    /// Raises the highest counts to those of an item that were counted elsewhere.
    pub fn allow_for(&mut self, popularity: &Popularity) {
        let (counts, mut highest) = (self.counts(popularity), self.counts(&self.highest));
        if counts.iter().zip(&highest).any(|(count, highest)| highest < count) {
            for (highest, count) in highest.iter_mut().zip(counts) {
                *highest = highest.max(count);
            }
            self.highest = Popularity { counts: highest, touched: self.events };
        }
    }

    /// The counts as of now.
    #[must_use]
    pub fn counts(&self, popularity: &Popularity) -> [f32; HALF_LIVES] {
        let passed = self.passed(popularity);
        let mut counts = popularity.counts;
        for (place, count) in counts.iter_mut().enumerate() {
            self.decay(place, std::slice::from_mut(count), &[passed]);
        }
        counts
    }

    /// Turns counts of half-life number `place`, `passed` events ago, into counts as of now.
    #[inline]
    pub fn decay(&self, place: usize, counts: &mut [f32], passed: &[f32]) {
        let rate = self.rate(place);
        for (count, passed) in counts.iter_mut().zip(passed) {
            *count *= exp2(passed * rate);
        }
    }

    /// The number of events of which `low` is the low half, where it is less than four billion ago.
    #[must_use]
    pub fn full(&self, low: u32) -> u64 {
        self.events.saturating_sub(u64::from((self.events as u32).wrapping_sub(low)))
    }

    /// By how many powers of two a count of half-life number `place` decays with each event: less than 0.
    #[must_use]
    #[inline]
    pub fn rate(&self, place: usize) -> f32 {
        -1.0 / self.half_lives[place]
    }

    /// How many events ago the item of `popularity` was touched.
    #[must_use]
    pub fn passed(&self, popularity: &Popularity) -> f32 {
        self.events.saturating_sub(popularity.touched) as f32
    }

    /// How many events ago an item was touched, by the low half of the number of events there had been.
    #[must_use]
    #[inline]
    pub fn passed_since(&self, low: u32) -> f32 {
        (self.events as u32).wrapping_sub(low) as f32
    }

    /// The highest count of half-life number `place`, above 0.
    #[must_use]
    pub fn highest(&self, place: usize) -> f32 {
        self.counts(&self.highest)[place].max(f32::MIN_POSITIVE)
    }
}

/// Turns counts into the model's terms: `ln(0.01 + c)`.
#[inline]
pub fn terms(counts: &mut [f32]) {
    for count in counts {
        *count = ln(FLOOR + *count);
    }
}

#[cfg(test)]
mod tests;
