//! Recovery: the last cut, then one scan of the log behind it.
//!
//! One thread reads the log in chunks; each worker applies a chunk's records to its own run of shards; one
//! more joins what the workers say of a chunk and feeds item activity, in the order in which the
//! dispatcher would have, and the last teaches the learner. Nothing waits for whole passes.
//!
//! **Invariant:** the state is bit for bit that of a node that never stopped: the same apply, the same order
//! of facts and lessons, the same records left out. The learner's is that of one that never had to shed.
//!
//! Not here: opening log and store; deciding where the log ends.

mod feed;
mod model;
mod worker;

use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use engine::activity::ActivityConfig;
use engine::log::LogReader;
use engine::model::versions::{GuardConfig, ModelFiles};
use engine::model::{ModelConfig, Versions, VersionsConfig};
use engine::part::{CheckpointStore, PartOwner};
use engine::rooms::{LiveBounds, LiveRooms, RoomRules};
use engine::shard::{ApplyConfig, ShardState};
use engine::{ItemActivity, Record, Sequence, ShardId};

use crate::error::RecoverError;
use crate::learner::FreshStart;
use crate::progress::RecoveryProgress;
use crate::rebuild::{Sources, load_part};
use crate::set_aside::SetAsideList;

use worker::Worker;

/// Threads that apply; the reader, the one that feeds activity and the learner's come on top.
const WORKERS: usize = 2;

/// Records that travel together: large enough to make a hand-over cheap, small enough that four of them in
/// each of the queues are a few MiB.
const CHUNK: usize = 2_048;

/// Chunks that may wait between two threads.
const CHUNKS_WAITING: usize = 4;

/// Where recovery reads from and what it must know beforehand.
pub struct RecoverySources<'a> {
    /// The checkpoint.
    pub store: &'a dyn CheckpointStore,
    /// The log.
    pub log: &'a dyn LogReader,
    /// Sequence of the log's last record; the state is to be that.
    pub last: Sequence,
    /// Records that the log says must never be applied. They stand before the records that say so, hence
    /// have to be known before the scan.
    pub set_aside: Vec<Sequence>,
}

/// What state is made of, apart from records.
#[derive(Clone)]
pub struct StateConfig {
    /// How many shards the data directory was made with.
    pub shards: u16,
    /// What apply reads.
    pub apply: Arc<ApplyConfig>,
    /// What item activity reads.
    pub activity: Arc<ActivityConfig>,
    /// What the learner reads; `None` where there is no model: then nothing of it runs, and no part is written. The
    /// same must be said to shards, in [`ApplyConfig::learning`].
    pub model: Option<LearnerConfig>,
    /// What live rooms go by.
    pub rooms: RoomsConfig,
}

/// What live rooms go by.
#[derive(Clone, Debug, Default)]
pub struct RoomsConfig {
    /// Rules of all rooms.
    pub rules: Arc<RoomRules>,
    /// Bounds on them.
    pub bounds: LiveBounds,
}

/// What the learner is made of, apart from samples.
#[derive(Clone, Debug)]
pub struct LearnerConfig {
    /// What vectors start from and negatives are drawn by; another one means another model.
    pub seed: u64,
    /// Sizes and rates.
    pub model: ModelConfig,
    /// How closely versions are watched.
    pub guard: GuardConfig,
    /// Tables that were brought in.
    pub files: Arc<dyn ModelFiles>,
}

impl LearnerConfig {
    /// The same for the engine.
    #[must_use]
    pub fn versions(&self) -> VersionsConfig {
        VersionsConfig {
            seed: self.seed,
            model: self.model.clone(),
            guard: self.guard,
            files: Arc::clone(&self.files),
        }
    }
}

/// A node's state, whole.
#[derive(Debug)]
pub struct Recovered {
    /// Every shard, in the order of their numbers.
    pub shards: Vec<ShardState>,
    /// Item activity and the catalogue.
    pub activity: ItemActivity,
    /// Live rooms and what was published in them.
    pub rooms: LiveRooms,
    /// The learner, with the rows of users that no cut holds in their shards yet; `None` without a model.
    pub learner: Option<Versions>,
    /// Last record applied.
    pub last: Sequence,
    /// The cut it began from; 0 where there was none.
    pub cut: Sequence,
    /// Everything that is set aside.
    pub set_aside: SetAsideList,
    /// Records that recovery itself found to kill; [`crate::start`] has them noted in the log.
    pub found: Vec<(Sequence, ShardId)>,
    pub(crate) apply: Arc<ApplyConfig>,
    pub(crate) fresh: FreshStart,
}

