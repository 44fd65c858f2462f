//! One user's state: what an event does to it, how it lies in memory, what ranking sees of it.
//!
//! Between events a user is one allocation of packed bytes ([`packed`]). To apply an event the bytes
//! are unpacked into a [`User`], whose buffers are used again for the next one, changed there by plain
//! code, and packed again. A read copies a [`UserView`] out of the bytes.
//!
//! The model's row of a user lies among the bytes and comes and goes with them; no event changes it.
//!
//! Impressions are kept apart from the other events: a page shows ten items for every one that is
//! clicked, and would push the clicks out of the history within a few pages.
//!
//! **Invariant:** no clock is read, and events enter by their own time in whatever order they arrive:
//! history, seen set and counts come out the same, scores the same but for rounding.
//!
//! Not here: whether an event was there before (see [`crate::shard`]).

pub(crate) mod bytes;
mod history;
pub mod influence;
pub mod packed;
pub mod row;
pub mod rules;
mod sample;
mod scores;
pub mod seen;
pub mod stays;
pub mod view;

use crate::features::section::Section;
use crate::features::tiles::Tile;
use crate::patterns::Automata;
use crate::record::Event;
use crate::{CategoryId, EventTypeId, ItemIndex, Outcome, Role, Timestamp};

pub use history::{EXPOSURE_SPAN_MS, Entry, HISTORY, MAX_EXPOSURES};
pub use influence::{InfluenceConfig, LEAST_INFLUENCE};
pub use packed::PackedUser;
pub use rules::Rules;
pub use view::{HistoryEntry, SeenItem, SeenItems, UserView};

/// A behaviour session: events with no gap longer than the configured one between them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Visit {
    /// Time of its first event.
    pub started_at: Timestamp,
    /// Time of its last event.
    pub last_at: Timestamp,
    /// Events in it; 0 means that there was no visit yet.
    pub events: u32,
}

/// One user, unpacked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct User {
    /// Time of the newest event; ages, scores and tiles are measured from here.
    pub newest: Timestamp,
    /// Events applied since the user was first seen.
    pub events_applied: u64,
    /// Time of the newest positive event.
    pub last_positive: Option<Timestamp>,
    /// The newest visit.
    pub visit: Visit,
    /// Events but impressions, newest first, of equal times the later arrived first: the newest
    /// [`HISTORY`] and a short tail that waits to be spilled.
    pub history: Vec<Entry>,
    /// Impressions of the last day, newest first, at most [`MAX_EXPOSURES`].
    pub exposures: Vec<Entry>,
    /// Decayed score per type as of `newest`.
    pub type_scores: Vec<(EventTypeId, f32)>,
    /// Decayed score per category as of `newest`.
    pub category_scores: Vec<(CategoryId, f32)>,
    /// Counts of events that left the history while a window looks at them.
    pub tiles: Vec<Tile>,
    /// What operators declared; see [`crate::features::section`].
    pub declared: Section,
    /// Runs of declared patterns, and tags.
    pub patterns: Automata,
    /// Live rooms that the user is in, the newest first; see [`stays`].
    pub stays: Vec<stays::Stay>,
    /// Packed seen set of what left the history; see [`seen`].
    pub seen: Vec<u8>,
    /// The model's row, as bytes; see [`row`]. Empty where there is none.
    pub row: Vec<u8>,
}

impl User {
    /// Makes it a user of whom nothing is known; keeps the buffers.
    pub fn clear(&mut self) {
        self.newest = Timestamp::EPOCH;
        self.events_applied = 0;
        self.last_positive = None;
        self.visit = Visit::default();
        self.history.clear();
        self.exposures.clear();
        self.type_scores.clear();
        self.category_scores.clear();
        self.tiles.clear();
        self.declared.clear();
        self.patterns = Automata::default();
        self.stays.clear();
        self.seen.clear();
        self.row.clear();
    }

    /// Lets an event that was not there before change the user.
    pub fn apply(&mut self, event: &Event, rules: &Rules) -> Outcome {
        let role = rules.role(event.event_type);
        let outcome = self.lateness(event, rules);
        self.advance(event.at, rules);
        self.events_applied = self.events_applied.saturating_add(1);
        self.visit.land(event.at, rules.visit_gap_ms);
        if role == Role::Positive {
            self.last_positive = self.last_positive.max(Some(event.at));
        }
        self.score(event, rules);
        self.keep(event, role, rules);
        outcome
    }

    /// Items of the user's positive events, newest first, each once, without `item`, at most `limit`.
    #[must_use]
    pub fn recent_positives(
        &self,
        (item, at): (ItemIndex, Timestamp),
        limit: usize,
        rules: &Rules,
    ) -> Vec<ItemIndex> {
        let mut recent = Vec::with_capacity(limit.min(self.history.len()));
        let newest = self.history.iter().take(HISTORY).filter(|entry| entry.at <= at);
        for entry in newest.filter(|entry| rules.role(entry.event_type) == Role::Positive) {
            if recent.len() == limit {
                break;
            }
            match entry.item {
                Some(other) if other != item && !recent.contains(&other) => recent.push(other),
                _ => {}
            }
        }
        recent
    }

    /// Events in each declared window that ends at `at`, or at the newest event where that is later.
    pub fn counts<'a>(&'a self, at: Timestamp, rules: &'a Rules) -> impl Iterator<Item = u32> + 'a {
        let end = at.max(self.newest);
        rules.features.counts().iter().map(move |feature| {
            let track = &rules.features.tracks()[feature.track];
            let elapsed = |entry: &&Entry| end.millis_since(entry.at) < feature.span_ms;
            let listed = self.history.iter().take_while(elapsed);
            let shown = self.exposures.iter().take_while(elapsed);
            let exact = listed.chain(shown).filter(|entry| track.mask.contains(entry.event_type));
            let exact = u32::try_from(exact.count()).unwrap_or(u32::MAX);
            let start = end.minus_millis(feature.span_ms);
            exact.saturating_add(track.count_after(&self.tiles, start))
        })
    }

    fn lateness(&self, event: &Event, rules: &Rules) -> Outcome {
        let mut tracks = rules.features.tracks().iter();
        let closed = tracks.any(|track| {
            track.mask.contains(event.event_type) && track.is_closed(event.at, self.newest)
        });
        if closed { Outcome::Late } else { Outcome::Applied }
    }

    /// Moves the instant that scores are measured from to `at`, where that is later.
    fn advance(&mut self, at: Timestamp, rules: &Rules) {
        let elapsed = at.millis_since(self.newest);
        if elapsed == 0 {
            return;
        }
        if 0 < self.events_applied {
            self.decay_scores(elapsed, rules);
        }
        self.newest = at;
        let tracks = rules.features.tracks();
        self.tiles.retain(|tile| {
            tracks.iter().any(|track| track.id == tile.track && !track.is_spent(tile, at))
        });
    }
}

impl Visit {
    /// Whether the user is still on it at `at`.
    #[must_use]
    pub fn is_open(&self, at: Timestamp, gap_ms: u64) -> bool {
        0 < self.events && at.millis_since(self.last_at) <= gap_ms
    }

    fn land(&mut self, at: Timestamp, gap_ms: u64) {
        if self.events == 0 || self.last_at.plus_millis(gap_ms) < at {
            *self = Self { started_at: at, last_at: at, events: 1 };
        } else if self.started_at <= at.plus_millis(gap_ms) {
            self.started_at = self.started_at.min(at);
            self.last_at = self.last_at.max(at);
            self.events = self.events.saturating_add(1);
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
