//! Who was chosen along with whom, as read: one form for the published view and for the state behind it.
//!
//! Ranking asks the view, training asks the state at the event that it learns from. Both must see the
//! same neighbours, or what is learned is not what is served.
//!
//! **Invariant:** the state answers what a view published at that instant would answer, bit for bit.
//!
//! Not here: how the counters are kept (see `covisit`), what is made of them (see `retrieval`).

use crate::ItemIndex;
use crate::activity::sessions::Sessions;
use crate::activity::state::ItemActivity;
use crate::activity::view::ActivityView;
use crate::retrieval::similar_sessions::SessionRule;

/// One neighbour as counted: how often it was visited together, undivided.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Covisit {
    /// The neighbour.
    pub item: ItemIndex,
    /// How often, each time by one over the root of how many choices apart.
    pub count: f32,
}

/// Co-visits and the counts they are divided by.
pub trait CovisitTable {
    /// The neighbours of `item`, at most 64 by default, in no promised order.
    fn covisits(&self, item: ItemIndex) -> impl Iterator<Item = Covisit>;

    /// Positive events of `item` ever, at least 1 so that it may be divided by.
    fn positives(&self, item: ItemIndex) -> f32;

    /// How much a neighbour's own popularity weighs against it, as configured.
    fn neighbour_alpha(&self) -> f32;

    /// Recent sessions and how they are compared; `None` where none are kept.
    fn sessions(&self) -> Option<(&Sessions, SessionRule)>;

    /// Choices counted so far.
    fn choices(&self) -> f32;
}

impl CovisitTable for ActivityView {
    fn covisits(&self, item: ItemIndex) -> impl Iterator<Item = Covisit> {
        let near = self.neighbours.get(item.as_usize()).and_then(Option::as_deref);
        near.unwrap_or_default().iter().copied()
    }

    fn positives(&self, item: ItemIndex) -> f32 {
        self.counts.get(item.as_usize()).map_or(1.0, |counts| counts.positives.max(1.0))
    }

    fn neighbour_alpha(&self) -> f32 {
        self.config.alpha
    }

    fn sessions(&self) -> Option<(&Sessions, SessionRule)> {
        self.config.sessions.map(|_| (&self.sessions, self.config.session_rule))
    }

    fn choices(&self) -> f32 {
        self.events as f32
    }
}

impl CovisitTable for ItemActivity {
    fn covisits(&self, item: ItemIndex) -> impl Iterator<Item = Covisit> {
        let bounds = self.bounds();
        let row = self.rows.get(item.as_usize()).and_then(Option::as_deref);
        row.into_iter().flat_map(move |row| row.covisits.neighbours(bounds))
    }

    fn positives(&self, item: ItemIndex) -> f32 {
        self.counts.get(item.as_usize()).map_or(1.0, |counts| counts.positives.max(1.0))
    }

    fn neighbour_alpha(&self) -> f32 {
        self.config.alpha
    }

    fn sessions(&self) -> Option<(&Sessions, SessionRule)> {
        self.config.sessions.map(|_| (self.sessions.sessions(), self.config.session_rule))
    }

    fn choices(&self) -> f32 {
        self.clock.events as f32
    }
}

#[cfg(test)]
mod tests;
