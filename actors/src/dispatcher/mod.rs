//! The dispatcher: the one place that knows order.
//!
//! It deals each durable commit out to the shards it touches, one message a shard; answers those who wait as
//! the shards' replies arrive; and when all replies of a commit are in, and in commit order, passes
//! its outputs on to item activity and live rooms and gives its slot back. What activity makes of samples goes on to the learner.
//!
//! **Invariant:** each shard gets its batches in commit order: they have one sender, this actor, which enqueues
//! at the call. A full mailbox here is a bug in a bound and stops the node, loudly.
//!
//! **Invariant:** nothing is passed on out of commit order, or twice: outputs of a resumed shard below the
//! first batch it had not answered are dropped where they are made.
//!
//! Not here: what a record means (engine), resuming a shard (supervisor), writing a cut (checkpointer).

mod abandoning;
mod cuts;
mod handle;
mod joins;
mod lessons;
mod lines;
mod outbox;
mod parts;
mod passing;
mod replies;
mod resume;
mod teaching;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use actix::dev::channel::AddressSender;
use actix::prelude::*;
use engine::features::declared::CategoryBook;
use engine::{Applied, RecordBody, Sequence, ShardId};
use tokio::sync::{mpsc, oneshot, watch};

use crate::activity::{ActivityActor, Ageing};
use crate::checkpointer::Checkpointer;
use crate::commit::Commit;
use crate::error::CutError;
use crate::flight::{Assigned, Flight};
use crate::learner::LearnerActor;
use crate::log_bytes::log_bytes;
use crate::mailbox;
use crate::model_age::ModelAge;
use crate::ports::{ActorSettings, CutReport, Ports};
use crate::rooms::{RoomBatch, RoomsActor, RoomsWait};
use crate::set_aside::SetAsideList;
use crate::shard::ApplyBatch;
use crate::shards::ShardDirectory;
use crate::slots::{COMMITS_IN_FLIGHT, Slots};
use crate::supervisor::Supervisor;

pub use handle::DispatcherHandle;
pub(crate) use lines::Lines;

use cuts::Cuts;
use joins::Joins;
use lessons::Lessons;
use outbox::Outbox;
use replies::{Replies, Reply, Sent, TakeReplies};
use teaching::Teaching;

/// Messages that may wait here: the commits in flight, requests for a cut, and margin. A request for a cut
/// that finds it full waits outside.
const MAILBOX_CAPACITY: usize = COMMITS_IN_FLIGHT + 24;

/// How often time is written into the log for the sake of activity alone: its windows are exact to 30 s, and
/// trends fade over minutes.
const AGEING_TICKS: Duration = Duration::from_secs(10);

/// A commit is durable: apply it.
#[derive(Message)]
#[rtype(result = "()")]
struct Deliver(Commit);

/// Take a cut. The answer comes when it is written, long after the message was handled.
#[derive(Message)]
#[rtype(result = "()")]
struct Checkpoint(oneshot::Sender<Result<CutReport, CutError>>);

/// Whom the dispatcher talks to, made before it starts.
pub(crate) struct Neighbours {
    /// The arbiters over which the shards are spread.
    pub(crate) threads: Vec<ArbiterHandle>,
    pub(crate) lines: Lines,
    pub(crate) directory: ShardDirectory,
    pub(crate) noticed: mpsc::Receiver<()>,
    pub(crate) activity: AddressSender<ActivityActor>,
    pub(crate) rooms: AddressSender<RoomsActor>,
    /// `None` where there is no model.
    pub(crate) learner: Option<AddressSender<LearnerActor>>,
    pub(crate) supervisor: AddressSender<Supervisor>,
    pub(crate) checkpointer: AddressSender<Checkpointer>,
    /// What shards know categories by.
    pub(crate) names: Arc<CategoryBook>,
}

