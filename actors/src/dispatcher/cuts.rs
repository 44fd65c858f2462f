//! Cuts: the state of the whole node at one commit, without stopping anything.
//!
//! Between two commits every shard is asked for its part; behind the last output of the first of them item
//! activity is asked too. Mailboxes are in order and have one sender, so all parts are of that commit.
//!
//! **Invariant:** what a part said is never lost. Parts are increments: whoever gave one has forgotten
//! what it said. So parts of an abandoned cut, also those that come late, go to the checkpointer, which
//! writes them under the next cut; and no cut begins before every answer to the last one is in.
//!
//! Not here: writing.

use std::collections::BTreeSet;
use std::time::Duration;

use actix::prelude::*;
use engine::part::Part;
use engine::{Sequence, ShardId, Timestamp};
use futures_util::future::join_all;
use tokio::sync::oneshot;

use super::Dispatcher;
use crate::checkpointer::{Carry, Checkpointer, Forget, WriteCut};
use crate::error::CutError;
use crate::ports::CutReport;
use crate::shard::TakeCut;

/// Somebody who waits for a cut.
pub(super) type Request = oneshot::Sender<Result<CutReport, CutError>>;

/// Where the cuts stand.
pub(super) struct Cuts {
    /// Who waits for the next cut; a handful of operators and the node's own stop.
    pub(super) requests: Vec<Request>,
    /// Bytes of log since the last cut began.
    pub(super) log_bytes: u64,
    wanted: bool,
    current: Option<Cut>,
    /// Shards that died since the last cut began.
    pub(super) died: BTreeSet<ShardId>,
    /// Questions for parts without an answer yet, of the current cut or an abandoned one.
    unanswered: usize,
    /// Parts of an abandoned cut wait at the checkpointer, so that the next one has something to write.
    carried: bool,
    /// Cuts begun so far; names them, since an abandoned cut and the next may be at the same commit.
    begun: u64,
    last: Sequence,
    last_success: Duration,
    last_try: Duration,
}

/// A cut that is being taken or written.
struct Cut {
    number: u64,
    at: Sequence,
    /// Number of the first commit behind it.
    border: u64,
    began: Duration,
    taken_at: Timestamp,
    parts: Vec<Part>,
    shards_in: bool,
    activity: Stage,
    requests: Vec<Request>,
    writing: bool,
}

#[derive(PartialEq)]
enum Stage {
    NotAsked,
    Asked,
    In,
}

impl Cuts {
    /// No cut under way; the last one was at `last`, and the next is due by `now` plus the interval.
    pub(super) fn new(last: Sequence, now: Duration) -> Self {
        Self {
            requests: Vec::new(),
            log_bytes: 0,
            wanted: false,
            current: None,
            died: BTreeSet::new(),
            unanswered: 0,
            carried: false,
            begun: 0,
            last,
            last_success: now,
            last_try: now,
        }
    }
}

impl Dispatcher {
    /// Takes a cut if the time has come; tells how old the last one is.
    pub(super) fn cut_if_due(&mut self, context: &mut Context<Self>) {
        let now = (self.ports.elapsed)();
        let age = now.saturating_sub(self.cuts.last_success);
        metrics::gauge!("freshet_checkpoint_age_seconds").set(age.as_secs_f64());
        if self.settings.cut_every <= now.saturating_sub(self.cuts.last_try) {
            self.want_cut(context);
        }
    }

    /// Takes a cut as soon as one can be taken.
    pub(super) fn want_cut(&mut self, context: &mut Context<Self>) {
        self.cuts.wanted = true;
        self.want_postponed_cut(context);
    }

    /// Takes the cut that is wanted, if any, unless one is under way or a shard is down.
    pub(super) fn want_postponed_cut(&mut self, context: &mut Context<Self>) {
        let cuts = &mut self.cuts;
        let busy = cuts.current.is_some() || 0 < cuts.unanswered || 0 < self.around.lines.down();
        if !cuts.wanted || busy {
            return;
        }
        cuts.wanted = false;
        cuts.log_bytes = 0;
        cuts.last_try = (self.ports.elapsed)();
        if self.delivered == cuts.last && !cuts.carried {
            return self.nothing_new();
        }
        self.begin_cut(context);
    }

    /// Nothing was logged since the last cut: it is as good as a new one.
    fn nothing_new(&mut self) {
        self.cuts.last_success = self.cuts.last_try;
        let report = CutReport { cut: self.cuts.last, bytes: 0, took: Duration::ZERO };
        answer(std::mem::take(&mut self.cuts.requests), &Ok(report));
    }

    fn begin_cut(&mut self, context: &mut Context<Self>) {
        // Here, because all that former lives said has arrived and nothing of the new ones has.
        let died = std::mem::take(&mut self.cuts.died);
        if !died.is_empty() {
            self.tell_checkpointer(Forget(died.into_iter().collect()), context);
        }
        self.cuts.begun += 1;
        let number = self.cuts.begun;
        let cut = Cut {
            number,
            at: self.delivered,
            border: self.oldest + self.flights.len() as u64,
            began: self.cuts.last_try,
            taken_at: (self.ports.now)(),
            parts: Vec::new(),
            shards_in: false,
            activity: Stage::NotAsked,
            requests: std::mem::take(&mut self.cuts.requests),
            writing: false,
        };
        self.cuts.current = Some(cut);
        self.ask_shards(number, context);
        self.cut_activity_if_due(context);
        context.run_later(self.settings.cut_deadline, move |this, context| {
            this.cut_overdue(number, context);
        });
    }

