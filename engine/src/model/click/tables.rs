//! The features' tables as readers hold them, and what looks a feature up.
//!
//! Not here: writing (see `table`).

use super::chunk::{Chunk, Feature};
use crate::model::numeric::mix;
use crate::model::pages::Pages;

/// What looks a feature up.
pub trait Features {
    /// Chunk and place of an admitted feature.
    fn find(&self, feature: Feature) -> Option<(&Chunk, usize)>;
    /// Lanes in a vector.
    fn lanes(&self) -> usize;
    /// Weights of a feature: for the click, then for each goal.
    fn columns(&self) -> usize;
}

/// The tables as readers hold them.
#[derive(Clone, Debug, Default)]
pub struct FeatureTables {
    pub(super) seed: u64,
    pub(super) columns: usize,
    pub(super) lanes: usize,
    pub(super) bits: u32,
    pub(super) directory: Pages<u32>,
    pub(super) chunks: Pages<Chunk>,
}

impl Features for FeatureTables {
    #[inline]
    fn find(&self, feature: Feature) -> Option<(&Chunk, usize)> {
        let hash = hash(self.seed, feature) & ((1 << self.bits) - 1);
        let chunk = self.chunks.get(*self.directory.get(hash as usize)? as usize)?;
        Some((chunk, chunk.find(feature)?))
    }

    fn lanes(&self) -> usize {
        self.lanes
    }

    fn columns(&self) -> usize {
        self.columns
    }
}

/// The keyed hash whose last bits lead to a feature's chunk.
#[inline]
pub(super) fn hash(seed: u64, feature: Feature) -> u64 {
    mix(seed, feature.number())
}
