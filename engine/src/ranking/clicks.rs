//! The click head at work on a list: what showing an item may be expected to bring, and the order by that.
//!
//! An item's value is the probability that it is clicked, times what the click is worth: its own weight and those of what
//! follows it (`[ranking.scenarios.NAME.goal]`). All items are compared as if each stood at the first place.
//!
//! **Invariant:** the head is given what a sample of this list would give it later: the same features, packed the same
//! way.
//!
//! **Invariant:** a head that has not proved itself orders nothing and tells nothing.
//!
//! Not here: learning (see [`crate::model::click`]).

use rustc_hash::FxHashMap;

use super::blend::ScoredCandidate;
use super::request::{CandidatePool, FinalOrder, RankRequest};
use super::response::Rung;
use super::tagged::Tagged;
use super::{inputs, shown};
use crate::ItemIndex;
use crate::features::input::InputValue;
use crate::model::click::{ClickScore, ClickScorer, sample};
use crate::record::ServedItem;

/// Candidates, or the list's length where that is more, that a retrieved list is put in order of value among.
const REACH: usize = 100;

/// What the click head says of a listed item.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Foretold {
    /// The calibrated probability of a click at its place.
    pub click_through: f32,
    /// What showing it at the first place may be expected to bring, in the scenario's weights.
    pub value: f32,
}

/// A click head that looks at one list, and keeps what it has said.
#[derive(Debug)]
pub(crate) struct Foreteller<'a> {
    request: &'a RankRequest<'a>,
    scorer: ClickScorer<'a>,
    own: Vec<(u8, u32)>,
    inputs: Vec<InputValue>,
    tagged: Tagged<'a>,
    said: FxHashMap<ItemIndex, (ClickScore, f32)>,
}

impl<'a> Foreteller<'a> {
    /// The head of the request's model, where it is ready.
    pub fn new(request: &'a RankRequest<'a>, rung: Rung) -> Option<Self> {
        let head =
            request.model.map(crate::model::ModelView::click).filter(|head| head.is_ready())?;
        let fields = shown::list_fields(request, rung, request.context);
        let declared = inputs::declared_values(request, std::iter::empty());
        let fields = sample::shared_fields(&fields, declared.as_deref());
        Some(Self {
            request,
            scorer: head.list(&fields),
            own: Vec::new(),
            inputs: Vec::new(),
            tagged: Tagged::new(request),
            said: FxHashMap::default(),
        })
    }

    /// Puts `scored`, which come best first, in the order of their value where the list goes by that: all of given
    /// candidates, the first ones of others. The scores stay in their places, so that they still fall.
    pub fn order(&mut self, scored: &mut [ScoredCandidate]) {
        let reach = match (self.request.pool, self.request.scenario.order) {
            (CandidatePool::Given(_), _) => scored.len(),
            (CandidatePool::Retrieve, FinalOrder::Score) => return,
            (CandidatePool::Retrieve, FinalOrder::Goal) => self.request.limit.max(REACH),
        };
        let within = scored.len().min(reach);
        let first = &mut scored[..within];
        let falling: Vec<f32> = first.iter().map(|candidate| candidate.score).collect();
        for candidate in first.iter() {
            self.say(candidate);
        }
        // Stable: those of equal value stay as they scored.
        let value =
            |candidate: &ScoredCandidate| self.said.get(&candidate.item).map_or(0.0, |it| it.1);
        first.sort_by(|a, b| value(b).total_cmp(&value(a)));
        for (candidate, score) in first.iter_mut().zip(falling) {
            candidate.score = score;
        }
    }

    /// What is foretold of one that stands at place `place`, from 0.
    pub fn foretell(&mut self, candidate: &ScoredCandidate, place: usize) -> Foretold {
        let (score, value) = self.say(candidate);
        let position = u16::try_from(place + 1).unwrap_or(u16::MAX);
        Foretold { click_through: self.scorer.probability(&score, position), value }
    }

    fn say(&mut self, candidate: &ScoredCandidate) -> (ClickScore, f32) {
        if let Some(said) = self.said.get(&candidate.item) {
            return *said;
        }
        let said = self.look_at(candidate);
        self.said.insert(candidate.item, said);
        said
    }

    fn look_at(&mut self, candidate: &ScoredCandidate) -> (ClickScore, f32) {
        let request = self.request;
        let parts = &candidate.parts;
        let features = shown::item_features(request.activity, request.at, candidate.item, parts);
        let item = ServedItem { features, ..ServedItem::bare(candidate.item, candidate.score) };
        self.own.clear();
        self.inputs.clear();
        inputs::of_item(request, candidate.item, &mut self.inputs);
        let declared = self.inputs.iter().map(|said| (said.input, said.class));
        sample::own_fields(&item, declared, &mut self.own);
        let score = self.scorer.score(&self.own, &features.parts());
        let goal = &request.scenario.goal;
        let follows = goal.others.iter().map(|(goal, weight)| {
            weight * self.scorer.expected(&score, goal.event_type, goal.counts).unwrap_or(0.0)
        });
        let worth = goal.click + follows.sum::<f32>();
        let value = self.scorer.probability(&score, 1) * worth;
        if self.tagged.is_empty() {
            return (score, value);
        }
        (score, value * self.tagged.factor(candidate.item))
    }
}

#[cfg(test)]
mod tests;
