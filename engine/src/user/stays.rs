//! Live rooms that the user is in, or was in a moment ago: when they came, and how much of their stay was told.
//!
//! A list of at most [`MAX_STAYS`]; where there are more, the oldest are let go.
//!
//! Not here: what a stay teaches (see [`crate::shard`]).

use super::bytes::{Reader, put_varint};
use crate::codec::CodecError;
use crate::record::Event;
use crate::rooms::Act;
use crate::{CategoryId, ItemIndex, RecommendationId, ShardId, Timestamp};

/// Rooms that one user may be in at a time; who watches more has only the newest known.
pub const MAX_STAYS: usize = 4;

/// Milliseconds without a sign of the user after which a stay is over.
pub const SILENT_MS: u64 = 300_000;

const CREDITED: u8 = 1;
const CHOSE: u8 = 2;
const ANSWERS: u8 = 4;

/// One stay in a live room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stay {
    /// Key of the room.
    pub room: u64,
    /// The item that the room is.
    pub item: ItemIndex,
    /// The room's categories when the user came.
    pub categories: Vec<CategoryId>,
    /// When the user came.
    pub began: Timestamp,
    /// The newest sign of the user in the room.
    pub seen_at: Timestamp,
    /// How often it was told that the user chose the room; 0 while the stay has not proved itself.
    pub told: u8,
    /// Whether the room was credited with a product.
    pub credited: bool,
    /// The product chosen last.
    pub chose: Option<ItemIndex>,
    /// The served list that the user came from.
    pub recommendation: Option<RecommendationId>,
}

impl Stay {
    /// The stay that a join begins in the room called `room`, which is the item `item`.
    #[must_use]
    pub fn of(event: &Event, room: u64, item: ItemIndex) -> Self {
        Self {
            room,
            item,
            categories: event.categories.clone(),
            began: event.at,
            seen_at: event.at,
            told: 0,
            credited: false,
            chose: None,
            recommendation: event.recommendation,
        }
    }

    /// Whether the user may still be there at `at`.
    #[must_use]
    pub fn is_open(&self, at: Timestamp) -> bool {
        at.millis_since(self.seen_at) < SILENT_MS
    }

    /// Takes a sign of the user in the room.
    pub fn sign(&mut self, act: Act, event: &Event) {
        // Somebody who was cut off gave no sign.
        if act != Act::Lost {
            self.seen_at = self.seen_at.max(event.at);
        }
        if matches!(act, Act::Click | Act::Add) {
            self.chose = event.item.or(self.chose);
        }
    }

    fn pack(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.room.to_le_bytes());
        out.extend_from_slice(&self.item.0.to_le_bytes());
        put_varint(out, self.categories.len() as u64);
        for category in &self.categories {
            out.extend_from_slice(&category.0.to_le_bytes());
        }
        put_varint(out, self.began.as_millis());
        put_varint(out, self.seen_at.as_millis());
        let flags = [
            (self.credited, CREDITED),
            (self.chose.is_some(), CHOSE),
            (self.recommendation.is_some(), ANSWERS),
        ];
        out.push(self.told);
        out.push(flags.into_iter().filter(|(holds, _)| *holds).map(|(_, flag)| flag).sum());
        if let Some(chose) = self.chose {
            out.extend_from_slice(&chose.0.to_le_bytes());
        }
        if let Some(list) = self.recommendation {
            out.extend_from_slice(&list.shard.0.to_le_bytes());
            put_varint(out, list.number);
        }
    }

    fn unpack(from: &mut Reader) -> Self {
        let room = u64::from(from.u32()) | u64::from(from.u32()) << 32;
        let item = ItemIndex(from.u32());
        let number = from.length(Event::MAX_CATEGORIES);
        let categories = (0..number).map(|_| CategoryId(from.u32())).collect();
        let began = Timestamp::from_millis(from.varint());
        let seen_at = Timestamp::from_millis(from.varint());
        let (told, flags) = (from.u8(), from.u8());
        let has = |flag| flags & flag != 0;
        Self {
            room,
            item,
            categories,
            began,
            seen_at,
            told,
            credited: has(CREDITED),
            chose: has(CHOSE).then(|| ItemIndex(from.u32())),
            recommendation: has(ANSWERS)
                .then(|| RecommendationId { shard: ShardId(from.u16()), number: from.varint() }),
        }
    }
}

/// Bytes of `stays`; none where there are none.
pub(super) fn pack(stays: &[Stay]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for stay in stays {
        stay.pack(&mut bytes);
    }
    bytes
}

/// The stays behind `bytes`.
///
/// # Errors
/// [`CodecError::Damaged`].
pub(super) fn unpack(bytes: &[u8], into: &mut Vec<Stay>) -> Result<(), CodecError> {
    let mut from = Reader::new(bytes);
    while !from.is_done() {
        into.push(Stay::unpack(&mut from));
    }
    from.require(into.len() <= MAX_STAYS);
    from.finish("stays of a user")
}

#[cfg(test)]
mod tests;
