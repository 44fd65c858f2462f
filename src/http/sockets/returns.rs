//! Who comes into a room, and who is back in it: a viewer whose connection was gone for a moment has come once.
//!
//! A room holds a stay open for the grace. Whoever follows again while theirs goes on is told of as still there, so that
//! features, counts and the model see one join, as the room does. Rooms are asked once for all who come in a batch of signs, as
//! soon as they have taken in what was logged before.
//!
//! **Invariant:** in doubt they come anew: past the bound of viewers who are known one by one, in a room that is over, where rooms
//! do not answer in time.
//!
//! Not here: what a sign is in the log (see [`super::ports`]); that everybody was lost when a node stops (the next start says so).

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use engine::rooms::{Comer, LiveRooms, item_of_room};
use engine::{Sequence, UserId};
use futures_util::future::join_all;
use rustc_hash::FxHashMap;

use crate::live::{Leaving, Sign};
use crate::node::Node;

/// The longest that rooms are waited for: they follow the log by milliseconds.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);

/// A room, and a viewer.
type Place<'a> = (&'a str, &'a UserId);

/// Tells those who are back from those who come.
#[derive(Debug, Default)]
pub(super) struct Returns {
    /// Up to which record rooms were waited for in vain; until they are there nobody waits again.
    in_vain: AtomicU64,
}

impl Returns {
    /// `signs` in their order, of which those who are back are [`Sign::Still`] there.
    pub(super) async fn told_apart(&self, node: &Node, signs: &[Sign]) -> Vec<Sign> {
        let coming = coming(signs);
        if coming.is_empty() {
            return signs.to_vec();
        }
        let newest = node.durable_through();
        let mut comers = None;
        if self.in_vain.load(Ordering::Relaxed) <= node.applied_through().0 {
            let asked = tokio::time::timeout(ANSWER_WITHIN, ask(node, &coming, newest)).await;
            comers = asked.ok().flatten();
            if comers.is_none() {
                tracing::debug!("rooms do not say who was there: all who come, come anew");
                self.in_vain.store(newest.0, Ordering::Relaxed);
            }
        }
        let places = coming.into_iter().map(|coming| coming.place);
        apart(signs, places.zip(comers.unwrap_or_default()).collect())
    }
}

/// Who each of these is to their room, once it knows of all up to `newest`; `None` where the node is not running.
async fn ask(node: &Node, coming: &[Coming<'_>], newest: Sequence) -> Option<Vec<Comer>> {
    let rooms = &node.running()?.rooms;
    rooms.caught_up(newest).await;
    let now = node.now();
    let viewer = |user| node.key.user_hash(user);
    let asked: Vec<(Box<str>, u64)> =
        coming.iter().map(|one| (one.place.0.into(), viewer(one.place.1))).collect();
    let answer = move |rooms: &LiveRooms| -> Vec<Comer> {
        let comer = |(room, viewer): &(Box<str>, u64)| {
            rooms.get(room).map_or(Comer::New, |live| live.room.comer(*viewer, now))
        };
        asked.iter().map(comer).collect()
    };
    let comers = rooms.all(answer).await?;
    let checked = comers.into_iter().zip(coming).map(|(comer, coming)| async move {
        let is_known = matches!(comer, Comer::There | Comer::CutOff) && coming.is_first;
        if is_known && !has_come(node, coming.place).await { Comer::New } else { comer }
    });
    Some(join_all(checked).await)
}

/// Whether somebody who is in a room by other signs than a connection came into it, too: an event sent by itself is no join.
async fn has_come(node: &Node, (room, user): Place<'_>) -> bool {
    let Some(room) = node.catalogue.find(&item_of_room(room)) else { return false };
    node.view(user, node.now()).await.is_ok_and(|user| user.rooms.contains(&room.item))
}

/// Somebody who comes into a room.
#[derive(Debug, PartialEq)]
struct Coming<'a> {
    place: Place<'a>,
    /// Whether nothing else is said of them before.
    is_first: bool,
}

/// All who come, each once for a room.
fn coming(signs: &[Sign]) -> Vec<Coming<'_>> {
    let mut seen: FxHashMap<Place, bool> = FxHashMap::default();
    let mut coming = Vec::new();
    for sign in signs {
        let place = sign.place();
        let is_first = !seen.contains_key(&place);
        let has_come = seen.entry(place).or_default();
        if matches!(sign, Sign::Joined { .. }) && !std::mem::replace(has_come, true) {
            coming.push(Coming { place, is_first });
        }
    }
    coming
}

/// `signs`, where rooms know of `comers` what they say before the first of them.
fn apart<'a>(signs: &'a [Sign], mut comers: FxHashMap<Place<'a>, Comer>) -> Vec<Sign> {
    let told = |sign: &'a Sign| {
        let comer = comers.entry(sign.place()).or_default();
        let before = std::mem::replace(comer, after(sign, *comer));
        match (sign, before) {
            (Sign::Joined { room, user }, Comer::CutOff | Comer::There) => {
                Sign::Still { room: room.clone(), user: user.clone() }
            }
            _ => sign.clone(),
        }
    };
    signs.iter().map(told).collect()
}

/// Who somebody is after a sign of them.
fn after(sign: &Sign, before: Comer) -> Comer {
    match (sign, before) {
        (_, Comer::Uncounted) => Comer::Uncounted,
        (Sign::Joined { .. }, _) => Comer::There,
        (Sign::Left { how: Leaving::Said, .. }, _) => Comer::New,
        // Cut off, too: who was there is back then.
        (Sign::Left { how: Leaving::Lost, .. } | Sign::Still { .. }, same) => same,
    }
}

#[cfg(test)]
mod tests;
