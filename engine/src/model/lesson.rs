//! From a sample to a lesson: what is to be made of it, and what the neighbours say at that instant.
//!
//! A sample becomes a [`Task`] where somebody decides how much to make of it, a [`Lesson`] where item activity
//! stands right before the sample's event, and is taken by the learner. All three steps are the same live, in
//! recovery and in an evaluation; only the decisions differ, and in a replay there are none: all is learned in full.
//!
//! **Invariant:** what neighbours say in training is what ranking would have been told right before the event: one
//! function, [`sources_of`], makes both.
//!
//! Not here: who decides (the dispatcher), the order of tasks and facts (see [`crate::activity::absorb`]).

use crate::activity::CovisitTable;
use crate::model::blend::Sources;
use crate::model::click::ClickSample;
use crate::model::content::Content;
use crate::model::learner::{Effort, Learned, Learner};
use crate::model::numeric::mix;
use crate::model::sample::{ModelUser, NEARS, Sample};
use crate::model::versions::ModelCommand;
use crate::retrieval::strengths::last_items;
use crate::retrieval::{NeighbourStrengths, similar_sessions};
use crate::user::LEAST_INFLUENCE;
use crate::{ItemIndex, Record, RecordBody, Sequence};

/// A sample and what is to be made of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Task {
    /// Learn from it.
    Learn(Box<Sample>, Effort),
    /// Only count it: there is no time to learn from it.
    Count {
        /// The event's place in the log.
        sequence: Sequence,
        /// Which item was chosen.
        item: ItemIndex,
    },
    /// Tell the click head of a settled impression.
    Click(Box<ClickSample>),
}

/// How much work an impression is, in units of [`Task::work`].
pub const CLICK_WORK: usize = 1;
/// How much work a choice is: it is weighed against a hundred items, an impression against none.
pub const SAMPLE_WORK: usize = 8;

/// What the learner takes.
#[derive(Clone, Debug, PartialEq)]
pub enum Lesson {
    /// A sample and what the neighbours said right before its event.
    Learn(Box<(Sample, NeighbourStrengths)>, Effort),
    /// A positive event on an item, learned nothing from.
    Count(ItemIndex),
    /// A settled impression.
    Click(Box<ClickSample>),
    /// What an operator said, with its place in the log.
    Command(Sequence, Box<ModelCommand>),
    /// What an item is made of, from here on.
    Describe(ItemIndex, Box<Content>),
}

impl Task {
    /// All that can be made of a sample.
    #[must_use]
    pub fn full(sample: Sample) -> Self {
        Self::Learn(Box::new(sample), Effort::Full)
    }

    /// The event's place in the log.
    #[must_use]
    pub fn sequence(&self) -> Sequence {
        match self {
            Self::Learn(sample, _) => sample.sequence,
            Self::Count { sequence, .. } => *sequence,
            Self::Click(sample) => sample.sequence,
        }
    }

    /// How much work it is for the learner.
    #[must_use]
    pub fn work(&self) -> usize {
        match self {
            Self::Learn(..) => SAMPLE_WORK,
            Self::Click(..) => CLICK_WORK,
            Self::Count { .. } => 0,
        }
    }

    /// The task where the record counts `weight`, 0 to 1.
    ///
    /// A choice of whatever weight is an event to the model's counts, so of those that count less than
    /// [`LEAST_INFLUENCE`] as many are left out, by a hash of the sequence, as make the rest count that.
    #[must_use]
    pub fn weighed(mut self, weight: f32) -> Option<Self> {
        if 1.0 <= weight {
            return Some(self);
        }
        let chance = chance(self.sequence());
        match &mut self {
            Self::Click(click) => click.weight *= weight,
            Self::Learn(..) | Self::Count { .. } if weight <= LEAST_INFLUENCE * chance => {
                return None;
            }
            Self::Learn(sample, _) => sample.weight *= weight.max(LEAST_INFLUENCE),
            Self::Count { .. } => {}
        }
        Some(self)
    }

    /// The lesson, with what `table` says now.
    #[must_use]
    pub fn into_lesson(self, table: &impl CovisitTable) -> Lesson {
        match self {
            Self::Learn(sample, effort) => {
                let sources = sources_of(&sample.user, table);
                Lesson::Learn(Box::new((*sample, sources)), effort)
            }
            Self::Count { item, .. } => Lesson::Count(item),
            Self::Click(sample) => Lesson::Click(sample),
        }
    }
}

impl Lesson {
    /// What `record` says to the model, where it does: of an item's content, or what it was told.
    #[must_use]
    pub fn of_record(record: &Record) -> Option<Self> {
        match &record.body {
            RecordBody::ItemPut { item, doc, .. } => {
                Some(Self::Describe(*item, Box::new(Content::of(doc))))
            }
            RecordBody::ItemDelete { item, .. } => Some(Self::Describe(*item, Box::default())),
            RecordBody::ModelTold { command, .. } => {
                Some(Self::Command(record.sequence, Box::new(command.clone())))
            }
            _ => None,
        }
    }

    /// How much work it is for the learner.
    #[must_use]
    pub fn work(&self) -> usize {
        match self {
            Self::Learn(..) => SAMPLE_WORK,
            Self::Click(..) => CLICK_WORK,
            Self::Count(_) | Self::Command(..) | Self::Describe(..) => 0,
        }
    }
}

impl Learner {
    /// Takes a lesson; `None` where nothing was learned from it. Commands are for the versions (see
    /// [`crate::model::versions`]).
    pub fn take(&mut self, lesson: &Lesson) -> Option<Learned> {
        match lesson {
            Lesson::Learn(learned, effort) => {
                let (sample, sources) = &**learned;
                Some(self.learn(sample, sources, *effort))
            }
            Lesson::Count(item) => {
                self.count_event(*item);
                None
            }
            Lesson::Click(sample) => self.learn_click(sample).map(Learned::Click),
            Lesson::Command(..) => None,
            Lesson::Describe(item, content) => {
                self.describe(*item, content);
                None
            }
        }
    }
}

/// A number in `0..1` that hangs on the sequence alone.
fn chance(sequence: Sequence) -> f32 {
    const SALT: u64 = 0x0071_9175;
    (mix(SALT, sequence.0) >> 40) as f32 / (1 << 24) as f32
}

/// What the neighbours of the user's last items and sessions like theirs say, each item once.
#[must_use]
pub fn sources_of(user: &ModelUser, table: &impl CovisitTable) -> NeighbourStrengths {
    let (recent, visit) = last_items(user);
    let neighbours = NeighbourStrengths::of(&recent, visit, table);
    neighbours.with_sessions(&similar_sessions::shares(user.hash, &recent, table))
}

impl Sources for NeighbourStrengths {
    fn near(&self, item: ItemIndex) -> [f32; NEARS] {
        self.share(item)
    }
}

#[cfg(test)]
mod tests;
