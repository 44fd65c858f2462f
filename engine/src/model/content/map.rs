//! A linear map from content into the model's space, learned online from items that are chosen.
//!
//! `q = sum over parts x_f w_f`, the bias alike. Each choice of an item with content is a step of normalised least mean squares
//! (Widrow and Hoff, 1960) towards the item's row; rows of the map that were met seldom move further. A row starts
//! from 0 and never gets far from what was met, which is what a ridge penalty would see to.
//!
//! **Invariant:** a step costs work in proportion to the parts of one item's content.
//!
//! **Invariant:** a number that is none moves nothing.
//!
//! Not here: rows of items (see [`crate::model::items`]).

use crate::model::content::{BUCKETS, Content, EMBEDDING};
use crate::model::numeric::{Lane, add_scaled, is_finite, squared, zeros};

/// Rows of the map.
pub const ROWS: u32 = BUCKETS + EMBEDDING as u32;
/// The smallest step.
const STEADY_STEP: f32 = 0.05;
/// Times that a part must have been met to be half trusted.
const HALF_TRUST: f32 = 10.0;
/// Choices over which it is measured how well the map foretells rows.
const MEMORY: f32 = 500.0;

/// What one part of content says of an item's row.
#[derive(Clone, Debug, PartialEq)]
pub struct MapRow {
    /// Of its vector.
    pub vector: Box<[Lane]>,
    /// Of its bias.
    pub bias: f32,
    /// How often it was learned from.
    pub met: f32,
}

/// The map.
#[derive(Clone, Debug)]
pub struct ContentMap {
    lanes: usize,
    rows: Vec<Option<Box<MapRow>>>,
    /// Rows changed since the last cut.
    uncut: Vec<u32>,
    marked: Vec<bool>,
    /// Means of the squares of what the map missed and of what there was, over the last choices.
    missed: f32,
    there: f32,
}

/// Where the row of an item would start.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prior {
    /// The vector.
    pub vector: Vec<Lane>,
    /// The bias.
    pub bias: f32,
    /// How sure that is, from 0 to 1.
    pub certainty: f32,
}

impl ContentMap {
    /// A map of vectors of `lanes` that has learned nothing.
    #[must_use]
    pub fn new(lanes: usize) -> Self {
        let rows = ROWS as usize;
        Self {
            lanes,
            rows: vec![None; rows],
            uncut: Vec::new(),
            marked: vec![false; rows],
            missed: 0.0,
            there: 0.0,
        }
    }

    /// Lanes of a vector.
    #[must_use]
    pub fn lanes(&self) -> usize {
        self.lanes
    }

    /// What `content` says of its item's row.
    pub fn foretell(&self, content: &Content, prior: &mut Prior) {
        prior.vector.clear();
        prior.vector.resize(self.lanes, Lane::default());
        (prior.bias, prior.certainty) = (0.0, 0.0);
        let mut weight = 0.0;
        for (part, x) in content.parts() {
            weight += x * x;
            let Some(row) = self.row(part) else { continue };
            add_scaled(&mut prior.vector, x, &row.vector);
            prior.bias += x * row.bias;
            prior.certainty += x * x * row.met / (row.met + HALF_TRUST);
        }
        prior.certainty *= self.fit() / weight.max(1.0);
    }

    /// Learns that an item of `content` has this vector and bias; `scratch` is room to work in.
    pub fn learn(
        &mut self,
        content: &Content,
        (vector, bias): (&[Lane], f32),
        scratch: &mut Prior,
    ) {
        self.foretell(content, scratch);
        let there = squared(vector);
        let Prior { vector: rest, bias: rest_bias, .. } = scratch;
        for (rest, vector) in rest.iter_mut().zip(vector) {
            for (rest, number) in rest.0.iter_mut().zip(vector.0) {
                *rest = number - *rest;
            }
        }
        *rest_bias = bias - *rest_bias;
        if !is_finite(rest) || !rest_bias.is_finite() {
            return;
        }
        self.missed += (squared(rest) - self.missed) / MEMORY;
        self.there += (there - self.there) / MEMORY;
        let size: f32 = content.parts().map(|(_, x)| x * x).sum();
        for (part, x) in content.parts() {
            self.mark(part);
            let lanes = self.lanes;
            let row = self.rows[part as usize].get_or_insert_with(|| {
                Box::new(MapRow { vector: zeros(lanes), bias: 0.0, met: 0.0 })
            });
            row.met += 1.0;
            let step = STEADY_STEP.max(1.0 / (1.0 + row.met)) * x / size.max(1.0);
            add_scaled(&mut row.vector, step, rest);
            row.bias += step * *rest_bias;
        }
    }

    /// How much of an item's row the map foretells: 0 for nothing, 1 for all.
    #[must_use]
    pub fn fit(&self) -> f32 {
        if self.there <= 0.0 { 0.0 } else { (1.0 - self.missed / self.there).clamp(0.0, 1.0) }
    }

    pub(super) fn row(&self, part: u32) -> Option<&MapRow> {
        self.rows.get(part as usize)?.as_deref()
    }

    pub(super) fn lay(&mut self, part: u32, row: MapRow) {
        if let Some(held) = self.rows.get_mut(part as usize) {
            *held = Some(Box::new(row));
        }
    }

    pub(super) fn means(&self) -> [f32; 2] {
        [self.missed, self.there]
    }

    pub(super) fn set_means(&mut self, [missed, there]: [f32; 2]) {
        (self.missed, self.there) = (missed, there);
    }

    /// Rows changed since this was last asked, ascending.
    pub(super) fn take_uncut(&mut self) -> Vec<u32> {
        let mut uncut = std::mem::take(&mut self.uncut);
        for part in &uncut {
            self.marked[*part as usize] = false;
        }
        uncut.sort_unstable();
        uncut
    }

    pub(super) fn recut(&mut self) {
        for part in 0..ROWS {
            if self.row(part).is_some() {
                self.mark(part);
            }
        }
    }

    fn mark(&mut self, part: u32) {
        if !std::mem::replace(&mut self.marked[part as usize], true) {
            self.uncut.push(part);
        }
    }
}

#[cfg(test)]
mod tests;
