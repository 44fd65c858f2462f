//! Live rooms of a node: what they say, on its way to connections, to ranking and to those who ask.
//!
//! The rooms actor tells a [`Voice`]; that writes each thing once as JSON (see `payload`) and gives it to the hub, and shows
//! ranking which rooms are open. Connections ask [`AskRooms`].
//!
//! Not here: what rooms are (`engine::rooms`), connections (`live`), REST (`http::rooms`).

mod ask;
mod feeds;
pub mod payload;
mod voice;

pub use ask::AskRooms;
pub use feeds::Feeds;
pub use voice::Voice;

/// The item that a room is in the catalogue: `room:42` for the room 42, as its channel is called, because shops number
/// rooms and products alike.
#[must_use]
pub fn item_of(room: &str) -> String {
    format!("{ITEM_PREFIX}{room}")
}

/// What items that are rooms begin with.
pub const ITEM_PREFIX: &str = "room:";
