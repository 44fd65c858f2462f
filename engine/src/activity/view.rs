//! Item activity as published: what ranking and REST read, never changing under them.
//!
//! **Invariant:** a view is immutable and whole: all its parts are of one instant of the stream.
//!
//! Not here: how the parts are kept up to date (see `state`), ranking.

use std::sync::Arc;

use crate::activity::config::ActivityConfig;
use crate::activity::counts::{ClickThrough, ItemCounts};
use crate::activity::sessions::Sessions;
use crate::activity::state::MoreCategories;
use crate::activity::table::{Covisit, CovisitTable};
use crate::catalogue::{Chunked, ItemColumns};
use crate::features::published::SharedView;
use crate::{CategoryId, EventTypes, ItemIndex, Timestamp};

/// What each half-life weighs in [`ActivityView::popularity_share`], shortest first; the sum is 1.
const POPULARITY_MIX: [f32; 3] = [0.34, 0.33, 0.33];

/// An item with what it is listed by.
pub type Scored = (ItemIndex, f32);

/// How far back a list looks, in event time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// Five minutes, exact to 30 seconds.
    FiveMinutes,
    /// An hour, exact to 5 minutes.
    Hour,
    /// A day, exact to an hour.
    Day,
}

impl Window {
    /// Every window, shortest first.
    pub const ALL: [Self; 3] = [Self::FiveMinutes, Self::Hour, Self::Day];

    pub(crate) const fn place(self) -> usize {
        match self {
            Self::FiveMinutes => 0,
            Self::Hour => 1,
            Self::Day => 2,
        }
    }
}

/// Which half-life popularity is decayed by, in positive events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HalfLife {
    /// 300 by default: what is hot.
    Short,
    /// 3,000 by default.
    Middle,
    /// 30,000 by default: what lasts.
    Long,
}

impl HalfLife {
    /// Every half-life, shortest first.
    pub const ALL: [Self; 3] = [Self::Short, Self::Middle, Self::Long];

    pub(crate) const fn place(self) -> usize {
        match self {
            Self::Short => 0,
            Self::Middle => 1,
            Self::Long => 2,
        }
    }
}

/// The lists of one category.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CategoryLists {
    /// By popularity with the middle half-life, best first.
    pub popular: Vec<Scored>,
    /// By positive events in each window, best first.
    pub windows: [Vec<Scored>; 3],
    /// The newest items that may be shown, newest first.
    pub newest: Arc<[ItemIndex]>,
    /// Its live rooms, the popular ones first, then the newest.
    pub rooms: Vec<ItemIndex>,
    /// Live positive events of the category in each window.
    pub totals: [u32; 3],
}

/// The lists over the whole catalogue.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct TopLists {
    pub popular: [Vec<Scored>; 3],
    pub windows: [Vec<Scored>; 3],
    pub trending: Vec<Scored>,
    pub fresh: Vec<ItemIndex>,
    pub rooms: Vec<ItemIndex>,
}

/// Neighbours by item. Small chunks: to copy a chunk of shared lists touches each list's own memory.
pub(crate) type NeighbourLists = Chunked<Option<Arc<[Covisit]>>, 4>;

/// One publication of item activity.
#[derive(Clone, Debug)]
pub struct ActivityView {
    pub(crate) config: Arc<ActivityConfig>,
    pub(crate) revision: u64,
    pub(crate) at: Timestamp,
    pub(crate) events: u64,
    pub(crate) columns: Chunked<ItemColumns>,
    pub(crate) more_categories: MoreCategories,
    pub(crate) counts: Chunked<ItemCounts>,
    pub(crate) neighbours: NeighbourLists,
    pub(crate) sessions: Sessions,
    pub(crate) lists: Arc<TopLists>,
    pub(crate) categories: Chunked<Option<Arc<CategoryLists>>>,
    pub(crate) features: SharedView,
}

