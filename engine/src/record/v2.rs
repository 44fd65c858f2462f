//! Records as version 2 wrote them, only read; and items' documents as both earlier versions and the checkpoints of their time
//! hold them.
//!
//! **Invariant:** nothing here ever changes; the log of an older node is read by it.

use bincode::Decode;

use super::old::OldRecord;
use super::{Event, ItemDoc, ItemKind, ServedV3};
use crate::model::versions::ModelCommand;
use crate::{CategoryId, Timestamp};

/// A record of version 2.
pub(super) type RecordV2 = OldRecord<Event, ServedV3, ItemDocV1, ModelCommand>;

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
