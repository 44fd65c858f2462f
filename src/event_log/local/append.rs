//! One commit into the log: the records and everything that finds them again, in one synced batch.
//!
//! **Invariant:** every write of the log is synced, so at most one batch is ever in the WAL without
//! being durable: that is what lets [`super::wal`] tell a torn tail from damage.
//!
//! Not here: what belongs into a commit.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use engine::log::LogError;
use engine::record::Identity;
use engine::{Record, RecordBody, Sequence, Timestamp};
use rocksdb::{ColumnFamily, DB, Direction, IteratorMode, WriteBatch, WriteOptions};

use super::identity::RESERVE;
use super::{LocalLog, keys, log_error};

/// A mark is set after this much time or this many bytes, whichever comes first: retention can only
/// cut at a mark, and is exact to one.
const MARK_MS: u64 = 60_000;
const MARK_BYTES: u64 = 16 << 20;

/// What a commit needs to know of the ones before it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tail {
    /// Sequences up to this one may be given out.
    reserved: Sequence,
    /// Bytes of records ever written, up to the last mark before a restart exactly.
    pub(super) bytes: u64,
    mark_bytes: u64,
    mark_at: Timestamp,
}

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// Bytes of the records, encoded.
    pub bytes: u64,
}

impl Tail {
    /// Goes on behind the newest mark.
    pub(super) fn resume(db: &DB, reserved: Sequence) -> Result<Self, rocksdb::Error> {
        let newest = keys::mark(Sequence(u64::MAX));
        let found =
            db.iterator(IteratorMode::From(&newest, Direction::Reverse)).next().transpose()?;
        let (at, bytes) = found
            .filter(|(key, _)| key.len() == newest.len() && key[0] == newest[0])
            .and_then(|(_, value)| Some((keys::number(&value, 0)?, keys::number(&value, 8)?)))
            .unwrap_or((0, 0));
        Ok(Self { reserved, bytes, mark_bytes: bytes, mark_at: Timestamp::from_millis(at) })
    }

    /// What the tail is once a commit up to `last` with `bytes` is in `batch`, which gets a mark and a
    /// reservation where one is due.
    fn advance(
        mut self,
        last: Sequence,
        bytes: u64,
        now: Timestamp,
        batch: &mut WriteBatch,
    ) -> Self {
        self.bytes += bytes;
        if self.mark_bytes + MARK_BYTES <= self.bytes || MARK_MS <= now.millis_since(self.mark_at) {
            batch.put(keys::mark(last), keys::pair(now.as_millis(), self.bytes));
            self.mark_bytes = self.bytes;
            self.mark_at = now;
        }
        // Early enough that the reservation is durable before the first sequence that needs it.
        if self.reserved.0 < last.0 + RESERVE / 2 {
            self.reserved = Sequence(last.0 + RESERVE);
            batch.put(keys::RESERVED, keys::record(self.reserved));
        }
        self
    }
}

impl LocalLog {
    /// Writes records, which must be in sequence order behind everything written, and syncs.
    ///
    /// `now` is the wall clock's, for retention. Only one thread appends.
    ///
    /// # Errors
    /// [`LogError`]; whether the records are on disk is then unknown, and nothing more must be appended.
    pub fn append(&self, records: &[Record], now: Timestamp) -> Result<Appended, LogError> {
        let Some(last) = records.last().map(|record| record.sequence) else {
            return Ok(Appended { bytes: 0 });
        };
        let mut batch = WriteBatch::default();
        let bytes = self.fill(&mut batch, records)?;
        let mut tail = self.tail.lock().unwrap_or_else(PoisonError::into_inner);
        if tail.reserved < last {
            return Err(LogError::Storage(format!("sequence {last} is not reserved")));
        }
        let next = tail.advance(last, bytes, now, &mut batch);
        self.write(batch)?;
        *tail = next;
        self.last.store(last.0, Ordering::Release);
        Ok(Appended { bytes })
    }

    fn fill(&self, batch: &mut WriteBatch, records: &[Record]) -> Result<u64, LogError> {
        let records_family = self.family(keys::RECORDS)?;
        let ids = self.family(keys::IDS)?;
        let served = self.family(keys::SERVED)?;
        let mut bytes = 0;
        for record in records {
            let encoded = record
                .encode()
                .map_err(|source| LogError::Codec { sequence: record.sequence, source })?;
            bytes += encoded.len() as u64;
            batch.put_cf(records_family, keys::record(record.sequence), encoded);
            self.index(batch, record, (ids, served));
        }
        Ok(bytes)
    }

    fn index(
        &self,
        batch: &mut WriteBatch,
        record: &Record,
        (ids, served): (&ColumnFamily, &ColumnFamily),
    ) {
        let sequence = keys::record(record.sequence);
        match &record.body {
            RecordBody::Event { event, .. } => {
                if let Identity::Id(id) = event.identity {
                    let key = keys::id(self.key().user_hash(&event.user), id);
                    batch.put_cf(ids, key, event.received_at.as_millis().to_be_bytes());
                }
            }
            RecordBody::Served { served: list, .. } => {
                batch.put_cf(served, keys::served(list.id), sequence);
            }
            RecordBody::SetAside { sequence, shard } => {
                batch.put(keys::set_aside(*sequence), shard.0.to_be_bytes());
            }
            RecordBody::SourceProgress { source, position } => {
                batch.put(keys::source(*source), position.to_be_bytes());
            }
            _ => {}
        }
    }

    /// The one way into RocksDB after opening: synced, whatever is written.
    pub(super) fn write(&self, batch: WriteBatch) -> Result<(), LogError> {
        fail::fail_point!("log-append", |_| Err(LogError::Storage("fail point".to_owned())));
        let mut options = WriteOptions::default();
        options.set_sync(!sync_skipped());
        self.db.write_opt(batch, &options).map_err(|error| log_error(&error))
    }
}

/// Whether the crash tests have taken syncing away, to see that they notice.
pub(super) fn sync_skipped() -> bool {
    fail::fail_point!("log-sync-skip", |_| true);
    false
}
