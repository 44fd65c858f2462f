//! The owner of item activity: takes in facts and shared records, in log order.
//!
//! **Invariant:** only positive events move popularity, windows, trends and neighbours; a backfilled one
//! moves neighbours and the popularity that lasts, by less, and never what is popular now. Only facts and ticks move event time.
//!
//! **Invariant:** one event costs work bounded by the configuration, whatever the size of the catalogue.
//!
//! Not here: what item records change (`shelf`), publishing (`publish`), checkpoints (`checkpoint`), threads and intervals (the caller's).

use std::sync::Arc;

use crate::activity::config::ActivityConfig;
use crate::activity::counts::{ItemCounts, PositiveWeight};
use crate::activity::covisit::{CovisitBounds, Covisits, Relisted};
use crate::activity::dirty::{Dirty, RowKind};
use crate::activity::origins::Origins;
use crate::activity::pool::{ActivePool, Room};
use crate::activity::publish::Published;
use crate::activity::regulars::Regulars;
use crate::activity::sessions::SessionIndex;
use crate::activity::shelf::Shelf;
use crate::activity::tiles::Tiles;
use crate::activity::trend::Trend;
use crate::catalogue::{Chunked, Docs, ItemColumns};
use crate::features::active::{Active, Keeper};
use crate::features::carry::Carrier;
use crate::features::section::Tally;
use crate::features::shared::SharedFeatures;
use crate::outcome::ActivityFact;
use crate::record::{ItemDoc, Mode};
use crate::user::LEAST_INFLUENCE;
use crate::{CategoryId, ItemIndex, Record, RecordBody, Role, Sequence, Timestamp};

/// Item activity and the catalogue behind it.
#[derive(Debug)]
pub struct ItemActivity {
    pub(super) config: Arc<ActivityConfig>,
    pub(super) clock: StreamClock,
    pub(super) columns: Chunked<ItemColumns>,
    pub(super) counts: Chunked<ItemCounts>,
    pub(super) rows: Vec<Option<Box<ItemRow>>>,
    pub(super) categories: Vec<Option<Box<CategoryRow>>>,
    pub(super) docs: Docs,
    pub(super) pool: ActivePool,
    /// Categories past the fourth of those items that have more; the columns hold the first four.
    pub(super) more_categories: MoreCategories,
    pub(super) shelf: Shelf,
    pub(super) sessions: SessionIndex,
    /// When the last live choice will have left every window; follows from the rows.
    pub(super) drained_from: Timestamp,
    pub(super) origins: Origins,
    /// What the event that is being taken in counts by its network; follows from the steps of one record.
    pub(super) weighed: (Sequence, f32),
    /// What operators declared of items, categories, rooms and the node.
    pub(super) features: SharedFeatures,
    /// What is declared, and what of it waits to be filled.
    pub(super) active: Active,
    /// The way from what the checkpoint was made under; of use while it is read.
    pub(super) carrier: Option<Carrier>,
    /// Rows of other declarations that a checkpoint still holds.
    pub(super) stale_features: Vec<[u8; 16]>,
    /// What became of shared features since it was last asked.
    pub(super) feature_tally: Tally,
    pub(super) dirty: Dirty,
    pub(super) published: Published,
}

/// How far the stream has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub(super) struct StreamClock {
    /// Last record or fact applied.
    pub offset: Sequence,
    /// Newest instant of event time.
    pub now: Timestamp,
    /// Newest receipt of an item's record.
    pub heard: Timestamp,
    /// Event time of the first live event; the epoch before it.
    pub began: Timestamp,
    /// Live positive events; what a user repeats on an item within the hour is not counted again.
    pub events: u64,
}

/// What an item has beside its published counts, once it was chosen.
#[derive(Debug, Default)]
pub(super) struct ItemRow {
    pub trend: Trend,
    pub tiles: Tiles,
    pub regulars: Regulars,
    /// Of networks; most items are chosen out of none that is known.
    pub networks: Option<Box<Regulars>>,
    pub covisits: Covisits,
}

/// What a category has.
#[derive(Debug, Default)]
pub(super) struct CategoryRow {
    /// Its name, once a document has told it.
    pub name: Option<Box<str>>,
    pub tiles: Tiles,
    pub pool: ActivePool,
    pub shelf: Shelf,
}

/// Categories by item, of those items that have more than the columns hold.
pub(crate) type MoreCategories = Chunked<Option<Arc<[CategoryId]>>>;

impl ItemActivity {
    /// Item activity of an empty node.
    #[must_use]
    pub fn new(config: Arc<ActivityConfig>) -> Self {
        Self {
            sessions: SessionIndex::new(config.sessions),
            features: SharedFeatures::new(&config.features.plan),
            active: Active::new(Keeper::Shared, config.features.clone()),
            carrier: None,
            stale_features: Vec::new(),
            feature_tally: Tally::default(),
            clock: StreamClock::default(),
            columns: Chunked::default(),
            counts: Chunked::default(),
            rows: Vec::new(),
            categories: Vec::new(),
            docs: Docs::default(),
            pool: ActivePool::default(),
            more_categories: Chunked::default(),
            shelf: Shelf::default(),
            drained_from: Timestamp::EPOCH,
            origins: Origins::default(),
            weighed: (Sequence(0), 1.0),
            dirty: Dirty::default(),
            published: Published::of(&config.features.plan),
            config,
        }
    }

