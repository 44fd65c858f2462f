//! A small shop for tests: eight groups of five items, users who stay within a group.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::activity::testing::{CLICK, IMPRESSION, Stream, config, put};
use crate::features::input::UserInputs;
use crate::features::published::SharedView;
use crate::model::lesson::sources_of;
use crate::model::numeric::{LANE, Lane};
use crate::model::{
    Content, Effort, Learned, Learner, ModelConfig, ModelUser, ModelView, Past, Sample, UserRow,
};
use crate::ranking::{
    CandidatePool, Exploring, Filter, JustDone, RankRequest, Ranked, Scenario, SeenPolicy, popular,
    recommend,
};
use crate::record::ItemDoc;
use crate::rooms::RoomsView;
use crate::user::{HistoryEntry, SeenItem, SeenItems, UserView};
use crate::{CategoryId, EventTypeId, ItemIndex, RecordBody, Sequence};

pub(crate) struct Shop {
    pub stream: Stream,
    pub filter: Filter,
    pub exclude: Vec<ItemIndex>,
    pub exclude_seen: SeenPolicy,
    pub also_seen: Vec<JustDone>,
    pub given: Option<Vec<ItemIndex>>,
    pub liked: Vec<(CategoryId, f32)>,
    pub limit: usize,
    /// Whether lists explore, and the seed.
    pub explore: Option<Exploring>,
    /// What the node has learned of the shop, whether it ranks by it or not.
    pub learner: Learner,
    pub model: Option<Arc<ModelView>>,
    /// A number that the vector of every user is made of.
    pub row: Option<f32>,
    /// What declared features and tags say of whoever asks.
    pub inputs: UserInputs,
    /// What shared features say.
    pub features: Option<SharedView>,
    /// Open live rooms, where anything is known of rooms.
    pub rooms: Option<RoomsView>,
    /// Rooms that whoever asks is in.
    pub inside: Vec<ItemIndex>,
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
            explore: None,
            learner: Learner::new(7, ModelConfig { lanes: 1, ..ModelConfig::default() }),
            model: None,
            row: None,
            inputs: UserInputs::default(),
            features: None,
            rooms: None,
            inside: Vec::new(),
            met: BTreeMap::new(),
        }
    }

    /// Forty items; group g is items 5g to 5g + 4 in category g, chosen together; group 0 most often.
    pub fn busy() -> Self {
        let mut shop = Self::new();
        (0..40).for_each(|item| shop.describe(item, |_| {}));
        for user in 0..160 {
            let group = if user % 2 == 0 { 0 } else { user / 2 % 8 };
            for step in 0..3 {
                shop.stream.wait(1_000);
                let item = 5 * group + (user + step * step) % 5;
                shop.teach(user, item);
                shop.stream.fact_in(user, item, &[group as u32]);
            }
        }
        for user in 0..20 {
            shop.teach(10_000 + user, 0);
            shop.stream.fact_in(10_000 + user, 0, &[0]);
        }
        shop.stream.wait(600_000);
        shop.stream.tick();
        shop
    }

    /// The same, ranked by what was learned of it.
    pub fn learned() -> Self {
        let mut shop = Self::busy();
        shop.publish();
        shop
    }

    pub fn publish(&mut self) {
        self.model = Some(self.learner.publish().view);
    }

    fn teach(&mut self, user: u64, item: u64) {
        let (seen, item) = (self.model_user(user), ItemIndex(item as u32));
        let recent = seen.history.iter().map(|past| past.item).collect();
        let strengths = sources_of(&seen, &self.stream.activity);
        let sequence = Sequence(self.learner.counted().events + 1);
        let sample = Sample { sequence, item, weight: 1.0, user: seen, recent };
        let learned = self.learner.learn(&sample, &strengths, Effort::Full);
        assert!(matches!(learned, Learned::Stepped { .. }), "{sample:?}");
    }

    /// The user as a shard would show them to the model.
    pub fn model_user(&self, user: u64) -> ModelUser {
        let chosen = self.stream.chosen_by(user);
        let past =
            |(place, item): (usize, &ItemIndex)| Past { item: *item, age_s: 60 * place as u32 };
        let history: Vec<_> = chosen.iter().rev().enumerate().map(past).take(20).collect();
        ModelUser {
            hash: user,
            events: chosen.len().min(50) as u32,
            visit: history.len().min(3),
            history,
            row: self.row.map(|number| UserRow {
                vector: vec![Lane([number; LANE])].into(),
                squares: 1.0,
                era: 0,
            }),
        }
    }

    pub fn click(&mut self, user: u64, item: u64) {
        self.meet(user, item, CLICK);
    }

    pub fn meet(&mut self, user: u64, item: u64, event_type: EventTypeId) {
        self.stream.wait(1_000);
        if event_type == CLICK {
            self.teach(user, item);
        }
        self.stream.fact(user, item, event_type);
        let seen = SeenItem { item: ItemIndex(item as u32), event_type, at: self.stream.now() };
        self.met.entry(user).or_default().push(seen);
    }

    pub fn describe(&mut self, item: u32, change: impl FnOnce(&mut ItemDoc)) {
        let RecordBody::ItemPut { item, mut doc, at } = put(item, &[item / 5]) else { return };
        change(&mut doc);
        self.learner.describe(item, &Content::of(&doc));
        self.stream.record(RecordBody::ItemPut { item, doc, at });
    }

    pub fn recommend(&mut self, user: u64, change: impl FnOnce(&mut Scenario)) -> Ranked {
        self.ask(user, change, recommend)
    }

    pub fn popular(&mut self, user: u64) -> Ranked {
        self.ask(user, |_| {}, popular)
    }

    pub fn ask<T>(
        &mut self,
        user: u64,
        change: impl FnOnce(&mut Scenario),
        rank: impl FnOnce(&RankRequest) -> T,
    ) -> T {
        let mut scenario = Scenario::default();
        change(&mut scenario);
        let (user, mut activity) = (self.view(user), self.stream.activity.publish());
        if let Some(features) = &self.features {
            Arc::make_mut(&mut activity).features = features.clone();
        }
        rank(&RankRequest {
            user: &user,
            activity: &activity,
            rooms: self.rooms.as_ref(),
            model: self.model.as_deref(),
            at: self.stream.now(),
            limit: self.limit,
            scenario: &scenario,
            filter: &self.filter,
            exclude: &self.exclude,
            exclude_seen: self.exclude_seen,
            also_seen: &self.also_seen,
            context: &[],
            pool: self.given.as_deref().map_or(CandidatePool::Retrieve, CandidatePool::Given),
            explore: self.explore,
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
            rooms: self.inside.clone(),
            seen: SeenItems::new(met.to_vec()),
            model: self.model_user(user),
            inputs: self.inputs.clone(),
            ..UserView::default()
        }
    }
}
