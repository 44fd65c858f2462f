//! Why an item is in a list, from what the sources said of it.
//!
//! **Invariant:** every item has a reason.
//!
//! Not here: words; the wire form is the edge's.

use crate::ItemIndex;
use crate::ranking::blend::ScoredCandidate;
use crate::ranking::response::Reason;
use crate::retrieval::{LikedCategories, OpenRooms, Retriever, Source};

/// Reasons that an item is given at most, beside the model's word.
const MOST: usize = 3;
/// A source that says less than this share of what it says of its best is no reason.
const LEAST_SHARE: f32 = 0.1;

/// What reasons are told from.
pub(crate) struct Witnesses<'a> {
    pub neighbours: &'a dyn Retriever,
    pub liked: &'a LikedCategories<'a>,
    pub rooms: &'a OpenRooms<'a>,
    /// Item of the user's very last event, where that chose it.
    pub last: Option<ItemIndex>,
}

/// The reasons for `candidate`, strongest first; behind them the model's word, where it lifts the item most.
pub(crate) fn reasons(candidate: &ScoredCandidate, witnesses: &Witnesses) -> Vec<Reason> {
    let parts = &candidate.parts;
    let mut strengths = [
        (Source::Neighbours, parts.neighbours),
        (Source::Session, parts.session),
        (Source::SimilarSessions, parts.similar_sessions),
        (Source::Popular, parts.popular),
        (Source::Trending, parts.trending),
        (Source::Fresh, parts.fresh),
        (Source::Category, parts.category),
        (Source::Content, parts.content),
        (Source::Rooms, parts.rooms),
    ];
    strengths.sort_by(|a, b| b.1.total_cmp(&a.1));
    let speaks = |source: &Source| LEAST_SHARE <= candidate.shares[source.place()];
    let sources = strengths.iter().map(|(source, _)| *source).filter(speaks);
    let mut reasons = Vec::with_capacity(MOST + 1);
    for reason in sources.filter_map(|source| reason(source, candidate.item, witnesses)) {
        // Two sources may give the same one.
        if reasons.len() < MOST && !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    if 0.0 < candidate.lift && strengths[0].1 <= candidate.lift {
        reasons.push(Reason::Taste);
    }
    if reasons.is_empty() {
        let strongest = reason(strengths[0].0, candidate.item, witnesses);
        reasons.push(strongest.unwrap_or(Reason::Fresh));
    }
    reasons
}

fn reason(source: Source, item: ItemIndex, witnesses: &Witnesses) -> Option<Reason> {
    match source {
        Source::Neighbours => {
            let because_of = witnesses.neighbours.because_of(item)?;
            let is_last = witnesses.last == Some(because_of);
            Some(if is_last { Reason::FreshClick(because_of) } else { Reason::CoView(because_of) })
        }
        Source::Session | Source::SimilarSessions => Some(Reason::SessionNeighbour),
        Source::Popular => Some(Reason::Popular),
        Source::Trending => Some(Reason::Trending),
        Source::Fresh => Some(Reason::Fresh),
        Source::Content => Some(Reason::Content),
        Source::Category => witnesses.liked.best_of(item).map(Reason::Category),
        Source::Rooms if witnesses.rooms.is_of_host(item) => Some(Reason::Host),
        Source::Rooms => Some(Reason::LiveNow),
        Source::Model => Some(Reason::Taste),
    }
}
