//! Running actors with a log writer's stand-in, and a plain run to compare them with.

use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use engine::model::Versions;
use engine::shard::ShardState;
use engine::{Applied, ItemActivity, Record, Sequence, ShardId, Timestamp};
use tokio::sync::oneshot;

use super::{MemoryLog, MemoryStore, NOON};
use crate::activity::absorb;
use crate::flight::{Outputs, Said};
use crate::learner::teach;
use crate::recovery::StateConfig;
use crate::*;

/// A node's actors between a log and a store in memory.
pub(crate) struct Rig {
    pub(crate) actors: NodeActors,
    pub(crate) log: Arc<MemoryLog>,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) config: StateConfig,
    pub(crate) noted: Arc<Noted>,
    pub(crate) fatal: Arc<Mutex<Vec<String>>>,
    pub(crate) writer: mpsc::Sender<(Vec<Record>, oneshot::Sender<Ack>)>,
}

/// What the actors asked to be noted in the log.
#[derive(Default)]
pub(crate) struct Noted(pub(crate) Mutex<Vec<(Sequence, ShardId)>>);

impl SetAsideSink for Noted {
    fn set_aside(&self, sequence: Sequence, shard: ShardId) {
        self.0.lock().unwrap().push((sequence, shard));
    }
}

pub(crate) fn settings() -> ActorSettings {
    ActorSettings {
        shard_threads: 2,
        cut_every: Duration::from_hours(1),
        cut_log_bytes: u64::MAX,
        cut_deadline: Duration::from_secs(30),
        publish_every: Duration::from_millis(20),
        publish_model_every: Duration::from_millis(10),
    }
}

impl Rig {
    pub(crate) fn new(shards: u16) -> Self {
        Self::with(shards, settings(), Arc::default(), Arc::default())
    }

    /// Recovers from `log` and `store`, then starts.
    pub(crate) fn with(
        shards: u16,
        settings: ActorSettings,
        log: Arc<MemoryLog>,
        store: Arc<MemoryStore>,
    ) -> Self {
        Self::of(super::config(shards), settings, log, store)
    }

    /// The same with a configuration of one's own.
    pub(crate) fn of(
        config: StateConfig,
        settings: ActorSettings,
        log: Arc<MemoryLog>,
        store: Arc<MemoryStore>,
    ) -> Self {
        Self::listened(config, settings, (log, store), Arc::new(crate::NobodyListens))
    }

    /// The same with somebody who hears what rooms say.
    pub(crate) fn listened(
        config: StateConfig,
        settings: ActorSettings,
        (log, store): (Arc<MemoryLog>, Arc<MemoryStore>),
        rooms: Arc<dyn crate::RoomListener>,
    ) -> Self {
        let recovered = recover_from(&log, &store, &config);
        let noted = Arc::new(Noted::default());
        let fatal = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&fatal);
        let started = tokio::time::Instant::now();
        let ports = Ports {
            store: Arc::clone(&store) as _,
            log: Arc::clone(&log) as _,
            set_aside: Arc::clone(&noted) as _,
            now: Arc::new(|| Timestamp::from_millis(NOON)),
            elapsed: Arc::new(move || started.elapsed()),
            on_cut: Arc::new(|_| ()),
            rooms,
            on_fatal: Arc::new(move |why| told.lock().unwrap().push(why.to_owned())),
        };
        let actors = start(recovered, settings, ports);
        let (writer, commits) = mpsc::channel::<(Vec<Record>, oneshot::Sender<Ack>)>();
        let handle = actors.dispatcher.clone();
        let of_writer = Arc::clone(&log);
        std::thread::spawn(move || {
            while let Ok((records, done)) = commits.recv() {
                handle.wait_for_slot();
                of_writer.append(&records);
                let last = records.last().map_or(of_writer.last(), |record| record.sequence);
                let acks = vec![PendingAck { records: 0..records.len(), done }];
                handle.deliver(Commit { last, records, acks });
            }
        });
        Self { actors, log, store, config, noted, fatal, writer }
    }

    /// Hands a commit to the log writer's stand-in.
    pub(crate) fn commit(&self, records: &[Record]) -> oneshot::Receiver<Ack> {
        let (done, ack) = oneshot::channel();
        self.writer.send((records.to_vec(), done)).unwrap();
        ack
    }

    pub(crate) async fn run(&self, commits: &[Vec<Record>]) -> Vec<Ack> {
        let acks: Vec<_> = commits.iter().map(|commit| self.commit(commit)).collect();
        let mut got = Vec::new();
        for ack in acks {
            got.push(tokio::time::timeout(Duration::from_secs(20), ack).await.unwrap().unwrap());
        }
        got
    }

    pub(crate) async fn digests(&self) -> Vec<u64> {
        let mut digests = Vec::new();
        for shard in 0..self.config.shards {
            digests.push(self.actors.shards.digest(ShardId(shard)).await.unwrap());
        }
        digests
    }

    /// Everything that a restart would come to, from what is stored and logged now.
    pub(crate) fn recovered(&self) -> Recovered {
        recover_from(&self.log, &self.store, &self.config)
    }

    /// Waits until `sequence` has been passed on.
    pub(crate) async fn passed_on(&self, sequence: Sequence) {
        let mut passed_on = self.actors.passed_on.clone();
        let reached = passed_on.wait_for(|reached| sequence <= *reached);
        tokio::time::timeout(Duration::from_secs(20), reached).await.unwrap().unwrap();
    }
}

pub(super) fn recover_from(
    log: &MemoryLog,
    store: &MemoryStore,
    config: &StateConfig,
) -> Recovered {
    let sources = RecoverySources { store, log, last: log.last(), set_aside: log.set_aside() };
    recover(&sources, config, &RecoveryProgress::default()).unwrap()
}

/// What a node comes to where commits are applied one by one, without actors.
pub(crate) struct Plain {
    pub(crate) shards: Vec<u64>,
    pub(crate) activity: u64,
    /// With every user's row in its buffer: nothing was ever published.
    pub(crate) learner: Option<Versions>,
}

pub(crate) fn plain_run(commits: &[Vec<Record>], config: &StateConfig, skip: &[Sequence]) -> Plain {
    let new = |shard| ShardState::new(ShardId(shard), Arc::clone(&config.apply));
    let mut shards: Vec<_> = (0..config.shards).map(new).collect();
    let mut activity = ItemActivity::new(Arc::clone(&config.activity));
    let mut learner = config.model.as_ref().map(|it| Versions::new(it.versions()));
    for commit in commits {
        let mut applied = Applied::default();
        for record in commit.iter().filter(|record| !skip.contains(&record.sequence)) {
            config.apply.features.declared().names.read(record);
            match record.shard() {
                Some(shard) => shards[usize::from(shard.0)].apply(record, &mut applied),
                None if record.is_for_every_shard() => {
                    for shard in &mut shards {
                        shard.apply(record, &mut applied);
                    }
                }
                _ => {}
            }
        }
        let said = std::iter::once(Said::from(applied));
        let outputs = Outputs::join(Arc::new(commit.clone()), said);
        absorb(&mut activity, outputs.assign_all(), |lesson| {
            if let Some(learner) = &mut learner {
                teach(learner, &[lesson], |_| ());
            }
        });
    }
    let shards = shards.iter().map(ShardState::digest).collect();
    Plain { shards, activity: activity.digest(), learner }
}
