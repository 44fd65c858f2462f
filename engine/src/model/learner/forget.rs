//! Forgetting how sure it was, after what it learned has ceased to be so.
//!
//! `AdaGrad`'s steps get smaller with the sums of squares that it has gathered. Where the stream has changed, the sums are
//! taken back to a part of themselves, never below what they start from, and the model learns as fast again as it did
//! once.
//!
//! Sums are kept in checkpoints, and in users' rows wherever they are, times a unit that grows by the inverse of that part.
//! So nothing has to be written anew when it forgets: who reads an old sum divides by the unit of now. The part is a
//! power of two, hence exact.
//!
//! **Invariant:** a learner restored forgets and has forgotten as the one that was cut, bit for bit.
//!
//! Not here: when (see [`crate::model::versions`]).

use super::Learner;

/// What is left of the sums.
pub const LEFT: f32 = 0.125;
/// Units up to here are exact, and sums times such a unit far from infinity. From here on everything is written anew.
const LARGEST_UNIT: f32 = 1.0e15;
/// A user's sum of squares above this is of a unit that is no more: theirs starts anew.
const LARGEST_SUM: f32 = 1.0e7;

/// What sums of squares are kept in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SquaresUnit {
    unit: f32,
    start: f32,
}

impl SquaresUnit {
    /// Before anything was forgotten; `start` is what sums start from.
    #[must_use]
    pub fn new(start: f32) -> Self {
        Self { unit: 1.0, start }
    }

    /// As it was.
    #[must_use]
    pub fn of(unit: f32, start: f32) -> Self {
        Self { unit, start }
    }

    /// After sums were taken down to [`LEFT`] of themselves; `None` where all has to be written anew, in a unit of 1.
    #[must_use]
    pub fn grown(self) -> Option<Self> {
        let unit = self.unit / LEFT;
        (unit <= LARGEST_UNIT).then_some(Self { unit, ..self })
    }

    /// What forgetting leaves of a sum.
    #[must_use]
    pub fn left_of(self, sum: f32) -> f32 {
        (sum * LEFT).max(self.start)
    }

    /// The number.
    #[must_use]
    pub fn unit(self) -> f32 {
        self.unit
    }

    /// A sum as it is kept.
    #[must_use]
    pub fn kept(self, sum: f32) -> f32 {
        sum * self.unit
    }

    /// A sum that was kept.
    #[must_use]
    pub fn sum(self, kept: f32) -> f32 {
        (kept / self.unit).max(self.start)
    }

    /// A user's sum that was kept, wherever.
    #[must_use]
    pub fn user_sum(self, kept: f32) -> f32 {
        let sum = self.sum(kept);
        if sum <= LARGEST_SUM { sum } else { self.start }
    }
}

impl Learner {
    /// Forgets how sure it was.
    pub fn forget(&mut self) {
        let squares = self.items.squares;
        let less = |sum: &mut f32| *sum = squares.left_of(*sum);
        self.items.each_sum(less);
        self.shared.each_sum(less);
        if let Some(grown) = squares.grown() {
            self.items.squares = grown;
        } else {
            self.items.squares.unit = 1.0;
            self.recut();
        }
    }

    /// What its sums are kept in.
    #[must_use]
    pub fn squares_unit(&self) -> f32 {
        self.items.squares.unit
    }

    /// Takes a learner that was just restored for one whose sums were kept in `unit`.
    pub fn set_squares_unit(&mut self, unit: f32) {
        let squares = SquaresUnit::of(unit, self.config.rates.start);
        self.items.squares = squares;
        self.items.each_sum(|sum| *sum = squares.sum(*sum));
    }
}

#[cfg(test)]
mod tests;