    fn ask_shards(&mut self, number: u64, context: &mut Context<Self>) {
        let mut asked = Vec::with_capacity(usize::from(self.around.lines.len()));
        for shard in (0..self.around.lines.len()).map(ShardId) {
            let Some((sender, _)) = self.around.lines.sender(shard) else { continue };
            match sender.send(TakeCut) {
                Ok(part) => asked.push(async move { (shard, part.await.ok()) }),
                Err(SendError::Closed(_)) => self.shard_died(shard, context),
                Err(SendError::Full(_)) => self.fatal("a shard's mailbox is full", context),
            }
        }
        self.cuts.unanswered += 1;
        context.spawn(join_all(asked).into_actor(self).map(move |parts, this, context| {
            this.shard_parts(number, parts, context);
        }));
    }

    fn shard_parts(
        &mut self,
        number: u64,
        answers: Vec<(ShardId, Option<Part>)>,
        context: &mut Context<Self>,
    ) {
        let mut parts = Vec::with_capacity(answers.len());
        for (shard, part) in answers {
            match part {
                Some(part) => parts.push(part),
                None => self.shard_lost_its_part(shard, context),
            }
        }
        self.take_parts(number, parts, context, |cut| cut.shards_in = true);
    }

    /// The shard died before it gave its part. Unless it is down already or in its next life, this is news.
    fn shard_lost_its_part(&mut self, shard: ShardId, context: &mut Context<Self>) {
        let dead = self.around.lines.sender(shard).is_some_and(|(sender, _)| !sender.connected());
        if dead {
            self.shard_died(shard, context);
        }
        let owner = format!("shard {}", shard.0);
        self.abandon_cut(|cut| CutError::OwnerDown { cut, owner }, context);
    }

    /// Asks activity for its part when everything up to the cut has been passed on and nothing beyond.
    pub(super) fn cut_activity_if_due(&mut self, context: &mut Context<Self>) {
        let Some(cut) = &mut self.cuts.current else { return };
        if cut.activity != Stage::NotAsked || self.oldest < cut.border {
            return;
        }
        cut.activity = Stage::Asked;
        let number = cut.number;
        if let Some((absorb, weight)) = self.outbox.rest() {
            self.tell_activity(absorb, weight, context);
        }
        let Ok(part) = self.around.activity.send(crate::activity::TakeCut) else {
            return self.fatal("item activity does not take messages", context);
        };
        self.cuts.unanswered += 1;
        context.spawn(part.into_actor(self).map(move |part, this, context| match part {
            Ok(part) => {
                this.take_parts(number, vec![part], context, |cut| cut.activity = Stage::In);
            }
            Err(_) => this.fatal("item activity is gone", context),
        }));
    }

    /// Parts have come: of the cut that is being taken, or of one that was abandoned.
    fn take_parts(
        &mut self,
        number: u64,
        mut parts: Vec<Part>,
        context: &mut Context<Self>,
        note: impl FnOnce(&mut Cut),
    ) {
        self.cuts.unanswered -= 1;
        match &mut self.cuts.current {
            Some(cut) if cut.number == number => {
                cut.parts.append(&mut parts);
                note(cut);
                if cut.shards_in && cut.activity == Stage::In {
                    self.write_cut(context);
                }
            }
            _ => self.carry(parts, context),
        }
        self.want_postponed_cut(context);
    }

    fn write_cut(&mut self, context: &mut Context<Self>) {
        let Some(cut) = &mut self.cuts.current else { return };
        cut.writing = true;
        let write = WriteCut {
            cut: cut.at,
            taken_at: cut.taken_at,
            set_aside: self.signals.set_aside.list(),
            parts: std::mem::take(&mut cut.parts),
        };
        let Ok(written) = self.around.checkpointer.send(write) else {
            return self.fatal("the checkpointer does not take messages", context);
        };
        context.spawn(written.into_actor(self).map(|written, this, context| match written {
            Ok(written) => this.cut_written(written, context),
            Err(_) => this.fatal("the checkpointer is gone", context),
        }));
    }

    fn cut_written(&mut self, written: Result<u64, CutError>, context: &mut Context<Self>) {
        let Some(cut) = self.cuts.current.take() else { return };
        let now = (self.ports.elapsed)();
        let took = now.saturating_sub(cut.began);
        let report = written.map(|bytes| CutReport { cut: cut.at, bytes, took });
        match &report {
            Ok(report) => {
                self.cuts.last = cut.at;
                self.cuts.last_success = now;
                self.cuts.carried = false;
                metrics::histogram!("freshet_checkpoint_duration_seconds").record(took);
                metrics::gauge!("freshet_checkpoint_bytes").set(report.bytes as f64);
            }
            Err(error) => {
                tracing::error!(%error, "a checkpoint failed; the one before stays");
                self.cuts.carried = true;
                metrics::counter!("freshet_checkpoints_abandoned_total").increment(1);
            }
        }
        answer(cut.requests, &report);
        self.want_postponed_cut(context);
    }

    fn cut_overdue(&mut self, number: u64, context: &mut Context<Self>) {
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
    }

    /// Has the checkpointer keep parts for the next cut.
    fn carry(&mut self, parts: Vec<Part>, context: &mut Context<Self>) {
        self.cuts.carried = true;
        self.tell_checkpointer(Carry(parts), context);
    }

    fn tell_checkpointer<M>(&mut self, message: M, context: &mut Context<Self>)
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

fn answer(requests: Vec<Request>, report: &Result<CutReport, CutError>) {
    for request in requests {
        // Whoever gave up waiting has dropped the other end.
        drop(request.send(report.clone()));
    }
}
