//! Counts that halve every so many events.
//!
//! What is kept is the count times `2^(events / half-life)`, so that an event changes one number and not all.

use crate::model::numeric::{exp2, ln};

/// Where all counts are brought back to the present.
const RESCALE: f32 = 1e15;

/// Decayed counts of items.
#[derive(Clone, Debug)]
pub struct DecayedCounts {
    scaled: Vec<f32>,
    unit: f32,
    growth: f32,
    most: f32,
}

impl DecayedCounts {
    /// Nothing counted; counts halve every `half_life` events.
    #[must_use]
    pub fn new(half_life: f32) -> Self {
        Self { scaled: Vec::new(), unit: 1.0, growth: exp2(1.0 / half_life.max(1.0)), most: 0.0 }
    }

    /// Counts an event on `item`.
    pub fn add(&mut self, item: usize) {
        self.unit *= self.growth;
        if self.scaled.len() <= item {
            self.scaled.resize(item + 1, 0.0);
        }
        self.scaled[item] += self.unit;
        self.most = self.most.max(self.scaled[item]);
        if RESCALE < self.unit {
            for count in &mut self.scaled {
                *count /= self.unit;
            }
            self.most /= self.unit;
            self.unit = 1.0;
        }
    }

    /// The count of `item` as a share of the highest that any had; 0 to 1.
    #[must_use]
    #[inline]
    pub fn share(&self, item: usize) -> f32 {
        self.scaled.get(item).map_or(0.0, |count| count / self.most)
    }

    /// Adds `weight * ln(share + floor)` of each item to its score.
    pub fn add_logs(&self, weight: f32, floor: f32, scores: &mut [f32]) {
        let scale = if 0.0 < self.most { 1.0 / self.most } else { 0.0 };
        for (score, count) in scores.iter_mut().zip(&self.scaled) {
            *score += weight * ln(count * scale + floor);
        }
    }
}
