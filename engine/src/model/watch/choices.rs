//! How well choices were foretold: the blend's log loss and the place of the item chosen among items drawn alike.
//!
//! Not here: drawing and scoring them (see the learner).

use bincode::{Decode, Encode};

use crate::model::numeric::ln;

/// Samples of a window. Figures are those of the last full one and the one that is being filled.
pub const WINDOW: u64 = 2_000;
/// Ranks from here on count alike, and what their logarithm is divided by.
const WORST_RANK: f32 = 5_000.0;
const LOG_WORST: f32 = 8.6;
/// A loss counts at most this much: one choice that was held impossible says no more than that.
const MOST_LOSS: f32 = 20.0;

/// What a model said of a choice before it learned from it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Foretold {
    /// Minus the blend's log-likelihood of the item chosen, among it and the items drawn, in nats.
    pub loss: f32,
    /// Share of the items drawn that it put before the item chosen, equal ones half: 0 is best.
    pub above: f32,
    /// Items drawn from.
    pub known: u32,
}

/// Windows of what was foretold.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
pub struct Choices {
    last: Sums,
    current: Sums,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Encode, Decode)]
struct Sums {
    samples: u64,
    loss: f64,
    above: f64,
    reciprocal: f64,
}

/// Figures over the newest samples.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ChoiceFigures {
    /// How many they are of.
    pub samples: u64,
    /// Mean loss, in nats.
    pub log_loss: f64,
    /// How probably the item chosen is put before one that was drawn: the area under the curve.
    pub auc: f64,
    /// Mean of one over the rank among all items known, as estimated from those drawn.
    pub reciprocal_rank: f64,
}

impl Foretold {
    /// That of a field of scores of which the first is the item chosen; `None` where it is alone, or something is no
    /// number.
    #[must_use]
    pub fn of(scores: &[f32], known: usize) -> Option<Self> {
        let (chosen, drawn) = scores.split_first().filter(|(_, drawn)| !drawn.is_empty())?;
        let highest = scores.iter().fold(f32::NEG_INFINITY, |highest, score| highest.max(*score));
        let sum: f32 = scores.iter().map(|score| crate::model::numeric::exp(score - highest)).sum();
        let (mut more, mut equal) = (0_u32, 0_u32);
        for score in drawn {
            more += u32::from(chosen < score);
            equal += u32::from(chosen.total_cmp(score).is_eq());
        }
        let loss = ln(sum.max(f32::MIN_POSITIVE)) + highest - chosen;
        let above = (more as f32 + 0.5 * equal as f32) / drawn.len() as f32;
        loss.is_finite().then_some(Self { loss: loss.min(MOST_LOSS), above, known: known as u32 })
    }

    /// What a model says that cannot compute any more.
    #[must_use]
    pub fn worst(known: usize) -> Self {
        Self { loss: MOST_LOSS, above: 1.0, known: known as u32 }
    }

    /// The rank among all known items, nearly.
    #[must_use]
    pub fn rank(&self) -> f32 {
        1.0 + self.above * self.known.saturating_sub(1) as f32
    }

    /// The logarithm of the rank, 0 for the first and about 1 from the five-thousandth on.
    #[must_use]
    pub fn log_rank(&self) -> f32 {
        ln(self.rank().min(WORST_RANK)) / LOG_WORST
    }
}

impl Choices {
    /// Takes a choice in.
    pub fn add(&mut self, foretold: &Foretold) {
        if self.current.samples == WINDOW {
            self.last = std::mem::take(&mut self.current);
        }
        let sums = &mut self.current;
        sums.samples += 1;
        sums.loss += f64::from(foretold.loss);
        sums.above += f64::from(foretold.above);
        sums.reciprocal += 1.0 / f64::from(foretold.rank());
    }

    /// Figures of the newest samples, at most two windows.
    #[must_use]
    pub fn figures(&self) -> ChoiceFigures {
        let (last, current) = (&self.last, &self.current);
        let samples = last.samples + current.samples;
        let mean = |sum: f64| if samples == 0 { 0.0 } else { sum / samples as f64 };
        ChoiceFigures {
            samples,
            log_loss: mean(last.loss + current.loss),
            auc: if samples == 0 { 0.5 } else { 1.0 - mean(last.above + current.above) },
            reciprocal_rank: mean(last.reciprocal + current.reciprocal),
        }
    }
}

#[cfg(test)]
mod tests;
