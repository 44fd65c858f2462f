//! The log writer: one thread that makes commits durable, in order, and hands them on.
//!
//! It takes what is waiting, up to a commit's worth, and never lingers for more: one record alone is
//! synced at once, and under load the commits grow by themselves while the disk is busy.
//!
//! **Invariant:** a submission is in one commit, whole, or not in the log at all.
//!
//! **Invariant:** after a write has failed nothing is written any more: every submission is answered
//! [`AppendError::Disk`] until the log is opened again.
//!
//! Not here: admission. Permits for events and bytes are taken before a submission exists.

mod commit;
mod notes;
mod resolve;
mod run;
mod ticks;

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use actors::{Ack, Commit};
use crossbeam_channel::Sender;
use engine::Sequence;
use tokio::sync::oneshot;

pub(crate) use self::resolve::Resolver;
use self::run::Writer;
pub use self::ticks::TickSource;
use super::{AppendError, Draft, LocalLog};
use crate::catalogue::Catalogue;

/// Drafts of one commit at most.
pub const COMMIT_RECORDS: usize = 512;
/// Bytes of one commit at most; a larger submission goes alone.
pub const COMMIT_BYTES: usize = 1 << 20;
/// Bytes of one draft at most: far under what a record may take when it is read back.
pub const RECORD_BYTES: usize = 1 << 20;

/// Drafts that belong together, and who waits for them.
#[derive(Debug)]
pub struct Submission {
    /// What to log, in order. Each draft becomes one record, but for an `ItemDelete` of an item that
    /// nobody has heard of, which becomes none.
    pub drafts: Vec<Draft>,
    /// Told once all of it is on disk, with the sequence of its last record, or why it never will be.
    pub durable: oneshot::Sender<Result<Sequence, AppendError>>,
    /// Told, through the sink, once all of it is applied: one outcome per record. Dropped where it was
    /// not written.
    pub applied: oneshot::Sender<Ack>,
}

/// Where durable commits go.
pub trait CommitSink: Send {
    /// Blocks until one more commit may be between durable and applied.
    fn wait_for_slot(&self);
    /// Takes a durable commit; called in log order.
    fn deliver(&self, commit: Commit);
}

/// Starts the writer's thread.
#[derive(Debug)]
pub struct LogWriter;

impl LogWriter {
    /// Starts appending to `log`, numbering new items behind those of `catalogue`, which must hold
    /// everything the log has said so far.
    ///
    /// # Errors
    /// What the system said where it gave no thread.
    pub fn start(
        log: Arc<LocalLog>,
        catalogue: Arc<Catalogue>,
        sink: impl CommitSink + 'static,
        ticks: TickSource,
    ) -> std::io::Result<LogHandle> {
        // Unbounded on purpose: what may wait here is bounded by the node's permits for events and
        // bytes in flight, which the edge takes before a submission exists and returns at its ack. A
        // second bound here could only block a web worker.
        let (sender, receiver) = crossbeam_channel::unbounded();
        let failed = Arc::new(AtomicBool::new(false));
        let writer = Writer::new(log, catalogue, ticks, Arc::clone(&failed));
        let ended = Arc::clone(&failed);
        let thread =
            std::thread::Builder::new().name("freshet-log".to_owned()).spawn(move || {
                let watch = FailUnlessEnded(ended);
                writer.run(&receiver, &sink);
                watch.disarm();
            })?;
        let shared = Shared {
            sender,
            failed,
            stopping: AtomicBool::new(false),
            thread: Mutex::new(Some(thread)),
        };
        Ok(LogHandle { shared: Arc::new(shared) })
    }
}

/// Says that the log has failed where the writer's thread ends by a panic.
struct FailUnlessEnded(Arc<AtomicBool>);

impl FailUnlessEnded {
    fn disarm(self) {
        std::mem::forget(self);
    }
}

impl Drop for FailUnlessEnded {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
        tracing::error!("the log writer's thread panicked; events are refused from now on");
    }
}

/// What the writer is told.
#[derive(Debug)]
enum Command {
    Append(Submission),
    Stop,
}

/// The way to the writer; cheap to clone.
#[derive(Clone)]
pub struct LogHandle {
    shared: Arc<Shared>,
}

struct Shared {
    sender: Sender<Command>,
    failed: Arc<AtomicBool>,
    stopping: AtomicBool,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl LogHandle {
    /// Queues a submission and returns at once.
    ///
    /// # Errors
    /// [`AppendError`] where it cannot be taken: too large a draft, a failed disk, a stopped writer.
    pub fn submit(&self, submission: Submission) -> Result<(), AppendError> {
        let largest = submission.drafts.iter().map(Draft::size).max().unwrap_or(0);
        if RECORD_BYTES < largest {
            return Err(AppendError::TooLarge { bytes: largest });
        }
        if self.shared.stopping.load(Ordering::Acquire) {
            return Err(AppendError::Stopped);
        }
        self.shared.sender.send(Command::Append(submission)).map_err(|_| AppendError::Stopped)
    }

    /// Whether a write has failed, so that nothing is taken any more.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.shared.failed.load(Ordering::Acquire)
    }

    /// Writes what was submitted before, then ends the thread and waits for it. Safe to call again.
    pub fn stop(&self) {
        self.shared.stopping.store(true, Ordering::Release);
        let mut thread = self.shared.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(thread) = thread.take() {
            // Nobody listens where the thread has ended already.
            let _ = self.shared.sender.send(Command::Stop);
            if thread.join().is_err() {
                self.shared.failed.store(true, Ordering::Release);
                tracing::error!("the log writer's thread panicked");
            }
        }
    }
}

impl fmt::Debug for LogHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogHandle").field("failed", &self.failed()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
