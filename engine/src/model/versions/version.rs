//! One version: a learner, what is watched of it, and where its entries lie in the checkpoint.
//!
//! Not here: which one serves (see the parent).

use crate::Sequence;
use crate::model::learner::{Learned, Learner};
use crate::model::lesson::Lesson;
use crate::model::users::UserRows;
use crate::model::versions::command::ModelChanges;
use crate::model::versions::report::Origin;
use crate::model::watch::{Drift, Foretold, Watch};

/// A learner under a name.
#[derive(Clone, Debug)]
pub struct Version {
    /// Its number.
    pub number: u32,
    /// What it began from.
    pub origin: Origin,
    /// In what it differs from the configuration.
    pub changes: ModelChanges,
    /// The era of the champion whose users' rows it takes over as it meets them.
    pub(super) inherits: Option<u32>,
    /// Where its entries are in the checkpoint.
    pub(super) place: u32,
    /// Whether all of it stands there: one that does not change is written once.
    pub(super) written: bool,
    pub(super) learner: Learner,
    pub(super) watch: Watch,
}

/// What became of a lesson.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Taken {
    pub learned: Option<Learned>,
    pub foretold: Option<Foretold>,
    pub alarm: bool,
}

impl Version {
    /// Its learner.
    #[must_use]
    pub fn learner(&self) -> &Learner {
        &self.learner
    }

    /// What is watched of it.
    #[must_use]
    pub fn watch(&self) -> &Watch {
        &self.watch
    }

    /// Takes a lesson.
    pub(super) fn take(&mut self, lesson: &Lesson) -> Taken {
        let learned = self.learner.take(lesson);
        let foretold = match learned {
            Some(Learned::Stepped { foretold, .. }) => foretold,
            Some(Learned::Click(click)) => {
                self.watch.click(click);
                None
            }
            _ => None,
        };
        Taken { learned, ..self.note(foretold) }
    }

    /// Counts what a lesson says was chosen, and learns nothing.
    pub(super) fn follow(&mut self, lesson: &Lesson) -> Taken {
        match lesson {
            Lesson::Learn(learned, _) => {
                let (sample, sources) = &**learned;
                let foretold = self.learner.foretell(sample, sources);
                self.learner.count_event(sample.item);
                self.note(foretold)
            }
            Lesson::Count(item) => {
                self.learner.count_event(*item);
                Taken::default()
            }
            Lesson::Describe(item, content) => {
                self.learner.describe(*item, content);
                Taken::default()
            }
            // Nothing is foretold of impressions while nothing is learned: that would cost as much.
            Lesson::Click(_) | Lesson::Command(..) => Taken::default(),
        }
    }

    fn note(&mut self, foretold: Option<Foretold>) -> Taken {
        let drift = foretold.map_or(Drift::None, |foretold| self.watch.choice(&foretold));
        Taken { foretold, alarm: drift == Drift::Alarm, learned: None }
    }

    /// A copy as it is now, to go back to: without users' rows, which are with the shards, and not in the checkpoint yet.
    pub(super) fn copy(&self, place: u32) -> Self {
        let mut copy = Self { place, written: false, inherits: None, ..self.clone() };
        copy.learner.users = UserRows::of_era(copy.learner.users.era());
        copy.learner.recut();
        copy
    }

    /// Samples that it has learned from, and the last of them.
    #[must_use]
    pub fn trained(&self) -> (u64, Sequence) {
        (self.learner.trained, self.learner.trained_through)
    }
}
