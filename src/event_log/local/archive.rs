//! A log that is only looked at: of a node that is not running, left exactly as it is.
//!
//! **Invariant:** nothing in the directory changes: no start is counted, a torn tail is passed over and not cut off.
//!
//! **Invariant:** no node serves the directory meanwhile: its lock is held, shared with other readers.
//!
//! Not here: a log that a node goes on with (see [`super::LocalLog`]).

use std::fs::{File, TryLockError};
use std::ops::ControlFlow;
use std::path::Path;

use engine::log::{LogError, LogReader};
use engine::{NodeKey, Record, Sequence, ShardId};
use rocksdb::{DB, DBRecoveryMode};
use tempfile::TempDir;

use super::identity::{self, Identity};
use super::options::{self, Horizons};
use super::{LOCK_FILE, io, read, storage, wal};
use crate::event_log::OpenError;

/// A log that is only looked at.
#[derive(Debug)]
pub struct LogArchive {
    db: DB,
    identity: Identity,
    /// The storage engine's own notes would else go into the directory.
    _notes: TempDir,
    _lock: File,
}

impl LogArchive {
    /// Opens the log in `dir`.
    ///
    /// # Errors
    /// [`OpenError`] where there is no log, a node serves it, or it is damaged.
    pub fn open(dir: &Path) -> Result<Self, OpenError> {
        let lock = lock(dir)?;
        wal::torn_tail(dir)?;
        let notes = tempfile::tempdir().map_err(|source| io(&std::env::temp_dir(), source))?;
        let mut database = options::database();
        database.create_if_missing(false);
        database.create_missing_column_families(false);
        database.set_db_log_dir(notes.path());
        // The WAL was judged above: a torn tail is all that can be wrong with it.
        database.set_wal_recovery_mode(DBRecoveryMode::TolerateCorruptedTailRecords);
        let families = options::families(&Horizons::default());
        let db = DB::open_cf_descriptors_read_only(&database, dir, families, false)
            .map_err(|error| storage(dir, &error))?;
        let identity = identity::read(&db)?;
        Ok(Self { db, identity, _notes: notes, _lock: lock })
    }

    /// The secret of the data directory.
    #[must_use]
    pub fn key(&self) -> NodeKey {
        self.identity.key
    }

    /// Number of shards.
    #[must_use]
    pub fn shards(&self) -> u16 {
        self.identity.shards
    }

    /// Visits the records that are kept, oldest first, but for those that were set aside, until `visit` says stop.
    ///
    /// # Errors
    /// [`LogError`] at the first record that cannot be read.
    pub fn scan_while(
        &self,
        visit: &mut dyn FnMut(Record) -> ControlFlow<()>,
    ) -> Result<(), LogError> {
        let aside = self.set_aside()?;
        let everything = (Sequence(0), Sequence(u64::MAX));
        read::scan_while(&self.db, everything, None, &mut |record| {
            if aside.contains(&record.sequence) { ControlFlow::Continue(()) } else { visit(record) }
        })
    }

    /// Records that must never be applied again, oldest first.
    ///
    /// # Errors
    /// [`LogError`] where the list cannot be read.
    pub fn set_aside(&self) -> Result<Vec<Sequence>, LogError> {
        read::set_aside(&self.db)
    }

    /// The oldest and the newest record that is kept; `None` where there is none.
    ///
    /// # Errors
    /// [`LogError`] where they cannot be read.
    pub fn span(&self) -> Result<Option<(Sequence, Sequence)>, LogError> {
        read::span(&self.db)
    }
}

impl LogReader for LogArchive {
    fn scan(
        &self,
        after: Sequence,
        up_to: Sequence,
        shard: Option<ShardId>,
        visit: &mut dyn FnMut(Record),
    ) -> Result<(), LogError> {
        read::scan(&self.db, (after, up_to), shard, visit)
    }
}

fn lock(dir: &Path) -> Result<File, OpenError> {
    let path = dir.join(LOCK_FILE);
    let file = File::open(&path).map_err(|source| io(&path, source))?;
    match file.try_lock_shared() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse { dir: dir.to_path_buf() }),
        Err(TryLockError::Error(source)) => Err(io(&path, source)),
    }
}

#[cfg(test)]
mod tests;
