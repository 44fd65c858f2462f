//! Checkpoints in a RocksDB instance of their own, `state/` of the data directory.
//!
//! Every entry is kept under (owner, key, generation): a generation is one cut, numbered from 1. One
//! record, the manifest, says which generation is the current one; readers take the newest version of a
//! key that is not newer. There is no WAL: one family without a WAL comes back from a crash as a prefix
//! of what was written, so it is enough to write the manifest last and to flush.
//!
//! **Invariant:** a crash or an error at any point leaves the current cut whole. Before the first entry
//! of a generation is written, a note says that it is open; whoever finds the note later removes what is
//! there of it before the number is used again.
//!
//! **Invariant:** of versions up to the current generation only the newest is ever read, so compaction may
//! drop the others (see [`prune`]).
//!
//! Not here: meaning of the entries; when a cut is taken.

mod keys;
mod prune;

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use engine::Sequence;
use engine::codec;
use engine::part::{CheckpointStore, CutManifest, Part, PartOwner, StoreError};
use rocksdb::{
    BlockBasedOptions, DB, DBCompressionType, Direction, FlushOptions, IteratorMode, Options,
    ReadOptions, WriteBatch, WriteOptions,
};

use self::prune::PruneFactory;

/// Format version of the manifest, and with it of the directory.
const FORMAT: u8 = 1;
/// Bytes of one write: small, so that other writes get in between.
const BATCH_BYTES: usize = 1 << 20;
/// Memory of entries that are not in a table file yet.
const BUFFER_BYTES: usize = 32 << 20;
/// Bytes that loading asks the disk for at a time.
const READAHEAD_BYTES: usize = 2 << 20;

/// A value's first byte: it is there, or it is gone.
const PRESENT: u8 = 1;
const GONE: u8 = 0;

/// Checkpoints on disk. One process at a time.
#[derive(Debug)]
pub struct RocksStore {
    db: DB,
    /// Generation of the current cut; read by compactions. 0 where there is none.
    current: Arc<AtomicU64>,
    state: Mutex<State>,
}

/// What the one writer knows.
#[derive(Debug, Default)]
struct State {
    manifest: Option<CutManifest>,
    /// The cut that is being written, if one is; its generation is the one after the current.
    open: Option<Sequence>,
    /// A manifest was written whose flush failed: it may still become durable, or not.
    doubtful: bool,
}

