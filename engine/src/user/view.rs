//! What ranking needs of one user at one instant: a copy that outlives the shard's turn.
//!
//! **Invariant:** a view never changes; it is judged at the instant it was asked for.
//!
//! Not here: how the state behind it is packed.

use crate::{CategoryId, EventTypeId, ItemIndex, Sequence, Timestamp};

/// One event of a user's history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistoryEntry {
    /// On which item, where the event was about one.
    pub item: Option<ItemIndex>,
    /// Its type.
    pub event_type: EventTypeId,
    /// Event time.
    pub at: Timestamp,
}

/// The user's current visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visit {
    /// Event time of its first event.
    pub started_at: Timestamp,
    /// Event time of its newest event.
    pub last_at: Timestamp,
    /// Events so far.
    pub events: u32,
}

/// One thing the user has seen, and by which kind of event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeenItem {
    /// Which item.
    pub item: ItemIndex,
    /// Type of the event.
    pub event_type: EventTypeId,
    /// Event time.
    pub at: Timestamp,
}

/// What the user has seen, as far back as the state keeps it, in no promised order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeenItems {
    items: Vec<SeenItem>,
}

impl SeenItems {
    /// What was seen, one entry per event that is still known.
    #[must_use]
    pub fn new(items: Vec<SeenItem>) -> Self {
        Self { items }
    }

    /// Every entry; the same item may come several times.
    pub fn iter(&self) -> impl Iterator<Item = SeenItem> + '_ {
        self.items.iter().copied()
    }

    /// Entries kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether nothing was seen.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}

/// One user at one instant.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UserView {
    /// Keyed hash of the user's name.
    pub user_hash: u64,
    /// Whether the shard knows the user at all.
    pub known: bool,
    /// Events applied to this user.
    pub events_applied: u64,
    /// Event time of the newest event.
    pub last_event_at: Timestamp,
    /// Event time of the newest positive event.
    pub last_click_at: Option<Timestamp>,
    /// Newest first, at most 50.
    pub history: Vec<HistoryEntry>,
    /// Events of the last 1, 5 and 60 minutes.
    pub counts: [u32; 3],
    /// Decayed score per event type, best first.
    pub type_scores: Vec<(EventTypeId, f32)>,
    /// Decayed score per category, best first.
    pub category_scores: Vec<(CategoryId, f32)>,
    /// What was seen.
    pub seen: SeenItems,
    /// The visit that is open at the instant of the view.
    pub visit: Option<Visit>,
    /// Last record that the shard had applied.
    pub offset: Sequence,
}
