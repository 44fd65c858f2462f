//! The score without a model: a fixed blend of what the sources say, with its parts kept.
//!
//! `S = a T ln(near/max + e) + s T ln(session/max + e) + d T ln(popular/max + e) + t trend/max + f newness + c liking`, each
//! logarithm counted from `ln e` with `e = 0.05`, so that a source which says nothing adds nothing. Maxima are over
//! the candidates. `a … c` are the scenario's weights.
//!
//! `T = max / (max + h)` is how far a source is to be trusted here: a catalogue in which the best seller has a
//! tenth of all choices is one where popularity tells much, a user whose best neighbour is a faint one is
//! badly told by neighbours. Without it no fixed weights suit films, shops and tweets alike (`freshet
//! evaluate` prints how they do).
//!
//! Not here: the learned blend (see `learned`).

use crate::ItemIndex;
use crate::ranking::request::BlendWeights;
use crate::ranking::response::ScoreParts;
use crate::retrieval::{Retriever, Source};

const EPSILON: f32 = 0.05;
/// Strength of the best candidate at which half of a source's word is taken.
const HALF_TRUST: [(Source, f32); 3] =
    [(Source::Neighbours, 0.2), (Source::Session, 0.2), (Source::Popular, 0.01)];

/// One candidate with its score.
#[derive(Clone, Debug)]
pub(crate) struct ScoredCandidate {
    pub item: ItemIndex,
    pub score: f32,
    pub parts: ScoreParts,
    /// What each source says, 1 for the strongest candidate.
    pub shares: [f32; Source::COUNT],
    /// By how much the model is more for it than for candidates on average.
    pub lift: f32,
}

/// Scores `items`, best first.
pub(crate) fn blend(
    items: &[ItemIndex],
    sources: &[&dyn Retriever],
    weights: &BlendWeights,
) -> Vec<ScoredCandidate> {
    let mut shares = vec![[0.0_f32; Source::COUNT]; items.len()];
    let mut trust = [1.0_f32; Source::COUNT];
    for source in sources {
        let place = source.source().place();
        let mut max = f32::MIN_POSITIVE;
        for (item, shares) in items.iter().zip(&mut shares) {
            shares[place] = source.strength(*item);
            max = max.max(shares[place]);
        }
        if let Some((_, half)) = HALF_TRUST.iter().find(|(other, _)| *other == source.source()) {
            trust[place] = max / (max + half);
        }
        // Newness and liking are shares already.
        if !matches!(source.source(), Source::Fresh | Source::Category) {
            for shares in &mut shares {
                shares[place] /= max;
            }
        }
    }
    let scored = items.iter().zip(shares).map(|(item, shares)| {
        let parts = parts(&shares, &trust, weights);
        ScoredCandidate { item: *item, score: parts.sum(), parts, shares, lift: 0.0 }
    });
    in_order(scored.collect())
}

/// Best first, equal ones by number.
pub(crate) fn in_order(mut scored: Vec<ScoredCandidate>) -> Vec<ScoredCandidate> {
    scored.sort_unstable_by(|a, b| b.score.total_cmp(&a.score).then(a.item.cmp(&b.item)));
    scored
}

fn parts(
    shares: &[f32; Source::COUNT],
    trust: &[f32; Source::COUNT],
    weights: &BlendWeights,
) -> ScoreParts {
    let share = |source: Source| shares[source.place()];
    let log = |source: Source| trust[source.place()] * ((share(source) + EPSILON) / EPSILON).ln();
    ScoreParts {
        neighbours: weights.neighbours * log(Source::Neighbours),
        session: weights.session * log(Source::Session),
        popular: weights.popular * log(Source::Popular),
        trending: weights.trending * share(Source::Trending),
        fresh: weights.fresh * share(Source::Fresh),
        category: weights.category * share(Source::Category),
        ..ScoreParts::default()
    }
}
