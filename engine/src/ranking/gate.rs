//! The filters: whether an item may be in this list, and if not, why not.
//!
//! **Invariant:** every candidate that is left out is counted once, under the first reason that held.
//!
//! Not here: what counts as seen (see `seen`).

use rustc_hash::FxHashSet;

use crate::ItemIndex;
use crate::catalogue::ItemColumns;
use crate::ranking::request::{Condition, RankRequest};
use crate::ranking::response::FilterCounts;
use crate::ranking::seen::seen_items;
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
    counts: FilterCounts,
}

impl<'a> Gate<'a> {
    pub fn new(request: &'a RankRequest<'a>) -> Self {
        Self {
            request,
            excluded: request.exclude.iter().copied().collect(),
            seen: seen_items(request),
            rooms_wanted: request.wants_rooms(),
            counts: FilterCounts::default(),
        }
    }

    /// Judges `item`; ask once per item.
    pub fn judge(&mut self, item: ItemIndex) -> Verdict {
        match self.obstacle(item) {
            None => Verdict::Passed,
            Some(count) => {
                *count(&mut self.counts) += 1;
                Verdict::LeftOut
            }
        }
    }

    /// What was left out so far.
    pub fn counts(&self) -> FilterCounts {
        self.counts
    }

    fn obstacle(&self, item: ItemIndex) -> Option<fn(&mut FilterCounts) -> &mut u32> {
        let columns = self.request.activity.columns(item);
        let Some(columns) = columns.filter(|columns| columns.available) else {
            return Some(|counts| &mut counts.unavailable);
        };
        let (at, filter) = (self.request.at, self.request.filter);
        if self.excluded.contains(&item) {
            Some(|counts| &mut counts.excluded)
        } else if columns.expires_at.is_some_and(|expires_at| expires_at <= at) {
            Some(|counts| &mut counts.expired)
        } else if columns.published_at.is_some_and(|published_at| at < published_at) {
            Some(|counts| &mut counts.unpublished)
        } else if columns.kind == ItemKind::LiveRoom && !self.rooms_wanted {
            Some(|counts| &mut counts.live_room)
        } else if !filter.must.iter().all(|condition| self.holds(condition, item, columns))
            || filter.must_not.iter().any(|condition| self.holds(condition, item, columns))
        {
            Some(|counts| &mut counts.unmatched)
        } else if self.seen.contains(&item) {
            Some(|counts| &mut counts.seen)
        } else {
            None
        }
    }

    fn holds(&self, condition: &Condition, item: ItemIndex, columns: &ItemColumns) -> bool {
        match condition {
            Condition::Categories(wanted) => self.request.activity.is_in_any(item, wanted),
            Condition::Kinds(kinds) => kinds.contains(&columns.kind),
            Condition::Items(items) => items.contains(&item),
            Condition::Price { least, most } => columns.price.is_some_and(|price| {
                least.is_none_or(|least| least <= price) && most.is_none_or(|most| price <= most)
            }),
        }
    }
}

#[cfg(test)]
mod tests;
