//! A vector for each user or item, drawn when it is first needed.

use crate::model::numeric::{LANE, Lane, normal};

/// Vectors by number.
#[derive(Clone, Debug)]
pub struct Vectors {
    lanes: usize,
    seed: u64,
    deviation: f32,
    rows: Vec<Lane>,
}

impl Vectors {
    /// No vectors; each will be of `16 * lanes` numbers drawn from a normal distribution around 0.
    #[must_use]
    pub fn new(lanes: usize, seed: u64, deviation: f32) -> Self {
        Self { lanes, seed, deviation, rows: Vec::new() }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len() / self.lanes
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Draws those up to the number `last`.
    pub fn ensure(&mut self, last: usize) {
        while self.len() <= last {
            let first = (self.rows.len() * LANE) as u64;
            for lane in 0..self.lanes {
                let draw = |place| {
                    self.deviation * normal(self.seed, first + (lane * LANE + place) as u64)
                };
                self.rows.push(Lane(std::array::from_fn(draw)));
            }
        }
    }

    /// A vector that there is.
    #[must_use]
    #[inline]
    pub fn row(&self, number: usize) -> &[Lane] {
        &self.rows[number * self.lanes..(number + 1) * self.lanes]
    }

    /// A vector that there is, to be changed.
    #[inline]
    pub fn row_mut(&mut self, number: usize) -> &mut [Lane] {
        &mut self.rows[number * self.lanes..(number + 1) * self.lanes]
    }
}
