//! Starts the actors around recovered state, and stops them with a last cut.
//!
//! Threads: one arbiter per core for the shards, one each for dispatcher, rooms, activity, learner, checkpointer, supervisor
//! and whoever fills features from the log. The latter six may block or compute for long, so none of them shares an arbiter.
//!
//! Not here: the log writer. It is started after the actors and stopped before them.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use actix::dev::channel::AddressSender;
use actix::prelude::*;
use arc_swap::ArcSwap;
use engine::model::{PublishedModels, Versions};
use engine::rooms::LiveRooms;
use engine::shard::ShardState;
use engine::{ActivityView, Sequence, ShardId};
use tokio::sync::watch;

use crate::activity::ActivityActor;
use crate::checkpointer::Checkpointer;
use crate::dispatcher::{Dispatcher, DispatcherHandle, Lines, Neighbours, Signals};
use crate::error::CutError;
use crate::filling::{FillHandle, Filling};
use crate::learner::{LearnerActor, ModelReader, Surroundings, deal};
use crate::model_age::ModelAge;
use crate::ports::{ActorSettings, CutReport, Ports};
use crate::priority::may_wait;
use crate::recovery::Recovered;
use crate::rooms::{RoomsActor, RoomsReader};
use crate::set_aside::SetAsideList;
use crate::shard::{Applying, ShardActor};
use crate::shards::ShardDirectory;
use crate::supervisor::Supervisor;

/// How often a last cut that failed is tried again before the node stops without it.
const LAST_CUT_TRIES: usize = 3;

/// The actors of a node, running.
pub struct NodeActors {
    /// Where the log writer delivers, and where a cut is asked for.
    pub dispatcher: DispatcherHandle,
    /// Where readers find the shards.
    pub shards: ShardDirectory,
    /// The item activity last published.
    pub activity: Arc<ArcSwap<ActivityView>>,
    /// The way to live rooms.
    pub rooms: RoomsReader,
    /// The model's versions as last published; for ever empty where there is no model.
    pub model: Arc<ArcSwap<PublishedModels>>,
    /// The way to copies of versions; `None` where there is no model.
    pub models: Option<ModelReader>,
    /// How old that is.
    pub model_age: Arc<ModelAge>,
    /// Where it is asked which features are being filled from the log.
    pub filling: FillHandle,
    /// Whether timers wait anywhere, so that the log writer has to write the time into the log. True at the
    /// start, until the first tick tells.
    pub timers_pending: Arc<AtomicBool>,
    /// Last record of the last commit that is applied by all its shards, with all before it.
    pub passed_on: watch::Receiver<Sequence>,
    /// Samples that the learner has still to learn from; whoever brings a stream that can wait, waits for it.
    pub model_backlog: watch::Receiver<usize>,
    /// Records that are never applied again.
    pub set_aside: SetAsideList,
    arbiters: Vec<Arbiter>,
}

impl std::fmt::Debug for NodeActors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NodeActors").field("arbiters", &self.arbiters.len()).finish_non_exhaustive()
    }
}

/// Starts the actors; call inside a running actix system.
///
/// Records that recovery found to kill are handed to `ports.set_aside` before this returns.
#[must_use]
pub fn start(recovered: Recovered, settings: ActorSettings, ports: Ports) -> NodeActors {
    note_found(&recovered.found, &ports);
    let (shard_arbiters, others) = open_arbiters(settings.shard_threads);
    let threads: Vec<_> = shard_arbiters.iter().map(Arbiter::handle).collect();
    let on = Threads::of(&others);
    let (shards_total, from) = (recovered.shards.len(), (recovered.last, recovered.cut));
    let (directory, noticed) = ShardDirectory::new(shards_total as u16);
    let model = Arc::new(ArcSwap::from_pointee(PublishedModels::empty()));
    let model_age = Arc::new(ModelAge::new(Arc::clone(&ports.elapsed)));
    let mut shards = recovered.shards;
    let learner = recovered.learner.map(|learner| {
        let around = surroundings(&directory, &ports, &settings, &model_age);
        let learner = published_first(learner, &mut shards, &model);
        LearnerActor::start(&on.learner, (learner, recovered.fresh), Arc::clone(&model), around)
    });
    let models = learner.as_ref().map(|sender| ModelReader::new(Addr::new(sender.clone())));
    let lines = start_shards(shards, &threads, &directory);
    let (elapsed, every) = (Arc::clone(&ports.elapsed), settings.publish_every);
    let (activity, published) =
        ActivityActor::start(&on.activity, recovered.activity, elapsed, every);
    let (passed_on, seen) = watch::channel(recovered.last);
    let (rooms, rooms_read) = start_rooms(&on.rooms, recovered.rooms, &ports, seen.clone());
    let set_aside = recovered.set_aside;
    let shown = set_aside.clone();
    let names = Arc::clone(&recovered.apply.features.declared().names);
    let read_by = (ports.clone(), Arc::clone(&recovered.apply), set_aside.clone());
    let filling = Filling::over(read_by, &directory, &activity).start(&on.filling);
    let supervisor =
        Supervisor::start(&on.supervisor, ports.clone(), recovered.apply, shown, shards_total);
    let checkpointer = Checkpointer::start(&on.checkpointer, ports.clone());
    let around = Neighbours {
        threads,
        lines,
        directory: directory.clone(),
        noticed,
        activity,
        rooms,
        learner,
        supervisor,
        checkpointer,
        names,
    };
    let timers_pending = Arc::new(AtomicBool::new(true));
    let (backlog, behind) = watch::channel(0);
    let (pending, age) = (Arc::clone(&timers_pending), Arc::clone(&model_age));
    let signals = Signals {
        timers_pending: pending,
        passed_on,
        rooms_told: rooms_read.told(),
        model_backlog: backlog,
        set_aside: set_aside.clone(),
        model_age: age,
    };
    let dispatcher = Dispatcher::start(&on.dispatcher, (ports, settings), around, signals, from);
    NodeActors {
        dispatcher,
        shards: directory,
        activity: published,
        rooms: rooms_read,
        model,
        models,
        model_age,
        filling,
        timers_pending,
        passed_on: seen,
        model_backlog: behind,
        set_aside,
        arbiters: others.into_iter().chain(shard_arbiters).collect(),
    }
}

