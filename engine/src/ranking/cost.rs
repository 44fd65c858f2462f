//! What a list will take, roughly, so that a caller can make it where it holds nobody up.
//!
//! Not here: measuring (`cargo run -p benches --bin ranking`, whose figures these are).

use crate::ranking::request::{CandidatePool, RankRequest};
use crate::retrieval::model_items::MOST_ASKED;
use crate::retrieval::rooms::MOST_ROOMS;
use crate::rooms::RoomsView;

/// Gathering, scoring and spreading the candidates of the lists.
const LIST_US: f32 = 70.0;
/// More candidates, and scores that are learned.
const LEARNED_US: f32 = 80.0;
/// Looking at one item of the model.
const SCANNED_US: f32 = 0.023;
/// Scoring one of the caller's own candidates.
const GIVEN_US: f32 = 0.18;
/// Asking the click head about it.
const FORETOLD_US: f32 = 0.6;
/// Looking for what the caller demands where it is rare.
const DEMANDED_US: f32 = 120.0;
/// Looking at one open live room.
const ROOM_US: f32 = 0.45;
/// Looking at one item of the model once more and asking whether it is what the caller demands.
const ASKED_US: f32 = 0.07;

/// Microseconds that a list for `request` takes, within a factor of two or so.
#[must_use]
pub fn estimated_us(request: &RankRequest) -> f32 {
    let somebody = request.user.known || request.just_chosen().next().is_some();
    let model = request.model.filter(|model| somebody && 0 < model.trained());
    let demanded = if request.filter.must.is_empty() { 0.0 } else { DEMANDED_US };
    let rooms = request.rooms.filter(|_| request.wants_rooms()).map_or(0, RoomsView::len);
    let rooms = ROOM_US * rooms.min(MOST_ROOMS) as f32;
    match request.pool {
        CandidatePool::Given(items) => {
            let head = request.model.is_some_and(|model| model.click().is_ready());
            let each = if head { GIVEN_US + FORETOLD_US } else { GIVEN_US };
            LIST_US / 2.0 + rooms + each * items.len() as f32
        }
        CandidatePool::Retrieve => {
            let asked = |items: usize| 0.0 < demanded && items <= MOST_ASKED;
            let each = |items| SCANNED_US + if asked(items) { ASKED_US } else { 0.0 };
            let learned = |items: usize| LEARNED_US + each(items) * items as f32;
            LIST_US + demanded + rooms + model.map_or(0.0, |model| learned(model.items()))
        }
    }
}

#[cfg(test)]
mod tests;
