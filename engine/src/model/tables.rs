//! Item tables as they are read: the learner's own, or a published view's.
//!
//! Scores and users' vectors are formed by the same functions over either, so that training and serving cannot part.
//!
//! Not here: writing (see `items`), publishing (see `publication`).

use crate::ItemIndex;
use crate::model::chunk::{Chunk, ROWS, Rows};
use crate::model::numeric::{Lane, add_scaled};
use crate::model::user_vector::ItemVectors;

/// Chunks of items by number.
pub trait ItemTables {
    /// Lanes of a vector.
    fn lanes(&self) -> usize;
    /// Chunk number `place` of the items as targets and in histories.
    fn targets(&self, place: usize) -> Option<&Chunk>;
    /// Chunk number `place` of the items as last ones.
    fn lasts(&self, place: usize) -> Option<&Rows>;

    /// The vector of `item` as a target and in a history.
    #[inline]
    fn target(&self, item: ItemIndex) -> Option<&[Lane]> {
        Some(self.targets(item.as_usize() / ROWS)?.vector(item.as_usize() % ROWS))
    }

    /// The vector of `item` as the last one.
    fn last(&self, item: ItemIndex) -> Option<&[Lane]> {
        let lanes = self.lanes();
        let rows = self.lasts(item.as_usize() / ROWS)?;
        Some(&rows[item.as_usize() % ROWS * lanes..][..lanes])
    }
}

impl<T: ItemTables> ItemVectors for T {
    fn lanes(&self) -> usize {
        ItemTables::lanes(self)
    }

    fn add_item(&self, item: ItemIndex, scale: f32, into: &mut [Lane]) -> bool {
        let vector = self.target(item);
        vector.is_some_and(|vector| {
            add_scaled(into, scale, vector);
            true
        })
    }

    fn add_last(&self, item: ItemIndex, into: &mut [Lane]) {
        if let Some(vector) = self.last(item) {
            add_scaled(into, 1.0, vector);
        }
    }
}