/// What the dispatcher tells everyone.
pub(crate) struct Signals {
    pub(crate) timers_pending: Arc<AtomicBool>,
    pub(crate) passed_on: watch::Sender<Sequence>,
    /// The last record that rooms were or will be told of; of those up to `passed_on`, no other says anything to them.
    pub(crate) rooms_told: Arc<AtomicU64>,
    pub(crate) model_backlog: watch::Sender<usize>,
    pub(crate) set_aside: SetAsideList,
    pub(crate) model_age: Arc<ModelAge>,
}

/// Deals commits out, joins replies, keeps order.
pub(crate) struct Dispatcher {
    ports: Ports,
    settings: ActorSettings,
    around: Neighbours,
    signals: Signals,
    slots: Arc<Slots>,
    /// Commits not passed on yet, oldest first: at most [`COMMITS_IN_FLIGHT`], the slots see to it.
    flights: VecDeque<Flight>,
    /// Number of the oldest of them, counted from the start.
    oldest: u64,
    /// Last record delivered.
    delivered: Sequence,
    replies: Replies,
    outbox: Outbox<Assigned>,
    to_rooms: Outbox<RoomBatch>,
    /// What rooms said last.
    rooms_wait: RoomsWait,
    lessons: Lessons,
    teaching: Teaching,
    joins: Joins,
    cuts: Cuts,
    /// What activity said last.
    activity_ages: Ageing,
    /// When a tick was last asked for on its behalf.
    aged: Option<Duration>,
}

impl Dispatcher {
    /// Starts it on `arbiter`, with everything up to `recovered` applied and the last cut at `cut`.
    pub(crate) fn start(
        arbiter: &ArbiterHandle,
        (ports, settings): (Ports, ActorSettings),
        around: Neighbours,
        signals: Signals,
        (recovered, cut): (Sequence, Sequence),
    ) -> DispatcherHandle {
        let slots = Arc::new(Slots::default());
        let on_fatal = Arc::clone(&ports.on_fatal);
        let of_actor = Arc::clone(&slots);
        let cuts = Cuts::new(cut, (ports.elapsed)());
        let sender = mailbox::open(arbiter, MAILBOX_CAPACITY, move |_| Self {
            ports,
            settings,
            around,
            signals,
            slots: of_actor,
            flights: VecDeque::with_capacity(COMMITS_IN_FLIGHT),
            oldest: 0,
            delivered: recovered,
            replies: Replies::new(),
            outbox: Outbox::default(),
            to_rooms: Outbox::default(),
            rooms_wait: RoomsWait::default(),
            lessons: Lessons::default(),
            teaching: Teaching::default(),
            joins: Joins::default(),
            cuts,
            activity_ages: Ageing::default(),
            aged: None,
        });
        DispatcherHandle { address: Addr::new(sender), slots, on_fatal }
    }

    fn deliver(&mut self, commit: Commit, context: &mut Context<Self>) {
        for record in &commit.records {
            self.cuts.log_bytes += log_bytes(record);
            self.around.names.read(record);
            if let RecordBody::SetAside { sequence, .. } = record.body {
                self.signals.set_aside.insert(sequence);
            }
        }
        self.delivered = commit.last;
        let flight = Flight::new(commit, self.around.lines.len());
        let number = self.oldest + self.flights.len() as u64;
        let batches: Vec<_> =
            flight.shards().filter_map(|shard| Some((shard, flight.batch(shard)?))).collect();
        self.flights.push_back(flight);
        for (shard, batch) in batches {
            self.send(number, shard, ApplyBatch(batch), context);
        }
        self.pass_on(context);
        if self.settings.cut_log_bytes <= self.cuts.log_bytes {
            self.want_cut(context);
        }
    }

    /// Sends a shard its share; a shard that is down gets it when it is back.
    fn send(
        &mut self,
        commit: u64,
        shard: ShardId,
        batch: ApplyBatch,
        context: &mut Context<Self>,
    ) {
        let Some((sender, life)) = self.around.lines.sender(shard) else { return };
        match sender.send(batch) {
            Ok(reply) => self.replies.push(Reply { sent: Sent { commit, shard, life }, reply }),
            Err(SendError::Closed(_)) => self.shard_died(shard, context),
            Err(SendError::Full(_)) => self.fatal("a shard's mailbox is full", context),
        }
    }