    /// Last record or fact applied.
    #[must_use]
    pub fn offset(&self) -> Sequence {
        self.clock.offset
    }

    /// Takes in a record that concerns items or time; others move nothing but the offset.
    pub fn apply_record(&mut self, record: &Record) {
        self.clock.offset = self.clock.offset.max(record.sequence);
        match &record.body {
            RecordBody::ItemRegistered { item, item_id, at } => self.register(*item, item_id, *at),
            RecordBody::ItemPut { item, doc, at } => self.put(*item, doc, *at),
            RecordBody::ItemDelete { item, at } => self.delete(*item, *at),
            RecordBody::Tick { time } => {
                self.clock.now = self.clock.now.max(*time);
                self.feature_tally.evicted += self.features.told_time(&self.active.declared().plan);
            }
            RecordBody::ConfigActivated { declared: Some(said), .. } => {
                self.activate(record.sequence, said);
            }
            _ => {}
        }
    }

    /// Takes in what a user did with an item; call in sequence order.
    pub fn apply_fact(&mut self, fact: &ActivityFact) {
        self.clock.offset = self.clock.offset.max(fact.sequence);
        if fact.mode == Mode::Live {
            self.clock.now = self.clock.now.max(fact.at);
        }
        let role = self.config.types.get(fact.event_type).map_or(Role::Neutral, |spec| spec.role);
        match (role, fact.mode) {
            (Role::Positive, Mode::Live) => self.choose_live(fact),
            (Role::Positive, Mode::Backfill) => {
                let lasting = self.config.backfill_weight * fact.influence;
                self.choose(fact, PositiveWeight { decayed: [0.0, 0.0, lasting], lasting });
            }
            (Role::Impression, Mode::Live) if LEAST_INFLUENCE <= fact.influence => {
                self.counts.row_mut(fact.item.as_usize()).impressions += 1;
                self.dirty.mark(RowKind::Item, fact.item);
            }
            _ => {}
        }
    }

    /// Every item with a number: when the last record about it came, its name, its document.
    pub fn docs(&self) -> impl Iterator<Item = (ItemIndex, Timestamp, &str, Option<&ItemDoc>)> {
        let rows = self.docs.iter();
        rows.map(|(item, row)| (item, row.updated_at, &*row.item_id, row.doc.as_deref()))
    }

