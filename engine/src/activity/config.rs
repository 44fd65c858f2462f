//! What item activity may be told: half-lives, bounds, smoothing.
//!
//! Not here: reading a configuration file.

use crate::EventTypes;
use crate::activity::sessions::SessionBounds;
use crate::activity::trend::TrendPace;
use crate::features::Declared;
use crate::retrieval::similar_sessions::SessionRule;

/// How item activity counts and what it may hold.
#[derive(Clone, Debug, PartialEq)]
pub struct ActivityConfig {
    /// What each event type means.
    pub types: EventTypes,
    /// What operators declared.
    pub features: Declared,
    /// Neighbours kept ready per item.
    pub neighbours: usize,
    /// Co-visit counters per item, the neighbours among them; 12 bytes each.
    pub covisit_counters: usize,
    /// How much an item's own popularity weighs against it as a neighbour, 0 to 1; see
    /// [`crate::activity::ActivityView::neighbours`].
    pub alpha: f32,
    /// Positive events that every item is taken to have more when neighbours are chosen, so that a pair
    /// seen once does not push out one seen often.
    pub neighbour_shrinkage: f32,
    /// After how many positive events half of an item's popularity is left, shortest first.
    pub half_lives_events: [f32; 3],
    /// How much a backfilled event adds to neighbours and to popularity with the longest half-life; a live
    /// one adds 1.
    pub backfill_weight: f32,
    /// After how many milliseconds half of an item's short-term rate is left.
    pub trend_half_life_ms: u64,
    /// After how many milliseconds half of an item's long-term rate is left.
    pub baseline_half_life_ms: u64,
    /// Events that a trend must exceed in its short-term count; each of the newest few users counts once.
    pub trend_support: f32,
    /// Events of one network that count in full in an hour; 0 for no bound. See [`crate::activity::origins`].
    pub origin_events: u32,
    /// Clicks and impressions that every item starts with, so that one click in one view is not 100 %.
    pub click_through_prior: [f32; 2],
    /// Recent sessions kept; `None` for none.
    pub sessions: Option<SessionBounds>,
    /// How they are compared.
    pub session_rule: SessionRule,
    /// Items in a published list over the whole catalogue.
    pub list_length: usize,
    /// Items in a published list of one category.
    pub category_list_length: usize,
    /// Categories whose lists one publish may build anew, if their pools are full; of smaller ones as many more as
    /// make the same work. The rest follow with the next ones.
    pub categories_per_publish: usize,
}

impl Default for ActivityConfig {
    fn default() -> Self {
        Self {
            types: EventTypes::default(),
            features: Declared::default(),
            neighbours: 64,
            covisit_counters: 240,
            alpha: 0.5,
            neighbour_shrinkage: 5.0,
            half_lives_events: [300.0, 3_000.0, 30_000.0],
            backfill_weight: 0.5,
            trend_half_life_ms: 2 * 60_000,
            baseline_half_life_ms: 24 * 3_600_000,
            trend_support: 2.0,
            origin_events: 6_000,
            click_through_prior: [1.0, 20.0],
            sessions: Some(SessionBounds { sessions: 65_536, per_item: 128, gap_ms: 30 * 60_000 }),
            session_rule: SessionRule::default(),
            list_length: 512,
            category_list_length: 128,
            categories_per_publish: 64,
        }
    }
}

impl ActivityConfig {
    /// The half-lives of trends.
    #[must_use]
    pub fn trend_pace(&self) -> TrendPace {
        TrendPace { short_ms: self.trend_half_life_ms, baseline_ms: self.baseline_half_life_ms }
    }

    /// Items that the whole catalogue's lists are made from.
    ///
    /// The lists name five times `list_length` items at most; the rest is the room that keeps the pool from being
    /// judged anew at every event.
    pub(super) fn pool_capacity(&self) -> usize {
        8 * self.list_length.max(1)
    }

    /// Items that one category's lists are made from: two and a half times its list's length, and room.
    pub(super) fn category_pool_capacity(&self) -> usize {
        4 * self.category_list_length.max(1)
    }
}
