//! What ranking needs of one user at one instant: a copy, so that the shard is free again.
//!
//! **Invariant:** a view is judged at its own instant and changes nothing.

use super::seen;
use super::{HISTORY, Rules, User, Visit};
use crate::features::decay;
use crate::features::input::UserInputs;
use crate::model::ModelUser;
use crate::{CategoryId, EventTypeId, ItemIndex, Sequence, Timestamp};

/// One event of a user's past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistoryEntry {
    /// On which item, where it was about one.
    pub item: Option<ItemIndex>,
    /// Its type.
    pub event_type: EventTypeId,
    /// Its own time.
    pub at: Timestamp,
}

/// A user as ranking sees them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UserView {
    /// Keyed hash of the name.
    pub user_hash: u64,
    /// Whether any event of theirs was applied.
    pub known: bool,
    /// Events applied, impressions included.
    pub events_applied: u64,
    /// Event time of the newest one; the epoch for a user not known.
    pub last_event_at: Timestamp,
    /// Event time of the newest positive one.
    pub last_click_at: Option<Timestamp>,
    /// Events but impressions, newest first, at most [`HISTORY`].
    pub history: Vec<HistoryEntry>,
    /// The first three declared counts: events but impressions of the last 1, 5 and 60 minutes.
    pub counts: [u32; 3],
    /// Score per type, decayed to the instant, best first.
    pub type_scores: Vec<(EventTypeId, f32)>,
    /// Score per category, decayed to the instant, best first.
    pub category_scores: Vec<(CategoryId, f32)>,
    /// Which items the user met.
    pub seen: SeenItems,
    /// The items of live rooms that they are in.
    pub rooms: Vec<ItemIndex>,
    /// The visit they are on; `None` where it has ended.
    pub visit: Option<Visit>,
    /// The user as the model sees them; of no history where nothing is learned.
    pub model: ModelUser,
    /// What declared features and tags say of them, as far as it takes part in ranking.
    pub inputs: UserInputs,
    /// Last record that the shard had applied.
    pub offset: Sequence,
}

/// One meeting of user and item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeenItem {
    /// Which item.
    pub item: ItemIndex,
    /// By what type of event.
    pub event_type: EventTypeId,
    /// When: exact for the newest events, for older ones the end of the day, never too early.
    pub at: Timestamp,
}

/// Every meeting that is kept: the newest ones one by one, then the last per item and type.
///
/// Impressions stand one by one for a day, so that "three exposures in a day without a reaction" can be
/// counted. The same item may stand several times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeenItems(Vec<SeenItem>);

impl SeenItems {
    /// The meetings, in no promised order; the same item may stand several times.
    #[must_use]
    pub fn new(items: Vec<SeenItem>) -> Self {
        Self(items)
    }

    /// The meetings: newest events, newest impressions, then the older ones by type and item.
    pub fn iter(&self) -> impl Iterator<Item = SeenItem> + '_ {
        self.0.iter().copied()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl User {
    /// The user at `at`; the caller fills in what the user does not know: hash, offset and, where there is one,
    /// what the model sees.
    #[must_use]
    pub fn view(&self, at: Timestamp, rules: &Rules) -> UserView {
        let elapsed_ms = at.millis_since(self.newest);
        let category_life = rules.features.category_scores().map_or(0, |(_, half_life)| half_life);
        let mut counts = [0; 3];
        for (place, count) in counts.iter_mut().zip(self.counts(at, rules)) {
            *place = count;
        }
        UserView {
            user_hash: 0,
            known: 0 < self.events_applied,
            events_applied: self.events_applied,
            last_event_at: self.newest,
            last_click_at: self.last_positive,
            history: self.history().collect(),
            counts,
            type_scores: best_first(&self.type_scores, |id| {
                decay::remaining(elapsed_ms, rules.half_life_ms(id))
            }),
            category_scores: best_first(&self.category_scores, |_| {
                decay::remaining(elapsed_ms, category_life)
            }),
            seen: self.seen_items(),
            rooms: self
                .stays
                .iter()
                .filter(|stay| stay.is_open(at))
                .map(|stay| stay.item)
                .collect(),
            visit: self.visit.is_open(at, rules.visit_gap_ms).then_some(self.visit),
            model: ModelUser::default(),
            inputs: UserInputs::default(),
            offset: Sequence::default(),
        }
    }

    /// The newest events but impressions, newest first.
    pub fn history(&self) -> impl Iterator<Item = HistoryEntry> + '_ {
        self.history.iter().take(HISTORY).map(|entry| HistoryEntry {
            item: entry.item,
            event_type: entry.event_type,
            at: entry.at,
        })
    }

    /// The newest events and impressions that are kept, newest first.
    #[must_use]
    pub fn events(&self, limit: usize) -> Vec<HistoryEntry> {
        let shown = self.exposures.iter().map(|entry| HistoryEntry {
            item: entry.item,
            event_type: entry.event_type,
            at: entry.at,
        });
        let mut all: Vec<HistoryEntry> = self.history().chain(shown).collect();
        all.sort_by_key(|entry| std::cmp::Reverse(entry.at));
        all.truncate(limit);
        all
    }

    fn seen_items(&self) -> SeenItems {
        let older = seen::marks(&self.seen);
        let mut items = Vec::with_capacity(self.history.len() + self.exposures.len() + older.len());
        let kept = self.history.iter().chain(&self.exposures);
        items.extend(kept.filter_map(|entry| {
            let (event_type, at) = (entry.event_type, entry.at);
            entry.item.map(|item| SeenItem { item, event_type, at })
        }));
        items.extend(older.into_iter().map(|mark| SeenItem {
            item: mark.item,
            event_type: mark.event_type,
            at: mark.until(),
        }));
        SeenItems(items)
    }
}

fn best_first<K: Copy + Ord>(scores: &[(K, f32)], rest: impl Fn(K) -> f64) -> Vec<(K, f32)> {
    let mut decayed: Vec<(K, f32)> =
        scores.iter().map(|(key, score)| (*key, score * rest(*key) as f32)).collect();
    decayed.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    decayed
}
