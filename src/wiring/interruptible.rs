//! Log and checkpoint as recovery reads them: both end with an error once the node is told to stop.
//!
//! **Invariant:** nothing that was read in part is passed off as whole.
//!
//! Not here: what recovery makes of records, and what happens after it has ended.

use std::ops::ControlFlow;
use std::sync::Arc;

use engine::log::{LogError, LogReader};
use engine::part::{CheckpointStore, CutManifest, Part, PartOwner, StoreError};
use engine::{Record, Sequence, ShardId};
use snapshots::RocksStore;
use tokio::sync::watch;

use crate::event_log::LocalLog;

const STOPPED: &str = "recovery was told to stop";

/// Whether the node is to stop; cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Stopping(watch::Receiver<bool>);

impl Stopping {
    /// Comes true when `shutdown` completes.
    pub(super) fn on(shutdown: impl Future<Output = ()> + 'static) -> Self {
        let (told, stopping) = watch::channel(false);
        actix_rt::spawn(async move {
            shutdown.await;
            told.send_replace(true);
        });
        Self(stopping)
    }

    /// Whether it is so by now.
    pub(super) fn is_told(&self) -> bool {
        *self.0.borrow()
    }

    /// Completes when it is so.
    pub(super) async fn told(&mut self) {
        // Who would tell is gone where the runtime ends: that is a stop as well.
        let _ = self.0.wait_for(|told| *told).await;
    }
}

/// The log, readable until the node is told to stop.
pub(super) struct InterruptibleLog {
    pub(super) log: Arc<LocalLog>,
    pub(super) stopping: Stopping,
}

impl LogReader for InterruptibleLog {
    fn scan(
        &self,
        after: Sequence,
        up_to: Sequence,
        shard: Option<ShardId>,
        visit: &mut dyn FnMut(Record),
    ) -> Result<(), LogError> {
        let mut stopped = false;
        self.log.scan_while((after, up_to), shard, &mut |record| {
            stopped = self.stopping.is_told();
            if stopped {
                return ControlFlow::Break(());
            }
            visit(record);
            ControlFlow::Continue(())
        })?;
        if stopped { Err(LogError::Storage(STOPPED.to_owned())) } else { Ok(()) }
    }
}

/// The checkpoint, readable part by part until the node is told to stop.
pub(super) struct InterruptibleStore {
    pub(super) store: Arc<RocksStore>,
    pub(super) stopping: Stopping,
}

impl CheckpointStore for InterruptibleStore {
    fn current(&self) -> Result<Option<CutManifest>, StoreError> {
        self.store.current()
    }

    fn write(&self, cut: Sequence, part: &Part) -> Result<(), StoreError> {
        self.store.write(cut, part)
    }

    fn commit(&self, manifest: &CutManifest) -> Result<(), StoreError> {
        self.store.commit(manifest)
    }

    fn load(
        &self,
        owner: PartOwner,
        visit: &mut dyn FnMut(&[u8], &[u8]),
    ) -> Result<(), StoreError> {
        if self.stopping.is_told() {
            return Err(StoreError::Storage(STOPPED.to_owned()));
        }
        self.store.load(owner, visit)
    }
}

#[cfg(test)]
mod tests;
