//! What filters ask of an item, in one small row.
//!
//! **Invariant:** an item that nobody described (a bare one) may be shown; only a document can forbid it.
//!
//! Not here: text. Titles and properties are for REST alone.

use crate::features::occurrence::room_key;
use crate::record::{Event, ItemDoc, ItemKind};
use crate::rooms::room_of_item;
use crate::{CategoryId, Timestamp};

/// An item's row of filter columns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ItemColumns {
    /// Whether the item has a number yet; rows between known ones may not.
    pub registered: bool,
    /// Whether it has a document.
    pub described: bool,
    /// Whether it may be shown at all.
    pub available: bool,
    /// What sort of thing it is.
    pub kind: ItemKind,
    /// Its price, where one is known.
    pub price: Option<f32>,
    /// When the node first heard of it.
    pub registered_at: Timestamp,
    /// When it became visible, where that was said.
    pub published_at: Option<Timestamp>,
    /// From when on it must not be shown.
    pub expires_at: Option<Timestamp>,
    /// Key of the live room that it is, or belongs to.
    pub room: Option<u64>,
    categories: [CategoryId; Event::MAX_CATEGORIES],
    category_count: u8,
}

impl Default for ItemColumns {
    fn default() -> Self {
        Self {
            registered: false,
            described: false,
            available: true,
            kind: ItemKind::Item,
            price: None,
            registered_at: Timestamp::EPOCH,
            published_at: None,
            expires_at: None,
            room: None,
            categories: [CategoryId(0); Event::MAX_CATEGORIES],
            category_count: 0,
        }
    }
}

/// Whether an item may be shown at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It may.
    Shown,
    /// Not yet.
    Waiting,
    /// Not any more, or not at all, unless a new document says otherwise.
    Gone,
}

impl ItemColumns {
    /// Whether it may be shown at `at`.
    #[must_use]
    pub fn standing(&self, at: Timestamp) -> Standing {
        if !self.available || self.expires_at.is_some_and(|expires_at| expires_at <= at) {
            Standing::Gone
        } else if self.published_at.is_some_and(|published_at| at < published_at) {
            Standing::Waiting
        } else {
            Standing::Shown
        }
    }

    /// When that changes next after `at`, if nothing else is said until then.
    #[must_use]
    pub fn next_change(&self, at: Timestamp) -> Option<Timestamp> {
        let instants = [self.published_at, self.expires_at];
        instants.into_iter().flatten().filter(|instant| self.available && at < *instant).min()
    }

    /// Its first categories, in the caller's order, at most [`Event::MAX_CATEGORIES`].
    #[must_use]
    pub fn categories(&self) -> &[CategoryId] {
        &self.categories[..usize::from(self.category_count)]
    }

    /// When it was new: its publication, or else when the node first heard of it.
    #[must_use]
    pub fn new_since(&self) -> Timestamp {
        self.published_at.unwrap_or(self.registered_at)
    }

    /// The item called `item_id` got a number at `at`. One that is called like a room is one until a document says otherwise.
    pub fn register(&mut self, item_id: &str, at: Timestamp) {
        if self.registered {
            return;
        }
        self.registered = true;
        self.registered_at = at;
        if let Some(room) = room_of_item(item_id) {
            self.kind = ItemKind::LiveRoom;
            self.room = Some(room_key(room));
        }
    }

    /// The item got a document.
    pub fn describe(&mut self, doc: &ItemDoc) {
        self.described = true;
        self.available = doc.available;
        self.kind = doc.kind;
        self.price = doc.price;
        self.published_at = doc.published_at;
        self.expires_at = doc.expires_at;
        let is_room = doc.kind == ItemKind::LiveRoom;
        let own = || room_of_item(&doc.item_id).unwrap_or(&doc.item_id);
        let room = doc.room_id.as_deref().or_else(|| is_room.then(own));
        self.room = room.map(room_key);
        self.category_count = 0;
        for ((category, _), slot) in doc.categories.iter().zip(&mut self.categories) {
            *slot = *category;
            self.category_count += 1;
        }
    }

    /// The item left the catalogue: its number stays, it is never shown.
    pub fn withdraw(&mut self) {
        let kept = Self {
            registered: self.registered,
            registered_at: self.registered_at,
            ..Self::default()
        };
        *self = Self { available: false, ..kept };
    }
}
