//! All that one list is made from: sources, candidates, scores. A list and its explanation are told from the same.
//!
//! Not here: which rung (see [`super::recommend`]), what the scores are made of (see `blend`, `learned`).

use crate::activity::CovisitTable;
use crate::ranking::blend::{self, ScoredCandidate};
use crate::ranking::candidates::Candidates;
use crate::ranking::diversity;
use crate::ranking::gate::Gate;
use crate::ranking::learned::{Fixed, LearnedBlend};
use crate::ranking::reasons::{self, Witnesses};
use crate::ranking::request::{CandidatePool, RankRequest};
use crate::ranking::response::{Ranked, RankedItem, Reason, Rung};
use crate::retrieval::neighbours::NeighbourRule;
use crate::retrieval::strengths::{VISIT_ALPHA, VISIT_GAMMA};
use crate::retrieval::{
    FreshItems, LikedCategories, ModelItems, NamedItems, Neighbours, PopularItems, Query,
    Retriever, Source, TrendingItems,
};
use crate::{ItemIndex, Role};

/// Candidates from the neighbours of the history, and of the visit.
const NEIGHBOUR_QUOTA: usize = 150;
const SESSION_QUOTA: usize = 60;

/// What the list of one request is made from.
pub(crate) struct Workings<'a> {
    pub request: &'a RankRequest<'a>,
    pub rung: Rung,
    query: &'a Query<'a>,
    learned: Option<&'a LearnedBlend<'a>>,
    neighbours: Box<dyn Retriever + 'a>,
    session: Box<dyn Retriever + 'a>,
    popular: PopularItems<'a>,
    trending: TrendingItems<'a>,
    fresh: FreshItems<'a>,
    liked: LikedCategories<'a>,
    model: Option<ModelItems>,
}

impl<'a> Workings<'a> {
    pub fn new(
        request: &'a RankRequest<'a>,
        rung: Rung,
        query: &'a Query<'a>,
        learned: Option<&'a LearnedBlend<'a>>,
    ) -> Self {
        let [neighbours, session] = neighbours(request, query, learned);
        Self {
            request,
            rung,
            query,
            learned,
            neighbours,
            session,
            popular: PopularItems::new(query),
            trending: TrendingItems::new(query),
            fresh: FreshItems::new(query),
            liked: LikedCategories::new(query),
            model: learned.and_then(|learned| model_items(request, rung, learned)),
        }
    }

    /// What the sources name and the filters let pass.
    pub fn candidates(&self) -> Candidates<'a> {
        let first: [&dyn Retriever; Source::COUNT - 1] = [
            &*self.neighbours,
            &*self.session,
            &self.popular,
            &self.trending,
            &self.fresh,
            &self.liked,
        ];
        let mut sources = first.to_vec();
        sources.extend(self.model.iter().map(|model| model as &dyn Retriever));
        Candidates::gather(self.request, Gate::new(self.request), self.query, &sources)
    }

    /// Scores `items`, best first.
    pub fn score(&self, items: &[ItemIndex]) -> Vec<ScoredCandidate> {
        let weights = &self.request.scenario.blend;
        let Self { popular, trending, fresh, liked, .. } = self;
        if let Some(learned) = self.learned {
            return learned.score(items, Fixed { weights, trending, fresh, liked });
        }
        blend::blend(
            items,
            &[&*self.neighbours, &*self.session, popular, trending, fresh, liked],
            weights,
        )
    }

    /// Those of `scored` that are listed.
    pub fn spread(&self, mut scored: Vec<ScoredCandidate>) -> Vec<ScoredCandidate> {
        let RankRequest { limit, scenario, activity, .. } = *self.request;
        match self.request.pool {
            CandidatePool::Given(_) => {
                scored.truncate(limit);
                scored
            }
            CandidatePool::Retrieve => {
                diversity::spread(scored, limit, scenario.diversity, activity)
            }
        }
    }

    /// Why `candidate` is where it is.
    pub fn reasons(&self, candidate: &ScoredCandidate) -> Vec<Reason> {
        let witnesses = Witnesses {
            neighbours: &*self.neighbours,
            liked: &self.liked,
            last: fresh_click(self.request),
        };
        reasons::reasons(candidate, &witnesses)
    }
}

/// The list.
pub(crate) fn list(workings: &Workings) -> Ranked {
    let candidates = workings.candidates();
    let listed = workings.spread(workings.score(&candidates.passed));
    let items = listed.into_iter().map(|candidate| RankedItem {
        item: candidate.item,
        score: candidate.score,
        reasons: workings.reasons(&candidate),
        parts: candidate.parts,
    });
    Ranked { source: workings.rung, items: items.collect(), filtered: candidates.gate.counts() }
}

fn neighbours<'a>(
    request: &'a RankRequest<'a>,
    query: &'a Query<'a>,
    learned: Option<&'a LearnedBlend<'a>>,
) -> [Box<dyn Retriever + 'a>; 2] {
    let activity = request.activity;
    let gamma = request.scenario.blend.gamma;
    let alpha = activity.neighbour_alpha();
    let rule = NeighbourRule { gamma, alpha, quota: NEIGHBOUR_QUOTA };
    let visit = NeighbourRule { gamma: VISIT_GAMMA, alpha: VISIT_ALPHA, quota: SESSION_QUOTA };
    let each = [(&query.recent, rule, Source::Neighbours), (&query.visit, visit, Source::Session)];
    each.map(|(items, rule, source)| -> Box<dyn Retriever + 'a> {
        match learned {
            None => Box::new(Neighbours::of(items, activity, rule, source)),
            Some(learned) => {
                Box::new(NamedItems::new(items, activity, &learned.strengths, rule, source))
            }
        }
    })
}

/// What the model names for a user of whom something is known; for others it names what is popular.
fn model_items(request: &RankRequest, rung: Rung, learned: &LearnedBlend) -> Option<ModelItems> {
    let retrieves = request.pool == CandidatePool::Retrieve;
    if !retrieves || !matches!(rung, Rung::Personalized | Rung::Session) {
        return None;
    }
    let gate = Gate::new(request);
    let passes = |item| gate.obstacle(item).is_none();
    Some(ModelItems::best(learned.model, &learned.user, &learned.vector, passes))
}

/// The item of the user's very last event, where that chose it.
fn fresh_click(request: &RankRequest) -> Option<ItemIndex> {
    let types = request.activity.types();
    let chose = |id| types.get(id).is_some_and(|spec| spec.role == Role::Positive);
    let last = request.user.history.first();
    let held = || last.filter(|entry| chose(entry.event_type)).and_then(|entry| entry.item);
    request.just_chosen().next().or_else(held)
}
