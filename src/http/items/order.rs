//! Turns among writes of one item.
//!
//! Puts and deletes of an item may go side by side, because the log orders them. A patch reads before it
//! writes, so it goes alone; otherwise it could bring back what a put has just replaced.
//!
//! **Invariant:** a patch holds one lock and waits for no other, and a batch takes its locks in ascending
//! order, so nobody waits in a circle.

use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};

use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Locks that all items share; two items on one lock cost a wait, nothing else.
const STRIPES: usize = 64;

/// Who may write which item now.
#[derive(Debug)]
pub struct ItemOrder {
    stripes: Vec<RwLock<()>>,
    hasher: RandomState,
}

impl Default for ItemOrder {
    fn default() -> Self {
        let stripes = (0..STRIPES).map(|_| RwLock::new(())).collect();
        Self { stripes, hasher: RandomState::new() }
    }
}

impl ItemOrder {
    /// Waits until a put or a delete of `item_id` may go.
    pub async fn put(&self, item_id: &str) -> RwLockReadGuard<'_, ()> {
        self.stripes[self.stripe(item_id)].read().await
    }

    /// Waits until a patch of `item_id` may go.
    pub async fn patch(&self, item_id: &str) -> RwLockWriteGuard<'_, ()> {
        self.stripes[self.stripe(item_id)].write().await
    }

    /// Waits until puts of all `item_ids` may go.
    pub async fn put_all(
        &self,
        item_ids: impl Iterator<Item = &str>,
    ) -> Vec<RwLockReadGuard<'_, ()>> {
        let stripes: BTreeSet<usize> = item_ids.map(|item_id| self.stripe(item_id)).collect();
        let mut turns = Vec::with_capacity(stripes.len());
        for stripe in stripes {
            turns.push(self.stripes[stripe].read().await);
        }
        turns
    }

    fn stripe(&self, item_id: &str) -> usize {
        (self.hasher.hash_one(item_id) % STRIPES as u64) as usize
    }
}