impl ActivityView {
    /// A view of nothing, before the first publication.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            config: Arc::default(),
            revision: 0,
            at: Timestamp::EPOCH,
            events: 0,
            columns: Chunked::default(),
            more_categories: Chunked::default(),
            counts: Chunked::default(),
            neighbours: Chunked::default(),
            sessions: Sessions::default(),
            lists: Arc::default(),
            categories: Chunked::default(),
            features: SharedView::default(),
        }
    }

    /// Declared features of items, categories, rooms and the node.
    #[must_use]
    pub fn features(&self) -> &SharedView {
        &self.features
    }

    /// Number of this publication; grows.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Newest instant of event time that was known when it was published.
    #[must_use]
    pub fn published_at(&self) -> Timestamp {
        self.at
    }

    /// Items that have a number, described or not, withdrawn ones too.
    #[must_use]
    pub fn items(&self) -> usize {
        self.columns.len()
    }

    /// Positive events counted so far; what a user repeats on an item within the hour is not counted again.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.events
    }

    /// What each event type means.
    #[must_use]
    pub fn types(&self) -> &EventTypes {
        &self.config.types
    }

    /// What filters need of `item`; `None` where no such item is known.
    #[must_use]
    pub fn columns(&self, item: ItemIndex) -> Option<&ItemColumns> {
        self.columns.get(item.as_usize()).filter(|columns| columns.registered)
    }

    /// Whether `item` has any of the categories `wanted`, as its document says: all of its categories count.
    #[must_use]
    pub fn is_in_any(&self, item: ItemIndex, wanted: &[CategoryId]) -> bool {
        let columns = self.columns.get(item.as_usize()).map(ItemColumns::categories);
        let more = self.more_categories.get(item.as_usize()).and_then(Option::as_deref);
        let mut categories = columns.into_iter().chain(more).flatten();
        categories.any(|category| wanted.contains(category))
    }

    /// Decayed popularity of `item`, in events.
    #[must_use]
    pub fn popularity(&self, item: ItemIndex, half_life: HalfLife) -> f32 {
        let place = half_life.place();
        let counts = self.counts.get(item.as_usize());
        let half_life = self.config.half_lives_events[place];
        counts.map_or(0.0, |counts| counts.decayed_at(place, self.events, half_life))
    }

    /// The item's share of all popularity, as a mean over the half-lives: in a steady stream with half-life
    /// H all popularity together is `H / ln 2`.
    #[must_use]
    pub fn popularity_share(&self, item: ItemIndex) -> f32 {
        let Some(counts) = self.counts.get(item.as_usize()) else { return 0.0 };
        let halves = self.config.half_lives_events.iter().zip(POPULARITY_MIX).enumerate();
        let shares = halves.map(|(place, (half_life, weight))| {
            weight * counts.decayed_at(place, self.events, *half_life) / half_life
        });
        shares.sum::<f32>() * std::f32::consts::LN_2
    }

    /// The most popular items, best first, with their popularity.
    #[must_use]
    pub fn popular(&self, half_life: HalfLife) -> &[Scored] {
        &self.lists.popular[half_life.place()]
    }

    /// The most popular items of a category, best first; empty for one never seen.
    #[must_use]
    pub fn popular_in(&self, category: CategoryId) -> &[Scored] {
        self.category(category).map_or(&[], |lists| &lists.popular)
    }

    /// The items with the most positive events in `window`, overall or in one category, best first.
    #[must_use]
    pub fn windowed(&self, window: Window, category: Option<CategoryId>) -> &[Scored] {
        let Some(category) = category else { return &self.lists.windows[window.place()] };
        self.category(category).map_or(&[], |lists| &lists.windows[window.place()])
    }

    /// Live positive events of a category in `window`.
    #[must_use]
    pub fn category_total(&self, category: CategoryId, window: Window) -> u32 {
        self.category(category).map_or(0, |lists| lists.totals[window.place()])
    }

    /// What is rising, strongest first; the number says by how many standard deviations.
    #[must_use]
    pub fn trending(&self) -> &[Scored] {
        &self.lists.trending
    }

    /// The newest items of a category that may be shown, newest first.
    #[must_use]
    pub fn newest_in(&self, category: CategoryId) -> &[ItemIndex] {
        self.category(category).map_or(&[], |lists| &lists.newest)
    }

    /// The live rooms that may be shown, overall or of one category, the popular ones first.
    #[must_use]
    pub fn rooms(&self, category: Option<CategoryId>) -> &[ItemIndex] {
        let Some(category) = category else { return &self.lists.rooms };
        self.category(category).map_or(&[], |lists| &lists.rooms)
    }

    /// The newest items that may be shown, newest first; no live rooms.
    #[must_use]
    pub fn fresh(&self) -> &[ItemIndex] {
        &self.lists.fresh
    }

    /// How often `item` is chosen where it is shown.
    #[must_use]
    pub fn click_through(&self, item: ItemIndex) -> ClickThrough {
        let counts = self.counts.get(item.as_usize()).copied().unwrap_or_default();
        counts.click_through(self.config.click_through_prior)
    }

    /// The items most often chosen by those who chose `item`, best first, at most 64 by default.
    ///
    /// With `C` the co-visits, `n` the positive events and `a` the configured alpha, the similarity of
    /// `i` to `j` is `C_ji / (n_j^(1-a) * n_i^a)`.
    #[must_use]
    pub fn neighbours(&self, item: ItemIndex) -> Vec<Scored> {
        let alpha = self.config.alpha;
        let own = self.positives(item).powf(1.0 - alpha);
        let mut near: Vec<Scored> = self
            .covisits(item)
            .map(|near| (near.item, near.count / (own * self.positives(near.item).powf(alpha))))
            .collect();
        near.sort_unstable_by(best_first);
        near
    }

    fn category(&self, category: CategoryId) -> Option<&CategoryLists> {
        self.categories.get(category.0 as usize)?.as_deref()
    }
}

/// Orders lists: higher scores first, equal ones by number, so that no order depends on a map.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that sorting asks for")]
pub(crate) fn best_first(a: &Scored, b: &Scored) -> std::cmp::Ordering {
    b.1.total_cmp(&a.1).then(a.0.cmp(&b.0))
}
