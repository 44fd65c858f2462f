//! What happens in the shop, and when: new items, a burst, a drift of tastes.
//!
//! A round lasts as long as the demo is asked to; where it goes on, rounds follow each other.
//!
//! **Invariant:** a moment is a function of seed and time.

use super::dice::{Dice, Draw};
use super::goods::CATEGORIES;
use super::shop::OPENING_ITEMS;

/// Items that arrive in every round.
const ARRIVALS: usize = 96;

/// A stretch of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Nothing special.
    Opening,
    /// Items arrive.
    NewItems,
    /// A category is viral.
    Burst,
    /// Tastes move on.
    Drift,
    /// Nothing special, behind it all.
    After,
}

impl Phase {
    /// All of them, in their order.
    pub const ALL: [Self; 5] =
        [Self::Opening, Self::NewItems, Self::Burst, Self::Drift, Self::After];
    /// Where each begins, as a share of the round.
    const BEGIN: [f32; 6] = [0.0, 0.3, 0.45, 0.62, 0.8, 1.0];

    /// Its place in tables.
    #[must_use]
    pub fn place(self) -> usize {
        self as usize
    }

    /// A word for a column.
    #[must_use]
    pub fn name(self) -> &'static str {
        ["opening", "new items", "burst", "drift", "after"][self.place()]
    }
}

/// The script of one seed.
#[derive(Clone, Copy, Debug)]
pub struct Script {
    dice: Dice,
    round_s: f32,
}

/// How things are at one time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    /// The stretch of the round.
    pub phase: Phase,
    /// The round, from 0.
    pub round: u32,
    /// The category that is viral.
    pub burst: Option<usize>,
    /// How far tastes have drifted, in legs.
    pub drift: f32,
}

impl Script {
    /// A script whose rounds last `round_s` seconds.
    #[must_use]
    pub fn new(dice: Dice, round_s: f32) -> Self {
        Self { dice, round_s }
    }

    /// How things are after so many seconds.
    #[must_use]
    pub fn at(&self, seconds: f32) -> Moment {
        let (round, share) = self.place(seconds);
        let phase = phase_at(share);
        let burst = (phase == Phase::Burst)
            .then(|| self.dice.below(CATEGORIES, Draw::Burst, &[u64::from(round)]));
        let drift = round as f32 + passed(Phase::Drift, share);
        Moment { phase, round, burst, drift }
    }

    /// Items on the shelves after so many seconds.
    #[must_use]
    pub fn on_sale(&self, seconds: f32) -> usize {
        let (round, share) = self.place(seconds);
        let arrived = (passed(Phase::NewItems, share) * ARRIVALS as f32) as usize;
        OPENING_ITEMS + round as usize * ARRIVALS + arrived
    }

    /// The round, and how much of it has passed.
    fn place(&self, seconds: f32) -> (u32, f32) {
        let rounds = seconds.max(0.0) / self.round_s;
        (rounds as u32, rounds.fract())
    }
}

fn phase_at(share: f32) -> Phase {
    let begun = |phase: &&Phase| Phase::BEGIN[phase.place()] <= share;
    Phase::ALL.iter().rev().find(begun).copied().unwrap_or(Phase::Opening)
}

/// How much of a phase has passed, 0 before it and 1 behind it.
fn passed(phase: Phase, share: f32) -> f32 {
    let (begin, end) = (Phase::BEGIN[phase.place()], Phase::BEGIN[phase.place() + 1]);
    ((share - begin) / (end - begin)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests;
