//! Sixteen items as readers see them: what a scan reads, on one run of cache lines.
//!
//! One allocation holds six lanes of heads (the bias, the decayed counts, when each item was last touched, and a gate
//! that is 0 for known items and minus infinity for others), then the sixteen vectors. A lane has as many columns as a
//! chunk has rows, so heads are computed with in whole lanes. Cloning shares; the first write after that copies.
//!
//! **Invariant:** a clone never sees a write made after it was taken.
//!
//! Not here: sums of squares and other things that only training reads (see `items`).

use std::sync::Arc;

use crate::model::config::HALF_LIVES;
use crate::model::numeric::{LANE, Lane};

/// Rows in a chunk: as many as a lane has columns.
pub const ROWS: usize = LANE;

const BIAS: usize = 0;
const COUNTS: usize = 1;
const TOUCHED: usize = COUNTS + HALF_LIVES;
const GATE: usize = TOUCHED + 1;
/// Lanes before the vectors.
pub const HEADS: usize = GATE + 1;

/// Vectors of sixteen items without heads: the table of last items.
pub type Rows = Arc<[Lane]>;

/// Sixteen items: heads and vectors.
#[derive(Clone, Debug)]
pub struct Chunk(Arc<[Lane]>);

/// A chunk that may be written.
#[derive(Debug)]
pub struct ChunkMut<'a>(&'a mut [Lane]);

/// One item's head.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Head {
    /// The intercept.
    pub bias: f32,
    /// Decayed counts as of `touched`.
    pub counts: [f32; HALF_LIVES],
    /// The low half of the number of events there had been when the item was last touched.
    pub touched: u32,
}

impl Chunk {
    /// A chunk of unknown items with these vectors.
    #[must_use]
    pub fn new(vectors: &[Lane]) -> Self {
        let mut heads = [Lane::default(); HEADS];
        heads[GATE].0.fill(f32::NEG_INFINITY);
        Self(heads.iter().chain(vectors).copied().collect())
    }

    /// The vectors, one after the other.
    #[must_use]
    #[inline]
    pub fn vectors(&self) -> &[Lane] {
        &self.0[HEADS..]
    }

    /// One vector.
    #[must_use]
    #[inline]
    pub fn vector(&self, within: usize) -> &[Lane] {
        let vectors = self.vectors();
        let lanes = vectors.len() / ROWS;
        &vectors[within * lanes..][..lanes]
    }

    /// The intercepts.
    #[must_use]
    #[inline]
    pub fn bias(&self) -> &[f32; ROWS] {
        &self.0[BIAS].0
    }

    /// Decayed counts of half-life number `place`, each as of when its item was touched.
    #[must_use]
    #[inline]
    pub fn counts(&self, place: usize) -> &[f32; ROWS] {
        &self.0[COUNTS + place].0
    }

    /// The low halves of the events there had been when the items were touched.
    #[must_use]
    #[inline]
    pub fn touched(&self) -> [u32; ROWS] {
        self.0[TOUCHED].0.map(f32::to_bits)
    }

    /// 0 for known items, minus infinity for others.
    #[must_use]
    #[inline]
    pub fn gate(&self) -> &[f32; ROWS] {
        &self.0[GATE].0
    }

    /// Whether one item is known.
    #[must_use]
    #[inline]
    pub fn is_known(&self, within: usize) -> bool {
        0.0 <= self.gate()[within]
    }

    /// One item's head.
    #[must_use]
    #[inline]
    pub fn head(&self, within: usize) -> Head {
        Head {
            bias: self.bias()[within],
            counts: std::array::from_fn(|place| self.counts(place)[within]),
            touched: self.0[TOUCHED].0[within].to_bits(),
        }
    }

    /// The chunk to be written, copied first where it is shared.
    #[inline]
    pub fn own(&mut self) -> ChunkMut<'_> {
        ChunkMut(Arc::make_mut(&mut self.0))
    }

    /// Bytes that a copy takes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        size_of_val(&*self.0) as u64
    }
}

impl<'a> ChunkMut<'a> {
    /// One item's vector and its bias.
    #[must_use]
    #[inline]
    pub fn row(self, within: usize) -> (&'a mut [Lane], &'a mut f32) {
        let (heads, vectors) = self.0.split_at_mut(HEADS);
        let lanes = vectors.len() / ROWS;
        (&mut vectors[within * lanes..][..lanes], &mut heads[BIAS].0[within])
    }

    /// Changes one item's head.
    #[inline]
    pub fn set_head(&mut self, within: usize, head: &Head) {
        self.0[BIAS].0[within] = head.bias;
        for (place, count) in head.counts.iter().enumerate() {
            self.0[COUNTS + place].0[within] = *count;
        }
        self.0[TOUCHED].0[within] = f32::from_bits(head.touched);
    }

    /// Says whether one item is known.
    pub fn set_known(&mut self, within: usize, gate: Gate) {
        self.0[GATE].0[within] = match gate {
            Gate::Known => 0.0,
            Gate::Unknown => f32::NEG_INFINITY,
        };
    }
}

/// Whether an item is drawn and scanned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// It had an event, and not too long ago.
    Known,
    /// It had none.
    Unknown,
}

#[cfg(test)]
mod tests;
