//! What can go wrong between the actors and those who ask them.
//!
//! Not here: outcomes of records. Late, duplicate and set aside are no errors.

use engine::codec::CodecError;
use engine::log::LogError;
use engine::part::StoreError;
use engine::{Sequence, ShardId};

/// Why a shard did not answer a read; the request takes the next rung.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// All of the shard's read permits are taken.
    #[error("shard {} has too many reads waiting", shard.0)]
    Busy {
        /// Which shard.
        shard: ShardId,
    },
    /// The shard is being resumed, or the node has no such shard.
    #[error("shard {} is not serving", shard.0)]
    Down {
        /// Which shard.
        shard: ShardId,
    },
}

/// Why there is no new checkpoint; the one before is still whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CutError {
    /// Not every part of the cut arrived in time.
    #[error("the cut at {cut} was abandoned: not every part arrived in time")]
    Abandoned {
        /// The commit at which it was to be taken.
        cut: Sequence,
    },
    /// An owner of state went down while the cut was taken.
    #[error("the cut at {cut} was abandoned: {owner} went down")]
    OwnerDown {
        /// The commit at which it was to be taken.
        cut: Sequence,
        /// Whose part is missing.
        owner: String,
    },
    /// The store did not take it.
    #[error("the cut at {cut} was not written: {reason}")]
    NotWritten {
        /// The commit at which it was taken.
        cut: Sequence,
        /// What the store said.
        reason: String,
    },
    /// The actors have stopped.
    #[error("the actors have stopped")]
    Stopped,
}

/// Why state could not be rebuilt from cut and log.
#[derive(Debug, thiserror::Error)]
pub enum RecoverError {
    /// The checkpoint could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The log could not be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// An entry of the checkpoint is damaged or of an unknown version.
    #[error("checkpoint entry: {0}")]
    Entry(#[from] CodecError),
    /// The checkpoint is of a later commit than the log holds: log and state do not belong together.
    #[error("the checkpoint was taken at {cut}, but the log ends at {last}")]
    CutBeyondLog {
        /// The cut.
        cut: Sequence,
        /// The log's last sequence.
        last: Sequence,
    },
    /// A thread of the recovery went away without a word.
    #[error("a recovery thread stopped")]
    ThreadLost,
}
