//! The place of an impression: how likely it was looked at, and what that makes of a click or of none.
//!
//! Under [`PositionPolicy::Estimated`] the logit is that of relevance `g`, and a click needs that the place was examined,
//! with probability `t_k`, too (regression-EM: Wang et al., 2018, online). Without a click the place was examined with
//! probability `t (1 - g) / (1 - t g)`, which moves `t_k`, and the item was relevant with `(1 - t) g / (1 - t g)`, which
//! is learned as a soft label. The first place is always examined. Under [`PositionPolicy::Weighted`] the same estimate
//! weighs clicks by `1 / t_k` (Joachims et al., 2017), clipped, and divided by the mean of these weights.
//!
//! **Invariant:** `t_1` is 1; the other places stay within `LEAST..=1`.
//!
//! Not here: features; orders.

use super::config::{ClickConfig, PositionPolicy};
use crate::model::numeric::{exp, ln};
use crate::model::shared::Weights;

/// Places kept apart; later ones count as the last.
pub const PLACES: usize = 64;
/// Below this no place is believed to be.
const LEAST: f32 = 0.01;
/// How far one impression moves its place's estimate. In worlds of known truth 0.0005 is still halfway after 30,000 lists,
/// and 0.01 is noisier (`make bench BENCH=click_head`).
const RATE: f32 = 2e-3;
/// How far one click moves the mean weight.
const MEAN_RATE: f32 = 1e-3;

/// What is known of places.
#[derive(Clone, Debug, PartialEq)]
pub struct Positions {
    policy: PositionPolicy,
    clip: f32,
    /// Probabilities that a place is examined, given that the first one is.
    pub examined: [f32; PLACES],
    /// Weights of places, for [`PositionPolicy::Logit`].
    pub logits: Weights<PLACES>,
    /// Mean of clicks' weights, for [`PositionPolicy::Weighted`].
    pub mean_weight: f32,
}

/// What became of an impression, as position takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reaction {
    /// A click.
    Click,
    /// None.
    None,
    /// The user turned the item down, so they had looked at it.
    TurnedDown,
}

/// The probability behind a logit.
#[must_use]
#[inline]
pub fn sigmoid(z: f32) -> f32 {
    1.0 / (1.0 + exp(-z))
}

/// The logit of a probability, which is kept away from 0 and 1.
#[must_use]
#[inline]
pub fn logit(p: f32) -> f32 {
    let p = p.clamp(1e-7, 1.0 - 1e-6);
    ln(p / (1.0 - p))
}

impl Positions {
    /// What is believed before anything was seen: the further down, the less a place is looked at.
    #[must_use]
    pub fn new(config: &ClickConfig) -> Self {
        Self {
            policy: config.position,
            clip: config.position_clip.max(1.0),
            examined: std::array::from_fn(|place| 1.0 / ((place + 1) as f32).sqrt()),
            logits: Weights::starting(0.0, config.rates.start),
            mean_weight: 1.0,
        }
    }

    /// The logit of a click at `position`, from that of the row.
    #[must_use]
    pub fn at(&self, z: f32, position: u16) -> f32 {
        let Some(place) = place(position) else { return z };
        match self.policy {
            PositionPolicy::Ignored => z,
            PositionPolicy::Logit => z + self.logits.values[place],
            PositionPolicy::Estimated if place == 0 => z,
            PositionPolicy::Estimated => logit(self.examined[place] * sigmoid(z)),
            PositionPolicy::Weighted => logit(sigmoid(z) * self.mean_weight / self.weight(place)),
        }
    }

    /// What the log-likelihood's gradient multiplies `z`'s with.
    #[must_use]
    pub fn error(&self, z: f32, position: u16, reaction: Reaction) -> f32 {
        let label = f32::from(reaction == Reaction::Click);
        let Some(place) = place(position) else { return label - sigmoid(z) };
        match self.policy {
            PositionPolicy::Logit => label - sigmoid(z + self.logits.values[place]),
            PositionPolicy::Weighted => label * self.weight(place) / self.mean_weight - sigmoid(z),
            PositionPolicy::Estimated if reaction == Reaction::None => {
                let relevant = sigmoid(z);
                let examined = self.examined[place];
                (1.0 - examined) * relevant / (1.0 - examined * relevant).max(1e-6) - relevant
            }
            PositionPolicy::Ignored | PositionPolicy::Estimated => label - sigmoid(z),
        }
    }

    /// Learns from an impression whose row had the logit `z` and whose error was `error`.
    pub fn learn(&mut self, z: f32, position: u16, reaction: Reaction, error: f32, rate: f32) {
        let Some(place) = place(position) else { return };
        match self.policy {
            PositionPolicy::Ignored => {}
            PositionPolicy::Logit => {
                let (value, squares) =
                    (&mut self.logits.values[place], &mut self.logits.squares[place]);
                *squares += error * error;
                *value = (*value + rate * error / squares.sqrt()).clamp(-8.0, 8.0);
            }
            PositionPolicy::Estimated => self.estimate(z, place, reaction),
            PositionPolicy::Weighted => {
                // Relevance is what the head says times the mean weight that was divided out of its labels.
                let relevance = logit(sigmoid(z) * self.mean_weight);
                self.estimate(relevance, place, reaction);
                if reaction == Reaction::Click {
                    self.mean_weight += MEAN_RATE * (self.weight(place) - self.mean_weight);
                }
            }
        }
    }

    fn estimate(&mut self, z: f32, place: usize, reaction: Reaction) {
        if place == 0 {
            return;
        }
        let (relevant, examined) = (sigmoid(z), self.examined[place]);
        let looked_at = match reaction {
            Reaction::Click | Reaction::TurnedDown => 1.0,
            Reaction::None => examined * (1.0 - relevant) / (1.0 - examined * relevant).max(1e-6),
        };
        self.examined[place] = (examined + RATE * (looked_at - examined)).clamp(LEAST, 1.0);
    }

    fn weight(&self, place: usize) -> f32 {
        (1.0 / self.examined[place]).min(self.clip)
    }
}

fn place(position: u16) -> Option<usize> {
    usize::from(position).checked_sub(1).map(|place| place.min(PLACES - 1))
}

#[cfg(test)]
mod tests;
