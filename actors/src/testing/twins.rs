//! The log and the checkpoint store, in memory.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use engine::log::{LogError, LogReader};
use engine::part::{CheckpointStore, CutManifest, Part, PartOwner, StoreError};
use engine::{Record, RecordBody, Sequence, ShardId};

/// A log that is a list, and the milliseconds that a scan takes.
#[derive(Default)]
pub(crate) struct MemoryLog(pub(crate) Mutex<Vec<Record>>, pub(crate) AtomicU64);

impl MemoryLog {
    pub(crate) fn append(&self, records: &[Record]) {
        self.0.lock().unwrap().extend_from_slice(records);
    }

    pub(crate) fn last(&self) -> Sequence {
        self.0.lock().unwrap().last().map_or(Sequence(0), |record| record.sequence)
    }

    pub(crate) fn set_aside(&self) -> Vec<Sequence> {
        let of = |record: &Record| match record.body {
            RecordBody::SetAside { sequence, .. } => Some(sequence),
            _ => None,
        };
        self.0.lock().unwrap().iter().filter_map(of).collect()
    }
}

impl LogReader for MemoryLog {
    fn scan(
        &self,
        after: Sequence,
        up_to: Sequence,
        shard: Option<ShardId>,
        visit: &mut dyn FnMut(Record),
    ) -> Result<(), LogError> {
        hold(&self.1);
        let records = self.0.lock().unwrap().clone();
        let wanted = |record: &Record| {
            after < record.sequence && record.sequence <= up_to && record.concerns(shard)
        };
        records.into_iter().filter(wanted).for_each(visit);
        Ok(())
    }
}

/// Waits for so many milliseconds, or until they are taken back.
fn hold(milliseconds: &AtomicU64) {
    const SLICE: u64 = 5;
    let mut held = 0;
    while held < milliseconds.load(Ordering::SeqCst) {
        let slice = SLICE.min(milliseconds.load(Ordering::SeqCst));
        std::thread::sleep(Duration::from_millis(slice));
        held += slice.max(1);
    }
}

/// A store that keeps versions as the port says, and fails on demand.
#[derive(Default)]
pub(crate) struct MemoryStore {
    inner: Mutex<Inner>,
    /// Writes still to go through before one fails; 0 for no failure.
    pub(crate) fail_at_write: AtomicU32,
    /// Milliseconds that a write takes; it ends sooner where they are taken back.
    pub(crate) write_ms: AtomicU64,
    /// Writes that were asked for.
    pub(crate) writes_begun: AtomicU32,
}

/// What an entry was at each cut; `None` where it was removed.
type Versions = BTreeMap<Sequence, Option<Vec<u8>>>;

#[derive(Default)]
struct Inner {
    manifest: Option<CutManifest>,
    entries: BTreeMap<(PartOwner, Vec<u8>), Versions>,
}

impl CheckpointStore for MemoryStore {
    fn current(&self) -> Result<Option<CutManifest>, StoreError> {
        Ok(self.inner.lock().unwrap().manifest.clone())
    }

    fn write(&self, cut: Sequence, part: &Part) -> Result<(), StoreError> {
        self.writes_begun.fetch_add(1, Ordering::SeqCst);
        hold(&self.write_ms);
        let left = self.fail_at_write.load(Ordering::SeqCst);
        if left != 0 {
            self.fail_at_write.store(left - 1, Ordering::SeqCst);
            if left == 1 {
                return Err(StoreError::Storage("on demand".to_owned()));
            }
        }
        let mut inner = self.inner.lock().unwrap();
        for entry in &part.entries {
            let versions = inner.entries.entry((part.owner, entry.key.clone())).or_default();
            versions.insert(cut, entry.value.clone());
        }
        Ok(())
    }

    fn commit(&self, manifest: &CutManifest) -> Result<(), StoreError> {
        self.inner.lock().unwrap().manifest = Some(manifest.clone());
        Ok(())
    }

    fn load(
        &self,
        owner: PartOwner,
        visit: &mut dyn FnMut(&[u8], &[u8]),
    ) -> Result<(), StoreError> {
        let inner = self.inner.lock().unwrap();
        let Some(cut) = inner.manifest.as_ref().map(|manifest| manifest.cut) else { return Ok(()) };
        for ((whose, key), versions) in &inner.entries {
            let newest = versions.range(..=cut).next_back();
            if let Some((_, Some(value))) = newest.filter(|_| *whose == owner) {
                visit(key, value);
            }
        }
        Ok(())
    }
}