    /// The newest event time or tick taken in.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now
    }

    /// Whether something that is shown will change as time passes and nothing else happens: for a day after the last
    /// live choice, by when every window is empty and every trend over; and where instances of features wait to go.
    #[must_use]
    pub fn is_ageing(&self) -> bool {
        self.clock.now < self.drained_from || self.features.is_over(&self.active.declared().plan)
    }

    /// What became of shared features since this was last asked.
    pub fn take_feature_tally(&mut self) -> Tally {
        std::mem::take(&mut self.feature_tally)
    }

    /// One more than the highest category number that any document ever had.
    #[must_use]
    pub fn categories(&self) -> u32 {
        self.categories.len() as u32
    }

    /// The categories whose names are known, whether a document still has them or not.
    pub fn category_names(&self) -> impl Iterator<Item = (CategoryId, &str)> {
        let rows = (0u32..).zip(&self.categories);
        rows.filter_map(|(number, row)| {
            Some((CategoryId(number), row.as_deref()?.name.as_deref()?))
        })
    }

    pub(super) fn bounds(&self) -> CovisitBounds {
        let neighbours = self.config.neighbours.max(1);
        CovisitBounds { neighbours, counters: self.config.covisit_counters.max(neighbours) }
    }

    pub(super) fn row_mut(&mut self, item: ItemIndex) -> &mut ItemRow {
        slot(&mut self.rows, item.as_usize())
    }

    pub(super) fn category_mut(&mut self, category: CategoryId) -> &mut CategoryRow {
        slot(&mut self.categories, category.0 as usize)
    }

    fn choose_live(&mut self, fact: &ActivityFact) {
        if self.clock.began == Timestamp::EPOCH || fact.at < self.clock.began {
            self.clock.began = fact.at;
        }
        let of_network = self.weigh_network(fact);
        let lasting = fact.influence * of_network;
        let regular = self.row_mut(fact.item).regulars.weigh(fact.user_hash, fact.at);
        let weight = regular * lasting;
        if LEAST_INFLUENCE <= weight {
            self.count_in_windows(fact);
        }
        if LEAST_INFLUENCE <= lasting {
            self.sessions.add(fact.user_hash, fact.item, fact.at);
        }
        // A repeat must not make all other items' popularity fade either.
        self.clock.events += u64::from(1.0 <= weight);
        self.choose(fact, PositiveWeight { decayed: [weight; 3], lasting });
    }

    /// What cannot be counted by parts: windows, trends, click-through.
    fn count_in_windows(&mut self, fact: &ActivityFact) {
        self.counts.row_mut(fact.item.as_usize()).clicks += 1;
        let pace = self.config.trend_pace();
        let row = self.row_mut(fact.item);
        row.tiles.record(fact.at);
        let empty_from = row.tiles.empty_from();
        row.trend.record(fact.user_hash, fact.at, pace);
        self.drained_from = self.drained_from.max(empty_from);
        for category in &fact.categories {
            self.category_mut(*category).tiles.record(fact.at);
        }
    }

    /// What a choice counts by the network that it came from, on its item and in all.
    fn weigh_network(&mut self, fact: &ActivityFact) -> f32 {
        self.weigh_origin(fact);
        self.weight_of(fact.sequence)
    }

    /// Counts a choice for its network, once, before the sample of the same event is weighed by it.
    pub(super) fn weigh_origin(&mut self, fact: &ActivityFact) {
        let bound = self.config.origin_events;
        let role = self.config.types.get(fact.event_type).map_or(Role::Neutral, |spec| spec.role);
        let known = fact.origin != 0 && bound != 0 && self.weighed.0 != fact.sequence;
        if !known || role != Role::Positive || fact.mode != Mode::Live {
            return;
        }
        self.dirty.mark(RowKind::Networks, fact.item);
        let networks = self.row_mut(fact.item).networks.get_or_insert_default();
        let on_item = networks.weigh_network(fact.origin, fact.at);
        let in_all = self.origins.weigh(fact.origin, fact.at, bound);
        self.weighed = (fact.sequence, on_item * in_all);
    }

    /// What a sample of the record counts by the network that the record came from.
    pub(super) fn weight_of(&self, sequence: Sequence) -> f32 {
        if self.weighed.0 == sequence { self.weighed.1 } else { 1.0 }
    }

    fn choose(&mut self, fact: &ActivityFact, weight: PositiveWeight) {
        let half_lives = &self.config.half_lives_events;
        let counts = self.counts.row_mut(fact.item.as_usize());
        counts.touch(weight, self.clock.events, half_lives);
        self.dirty.mark(RowKind::Item, fact.item);
        self.visit_together(fact, weight.lasting);
        self.admit(fact.item, &fact.categories);
    }

    fn visit_together(&mut self, fact: &ActivityFact, weight: f32) {
        let bounds = self.bounds();
        let own = self.divisor(fact.item);
        for (back, other) in (1u16..).zip(&fact.recent) {
            let weight = weight / f32::from(back).sqrt();
            let theirs = self.divisor(*other);
            for (of, with, divisor) in [(*other, fact.item, own), (fact.item, *other, theirs)] {
                let relisted = self.row_mut(of).covisits.add(with, weight, divisor, bounds);
                self.dirty.mark(RowKind::Covisits, of);
                if relisted == Relisted::Yes {
                    self.published.neighbours_of.mark(of.0);
                }
            }
        }
    }

    /// What an item's counter is divided by when neighbours are chosen.
    fn divisor(&self, item: ItemIndex) -> f32 {
        let counts = self.counts.get(item.as_usize());
        let positives = counts.map_or(0.0, |counts| counts.positives);
        (positives + self.config.neighbour_shrinkage).max(1.0).powf(self.config.alpha)
    }

    /// Brings an item that was chosen into the pools: its own categories' as of now and, because the document
    /// may have changed since the event, those of `categories`.
    pub(super) fn admit(&mut self, item: ItemIndex, categories: &[CategoryId]) {
        if self.pool.admit(item, self.config.pool_capacity()) == Room::Full {
            self.pool.keep(self.measures().worth_keeping(self.pool.members()));
        }
        for category in categories {
            self.admit_to(*category, item);
        }
        for category in self.categories_of(item) {
            if !categories.contains(&category) {
                self.admit_to(category, item);
            }
        }
    }

    fn admit_to(&mut self, category: CategoryId, item: ItemIndex) {
        let capacity = self.config.category_pool_capacity();
        self.dirty.mark_category(category);
        self.published.mark_category(category);
        if self.category_mut(category).pool.admit(item, capacity) == Room::Full {
            let pool = std::mem::take(&mut self.category_mut(category).pool);
            let kept = self.measures().worth_keeping_in_category(pool.members());
            self.category_mut(category).pool = ActivePool::of(kept);
        }
    }
}

pub(super) fn slot<T: Default>(rows: &mut Vec<Option<Box<T>>>, place: usize) -> &mut T {
    if rows.len() <= place {
        rows.resize_with(place + 1, || None);
    }
    rows[place].get_or_insert_default()
}

#[cfg(test)]
mod tests;
