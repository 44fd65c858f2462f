//! Cuts: the state of the whole node at one commit, without stopping anything.
//!
//! Between two commits every shard is asked for its part; behind the last output of the first of them item
//! activity and rooms are asked too, and behind its last lesson the learner. Mailboxes are in order and have one sender, so
//! all parts are of that commit.
//!
//! **Invariant:** what a part said is never lost. Parts are increments: whoever gave one has forgotten
//! what it said. So parts of an abandoned cut, also those that come late, go to the checkpointer, which
//! writes them under the next cut; and no cut begins before every answer to the last one is in.
//!
//! Not here: asking for parts (see [`super::parts`]), giving up (see [`super::abandoning`]), writing (checkpointer).

use std::collections::BTreeSet;
use std::time::Duration;

use actix::prelude::*;
use engine::part::Part;
use engine::{Sequence, ShardId, Timestamp};
use tokio::sync::oneshot;

use super::Dispatcher;
use crate::checkpointer::{Forget, WriteCut};
use crate::error::CutError;
use crate::ports::CutReport;

/// Somebody who waits for a cut.
pub(super) type Request = oneshot::Sender<Result<CutReport, CutError>>;

/// Where the cuts stand.
pub(super) struct Cuts {
    /// Who waits for the next cut; a handful of operators and the node's own stop.
    pub(super) requests: Vec<Request>,
    /// Bytes of log since the last cut began.
    pub(super) log_bytes: u64,
    wanted: bool,
    pub(super) current: Option<Cut>,
    /// Shards that died since the last cut began.
    pub(super) died: BTreeSet<ShardId>,
    /// Questions for parts without an answer yet, of the current cut or an abandoned one.
    pub(super) unanswered: usize,
    /// Parts of an abandoned cut wait at the checkpointer, so that the next one has something to write.
    pub(super) carried: bool,
    /// Cuts begun so far; names them, since an abandoned cut and the next may be at the same commit.
    begun: u64,
    last: Sequence,
    last_success: Duration,
    last_try: Duration,
}

/// A cut that is being taken or written.
pub(super) struct Cut {
    pub(super) number: u64,
    pub(super) at: Sequence,
    /// Number of the first commit behind it.
    pub(super) border: u64,
    pub(super) began: Duration,
    pub(super) taken_at: Timestamp,
    pub(super) parts: Vec<Part>,
    /// For each shard the model's last publication whose rows its part holds.
    pub(super) through: Vec<u64>,
    pub(super) shards_in: bool,
    pub(super) activity: Stage,
    pub(super) rooms: Stage,
    pub(super) learner: Stage,
    /// Number of the first question to activity behind the cut, once activity was asked for its part.
    pub(super) lessons_border: Option<u64>,
    pub(super) requests: Vec<Request>,
    pub(super) writing: bool,
}

/// How far an owner is asked for its part.
#[derive(PartialEq)]
pub(super) enum Stage {
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

impl Cuts {
    /// While a cut waits to ask the learner: the question to activity up to which lessons go before.
    pub(super) fn learner_border(&self) -> Option<u64> {
        let cut = self.current.as_ref().filter(|cut| cut.learner == Stage::NotAsked)?;
        cut.lessons_border
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
            through: vec![0; usize::from(self.around.lines.len())],
            shards_in: false,
            activity: Stage::NotAsked,
            rooms: Stage::NotAsked,
            learner: if self.around.learner.is_some() { Stage::NotAsked } else { Stage::In },
            lessons_border: None,
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

    pub(super) fn write_cut(&mut self, context: &mut Context<Self>) {
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
                self.tell_what_is_kept(cut.through, context);
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
}

pub(super) fn answer(requests: Vec<Request>, report: &Result<CutReport, CutError>) {
    for request in requests {
        // Whoever gave up waiting has dropped the other end.
        drop(request.send(report.clone()));
    }
}
