//! What the log holds: everything that changes state, in the form in which it is applied.
//!
//! A record is enriched before it is written: apply needs the record, its own state and the active
//! configuration, and nothing else. A later change of an item never alters past events.
//!
//! **Format:** version 5 is [`crate::codec`]'s form of [`Record`]. Fields and variants are added only at
//! the end and only under a new version. Still read are version 1, without an event's origin and what a list was made
//! from (see `v1`), version 2, without items' embeddings (see `v2`), and version 3, without what declared features said of
//! lists and without the declarations themselves (see `v3`); what they lack is 0, empty or `None`. Version 4 is version 5
//! without what rooms are told.

mod declared;
mod features;
mod occurrence;
mod old;
mod served;
mod v1;
mod v2;
mod v3;

pub use declared::{DeclaredValues, NO_CLASS, ServedTag};
pub use features::{CLICK_RATES, FeatureParts, ItemFeatures, PARTS};
pub use served::{Exploration, Served, ServedItem};
pub(crate) use v1::ServedV1;
pub(crate) use v2::ItemDocV1;
pub(crate) use v3::ServedV3;

use bincode::{Decode, Encode};

use crate::codec::{self, CodecError};
use crate::model::ModelCommand;
use crate::rooms::RoomTold;
use crate::{
    CategoryId, EventTypeId, ItemIndex, RecommendationId, Sequence, ShardId, Timestamp, UserId,
};

/// Version byte of an encoded [`Record`].
pub const RECORD_VERSION: u8 = 5;

/// The versions before, still read.
const WITHOUT_FEATURES: u8 = 1;
const WITHOUT_EMBEDDING: u8 = 2;
const WITHOUT_DECLARED: u8 = 3;
const WITHOUT_ROOMS: u8 = 4;

/// One entry of the log.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Record {
    /// Its place in the log.
    pub sequence: Sequence,
    /// What it says.
    pub body: RecordBody,
}

/// What a record says.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub enum RecordBody {
    /// A user did something.
    Event {
        /// Shard of the user.
        shard: ShardId,
        /// What they did.
        event: Event,
    },
    /// A user was shown a list.
    Served {
        /// Shard of the user.
        shard: ShardId,
        /// The list.
        served: Served,
    },
    /// An item was named for the first time.
    ItemRegistered {
        /// Its dense number from now on.
        item: ItemIndex,
        /// Its name.
        item_id: Box<str>,
        /// When the node first heard of it, or when the event happened that named it, if that was before.
        at: Timestamp,
    },
    /// An item's document was set.
    ItemPut {
        /// Which item.
        item: ItemIndex,
        /// The whole document.
        doc: ItemDoc,
        /// When it was received.
        at: Timestamp,
    },
    /// An item left the catalogue; its number stays taken.
    ItemDelete {
        /// Which item.
        item: ItemIndex,
        /// When it was received.
        at: Timestamp,
    },
    /// A user's profile was set.
    UserPut {
        /// Shard of the user.
        shard: ShardId,
        /// Which user.
        user: UserId,
        /// The profile, as canonical JSON text.
        profile: Box<str>,
        /// When it was received.
        at: Timestamp,
    },
    /// Time passed: timers due by `time` fire while this record is applied.
    Tick {
        /// The instant.
        time: Timestamp,
    },
    /// The configuration that apply uses from here on.
    ConfigActivated {
        /// Hash of the sections that apply reads.
        fingerprint: u64,
        /// The declared features and patterns, encoded; `None` where a record does not tell them.
        declared: Option<Box<[u8]>>,
    },
    /// A record that must never be applied again, because it brought its shard down twice.
    SetAside {
        /// The record to skip.
        sequence: Sequence,
        /// Shard that it killed.
        shard: ShardId,
    },
    /// An import has sent everything up to a position of its source.
    SourceProgress {
        /// Keyed hash of the source's name and digest.
        source: u64,
        /// Rows of the source that are acknowledged, from its start.
        position: u64,
    },
    /// The model was told something.
    ModelTold {
        /// What.
        command: ModelCommand,
        /// When it was received.
        at: Timestamp,
    },
    /// A live room was described, closed, or told what it shows.
    RoomTold {
        /// The room as the caller names it.
        room: Box<str>,
        /// What.
        told: RoomTold,
        /// When it was received.
        at: Timestamp,
    },
    /// The host says something to all in a live room.
    RoomPublished {
        /// The room as the caller names it.
        room: Box<str>,
        /// A JSON object as text on one line.
        data: Box<str>,
        /// When it was received.
        at: Timestamp,
    },
    /// The node began anew: all connections of viewers are gone.
    RoomsLost {
        /// When.
        at: Timestamp,
    },
}

