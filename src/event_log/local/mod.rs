//! The log of one node: a RocksDB instance of its own, under `log/` of the data directory.
//!
//! Records, the ids that make a resend a duplicate, and the index of served lists go into the WAL in
//! one synced batch per commit, so none is ever there without the others.
//!
//! **Invariant:** a torn tail of the newest WAL, which nobody was told is durable, is cut off; damage
//! anywhere before it keeps the log closed and names the file (see [`wal`]).
//!
//! **Invariant:** sequences are reserved, durably, before they are given out, so a sequence whose write
//! failed is never given to another record.
//!
//! Not here: the thread that forms commits ([`super::writer`]).

mod append;
mod archive;
mod identity;
mod keys;
mod options;
mod read;
mod retention;
mod wal;

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use engine::log::LogError;
use engine::{NodeKey, Sequence};
use rocksdb::{ColumnFamily, DB, IteratorMode};

use self::append::Tail;
use self::identity::Identity;
use self::options::Horizons;
use super::OpenError;

pub use self::append::Appended;
pub use self::archive::LogArchive;

/// File whose lock says that a process serves the directory.
const LOCK_FILE: &str = "node.lock";

/// How a log is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogOptions {
    /// Number of shards, a power of two; must be what the directory was made with.
    pub shards: u16,
    /// Records older than this may go once a cut holds their effect.
    pub retention_ms: u64,
    /// Records beyond this many bytes may go once a cut holds their effect.
    pub retention_bytes: u64,
}

/// The log of one node. Readers any, one appender.
#[derive(Debug)]
pub struct LocalLog {
    db: DB,
    dir: PathBuf,
    options: LogOptions,
    identity: Identity,
    start_count: u32,
    first_free: Sequence,
    /// Sequence of the newest durable record.
    last: AtomicU64,
    tail: Mutex<Tail>,
    horizons: Horizons,
    /// Held as long as the log is open; declared last, so that RocksDB is closed before it is given up.
    _lock: File,
}

impl LocalLog {
    /// Opens the log in `dir`, or makes one where there is none.
    ///
    /// # Errors
    /// [`OpenError`]; nothing but a torn tail has been changed then.
    pub fn open(dir: &Path, options: LogOptions) -> Result<Self, OpenError> {
        std::fs::create_dir_all(dir).map_err(|source| io(dir, source))?;
        // Before anything is judged: what looks torn may be what another process is writing.
        let lock = lock(dir)?;
        wal::settle(dir)?;
        let horizons = Horizons::default();
        let db = DB::open_cf_descriptors(&options::database(), dir, options::families(&horizons))
            .map_err(|error| storage(dir, &error))?;
        let edge = |mode| edge_of_records(&db, mode).map_err(|error| storage(dir, &error));
        let last = edge(IteratorMode::End)?;
        let oldest = edge(IteratorMode::Start)?;
        horizons.trimmed.store(oldest.0.saturating_sub(1), Ordering::Relaxed);
        let start = identity::start(&db, options.shards, last)?;
        let tail = Tail::resume(&db, start.reserved).map_err(|error| storage(dir, &error))?;
        Ok(Self {
            db,
            dir: dir.to_path_buf(),
            options,
            identity: start.identity,
            start_count: start.count,
            first_free: start.first_free,
            last: AtomicU64::new(last.0),
            tail: Mutex::new(tail),
            horizons,
            _lock: lock,
        })
    }

    /// The secret of this data directory.
    #[must_use]
    pub fn key(&self) -> NodeKey {
        self.identity.key
    }

    /// Number of shards that the directory was made with.
    #[must_use]
    pub fn shards(&self) -> u16 {
        self.identity.shards
    }

    /// How often the directory was opened, this time included.
    #[must_use]
    pub fn start_count(&self) -> u32 {
        self.start_count
    }

    /// Sequence of the newest durable record; 0 where there is none.
    #[must_use]
    pub fn last(&self) -> Sequence {
        Sequence(self.last.load(Ordering::Acquire))
    }

    /// The lowest sequence that no record had before this opening.
    #[must_use]
    pub fn first_free(&self) -> Sequence {
        self.first_free
    }

    /// Where the log is.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    fn family(&self, name: &str) -> Result<&ColumnFamily, LogError> {
        self.db.cf_handle(name).ok_or_else(|| LogError::Storage(format!("no family {name}")))
    }
}

fn lock(dir: &Path) -> Result<File, OpenError> {
    let path = dir.join(LOCK_FILE);
    let file = File::create(&path).map_err(|source| io(&path, source))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse { dir: dir.to_path_buf() }),
        Err(TryLockError::Error(source)) => Err(io(&path, source)),
    }
}

/// Sequence of the first or last record; 0 where there is none.
fn edge_of_records(db: &DB, mode: IteratorMode) -> Result<Sequence, rocksdb::Error> {
    let Some(records) = db.cf_handle(keys::RECORDS) else { return Ok(Sequence(0)) };
    let Some(entry) = db.iterator_cf(records, mode).next() else { return Ok(Sequence(0)) };
    Ok(Sequence(keys::number(&entry?.0, 0).unwrap_or(0)))
}

fn storage(dir: &Path, error: &rocksdb::Error) -> OpenError {
    OpenError::Storage { dir: dir.to_path_buf(), message: error.to_string() }
}

fn io(path: &Path, source: std::io::Error) -> OpenError {
    OpenError::Io { path: path.to_path_buf(), source }
}

/// Name and length of the WAL that the last write went to; `None` where it was not synced.
#[cfg(feature = "failpoints")]
pub(super) fn synced_wal(dir: &Path) -> Option<(String, u64)> {
    if append::sync_skipped() {
        return None;
    }
    let newest = wal::files(dir).ok()?.pop()?;
    let length = newest.metadata().ok()?.len();
    Some((newest.file_name()?.to_str()?.to_owned(), length))
}

fn log_error(error: &rocksdb::Error) -> LogError {
    LogError::Storage(error.to_string())
}

#[cfg(test)]
pub(super) mod testing;
#[cfg(test)]
mod tests;
