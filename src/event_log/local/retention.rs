//! Letting go: records that a cut has made needless, event ids that are too old to be sent again.
//!
//! **Invariant:** a record behind the current cut is never removed, nor the newest record of all, by
//! which the next opening knows where the log ends.
//!
//! Not here: when to do it (whoever commits cuts calls [`LocalLog::trim`]).

use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use engine::log::LogError;
use engine::{Sequence, Timestamp};
use rocksdb::{Direction, IteratorMode, WriteBatch};

use super::{LocalLog, keys, log_error};

/// A place at which the log may be cut off.
struct Mark {
    sequence: Sequence,
    at: Timestamp,
    bytes: u64,
}

impl LocalLog {
    /// Removes records up to `cut`, the current one, that are older or more than retention allows;
    /// answers with the sequence up to which records are gone. `now` is the wall clock's.
    ///
    /// # Errors
    /// [`LogError`] where the marks cannot be read or the removal not be written.
    pub fn trim(&self, cut: Sequence, now: Timestamp) -> Result<Sequence, LogError> {
        let total = self.tail.lock().unwrap_or_else(PoisonError::into_inner).bytes;
        let oldest_kept = now.minus_millis(self.options.retention_ms);
        let goes = |mark: &Mark| {
            mark.at < oldest_kept || self.options.retention_bytes < total.saturating_sub(mark.bytes)
        };
        let limit = cut.min(Sequence(self.last().0.saturating_sub(1)));
        let mut up_to = None;
        for mark in self.marks()? {
            if limit < mark.sequence || !goes(&mark) {
                break;
            }
            up_to = Some(mark.sequence);
        }
        if let Some(up_to) = up_to {
            self.remove_up_to(up_to)?;
        }
        Ok(Sequence(self.horizons.trimmed.load(Ordering::Relaxed)))
    }

    /// Forgets event ids received before `before`: they are not found from now on, and leave the disk
    /// with the next compaction of their file, within a day or two.
    pub fn forget_ids(&self, before: Timestamp) {
        self.horizons.ids_before_ms.fetch_max(before.as_millis(), Ordering::Relaxed);
    }

    fn remove_up_to(&self, up_to: Sequence) -> Result<(), LogError> {
        let mut batch = WriteBatch::default();
        let behind = Sequence(up_to.0 + 1);
        let records = self.family(keys::RECORDS)?;
        batch.delete_range_cf(records, keys::record(Sequence(0)), keys::record(behind));
        batch.delete_range(keys::mark(Sequence(0)), keys::mark(behind));
        self.write(batch)?;
        self.horizons.trimmed.fetch_max(up_to.0, Ordering::Relaxed);
        Ok(())
    }

    fn marks(&self) -> Result<Vec<Mark>, LogError> {
        let first = keys::mark(Sequence(0));
        let mut marks = Vec::new();
        for entry in self.db.iterator(IteratorMode::From(&first, Direction::Forward)) {
            let (key, value) = entry.map_err(|error| log_error(&error))?;
            if key.first() != first.first() {
                break;
            }
            marks.extend(mark(&key, &value));
        }
        Ok(marks)
    }
}

fn mark(key: &[u8], value: &[u8]) -> Option<Mark> {
    Some(Mark {
        sequence: Sequence(keys::number(key, 1)?),
        at: Timestamp::from_millis(keys::number(value, 0)?),
        bytes: keys::number(value, 8)?,
    })
}
