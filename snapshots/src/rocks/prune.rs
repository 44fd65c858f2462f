//! Drops versions that no reader can want, while RocksDB compacts anyway.
//!
//! A compaction sees keys in order, an entry's versions newest first. Up to the generation that was
//! current when it began, only the first version counts; the ones behind it go. A "gone" version goes
//! itself where the compaction has every file before it, so that nothing older can show up again.
//!
//! **Invariant:** versions newer than the current generation stay: they belong to the cut that is being
//! written.
//!
//! Not here: removing what an abandoned cut left behind; the store does that before it goes on.

use std::ffi::CStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rocksdb::CompactionDecision;
use rocksdb::compaction_filter::CompactionFilter;
use rocksdb::compaction_filter_factory::{CompactionFilterContext, CompactionFilterFactory};

use super::{GONE, keys};

const NAME: &CStr = c"freshet.prune";

/// Makes a [`Prune`] for each compaction.
pub struct PruneFactory {
    current: Arc<AtomicU64>,
}

impl PruneFactory {
    /// Prunes below the generation that `current` names when a compaction begins.
    pub fn new(current: Arc<AtomicU64>) -> Self {
        Self { current }
    }
}

impl CompactionFilterFactory for PruneFactory {
    type Filter = Prune;

    fn create(&mut self, context: CompactionFilterContext) -> Prune {
        Prune {
            current: self.current.load(Ordering::Acquire),
            sees_all: context.is_full_compaction,
            settled: Vec::new(),
        }
    }

    fn name(&self) -> &CStr {
        NAME
    }
}

/// One compaction's filter.
pub struct Prune {
    current: u64,
    sees_all: bool,
    /// The entry whose counting version has been seen.
    settled: Vec<u8>,
}

impl CompactionFilter for Prune {
    fn filter(&mut self, _: u32, key: &[u8], value: &[u8]) -> CompactionDecision {
        let Some((identity, generation)) = keys::identity(key).zip(keys::generation(key)) else {
            return CompactionDecision::Keep;
        };
        if self.current < generation {
            return CompactionDecision::Keep;
        }
        if self.settled == identity {
            return CompactionDecision::Remove;
        }
        self.settled.clear();
        self.settled.extend_from_slice(identity);
        if self.sees_all && value.first() == Some(&GONE) {
            return CompactionDecision::Remove;
        }
        CompactionDecision::Keep
    }

    fn name(&self) -> &CStr {
        NAME
    }
}
