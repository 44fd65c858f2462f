//! The order in which item activity takes in what commits said, and what it says to the learner on the way.
//!
//! By sequence; of one sequence first the record, then the task of its sample, then those of the impressions that it
//! settled, in the order of shards, then its fact: a sample is
//! enriched with the neighbours as they were right before its own event. A stretch of shared features comes behind its
//! last event, hence in front of the tick that ended it.
//!
//! **Invariant:** live, in recovery and in an evaluation the same steps come in the same order, so all come to the
//! same activity and the same lessons, bit for bit.
//!
//! Not here: what becomes of a step that panics (the caller takes steps one by one).

use super::ItemActivity;
use crate::features::said::Stretch;
use crate::model::lesson::{Lesson, Task};
use crate::record::{Record, RecordBody};
use crate::{ActivityFact, Sequence};

/// One step.
#[derive(Clone, Debug, PartialEq)]
pub enum Step<'a> {
    /// A record that is no event.
    Record(&'a Record),
    /// An event out of a network that is known: it is weighed before what it tells the learner is.
    Weigh(&'a ActivityFact),
    /// A sample whose event comes next, or an impression that the record settled.
    Enrich(Task),
    /// An applied event.
    Fact(&'a ActivityFact),
    /// Shared features between two ticks, as one shard says.
    Features(&'a Stretch),
}

/// The steps of one commit, or of several in one, in their order.
#[must_use]
pub fn steps<'a>(
    records: &'a [Record],
    (facts, features): (&'a [ActivityFact], &'a [Stretch]),
    tasks: Vec<Task>,
) -> Vec<Step<'a>> {
    let mut steps = Vec::with_capacity(facts.len() + tasks.len());
    let shared = |record: &&Record| !matches!(record.body, RecordBody::Event { .. });
    steps.extend(records.iter().filter(shared).map(Step::Record));
    steps.extend(facts.iter().filter(|fact| fact.origin != 0).map(Step::Weigh));
    steps.extend(tasks.into_iter().map(Step::Enrich));
    steps.extend(facts.iter().map(Step::Fact));
    steps.extend(features.iter().map(Step::Features));
    // Stable, and a few sorted runs: facts of one sequence stay in their order, and merging is all there is to do.
    steps.sort_by_key(Step::place);
    steps
}

impl Step<'_> {
    fn place(&self) -> (Sequence, u8) {
        match self {
            Self::Record(record) => (record.sequence, 0),
            Self::Weigh(fact) => (fact.sequence, 1),
            Self::Enrich(task @ Task::Click(_)) => (task.sequence(), 3),
            Self::Enrich(task) => (task.sequence(), 2),
            Self::Fact(fact) => (fact.sequence, 4),
            Self::Features(stretch) => (stretch.last, 5),
        }
    }
}

impl ItemActivity {
    /// Takes a step; a task comes back as a lesson, unless its network has outgrown its bound by far and a hash leaves
    /// it out; what the model was told and what a document says of its item come back as lessons, too.
    pub fn absorb(&mut self, step: Step<'_>) -> Option<Lesson> {
        match step {
            Step::Record(record) => {
                self.apply_record(record);
                return Lesson::of_record(record);
            }
            Step::Weigh(fact) => self.weigh_origin(fact),
            Step::Enrich(task) => {
                let weight = self.weight_of(task.sequence());
                return task.weighed(weight).map(|task| task.into_lesson(self));
            }
            Step::Fact(fact) => self.apply_fact(fact),
            Step::Features(stretch) => {
                // Events of no item come to this place alone.
                self.clock.offset = self.clock.offset.max(stretch.last);
                let plan = &self.active.declared().plan;
                self.feature_tally.add(self.features.merge(plan, &stretch.partials));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests;