/// One for each of those that have a thread of their own.
struct Threads {
    dispatcher: ArbiterHandle,
    rooms: ArbiterHandle,
    activity: ArbiterHandle,
    supervisor: ArbiterHandle,
    learner: ArbiterHandle,
    checkpointer: ArbiterHandle,
    filling: ArbiterHandle,
}

impl Threads {
    fn of(arbiters: &[Arbiter; 7]) -> Self {
        let [dispatcher, rooms, activity, supervisor, learner, checkpointer, filling] =
            std::array::from_fn(|place| arbiters[place].handle());
        Self { dispatcher, rooms, activity, supervisor, learner, checkpointer, filling }
    }
}

/// Those of the shards, and one for each of the others, of which the last three may wait.
fn open_arbiters(shard_threads: usize) -> (Vec<Arbiter>, [Arbiter; 7]) {
    let shard_arbiters = (0..shard_threads.max(1)).map(|_| Arbiter::new()).collect();
    let others: [Arbiter; 7] = std::array::from_fn(|_| Arbiter::new());
    others[4..].iter().for_each(|arbiter| may_wait(&arbiter.handle()));
    (shard_arbiters, others)
}

fn start_rooms(
    arbiter: &ArbiterHandle,
    rooms: LiveRooms,
    ports: &Ports,
    passed_on: watch::Receiver<Sequence>,
) -> (AddressSender<RoomsActor>, RoomsReader) {
    let (taken_in, seen) = watch::channel(rooms.offset());
    let sender = RoomsActor::start(arbiter, rooms, Arc::clone(&ports.rooms), taken_in);
    let reader = RoomsReader::new(Addr::new(sender.clone()), seen, passed_on);
    (sender, reader)
}

fn surroundings(
    directory: &ShardDirectory,
    ports: &Ports,
    settings: &ActorSettings,
    age: &Arc<ModelAge>,
) -> Surroundings {
    Surroundings {
        directory: directory.clone(),
        elapsed: Arc::clone(&ports.elapsed),
        publish_every: settings.publish_model_every,
        age: Arc::clone(age),
    }
}

fn note_found(found: &[(Sequence, ShardId)], ports: &Ports) {
    for &(sequence, shard) in found {
        ports.set_aside.set_aside(sequence, shard);
    }
}

/// Publishes what was recovered before the shards run, so that the rows of a long replay do not come to them as a
/// burst of messages.
fn published_first(
    mut learner: Versions,
    shards: &mut [ShardState],
    model: &ArcSwap<PublishedModels>,
) -> Versions {
    let first = learner.publish();
    deal(first.rows, first.number, shards);
    model.store(first.models);
    learner
}

fn start_shards(
    states: Vec<ShardState>,
    threads: &[ArbiterHandle],
    directory: &ShardDirectory,
) -> Lines {
    let start = |(shard, state): (u16, ShardState)| {
        let applying = Applying::default();
        let arbiter = &threads[usize::from(shard) % threads.len()];
        let sender = ShardActor::resume(arbiter, state, Arc::clone(&applying));
        directory.seat(ShardId(shard), Some(Addr::new(sender.clone())));
        (sender, applying)
    };
    Lines::new((0u16..).zip(states).map(start).collect())
}

impl NodeActors {
    /// Takes a last cut of everything delivered, then stops all actors. The log writer has stopped before.
    ///
    /// # Errors
    /// [`CutError`] where there was no last cut: the next start replays the log from the one before.
    pub async fn stop(self) -> Result<CutReport, CutError> {
        self.filling.stop();
        let mut report = self.dispatcher.checkpoint().await;
        for _ in 1..LAST_CUT_TRIES {
            if report.is_ok() {
                break;
            }
            report = self.dispatcher.checkpoint().await;
        }
        let arbiters = self.arbiters;
        // One after the other, the dispatcher first: to it, a neighbour that leaves an answer owing is a fault.
        let join = move || {
            for arbiter in arbiters {
                arbiter.stop();
                drop(arbiter.join());
            }
        };
        // The threads end by themselves; waiting for them is only tidy, so a lost wait is no error.
        drop(tokio::task::spawn_blocking(join).await);
        report
    }
}
