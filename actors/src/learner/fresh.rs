//! What a model that begins anew has to clear away: the checkpoint of one of another shape.
//!
//! **Invariant:** the first part after a fresh start removes every old entry that it does not write anew, so that
//! no later recovery meets rows of two shapes.
//!
//! Not here: when a model begins anew (recovery).

use std::collections::BTreeSet;

use engine::part::{Part, PartEntry};

/// Keys of entries that stand in the checkpoint and mean nothing any more.
#[derive(Debug, Default)]
pub(crate) struct FreshStart(BTreeSet<Vec<u8>>);

impl FreshStart {
    /// After a checkpoint that is of no use.
    pub(crate) fn over(old: impl Iterator<Item = Vec<u8>>) -> Self {
        Self(old.collect())
    }

    /// The part, and at the first time the removal of what it does not write.
    pub(crate) fn clear(&mut self, mut part: Part) -> Part {
        let mut old = std::mem::take(&mut self.0);
        for entry in &part.entries {
            old.remove(&entry.key);
        }
        part.entries.extend(old.into_iter().map(|key| PartEntry { key, value: None }));
        part
    }
}
