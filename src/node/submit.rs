//! The way of records from the edge into the log, and the wait for their effect.
//!
//! Drafts are cut into submissions that fit one commit; each travels with its permit in a task of its
//! own, so that a client that goes away does not give the budget back early.

use std::sync::Arc;
use std::time::Duration;

use actors::{Ack, RecordOutcome};
use engine::ranking::JustDone;
use engine::record::Mode;
use engine::{Role, Sequence};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::admission::Permit;
use super::{Node, Position};
use crate::clock::Stopwatch;
use crate::event_log::{AppendError, Draft, LogHandle, Submission};

/// Records of one submission at most: one commit's worth, so that no submission is split.
pub const SUBMISSION_RECORDS: usize = 512;

/// How far an event must be before it is acknowledged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AckLevel {
    /// On disk and applied: the next recommendation reflects it.
    #[default]
    Applied,
    /// On disk; applied a moment later.
    Durable,
    /// Queued: a crash in the next milliseconds loses it.
    Accepted,
}

/// What became of a submission.
#[derive(Clone, Debug, PartialEq)]
pub struct Submitted {
    /// One outcome per draft, in order; empty where the answer did not wait for it.
    pub outcomes: Vec<RecordOutcome>,
    /// Whether all of it is applied.
    pub applied: bool,
    /// Its place in the log; `None` where the answer did not wait for one.
    pub position: Option<Position>,
}

/// Why records were not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// The budget of events in flight is out; nothing was logged.
    #[error("the node has as many events in flight as it takes; try again in {retry_after_s} s")]
    Overloaded {
        /// Seconds after which to try again.
        retry_after_s: u32,
    },
    /// The node is starting or stopping.
    #[error("the node is not ready for events")]
    NotReady,
    /// One record is larger than the log takes.
    #[error("a record of {bytes} bytes is larger than the log takes (1 MiB)")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// The log could not be written; events are refused until the node is started again.
    #[error("the log could not be written: {0}")]
    LogFailed(String),
}

impl From<AppendError> for SubmitError {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Stopped => Self::NotReady,
            AppendError::TooLarge { bytes } => Self::TooLarge { bytes },
            AppendError::Disk(reason) => Self::LogFailed(reason),
        }
    }
}

/// One submission under way.
struct Pending {
    durable: oneshot::Receiver<Result<Sequence, AppendError>>,
    applied: oneshot::Receiver<Ack>,
}

impl Node {
    /// Takes drafts to the log and waits as far as `wait` says.
    ///
    /// More drafts than one commit holds are taken as several commits; the answer covers all of them.
    ///
    /// # Errors
    /// [`SubmitError`]: nothing of it was logged for `Overloaded`; after `LogFailed` a part of a large
    /// body may be in the log, and sending it again is safe.
    pub async fn submit(
        self: &Arc<Self>,
        drafts: Vec<Draft>,
        wait: AckLevel,
    ) -> Result<Submitted, SubmitError> {
        let bytes = drafts.iter().map(Draft::size).sum();
        let Some(permit) = self.admission.try_take(drafts.len(), bytes) else {
            metrics::counter!("freshet_admission_refused_total").increment(1);
            return Err(SubmitError::Overloaded { retry_after_s: 1 });
        };
        let footprints = drafts.iter().filter_map(|draft| self.footprint(draft)).collect();
        let pending = self.send(drafts)?;
        let (on_disk, durable) = oneshot::channel();
        let settled =
            actix_rt::spawn(Arc::clone(self).settle(pending, permit, footprints, on_disk));
        match wait {
            AckLevel::Accepted => Ok(Submitted::unapplied(None)),
            AckLevel::Durable => match durable.await {
                Ok(position) => Ok(Submitted::unapplied(Some(position))),
                Err(_) => settled.await.map_err(|_| SubmitError::NotReady)?,
            },
            AckLevel::Applied => self.await_applied(settled, durable).await,
        }
    }

    async fn await_applied(
        &self,
        mut settled: JoinHandle<Result<Submitted, SubmitError>>,
        durable: oneshot::Receiver<Position>,
    ) -> Result<Submitted, SubmitError> {
        let deadline = Duration::from_millis(self.config.events.apply_deadline_ms);
        if let Ok(done) = tokio::time::timeout(deadline, &mut settled).await {
            return done.map_err(|_| SubmitError::NotReady)?;
        }
        // Past the deadline the answer is 202 once it is on disk; a record that the disk may still
        // refuse is not promised.
        if let Ok(position) = durable.await {
            metrics::counter!("freshet_events_unapplied_total").increment(1);
            return Ok(Submitted::unapplied(Some(position)));
        }
        settled.await.map_err(|_| SubmitError::NotReady)?
    }

    /// Hands one draft to the log without waiting; dropped and counted where the budget is out.
    pub(super) fn submit_and_forget(self: &Arc<Self>, draft: Draft) {
        let Some(permit) = self.admission.try_take(1, draft.size()) else {
            metrics::counter!("freshet_served_dropped_total").increment(1);
            return;
        };
        if let Ok(pending) = self.send(vec![draft]) {
            let (on_disk, _) = oneshot::channel();
            actix_rt::spawn(Arc::clone(self).settle(pending, permit, Vec::new(), on_disk));
        }
    }

