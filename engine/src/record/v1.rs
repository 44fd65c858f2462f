//! Records as version 1 wrote them, only read.
//!
//! **Invariant:** nothing here ever changes; the log of an older node is read by it.

use bincode::Decode;

use super::old::OldRecord;
use super::{Event, Identity, ItemDocV1, ItemKind, Mode, Served, ServedItem};
use crate::model::versions::ModelCommand;
use crate::{CategoryId, EventTypeId, ItemIndex, RecommendationId, Timestamp, UserId};

/// A record of version 1.
pub(super) type RecordV1 = OldRecord<EventV1, ServedV1, ItemDocV1, NoCommand>;

/// The model was told nothing then: bytes that say so are damaged.
#[derive(Decode)]
pub(super) enum NoCommand {}

impl From<NoCommand> for ModelCommand {
    fn from(none: NoCommand) -> Self {
        match none {}
    }
}

#[derive(Decode)]
pub(super) struct EventV1 {
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
