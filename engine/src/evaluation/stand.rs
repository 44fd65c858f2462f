//! The node's state without its threads: shards, item activity, learner, and what they last published.
//!
//! Records go the same way as in a node: a shard applies the record; its outputs go to the learner, with what the
//! neighbours said just before, and to item activity.
//!
//! **Invariant:** an item comes into being with the first event on it or with its document, not with the record that
//! gives it a number: that one stands before the event in the log and would tell of it.
//!
//! Not here: the order of asking and telling (see [`super::Prequential`]), shedding, cuts.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::activity::absorb::{self, Step};
use crate::activity::{ActivityConfig, ActivityView, ItemActivity};
use crate::evaluation::{Meter, Part};
use crate::model::learner::Learned;
use crate::model::lesson::{Lesson, Task};
use crate::model::sample::Sample;
use crate::model::watch::{Drift, Watch};
use crate::model::{Learner, ModelConfig, ModelView, Publication};
use crate::shard::{ApplyConfig, ShardState};
use crate::user::UserView;
use crate::{ActivityFact, Applied, ItemIndex, Record, RecordBody, ShardId, Timestamp, UserId};

/// How a stand is set up.
#[derive(Clone, Debug)]
pub struct StandConfig {
    /// What shards are told.
    pub apply: Arc<ApplyConfig>,
    /// Number of shards.
    pub shards: u16,
    /// What item activity is told.
    pub activity: Arc<ActivityConfig>,
    /// What the learner is told.
    pub model: ModelConfig,
    /// Seed of the learner.
    pub seed: u64,
    /// What the learner does about drift.
    pub on_drift: OnDrift,
}

/// What is done where what users choose has changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnDrift {
    /// Learning goes on as before.
    #[default]
    GoOn,
    /// The model forgets how sure it was (see [`Learner::forget`]).
    Forget,
}

/// The node's state.
#[derive(Debug)]
pub struct Stand {
    config: StandConfig,
    shards: Vec<ShardState>,
    activity: ItemActivity,
    learner: Learner,
    watch: Watch,
    /// Choices taken, and after how many of them there was an alarm.
    lessons: u64,
    alarms: Vec<u64>,
    view: Arc<ActivityView>,
    model: Arc<ModelView>,
    changed: bool,
    /// Numbers given to items that nothing has happened to yet, with the record that gave them.
    numbered: FxHashMap<ItemIndex, Record>,
    known: Vec<bool>,
    /// Items that were chosen, in the order of their first choice.
    chosen: Vec<ItemIndex>,
    choices: Vec<u32>,
    applied: Applied,
}

impl Stand {
    /// The state of an empty node.
    #[must_use]
    pub fn new(config: StandConfig) -> Self {
        let shards = (0..config.shards.max(1)).map(ShardId);
        let mut activity = ItemActivity::new(Arc::clone(&config.activity));
        let mut learner = Learner::new(config.seed, config.model.clone());
        Self {
            shards: shards.map(|shard| ShardState::new(shard, Arc::clone(&config.apply))).collect(),
            view: activity.publish(),
            activity,
            model: learner.publish().view,
            learner,
            watch: Watch::default(),
            lessons: 0,
            alarms: Vec::new(),
            changed: false,
            numbered: FxHashMap::default(),
            known: Vec::new(),
            chosen: Vec::new(),
            choices: Vec::new(),
            applied: Applied::default(),
            config,
        }
    }

    /// How it was set up.
    #[must_use]
    pub fn config(&self) -> &StandConfig {
        &self.config
    }

    /// Item activity as last published.
    #[must_use]
    pub fn activity(&self) -> &ActivityView {
        &self.view
    }

    /// The model as last published.
    #[must_use]
    pub fn model(&self) -> &ModelView {
        &self.model
    }

    /// Items that were chosen, in the order of their first choice.
    #[must_use]
    pub fn chosen(&self) -> &[ItemIndex] {
        &self.chosen
    }

    /// Choices that the learner took.
    #[must_use]
    pub fn lessons(&self) -> u64 {
        self.lessons
    }

    /// After how many choices there was an alarm of drift, each time.
    #[must_use]
    pub fn alarms(&self) -> &[u64] {
        &self.alarms
    }

    /// How many items there are: chosen, described, or met in any other way.
    #[must_use]
    pub fn items(&self) -> usize {
        self.known.iter().filter(|known| **known).count()
    }

    /// Whether `item` was ever chosen.
    #[must_use]
    pub fn was_chosen(&self, item: ItemIndex) -> bool {
        0 < self.choices(item)
    }

    /// How often `item` was chosen.
    #[must_use]
    pub fn choices(&self, item: ItemIndex) -> u32 {
        self.choices.get(item.as_usize()).copied().unwrap_or(0)
    }

    /// The user as ranking sees them at `at`.
    #[must_use]
    pub fn user(&self, shard: ShardId, user: &UserId, at: Timestamp) -> UserView {
        self.shard(shard).view(user, at)
    }

