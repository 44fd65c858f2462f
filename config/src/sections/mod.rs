//! The typed sections, one file each; field by field they are the keys of `default.toml`.
//!
//! What a field means, its unit and its range stand in `default.toml`, and only there.

mod activity;
mod admission;
mod auth;
mod checkpoint;
mod context;
mod dedup;
mod events;
mod features;
mod influence;
mod log;
mod model;
mod named;
mod network;
mod patterns;
mod ranking;
mod retrieval;
mod rooms;
mod served;
mod server;
mod socket;
mod storage;
mod telemetry;

use serde::Deserialize;

pub use activity::ActivityConfig;
pub use admission::AdmissionConfig;
pub use auth::AuthConfig;
pub use checkpoint::CheckpointConfig;
pub use context::ContextConfig;
pub use dedup::DedupConfig;
pub use events::{EventTypeConfig, EventsConfig, RoleConfig};
pub use features::FeatureConfig;
pub use influence::InfluenceConfig;
pub use log::LogConfig;
pub use model::{
    ClickConfig, GuardConfig, ImpressionsConfig, JoinConfig, ModelConfig, PositionConfig,
};
pub use named::Named;
pub use network::Network;
pub use patterns::PatternConfig;
pub use ranking::{
    BlendConfig, ExploreConfig, ExploreMethod, OrderConfig, RankingConfig, ScenarioConfig,
    SeenConfig,
};
pub use retrieval::{RetrievalConfig, SourceConfig};
pub use rooms::{
    RoomHeatConfig, RoomHighlightConfig, RoomHistoryConfig, RoomShelfConfig, RoomsConfig,
    UserFeedConfig,
};
pub use served::ServedConfig;
pub use server::ServerConfig;
pub use socket::SocketConfig;
pub use storage::StorageConfig;
pub use telemetry::{LogFormat, LogLevel, TelemetryConfig};

/// The whole configuration, whole and in range.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// By whose time things are judged.
    pub clock: ClockKind,
    /// The HTTP side.
    pub server: ServerConfig,
    /// The keys of users' tokens.
    pub auth: AuthConfig,
    /// Connections to live rooms.
    pub socket: SocketConfig,
    /// Where data lies.
    pub storage: StorageConfig,
    /// The log and its commits.
    pub log: LogConfig,
    /// How much may be under way.
    pub admission: AdmissionConfig,
    /// How long event ids are remembered.
    pub dedup: DedupConfig,
    /// When state is saved.
    pub checkpoint: CheckpointConfig,
    /// Events and their types.
    pub events: EventsConfig,
    /// Declared features by name.
    pub features: Named<FeatureConfig>,
    /// Declared patterns by name.
    pub patterns: Named<PatternConfig>,
    /// Popularity, trends, neighbours.
    pub activity: ActivityConfig,
    /// What is learned of who chooses what.
    pub model: ModelConfig,
    /// How much one visitor may move what everybody sees.
    pub influence: InfluenceConfig,
    /// Where candidates and scores come from.
    pub retrieval: RetrievalConfig,
    /// Scenarios.
    pub ranking: RankingConfig,
    /// Lists that may still be clicked.
    pub served: ServedConfig,
    /// Live rooms.
    pub rooms: RoomsConfig,
    /// Names a request may carry in its context.
    pub context: ContextConfig,
    /// Logging.
    pub telemetry: TelemetryConfig,
}

/// By whose time windows, expiry and freshness are judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockKind {
    /// The wall clock.
    System,
    /// The newest event time taken so far.
    Event,
}

impl Default for Config {
    /// What `default.toml` says.
    fn default() -> Self {
        #[expect(clippy::expect_used, reason = "the embedded file; a test loads it")]
        crate::load(&crate::Sources::default()).expect("default.toml is valid").config
    }
}

/// What entries are that do not say whether they are enabled.
const fn yes() -> bool {
    true
}
