//! What the edge hands to the log writer: a record that has no sequence yet.
//!
//! The edge resolves what it can read; only the writer gives out dense numbers, so that an item's
//! number and the first record that uses it are in one commit.

use engine::record::ItemDoc;
use engine::rooms::RoomTold;
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
    /// A live room is told something that names products; those that the catalogue does not know are registered.
    RoomTold {
        /// The room as the caller names it.
        room: Box<str>,
        /// What; the products in it are ignored, the names count.
        told: RoomTold,
        /// The shelf in the host's order, or the product on show.
        products: Vec<Box<str>>,
        /// When it was received.
        at: Timestamp,
    },
    /// A record that needs nothing more.
    Ready(RecordBody),
}

impl Draft {
    /// Bytes it takes while it is in flight, a little more than it takes in the log: what budgets are
    /// counted in.
    #[must_use]
    pub fn size(&self) -> usize {
        /// Fixed fields of the largest record, and the entry in the id index.
        const FIXED: usize = 128;
        FIXED
            + match self {
                Self::Event { event, unknown_item, .. } => {
                    event_size(event) + unknown_item.as_ref().map_or(0, |name| 2 * name.len())
                }
                Self::ItemPut { doc, .. } => doc_size(doc),
                Self::ItemDelete { item_id, .. } => item_id.len(),
                Self::RoomTold { room, told, products, .. } => {
                    let names: usize = products.iter().map(|name| 16 + 2 * name.len()).sum();
                    room.len() + told_size(told) + names
                }
                Self::Ready(body) => body_size(body),
            }
    }
}

fn event_size(event: &Event) -> usize {
    event.user.as_str().len()
        + event.properties.len()
        + text_size(event.session_id.as_deref())
        + text_size(event.room_id.as_deref())
        + 5 * event.categories.len()
}

fn doc_size(doc: &ItemDoc) -> usize {
    // The name is written twice where the item has to be registered first.
    2 * doc.item_id.len()
        + doc.properties.len()
        + text_size(doc.title.as_deref())
        + text_size(doc.currency.as_deref())
        + text_size(doc.room_id.as_deref())
        + doc.tags.iter().map(|tag| 16 + tag.len()).sum::<usize>()
        + doc.categories.iter().map(|(_, name)| 16 + name.len()).sum::<usize>()
}

fn body_size(body: &RecordBody) -> usize {
    match body {
        RecordBody::Event { event, .. } => event_size(event),
        RecordBody::Served { served, .. } => {
            served.user.as_str().len() + served.scenario.len() + 16 * served.items.len()
        }
        RecordBody::ItemRegistered { item_id, .. } => item_id.len(),
        RecordBody::ItemPut { doc, .. } => doc_size(doc),
        RecordBody::UserPut { user, profile, .. } => user.as_str().len() + profile.len(),
        RecordBody::RoomTold { room, told, .. } => room.len() + told_size(told),
        RecordBody::RoomPublished { room, data, .. } => room.len() + data.len(),
        RecordBody::RoomsLost { .. }
        | RecordBody::ItemDelete { .. }
        | RecordBody::Tick { .. }
        | RecordBody::ConfigActivated { .. }
        | RecordBody::SetAside { .. }
        | RecordBody::SourceProgress { .. }
        | RecordBody::ModelTold { .. } => 0,
    }
}

fn told_size(told: &RoomTold) -> usize {
    let RoomTold::About { about } = told else { return 0 };
    text_size(about.title.as_deref())
        + text_size(about.host.as_deref())
        + about.categories.iter().map(|name| 16 + name.len()).sum::<usize>()
        + 5 * about.products.len()
}

fn text_size(text: Option<&str>) -> usize {
    text.map_or(0, |text| 5 + text.len())
}
