//! The filters: whether an item may be in this list, and if not, why not.
//!
//! **Invariant:** every candidate that is left out is counted once, under the first reason that held.
//!
//! Not here: what counts as seen (see `seen`).

use rustc_hash::FxHashSet;

use crate::ItemIndex;
use crate::ranking::request::{RankRequest, SeenPolicy};
use crate::ranking::response::{FilterCounts, Obstacle};
use crate::ranking::seen::{seen_items, turned_down};
use crate::ranking::tagged::{Tagged, passes};
use crate::record::ItemKind;

/// Whether an item may be shown.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Passed,
    LeftOut,
}

/// The filters of one request.
#[derive(Debug)]
pub(crate) struct Gate<'a> {
    request: &'a RankRequest<'a>,
    excluded: FxHashSet<ItemIndex>,
    seen: FxHashSet<ItemIndex>,
    turned_down: FxHashSet<ItemIndex>,
    rooms_wanted: bool,
    tagged: Tagged<'a>,
    counts: FilterCounts,
}

impl<'a> Gate<'a> {
    pub fn new(request: &'a RankRequest<'a>) -> Self {
        Self {
            request,
            excluded: request.exclude.iter().copied().collect(),
            seen: seen_items(request),
            turned_down: turned_down(request),
            rooms_wanted: request.wants_rooms(),
            tagged: Tagged::new(request),
            counts: FilterCounts::default(),
        }
    }

    /// Judges `item`; ask once per item.
    pub fn judge(&mut self, item: ItemIndex) -> Verdict {
        match self.obstacle(item) {
            None => Verdict::Passed,
            Some(obstacle) => {
                self.counts.count(obstacle);
                Verdict::LeftOut
            }
        }
    }

    /// What was left out so far.
    pub fn counts(&self) -> FilterCounts {
        self.counts
    }

    fn is_open(&self, room: ItemIndex) -> bool {
        self.request.rooms.is_none_or(|rooms| rooms.is_open(room))
    }

    /// A room goes on: whoever was there may come again, but where they are now, and what they turned down.
    fn is_seen(&self, item: ItemIndex, kind: ItemKind) -> bool {
        if kind != ItemKind::LiveRoom || self.request.rooms.is_none() {
            return self.seen.contains(&item);
        }
        self.request.exclude_seen != SeenPolicy::Ignored
            && (self.turned_down.contains(&item) || self.request.user.rooms.contains(&item))
    }

    /// What keeps `item` out, if anything does; not counted.
    pub fn obstacle(&self, item: ItemIndex) -> Option<Obstacle> {
        let columns = self.request.activity.columns(item);
        let Some(columns) = columns.filter(|columns| columns.available) else {
            return Some(Obstacle::Unavailable);
        };
        let (at, filter) = (self.request.at, self.request.filter);
        if self.excluded.contains(&item) {
            Some(Obstacle::Excluded)
        } else if columns.expires_at.is_some_and(|expires_at| expires_at <= at) {
            Some(Obstacle::Expired)
        } else if columns.published_at.is_some_and(|published_at| at < published_at) {
            Some(Obstacle::Unpublished)
        } else if columns.kind == ItemKind::LiveRoom && !self.rooms_wanted {
            Some(Obstacle::LiveRoom)
        } else if columns.kind == ItemKind::LiveRoom && !self.is_open(item) {
            Some(Obstacle::Closed)
        } else if !passes(self.request.activity, filter, (item, columns)) {
            Some(Obstacle::Unmatched)
        } else if self.tagged.excludes(item) {
            Some(Obstacle::Tagged)
        } else if self.is_seen(item, columns.kind) {
            Some(Obstacle::Seen)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests;
