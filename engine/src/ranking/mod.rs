//! One recommendation: candidates, filters, scores, a list with its reasons.
//!
//! Not here: waiting for a shard, deadlines, names of items; the caller has them.

pub mod request;
pub mod response;

pub use request::{
    BlendWeights, CandidatePool, Condition, DiversityCap, Filter, RankRequest, Repeats, Scenario,
    SeenPolicy, SeenRule, SeenTypes,
};
pub use response::{FilterCounts, Ranked, RankedItem, Reason, Rung, ScoreParts};

/// Ranks for a user: from the history, else from what was just acknowledged, else what is popular.
#[must_use]
pub fn recommend(request: &RankRequest) -> Ranked {
    popular(request)
}

/// Ranks what is popular, without what the request says the user has just seen.
#[must_use]
pub fn popular(request: &RankRequest) -> Ranked {
    let list = request.activity.popular(crate::activity::HalfLife::Short).iter();
    let left = list.filter(|(item, _)| !request.also_seen.contains(item)).take(request.limit);
    let items = left.map(|(item, score)| RankedItem {
        item: *item,
        score: *score,
        reasons: vec![Reason::Popular],
        parts: ScoreParts { popular: *score, ..ScoreParts::default() },
    });
    Ranked { source: Rung::Popular, items: items.collect(), filtered: FilterCounts::default() }
}
