//! The rooms that are open, as ranking and the edge read them.
//!
//! Whoever holds the rooms makes a new view of them and publishes it; readers hold one for as long as a request lasts. Rooms
//! that did not change are shared between views, so that one with a thousand rooms of which a hundred changed costs a
//! thousand pointers and a hundred rooms.
//!
//! **Invariant:** only open rooms are in a view: what is not in it may not be in a list.
//!
//! **Invariant:** a view never changes; its orders depend on what it holds alone.
//!
//! Not here: when a view is published, names of rooms.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::Room;
use crate::{CategoryId, ItemIndex, Timestamp};

/// The share of stays that lasts past the first minute where no stay tells of it yet.
pub const UNKNOWN_RETENTION: f32 = 0.5;

/// An open room at one instant.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RoomNow {
    /// Points a second over the short, the middle and the long half-life.
    pub heat: [f64; 3],
    /// Viewers.
    pub viewers: u64,
    /// Share of stays that last past the first minute.
    pub retention: f32,
    /// Mean feeling of recent comments, -1 to 1.
    pub mood: f32,
    /// Who hosts it, as the caller names them.
    pub host: Option<Box<str>>,
    /// The item that the catalogue has of the host, where it has one: who follows a host names it.
    pub host_item: Option<ItemIndex>,
    /// What it is about.
    pub categories: Vec<CategoryId>,
    /// The product on show.
    pub showing: Option<ItemIndex>,
    /// Products on the shelf, in the host's order.
    pub shelf: Vec<ItemIndex>,
}

impl RoomNow {
    /// `room` at `at`, with the numbers of its categories; `None` where it is not open then.
    #[must_use]
    pub fn of(room: &Room, categories: Vec<CategoryId>, at: Timestamp) -> Option<Self> {
        if !room.is_on(at) {
            return None;
        }
        let stats = room.stats(at);
        let about = room.about();
        Some(Self {
            heat: stats.heat,
            viewers: stats.viewers,
            retention: room.retention().first().copied().unwrap_or(UNKNOWN_RETENTION),
            mood: stats.mood as f32,
            host: about.host.clone(),
            host_item: None,
            categories,
            showing: room.shown(),
            shelf: about.products.clone(),
        })
    }
}

/// All open rooms, by the item that each is in the catalogue.
#[derive(Clone, Debug, Default)]
pub struct RoomsView {
    rooms: FxHashMap<ItemIndex, Arc<RoomNow>>,
    hottest: Vec<ItemIndex>,
}

impl RoomsView {
    /// A view of these rooms; of two with one item the last counts.
    #[must_use]
    pub fn new(rooms: impl IntoIterator<Item = (ItemIndex, Arc<RoomNow>)>) -> Self {
        let rooms: FxHashMap<ItemIndex, Arc<RoomNow>> = rooms.into_iter().collect();
        let mut keyed: Vec<(f64, u64, ItemIndex)> =
            rooms.iter().map(|(item, room)| (room.heat[1], room.viewers, *item)).collect();
        keyed.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1)).then(a.2.cmp(&b.2)));
        let hottest = keyed.into_iter().map(|(_, _, item)| item).collect();
        Self { rooms, hottest }
    }

    /// The room that is `item`; `None` where that is no room, or one that is not open.
    #[must_use]
    pub fn get(&self, item: ItemIndex) -> Option<&RoomNow> {
        self.rooms.get(&item).map(|room| &**room)
    }

    /// The same, to be kept in a view that follows.
    #[must_use]
    pub fn shared(&self, item: ItemIndex) -> Option<Arc<RoomNow>> {
        self.rooms.get(&item).cloned()
    }

    /// Whether `item` is an open room.
    #[must_use]
    pub fn is_open(&self, item: ItemIndex) -> bool {
        self.rooms.contains_key(&item)
    }

    /// All open rooms, the hottest first by the middle half-life, those of equal heat by their viewers.
    #[must_use]
    pub fn hottest(&self) -> &[ItemIndex] {
        &self.hottest
    }

    /// All open rooms with what they are, the hottest first.
    pub fn iter(&self) -> impl Iterator<Item = (ItemIndex, &RoomNow)> {
        self.hottest.iter().filter_map(|item| Some((*item, self.get(*item)?)))
    }

    /// Open rooms.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rooms.len()
    }

    /// Whether no room is open.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rooms.is_empty()
    }

    /// The product that the room which is `item` shows.
    #[must_use]
    pub fn showing(&self, item: ItemIndex) -> Option<ItemIndex> {
        self.get(item)?.showing
    }
}

#[cfg(test)]
mod tests;
