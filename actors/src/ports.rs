//! What the actors need from the node around them, handed in at the start.
//!
//! Not here: implementations. Store and log live above this crate, as does the clock.

use std::sync::Arc;
use std::time::Duration;

use engine::log::LogReader;
use engine::part::CheckpointStore;
use engine::{Sequence, ShardId, Timestamp};

use crate::rooms::RoomListener;

/// Takes note, in the log, that a record must never be applied again.
pub trait SetAsideSink: Send + Sync {
    /// Asks the log writer to append a `SetAside` record.
    ///
    /// Must return at once: the writer may be waiting for a slot that only comes free when the caller goes
    /// on. The actors do not wait for the record to be durable; after a crash before that, recovery
    /// comes to the same finding again.
    fn set_aside(&self, sequence: Sequence, shard: ShardId);
}

/// The node around the actors.
#[derive(Clone)]
pub struct Ports {
    /// Where checkpoints are kept.
    pub store: Arc<dyn CheckpointStore>,
    /// Where state is rebuilt from.
    pub log: Arc<dyn LogReader>,
    /// Where records that kill are noted.
    pub set_aside: Arc<dyn SetAsideSink>,
    /// The wall clock, for manifests.
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// A monotonic stopwatch: time since some fixed instant, for durations only.
    pub elapsed: Arc<dyn Fn() -> Duration + Send + Sync>,
    /// Told after each successful cut, on the checkpointer's thread, where it may block: the log may be
    /// trimmed up to there.
    pub on_cut: Arc<dyn Fn(Sequence) + Send + Sync>,
    /// Who is told what live rooms say.
    pub rooms: Arc<dyn RoomListener>,
    /// Told once of a fault that the actors cannot mend; the node has to stop, loudly.
    pub on_fatal: Arc<dyn Fn(&str) + Send + Sync>,
}

impl std::fmt::Debug for Ports {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ports")
    }
}

/// How the actors are set up; every value comes from the configuration.
#[derive(Clone, Debug)]
pub struct ActorSettings {
    /// Arbiters over which the shards are spread; one per core is right.
    pub shard_threads: usize,
    /// Time between two cuts.
    pub cut_every: Duration,
    /// Log bytes after which a cut is taken earlier.
    pub cut_log_bytes: u64,
    /// Time after which a cut whose parts are not all there is abandoned.
    pub cut_deadline: Duration,
    /// Least time between two publications of item activity.
    pub publish_every: Duration,
    /// Least time between two publications of the model.
    pub publish_model_every: Duration,
}

/// A cut that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CutReport {
    /// The commit at which the state was taken.
    pub cut: Sequence,
    /// Bytes that were written; 0 where nothing had changed since the cut before.
    pub bytes: u64,
    /// From the first request for a part to the synced manifest.
    pub took: Duration,
}
