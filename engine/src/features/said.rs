//! What a shard says of the shared features after a batch: partial aggregates, cut where time was told.
//!
//! **Invariant:** all that is in a stretch happened before the tick that ended it and behind the one before, under one plan, so whoever
//! merges stretches and ticks in the order of the log comes to one state, whatever the batches were.
//!
//! Not here: what partial aggregates are (see [`super::shared`]).

use std::sync::Arc;

use super::occurrence::Occurrence;
use super::plan::FeaturePlan;
use super::section::Tally;
use super::shared::{Length, Partials};
use crate::Sequence;

/// Partial aggregates between two ticks, under one plan.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stretch {
    /// What was declared.
    plan: Arc<FeaturePlan>,
    /// The last event in it.
    pub last: Sequence,
    /// What they come to.
    pub partials: Partials,
}

/// What a shard says after a batch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Said {
    /// In the order of the log.
    pub stretches: Vec<Stretch>,
    /// What became of the users' own features.
    pub tally: Tally,
    /// Whether time was told since the last event.
    is_cut: bool,
}

/// How far it had come: all that was said later can be taken back.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mark {
    stretches: usize,
    last: Sequence,
    length: Length,
    tally: Tally,
    is_cut: bool,
}

impl Said {
    /// Takes an event in.
    pub fn add(&mut self, plan: &Arc<FeaturePlan>, event: &Occurrence<'_>, sequence: Sequence) {
        let goes_on = self.stretches.last().is_some_and(|newest| Arc::ptr_eq(&newest.plan, plan));
        if self.is_cut || !goes_on {
            self.stretches.push(Stretch { plan: Arc::clone(plan), ..Stretch::default() });
            self.is_cut = false;
        }
        if let Some(stretch) = self.stretches.last_mut() {
            stretch.last = sequence;
            stretch.partials.add(plan, event);
        }
    }

    /// Time was told: what follows is a stretch of its own.
    pub fn cut(&mut self) {
        self.is_cut = true;
    }

    /// Adds up what can be; done once, behind a batch.
    pub fn add_up(&mut self) {
        self.stretches.retain(|stretch| !stretch.partials.is_empty());
        for stretch in &mut self.stretches {
            stretch.partials.add_up(&stretch.plan);
        }
    }

    /// How far it has come.
    #[must_use]
    pub fn mark(&self) -> Mark {
        let newest = self.stretches.last();
        Mark {
            stretches: self.stretches.len(),
            last: newest.map_or(Sequence(0), |stretch| stretch.last),
            length: newest.map_or_else(Length::default, |stretch| stretch.partials.length()),
            tally: self.tally,
            is_cut: self.is_cut,
        }
    }

    /// Takes back what was said since; nothing may have been added up in between.
    pub fn take_back(&mut self, mark: Mark) {
        self.stretches.truncate(mark.stretches);
        if let Some(stretch) = self.stretches.last_mut() {
            stretch.last = mark.last;
            stretch.partials.truncate(mark.length);
        }
        self.tally = mark.tally;
        self.is_cut = mark.is_cut;
    }
}

#[cfg(test)]
mod tests;
