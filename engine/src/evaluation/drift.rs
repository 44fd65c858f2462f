//! Drift with a known instant: at one event a share of the items change places, and everything is watched.
//!
//! Up to the instant the stream is what it was; from it on whoever chooses one of those items is taken to have chosen
//! another. What the model learned of them is wrong from one event to the next, and so are the neighbours. How soon that is
//! noticed, how often it is thought to be so where nothing changed, and what lists are worth meanwhile, are the figures.
//!
//! Items change places along one ring drawn from a seed, so that each of the share is another afterwards, and popular ones
//! are as likely in it as others. (`LEARNING.md` permutes 30 % and 50 % of the items this way.)
//!
//! Not here: noticing (see [`crate::model::watch`]), forgetting ([`crate::model::Learner::forget`]).

use rustc_hash::FxHashMap;

use crate::evaluation::{Figures, Meter, Prequential};
use crate::model::numeric::mix;
use crate::{ItemIndex, Record, RecordBody};

/// What changes, and when.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DriftPlan {
    /// Share of the items chosen so far that change places; 0 for a stream as it is.
    pub share: f64,
    /// Events before.
    pub at: u64,
    /// Seed of which items.
    pub seed: u64,
}

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub struct DriftOutcome {
    /// Choices before the instant, and in all.
    pub choices: [u64; 2],
    /// Alarms before the instant, and behind it.
    pub alarms: [usize; 2],
    /// Choices from the instant to the first alarm behind it.
    pub delay: Option<u64>,
    /// Items that changed places.
    pub moved: usize,
    /// Choices that were ranked behind the instant.
    pub scored: u64,
    /// What the lists that they were ranked by are worth.
    pub figures: Figures,
}

/// A replay in which items change places.
#[derive(Debug)]
pub struct DriftTrial<M> {
    replay: Prequential<M>,
    plan: DriftPlan,
    /// What each item of the share is from now on; `None` before the instant.
    names: Option<FxHashMap<ItemIndex, ItemIndex>>,
    /// Choices before the instant.
    before: u64,
}

impl<M: Meter> DriftTrial<M> {
    /// A replay of which the first method is judged.
    #[must_use]
    pub fn new(replay: Prequential<M>, plan: DriftPlan) -> Self {
        Self { replay, plan, names: None, before: 0 }
    }

    /// Takes the next record of the stream.
    pub fn take(&mut self, mut record: Record) {
        if let RecordBody::Event { event, .. } = &mut record.body {
            let stand = self.replay.stand();
            if self.names.is_none() && self.plan.at <= self.replay.events() {
                self.before = stand.lessons();
                self.names = Some(ring(stand.chosen(), self.plan));
            }
            let other = event.item.and_then(|item| self.names.as_ref()?.get(&item).copied());
            event.item = other.or(event.item);
        }
        self.replay.take(&record);
    }

    /// What was found; `None` where nothing was ranked.
    #[must_use]
    pub fn finish(self) -> Option<DriftOutcome> {
        let stand = self.replay.stand();
        let (alarms, choices) = (stand.alarms(), stand.lessons());
        let first = alarms.partition_point(|alarm| *alarm <= self.before);
        let delay = alarms.get(first).map(|alarm| alarm - self.before);
        let alarms = [first, alarms.len() - first];
        let (outcome, _) = self.replay.finish();
        let method = outcome.methods.into_iter().next().filter(|_| 0 < outcome.scored)?;
        Some(DriftOutcome {
            choices: [self.before, choices],
            alarms,
            delay,
            moved: self.names.map_or(0, |names| names.len()),
            scored: outcome.scored,
            figures: method.figures,
        })
    }
}

/// A share of the items, each with the next one along a ring.
fn ring(chosen: &[ItemIndex], plan: DriftPlan) -> FxHashMap<ItemIndex, ItemIndex> {
    let mut items = chosen.to_vec();
    items.sort_unstable_by_key(|item| mix(plan.seed ^ 0x00d2_1f70, u64::from(item.0)));
    items.truncate((plan.share * items.len() as f64) as usize);
    let next = items.iter().cycle().skip(1);
    items.iter().zip(next).map(|(item, next)| (*item, *next)).collect()
}

#[cfg(test)]
mod tests;
