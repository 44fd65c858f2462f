//! The store's twin in memory, for tests and for nodes that are thrown away.
//!
//! Not here: anything that outlives the process.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use engine::Sequence;
use engine::part::{CheckpointStore, CutManifest, Part, PartOwner, StoreError};

type Entries = BTreeMap<Vec<u8>, Vec<u8>>;

/// Checkpoints in maps.
#[derive(Debug, Default)]
pub struct MemoryStore {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    manifest: Option<CutManifest>,
    owners: BTreeMap<PartOwner, Entries>,
    open: Option<(Sequence, Vec<Part>)>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every change below is one assignment or goes on where it stopped.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CheckpointStore for MemoryStore {
    fn current(&self) -> Result<Option<CutManifest>, StoreError> {
        Ok(self.state().manifest.clone())
    }

    fn write(&self, cut: Sequence, part: &Part) -> Result<(), StoreError> {
        let open = &mut self.state().open;
        match open {
            Some((same, parts)) if *same == cut => parts.push(part.clone()),
            _ => *open = Some((cut, vec![part.clone()])),
        }
        Ok(())
    }

    fn commit(&self, manifest: &CutManifest) -> Result<(), StoreError> {
        let mut state = self.state();
        let parts = match state.open.take() {
            Some((cut, parts)) if cut == manifest.cut => parts,
            _ => Vec::new(),
        };
        for part in parts {
            let entries = state.owners.entry(part.owner).or_default();
            for entry in part.entries {
                match entry.value {
                    Some(value) => entries.insert(entry.key, value),
                    None => entries.remove(&entry.key),
                };
            }
        }
        state.manifest = Some(manifest.clone());
        Ok(())
    }

    fn load(
        &self,
        owner: PartOwner,
        visit: &mut dyn FnMut(&[u8], &[u8]),
    ) -> Result<(), StoreError> {
        let state = self.state();
        for (key, value) in state.owners.get(&owner).into_iter().flatten() {
            visit(key, value);
        }
        Ok(())
    }
}
