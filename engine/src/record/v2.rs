//! Records as version 2 wrote them, only read; and items' documents as both earlier versions and the checkpoints of their time
//! hold them.
//!
//! **Invariant:** nothing here ever changes; the log of an older node is read by it.

use bincode::Decode;

use super::{Event, ItemDoc, ItemKind, Record, RecordBody, ServedV3};
use crate::model::versions::ModelCommand;
use crate::{CategoryId, ItemIndex, Sequence, ShardId, Timestamp, UserId};

#[derive(Decode)]
pub(super) struct RecordV2 {
    sequence: Sequence,
    body: BodyV2,
}

#[derive(Decode)]
enum BodyV2 {
    Event { shard: ShardId, event: Event },
    Served { shard: ShardId, served: ServedV3 },
    ItemRegistered { item: ItemIndex, item_id: Box<str>, at: Timestamp },
    ItemPut { item: ItemIndex, doc: ItemDocV1, at: Timestamp },
    ItemDelete { item: ItemIndex, at: Timestamp },
    UserPut { shard: ShardId, user: UserId, profile: Box<str>, at: Timestamp },
    Tick { time: Timestamp },
    ConfigActivated { fingerprint: u64 },
    SetAside { sequence: Sequence, shard: ShardId },
    SourceProgress { source: u64, position: u64 },
    ModelTold { command: ModelCommand, at: Timestamp },
}

/// A document without an embedding.
#[derive(Decode)]
pub(crate) struct ItemDocV1 {
    item_id: Box<str>,
    kind: ItemKind,
    categories: Vec<(CategoryId, Box<str>)>,
    tags: Vec<Box<str>>,
    title: Option<Box<str>>,
    price: Option<f32>,
    currency: Option<Box<str>>,
    published_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
    available: bool,
    room_id: Option<Box<str>>,
    properties: Box<str>,
}

impl From<RecordV2> for Record {
    fn from(old: RecordV2) -> Self {
        Self { sequence: old.sequence, body: old.body.into() }
    }
}

impl From<BodyV2> for RecordBody {
    fn from(old: BodyV2) -> Self {
        match old {
            BodyV2::Event { shard, event } => Self::Event { shard, event },
            BodyV2::Served { shard, served } => Self::Served { shard, served: served.into() },
            BodyV2::ItemRegistered { item, item_id, at } => {
                Self::ItemRegistered { item, item_id, at }
            }
            BodyV2::ItemPut { item, doc, at } => Self::ItemPut { item, doc: doc.into(), at },
            BodyV2::ItemDelete { item, at } => Self::ItemDelete { item, at },
            BodyV2::UserPut { shard, user, profile, at } => {
                Self::UserPut { shard, user, profile, at }
            }
            BodyV2::Tick { time } => Self::Tick { time },
            BodyV2::ConfigActivated { fingerprint } => {
                Self::ConfigActivated { fingerprint, declared: None }
            }
            BodyV2::SetAside { sequence, shard } => Self::SetAside { sequence, shard },
            BodyV2::SourceProgress { source, position } => {
                Self::SourceProgress { source, position }
            }
            BodyV2::ModelTold { command, at } => Self::ModelTold { command, at },
        }
    }
}

impl From<ItemDocV1> for ItemDoc {
    fn from(old: ItemDocV1) -> Self {
        Self {
            item_id: old.item_id,
            kind: old.kind,
            categories: old.categories,
            tags: old.tags,
            title: old.title,
            price: old.price,
            currency: old.currency,
            published_at: old.published_at,
            expires_at: old.expires_at,
            available: old.available,
            room_id: old.room_id,
            properties: old.properties,
            embedding: Box::default(),
        }
    }
}
