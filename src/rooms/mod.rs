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

pub use engine::rooms::{ITEM_PREFIX, item_of_room as item_of};

pub use ask::AskRooms;
pub use feeds::Feeds;
pub use voice::Voice;
