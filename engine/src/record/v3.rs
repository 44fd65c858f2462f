//! Records as version 3 wrote them, only read; and served lists as versions 2 and 3 and the checkpoints of their time hold
//! them.
//!
//! **Invariant:** nothing here ever changes; the log of an older node is read by it.

use bincode::Decode;

use super::{Event, ItemDoc, Record, RecordBody, Served, ServedItem};
use crate::model::versions::ModelCommand;
use crate::{ItemIndex, RecommendationId, Sequence, ShardId, Timestamp, UserId};

#[derive(Decode)]
pub(super) struct RecordV3 {
    sequence: Sequence,
    body: BodyV3,
}

#[derive(Decode)]
enum BodyV3 {
    Event { shard: ShardId, event: Event },
    Served { shard: ShardId, served: ServedV3 },
    ItemRegistered { item: ItemIndex, item_id: Box<str>, at: Timestamp },
    ItemPut { item: ItemIndex, doc: ItemDoc, at: Timestamp },
    ItemDelete { item: ItemIndex, at: Timestamp },
    UserPut { shard: ShardId, user: UserId, profile: Box<str>, at: Timestamp },
    Tick { time: Timestamp },
    ConfigActivated { fingerprint: u64 },
    SetAside { sequence: Sequence, shard: ShardId },
    SourceProgress { source: u64, position: u64 },
    ModelTold { command: ModelCommand, at: Timestamp },
}

/// A list without declared features.
#[derive(Decode)]
pub(crate) struct ServedV3 {
    id: RecommendationId,
    user: UserId,
    scenario: Box<str>,
    at: Timestamp,
    rung: u8,
    revision: u64,
    items: Vec<ServedItem>,
    model_revision: u64,
    version: u32,
    exploration: u8,
    given: bool,
    fields: Vec<(u8, u32)>,
    explored: Vec<(u16, ItemIndex)>,
}

impl From<RecordV3> for Record {
    fn from(old: RecordV3) -> Self {
        Self { sequence: old.sequence, body: old.body.into() }
    }
}

impl From<BodyV3> for RecordBody {
    fn from(old: BodyV3) -> Self {
        match old {
            BodyV3::Event { shard, event } => Self::Event { shard, event },
            BodyV3::Served { shard, served } => Self::Served { shard, served: served.into() },
            BodyV3::ItemRegistered { item, item_id, at } => {
                Self::ItemRegistered { item, item_id, at }
            }
            BodyV3::ItemPut { item, doc, at } => Self::ItemPut { item, doc, at },
            BodyV3::ItemDelete { item, at } => Self::ItemDelete { item, at },
            BodyV3::UserPut { shard, user, profile, at } => {
                Self::UserPut { shard, user, profile, at }
            }
            BodyV3::Tick { time } => Self::Tick { time },
            BodyV3::ConfigActivated { fingerprint } => {
                Self::ConfigActivated { fingerprint, declared: None }
            }
            BodyV3::SetAside { sequence, shard } => Self::SetAside { sequence, shard },
            BodyV3::SourceProgress { source, position } => {
                Self::SourceProgress { source, position }
            }
            BodyV3::ModelTold { command, at } => Self::ModelTold { command, at },
        }
    }
}

impl From<ServedV3> for Served {
    fn from(old: ServedV3) -> Self {
        Self {
            id: old.id,
            user: old.user,
            scenario: old.scenario,
            at: old.at,
            rung: old.rung,
            revision: old.revision,
            items: old.items,
            model_revision: old.model_revision,
            version: old.version,
            exploration: old.exploration,
            given: old.given,
            fields: old.fields,
            explored: old.explored,
            declared: None,
        }
    }
}
