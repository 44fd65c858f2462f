//! A shard died: take its line down, have it rebuilt, send it again what it had not answered.
//!
//! **Invariant:** the shard goes on right before the first batch it had not answered. What it says of that
//! batch and later ones is new; everything before was passed on or waits here.
//!
//! Not here: the rebuilding, which reads disks and runs on the supervisor's own thread.

use std::time::Duration;

use actix::prelude::*;
use engine::shard::ShardState;
use engine::{Sequence, ShardId};

use super::Dispatcher;
use super::lines::Death;
use crate::error::{CutError, RecoverError};
use crate::shard::{ApplyBatch, ShardActor};
use crate::supervisor::Resume;

/// Time before a rebuild that failed (a disk that cannot be read) is tried again.
const RETRY: Duration = Duration::from_secs(1);

impl Dispatcher {
    /// Takes a dead shard's line down and asks for a new life.
    pub(super) fn shard_died(&mut self, shard: ShardId, context: &mut Context<Self>) {
        let Some(Death { suspect }) = self.around.lines.take_down(shard) else { return };
        tracing::error!(shard = shard.0, record = ?suspect, "a shard died and is resumed");
        metrics::counter!("freshet_shard_deaths_total").increment(1);
        self.around.directory.seat(shard, None);
        self.cuts.died.insert(shard);
        let owner = format!("shard {}", shard.0);
        self.abandon_cut(|cut| CutError::OwnerDown { cut, owner }, context);
        self.resume(shard, suspect, context);
    }

    fn resume(&mut self, shard: ShardId, suspect: Option<Sequence>, context: &mut Context<Self>) {
        let up_to = self.answered_up_to(shard);
        let Ok(reply) = self.around.supervisor.send(Resume { shard, up_to, suspect }) else {
            return self.fatal("the supervisor does not take messages", context);
        };
        context.spawn(reply.into_actor(self).map(move |reply, this, context| match reply {
            Ok(resumed) => this.resumed(shard, resumed, context),
            Err(_) => this.fatal("the supervisor is gone", context),
        }));
    }

    /// The last record before the first batch that the shard has not answered.
    fn answered_up_to(&self, shard: ShardId) -> Sequence {
        let unanswered = self.flights.iter().find(|flight| flight.waits_for(shard));
        let first = unanswered.and_then(|flight| flight.first_of(shard));
        first.map_or(self.delivered, |first| Sequence(first.0.saturating_sub(1)))
    }

    fn resumed(
        &mut self,
        shard: ShardId,
        resumed: Result<ShardState, RecoverError>,
        context: &mut Context<Self>,
    ) {
        match resumed {
            Ok(state) => self.go_on(shard, state, context),
            Err(error) => {
                tracing::error!(shard = shard.0, %error, "a shard could not be resumed");
                context.run_later(RETRY, move |this, context| this.resume(shard, None, context));
            }
        }
    }

    /// Starts the shard's next life and sends it what the former one had not answered, in order.
    fn go_on(&mut self, shard: ShardId, state: ShardState, context: &mut Context<Self>) {
        let threads = &self.around.threads;
        let arbiter = &threads[usize::from(shard.0) % threads.len()];
        let sender = ShardActor::resume(arbiter, state, self.around.lines.applying(shard));
        self.around.directory.seat(shard, Some(Addr::new(sender.clone())));
        self.around.lines.put_up(shard, sender);
        self.shard_needs_rows(shard, context);
        for place in 0..self.flights.len() {
            let flight = &mut self.flights[place];
            if !flight.waits_for(shard) {
                continue;
            }
            if let Some(batch) = flight.batch_again(shard, &self.signals.set_aside) {
                self.send(self.oldest + place as u64, shard, ApplyBatch(batch), context);
            }
        }
        tracing::info!(shard = shard.0, "a shard serves again");
        self.want_postponed_cut(context);
        // This runs inside a future of the context, perhaps behind the one that takes replies. A new future
        // makes the context poll them all once more, and so sees the replies just asked for.
        context.spawn(actix::fut::ready(()));
    }
}
