//! The measures that items are listed by, and the lists made from a pool.
//!
//! Not here: which items are in a pool (see `pool`), when lists are made (see `publish`).

use crate::activity::config::ActivityConfig;
use crate::activity::counts::ItemCounts;
use crate::activity::pool::top;
use crate::activity::state::{ItemActivity, ItemRow, StreamClock};
use crate::activity::view::{CategoryLists, HalfLife, Scored, TopLists, Window};
use crate::catalogue::{Chunked, ItemColumns};
use crate::{CategoryId, ItemIndex};

/// Every item's measures at one instant.
#[derive(Clone, Copy)]
pub(super) struct Measures<'a> {
    config: &'a ActivityConfig,
    clock: &'a StreamClock,
    columns: &'a Chunked<ItemColumns>,
    counts: &'a Chunked<ItemCounts>,
    rows: &'a [Option<Box<ItemRow>>],
}

impl ItemActivity {
    pub(super) fn measures(&self) -> Measures<'_> {
        Measures {
            config: &self.config,
            clock: &self.clock,
            columns: &self.columns,
            counts: &self.counts,
            rows: &self.rows,
        }
    }
}

impl Measures<'_> {
    /// The lists over the whole catalogue, all but the newest items, of those that may be shown.
    pub fn top_lists(&self, pool: &[ItemIndex]) -> TopLists {
        let mut shown = pool.to_vec();
        shown.retain(|item| self.is_available(*item));
        self.lists_of(&shown)
    }

    /// The lists of one category, of those that may be shown and still belong to it.
    pub fn category_lists(&self, category: CategoryId, pool: &[ItemIndex]) -> CategoryLists {
        let mut shown = pool.to_vec();
        shown.retain(|item| self.is_available(*item) && self.belongs(*item, category));
        self.category_lists_of(&shown)
    }

    /// The members of the whole catalogue's pool that are in some list, shown or not.
    pub fn worth_keeping(&self, pool: &[ItemIndex]) -> Vec<ItemIndex> {
        let lists = self.lists_of(pool);
        let listed = lists.popular.iter().chain(&lists.windows).chain([&lists.trending]);
        listed.flatten().map(|(item, _)| *item).collect()
    }

    /// The members of a category's pool that are in some list, shown or not.
    pub fn worth_keeping_in_category(&self, pool: &[ItemIndex]) -> Vec<ItemIndex> {
        let lists = self.category_lists_of(pool);
        let listed = [&lists.popular].into_iter().chain(&lists.windows);
        listed.flatten().map(|(item, _)| *item).collect()
    }

    fn lists_of(&self, pool: &[ItemIndex]) -> TopLists {
        let length = self.config.list_length;
        TopLists {
            popular: HalfLife::ALL.map(|half_life| self.by_popularity(pool, half_life, length)),
            windows: Window::ALL.map(|window| self.by_window(pool, window, length / 2)),
            trending: self.by_trend(pool, length / 2),
            fresh: Vec::new(),
        }
    }

    fn category_lists_of(&self, pool: &[ItemIndex]) -> CategoryLists {
        let length = self.config.category_list_length;
        CategoryLists {
            popular: self.by_popularity(pool, HalfLife::Middle, length),
            windows: Window::ALL.map(|window| self.by_window(pool, window, length / 2)),
            totals: [0; 3],
        }
    }

    /// Best first; where there is room, behind them at 0 those that only a backfill has chosen.
    fn by_popularity(&self, pool: &[ItemIndex], half_life: HalfLife, length: usize) -> Vec<Scored> {
        let scores = pool.iter().map(|item| (*item, self.popularity(*item, half_life)));
        let mut listed = top(scores.collect(), length);
        if half_life != HalfLife::Long && listed.len() < length {
            let lasting = pool.iter().filter(|item| self.popularity(**item, half_life) <= 0.0);
            let lasting = lasting.map(|item| (*item, self.popularity(*item, HalfLife::Long)));
            let lasting = top(lasting.collect(), length - listed.len());
            listed.extend(lasting.into_iter().map(|(item, _)| (item, 0.0)));
        }
        listed
    }

    fn popularity(&self, item: ItemIndex, half_life: HalfLife) -> f32 {
        let place = half_life.place();
        let events = self.config.half_lives_events[place];
        let counts = self.counts.get(item.as_usize());
        counts.map_or(0.0, |counts| counts.decayed_at(place, self.clock.events, events))
    }

    fn by_window(&self, pool: &[ItemIndex], window: Window, length: usize) -> Vec<Scored> {
        let score = |item: &ItemIndex| {
            self.row(*item).map_or(0, |row| row.tiles.count_at(window, self.clock.now)) as f32
        };
        top(pool.iter().map(|item| (*item, score(item))).collect(), length)
    }

    fn by_trend(&self, pool: &[ItemIndex], length: usize) -> Vec<Scored> {
        let (pace, support) = (self.config.trend_pace(), self.config.trend_support);
        let score = |item: &ItemIndex| {
            let trend = &self.row(*item)?.trend;
            trend.strength(self.clock.now, self.clock.began, pace, support)
        };
        top(pool.iter().filter_map(|item| Some((*item, score(item)?))).collect(), length)
    }

    fn row(&self, item: ItemIndex) -> Option<&ItemRow> {
        self.rows.get(item.as_usize())?.as_deref()
    }

    fn is_available(&self, item: ItemIndex) -> bool {
        self.columns.get(item.as_usize()).is_some_and(|columns| columns.available)
    }

    fn belongs(&self, item: ItemIndex, category: CategoryId) -> bool {
        let columns = self.columns.get(item.as_usize());
        columns.is_some_and(|row| !row.described || row.categories().contains(&category))
    }
}
