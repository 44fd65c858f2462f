//! The shards' replies, taken as they come.
//!
//! Replies are polled by one future inside the actor's context. A future each, spawned into the context,
//! would have actix poll every one at every wake: 2,048 of them with 8 large commits in flight.
//!
//! Not here: what a reply means.

use std::pin::Pin;
use std::task::{Context as Task, Poll};

use actix::prelude::*;
use engine::{Applied, ShardId};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::oneshot;

use super::Dispatcher;

/// A batch that is out.
pub(super) struct Reply {
    pub(super) sent: Sent,
    pub(super) reply: oneshot::Receiver<Applied>,
}

/// Which batch: of which commit, to which life of which shard.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent {
    pub(super) commit: u64,
    pub(super) shard: ShardId,
    pub(super) life: u32,
}

/// The batches that are out.
pub(super) type Replies = FuturesUnordered<Reply>;

impl Future for Reply {
    /// `None` where the shard died before it replied.
    type Output = (Sent, Option<Applied>);

    fn poll(mut self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<Self::Output> {
        let sent = self.sent;
        Pin::new(&mut self.reply).poll(task).map(|reply| (sent, reply.ok()))
    }
}

/// Runs as long as the dispatcher: hands it each reply, and lets it pass on what that completes.
pub(super) struct TakeReplies;

impl ActorFuture<Dispatcher> for TakeReplies {
    type Output = ();

    fn poll(
        self: Pin<&mut Self>,
        dispatcher: &mut Dispatcher,
        context: &mut Context<Dispatcher>,
        task: &mut Task<'_>,
    ) -> Poll<()> {
        // `Ready(None)` says that nothing is out; a batch sent later makes the context poll this again,
        // because batches are only sent from handlers and futures of the same context.
        while let Poll::Ready(Some((sent, applied))) = dispatcher.replies.poll_next_unpin(task) {
            dispatcher.replied(sent, applied, context);
        }
        Poll::Pending
    }
}
