//! The filters: whether an item may be in this list, and if not, why not.
//!
//! **Invariant:** every candidate that is left out is counted once, under the first reason that held.
//!
//! Not here: what counts as seen (see `seen`).

use rustc_hash::FxHashSet;

use crate::ItemIndex;
use crate::ranking::request::RankRequest;
use crate::ranking::response::{FilterCounts, Obstacle};
use crate::ranking::seen::seen_items;
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
        } else if !passes(self.request.activity, filter, (item, columns)) {
            Some(Obstacle::Unmatched)
        } else if self.tagged.excludes(item) {
            Some(Obstacle::Tagged)
        } else if self.seen.contains(&item) {
            Some(Obstacle::Seen)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests;
