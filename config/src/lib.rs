//! The configuration: `default.toml`, the layers over it, and the typed sections that read them.
//!
//! `default.toml` is the defaults and the manual in one. Its keys are the schema (an unknown key is one
//! that is not in it), its values give the types, and the ranges in its comments are the ranges that are
//! checked.
//!
//! **Invariant:** no default value and no range stands anywhere else.
//!
//! **Invariant:** a configuration that loads is whole and in range; nothing checks it again.
//!
//! Not here: reading the process environment or the command line (both are arguments), and anything
//! global. A [`Config`] is passed by value.

mod changes;
mod convert;
mod declared;
mod error;
mod layer;
mod load;
mod manual;
mod origin;
mod schema;
mod secret;
mod sections;
mod show;

pub use convert::ConvertError;
pub use declared::DeclaredFault;
pub use error::{ConfigError, Fault, Problem};
pub use load::{Flag, Loaded, Sources, load};
pub use manual::{DEFAULT_TOML, starter_file};
pub use origin::Origin;
pub use secret::Secret;
pub use sections::{
    ActivityConfig, AdmissionConfig, AuthConfig, BlendConfig, CheckpointConfig, ClickConfig,
    ClockKind, Config, ContextConfig, DedupConfig, EventTypeConfig, EventsConfig, ExploreConfig,
    ExploreMethod, FeatureConfig, GuardConfig, ImpressionsConfig, JoinConfig, LogConfig, LogFormat,
    LogLevel, ModelConfig, Named, Network, OrderConfig, PatternConfig, PositionConfig,
    RankingConfig, RetrievalConfig, RoleConfig, RoomHeatConfig, RoomHighlightConfig,
    RoomHistoryConfig, RoomShelfConfig, RoomsConfig, ScenarioConfig, SeenConfig, ServedConfig,
    ServerConfig, SocketConfig, SourceConfig, StorageConfig, TelemetryConfig, UserFeedConfig,
};
