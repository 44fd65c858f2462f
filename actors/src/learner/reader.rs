//! Copies of versions for whoever writes them out, taken on the learner's thread between two messages.
//!
//! A copy shares its tables with the learner until one of them writes, so it costs milliseconds and no pause.
//!
//! **Invariant:** one request at a time: the learner's mailbox is sized for the dispatcher, not for callers.

use std::sync::Arc;

use actix::prelude::*;
use engine::model::Learner;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::LearnerActor;

/// The learner of a version, as it is now. The turn travels with it, so that whoever gave up does not make room for
/// another while the message still waits.
#[derive(Message)]
#[rtype(result = "Option<Box<Learner>>")]
struct TakeCopy {
    number: u32,
    _turn: OwnedSemaphorePermit,
}

/// The way to copies of versions.
#[derive(Clone)]
pub struct ModelReader {
    address: Addr<LearnerActor>,
    turn: Arc<Semaphore>,
}

impl ModelReader {
    pub(crate) fn new(address: Addr<LearnerActor>) -> Self {
        Self { address, turn: Arc::new(Semaphore::new(1)) }
    }

    /// A copy of the version called `number`; `None` where it is not kept, or the node is stopping.
    pub async fn copy(&self, number: u32) -> Option<Box<Learner>> {
        let turn = Arc::clone(&self.turn).acquire_owned().await.ok()?;
        self.address.send(TakeCopy { number, _turn: turn }).await.ok()?
    }
}

impl std::fmt::Debug for ModelReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ModelReader")
    }
}

impl Handler<TakeCopy> for LearnerActor {
    type Result = MessageResult<TakeCopy>;

    fn handle(&mut self, TakeCopy { number, .. }: TakeCopy, _: &mut Self::Context) -> Self::Result {
        let version = self.learner.version(number);
        MessageResult(version.map(|version| Box::new(version.learner().clone())))
    }
}
