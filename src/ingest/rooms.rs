//! The item of what happens in a live room: the room itself, unless a product is named.
//!
//! Room `42` is the item `room:42`. A leave is about the product that is on show when it is received, because that is what
//! the viewer goes away from; the room is told by its `room_id`.
//!
//! **Invariant:** identities are hashes of what was sent: what is added here changes none.
//!
//! Not here: what a leave says of the product (see `engine::shard`).

use engine::Event;
use engine::record::{ItemDoc, ItemKind};
use engine::rooms::{Act, item_of_room, room_of_item};

use super::Edge;
use super::drafts::first_categories;
use crate::catalogue::ItemEntry;

/// The kind of the item called `item_id` with the document `doc`: what that says, or else what its name does.
pub(super) fn kind(item_id: &str, doc: Option<&ItemDoc>) -> ItemKind {
    match doc {
        Some(doc) => doc.kind,
        None if room_of_item(item_id).is_some() => ItemKind::LiveRoom,
        None => ItemKind::default(),
    }
}

/// Gives an event in a room that names no item the one that it is about; its name where the catalogue does not know it.
pub(super) fn name_item(event: &mut Event, edge: &Edge<'_>) -> Option<Box<str>> {
    let act = Act::of(event, edge.names.acts()).filter(|act| act.is_on_room())?;
    let item_id = item_of_room(event.room_id.as_deref()?);
    let room = edge.catalogue.find(&item_id);
    if act == Act::Leave
        && let Some(showing) = room.as_ref().and_then(|room| edge.rooms.showing(room.item))
        && let Some(product) = edge.catalogue.entry(showing)
    {
        take(event, &product);
        return None;
    }
    let Some(room) = room else {
        event.kind = ItemKind::LiveRoom;
        return Some(item_id.into());
    };
    take(event, &room);
    None
}

fn take(event: &mut Event, entry: &ItemEntry) {
    let doc = entry.doc.as_deref();
    event.item = Some(entry.item);
    event.kind = kind(&entry.item_id, doc);
    event.categories = doc.map(first_categories).unwrap_or_default();
    event.price = doc.and_then(|doc| doc.price);
}
