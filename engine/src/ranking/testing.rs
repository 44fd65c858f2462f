//! A small shop for tests: eight groups of five items, users who stay within a group.

use std::collections::BTreeMap;

use crate::activity::testing::{CLICK, IMPRESSION, Stream, config, put};
use crate::ranking::{
    CandidatePool, Filter, RankRequest, Ranked, Scenario, SeenPolicy, popular, recommend,
};
use crate::record::ItemDoc;
use crate::user::{HistoryEntry, SeenItem, SeenItems, UserView};
use crate::{CategoryId, EventTypeId, ItemIndex, RecordBody};

pub(crate) struct Shop {
    pub stream: Stream,
    pub filter: Filter,
    pub exclude: Vec<ItemIndex>,
    pub exclude_seen: SeenPolicy,
    pub also_seen: Vec<ItemIndex>,
    pub given: Option<Vec<ItemIndex>>,
    pub liked: Vec<(CategoryId, f32)>,
    pub limit: usize,
    met: BTreeMap<u64, Vec<SeenItem>>,
}

impl Shop {
    pub fn new() -> Self {
        Self {
            stream: Stream::new(config()),
            filter: Filter::default(),
            exclude: Vec::new(),
            exclude_seen: SeenPolicy::AsDeclared,
            also_seen: Vec::new(),
            given: None,
            liked: Vec::new(),
            limit: 10,
            met: BTreeMap::new(),
        }
    }

    /// Forty items; group g is items 5g to 5g + 4 in category g, chosen together; group 0 most often.
    pub fn busy() -> Self {
        let mut shop = Self::new();
        (0..40).for_each(|item| shop.stream.record(put(item, &[item / 5])));
        for user in 0..160 {
            let group = if user % 2 == 0 { 0 } else { user / 2 % 8 };
            for step in 0..3 {
                shop.stream.wait(1_000);
                let item = 5 * group + (user + step * step) % 5;
                shop.stream.fact_in(user, item, &[group as u32]);
            }
        }
        for user in 0..20 {
            shop.stream.fact_in(10_000 + user, 0, &[0]);
        }
        shop.stream.wait(600_000);
        shop.stream.tick();
        shop
    }

    pub fn click(&mut self, user: u64, item: u64) {
        self.meet(user, item, CLICK);
    }

    pub fn meet(&mut self, user: u64, item: u64, event_type: EventTypeId) {
        self.stream.wait(1_000);
        self.stream.fact(user, item, event_type);
        let seen = SeenItem { item: ItemIndex(item as u32), event_type, at: self.stream.now() };
        self.met.entry(user).or_default().push(seen);
    }

    pub fn describe(&mut self, item: u32, change: impl FnOnce(&mut ItemDoc)) {
        let RecordBody::ItemPut { item, mut doc, at } = put(item, &[item / 5]) else { return };
        change(&mut doc);
        self.stream.record(RecordBody::ItemPut { item, doc, at });
    }

    pub fn recommend(&mut self, user: u64, change: impl FnOnce(&mut Scenario)) -> Ranked {
        self.ask(user, change, recommend)
    }

    pub fn popular(&mut self, user: u64) -> Ranked {
        self.ask(user, |_| {}, popular)
    }

    pub fn ask(
        &mut self,
        user: u64,
        change: impl FnOnce(&mut Scenario),
        rank: fn(&RankRequest) -> Ranked,
    ) -> Ranked {
        let mut scenario = Scenario::default();
        change(&mut scenario);
        let (user, activity) = (self.view(user), self.stream.activity.publish());
        rank(&RankRequest {
            user: &user,
            activity: &activity,
            at: self.stream.now(),
            limit: self.limit,
            scenario: &scenario,
            filter: &self.filter,
            exclude: &self.exclude,
            exclude_seen: self.exclude_seen,
            also_seen: &self.also_seen,
            pool: self.given.as_deref().map_or(CandidatePool::Retrieve, CandidatePool::Given),
        })
    }

    fn view(&self, user: u64) -> UserView {
        let met = self.met.get(&user).map_or(&[][..], Vec::as_slice);
        let entry = |seen: &SeenItem| HistoryEntry {
            item: Some(seen.item),
            event_type: seen.event_type,
            at: seen.at,
        };
        let chosen = met.iter().rev().filter(|seen| seen.event_type != IMPRESSION);
        UserView {
            known: !met.is_empty(),
            history: chosen.map(entry).collect(),
            category_scores: self.liked.clone(),
            seen: SeenItems::new(met.to_vec()),
            ..UserView::default()
        }
    }
}