impl RocksStore {
    /// Opens the store in `dir`, or makes one where there is none.
    ///
    /// # Errors
    /// [`StoreError`] where it is damaged, of another format, or in use by another process.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        let current = Arc::new(AtomicU64::new(0));
        let db = DB::open(&options(&current), dir).map_err(|error| refused(dir, &error))?;
        let store = Self::over(db, current, dir)?;
        if store.db.get(keys::OPEN).map_err(|error| refused(dir, &error))?.is_some() {
            store.discard()?;
        }
        Ok(store)
    }

    /// Opens the store in `dir` to read its current cut; nothing in it changes, `notes` takes what the storage engine
    /// writes for itself, and writing fails.
    ///
    /// # Errors
    /// [`StoreError`] where there is none, or it is damaged or of another format.
    pub fn open_read_only(dir: &Path, notes: &Path) -> Result<Self, StoreError> {
        let current = Arc::new(AtomicU64::new(0));
        let mut options = options(&current);
        options.create_if_missing(false);
        options.set_db_log_dir(notes);
        let db = DB::open_for_read_only(&options, dir, false);
        let db = db.map_err(|error| refused(dir, &error))?;
        // What a crash left of a cut that was not committed is newer than the current one, and passed over.
        Self::over(db, current, dir)
    }

    fn over(db: DB, current: Arc<AtomicU64>, dir: &Path) -> Result<Self, StoreError> {
        let found = db.get(keys::MANIFEST).map_err(|error| refused(dir, &error))?;
        let found: Option<(u64, CutManifest)> =
            found.map(|bytes| codec::decode(FORMAT, &bytes)).transpose()?;
        let (generation, manifest) = found.unzip();
        current.store(generation.unwrap_or(0), Ordering::Release);
        let state = State { manifest, ..State::default() };
        Ok(Self { db, current, state: Mutex::new(state) })
    }

    fn next_generation(&self) -> u64 {
        self.current.load(Ordering::Acquire) + 1
    }

    /// Opens the next generation for `cut`, unless it is open for it; what another cut has left behind
    /// there is removed.
    fn begin(&self, cut: Sequence, state: &mut State) -> Result<(), StoreError> {
        if state.open == Some(cut) && !state.doubtful {
            return Ok(());
        }
        let mut batch = WriteBatch::default();
        batch.put(keys::OPEN, self.next_generation().to_be_bytes());
        if state.doubtful {
            match &state.manifest {
                Some(manifest) => batch.put(keys::MANIFEST, self.encoded(0, manifest)?),
                None => batch.delete(keys::MANIFEST),
            }
        }
        self.put(batch)?;
        state.doubtful = false;
        if state.open.take_if(|open| *open != cut).is_some() {
            self.discard()?;
        }
        state.open = Some(cut);
        Ok(())
    }

    /// Removes what was written of the generation after the current one. Rare, so it looks at every
    /// entry rather than keep an index.
    fn discard(&self) -> Result<(), StoreError> {
        let generation = self.next_generation();
        let mut batch = WriteBatch::default();
        for entry in self.db.iterator_opt(IteratorMode::Start, scan_options()) {
            let (key, _) = entry.map_err(|error| storage(&error))?;
            if keys::generation(&key) == Some(generation) {
                batch.delete(key);
            }
            if BATCH_BYTES <= batch.size_in_bytes() {
                self.put(std::mem::take(&mut batch))?;
            }
        }
        self.put(batch)
    }

    /// Writes the manifest that makes the open generation the current one, once it is flushed.
    fn announce(&self, manifest: &CutManifest, state: &mut State) -> Result<(), StoreError> {
        let mut batch = WriteBatch::default();
        batch.put(keys::MANIFEST, self.encoded(1, manifest)?);
        batch.delete(keys::OPEN);
        // Until the flush has succeeded nobody can say which manifest a crash would leave.
        state.doubtful = true;
        self.put(batch)
    }

    /// The manifest's bytes, `later` generations after the current one.
    fn encoded(&self, later: u64, manifest: &CutManifest) -> Result<Vec<u8>, StoreError> {
        let generation = self.current.load(Ordering::Acquire) + later;
        Ok(codec::encode(FORMAT, &(generation, manifest.clone()))?)
    }

    fn put(&self, batch: WriteBatch) -> Result<(), StoreError> {
        let mut options = WriteOptions::default();
        options.disable_wal(true);
        options.set_low_pri(true);
        self.db.write_opt(batch, &options).map_err(|error| storage(&error))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every field is set only once what it says is true.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CheckpointStore for RocksStore {
    fn current(&self) -> Result<Option<CutManifest>, StoreError> {
        Ok(self.state().manifest.clone())
    }

    fn write(&self, cut: Sequence, part: &Part) -> Result<(), StoreError> {
        let mut state = self.state();
        self.begin(cut, &mut state)?;
        let generation = self.next_generation();
        let mut batch = WriteBatch::default();
        let mut value = Vec::new();
        for entry in &part.entries {
            value.clear();
            value.push(if entry.value.is_some() { PRESENT } else { GONE });
            value.extend_from_slice(entry.value.as_deref().unwrap_or_default());
            batch.put(keys::entry(part.owner, &entry.key, generation), &value);
            if BATCH_BYTES <= batch.size_in_bytes() {
                self.put(std::mem::take(&mut batch))?;
            }
        }
        self.put(batch)
    }

    fn commit(&self, manifest: &CutManifest) -> Result<(), StoreError> {
        let mut state = self.state();
        // A cut in which nothing changed has no parts, and what another cut left behind must go.
        self.begin(manifest.cut, &mut state)?;
        self.announce(manifest, &mut state)?;
        let mut wait = FlushOptions::default();
        wait.set_wait(true);
        self.db.flush_opt(&wait).map_err(|error| storage(&error))?;
        self.current.fetch_add(1, Ordering::AcqRel);
        *state = State { manifest: Some(manifest.clone()), open: None, doubtful: false };
        Ok(())
    }

    fn load(
        &self,
        owner: PartOwner,
        visit: &mut dyn FnMut(&[u8], &[u8]),
    ) -> Result<(), StoreError> {
        let current = self.current.load(Ordering::Acquire);
        let (from, to) = keys::range(owner);
        let mut options = scan_options();
        options.set_iterate_upper_bound(to);
        let mut settled: Option<Vec<u8>> = None;
        let mode = IteratorMode::From(&from, Direction::Forward);
        for entry in self.db.iterator_opt(mode, options) {
            let (bytes, value) = entry.map_err(|error| storage(&error))?;
            let Some((key, generation)) = keys::split(&bytes) else {
                return Err(StoreError::Storage(format!("key {bytes:02x?} is not an entry's")));
            };
            // Versions of a key come newest first: the first that counts settles it.
            if current < generation || settled.as_deref() == Some(key) {
                continue;
            }
            let settled = settled.get_or_insert_default();
            settled.clear();
            settled.extend_from_slice(key);
            if let Some((&PRESENT, value)) = value.split_first() {
                visit(&keys::unescape(key), value);
            }
        }
        Ok(())
    }
}

fn options(current: &Arc<AtomicU64>) -> Options {
    let mut blocks = BlockBasedOptions::default();
    blocks.set_block_size(16 << 10);
    let mut options = Options::default();
    options.create_if_missing(true);
    options.set_block_based_table_factory(&blocks);
    options.set_write_buffer_size(BUFFER_BYTES);
    options.set_compression_type(DBCompressionType::Lz4);
    options.set_compaction_filter_factory(PruneFactory::new(Arc::clone(current)));
    options.set_max_background_jobs(2);
    // In small steps, so that the event log's syncs never wait behind a table file's.
    options.set_bytes_per_sync(1 << 20);
    options.set_keep_log_file_num(4);
    options.set_max_log_file_size(4 << 20);
    options
}

fn scan_options() -> ReadOptions {
    let mut options = ReadOptions::default();
    options.set_readahead_size(READAHEAD_BYTES);
    options.fill_cache(false);
    options
}

fn storage(error: &rocksdb::Error) -> StoreError {
    StoreError::Storage(error.to_string())
}

fn refused(dir: &Path, error: &rocksdb::Error) -> StoreError {
    let message = error.to_string();
    let dir = dir.display();
    StoreError::Storage(if message.contains("lock") && message.contains("LOCK") {
        format!("{dir} is in use by another process; a data directory serves one node at a time")
    } else {
        format!("{dir}: {message}")
    })
}

#[cfg(test)]
mod tests;
