//! How much goes on in a room: points of what its viewers do, fading over three half-lives.
//!
//! Heat is told as points a second: a steady stream of one point a second is heat 1 in all three, and a burst shows in the
//! short one first. Every kind of act is kept apart, so that a jump can be told by what it was made of.
//!
//! **Invariant:** eighteen numbers and a time, whatever the traffic.

use super::config::HeatConfig;
use super::event::{HEAT_KINDS, HeatKind};

use crate::Timestamp;
use crate::features::decay::remaining;

/// Fading points by half-life and kind.
#[derive(Clone, Debug, Default, PartialEq, bincode::Encode, bincode::Decode)]
pub(super) struct Heat {
    points: [[f64; HEAT_KINDS]; 3],
    at: Timestamp,
}

impl Heat {
    /// Adds `points` of a kind that happened at `at`, early or late.
    pub(super) fn add(&mut self, kind: HeatKind, points: f64, at: Timestamp, config: &HeatConfig) {
        let forward = at.millis_since(self.at);
        let late = self.at.millis_since(at);
        for (row, half_life) in self.points.iter_mut().zip(config.half_lives_ms) {
            if 0 < forward {
                let left = remaining(forward, half_life);
                *row = row.map(|points| points * left);
            }
            row[kind as usize] += points * remaining(late, half_life);
        }
        self.at = self.at.max(at);
    }

    /// The newest time of what was added.
    pub(super) fn newest(&self) -> Timestamp {
        self.at
    }

    /// Points a second at `at`, over the three half-lives.
    pub(super) fn rates(&self, at: Timestamp, config: &HeatConfig) -> [f64; 3] {
        let mut rates = [0.0; 3];
        for (window, rate) in rates.iter_mut().enumerate() {
            *rate = self.by_kind(window, at, config).iter().sum();
        }
        rates
    }

    /// Points a second at `at` over the short half-life.
    pub(super) fn short(&self, at: Timestamp, config: &HeatConfig) -> f64 {
        self.by_kind(0, at, config).iter().sum()
    }

    /// Points a second at `at` over one half-life, by kind.
    pub(super) fn by_kind(
        &self,
        window: usize,
        at: Timestamp,
        config: &HeatConfig,
    ) -> [f64; HEAT_KINDS] {
        let half_life = config.half_lives_ms[window];
        // The integral of what is left of one point: with it a steady stream comes to its own rate.
        let per_second = std::f64::consts::LN_2 * 1_000.0 / half_life.max(1) as f64;
        let left = remaining(at.millis_since(self.at), half_life) * per_second;
        self.points[window].map(|points| points * left)
    }
}
