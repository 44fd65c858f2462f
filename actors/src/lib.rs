//! The actors: thin owners of state; a handler turns one message into one engine call and one reply.
//!
//! Data flows one way: log writer → dispatcher → shards, with the shards' replies dispatcher → activity and rooms, and with
//! activity's answers dispatcher → learner. To the left go only replies, so nobody ever waits for one on its
//! left. One thing goes round: rows of users, from the learner to their shards, and nobody waits for them either.
//!
//! Not here: the log and its writer, the checkpoint store, the clock. They are handed in as [`Ports`].

mod activity;
mod checkpointer;
mod commit;
mod dispatcher;
mod error;
mod feature_metrics;
mod filling;
mod flight;
mod learner;
mod log_bytes;
mod mailbox;
mod model_age;
mod ports;
mod priority;
mod progress;
mod rebuild;
mod recovery;
mod rooms;
mod set_aside;
mod shard;
mod shards;
mod shedding;
mod slots;
mod start;
mod supervisor;
#[cfg(test)]
mod testing;

pub use commit::{Ack, Commit, PendingAck, RecordOutcome};
pub use dispatcher::DispatcherHandle;
pub use error::{CutError, ReadError, RecoverError};
pub use filling::{FillHandle, FillStatus, fill};
pub use learner::ModelReader;
pub use model_age::ModelAge;
pub use ports::{ActorSettings, CutReport, Ports, SetAsideSink};
pub use progress::{RecoveryPhase, RecoveryProgress};
pub use recovery::{LearnerConfig, Recovered, RecoverySources, RoomsConfig, StateConfig, recover};
pub use rooms::{NobodyListens, ReadRoom, RoomListener, RoomsReader};
pub use set_aside::SetAsideList;
pub use shard::ShardStats;
pub use shards::ShardDirectory;
pub use start::{NodeActors, start};
