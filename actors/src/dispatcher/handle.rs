//! How the log writer reaches the dispatcher: wait for a slot, deliver.
//!
//! **Invariant:** one thread delivers, in log order, and waits for a slot before each commit; then at most 8
//! commits are in flight and the dispatcher's mailbox cannot be full.
//!
//! Not here: what becomes of a commit.

use std::sync::Arc;

use actix::prelude::*;
use tokio::sync::oneshot;

use super::{Checkpoint, Deliver, Dispatcher};
use crate::commit::Commit;
use crate::error::CutError;
use crate::ports::CutReport;
use crate::slots::Slots;

/// The way to the dispatcher.
#[derive(Clone)]
pub struct DispatcherHandle {
    pub(super) address: Addr<Dispatcher>,
    pub(super) slots: Arc<Slots>,
    pub(super) on_fatal: Arc<dyn Fn(&str) + Send + Sync>,
}

impl std::fmt::Debug for DispatcherHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DispatcherHandle")
    }
}

impl DispatcherHandle {
    /// Blocks until a commit may be delivered: for the log writer's thread, never for an arbiter.
    pub fn wait_for_slot(&self) {
        self.slots.wait();
    }

    /// Hands over a durable commit; returns at once. Where nobody takes it the node must stop: the log writer
    /// ends before the dispatcher does.
    pub fn deliver(&self, commit: Commit) {
        self.slots.take();
        if let Err(error) = self.address.try_send(Deliver(commit)) {
            self.slots.give_back();
            (self.on_fatal)(match error {
                SendError::Full(_) => {
                    "the dispatcher's mailbox is full: a commit came without a slot"
                }
                SendError::Closed(_) => {
                    "the dispatcher is gone: durable commits would never be applied"
                }
            });
        }
    }

    /// Takes a cut now, or right after the one that is being taken.
    ///
    /// # Errors
    /// [`CutError`]; the checkpoint before is then still whole, and nothing is lost.
    pub async fn checkpoint(&self) -> Result<CutReport, CutError> {
        let (reply, report) = oneshot::channel();
        self.address.send(Checkpoint(reply)).await.map_err(|_| CutError::Stopped)?;
        report.await.unwrap_or(Err(CutError::Stopped))
    }
}
