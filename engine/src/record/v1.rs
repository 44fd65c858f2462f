//! Records as version 1 wrote them, only read.
//!
//! **Invariant:** nothing here ever changes; the log of an older node is read by it.

use bincode::Decode;

use super::{Event, Identity, ItemDocV1, ItemKind, Mode, Record, RecordBody, Served, ServedItem};
use crate::{
    CategoryId, EventTypeId, ItemIndex, RecommendationId, Sequence, ShardId, Timestamp, UserId,
};

#[derive(Decode)]
pub(super) struct RecordV1 {
    sequence: Sequence,
    body: BodyV1,
}

#[derive(Decode)]
enum BodyV1 {
    Event { shard: ShardId, event: EventV1 },
    Served { shard: ShardId, served: ServedV1 },
    ItemRegistered { item: ItemIndex, item_id: Box<str>, at: Timestamp },
    ItemPut { item: ItemIndex, doc: ItemDocV1, at: Timestamp },
    ItemDelete { item: ItemIndex, at: Timestamp },
    UserPut { shard: ShardId, user: UserId, profile: Box<str>, at: Timestamp },
    Tick { time: Timestamp },
    ConfigActivated { fingerprint: u64 },
    SetAside { sequence: Sequence, shard: ShardId },
    SourceProgress { source: u64, position: u64 },
}

#[derive(Decode)]
struct EventV1 {
    user: UserId,
    event_type: EventTypeId,
    item: Option<ItemIndex>,
    at: Timestamp,
    received_at: Timestamp,
    identity: Identity,
    mode: Mode,
    categories: Vec<CategoryId>,
    kind: ItemKind,
    price: Option<f32>,
    value: Option<f32>,
    position: Option<u16>,
    recommendation: Option<RecommendationId>,
    session_id: Option<Box<str>>,
    room_id: Option<Box<str>>,
    properties: Box<str>,
}

/// A list; checkpoints of that time hold it, too.
#[derive(Decode)]
pub(crate) struct ServedV1 {
    id: RecommendationId,
    user: UserId,
    scenario: Box<str>,
    at: Timestamp,
    rung: u8,
    revision: u64,
    items: Vec<ServedItemV1>,
}

#[derive(Decode)]
struct ServedItemV1 {
    item: ItemIndex,
    score: f32,
    propensity: f32,
}

impl From<RecordV1> for Record {
    fn from(old: RecordV1) -> Self {
        Self { sequence: old.sequence, body: old.body.into() }
    }
}

impl From<BodyV1> for RecordBody {
    fn from(old: BodyV1) -> Self {
        match old {
            BodyV1::Event { shard, event } => Self::Event { shard, event: event.into() },
            BodyV1::Served { shard, served } => Self::Served { shard, served: served.into() },
            BodyV1::ItemRegistered { item, item_id, at } => {
                Self::ItemRegistered { item, item_id, at }
            }
            BodyV1::ItemPut { item, doc, at } => Self::ItemPut { item, doc: doc.into(), at },
            BodyV1::ItemDelete { item, at } => Self::ItemDelete { item, at },
            BodyV1::UserPut { shard, user, profile, at } => {
                Self::UserPut { shard, user, profile, at }
            }
            BodyV1::Tick { time } => Self::Tick { time },
            BodyV1::ConfigActivated { fingerprint } => {
                Self::ConfigActivated { fingerprint, declared: None }
            }
            BodyV1::SetAside { sequence, shard } => Self::SetAside { sequence, shard },
            BodyV1::SourceProgress { source, position } => {
                Self::SourceProgress { source, position }
            }
        }
    }
}

impl From<EventV1> for Event {
    fn from(old: EventV1) -> Self {
        Self {
            user: old.user,
            event_type: old.event_type,
            item: old.item,
            at: old.at,
            received_at: old.received_at,
            identity: old.identity,
            mode: old.mode,
            categories: old.categories,
            kind: old.kind,
            price: old.price,
            value: old.value,
            position: old.position,
            recommendation: old.recommendation,
            session_id: old.session_id,
            room_id: old.room_id,
            properties: old.properties,
            origin: 0,
        }
    }
}

impl From<ServedV1> for Served {
    fn from(old: ServedV1) -> Self {
        let items = old.items.into_iter().map(|old| ServedItem {
            propensity: old.propensity,
            ..ServedItem::bare(old.item, old.score)
        });
        Self {
            rung: old.rung,
            revision: old.revision,
            items: items.collect(),
            ..Self::new(old.id, old.user, &old.scenario, old.at)
        }
    }
}