    /// Lets the shards apply a record; what they say of it waits for [`Self::pass_on`].
    pub fn apply(&mut self, record: &Record) {
        self.config.apply.features.declared().names.read(record);
        match record.shard() {
            Some(shard) => {
                let place = self.place(shard);
                self.shards[place].apply(record, &mut self.applied);
            }
            None => {
                for shard in &mut self.shards {
                    shard.apply(record, &mut self.applied);
                }
            }
        }
    }

    /// Samples that the shards made of records and that were not passed on.
    #[must_use]
    pub fn samples(&self) -> &[Sample] {
        &self.applied.samples
    }

    /// Passes on what the shards said of `record`, and the record itself.
    pub fn pass_on(&mut self, record: &Record, meter: &mut impl Meter) {
        let Applied { facts, samples, features, .. } = std::mem::take(&mut self.applied);
        if self.is_due(record)
            && let Some(lesson) = self.activity.absorb(Step::Record(record))
        {
            let _ = self.learner.take(&lesson);
        }
        for fact in &facts {
            self.bring_into_being(fact);
        }
        self.changed |= !facts.is_empty();
        meter.lap(Part::State);
        let said = (facts.as_slice(), features.stretches.as_slice());
        for step in absorb::steps(&[], said, samples.into_iter().map(Task::full).collect()) {
            let chosen = match &step {
                Step::Enrich(Task::Learn(sample, _)) => Some(sample.item),
                _ => None,
            };
            let lesson = self.activity.absorb(step);
            meter.lap(if lesson.is_some() { Part::Strengths } else { Part::Activity });
            if let Some(lesson) = lesson {
                self.teach(&lesson);
                meter.lap(Part::Learning);
            }
            if let Some(item) = chosen {
                self.note_choice(item);
            }
        }
    }

    fn teach(&mut self, lesson: &Lesson) {
        self.lessons += u64::from(matches!(lesson, Lesson::Learn(..)));
        // A sample that is refused is counted all the same.
        let learned = self.learner.take(lesson);
        let Some(Learned::Stepped { foretold: Some(foretold), .. }) = learned else { return };
        if self.watch.choice(&foretold) == Drift::Alarm {
            self.alarms.push(self.lessons);
            if self.config.on_drift == OnDrift::Forget {
                self.learner.forget();
            }
        }
    }

    /// Publishes what changed.
    pub fn publish(&mut self) {
        if !std::mem::take(&mut self.changed) {
            return;
        }
        self.view = self.activity.publish();
        let Publication { view, rows, number, .. } = self.learner.publish();
        self.model = view;
        // A shard lets rows of users go that it does not hold.
        for shard in &mut self.shards {
            shard.put_rows(&rows, number);
        }
    }

    /// Whether item activity is told of a record that is no event now: of a number it is told later.
    fn is_due(&mut self, record: &Record) -> bool {
        match &record.body {
            RecordBody::Event { .. } => return false,
            RecordBody::ItemRegistered { item, .. } => {
                if !self.is_known(*item) {
                    self.numbered.insert(*item, record.clone());
                }
                return false;
            }
            RecordBody::ItemPut { item, .. } => {
                self.numbered.remove(item);
                self.make_known(*item);
            }
            _ => {}
        }
        self.changed = true;
        true
    }

    fn note_choice(&mut self, item: ItemIndex) {
        let place = item.as_usize();
        if self.choices.len() <= place {
            self.choices.resize(place + 1, 0);
        }
        self.choices[place] += 1;
        if self.choices[place] == 1 {
            self.chosen.push(item);
        }
    }

    fn bring_into_being(&mut self, fact: &ActivityFact) {
        if self.is_known(fact.item) {
            return;
        }
        // A log whose beginning is gone does not say what its items are called.
        let nameless = || {
            let item_id = format!("item {}", fact.item.0).into();
            let body = RecordBody::ItemRegistered { item: fact.item, item_id, at: fact.at };
            Record { sequence: fact.sequence, body }
        };
        let registered = self.numbered.remove(&fact.item).unwrap_or_else(nameless);
        self.activity.absorb(Step::Record(&registered));
        self.make_known(fact.item);
    }

    fn is_known(&self, item: ItemIndex) -> bool {
        self.known.get(item.as_usize()).copied().unwrap_or(false)
    }

    fn make_known(&mut self, item: ItemIndex) {
        if self.known.len() <= item.as_usize() {
            self.known.resize(item.as_usize() + 1, false);
        }
        self.known[item.as_usize()] = true;
    }

    fn shard(&self, shard: ShardId) -> &ShardState {
        &self.shards[self.place(shard)]
    }

    fn place(&self, shard: ShardId) -> usize {
        usize::from(shard.0) % self.shards.len()
    }
}

#[cfg(test)]
mod tests;
