//! Giving up a cut: the one before stays, and what its parts said is kept for the next.
//!
//! **Invariant:** what an owner said at a cut that failed reaches the checkpointer, however late it comes.
//!
//! Not here: taking one (see [`super::cuts`]).

use actix::prelude::*;
use engine::Sequence;
use engine::part::Part;

use super::Dispatcher;
use super::cuts::answer;
use crate::checkpointer::{Carry, Checkpointer};
use crate::error::CutError;

impl Dispatcher {
    pub(super) fn cut_overdue(&mut self, number: u64, context: &mut Context<Self>) {
        if self.cuts.current.as_ref().is_some_and(|cut| cut.number == number) {
            self.abandon_cut(|cut| CutError::Abandoned { cut }, context);
        }
    }

    /// Gives up the cut that is being taken, if its parts are not all there; keeps those that are.
    pub(super) fn abandon_cut(
        &mut self,
        why: impl FnOnce(Sequence) -> CutError,
        context: &mut Context<Self>,
    ) {
        if self.cuts.current.as_ref().is_none_or(|cut| cut.writing) {
            return;
        }
        let Some(cut) = self.cuts.current.take() else { return };
        let error = why(cut.at);
        tracing::warn!(%error, "a checkpoint was abandoned; the one before stays");
        metrics::counter!("freshet_checkpoints_abandoned_total").increment(1);
        self.carry(cut.parts, context);
        answer(cut.requests, &Err(error));
        self.teach(context); // lessons behind it wait no longer
    }

    /// Has the checkpointer keep parts for the next cut.
    pub(super) fn carry(&mut self, parts: Vec<Part>, context: &mut Context<Self>) {
        self.cuts.carried = true;
        self.tell_checkpointer(Carry(parts), context);
    }

    pub(super) fn tell_checkpointer<M>(&mut self, message: M, context: &mut Context<Self>)
    where
        M: Message<Result = ()> + Send + 'static,
        Checkpointer: Handler<M>,
    {
        let Ok(done) = self.around.checkpointer.send(message) else {
            return self.fatal("the checkpointer does not take messages", context);
        };
        // Waited for, because actix drops a message whose sender no longer listens.
        context.spawn(done.into_actor(self).map(|done, this, context| {
            if done.is_err() {
                this.fatal("the checkpointer is gone", context);
            }
        }));
    }
}
