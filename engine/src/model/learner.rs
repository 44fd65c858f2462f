//! The learner: one step for each sample, in log order.
//!
//! A step forms the user's vector from the learner's own tables, draws negatives, and climbs the sampled softmax's
//! log-likelihood with the draws' probabilities taken off the logits. Rows share one sum of squares
//! (row-wise `AdaGrad`). Popularity and frequencies advance for every event, learned from or not.
//!
//! **Invariant:** all errors are computed before anything is written.
//!
//! **Invariant:** the same samples in the same order give the same parameters, bit for bit.
//!
//! **Invariant:** a step that meets a number which is none changes no parameter, but for the place that a new item starts
//! from.
//!
//! Not here: which samples are shed, when revisions are published (their owner).

mod foretell;
mod forget;
mod met;
mod write;

use crate::model::blend::Sources;
use crate::model::click::{ClickHead, ClickLearned, ClickSample};
use crate::model::config::ModelConfig;
use crate::model::content::described::Described;
use crate::model::draws::{Draws, RecentPositives, UniformPool};
use crate::model::items::Items;
use crate::model::numeric::{self, Lane, mix};
use crate::model::popularity::EventCount;
use crate::model::sample::{ModelUser, Sample};
use crate::model::scores::{Machine, Scores};
use crate::model::shared::Shared;
use crate::model::tables::ItemTables;
use crate::model::user_vector::{HistoryWeights, UserVector};
use crate::model::users::UserRows;
use crate::model::view::ViewTables;
use crate::model::watch::Foretold;
use crate::{ItemIndex, Sequence};

pub use forget::SquaresUnit;

use met::Met;

/// What became of a sample.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Learned {
    /// The parameters moved.
    Stepped {
        /// Minus the log-likelihood that the positive had, in nats.
        loss: f32,
        /// What was said of the choice before; `None` of an item's first, which no list could name.
        foretold: Option<Foretold>,
    },
    /// Something was not a number; only the counts moved.
    Refused,
    /// The click head took an impression; what it had said of it before.
    Click(ClickLearned),
}

/// How much is drawn for a sample: less where the stream is faster than the learner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effort {
    /// As configured.
    #[default]
    Full,
    /// Half of that.
    Half,
    /// A quarter of that.
    Quarter,
}

impl Effort {
    /// What is left of `draws`.
    #[must_use]
    pub fn share(self, draws: usize) -> usize {
        draws >> (self as usize)
    }
}

/// The tables and all that changes them.
#[derive(Clone, Debug)]
pub struct Learner {
    pub(super) config: ModelConfig,
    pub(super) seed: u64,
    pub(super) items: Items,
    pub(super) shared: Shared,
    pub(super) count: EventCount,
    pub(super) recent: RecentPositives,
    pub(super) users: UserRows,
    /// Samples learned from, and the sequence of the last.
    pub(super) trained: u64,
    pub(super) trained_through: Sequence,
    /// How many of the last positives there had been at the last cut.
    pub(super) ring_cut: u64,
    /// Which of the known items is looked at next.
    pub(super) sweep: u32,
    pub(super) pool: UniformPool,
    /// As last published.
    pub(super) tables: ViewTables,
    pub(super) click: ClickHead,
    pub(super) described: Described,
    work: Work,
}

/// One step's numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct Work {
    pub user: UserVector,
    met: Met,
    /// The positive, then the negatives.
    pub drawn: Vec<ItemIndex>,
    /// What is said of those drawn.
    pub scores: Scores,
    /// Their errors: what the log-likelihood's gradient multiplies each score's with.
    pub errors: Vec<f32>,
    /// Gradient by the user's vector.
    pub gradient: Vec<Lane>,
    /// The positive, then the items that the blend learns on.
    pub field: Vec<ItemIndex>,
    pub field_scores: Scores,
    pub shares: Vec<f32>,
}

impl Learner {
    /// A learner that has seen nothing.
    #[must_use]
    pub fn new(seed: u64, config: ModelConfig) -> Self {
        Self {
            seed,
            items: Items::new(seed, &config),
            shared: Shared::new(&config),
            count: EventCount::new(config.half_lives_events),
            recent: RecentPositives::new(config.recent_positives),
            users: UserRows::default(),
            trained: 0,
            trained_through: Sequence(0),
            ring_cut: 0,
            sweep: 0,
            pool: UniformPool::default(),
            tables: ViewTables { lanes: config.lanes, ..ViewTables::default() },
            click: ClickHead::new(seed, config.click.clone()),
            described: Described::new(config.lanes),
            work: Work::default(),
            config,
        }
    }

    /// Learns from `sample`, with what the sources said of items just before it.
    pub fn learn(&mut self, sample: &Sample, sources: &impl Sources, effort: Effort) -> Learned {
        let mut work = std::mem::take(&mut self.work);
        self.form_user(&sample.user, &mut work.user);
        self.draw(sample, effort, &mut work);
        let learned = self.step(sample, sources, &mut work);
        self.work = work;
        self.trained += 1;
        self.trained_through = sample.sequence;
        self.count_event(sample.item);
        self.learn_content(sample.item);
        learned
    }

    /// Counts a positive event that nothing is learned from.
    pub fn count_event(&mut self, item: ItemIndex) {
        self.items.make_known(item);
        self.items.touch(item, &mut self.count);
        self.recent.push(item, &mut self.items);
        self.sweep();
    }

    /// Learns from a settled impression; what had been said of it before, see [`ClickHead::learn`].
    pub fn learn_click(&mut self, sample: &ClickSample) -> Option<ClickLearned> {
        self.click.learn(sample)
    }

