//! Why an item is in a list, or why not.
//!
//! The explanation is told from the same workings as the list: candidates, scores, diversity.
//!
//! Told of is the list as it is due: nothing is drawn, whether the request explores or not.
//!
//! **Invariant:** for the same request on the same views, where it does not explore, an item that the list holds is explained at its place there,
//! with its score, parts and reasons, and an item that it does not hold is not.
//!
//! Not here: a list that was served a while ago (its record tells of that).

use crate::ranking::blend::ScoredCandidate;
use crate::ranking::breakdown::{self, Feature};
use crate::ranking::gate::Gate;
use crate::ranking::request::RankRequest;
use crate::ranking::response::{Obstacle, Reason, Rung, ScoreParts};
use crate::ranking::workings::Workings;
use crate::ranking::{Ladder, with_workings};
use crate::retrieval::Source;
use crate::{CategoryId, ItemIndex};

/// Why an item is in a list, or why not.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// Which item.
    pub item: ItemIndex,
    /// Which rung the list is of.
    pub source: Rung,
    /// Where the item stands.
    pub standing: Standing,
    /// Its score, where no filter keeps it out.
    pub scored: Option<ScoredItem>,
    /// Candidates that were scored.
    pub candidates: usize,
    /// Sources whose lists hold it, in the order in which they are asked.
    pub named_by: Vec<Source>,
}

/// What an item was ranked by, or would be.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoredItem {
    /// Its place by score alone, from 1, before diversity.
    pub place: usize,
    /// The score.
    pub score: f32,
    /// What the score is the sum of.
    pub parts: ScoreParts,
    /// What speaks for it, strongest first.
    pub reasons: Vec<Reason>,
    /// What each part is made of.
    pub features: Vec<Feature>,
    /// What moved it.
    pub steps: Steps,
}

/// What moved an item between its score and its place in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Steps {
    /// Its place by what the sources say, from 1.
    pub by_blend: usize,
    /// Its place by what showing it may be expected to bring, where the list goes by that; else the same.
    pub by_goal: usize,
    /// The category that had its share of the list already, where the item was passed over for that.
    pub full: Option<CategoryId>,
    /// How many that stood above it were passed over.
    pub passed_over_above: usize,
}

/// Where an item stands in respect of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// In the list.
    Listed {
        /// Its place there, from 1.
        rank: usize,
    },
    /// Scored high enough, but its category had its share of the list.
    PassedOver,
    /// Others scored higher.
    TooLow,
    /// A filter keeps it out.
    LeftOut(Obstacle),
    /// No source named it. Its score and place are what it would have had.
    NotNamed,
}

impl Standing {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Listed { .. } => "listed",
            Self::PassedOver => "passed_over",
            Self::TooLow => "too_low",
            Self::LeftOut(_) => "left_out",
            Self::NotNamed => "not_named",
        }
    }
}

/// Explains where `item` stands in the list that [`recommend`] or, from the lower `ladder`, [`popular`] makes.
///
/// [`recommend`]: super::recommend
/// [`popular`]: super::popular
#[must_use]
pub fn explain(request: &RankRequest, ladder: Ladder, item: ItemIndex) -> Explanation {
    with_workings(request, ladder, |workings| explain_by(workings, item))
}

fn explain_by(workings: &Workings, item: ItemIndex) -> Explanation {
    let mut candidates = workings.candidates().passed;
    let found = candidates.len();
    let named_by = workings.named_by(item);
    let told = |standing, scored| Explanation {
        named_by: named_by.clone(),
        item,
        source: workings.rung,
        standing,
        scored,
        candidates: found,
    };
    if let Some(obstacle) = Gate::new(workings.request).obstacle(item) {
        return told(Standing::LeftOut(obstacle), None);
    }
    let named = candidates.contains(&item);
    if !named {
        candidates.push(item);
    }
    let scored = workings.score(&candidates);
    let at = scored.iter().position(|candidate| candidate.item == item);
    let as_scored = at.map(|at| scored_item(workings, &scored, at));
    let standing = if named { standing(workings, &scored, item) } else { Standing::NotNamed };
    told(standing, as_scored)
}

fn scored_item(workings: &Workings, scored: &[ScoredCandidate], at: usize) -> ScoredItem {
    let candidate = &scored[at];
    ScoredItem {
        features: breakdown::features(workings, candidate),
        steps: steps(workings, scored, at),
        place: at + 1,
        score: candidate.score,
        parts: candidate.parts,
        reasons: workings.reasons(candidate),
    }
}

fn steps(workings: &Workings, scored: &[ScoredCandidate], at: usize) -> Steps {
    let items: Vec<ItemIndex> = scored.iter().map(|candidate| candidate.item).collect();
    let blended = workings.blended(&items);
    let by_blend = blended.iter().position(|other| other.item == scored[at].item).unwrap_or(at);
    let passed_over = workings.passed_over(scored);
    let own = passed_over.iter().find(|(passed, _)| *passed == at);
    Steps {
        by_blend: by_blend + 1,
        by_goal: at + 1,
        full: own.map(|(_, category)| *category),
        passed_over_above: passed_over.iter().filter(|(passed, _)| *passed < at).count(),
    }
}

fn standing(workings: &Workings, scored: &[ScoredCandidate], item: ItemIndex) -> Standing {
    let worth = scored.iter().take(workings.request.limit).any(|candidate| candidate.item == item);
    let below = scored.iter().skip_while(|candidate| candidate.item != item).skip(1);
    let below: Vec<ItemIndex> = below.map(|candidate| candidate.item).collect();
    let listed: Vec<_> = workings.spread(scored).into_iter().map(|at| scored[at].item).collect();
    let rank = listed.iter().position(|listed| *listed == item);
    // Where one that scored lower is listed, this one was passed over.
    let passed_over = || worth || listed.iter().any(|listed| below.contains(listed));
    match rank {
        Some(at) => Standing::Listed { rank: at + 1 },
        None if passed_over() => Standing::PassedOver,
        None => Standing::TooLow,
    }
}

#[cfg(test)]
mod tests;