    /// A shard has replied to a batch, or died over it.
    fn replied(&mut self, sent: Sent, applied: Option<Applied>, context: &mut Context<Self>) {
        if self.around.lines.life(sent.shard) != sent.life {
            return; // a former life's word: its share is sent again, and counts then
        }
        let Some(applied) = applied else { return self.shard_died(sent.shard, context) };
        let pending = self.around.lines.timers(sent.shard, applied.timers_pending)
            || self.rooms_wait == RoomsWait::ForTime;
        self.signals.timers_pending.store(pending, Ordering::Release);
        self.joins.take(sent.shard, &applied);
        let place = sent.commit.checked_sub(self.oldest).map(|place| place as usize);
        if let Some(flight) = place.and_then(|place| self.flights.get_mut(place)) {
            flight.replied(sent.shard, applied);
            if flight.is_complete() {
                self.pass_on(context);
            }
        }
    }

    /// Something that cannot be mended from here: the node has to stop.
    fn fatal(&mut self, why: &str, context: &mut Context<Self>) {
        tracing::error!(why, "the dispatcher stops");
        (self.ports.on_fatal)(why);
        context.stop();
    }

    fn every_moment(&mut self, context: &mut Context<Self>) {
        metrics::gauge!("freshet_commits_in_flight").set(self.flights.len() as f64);
        metrics::gauge!("freshet_shards_down").set(self.around.lines.down() as f64);
        self.tell_backlog();
        self.joins.tell();
        self.cut_if_due(context);
        self.let_activity_age();
    }

    /// Asks for a tick now and then while nothing but time moves what activity shows. The reply of the first shard
    /// that applies it takes the wish back.
    fn let_activity_age(&mut self) {
        let now = (self.ports.elapsed)();
        let due = self.aged.is_none_or(|aged| AGEING_TICKS <= now.saturating_sub(aged));
        if self.activity_ages == Ageing::Yes && due {
            self.aged = Some(now);
            self.signals.timers_pending.store(true, Ordering::Release);
        }
    }

    fn look_after_shards(&mut self, context: &mut Context<Self>) {
        for shard in self.around.lines.dead() {
            self.shard_died(shard, context);
        }
    }
}

impl Actor for Dispatcher {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Self::Context) {
        context.spawn(TakeReplies);
        let moment = self.settings.cut_every.min(Duration::from_secs(1));
        context.run_interval(moment, Self::every_moment);
        let (_, closed) = mpsc::channel(1);
        let noticed = std::mem::replace(&mut self.around.noticed, closed);
        let deaths = futures_util::stream::unfold(noticed, |mut noticed| async move {
            noticed.recv().await.map(|()| (Noticed, noticed))
        });
        context.add_stream(deaths);
    }
}

/// A reader found a shard dead.
struct Noticed;

impl StreamHandler<Noticed> for Dispatcher {
    fn handle(&mut self, _: Noticed, context: &mut Self::Context) {
        self.look_after_shards(context);
    }

    /// The last reader is gone; commits may still come.
    fn finished(&mut self, _: &mut Self::Context) {}
}

impl Drop for Dispatcher {
    /// The log writer must not wait for one who is gone.
    fn drop(&mut self) {
        self.slots.close();
    }
}

impl Handler<Deliver> for Dispatcher {
    type Result = ();

    fn handle(&mut self, Deliver(commit): Deliver, context: &mut Self::Context) {
        self.deliver(commit, context);
    }
}

impl Handler<Checkpoint> for Dispatcher {
    type Result = ();

    fn handle(&mut self, Checkpoint(reply): Checkpoint, context: &mut Self::Context) {
        self.cuts.requests.push(reply);
        self.want_cut(context);
    }
}

#[cfg(test)]
mod tests;
