//! One recommendation: candidates, filters, scores, a list with its reasons.
//!
//! **Invariant:** the same request on the same view gives the same list; no order comes from a map, and what is drawn comes
//! from the seed of the request.
//!
//! Not here: waiting for a shard, deadlines, names of items; the caller has them.

pub(crate) mod blend;
pub mod breakdown;
mod candidates;
pub mod clicks;
mod cost;
mod diversity;
pub mod explain;
pub mod explore;
pub(crate) mod gate;
pub mod inputs;
mod learned;
mod reasons;
pub mod request;
pub mod response;
pub mod room_inputs;
mod seen;
pub mod shown;
pub mod tagged;
#[cfg(test)]
pub(crate) mod testing;
mod workings;

pub use breakdown::{Feature, FeatureKind};
pub use clicks::Foretold;
pub use cost::estimated_us;
pub use explain::{Explanation, ScoredItem, Standing, Steps, explain};
pub use explore::{DrawBy, ExploreRule, Exploring};
pub use request::{
    BlendWeights, CandidatePool, Condition, DiversityCap, Filter, FinalOrder, GoalWeights,
    JustDone, RankRequest, Repeats, Scenario, SeenPolicy, SeenRule, SeenTypes,
};
pub use response::{FilterCounts, Obstacle, Ranked, RankedItem, Reason, Rung, ScoreParts};
pub use tagged::{TagEffect, TagRule, Tagged};

use crate::activity::HalfLife;
use crate::retrieval::Query;
use learned::LearnedBlend;
use workings::Workings;

/// Ranks for a user: from what is known of them, else from what they did just now, else what is popular.
///
/// Of a user who was only shown things so far the list says no more than which of them to leave out.
#[must_use]
pub fn recommend(request: &RankRequest) -> Ranked {
    with_workings(request, Ladder::Top, workings::list)
}

/// Ranks what is popular, without what the request says the user has seen; the newest items where nothing
/// has happened yet.
#[must_use]
pub fn popular(request: &RankRequest) -> Ranked {
    with_workings(request, Ladder::Popular, workings::list)
}

/// From which rung on an answer is sought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ladder {
    /// From the first.
    Top,
    /// From that which needs no user.
    Popular,
}

/// Gives `use_them` all that a list or an explanation for `request` is made from.
fn with_workings<T>(
    request: &RankRequest,
    ladder: Ladder,
    use_them: impl FnOnce(&Workings) -> T,
) -> T {
    let rung = rung(request, ladder);
    let personal = matches!(rung, Rung::Personalized | Rung::Session);
    let learned =
        if personal { LearnedBlend::personal(request) } else { LearnedBlend::impersonal(request) };
    let query = match (personal, &learned) {
        (true, Some(learned)) => Query::of_model_user(request, &learned.user),
        (true, None) => Query::personal(request),
        (false, _) => Query::impersonal(request),
    };
    use_them(&Workings::new(request, rung, &query, learned.as_ref()))
}

fn rung(request: &RankRequest, ladder: Ladder) -> Rung {
    let activity = request.activity;
    let happened =
        || !activity.popular(HalfLife::Long).is_empty() || !activity.trending().is_empty();
    match ladder {
        Ladder::Top if request.user.known => Rung::Personalized,
        Ladder::Top if request.just_chosen().next().is_some() => Rung::Session,
        _ if happened() => Rung::Popular,
        _ => Rung::Fallback,
    }
}

#[cfg(test)]
mod tests;
