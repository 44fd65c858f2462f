//! The writer's loop.
//!
//! Not here: what a commit may hold (see [`super::commit`]) and how drafts become records (see
//! [`super::resolve`]).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use actors::{Ack, Commit, PendingAck};
use crossbeam_channel::{Receiver, RecvTimeoutError};
use engine::{Record, RecordBody, Sequence, Timestamp};

use super::commit::{Batch, Next};
use super::notes::Notes;
use super::resolve::Resolver;
use super::ticks::{TickSource, Ticker};
use super::{Command, CommitSink, Submission};
use crate::catalogue::Catalogue;
use crate::clock::{self, Stopwatch};
use crate::event_log::{AppendError, LocalLog};

/// The thread's own state.
pub(super) struct Writer {
    log: Arc<LocalLog>,
    catalogue: Arc<Catalogue>,
    ticker: Ticker,
    next: Sequence,
    /// Why nothing is written any more.
    broken: Option<AppendError>,
    failed: Arc<AtomicBool>,
    notes: Notes,
}

impl Writer {
    pub(super) fn new(
        log: Arc<LocalLog>,
        catalogue: Arc<Catalogue>,
        ticks: TickSource,
        failed: Arc<AtomicBool>,
    ) -> Self {
        let (next, notes) = (log.first_free(), Notes::open(log.dir()));
        Self { log, catalogue, ticker: Ticker::new(ticks), next, broken: None, failed, notes }
    }

    /// Runs until it is told to stop or nobody can submit any more.
    pub(super) fn run(mut self, waiting: &Receiver<Command>, sink: &impl CommitSink) {
        let mut left_over = None;
        loop {
            let first = match left_over.take() {
                Some(submission) => Some(submission),
                None => match waiting.recv_timeout(self.ticker.patience()) {
                    Ok(Command::Append(submission)) => Some(submission),
                    Ok(Command::Stop) | Err(RecvTimeoutError::Disconnected) => break,
                    Err(RecvTimeoutError::Timeout) => None,
                },
            };
            match self.step(first, waiting, sink) {
                Next::Nothing => {}
                Next::Full(submission) => left_over = Some(submission),
                Next::Stop => break,
            }
        }
        refuse_rest(waiting);
    }

    /// Writes one commit: `first` and what else is waiting, or a tick alone, or nothing.
    fn step(
        &mut self,
        first: Option<Submission>,
        waiting: &Receiver<Command>,
        sink: &impl CommitSink,
    ) -> Next {
        let tick = if self.broken.is_none() { self.ticker.due() } else { None };
        if first.is_none() && tick.is_none() {
            return Next::Nothing;
        }
        // Before the batch is formed, so that it grows while eight commits are still being applied.
        let slot = Stopwatch::start();
        if self.broken.is_none() {
            sink.wait_for_slot();
        }
        time("slot", slot);
        let (batch, next) = match first {
            Some(first) => Batch::gather(first, waiting),
            None => (Batch::default(), Next::Nothing),
        };
        self.commit(batch.submissions, tick, sink);
        next
    }

    fn commit(
        &mut self,
        submissions: Vec<Submission>,
        tick: Option<Timestamp>,
        sink: &impl CommitSink,
    ) {
        if let Some(error) = &self.broken {
            return refuse(submissions.into_iter().map(|submission| submission.durable), error);
        }
        let mut resolver = Resolver::new(&self.catalogue, self.next);
        if let Some(time) = tick {
            resolver.push(RecordBody::Tick { time });
        }
        let mut durable = Vec::with_capacity(submissions.len());
        let mut acks = Vec::with_capacity(submissions.len());
        for Submission { drafts, durable: told, applied } in submissions {
            let records = resolver.add(drafts);
            durable.push((told, records.clone()));
            acks.push(PendingAck { records, done: applied });
        }
        let records = resolver.into_records();
        if let Err(error) = self.write(&records) {
            tracing::error!(%error, "the log takes no more events");
            self.failed.store(true, Ordering::Release);
            refuse(durable.into_iter().map(|(told, _)| told), &error);
            self.broken = Some(error);
            return;
        }
        for (told, range) in durable {
            let last = range.last().map_or(self.log.last(), |place| records[place].sequence);
            // Whoever has gone away is not waited for.
            let _ = told.send(Ok(last));
        }
        for record in &records {
            self.catalogue.apply(&record.body);
        }
        deliver(Commit { last: self.log.last(), records, acks }, sink);
    }

    fn write(&mut self, records: &[Record]) -> Result<(), AppendError> {
        let Some(last) = records.last().map(|record| record.sequence) else { return Ok(()) };
        // Counted up before the write: a number whose write failed is not used again.
        self.next = Sequence(last.0 + 1);
        let sync = Stopwatch::start();
        let appended = self
            .log
            .append(records, clock::wall_now())
            .map_err(|error| AppendError::Disk(error.to_string()))?;
        metrics::histogram!("freshet_log_sync_duration_seconds").record(sync.elapsed());
        time("write", sync);
        metrics::counter!("freshet_log_commits_total").increment(1);
        metrics::counter!("freshet_log_records_total").increment(records.len() as u64);
        metrics::counter!("freshet_log_bytes_total").increment(appended.bytes);
        self.notes.synced();
        Ok(())
    }
}

fn deliver(commit: Commit, sink: &impl CommitSink) {
    let handing_over = Stopwatch::start();
    if commit.records.is_empty() {
        // Nothing was written, so there is nothing to apply and nobody to pass it to.
        for ack in commit.acks {
            let _ = ack.done.send(Ack { outcomes: Vec::new(), position: commit.last });
        }
    } else {
        sink.deliver(commit);
    }
    time("deliver", handing_over);
}

fn time(stage: &'static str, since: Stopwatch) {
    metrics::histogram!("freshet_log_stage_duration_seconds", "stage" => stage)
        .record(since.elapsed());
}

/// Answers whoever came too late.
fn refuse_rest(waiting: &Receiver<Command>) {
    let late = waiting.try_iter().filter_map(|command| match command {
        Command::Append(submission) => Some(submission.durable),
        Command::Stop => None,
    });
    refuse(late, &AppendError::Stopped);
}

type Told = tokio::sync::oneshot::Sender<Result<Sequence, AppendError>>;

fn refuse(waiting: impl Iterator<Item = Told>, error: &AppendError) {
    for told in waiting {
        // Whoever has gone away is not waited for.
        let _ = told.send(Err(error.clone()));
    }
}
