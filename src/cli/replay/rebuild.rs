//! States out of a source: fresh, or as the node's last checkpoint and the log behind it have it.
//!
//! **Invariant:** both go through [`actors::recover`], the code that a node starts with.
//!
//! Not here: printing.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use actors::{LearnerConfig, Recovered, RecoveryProgress, RecoverySources, StateConfig};
use config::Config;
use engine::log::{LogError, LogReader};
use engine::model::Versions;
use engine::part::CheckpointStore;
use engine::shard::differences::Differences;
use engine::{NodeKey, Record, RecordBody, Sequence, ShardId, UserId};
use serde_json::{Value, json};
use snapshots::{MemoryStore, RocksStore};

use super::bounds::Bounds;
use super::source::Source;
use crate::cli::failure::Failure;
use crate::cli::global::Global;
use crate::cli::import::Progress;
use crate::clock::Stopwatch;
use crate::http::times::rfc3339;
use crate::model_files::KeptModels;
use crate::settings;

/// Between two looks at how far it is.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What a state is made of.
pub(super) struct Rebuilding<'a> {
    pub config: &'a Config,
    pub source: &'a Source,
    /// Whether a model learns as well.
    pub learn: bool,
    /// What is declared.
    pub declared: DeclaredBy,
}

/// Whose features and patterns a state is made by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DeclaredBy {
    /// Those that the log brought into force, from where on it did; the configuration's before.
    Log,
    /// The configuration's, all the way.
    Config,
}

/// A state, and what it took.
#[derive(Debug)]
pub(super) struct Rebuilt {
    state: Recovered,
    key: NodeKey,
    /// Records that were applied.
    pub records: u64,
    /// How long that took.
    pub seconds: f64,
}

impl Rebuilding<'_> {
    /// The state that the records within `bounds` make.
    pub fn fresh(&self, bounds: Bounds, global: &Global) -> Result<Rebuilt, Failure> {
        let log = Bounded { log: self.source.reader(), bounds, declared: self.declared };
        self.rebuild(&MemoryStore::new(), &log, global)
    }

    /// The state that the node of the data directory `dir` has.
    pub fn saved(&self, dir: &Path, global: &Global) -> Result<Rebuilt, Failure> {
        let notes = tempfile::tempdir().map_err(|fault| Failure::Other(fault.to_string()))?;
        let store = RocksStore::open_read_only(&dir.join("state"), notes.path());
        let store = store.map_err(|fault| Failure::Other(fault.to_string()))?;
        let log = self.source.reader();
        let log = Bounded { log, bounds: Bounds::default(), declared: self.declared };
        self.rebuild(&store, &log, global)
    }

    fn rebuild(
        &self,
        store: &dyn CheckpointStore,
        log: &dyn LogReader,
        global: &Global,
    ) -> Result<Rebuilt, Failure> {
        let last = self.source.span()?.map_or(0, |(_, last)| last);
        let set_aside = self.source.set_aside()?;
        let sources = RecoverySources { store, log, last: Sequence(last), set_aside };
        let (config, watch) = (self.state_config()?, Stopwatch::start());
        let far = RecoveryProgress::default();
        let recovered = watched(&far, last, global, || {
            let mut recovered = actors::recover(&sources, &config, &far)?;
            actors::fill(&mut recovered, &sources)?;
            Ok::<_, actors::RecoverError>(recovered)
        });
        let state = recovered.map_err(|fault| Failure::Other(fault.to_string()))?;
        let seconds = watch.elapsed().as_secs_f64();
        Ok(Rebuilt { state, key: self.source.key(), records: far.replayed(), seconds })
    }

    fn state_config(&self) -> Result<StateConfig, Failure> {
        let types = self.config.event_types().map_err(|fault| Failure::Other(fault.to_string()))?;
        let (key, shards) = (self.source.key(), self.source.shards());
        let model = if self.learn { settings::model(self.config, key) } else { None };
        let model = model.map(|learner| match self.source.models() {
            Some(dir) => {
                let expected = (learner.seed, learner.model.clone());
                let files = Arc::new(KeptModels::read_only(dir, expected));
                LearnerConfig { files, ..learner }
            }
            None => learner,
        });
        let rooms = settings::rooms(self.config);
        let rooms = rooms.map_err(|fault| Failure::Other(format!("{fault:#}")))?;
        Ok(StateConfig {
            shards,
            apply: Arc::new(settings::apply(self.config, key, &types, shards)),
            activity: Arc::new(settings::activity(self.config, &types)),
            model,
            rooms,
        })
    }
}

