//! Served lists that wait for the impressions and clicks that answer them.
//!
//! A list goes when its time is up, which a tick says, or when the budget in bytes asks for room; then
//! those that are due first go first.
//!
//! **Invariant:** timers fire in the order of (due, user, list), whatever order the lists came in.

use std::collections::{BTreeMap, BTreeSet};

use crate::record::{Served, ServedItem};
use crate::{RecommendationId, Timestamp, UserId};

/// Waiting lists of one shard.
#[derive(Debug)]
pub(super) struct WaitingLists {
    budget_bytes: usize,
    retention_ms: u64,
    lists: BTreeMap<u64, Served>,
    timers: BTreeSet<(Timestamp, UserId, u64)>,
    bytes: usize,
    /// Numbers of lists that came or went since the last cut.
    changed: BTreeSet<u64>,
}

impl WaitingLists {
    pub fn new(budget_bytes: usize, retention_ms: u64) -> Self {
        let (lists, timers, changed) = (BTreeMap::new(), BTreeSet::new(), BTreeSet::new());
        Self { budget_bytes, retention_ms, lists, timers, bytes: 0, changed }
    }

    pub fn is_empty(&self) -> bool {
        self.lists.is_empty()
    }

    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub fn get(&self, id: RecommendationId) -> Option<&Served> {
        self.lists.get(&id.number).filter(|served| served.id == id)
    }

    /// Lets a list wait, and lets the first due go until all fit the budget.
    pub fn insert(&mut self, served: Served) {
        self.changed.insert(served.id.number);
        self.restore(served);
        while self.budget_bytes < self.bytes {
            let Some((_, _, number)) = self.timers.first().cloned() else { break };
            self.remove(number);
        }
    }

    /// Puts in a list out of a checkpoint.
    pub fn restore(&mut self, served: Served) {
        let number = served.id.number;
        self.remove_quietly(number);
        self.bytes += size(&served);
        self.timers.insert((self.due(&served), served.user.clone(), number));
        self.lists.insert(number, served);
    }

    /// Lets go of the lists that are due by `time`.
    pub fn expire(&mut self, time: Timestamp) {
        while let Some((due, _, number)) = self.timers.first().cloned() {
            if time < due {
                break;
            }
            self.remove(number);
        }
    }

    /// Lists that came (with the list) or went (without) since this was last asked.
    pub fn take_changed(&mut self) -> Vec<(u64, Option<&Served>)> {
        let changed = std::mem::take(&mut self.changed);
        changed.into_iter().map(|number| (number, self.lists.get(&number))).collect()
    }

    /// Every list, by number.
    pub fn iter(&self) -> impl Iterator<Item = &Served> {
        self.lists.values()
    }

    fn due(&self, served: &Served) -> Timestamp {
        served.at.plus_millis(self.retention_ms)
    }

    fn remove(&mut self, number: u64) {
        self.remove_quietly(number);
        self.changed.insert(number);
    }

    fn remove_quietly(&mut self, number: u64) {
        if let Some(served) = self.lists.remove(&number) {
            self.bytes -= size(&served);
            self.timers.remove(&(self.due(&served), served.user, number));
        }
    }
}

/// Bytes that a list is charged: itself, its texts and items, its timer and its places in two trees.
fn size(served: &Served) -> usize {
    let texts = served.user.as_str().len() + served.scenario.len();
    size_of::<Served>() + texts + served.items.len() * size_of::<ServedItem>() + 96
}

#[cfg(test)]
mod tests;
