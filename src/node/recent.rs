//! What users did just now, for the rungs of the ladder that do not ask the user's shard.
//!
//! A small bounded cache filled when events are acknowledged: even a list that knows nothing of the
//! user leaves out what they did a moment ago. It is soft: lost on restart, and the shard's own seen
//! set rules wherever it can be asked.

use std::collections::VecDeque;

use dashmap::DashMap;
use engine::ranking::JustDone;

/// Items kept per user: two pages of a list.
const ITEMS_PER_USER: usize = 20;

/// Users kept: at 16 + 20 × 8 bytes a user about 30 MB with the map's own. Past it, the map is emptied
/// and fills again: cheaper than an order of use, and the next event of a user brings them back.
const MOST_USERS: usize = 131_072;

/// The last items that each recent user acted on.
#[derive(Debug, Default)]
pub struct RecentItems {
    by_user: DashMap<u64, VecDeque<JustDone>>,
}

impl RecentItems {
    /// Notes what the user behind `user_hash` did.
    pub fn note(&self, user_hash: u64, done: JustDone) {
        if MOST_USERS <= self.by_user.len() && !self.by_user.contains_key(&user_hash) {
            self.by_user.clear();
        }
        let mut items = self.by_user.entry(user_hash).or_default();
        items.retain(|known| known.item != done.item);
        items.push_front(done);
        items.truncate(ITEMS_PER_USER);
    }

    /// What the user behind `user_hash` did, newest first, each item once.
    #[must_use]
    pub fn of(&self, user_hash: u64) -> Vec<JustDone> {
        self.by_user
            .get(&user_hash)
            .map(|items| items.iter().copied().collect())
            .unwrap_or_default()
    }
}