/// Does `work` on a thread of its own and shows how far it is.
fn watched<T: Send>(
    far: &RecoveryProgress,
    records: u64,
    global: &Global,
    work: impl FnOnce() -> T + Send,
) -> T {
    let progress = Progress::new(global);
    progress.begin("records", 0, records);
    let mut shown = 0;
    let done = std::thread::scope(|scope| {
        let worker = scope.spawn(work);
        while !worker.is_finished() {
            std::thread::sleep(LOOK_EVERY);
            let replayed = far.replayed();
            progress.advance(replayed - shown);
            shown = replayed;
        }
        worker.join()
    });
    progress.end();
    done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

impl Rebuilt {
    /// Where `self`, the first, differs from `other`.
    pub fn differences(&self, other: &Self, most: usize) -> Differences {
        let mut all = Differences::default();
        for (one, two) in self.state.shards.iter().zip(&other.state.shards) {
            all.add(one.differences(two, most), most);
        }
        all
    }

    pub fn users(&self) -> u64 {
        self.state.shards.iter().map(|shard| shard.users() as u64).sum()
    }

    pub fn items(&self) -> u64 {
        self.state.activity.docs().count() as u64
    }

    /// One digest of all shards.
    pub fn users_digest(&self) -> u64 {
        let shards = self.state.shards.iter().map(|shard| shard.digest().to_le_bytes());
        let digests: Vec<u8> = shards.flatten().collect();
        NodeKey([0; 16]).hash(&[&digests])
    }

    pub fn items_digest(&self) -> u64 {
        self.state.activity.digest()
    }

    pub fn rooms_digest(&self) -> u64 {
        self.state.rooms.digest()
    }

    pub fn model_digest(&self) -> Option<u64> {
        self.state.learner.as_ref().map(Versions::digest_of_tables)
    }

    /// What is known of a user at the newest time of the state.
    pub fn user(&self, id: &str, config: &Config) -> Result<Value, Failure> {
        let types = config.event_types().map_err(|fault| Failure::Other(fault.to_string()))?;
        let (user, at) = (UserId::new(id), self.state.activity.now());
        let shard = self.key.shard_of(&user, self.state.shards.len() as u16);
        let view = self.state.shards[usize::from(shard.0)].view(&user, at);
        if !view.known {
            return Err(Failure::NotFound(format!("no record that was taken names the user {id}")));
        }
        let at = at.max(view.last_event_at);
        let categories: std::collections::BTreeMap<_, _> =
            self.state.activity.category_names().collect();
        let named = |category| categories.get(category).map_or("", |name| name);
        let [one_minute, five_minutes, hour] = view.counts;
        Ok(json!({
            "user_id": id,
            "at": rfc3339(at),
            "events_applied": view.events_applied,
            "last_event_at": rfc3339(view.last_event_at),
            "last_click_at": view.last_click_at.map(rfc3339),
            "counts": {"1m": one_minute, "5m": five_minutes, "60m": hour},
            "type_scores": view.type_scores.iter().filter_map(|(id, score)| {
                Some(json!({"type": types.get(*id)?.name, "score": score}))
            }).collect::<Vec<_>>(),
            "category_scores": view.category_scores.iter().map(|(id, score)| {
                json!({"category": named(id), "score": score})
            }).collect::<Vec<_>>(),
        }))
    }
}

/// The records of a log within bounds.
struct Bounded<'a> {
    log: &'a dyn LogReader,
    bounds: Bounds,
    declared: DeclaredBy,
}

impl LogReader for Bounded<'_> {
    fn scan(
        &self,
        after: Sequence,
        up_to: Sequence,
        shard: Option<ShardId>,
        visit: &mut dyn FnMut(Record),
    ) -> Result<(), LogError> {
        self.log.scan(after, up_to, shard, &mut |record| {
            let redeclares = matches!(record.body, RecordBody::ConfigActivated { .. });
            let is_wanted = self.declared == DeclaredBy::Log || !redeclares;
            if is_wanted && self.bounds.take(&record) {
                visit(record);
            }
        })
    }
}
