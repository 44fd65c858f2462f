//! Freshet's logic without its machinery: events, user state, item activity, retrieval, ranking.
//!
//! **Invariant:** nothing here reads a clock, touches a disk, logs, spawns or awaits. Time and seeds
//! are arguments, and the same records in the same order give the same state, bit for bit.
//!
//! Not here: parsing of requests, storage engines, actors, HTTP.

pub mod activity;
pub mod catalogue;
pub mod codec;
pub mod evaluation;
pub mod event_types;
pub mod features;
pub mod hashing;
pub mod ids;
pub mod log;
pub mod model;
pub mod outcome;
pub mod part;
pub mod patterns;
pub mod ranking;
pub mod record;
pub mod retrieval;
pub mod rooms;
pub mod shard;
pub mod timestamp;
pub mod user;

pub use activity::{ActivityConfig, ActivityView, ItemActivity};
pub use event_types::{EventTypeSpec, EventTypes, Role};
pub use hashing::NodeKey;
pub use ids::{CategoryId, EventTypeId, ItemIndex, RecommendationId, Sequence, ShardId, UserId};
pub use outcome::{ActivityFact, Applied, Outcome, Shown};
pub use ranking::{RankRequest, Ranked, Rung, Scenario};
pub use record::{Event, Record, RecordBody};
pub use shard::{ApplyConfig, ShardState};
pub use timestamp::Timestamp;
pub use user::{HistoryEntry, SeenItem, SeenItems, UserView, Visit};
