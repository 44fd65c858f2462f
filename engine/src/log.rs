//! The port through which state is rebuilt from the log.
//!
//! Not here: appending. Only the log writer appends, and it lives with its implementation.

use crate::{Record, Sequence, ShardId};

/// Why the log could not be read.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The storage engine said no; `file` where it named one.
    #[error("event log: {0}")]
    Storage(String),
    /// A record's bytes are not a record.
    #[error("event log: record {sequence}: {source}")]
    Codec {
        /// Which record.
        sequence: Sequence,
        /// What is wrong with it.
        source: crate::codec::CodecError,
    },
}

/// Reads records in log order.
pub trait LogReader: Send + Sync {
    /// Visits the records with `after < sequence <= up_to`, oldest first: all of them, or those that
    /// concern one shard (its own and those that concern every shard).
    ///
    /// # Errors
    /// [`LogError`] at the first record that cannot be read.
    fn scan(
        &self,
        after: Sequence,
        up_to: Sequence,
        shard: Option<ShardId>,
        visit: &mut dyn FnMut(Record),
    ) -> Result<(), LogError>;
}
