//! Candidates from published lists: popular, rising, new, of liked categories.
//!
//! Not here: how the lists are kept (see `activity`).

use rustc_hash::FxHashMap;

use crate::activity::{ActivityView, HalfLife, Scored};
use crate::catalogue::ItemColumns;
use crate::retrieval::{Query, Retriever, Source};
use crate::{CategoryId, ItemIndex, Timestamp};

/// Half of an item's newness is gone after this long.
const NEWNESS_HALF_LIFE_MS: f32 = 3.0 * 86_400_000.0;
/// Rising items that are looked at.
const TRENDS: usize = 64;

/// What is popular, by a mean over the half-lives.
#[derive(Clone, Debug)]
pub struct PopularItems<'a> {
    activity: &'a ActivityView,
}

impl<'a> PopularItems<'a> {
    /// For `query`.
    #[must_use]
    pub fn new(query: &Query<'a>) -> Self {
        Self { activity: query.activity }
    }
}

impl Retriever for PopularItems<'_> {
    fn source(&self) -> Source {
        Source::Popular
    }

    fn candidates(&self) -> Box<dyn Iterator<Item = ItemIndex> + '_> {
        let lists = HalfLife::ALL.map(|half_life| self.activity.popular(half_life));
        let longest = lists.iter().map(|list| list.len()).max().unwrap_or(0);
        let place =
            move |place| lists.into_iter().filter_map(move |list: &[Scored]| list.get(place));
        Box::new((0..longest).flat_map(place).map(|(item, _)| *item))
    }

    fn strength(&self, item: ItemIndex) -> f32 {
        self.activity.popularity_share(item)
    }
}

/// What is rising.
#[derive(Clone, Debug)]
pub struct TrendingItems<'a> {
    listed: &'a [Scored],
    strengths: FxHashMap<ItemIndex, f32>,
}

impl<'a> TrendingItems<'a> {
    /// For `query`.
    #[must_use]
    pub fn new(query: &Query<'a>) -> Self {
        let listed = query.activity.trending();
        let listed = &listed[..listed.len().min(TRENDS)];
        Self { listed, strengths: listed.iter().copied().collect() }
    }

    /// How strongly `item` rises, as a share of what rises most.
    #[must_use]
    pub fn share(&self, item: ItemIndex) -> f32 {
        let highest = self.listed.first().map_or(0.0, |(_, strength)| *strength);
        self.strength(item) / highest.max(f32::MIN_POSITIVE)
    }
}

impl Retriever for TrendingItems<'_> {
    fn source(&self) -> Source {
        Source::Trending
    }

    fn candidates(&self) -> Box<dyn Iterator<Item = ItemIndex> + '_> {
        Box::new(self.listed.iter().map(|(item, _)| *item))
    }

    fn strength(&self, item: ItemIndex) -> f32 {
        self.strengths.get(&item).copied().unwrap_or(0.0)
    }
}

/// What is new.
#[derive(Clone, Debug)]
pub struct FreshItems<'a> {
    activity: &'a ActivityView,
    at: Timestamp,
}

impl<'a> FreshItems<'a> {
    /// For `query`.
    #[must_use]
    pub fn new(query: &Query<'a>) -> Self {
        Self { activity: query.activity, at: query.at }
    }
}

impl Retriever for FreshItems<'_> {
    fn source(&self) -> Source {
        Source::Fresh
    }

    /// Where the newest are popular already, those behind them would else never be looked at.
    fn has_own_share(&self) -> bool {
        true
    }

    fn candidates(&self) -> Box<dyn Iterator<Item = ItemIndex> + '_> {
        Box::new(self.activity.fresh().iter().copied())
    }

    fn strength(&self, item: ItemIndex) -> f32 {
        let Some(columns) = self.activity.columns(item) else { return 0.0 };
        let age = self.at.millis_since(columns.new_since());
        (-(age as f32) / NEWNESS_HALF_LIFE_MS).exp2()
    }
}

/// What is popular, then what is new in the categories of the query; how much the user likes an item's categories.
#[derive(Clone, Debug)]
pub struct LikedCategories<'a> {
    activity: &'a ActivityView,
    liked: &'a [(CategoryId, f32)],
    categories: &'a [CategoryId],
}

impl<'a> LikedCategories<'a> {
    /// For `query`.
    #[must_use]
    pub fn new(query: &'a Query<'_>) -> Self {
        Self { activity: query.activity, liked: &query.liked, categories: &query.categories }
    }

    /// The category of `item` that the user likes best.
    #[must_use]
    pub fn best_of(&self, item: ItemIndex) -> Option<CategoryId> {
        let columns = self.activity.columns(item)?;
        let liked = self.liked.iter().map(|(category, _)| *category);
        liked.into_iter().find(|category| columns.categories().contains(category))
    }
}

impl Retriever for LikedCategories<'_> {
    fn source(&self) -> Source {
        Source::Category
    }

    fn candidates(&self) -> Box<dyn Iterator<Item = ItemIndex> + '_> {
        let longest =
            self.categories.iter().map(|category| self.activity.popular_in(*category).len());
        let place = |place| {
            let lists = self.categories.iter().map(|category| self.activity.popular_in(*category));
            lists.filter_map(move |list| list.get(place))
        };
        let popular = (0..longest.max().unwrap_or(0)).flat_map(place).map(|(item, _)| *item);
        let newest = self.categories.iter().flat_map(|category| self.activity.newest_in(*category));
        Box::new(popular.chain(newest.copied()))
    }

    /// The mean over the item's categories of the user's share of liking.
    fn strength(&self, item: ItemIndex) -> f32 {
        let categories =
            self.activity.columns(item).map(ItemColumns::categories).unwrap_or_default();
        let shares = self.liked.iter().filter(|(category, _)| categories.contains(category));
        shares.map(|(_, share)| share).sum::<f32>() / categories.len().max(1) as f32
    }
}

#[cfg(test)]
mod tests;
