//! What features and patterns see of an event: borrowed, so that nothing is copied on the way.

use crate::hashing::NodeKey;
use crate::{CategoryId, EventTypeId, ItemIndex, Timestamp};

/// Category numbers by name.
///
/// A name has its number before any event carries it, and keeps it for ever, so an answer about an event's own
/// categories is the same whenever it is asked.
pub trait CategoryNames {
    /// The number of a category, where it has one.
    fn number(&self, name: &str) -> Option<CategoryId>;
}

/// Knows no category.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoNames;

impl CategoryNames for NoNames {
    fn number(&self, _: &str) -> Option<CategoryId> {
        None
    }
}

/// One event.
#[derive(Clone, Copy)]
pub struct Occurrence<'a> {
    /// Its type.
    pub event_type: EventTypeId,
    /// Event time.
    pub at: Timestamp,
    /// Keyed hash of the user.
    pub user_hash: u64,
    /// On which item.
    pub item: Option<ItemIndex>,
    /// The item's categories.
    pub categories: &'a [CategoryId],
    /// What sort of thing the item is, as the API writes it.
    pub kind: &'static str,
    /// The item's price, or the event's.
    pub price: Option<f32>,
    /// The event's value.
    pub value: Option<f32>,
    /// Place in the list that was shown.
    pub position: Option<u16>,
    /// Live room as the caller names it.
    pub room: Option<&'a str>,
    /// What else was sent, as JSON text.
    pub properties: &'a str,
    /// How names of categories are understood.
    pub names: &'a dyn CategoryNames,
}

impl Occurrence<'_> {
    /// An event of this type at this time with nothing else to it.
    #[must_use]
    pub fn new(event_type: EventTypeId, at: Timestamp, user_hash: u64) -> Self {
        Occurrence {
            event_type,
            at,
            user_hash,
            item: None,
            categories: &[],
            kind: "item",
            price: None,
            value: None,
            position: None,
            room: None,
            properties: "",
            names: &NoNames,
        }
    }

    /// The room's key.
    #[must_use]
    pub fn room_key(&self) -> Option<u64> {
        self.room.map(room_key)
    }
}

/// The key under which a room's features stand.
#[must_use]
pub fn room_key(name: &str) -> u64 {
    NodeKey([0; 16]).hash(&[b"room", name.as_bytes()])
}