/// Rebuilds the node's state as of `sources.last`.
///
/// # Errors
/// [`RecoverError`] where checkpoint or log cannot be read or do not belong together.
pub fn recover(
    sources: &RecoverySources<'_>,
    config: &StateConfig,
    progress: &RecoveryProgress,
) -> Result<Recovered, RecoverError> {
    let manifest = sources.store.current()?;
    let cut = manifest.as_ref().map_or(Sequence(0), |manifest| manifest.cut);
    if sources.last < cut {
        return Err(RecoverError::CutBeyondLog { cut, last: sources.last });
    }
    let known = manifest.into_iter().flat_map(|manifest| manifest.set_aside);
    let set_aside = SetAsideList::new(known.chain(sources.set_aside.iter().copied()));
    let found = std::sync::Mutex::new(Vec::new());
    let note = |sequence: Sequence, shard: ShardId| {
        found.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((sequence, shard));
    };
    let shared = Sources {
        store: sources.store,
        log: sources.log,
        config: &config.apply,
        set_aside: &set_aside,
        found: &note,
    };
    let mut activity = load_activity(sources.store, config)?;
    let names = &config.apply.features.declared().names;
    activity.category_names().for_each(|(id, name)| names.note(name, id));
    let (mut learner, fresh) = model::load(sources.store, config)?;
    if let Some(learner) = &mut learner {
        model::describe(learner, &activity);
    }
    let mut rooms = load_rooms(sources.store, &config.rooms)?;
    let fed = Fed { activity: &mut activity, rooms: &mut rooms, learner: learner.as_mut() };
    let shards = run(&shared, (cut, sources.last), config.shards, fed, progress)?;
    progress.finish();
    let found: Vec<(Sequence, ShardId)> =
        found.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    if !found.is_empty() {
        // What came of records that are left out from now on may have been published.
        rooms.begin_epochs();
    }
    let apply = Arc::clone(&config.apply);
    let last = sources.last;
    Ok(Recovered { shards, activity, rooms, learner, last, cut, set_aside, found, apply, fresh })
}

fn load_activity(
    store: &dyn CheckpointStore,
    config: &StateConfig,
) -> Result<ItemActivity, RecoverError> {
    let entries = load_part(store, PartOwner::Activity)?;
    Ok(ItemActivity::restore(Arc::clone(&config.activity), entries.into_iter())?)
}

fn load_rooms(
    store: &dyn CheckpointStore,
    config: &RoomsConfig,
) -> Result<LiveRooms, RecoverError> {
    let entries = load_part(store, PartOwner::Rooms)?;
    Ok(LiveRooms::restore(Arc::clone(&config.rules), config.bounds, entries.into_iter())?)
}

/// Those who follow the shards.
struct Fed<'a> {
    activity: &'a mut ItemActivity,
    rooms: &'a mut LiveRooms,
    learner: Option<&'a mut Versions>,
}

/// Records that are read together.
type Chunk = Arc<Vec<Record>>;

/// The workers, the reader (this thread) and the feeder of activity and learner, side by side.
fn run(
    sources: &Sources<'_>,
    (cut, last): (Sequence, Sequence),
    shards: u16,
    fed: Fed<'_>,
    progress: &RecoveryProgress,
) -> Result<Vec<ShardState>, RecoverError> {
    progress.loading(u64::from(shards));
    thread::scope(|scope| {
        let mut lanes = Vec::new();
        let mut said = Vec::new();
        let mut workers = Vec::new();
        for run in runs(shards) {
            let (lane, chunks) = sync_channel::<Chunk>(CHUNKS_WAITING);
            let (say, facts) = sync_channel(CHUNKS_WAITING);
            lanes.push(lane);
            said.push(facts);
            workers.push(
                scope.spawn(move || Worker::load(sources, run, progress)?.work(&chunks, &say)),
            );
        }
        let (lane, to_feed) = sync_channel::<Chunk>(CHUNKS_WAITING);
        lanes.push(lane);
        let feeder = scope.spawn(move || feed::feed(fed, &to_feed, &said));
        let read = read_log(sources, (cut, last), lanes, progress);
        let mut all = Vec::with_capacity(usize::from(shards));
        let mut failed = None;
        for worker in workers {
            match worker.join().map_err(|_| RecoverError::ThreadLost).flatten() {
                Ok(shards) => all.extend(shards),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        let done = feeder.join().map_err(|_| RecoverError::ThreadLost);
        // A worker's own error says more than the reader's "nobody listens".
        failed.map_or(Ok(()), Err)?;
        read?;
        done?;
        Ok(all)
    })
}

/// The shards dealt out in runs, so that a run's facts come in the order of the shards.
fn runs(shards: u16) -> Vec<std::ops::Range<u16>> {
    let each = shards.div_ceil(WORKERS as u16).max(1);
    (0..shards).step_by(usize::from(each)).map(|from| from..shards.min(from + each)).collect()
}

/// Reads the log and gives every chunk to every lane.
fn read_log(
    sources: &Sources<'_>,
    (cut, last): (Sequence, Sequence),
    mut lanes: Vec<SyncSender<Chunk>>,
    progress: &RecoveryProgress,
) -> Result<(), RecoverError> {
    let mut chunk = Vec::with_capacity(CHUNK);
    let mut deaf = false;
    let mut begun = false;
    let mut hand_over = |chunk: Vec<Record>| {
        let (records, newest) = (chunk.len() as u64, chunk.last().map_or(cut, |it| it.sequence));
        let chunk = Arc::new(chunk);
        if lanes.iter().any(|lane| lane.send(Arc::clone(&chunk)).is_err()) {
            // One has failed: all of them end, or they would wait for one another for ever.
            deaf = true;
            lanes.clear();
        }
        if !std::mem::replace(&mut begun, true) {
            progress.replaying(cut, last);
        }
        progress.reached(newest.0 - cut.0, records);
    };
    let names = &sources.config.features.declared().names;
    sources.log.scan(cut, last, None, &mut |record| {
        names.read(&record);
        chunk.push(record);
        if chunk.len() == CHUNK {
            hand_over(std::mem::replace(&mut chunk, Vec::with_capacity(CHUNK)));
        }
    })?;
    hand_over(chunk);
    drop(lanes); // the end of the log, for those who listen
    if deaf { Err(RecoverError::ThreadLost) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
