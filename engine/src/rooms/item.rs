//! A room as an item of the catalogue: room `42` is the item `room:42`.
//!
//! Shops number rooms and products alike, so the prefix keeps them apart.
//!
//! Not here: what the catalogue says of it.

use super::event::Act;

/// What the name of a room's item begins with.
pub const ITEM_PREFIX: &str = "room:";

/// The name of the item that the room called `room` is.
#[must_use]
pub fn item_of_room(room: &str) -> String {
    [ITEM_PREFIX, room].concat()
}

/// The name of the room that the item called `item_id` is; `None` where it is no room.
#[must_use]
pub fn room_of_item(item_id: &str) -> Option<&str> {
    item_id.strip_prefix(ITEM_PREFIX).filter(|room| !room.is_empty())
}

impl Act {
    /// Whether it is about the room itself, where no item is named: all but what is done with a product.
    #[must_use]
    pub const fn is_on_room(self) -> bool {
        !matches!(self, Self::Click | Self::Add)
    }
}
