//! One recommendation: candidates, filters, scores, a list with its reasons.
//!
//! **Invariant:** the same request on the same view gives the same list; no order comes from a map.
//!
//! Not here: waiting for a shard, deadlines, names of items; the caller has them.

mod blend;
mod candidates;
mod diversity;
mod gate;
mod reasons;
pub mod request;
pub mod response;
mod seen;
#[cfg(test)]
pub(crate) mod testing;

pub use request::{
    BlendWeights, CandidatePool, Condition, DiversityCap, Filter, RankRequest, Repeats, Scenario,
    SeenPolicy, SeenRule, SeenTypes,
};
pub use response::{FilterCounts, Ranked, RankedItem, Reason, Rung, ScoreParts};

use crate::activity::{CovisitTable, HalfLife};
use crate::retrieval::neighbours::NeighbourRule;
use crate::retrieval::strengths::{VISIT_ALPHA, VISIT_GAMMA};
use crate::retrieval::{
    FreshItems, LikedCategories, Neighbours, PopularItems, Query, Retriever, Source, TrendingItems,
};
use crate::{ItemIndex, Role};
use candidates::Candidates;
use reasons::{Witnesses, reasons};

/// Candidates from the neighbours of the history, and of the visit.
const NEIGHBOUR_QUOTA: usize = 150;
const SESSION_QUOTA: usize = 60;

/// Ranks for a user: from what is known of them, else what is popular.
///
/// Of a user who was only shown things so far the list says no more than which of them to leave out.
#[must_use]
pub fn recommend(request: &RankRequest) -> Ranked {
    if !request.user.known {
        return popular(request);
    }
    rank(request, &Query::personal(request), Rung::Personalized)
}

/// Ranks what is popular, without what the request says the user has seen; the newest items where nothing
/// has happened yet.
#[must_use]
pub fn popular(request: &RankRequest) -> Ranked {
    let activity = request.activity;
    let happened = !activity.popular(HalfLife::Long).is_empty() || !activity.trending().is_empty();
    let rung = if happened { Rung::Popular } else { Rung::Fallback };
    rank(request, &Query::impersonal(request), rung)
}

fn rank(request: &RankRequest, query: &Query, rung: Rung) -> Ranked {
    let (activity, weights) = (request.activity, &request.scenario.blend);
    let alpha = activity.neighbour_alpha();
    let rule = NeighbourRule { gamma: weights.gamma, alpha, quota: NEIGHBOUR_QUOTA };
    let neighbours = Neighbours::of(&query.recent, activity, rule, Source::Neighbours);
    let rule = NeighbourRule { gamma: VISIT_GAMMA, alpha: VISIT_ALPHA, quota: SESSION_QUOTA };
    let session = Neighbours::of(&query.visit, activity, rule, Source::Session);
    let (popular, trending) = (PopularItems::new(query), TrendingItems::new(query));
    let (fresh, liked) = (FreshItems::new(query), LikedCategories::new(query));
    let sources: [&dyn Retriever; Source::COUNT] =
        [&neighbours, &session, &popular, &trending, &fresh, &liked];

    let candidates = Candidates::gather(request, query, &sources);
    let mut scored = blend::blend(&candidates.passed, &sources, weights);
    match request.pool {
        CandidatePool::Given(_) => scored.truncate(request.limit),
        CandidatePool::Retrieve => {
            scored = diversity::spread(scored, request.limit, request.scenario.diversity, activity);
        }
    }
    let witnesses =
        Witnesses { neighbours: &neighbours, liked: &liked, last: fresh_click(request) };
    let items = scored.into_iter().map(|candidate| RankedItem {
        item: candidate.item,
        score: candidate.score,
        reasons: reasons(&candidate, &witnesses),
        parts: candidate.parts,
    });
    Ranked { source: rung, items: items.collect(), filtered: candidates.gate.counts() }
}

/// The item of the user's very last event, where that chose it.
fn fresh_click(request: &RankRequest) -> Option<ItemIndex> {
    let last = request.user.history.first()?;
    let role = request.activity.types().get(last.event_type)?.role;
    last.item.filter(|_| role == Role::Positive)
}

#[cfg(test)]
mod tests;
