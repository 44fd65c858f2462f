//! The score: a fixed blend of what the sources say, with its parts kept.
//!
//! `S = a ln(near/max + e) + s ln(session/max + e) + d ln(popular/max + e) + t trend/max + f newness + c liking`, each logarithm
//! counted from `ln e` with `e = 0.05`, so that a source which says nothing adds nothing. Maxima are over the
//! candidates. The weights are the scenario's.
//!
//! Not here: learning the weights.

use crate::ItemIndex;
use crate::ranking::request::BlendWeights;
use crate::ranking::response::ScoreParts;
use crate::retrieval::{Retriever, Source};

const EPSILON: f32 = 0.05;

/// One candidate with its score.
#[derive(Clone, Debug)]
pub(crate) struct ScoredCandidate {
    pub item: ItemIndex,
    pub score: f32,
    pub parts: ScoreParts,
    /// What each source says, 1 for the strongest candidate.
    pub shares: [f32; Source::COUNT],
}

/// Scores `items`, best first.
pub(crate) fn blend(
    items: &[ItemIndex],
    sources: &[&dyn Retriever],
    weights: &BlendWeights,
) -> Vec<ScoredCandidate> {
    let mut shares = vec![[0.0_f32; Source::COUNT]; items.len()];
    for source in sources {
        let place = source.source().place();
        let mut max = f32::MIN_POSITIVE;
        for (item, shares) in items.iter().zip(&mut shares) {
            shares[place] = source.strength(*item);
            max = max.max(shares[place]);
        }
        // Newness and liking are shares already.
        if !matches!(source.source(), Source::Fresh | Source::Category) {
            for shares in &mut shares {
                shares[place] /= max;
            }
        }
    }
    let scored = items.iter().zip(shares).map(|(item, shares)| {
        let parts = parts(&shares, weights);
        ScoredCandidate { item: *item, score: parts.sum(), parts, shares }
    });
    let mut scored: Vec<_> = scored.collect();
    scored.sort_unstable_by(|a, b| b.score.total_cmp(&a.score).then(a.item.cmp(&b.item)));
    scored
}

fn parts(shares: &[f32; Source::COUNT], weights: &BlendWeights) -> ScoreParts {
    let share = |source: Source| shares[source.place()];
    let log = |source| ((share(source) + EPSILON) / EPSILON).ln();
    ScoreParts {
        neighbours: weights.neighbours * log(Source::Neighbours),
        session: weights.session * log(Source::Session),
        popular: weights.popular * log(Source::Popular),
        trending: weights.trending * share(Source::Trending),
        fresh: weights.fresh * share(Source::Fresh),
        category: weights.category * share(Source::Category),
    }
}
