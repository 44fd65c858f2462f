//! Reading the log: in order for recovery, by sequence, by served list, by event id.
//!
//! Not here: forgetting (see [`super::retention`]).

use std::ops::ControlFlow;
use std::sync::atomic::Ordering;

use engine::log::{LogError, LogReader};
use engine::{RecommendationId, Record, Sequence, ShardId};
use rocksdb::{DB, Direction, IteratorMode, ReadOptions};

use super::{LocalLog, keys, log_error};

/// Bytes that a scan asks the disk for at a time.
const READAHEAD_BYTES: usize = 2 << 20;

impl LogReader for LocalLog {
    fn scan(
        &self,
        after: Sequence,
        up_to: Sequence,
        shard: Option<ShardId>,
        visit: &mut dyn FnMut(Record),
    ) -> Result<(), LogError> {
        scan(&self.db, (after, up_to), shard, visit)
    }
}

impl LocalLog {
    /// [`LogReader::scan`] that ends early where `visit` says so.
    ///
    /// # Errors
    /// [`LogError`] at the first record that cannot be read.
    pub fn scan_while(
        &self,
        (after, up_to): (Sequence, Sequence),
        shard: Option<ShardId>,
        visit: &mut dyn FnMut(Record) -> ControlFlow<()>,
    ) -> Result<(), LogError> {
        scan_while(&self.db, (after, up_to), shard, visit)
    }

    /// The record at `sequence`; `None` where there is none, or none any more.
    ///
    /// # Errors
    /// [`LogError`] where it cannot be read.
    pub fn read(&self, sequence: Sequence) -> Result<Option<Record>, LogError> {
        let family = self.family(keys::RECORDS)?;
        let found = self.db.get_pinned_cf(family, keys::record(sequence));
        let found = found.map_err(|error| log_error(&error))?;
        found.map(|bytes| decode(sequence, &bytes)).transpose()
    }

    /// Whether an event of this user with this id is in the log and not forgotten.
    ///
    /// # Errors
    /// [`LogError`] where the index cannot be read.
    pub fn contains_id(&self, user_hash: u64, id: u64) -> Result<bool, LogError> {
        let family = self.family(keys::IDS)?;
        let found = self.db.get_pinned_cf(family, keys::id(user_hash, id));
        let received =
            found.map_err(|error| log_error(&error))?.and_then(|at| keys::number(&at, 0));
        let horizon = self.horizons.ids_before_ms.load(Ordering::Relaxed);
        Ok(received.is_some_and(|at| horizon <= at))
    }

    /// The record of a served list; `None` where it was never logged or is gone.
    ///
    /// # Errors
    /// [`LogError`] where the index cannot be read.
    pub fn find_served(&self, id: RecommendationId) -> Result<Option<Sequence>, LogError> {
        let family = self.family(keys::SERVED)?;
        let found = self.db.get_pinned_cf(family, keys::served(id));
        let sequence =
            found.map_err(|error| log_error(&error))?.and_then(|at| keys::number(&at, 0));
        let trimmed = self.horizons.trimmed.load(Ordering::Relaxed);
        Ok(sequence.filter(|sequence| trimmed < *sequence).map(Sequence))
    }

    /// Records that must never be applied again, oldest first.
    ///
    /// # Errors
    /// [`LogError`] where the list cannot be read.
    pub fn set_aside(&self) -> Result<Vec<Sequence>, LogError> {
        set_aside(&self.db)
    }

    /// Rows of `source` that an import has reported as acknowledged, from its start; 0 for none.
    ///
    /// # Errors
    /// [`LogError`] where it cannot be read.
    pub fn source_progress(&self, source: u64) -> Result<u64, LogError> {
        let found = self.db.get(keys::source(source)).map_err(|error| log_error(&error))?;
        Ok(found.and_then(|position| keys::number(&position, 0)).unwrap_or(0))
    }
}

/// [`scan_while`] to the end.
pub(super) fn scan(
    db: &DB,
    bounds: (Sequence, Sequence),
    shard: Option<ShardId>,
    visit: &mut dyn FnMut(Record),
) -> Result<(), LogError> {
    scan_while(db, bounds, shard, &mut |record| {
        visit(record);
        ControlFlow::Continue(())
    })
}

/// Visits the records with `after < sequence <= up_to` that concern `shard`, oldest first.
pub(super) fn scan_while(
    db: &DB,
    (after, up_to): (Sequence, Sequence),
    shard: Option<ShardId>,
    visit: &mut dyn FnMut(Record) -> ControlFlow<()>,
) -> Result<(), LogError> {
    let mut options = ReadOptions::default();
    options.set_readahead_size(READAHEAD_BYTES);
    options.fill_cache(false);
    options.set_iterate_lower_bound(keys::record(Sequence(after.0.saturating_add(1))));
    for entry in db.iterator_cf_opt(records(db)?, options, IteratorMode::Start) {
        let (key, value) = entry.map_err(|error| log_error(&error))?;
        let sequence = Sequence(keys::number(&key, 0).unwrap_or(u64::MAX));
        if up_to < sequence {
            break;
        }
        let record = decode(sequence, &value)?;
        if record.concerns(shard) && visit(record).is_break() {
            break;
        }
    }
    Ok(())
}

/// The oldest and the newest record; `None` where there is none.
pub(super) fn span(db: &DB) -> Result<Option<(Sequence, Sequence)>, LogError> {
    let end = |mode| -> Result<Option<Sequence>, LogError> {
        let entry = db.iterator_cf(records(db)?, mode).next().transpose();
        let entry = entry.map_err(|error| log_error(&error))?;
        Ok(entry.and_then(|(key, _)| keys::number(&key, 0)).map(Sequence))
    };
    Ok(end(IteratorMode::Start)?.zip(end(IteratorMode::End)?))
}

fn records(db: &DB) -> Result<&rocksdb::ColumnFamily, LogError> {
    let found = db.cf_handle(keys::RECORDS);
    found.ok_or_else(|| LogError::Storage(format!("no family {}", keys::RECORDS)))
}

/// Records that must never be applied again, oldest first.
pub(super) fn set_aside(db: &DB) -> Result<Vec<Sequence>, LogError> {
    let first = keys::set_aside(Sequence(0));
    let mut found = Vec::new();
    for entry in db.iterator(IteratorMode::From(&first, Direction::Forward)) {
        let (key, _) = entry.map_err(|error| log_error(&error))?;
        if key.first() != first.first() {
            break;
        }
        found.extend(keys::number(&key, 1).map(Sequence));
    }
    Ok(found)
}

fn decode(sequence: Sequence, bytes: &[u8]) -> Result<Record, LogError> {
    Record::decode(bytes).map_err(|source| LogError::Codec { sequence, source })
}
