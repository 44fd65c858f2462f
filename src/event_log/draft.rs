//! What the edge hands to the log writer: a record that has no sequence yet.
//!
//! The edge resolves what it can read; only the writer gives out dense numbers, so that an item's
//! number and the first record that uses it are in one commit.

use engine::record::ItemDoc;
use engine::{Event, RecordBody, ShardId, Timestamp};

/// A record on its way to the log.
#[derive(Clone, Debug, PartialEq)]
pub enum Draft {
    /// A user's event.
    Event {
        /// Shard of the user.
        shard: ShardId,
        /// The event; `event.item` is set where the catalogue knew the item.
        event: Event,
        /// The item's name where the catalogue did not know it at the edge: the writer looks again and
        /// registers it if it is still unknown.
        unknown_item: Option<Box<str>>,
    },
    /// A catalogue document whose category numbers are still to be given.
    ItemPut {
        /// The document; the numbers in `categories` are ignored, the names count.
        doc: ItemDoc,
        /// When it was received.
        at: Timestamp,
    },
    /// An item leaves the catalogue; a name that the catalogue does not know writes nothing.
    ItemDelete {
        /// Name of the item.
        item_id: Box<str>,
        /// When it was received.
        at: Timestamp,
    },
    /// A record that needs nothing more.
    Ready(RecordBody),
}
