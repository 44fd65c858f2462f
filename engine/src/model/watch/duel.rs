//! Two models on the same samples: whether one is worse, beyond chance.
//!
//! Both say what they foretold of a sample before either learns from it. The differences fade exponentially, so that
//! the newest few hundred count. One is worse where its mean loss exceeds the other's by more than is tolerated, or its
//! log rank does, and the difference is more than [`SIGMAS`] of its standard errors. Neighbouring samples are of the same
//! users, so errors are larger than independent samples would have; hence so many.
//!
//! **Invariant:** no verdict before [`LEAST`] pairs.
//!
//! Not here: which samples are compared, and what follows.

use bincode::{Decode, Encode};

use crate::model::watch::choices::Foretold;

/// Pairs before there is a verdict.
pub const LEAST: f64 = 200.0;
/// Pairs over which the sums fade.
const SPAN: f64 = 1_000.0;
/// Standard errors by which the difference must exceed zero.
const SIGMAS: f64 = 4.0;
/// By how much the mean log rank, from 0 to 1, may be worse: a twelfth more of the way to the five-thousandth rank.
const RANK_TOLERANCE: f64 = 0.08;

/// Fading sums over pairs.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
pub struct Duel {
    loss: Pairs,
    rank: Pairs,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Encode, Decode)]
struct Pairs {
    count: f64,
    ours: f64,
    theirs: f64,
    /// Of the differences.
    squares: f64,
}

/// How it stands.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Too few pairs, or no difference beyond chance and tolerance.
    Open,
    /// Ours foretells worse.
    Worse,
}

impl Duel {
    /// Takes what both said of a sample.
    pub fn add(&mut self, ours: &Foretold, theirs: &Foretold) {
        self.loss.add(ours.loss, theirs.loss);
        self.rank.add(ours.log_rank(), theirs.log_rank());
    }

    /// How it stands where ours may have a loss greater by the share `tolerance`.
    pub fn verdict(&self, tolerance: f64) -> Verdict {
        let worse = self.loss.exceeds(tolerance * self.loss.mean(self.loss.theirs))
            || self.rank.exceeds(RANK_TOLERANCE);
        if worse { Verdict::Worse } else { Verdict::Open }
    }

    /// Pairs that count.
    #[must_use]
    pub fn pairs(&self) -> f64 {
        self.loss.count
    }

    /// Mean losses over them: ours and theirs.
    #[must_use]
    pub fn losses(&self) -> [f64; 2] {
        [self.loss.mean(self.loss.ours), self.loss.mean(self.loss.theirs)]
    }
}

impl Pairs {
    fn add(&mut self, ours: f32, theirs: f32) {
        let (ours, theirs) = (f64::from(ours), f64::from(theirs));
        for (sum, number) in [
            (&mut self.count, 1.0),
            (&mut self.ours, ours),
            (&mut self.theirs, theirs),
            (&mut self.squares, (ours - theirs) * (ours - theirs)),
        ] {
            *sum += number - *sum / SPAN;
        }
    }

    fn mean(&self, sum: f64) -> f64 {
        if self.count == 0.0 { 0.0 } else { sum / self.count }
    }

    /// Whether ours exceed theirs by more than `margin`, and beyond chance.
    fn exceeds(&self, margin: f64) -> bool {
        let difference = self.mean(self.ours - self.theirs);
        let variance = (self.mean(self.squares) - difference * difference).max(0.0);
        let error = (variance / self.count.max(1.0)).sqrt();
        LEAST <= self.count && margin < difference && SIGMAS * error < difference
    }
}

#[cfg(test)]
mod tests;
