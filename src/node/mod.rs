//! The node as HTTP and the command line see it: submit records, read views, ask how it is.
//!
//! A [`Node`] exists before its state does: while recovery runs it answers probes and refuses the rest
//! with [`SubmitError::NotReady`] or [`ReadError::Down`]. Once [`Node::open_for_traffic`] has been
//! called it stays open until the log fails or the node stops.
//!
//! **Invariant:** nothing is logged without a permit, and a permit lives until its records are applied.
//!
//! Not here: starting and stopping (see `wiring`), parsing of requests, HTTP.

pub mod admission;
mod models;
pub mod position;
pub mod ranking_pool;
pub mod readiness;
pub mod recent;
mod reload;
mod rooms;
mod served;
mod submit;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use actors::{
    CutError, CutReport, DispatcherHandle, FillHandle, FillStatus, ModelAge, ModelReader,
    ReadError, RoomsReader, SetAsideList, ShardDirectory,
};
use arc_swap::ArcSwap;
use config::{Config, Loaded};
use engine::activity::ActivityView;
use engine::features::Declared;
use engine::features::plan::FeaturePlan;
use engine::features::read::Reading;
use engine::model::versions::Alias;
use engine::model::{ModelView, PublishedModels};
use engine::ranking::{Exploring, JustDone};
use engine::record::Served;
use engine::rooms::RoomsView;
use engine::shard::{HistoryEntry, UserAsk, UserDeclared};
use engine::user::UserView;
use engine::{
    EventTypes, NodeKey, RecommendationId, RecordBody, Sequence, ShardId, Timestamp, UserId,
};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::sync::{Mutex, watch};

use crate::catalogue::Catalogue;
use crate::clock::Clock;
use crate::event_log::{Draft, LocalLog, LogHandle};
use crate::ingest::names::TypeNames;
use crate::live::Hub;
use crate::model_files::KeptModels;
use crate::rooms::Feeds;
use crate::settings::Scenarios;

pub use admission::Admission;
pub use models::Told;
pub use position::Position;
pub use ranking_pool::{PoolError, RankingPool};
pub use readiness::{Phase, Readiness};
pub use reload::{Changes, ReloadError, Reloaded, Reread};
pub use submit::{AckLevel, SubmitError, Submitted};

use readiness::{LogHealth, Progress};
use recent::RecentItems;
use reload::Reloading;

/// What a running node has that a starting one has not.
pub struct Running {
    /// Where cuts are asked for.
    pub dispatcher: DispatcherHandle,
    /// Where the shards are read.
    pub shards: ShardDirectory,
    /// Item activity as last published.
    pub activity: Arc<ArcSwap<ActivityView>>,
    /// The model's versions as last published.
    pub model: Arc<ArcSwap<PublishedModels>>,
    /// The way to copies of versions; `None` where there is no model.
    pub models: Option<ModelReader>,
    /// Models that were brought in; `None` where there is no model.
    pub kept_models: Option<Arc<KeptModels>>,
    /// How old that is.
    pub model_age: Arc<ModelAge>,
    /// The way to live rooms.
    pub rooms: RoomsReader,
    /// Where it is asked which features are being filled from the log.
    pub filling: FillHandle,
    /// Last record of the last commit that every shard has applied.
    pub passed_on: watch::Receiver<Sequence>,
    /// Samples that the learner has still to learn from.
    pub model_backlog: watch::Receiver<usize>,
    /// Records that are never applied again.
    pub set_aside: SetAsideList,
    /// The way into the log.
    pub log: LogHandle,
    /// The log's read side.
    pub store: Arc<LocalLog>,
}

/// One node; shared by every worker.
pub struct Node {
    /// The configuration as it was started with.
    pub config: Arc<Config>,
    /// Where "now" comes from.
    pub clock: Clock,
    /// The data directory's secret.
    pub key: NodeKey,
    /// Shards of the data directory.
    pub shards_total: u16,
    /// The table of event types.
    pub types: Arc<EventTypes>,
    /// The same by every name that senders use.
    pub type_names: Arc<TypeNames>,
    /// Items by name and number.
    pub catalogue: Arc<Catalogue>,
    /// Where long lists are made.
    pub ranking: RankingPool,
    /// Who follows which channel, and the way to them.
    pub hub: Hub,
    /// Lists of users that somebody follows.
    pub feeds: Arc<Feeds>,
    open_rooms: ArcSwap<RoomsView>,
    declared: ArcSwap<Declared>,
    scenarios: ArcSwap<Scenarios>,
    reloading: Reloading,
    admission: Admission,
    recent: RecentItems,
    progress: Arc<Progress>,
    running: OnceLock<Running>,
    metrics: Option<PrometheusHandle>,
    checkpointing: Mutex<()>,
    /// Start count in the upper 24 bits, lists since then below.
    next_list: AtomicU64,
}

