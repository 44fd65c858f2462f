//! Publishing: lists made from the pools, changed neighbour lists, and a view that shares the rest.
//!
//! A publication costs the lists over the whole catalogue (bounded by the pool), those categories and
//! neighbour lists that changed, and one pointer per page of rows. Chunks of rows that a view still holds
//! are copied when they are next written, not here.
//!
//! **Invariant:** publishing changes nothing that a cut holds; how often it is done cannot be seen in
//! the state.
//!
//! Not here: when to publish (the caller's interval).

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::activity::dirty::Marks;
use crate::activity::state::ItemActivity;
use crate::activity::table::Covisit;
use crate::activity::tiles::finest_tile;
use crate::activity::view::{ActivityView, CategoryLists, NeighbourLists, Window};
use crate::catalogue::Chunked;
use crate::{CategoryId, ItemIndex, Timestamp};

/// What the last publication left, and what changed since.
#[derive(Debug, Default)]
pub(super) struct Published {
    pub revision: u64,
    pub neighbours: NeighbourLists,
    pub categories: Chunked<Option<Arc<CategoryLists>>>,
    /// Items whose neighbours changed.
    pub neighbours_of: Marks,
    /// Categories whose lists may have changed.
    pub stale_categories: Marks,
    /// When items next come or go, soonest first.
    pub due: BTreeSet<(Timestamp, ItemIndex)>,
    /// Finest tile of event time that the categories' windows were last looked at in.
    tile: u32,
    list_bytes: u64,
}

impl Published {
    /// The lists of `category` may have changed.
    pub fn mark_category(&mut self, category: CategoryId) {
        self.stale_categories.mark(category.0);
    }
}

impl ItemActivity {
    /// A view of everything applied so far.
    pub fn publish(&mut self) -> Arc<ActivityView> {
        self.published.revision += 1;
        self.settle_due();
        self.publish_neighbours();
        self.publish_categories();
        let lists = self.measures().top_lists(self.pool.members(), &self.shelf);
        Arc::new(ActivityView {
            config: Arc::clone(&self.config),
            revision: self.published.revision,
            at: self.clock.now,
            events: self.clock.events,
            columns: self.columns.clone(),
            more_categories: self.more_categories.clone(),
            counts: self.counts.clone(),
            neighbours: self.published.neighbours.clone(),
            lists: Arc::new(lists),
            categories: self.published.categories.clone(),
        })
    }

    /// Bytes copied for publications so far: shared chunks that were written, and lists made anew.
    #[must_use]
    pub fn published_bytes(&self) -> u64 {
        self.columns.copied_bytes()
            + self.more_categories.copied_bytes()
            + self.counts.copied_bytes()
            + self.published.neighbours.copied_bytes()
            + self.published.categories.copied_bytes()
            + self.published.list_bytes
    }

    fn publish_neighbours(&mut self) {
        let bounds = self.bounds();
        for item in self.published.neighbours_of.take(usize::MAX) {
            let Some(Some(row)) = self.rows.get(item as usize) else { continue };
            let near: Arc<[Covisit]> = row.covisits.neighbours(bounds).collect();
            self.published.list_bytes += size_of_val(&*near) as u64;
            *self.published.neighbours.row_mut(item as usize) = Some(near);
        }
    }

    fn publish_categories(&mut self) {
        self.notice_time();
        for number in self.published.stale_categories.take(self.config.categories_per_publish) {
            let Some(Some(row)) = self.categories.get(number as usize) else { continue };
            let lists = self.measures().category_lists(CategoryId(number), row);
            let scored = lists.popular.len() + lists.windows.iter().map(Vec::len).sum::<usize>();
            let named = lists.newest.len() + lists.rooms.len();
            self.published.list_bytes += (8 * scored + 4 * named) as u64;
            *self.published.categories.row_mut(number as usize) = Some(Arc::new(lists));
        }
    }

    /// Where a tile of time has passed, whatever counts in a window may have fallen out of it.
    fn notice_time(&mut self) {
        let tile = finest_tile(self.clock.now);
        if tile == self.published.tile {
            return;
        }
        self.published.tile = tile;
        for (number, lists) in self.published.categories.iter() {
            if lists.as_ref().is_some_and(|lists| 0 < lists.totals[Window::Day.place()]) {
                self.published.stale_categories.mark(number as u32);
            }
        }
    }
}

#[cfg(test)]
mod tests;
