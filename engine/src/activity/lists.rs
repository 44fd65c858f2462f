//! The measures that items are listed by, and the lists made from a pool.
//!
//! Not here: which items are in a pool (see `pool`), when lists are made (see `publish`).

use crate::activity::config::ActivityConfig;
use crate::activity::counts::ItemCounts;
use crate::activity::pool::top;
use crate::activity::shelf::Shelf;
use crate::activity::state::{CategoryRow, ItemActivity, ItemRow, MoreCategories, StreamClock};
use crate::activity::view::{CategoryLists, HalfLife, Scored, TopLists, Window};
use crate::catalogue::{Chunked, ItemColumns, Standing};
use crate::record::ItemKind;
use crate::{CategoryId, ItemIndex, Timestamp};

/// Every item's measures at one instant.
#[derive(Clone, Copy)]
pub(super) struct Measures<'a> {
    config: &'a ActivityConfig,
    clock: &'a StreamClock,
    now: Timestamp,
    columns: &'a Chunked<ItemColumns>,
    more_categories: &'a MoreCategories,
    counts: &'a Chunked<ItemCounts>,
    rows: &'a [Option<Box<ItemRow>>],
}

impl ItemActivity {
    pub(super) fn measures(&self) -> Measures<'_> {
        Measures {
            config: &self.config,
            clock: &self.clock,
            now: self.shown_at(),
            columns: &self.columns,
            more_categories: &self.more_categories,
            counts: &self.counts,
            rows: &self.rows,
        }
    }
}

/// Pool members by what lists may do with them now.
#[derive(Default)]
struct Sorted {
    items: Vec<ItemIndex>,
    rooms: Vec<ItemIndex>,
}

impl Measures<'_> {
    /// The lists over the whole catalogue, of those that may be shown.
    pub fn top_lists(&self, pool: &[ItemIndex], newest: &Shelf) -> TopLists {
        let length = self.config.list_length;
        let shown = self.sorted(pool.iter().copied(), &[Standing::Shown]);
        let rooms = with_newest(self.popular_rooms(&shown, length), newest.rooms(), length);
        TopLists {
            fresh: newest.items().take(length).collect(),
            rooms,
            ..self.lists_of(&shown.items)
        }
    }

    /// The lists of one category, all but the newest items, of those that may be shown and still belong to it.
    pub fn category_lists(&self, category: CategoryId, row: &CategoryRow) -> CategoryLists {
        let members = row.pool.members().iter().copied();
        let members = members.filter(|item| self.belongs(*item, category));
        let shown = self.sorted(members, &[Standing::Shown]);
        let rooms = self.popular_rooms(&shown, self.config.category_list_length);
        CategoryLists {
            rooms: with_newest(rooms, row.shelf.rooms(), self.config.list_length),
            totals: Window::ALL.map(|window| row.tiles.count_at(window, self.clock.now)),
            ..self.category_lists_of(&shown.items)
        }
    }

    /// The members of the whole catalogue's pool that are in some list, or would be if they were shown already.
    /// Those gone for good leave; a document that brings one back brings it into the pool too.
    pub fn worth_keeping(&self, pool: &[ItemIndex]) -> Vec<ItemIndex> {
        let kept = self.sorted(pool.iter().copied(), &[Standing::Shown, Standing::Waiting]);
        let lists = self.lists_of(&kept.items);
        let listed = lists.popular.iter().chain(&lists.windows).chain([&lists.trending]);
        let rooms = self.popular_rooms(&kept, self.config.list_length);
        listed.flatten().map(|(item, _)| *item).chain(rooms).collect()
    }

    /// The same of a category's pool.
    pub fn worth_keeping_in_category(&self, pool: &[ItemIndex]) -> Vec<ItemIndex> {
        let kept = self.sorted(pool.iter().copied(), &[Standing::Shown, Standing::Waiting]);
        let lists = self.category_lists_of(&kept.items);
        let listed = [&lists.popular].into_iter().chain(&lists.windows);
        let rooms = self.popular_rooms(&kept, self.config.category_list_length);
        listed.flatten().map(|(item, _)| *item).chain(rooms).collect()
    }

    fn sorted(&self, pool: impl Iterator<Item = ItemIndex>, allowed: &[Standing]) -> Sorted {
        let mut sorted = Sorted::default();
        for item in pool {
            let columns = self.columns.get(item.as_usize()).copied().unwrap_or_default();
            if allowed.contains(&columns.standing(self.now)) {
                let is_room = columns.kind == ItemKind::LiveRoom;
                if is_room { &mut sorted.rooms } else { &mut sorted.items }.push(item);
            }
        }
        sorted
    }

    fn popular_rooms(&self, sorted: &Sorted, length: usize) -> Vec<ItemIndex> {
        let rooms = self.by_popularity(&sorted.rooms, HalfLife::Long, length);
        rooms.into_iter().map(|(item, _)| item).collect()
    }

    fn lists_of(&self, pool: &[ItemIndex]) -> TopLists {
        let length = self.config.list_length;
        TopLists {
            popular: HalfLife::ALL.map(|half_life| self.by_popularity(pool, half_life, length)),
            windows: Window::ALL.map(|window| self.by_window(pool, window, length / 2)),
            trending: self.by_trend(pool, length / 2),
            ..TopLists::default()
        }
    }

    fn category_lists_of(&self, pool: &[ItemIndex]) -> CategoryLists {
        let length = self.config.category_list_length;
        CategoryLists {
            popular: self.by_popularity(pool, HalfLife::Middle, length),
            windows: Window::ALL.map(|window| self.by_window(pool, window, length / 2)),
            ..CategoryLists::default()
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

    fn belongs(&self, item: ItemIndex, category: CategoryId) -> bool {
        let columns = self.columns.get(item.as_usize());
        let more = self.more_categories.get(item.as_usize()).and_then(Option::as_deref);
        columns.is_some_and(|row| {
            !row.described
                || row.categories().contains(&category)
                || more.is_some_and(|more| more.contains(&category))
        })
    }
}

/// `listed` and, where there is room, the newest behind them.
fn with_newest(
    mut listed: Vec<ItemIndex>,
    newest: impl Iterator<Item = ItemIndex>,
    length: usize,
) -> Vec<ItemIndex> {
    let mut known = listed.clone();
    known.sort_unstable();
    let left = length.saturating_sub(listed.len());
    listed.extend(newest.filter(|item| known.binary_search(item).is_err()).take(left));
    listed
}