    /// Whether the log already holds each of `ids`, given as the hash of its user and the id: the lookup
    /// on disk for events that are older than what the shards remember.
    ///
    /// # Errors
    /// [`SubmitError::LogFailed`] where the log cannot be read.
    pub async fn already_logged(&self, ids: Vec<(u64, u64)>) -> Result<Vec<bool>, SubmitError> {
        let store = Arc::clone(&self.running().ok_or(SubmitError::NotReady)?.store);
        let look_up = move || ids.iter().map(|(user, id)| store.contains_id(*user, *id)).collect();
        let found: Result<Vec<bool>, _> =
            tokio::task::spawn_blocking(look_up).await.map_err(|_| SubmitError::NotReady)?;
        found.map_err(|error| SubmitError::LogFailed(error.to_string()))
    }

    /// Rows of `source` that are acknowledged from its start on, 0 for none.
    ///
    /// # Errors
    /// [`SubmitError`] where the node is not ready or the log cannot be read.
    pub fn source_position(&self, source: u64) -> Result<u64, SubmitError> {
        let running = self.running().ok_or(SubmitError::NotReady)?;
        running
            .store
            .source_progress(source)
            .map_err(|error| SubmitError::LogFailed(error.to_string()))
    }
}

/// What to note once an event is acknowledged.
struct Footprint {
    user_hash: u64,
    done: Option<JustDone>,
    at: engine::Timestamp,
}

impl Node {
    fn send(&self, drafts: Vec<Draft>) -> Result<Vec<Pending>, SubmitError> {
        let running = self.running().ok_or(SubmitError::NotReady)?;
        let mut pending = Vec::with_capacity(drafts.len().div_ceil(SUBMISSION_RECORDS));
        let mut rest = drafts;
        while !rest.is_empty() {
            let next = rest.split_off(rest.len().min(SUBMISSION_RECORDS));
            pending.push(submit_one(&running.log, rest)?);
            rest = next;
        }
        Ok(pending)
    }

    /// Waits for everything that was sent, however long it takes, and only then gives the permit back.
    async fn settle(
        self: Arc<Self>,
        pending: Vec<Pending>,
        permit: Permit,
        footprints: Vec<Footprint>,
        on_disk: oneshot::Sender<Position>,
    ) -> Result<Submitted, SubmitError> {
        let since_permit = Stopwatch::start();
        let mut position = Sequence(0);
        let mut to_apply = Vec::with_capacity(pending.len());
        for one in pending {
            let durable = one.durable.await.map_err(|_| SubmitError::NotReady)??;
            position = position.max(durable);
            to_apply.push(one.applied);
        }
        let until_durable = since_permit.elapsed();
        // Nobody listens where the answer waits for more or for less.
        let _ = on_disk.send(Position(position));
        let mut outcomes = Vec::new();
        for applied in to_apply {
            outcomes.extend(applied.await.map_err(|_| SubmitError::NotReady)?.outcomes);
        }
        drop(permit);
        let until_applied = since_permit.elapsed().saturating_sub(until_durable);
        for (stage, took) in [("durable", until_durable), ("applied", until_applied)] {
            metrics::histogram!("freshet_event_stage_seconds", "stage" => stage)
                .record(took.as_secs_f64());
        }
        self.note(&footprints);
        Ok(Submitted { outcomes, applied: true, position: Some(Position(position)) })
    }

    fn footprint(&self, draft: &Draft) -> Option<Footprint> {
        let Draft::Event { event, .. } = draft else { return None };
        let user_hash = self.key.user_hash(&event.user);
        let role = self.types.get(event.event_type).map(|spec| spec.role);
        let reacted = matches!(role, Some(Role::Positive | Role::Negative));
        let item = event.item.filter(|_| reacted && event.mode == Mode::Live);
        let done = item.map(|item| JustDone { item, event_type: event.event_type });
        Some(Footprint { user_hash, done, at: event.at })
    }

    fn note(&self, footprints: &[Footprint]) {
        for footprint in footprints {
            self.clock.observe(footprint.at);
            self.feeds.touch(footprint.user_hash);
            if let Some(done) = footprint.done {
                self.recent.note(footprint.user_hash, done);
            }
        }
    }
}

impl Submitted {
    fn unapplied(position: Option<Position>) -> Self {
        Self { outcomes: Vec::new(), applied: false, position }
    }
}

fn submit_one(log: &LogHandle, drafts: Vec<Draft>) -> Result<Pending, SubmitError> {
    let (durable_tx, durable) = oneshot::channel();
    let (applied_tx, applied) = oneshot::channel();
    log.submit(Submission { drafts, durable: durable_tx, applied: applied_tx })?;
    Ok(Pending { durable, applied })
}