/// One thing a user did, enriched.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Event {
    /// Who.
    pub user: UserId,
    /// Canonical type.
    pub event_type: EventTypeId,
    /// On which item, where the type is about one.
    pub item: Option<ItemIndex>,
    /// Event time, corrected at the edge.
    pub at: Timestamp,
    /// When the node received it.
    pub received_at: Timestamp,
    /// What makes it the same event when it is sent again.
    pub identity: Identity,
    /// Whether it is happening now or is being filled in.
    pub mode: Mode,
    /// The item's categories at receipt, at most [`Event::MAX_CATEGORIES`].
    pub categories: Vec<CategoryId>,
    /// The item's kind at receipt.
    pub kind: ItemKind,
    /// The item's price at receipt, or the one the event carries.
    pub price: Option<f32>,
    /// Value the event carries: rating, amount, portion.
    pub value: Option<f32>,
    /// Place in the list that was shown, from 1.
    pub position: Option<u16>,
    /// The served list that the event answers.
    pub recommendation: Option<RecommendationId>,
    /// Behaviour session as the caller names it.
    pub session_id: Option<Box<str>>,
    /// Live room as the caller names it.
    pub room_id: Option<Box<str>>,
    /// What else the caller sent, as JSON text; empty where there was nothing.
    pub properties: Box<str>,
    /// Keyed hash of the network that sent it, 0 where it is not known; never the address itself.
    pub origin: u32,
}

impl Event {
    /// The most categories an event carries; an item may have more.
    pub const MAX_CATEGORIES: usize = 4;

    /// An event of this type at this time, received as it happened, with nothing else to it.
    #[must_use]
    pub fn new(user: UserId, event_type: EventTypeId, at: Timestamp) -> Self {
        Self {
            user,
            event_type,
            item: None,
            at,
            received_at: at,
            identity: Identity::None,
            mode: Mode::Live,
            categories: Vec::new(),
            kind: ItemKind::Item,
            price: None,
            value: None,
            position: None,
            recommendation: None,
            session_id: None,
            room_id: None,
            properties: "".into(),
            origin: 0,
        }
    }
}

/// What makes two arrivals the same event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Identity {
    /// Keyed hash of the event id, given or derived; counts once per user.
    Id(u64),
    /// A row of a source; counts once for ever.
    Source {
        /// Keyed hash of the source's name and digest.
        source: u64,
        /// Row or offset in the source, from 1, growing.
        position: u64,
    },
    /// Neither id nor time was sent: counted each time.
    None,
}

/// Whether events move trends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Mode {
    /// Happening now, or replayed in event time into an empty node.
    Live,
    /// Filled in behind a live node: history, seen set and scores, never trends or windows of items.
    Backfill,
}

/// What sort of thing an item is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Encode, Decode)]
pub enum ItemKind {
    /// Nothing was said.
    #[default]
    Item,
    /// Something for sale.
    Product,
    /// A video.
    Video,
    /// An article or post.
    Article,
    /// A live room.
    LiveRoom,
}