/// What a node is made of before it runs.
pub struct NodeParts {
    /// The configuration.
    pub config: Arc<Config>,
    /// Where "now" comes from.
    pub clock: Clock,
    /// The data directory's secret.
    pub key: NodeKey,
    /// How often the data directory was opened, this time included.
    pub start_count: u32,
    /// Shards of the data directory.
    pub shards_total: u16,
    /// The table of event types.
    pub types: Arc<EventTypes>,
    /// What operators declared.
    pub declared: Declared,
    /// The scenarios that requests may name.
    pub scenarios: Scenarios,
    /// Where metrics are rendered from.
    pub metrics: Option<PrometheusHandle>,
    /// Where the configuration is read again, and what was read at the start; `None` where it was made otherwise.
    pub reread: Option<(Reread, Loaded)>,
}

impl Node {
    /// A node that is not open for traffic yet.
    #[must_use]
    pub fn new(parts: NodeParts) -> Self {
        let admission = Admission::new(
            parts.config.admission.events_in_flight,
            parts.config.admission.bytes_in_flight,
        );
        Self {
            config: parts.config,
            clock: parts.clock,
            key: parts.key,
            shards_total: parts.shards_total,
            type_names: Arc::new(TypeNames::new(&parts.types)),
            types: parts.types,
            declared: ArcSwap::from_pointee(parts.declared),
            scenarios: ArcSwap::from_pointee(parts.scenarios),
            reloading: Reloading::new(parts.reread),
            catalogue: Arc::new(Catalogue::default()),
            ranking: RankingPool::default(),
            hub: Hub::default(),
            feeds: Arc::default(),
            open_rooms: ArcSwap::default(),
            admission,
            recent: RecentItems::default(),
            progress: Arc::new(Progress::default()),
            running: OnceLock::new(),
            metrics: parts.metrics,
            checkpointing: Mutex::new(()),
            next_list: AtomicU64::new(u64::from(parts.start_count) << 40),
        }
    }

    /// Lets traffic in; the second call changes nothing.
    pub fn open_for_traffic(&self, running: Running) {
        if self.running.set(running).is_ok() {
            self.progress.enter(Phase::Serving);
        }
    }

    /// The running side, once recovery is done.
    #[must_use]
    pub fn running(&self) -> Option<&Running> {
        self.running.get()
    }

    /// What operators declared, as of the last record that every shard has come to.
    #[must_use]
    pub fn declared(&self) -> Arc<Declared> {
        self.declared.load_full()
    }

    /// The features that are being filled from the log.
    #[must_use]
    pub fn filling(&self) -> Arc<FillStatus> {
        self.running().map_or_else(Arc::default, |running| running.filling.status())
    }

    /// The scenarios that requests may name.
    #[must_use]
    pub fn scenarios(&self) -> Arc<Scenarios> {
        self.scenarios.load_full()
    }

    /// How far recovery is; shared with whoever drives it.
    #[must_use]
    pub fn progress(&self) -> Arc<Progress> {
        Arc::clone(&self.progress)
    }

    /// The instant by which windows, expiry and freshness are judged.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The shard that holds `user`.
    #[must_use]
    pub fn shard_of(&self, user: &UserId) -> ShardId {
        self.key.shard_of(user, self.shards_total)
    }

    /// An id for a list that is about to be served to `user`.
    #[must_use]
    pub fn next_recommendation_id(&self, user: &UserId) -> RecommendationId {
        let number = self.next_list.fetch_add(1, Ordering::Relaxed);
        RecommendationId { shard: self.shard_of(user), number }
    }

    /// What the list of this id draws by: the same for the same id, and nobody outside can foresee it.
    #[must_use]
    pub fn exploring(&self, id: RecommendationId) -> Exploring {
        let (shard, number) = (id.shard.0.to_le_bytes(), id.number.to_le_bytes());
        Exploring { seed: self.key.hash(&[b"explore", &shard, &number]) }
    }

    /// Hands a served list to the log without waiting; where the budget is out it is dropped and
    /// counted, because a list costs a sample and never user state.
    pub fn served(self: &Arc<Self>, served: Served) {
        let shard = served.id.shard;
        self.submit_and_forget(Draft::Ready(RecordBody::Served { shard, served }));
    }

    /// What ranking needs of `user` at `at`.
    ///
    /// # Errors
    /// [`ReadError`] where the shard is down or has its 64 reads already.
    pub async fn view(&self, user: &UserId, at: Timestamp) -> Result<UserView, ReadError> {
        let shard = self.shard_of(user);
        let running = self.running().ok_or(ReadError::Down { shard })?;
        running.shards.view(shard, user.clone(), at).await
    }

    /// The last events of `user`, newest first, at most `limit`.
    ///
    /// # Errors
    /// As [`Self::view`].
    pub async fn history(
        &self,
        user: &UserId,
        limit: usize,
    ) -> Result<Vec<HistoryEntry>, ReadError> {
        let shard = self.shard_of(user);
        let running = self.running().ok_or(ReadError::Down { shard })?;
        running.shards.history(shard, user.clone(), limit).await
    }

    /// The profile of `user` as JSON text; `None` where none was put.
    ///
    /// # Errors
    /// As [`Self::view`].
    pub async fn profile(&self, user: &UserId) -> Result<Option<Box<str>>, ReadError> {
        let shard = self.shard_of(user);
        let running = self.running().ok_or(ReadError::Down { shard })?;
        running.shards.profile(shard, user.clone()).await
    }

