//! Every known item scored by everything at once: the yardstick that retrieval and caps are measured against.
//!
//! Not here: lists as the node makes them (see [`super::rankers`]).

use crate::ItemIndex;
use crate::evaluation::{Listing, Method, Stand};
use crate::model::lesson::sources_of;
use crate::model::sample::NEARS;
use crate::model::{Scores, Sources, UserVector, blend};
use crate::ranking::RankRequest;
use crate::ranking::gate::Gate;
use crate::retrieval::NeighbourStrengths;

/// The items that may be shown, with all that is said of them.
#[derive(Debug, Default)]
pub(super) struct Columns {
    items: Vec<ItemIndex>,
    scores: Scores,
    blended: Vec<f32>,
    vector: UserVector,
    shares: Shares,
}

/// Shares of neighbours by item number, so that each of many items is looked up at once.
#[derive(Debug, Default)]
struct Shares {
    shares: Vec<[f32; NEARS]>,
    named: Vec<ItemIndex>,
}

impl Sources for Shares {
    fn near(&self, item: ItemIndex) -> [f32; NEARS] {
        self.shares.get(item.as_usize()).copied().unwrap_or_default()
    }
}

impl Shares {
    fn fill(&mut self, strengths: &NeighbourStrengths) {
        for item in self.named.drain(..) {
            self.shares[item.as_usize()] = [0.0; NEARS];
        }
        for (item, shares) in &strengths.found {
            if self.shares.len() <= item.as_usize() {
                self.shares.resize(item.as_usize() + 1, [0.0; NEARS]);
            }
            self.shares[item.as_usize()] = *shares;
            self.named.push(*item);
        }
    }
}

impl Columns {
    /// Scores every item of `stand` that `request` lets pass.
    pub fn fill(&mut self, stand: &Stand, request: &RankRequest) {
        let gate = Gate::new(request);
        self.items.clear();
        let (chosen, model) = (stand.chosen().iter(), stand.model());
        let known = chosen.filter(|item| model.is_known(**item));
        self.items.extend(known.filter(|item| gate.obstacle(**item).is_none()));
        let user = &request.user.model;
        self.shares.fill(&sources_of(user, request.activity));
        model.user_vector(user, &mut self.vector);
        let vector = &self.vector.vector;
        model.score(&self.items, user, vector, &self.shares, &mut self.scores);
        self.scores.silence(request.scenario.sources.asked);
        blend::blend(model.blend_weights(user.group()), &self.scores, &mut self.blended);
    }

    /// The items scored.
    pub fn items(&self) -> &[ItemIndex] {
        &self.items
    }

    /// The list of a method that is one of the columns.
    pub fn listing(&self, method: Method, target: Option<ItemIndex>, length: usize) -> Listing {
        let scores = match method {
            Method::Popularity => self.scores.share(),
            Method::Neighbours => &self.scores.near[0],
            Method::Model => &self.scores.machine,
            _ => &self.blended,
        };
        Listing::of_scores(&self.items, scores, target, length)
    }
}
