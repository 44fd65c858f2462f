//! Shared features as published: what ranking and REST read, never changing under them.
//!
//! Blocks of items and categories lie in shared chunks by number, the others in 256 shared maps: a publication copies
//! pointers and what is next to a change.
//!
//! **Invariant:** a view is of one instant: of all that was merged before it was published, and nothing else.
//!
//! Not here: merging (see [`super::shared`]).

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::FeatureId;
use super::carry::{Carrier, Layout};
use super::declare::Entity;
use super::plan::FeaturePlan;
use super::read::Reading;
use crate::Timestamp;
use crate::catalogue::Chunked;

/// Maps that the blocks without a dense number are dealt out to.
const MAPS: usize = 256;

/// One instance's bytes.
type Block = Arc<[u8]>;

/// The blocks of a family.
#[derive(Clone, Debug)]
enum Blocks {
    /// By number.
    Dense(Chunked<Option<Block>>),
    /// By key.
    Keyed(Vec<Arc<FxHashMap<u64, Block>>>),
}

/// Shared features as of an instant; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct SharedView {
    plan: Arc<FeaturePlan>,
    /// One a family, in the order of the plan; nothing of families of users.
    families: Vec<Blocks>,
}

impl SharedView {
    /// No instance.
    #[must_use]
    pub fn new(plan: Arc<FeaturePlan>) -> Self {
        let blocks = |entity| match entity {
            Entity::Room | Entity::ItemCategory => Blocks::Keyed(vec![Arc::default(); MAPS]),
            _ => Blocks::Dense(Chunked::default()),
        };
        let families = plan.families().iter().map(|family| blocks(family.entity)).collect();
        Self { plan, families }
    }

    /// The same instances under another plan: those of families that both have, where `keeps`.
    #[must_use]
    pub fn under(&self, plan: Arc<FeaturePlan>, keeps: bool) -> Self {
        let mut view = Self::new(plan);
        for (family, blocks) in view.plan.families().iter().zip(&mut view.families) {
            let old = self.plan.place_of(family.tag).and_then(|place| self.families.get(place));
            if let Some(old) = old.filter(|_| keeps) {
                blocks.clone_from(old);
            }
        }
        view
    }

    /// What is declared.
    #[must_use]
    pub fn plan(&self) -> &FeaturePlan {
        &self.plan
    }

    /// What a feature of items, categories, rooms or the node says at `at`, of the instance `key`.
    #[must_use]
    pub fn read(&self, feature: FeatureId, key: u64, at: Timestamp) -> Reading {
        self.plan.read(feature, |tag| self.block(tag, key), at)
    }

    /// What a feature of `plan` says, of which this view may be of another one: then what both have in common.
    #[must_use]
    pub fn read_of(
        &self,
        plan: &FeaturePlan,
        feature: FeatureId,
        key: u64,
        at: Timestamp,
    ) -> Reading {
        if plan.fingerprint() == self.plan.fingerprint() {
            return plan.read(feature, |tag| self.block(tag, key), at);
        }
        let carrier = Carrier::between(&Layout::of(&self.plan), plan);
        let blocks = carrier.blocks(plan, feature, |tag| self.block(tag, key));
        plan.read(feature, |tag| blocks.get(&tag).map(Vec::as_slice), at)
    }

    /// Puts a block in its place, or takes it away.
    pub(super) fn put(&mut self, family: usize, key: u64, block: Option<&[u8]>) {
        let block = block.map(Block::from);
        match self.families.get_mut(family) {
            Some(Blocks::Dense(rows)) => *rows.row_mut(key as usize) = block,
            Some(Blocks::Keyed(maps)) => {
                let map = Arc::make_mut(&mut maps[place_of(key)]);
                match block {
                    Some(block) => drop(map.insert(key, block)),
                    None => drop(map.remove(&key)),
                }
            }
            None => {}
        }
    }

    fn block(&self, tag: u64, key: u64) -> Option<&[u8]> {
        let place = self.plan.place_of(tag)?;
        match self.families.get(place)? {
            Blocks::Dense(rows) => rows.get(usize::try_from(key).ok()?)?.as_deref(),
            Blocks::Keyed(maps) => maps[place_of(key)].get(&key).map(AsRef::as_ref),
        }
    }
}

/// Keys of rooms are hashes, those of an item with a category two numbers: both halves count.
fn place_of(key: u64) -> usize {
    (key ^ key >> 32).wrapping_mul(0x9e37_79b9_7f4a_7c15) as usize >> 24 & (MAPS - 1)
}

#[cfg(test)]
mod tests;