/// A catalogue document, as the log and the checkpoint hold it.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
pub struct ItemDoc {
    /// Name that callers use.
    pub item_id: Box<str>,
    /// What sort of thing it is.
    pub kind: ItemKind,
    /// Categories by number and name, in the caller's order.
    pub categories: Vec<(CategoryId, Box<str>)>,
    /// Free labels.
    pub tags: Vec<Box<str>>,
    /// Title.
    pub title: Option<Box<str>>,
    /// Price in `currency`.
    pub price: Option<f32>,
    /// ISO 4217 code.
    pub currency: Option<Box<str>>,
    /// When it became visible.
    pub published_at: Option<Timestamp>,
    /// From when on it must not be shown.
    pub expires_at: Option<Timestamp>,
    /// Whether it may be shown at all.
    pub available: bool,
    /// Live room it belongs to.
    pub room_id: Option<Box<str>>,
    /// What else the caller sent, as JSON text; empty where there was nothing.
    pub properties: Box<str>,
    /// What a model of the caller's makes of it; empty where there was nothing.
    pub embedding: Box<[f32]>,
}

impl Record {
    /// The shard it belongs to; `None` for what concerns all or none.
    #[must_use]
    pub fn shard(&self) -> Option<ShardId> {
        match &self.body {
            RecordBody::Event { shard, .. }
            | RecordBody::Served { shard, .. }
            | RecordBody::UserPut { shard, .. } => Some(*shard),
            RecordBody::ItemRegistered { .. }
            | RecordBody::ItemPut { .. }
            | RecordBody::ItemDelete { .. }
            | RecordBody::Tick { .. }
            | RecordBody::ConfigActivated { .. }
            | RecordBody::SetAside { .. }
            | RecordBody::SourceProgress { .. }
            | RecordBody::ModelTold { .. }
            | RecordBody::RoomTold { .. }
            | RecordBody::RoomPublished { .. }
            | RecordBody::RoomsLost { .. } => None,
        }
    }

    /// Whether every shard applies it: it is for no single one, and changes something in all.
    #[must_use]
    pub fn is_for_every_shard(&self) -> bool {
        matches!(
            self.body,
            RecordBody::Tick { .. } | RecordBody::ConfigActivated { declared: Some(_), .. }
        )
    }

    /// Whether it says something to live rooms by itself, without what a shard makes of it.
    #[must_use]
    pub fn is_for_rooms(&self) -> bool {
        matches!(
            self.body,
            RecordBody::RoomTold { .. }
                | RecordBody::RoomPublished { .. }
                | RecordBody::RoomsLost { .. }
                | RecordBody::Tick { .. }
        )
    }

    /// Whether it is for `shard`: its own, and those of no shard; every record where none is named.
    #[must_use]
    pub fn concerns(&self, shard: Option<ShardId>) -> bool {
        match (shard, self.shard()) {
            (Some(wanted), Some(own)) => wanted == own,
            _ => true,
        }
    }

    /// Bytes for the log.
    ///
    /// # Errors
    /// [`CodecError::Encode`] where the record is larger than the codec's limit.
    pub fn encode(&self) -> Result<Vec<u8>, CodecError> {
        codec::encode(RECORD_VERSION, self)
    }

    /// The record behind bytes of the log.
    ///
    /// # Errors
    /// [`CodecError`] where the bytes are damaged or of a version not known.
    pub fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        match bytes.first() {
            Some(&WITHOUT_FEATURES) => {
                codec::decode::<v1::RecordV1>(WITHOUT_FEATURES, bytes).map(Self::from)
            }
            Some(&WITHOUT_EMBEDDING) => {
                codec::decode::<v2::RecordV2>(WITHOUT_EMBEDDING, bytes).map(Self::from)
            }
            Some(&WITHOUT_DECLARED) => {
                codec::decode::<v3::RecordV3>(WITHOUT_DECLARED, bytes).map(Self::from)
            }
            Some(&WITHOUT_ROOMS) => codec::decode(WITHOUT_ROOMS, bytes),
            _ => codec::decode(RECORD_VERSION, bytes),
        }
    }
}