    /// All of `declared` that is known of `user`, as of `at`.
    ///
    /// # Errors
    /// As [`Self::view`].
    pub async fn declared_of(
        &self,
        user: &UserId,
        declared: &Declared,
        at: Timestamp,
    ) -> Result<UserDeclared, ReadError> {
        let shard = self.shard_of(user);
        let running = self.running().ok_or(ReadError::Down { shard })?;
        running.shards.declared(shard, user.clone(), declared.clone(), at).await
    }

    /// What features of `plan` say of users of `shard` as of `at`, in the order asked.
    ///
    /// # Errors
    /// As [`Self::view`].
    pub async fn features(
        &self,
        shard: ShardId,
        (plan, asks): (&Arc<FeaturePlan>, Vec<UserAsk>),
        at: Timestamp,
    ) -> Result<Vec<Vec<Reading>>, ReadError> {
        let running = self.running().ok_or(ReadError::Down { shard })?;
        running.shards.features(shard, (Arc::clone(plan), asks), at).await
    }

    /// The last published item activity; empty before recovery is done.
    #[must_use]
    pub fn activity(&self) -> Arc<ActivityView> {
        match self.running() {
            Some(running) => running.activity.load_full(),
            None => Arc::new(ActivityView::empty()),
        }
    }

    /// The last published champion; empty before recovery is done and where there is no model.
    #[must_use]
    pub fn model(&self) -> Arc<ModelView> {
        Arc::clone(&self.models().champion)
    }

    /// The last published version that serves `user`, and what it is.
    #[must_use]
    pub fn model_for(&self, user: &UserId) -> (Arc<ModelView>, Alias) {
        let models = self.models();
        let (model, alias) = models.of(self.key.user_hash(user));
        (Arc::clone(model), alias)
    }

    /// All versions of the model as last published.
    #[must_use]
    pub fn models(&self) -> Arc<PublishedModels> {
        match self.running() {
            Some(running) => running.model.load_full(),
            None => Arc::new(PublishedModels::empty()),
        }
    }

    /// For how long there has been something applied that [`Self::model`] does not know.
    #[must_use]
    pub fn model_age(&self) -> Duration {
        self.running().map_or(Duration::ZERO, |running| running.model_age.now())
    }

    /// What `user` did a moment ago, newest first.
    #[must_use]
    pub fn just_acknowledged(&self, user: &UserId) -> Vec<JustDone> {
        self.recent.of(self.key.user_hash(user))
    }

    /// Waits until everything up to `position` is applied; `false` where `deadline` came first.
    pub async fn wait_for(&self, position: Position, deadline: Duration) -> bool {
        let Some(running) = self.running() else { return false };
        let mut passed_on = running.passed_on.clone();
        let reached = passed_on.wait_for(|last| position.0 <= *last);
        matches!(tokio::time::timeout(deadline, reached).await, Ok(Ok(_)))
    }

    /// Waits until the learner has at most `samples` to learn from, or `at_most` has passed: for streams that can wait.
    pub async fn learner_has_room(&self, samples: usize, at_most: Duration) {
        let Some(running) = self.running() else { return };
        let mut behind = running.model_backlog.clone();
        let room = behind.wait_for(|waiting| *waiting <= samples);
        // Either way the stream goes on: past the time the learner sheds.
        let _ = tokio::time::timeout(at_most, room).await;
    }

    /// Last record of the last commit that every shard has applied.
    #[must_use]
    pub fn applied_through(&self) -> Sequence {
        self.running().map_or(Sequence(0), |running| *running.passed_on.borrow())
    }

    /// The newest record on disk, applied or not.
    #[must_use]
    pub fn durable_through(&self) -> Sequence {
        self.running().map_or(Sequence(0), |running| running.store.last())
    }

    /// Whether the node takes traffic, and if not, how far it is.
    #[must_use]
    pub fn readiness(&self) -> Readiness {
        let failed = self.running().is_some_and(|running| running.log.failed());
        let health = if failed { LogHealth::Failed } else { LogHealth::Writable };
        self.progress.readiness(health)
    }

    /// Takes a checkpoint now.
    ///
    /// # Errors
    /// [`CutError`] where a cut is under way, was abandoned, or the node is not running.
    pub async fn checkpoint(&self) -> Result<CutReport, CutError> {
        let running = self.running().ok_or(CutError::Stopped)?;
        // One request at a time: the dispatcher's mailbox is sized for commits, not for callers.
        let _turn = self.checkpointing.lock().await;
        running.dispatcher.checkpoint().await
    }

    /// Records that brought a shard down twice and are skipped, oldest first.
    #[must_use]
    pub fn set_aside(&self) -> Vec<Sequence> {
        self.running().map(|running| running.set_aside.list()).unwrap_or_default()
    }

    /// All metrics in Prometheus' text form.
    #[must_use]
    pub fn render_metrics(&self) -> String {
        self.metrics.as_ref().map(PrometheusHandle::render).unwrap_or_default()
    }
}
