//! Sixteen features as readers see them: names, weights and vectors on one run of cache lines.
//!
//! One allocation holds two lanes of names (hashed values, then field numbers with a mark for those not admitted yet),
//! a lane of weights for the click and for each goal, then the sixteen vectors. Cloning shares; the first write after
//! that copies.
//!
//! **Invariant:** a clone never sees a write made after it was taken.
//!
//! Not here: sums of squares and sightings, which only training reads (see `table`).

use std::sync::Arc;

use crate::model::numeric::{LANE, Lane};

/// Features in a chunk: as many as a lane has columns.
pub const ROWS: usize = LANE;

const VALUES: usize = 0;
const FIELDS: usize = 1;
const WEIGHTS: usize = 2;
/// Set in a field's number where the feature was not seen often enough yet.
const WAITING: u32 = 1 << 8;

/// A feature's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Feature {
    /// Number of its field.
    pub field: u8,
    /// Hashed value.
    pub value: u32,
}

impl Feature {
    /// Name as one number, which its hash is made from.
    #[must_use]
    pub fn number(self) -> u64 {
        u64::from(self.field) << 32 | u64::from(self.value)
    }
}

/// Sixteen features: names, weights, vectors.
#[derive(Clone, Debug)]
pub struct Chunk {
    lanes: Arc<[Lane]>,
    columns: u8,
}

impl Chunk {
    /// A chunk without features, of `columns` weights and `lanes` lanes of vector a feature.
    #[must_use]
    pub fn empty(columns: usize, lanes: usize) -> Self {
        Self {
            lanes: vec![Lane::default(); WEIGHTS + columns + ROWS * lanes].into(),
            columns: columns as u8,
        }
    }

    /// Where `feature` is, admitted.
    #[must_use]
    #[inline]
    pub fn find(&self, feature: Feature) -> Option<usize> {
        self.find_marked(feature, 0)
    }

    /// Where `feature` is, not admitted yet.
    #[must_use]
    #[inline]
    pub fn find_waiting(&self, feature: Feature) -> Option<usize> {
        self.find_marked(feature, WAITING)
    }

    /// The first place without a feature.
    #[must_use]
    pub fn free(&self) -> Option<usize> {
        self.lanes[FIELDS].0.iter().position(|field| field.to_bits() == 0)
    }

    /// The feature at a place.
    #[must_use]
    pub fn feature(&self, within: usize) -> Option<Feature> {
        let field = self.lanes[FIELDS].0[within].to_bits() & !WAITING;
        let value = self.lanes[VALUES].0[within].to_bits();
        Some(Feature { field: field.checked_sub(1)? as u8, value })
    }

    /// Whether there is an admitted feature at a place.
    #[must_use]
    #[inline]
    pub fn is_admitted(&self, within: usize) -> bool {
        let field = self.lanes[FIELDS].0[within].to_bits();
        field != 0 && field & WAITING == 0
    }

    /// Weights of column `column`: 0 for the click, then the goals.
    #[must_use]
    #[inline]
    pub fn weights(&self, column: usize) -> &[f32; ROWS] {
        &self.lanes[WEIGHTS + column].0
    }

    /// One vector.
    #[must_use]
    #[inline]
    pub fn vector(&self, within: usize) -> &[Lane] {
        let vectors = &self.lanes[WEIGHTS + usize::from(self.columns)..];
        let lanes = vectors.len() / ROWS;
        &vectors[within * lanes..][..lanes]
    }

    /// Puts `feature` at a place, with no weight yet.
    pub fn put(&mut self, within: usize, feature: Feature, vector: &[Lane]) {
        let field = (u32::from(feature.field) + 1) | WAITING;
        let columns = usize::from(self.columns);
        let lanes = self.own();
        lanes[VALUES].0[within] = f32::from_bits(feature.value);
        lanes[FIELDS].0[within] = f32::from_bits(field);
        for column in 0..columns {
            lanes[WEIGHTS + column].0[within] = 0.0;
        }
        self.vector_mut(within).copy_from_slice(vector);
    }

    /// Admits the feature at a place.
    pub fn admit(&mut self, within: usize) {
        let field = &mut self.own()[FIELDS].0[within];
        *field = f32::from_bits(field.to_bits() & !WAITING);
    }

    /// Empties a place.
    pub fn clear(&mut self, within: usize) {
        self.own()[FIELDS].0[within] = 0.0;
    }

    /// One weight, to be written.
    #[inline]
    pub fn weight_mut(&mut self, column: usize, within: usize) -> &mut f32 {
        &mut self.own()[WEIGHTS + column].0[within]
    }

    /// The click's weight and the vector of one feature, to be written.
    #[inline]
    pub fn row_mut(&mut self, within: usize) -> (&mut f32, &mut [Lane]) {
        let start = WEIGHTS + usize::from(self.columns);
        let (heads, vectors) = self.own().split_at_mut(start);
        let lanes = vectors.len() / ROWS;
        (&mut heads[WEIGHTS].0[within], &mut vectors[within * lanes..][..lanes])
    }

    /// One vector, to be written.
    #[inline]
    pub fn vector_mut(&mut self, within: usize) -> &mut [Lane] {
        let start = WEIGHTS + usize::from(self.columns);
        let vectors = &mut self.own()[start..];
        let lanes = vectors.len() / ROWS;
        &mut vectors[within * lanes..][..lanes]
    }

    /// Bytes that a copy takes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        size_of_val(&*self.lanes) as u64
    }

    #[inline]
    fn own(&mut self) -> &mut [Lane] {
        Arc::make_mut(&mut self.lanes)
    }

    #[inline]
    fn find_marked(&self, feature: Feature, mark: u32) -> Option<usize> {
        let field = (u32::from(feature.field) + 1) | mark;
        let (values, fields) = (&self.lanes[VALUES].0, &self.lanes[FIELDS].0);
        let mut found = 0_u32;
        for (place, (value, held)) in values.iter().zip(fields).enumerate() {
            let same = (value.to_bits() == feature.value) & (held.to_bits() == field);
            found |= u32::from(same) << place;
        }
        (found != 0).then(|| found.trailing_zeros() as usize)
    }
}