    /// The click head.
    #[must_use]
    pub fn click(&self) -> &ClickHead {
        &self.click
    }

    /// The item tables.
    #[must_use]
    pub fn items(&self) -> &Items {
        &self.items
    }

    /// What all items share.
    #[must_use]
    pub fn shared(&self) -> &Shared {
        &self.shared
    }

    /// Events counted.
    #[must_use]
    pub fn counted(&self) -> &EventCount {
        &self.count
    }

    /// Sequence of the last sample learned from.
    #[must_use]
    pub fn trained_through(&self) -> Sequence {
        self.trained_through
    }

    /// Users' rows that are here.
    #[must_use]
    pub fn users(&self) -> &UserRows {
        &self.users
    }

    /// Users' rows on their way back.
    pub fn users_mut(&mut self) -> &mut UserRows {
        &mut self.users
    }

    /// Forms the vector of `user`, with the newest row there is.
    pub fn form_user(&self, user: &ModelUser, into: &mut UserVector) {
        let own = self.users.newest(user, self.config.lanes);
        let weights = HistoryWeights { decay: self.config.decay, gaps: &self.shared.gaps.values };
        into.form(&self.items, user, own.map(|row| &*row.vector), weights);
    }

    /// Scores `items`, which all have rows, for `user`, whose vector is `vector`.
    pub fn score(
        &self,
        items: &[ItemIndex],
        user: &ModelUser,
        vector: &[Lane],
        sources: &impl Sources,
        into: &mut Scores,
    ) {
        into.fill_all(&self.machine(user), items, (user, vector), sources);
        into.silence(self.config.sources);
    }

    fn machine(&self, user: &ModelUser) -> Machine<'_, Items> {
        Machine {
            items: &self.items,
            count: &self.count,
            weights: &self.shared.popularity[user.group()].values,
            source_half_life: self.config.source_half_life,
            content: &self.described.table,
        }
    }

    fn step(&mut self, sample: &Sample, sources: &impl Sources, work: &mut Work) -> Learned {
        let weight = sample.weight;
        if !(0.0..=10.0).contains(&weight) || !numeric::is_finite(&work.user.vector) {
            return Learned::Refused;
        }
        let met = self.items.is_known(sample.item);
        self.welcome(sample.item, &work.user.vector);
        let loss = self.measure(sample, work);
        let user = &sample.user;
        self.score(&work.field, user, &work.user.vector, sources, &mut work.field_scores);
        if !loss.is_finite() || !numeric::is_finite(&work.gradient) {
            return Learned::Refused;
        }
        let foretold = if met { self.said(user, work) } else { None };
        self.write(sample, work);
        Learned::Stepped { loss, foretold }
    }

    /// Gives an item without an event a row: where its content says, and near the first user who chose it, the more so
    /// the less is sure of its content.
    fn welcome(&mut self, item: ItemIndex, user: &[Lane]) {
        self.items.ensure(item);
        if self.items.is_known(item) {
            return;
        }
        let unsure = 1.0 - self.lay_prior(item);
        let length = numeric::squared(user).sqrt();
        let pull = if 0.0 < length { unsure * self.config.new_item_pull / length } else { 0.0 };
        if let Some(row) = self.items.target_mut(item) {
            numeric::add_scaled(row.vector, pull, user);
        }
    }

    fn draw(&mut self, sample: &Sample, effort: Effort, work: &mut Work) {
        self.pool.refresh(self.seed, self.trained, &self.config, &self.items);
        let seed = mix(self.seed, sample.sequence.0);
        let draws = Draws { seed, recent: &self.recent, items: &self.items, pool: &self.pool };
        work.met.set(sample);
        let skip = |item| work.met.holds(item);
        draws.negatives(effort.share(self.config.negatives), skip, &mut work.drawn);
        work.met.clear(sample);
        work.drawn.insert(0, sample.item);
        self.draw_field(sample, effort.share(self.config.blend_draws), work);
    }

    fn draw_field(&self, sample: &Sample, count: usize, work: &mut Work) {
        let seed = mix(self.seed, sample.sequence.0);
        let draws = Draws { seed, recent: &self.recent, items: &self.items, pool: &self.pool };
        work.met.set(sample);
        draws.field(count, |item| work.met.holds(item), &mut work.field);
        work.met.clear(sample);
        work.field.insert(0, sample.item);
    }

    /// Scores those drawn; leaves errors and the gradient by the user's vector; minus the log-likelihood.
    fn measure(&self, sample: &Sample, work: &mut Work) -> f32 {
        let draws = Draws { seed: 0, recent: &self.recent, items: &self.items, pool: &self.pool };
        work.scores.fill(&self.machine(&sample.user), &work.drawn, &work.user.vector);
        work.errors.clear();
        for (item, score) in work.drawn.iter().zip(&work.scores.machine) {
            work.errors.push(score - draws.log_probability(self.items.frequency(*item)));
        }
        numeric::softmax(&mut work.errors);
        let likelihood = work.errors[0].max(f32::MIN_POSITIVE);
        for error in &mut work.errors {
            *error = -*error;
        }
        work.errors[0] += 1.0;
        work.gradient.clear();
        work.gradient.resize(self.items.lanes(), Lane::default());
        for (item, error) in work.drawn.iter().zip(&work.errors) {
            if let Some(vector) = self.items.target(*item) {
                numeric::add_scaled(&mut work.gradient, *error, vector);
            }
        }
        -numeric::ln(likelihood)
    }
}

#[cfg(test)]
mod tests;
