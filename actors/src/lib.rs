//! The actors: thin owners of state; a handler turns one message into one engine call and one reply.
//!
//! Data flows one way: log writer → dispatcher → shards, and with the shards' replies dispatcher →
//! activity and checkpointer. To the left go only replies, so nobody ever waits for one on its left.
//!
//! Not here: the log and its writer, the checkpoint store, the clock. They are handed in as [`Ports`].

mod commit;
mod error;
mod ports;
mod progress;

pub use commit::{Ack, Commit, PendingAck, RecordOutcome};
pub use error::{CutError, ReadError, RecoverError};
pub use ports::{ActorSettings, CutReport, Ports, SetAsideSink};
pub use progress::{RecoveryPhase, RecoveryProgress};
