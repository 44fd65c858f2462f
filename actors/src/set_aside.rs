//! Records that bring their shard down: who killed how often, and what is never applied again.
//!
//! **Invariant:** a record is set aside at its second kill, whether live, while a shard is resumed or in
//! recovery, and stays so: the log says it, and every cut's manifest too.
//!
//! Not here: writing the `SetAside` record. That is asked of the log writer through a port.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use engine::Sequence;

/// Kills after which a record is set aside: the first may have been bad luck.
const KILLS: u32 = 2;

/// What follows from a kill.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Apply it once more.
    Retry,
    /// It is set aside as of now.
    SetAside,
}

/// The records that are never applied again; cheap to clone, all clones are one list.
#[derive(Clone, Debug, Default)]
pub struct SetAsideList {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    set_aside: BTreeSet<Sequence>,
    kills: BTreeMap<Sequence, u32>,
}

impl SetAsideList {
    /// A list that begins with what log and manifest know.
    #[must_use]
    pub fn new(known: impl IntoIterator<Item = Sequence>) -> Self {
        let set_aside = known.into_iter().collect();
        Self { inner: Arc::new(Mutex::new(Inner { set_aside, kills: BTreeMap::new() })) }
    }

    /// Every record that is set aside, oldest first.
    #[must_use]
    pub fn list(&self) -> Vec<Sequence> {
        self.lock().set_aside.iter().copied().collect()
    }

    /// Whether `sequence` must not be applied.
    #[must_use]
    pub fn contains(&self, sequence: Sequence) -> bool {
        self.lock().set_aside.contains(&sequence)
    }

    /// Takes over a finding that the log tells of.
    pub(crate) fn insert(&self, sequence: Sequence) {
        self.lock().set_aside.insert(sequence);
    }

    /// A shard died while it applied `sequence`.
    pub(crate) fn blame(&self, sequence: Sequence) -> Verdict {
        let mut inner = self.lock();
        let kills = inner.kills.entry(sequence).or_default();
        *kills += 1;
        if *kills < KILLS {
            return Verdict::Retry;
        }
        inner.kills.remove(&sequence);
        inner.set_aside.insert(sequence);
        Verdict::SetAside
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
