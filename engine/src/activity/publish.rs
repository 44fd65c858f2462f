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
use crate::activity::tiles::tile_in;
use crate::activity::view::{ActivityView, CategoryLists, NeighbourLists, Window};
use crate::catalogue::Chunked;
use crate::features::plan::FeaturePlan;
use crate::features::published::SharedView;
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
    stale: StaleCategories,
    /// When items next come or go, soonest first.
    pub due: BTreeSet<(Timestamp, ItemIndex)>,
    /// Tile of each window in which the categories were last looked at.
    tiles: [u32; 3],
    list_bytes: u64,
    pub features: SharedView,
}

/// Categories whose lists may have changed, longest waiting first.
///
/// Those without any list yet and those with an old one take turns: neither can keep the other waiting.
#[derive(Debug, Default)]
struct StaleCategories {
    unlisted: Marks,
    listed: Marks,
    turn_of_unlisted: bool,
}

impl StaleCategories {
    fn take_first(&mut self) -> Option<u32> {
        self.turn_of_unlisted = !self.turn_of_unlisted;
        let (first, second) = if self.turn_of_unlisted {
            (&mut self.unlisted, &mut self.listed)
        } else {
            (&mut self.listed, &mut self.unlisted)
        };
        first.take_first().or_else(|| second.take_first())
    }
}

/// What it costs to look at a category at all, in members of its pool.
const CATEGORY_WORK: usize = 16;
/// Newest items that are listed for what looking at one member of the pool costs.
const NEWEST_PER_WORK: usize = 8;

impl Published {
    /// Nothing published yet of these features.
    pub fn of(plan: &Arc<FeaturePlan>) -> Self {
        Self { features: SharedView::new(Arc::clone(plan)), ..Self::default() }
    }

    /// The lists of `category` may have changed.
    pub fn mark_category(&mut self, category: CategoryId) {
        let listed = self.categories.get(category.0 as usize).is_some_and(Option::is_some);
        if listed { &mut self.stale.listed } else { &mut self.stale.unlisted }.mark(category.0);
    }
}

impl ItemActivity {
    /// A view of everything applied so far.
    pub fn publish(&mut self) -> Arc<ActivityView> {
        self.published.revision += 1;
        self.settle_due();
        self.publish_neighbours();
        self.publish_categories();
        self.features.publish(&mut self.published.features);
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
            sessions: self.sessions.sessions().clone(),
            lists: Arc::new(lists),
            categories: self.published.categories.clone(),
            features: self.published.features.clone(),
        })
    }

    /// Bytes copied for publications so far: shared chunks that were written, and lists made anew.
    #[must_use]
    pub fn published_bytes(&self) -> u64 {
        self.columns.copied_bytes()
            + self.more_categories.copied_bytes()
            + self.counts.copied_bytes()
            + self.sessions.sessions().copied_bytes()
            + self.published.neighbours.copied_bytes()
            + self.published.categories.copied_bytes()
            + self.published.list_bytes
    }

    fn publish_neighbours(&mut self) {
        let bounds = self.bounds();
        for item in self.published.neighbours_of.take() {
            let Some(Some(row)) = self.rows.get(item as usize) else { continue };
            let near: Arc<[Covisit]> = row.covisits.neighbours(bounds).collect();
            self.published.list_bytes += size_of_val(&*near) as u64;
            *self.published.neighbours.row_mut(item as usize) = Some(near);
        }
    }

    /// As many as the bound allows for: it is one of work, so small categories go many at a time.
    fn publish_categories(&mut self) {
        self.notice_time();
        let full = self.config.category_pool_capacity() + CATEGORY_WORK;
        let mut left = self.config.categories_per_publish * full;
        while 0 < left {
            let Some(number) = self.published.stale.take_first() else { return };
            left = left.saturating_sub(self.publish_category(number));
        }
    }

    /// Says how much work it was.
    fn publish_category(&mut self, number: u32) -> usize {
        let before = self.published.categories.get(number as usize).and_then(Option::as_deref);
        let Some(Some(row)) = self.categories.get_mut(number as usize) else {
            return CATEGORY_WORK;
        };
        let same = before.filter(|_| !row.shelf.take_changed());
        let same = same.map(|lists| Arc::clone(&lists.newest));
        let Some(Some(row)) = self.categories.get(number as usize) else { return CATEGORY_WORK };
        let mut lists = self.measures().category_lists(CategoryId(number), row);
        let scored = lists.popular.len() + lists.windows.iter().map(Vec::len).sum::<usize>();
        let mut named = lists.rooms.len();
        lists.newest = same.unwrap_or_else(|| {
            let newest: Arc<[_]> = row.shelf.items().take(self.config.list_length).collect();
            named += newest.len();
            newest
        });
        let work = CATEGORY_WORK + row.pool.members().len() + named / NEWEST_PER_WORK;
        self.published.list_bytes += (8 * scored + 4 * named) as u64;
        *self.published.categories.row_mut(number as usize) = Some(Arc::new(lists));
        work
    }

    /// Where a tile of a window has passed, whatever counts in that window may have fallen out of it.
    fn notice_time(&mut self) {
        let tiles = Window::ALL.map(|window| tile_in(window, self.clock.now));
        let before = std::mem::replace(&mut self.published.tiles, tiles);
        let moved = Window::ALL.map(|window| tiles[window.place()] != before[window.place()]);
        if !moved.contains(&true) {
            return;
        }
        for (number, lists) in self.published.categories.iter() {
            let counts = |lists: &CategoryLists| {
                (0..3).any(|place| {
                    let counted = 0 < lists.totals[place] || !lists.windows[place].is_empty();
                    moved[place] && counted
                })
            };
            if lists.as_deref().is_some_and(counts) {
                self.published.stale.listed.mark(number as u32);
            }
        }
    }
}

#[cfg(test)]
mod tests;
