//! The log: the ordered, durable record of everything that changes state.
//!
//! One thread appends ([`LogWriter`]); whoever recovers or resumes reads through
//! [`engine::log::LogReader`]. [`LocalLog`] keeps the records of this node in a RocksDB instance of
//! their own, so that a checkpoint never queues in front of an event.
//!
//! **Invariant:** what was answered as durable is read again after any crash, in the same order, under
//! the same sequence; a sequence is never given to a second record.
//!
//! Not here: applying records (actors), checkpoints (snapshots).

pub mod draft;
mod error;
pub mod local;
pub mod writer;

pub use draft::Draft;
pub use error::{AppendError, OpenError};
pub use local::{LocalLog, LogArchive, LogOptions};
pub(crate) use writer::Resolver;
pub use writer::{CommitSink, LogHandle, LogWriter, Submission, TickSource};
