//! What stays in live rooms teach: label rules, decided from the user's own stays.
//!
//! | what comes | what is told |
//! |---|---|
//! | a join | nothing yet; the user's own state takes it at once, so that lists follow |
//! | a reaction in the room, or any event of the user once the stay is old enough | that the user chose the room, as they were before they came |
//! | a sign in the room past each further length | the same again: the longer, the more |
//! | a leave on purpose before, without a reaction | that the user turned the room down; the join is taken back |
//! | a product chosen in the room, minutes later or not | that they chose the room, too, and the list that showed it gets the credit |
//! | a leave on purpose from a product on show that was not chosen last | that the user turned the product down |
//! | a connection that went away | nothing against anything |
//!
//! **Invariant:** the event and its user's stays decide, so that live, recovered and replayed come to the same.
//!
//! **Invariant:** what is filled in (backfill) is told as it comes: nobody was watched there.
//!
//! Not here: how many viewers a room has (see [`crate::rooms`]), declared features and patterns, which see what was sent.

use super::ShardState;
use crate::features::occurrence::room_key;
use crate::record::{Event, ItemKind, Mode};
use crate::rooms::Act;
use crate::user::stays::{MAX_STAYS, Stay};
use crate::{ActivityFact, Applied, ItemIndex, Role, Sequence};

use super::MAX_RECENT;

/// What stays in live rooms teach.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StayRules {
    /// Milliseconds that a stay without a reaction must last before it says that the user chose the room; a leave before
    /// says no. 0: a join alone says so.
    pub short_ms: u64,
    /// Milliseconds past which a stay says so once more, each; `u64::MAX` for never.
    pub long_ms: [u64; 2],
    /// What a leave from a product adds to the scores of its categories.
    pub left_product: f32,
}

impl Default for StayRules {
    fn default() -> Self {
        Self { short_ms: 3_000, long_ms: [30_000, 300_000], left_product: -0.5 }
    }
}

impl StayRules {
    pub(super) fn numbers(self) -> [u64; 4] {
        let [first, second] = self.long_ms;
        [self.short_ms, first, second, u64::from(self.left_product.to_bits())]
    }
}

/// Whether an event is told as what it is.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Telling {
    /// It is.
    AsItIs,
    /// The stay that it belongs to tells it, now or later.
    ByTheStay,
}

/// An event with its place and its user's hash.
#[derive(Clone, Copy)]
struct Cause<'a> {
    who: (Sequence, u64),
    event: &'a Event,
    /// What it is in its room, where it is in one.
    act: Option<Act>,
    room: Option<u64>,
}

impl ShardState {
    /// Tells what stays came to by an event that its user does not hold yet.
    pub(super) fn follow_stays(
        &mut self,
        who: (Sequence, u64),
        event: &Event,
        out: &mut Applied,
    ) -> Telling {
        if event.mode == Mode::Backfill {
            return Telling::AsItIs;
        }
        let act = self.rules.act(event).filter(|_| event.room_id.is_some());
        if act.is_none() && self.scratch.stays.is_empty() {
            return Telling::AsItIs;
        }
        let room = act.and(event.room_id.as_deref()).map(room_key);
        let cause = Cause { who, event, act, room };
        let mut stays = std::mem::take(&mut self.scratch.stays);
        let here = stays.iter().find(|stay| Some(stay.room) == room);
        let chose = here.and_then(|stay| stay.chose);
        stays.retain_mut(|stay| self.follow(stay, cause, out));
        let telling = self.come_in(&mut stays, cause);
        self.scratch.stays = stays;
        if act == Some(Act::Leave) && event.kind != ItemKind::LiveRoom {
            self.leave_product(cause, chose, out);
        }
        telling
    }

    /// What an event says of one stay, and whether that goes on.
    fn follow(&mut self, stay: &mut Stay, cause: Cause, out: &mut Applied) -> bool {
        let Cause { event, room, .. } = cause;
        let act = cause.act.filter(|_| room == Some(stay.room));
        let length_ms = event.at.millis_since(stay.began);
        let rules = self.config.stays;
        let reacted = act.is_some_and(is_reaction);
        if act == Some(Act::Leave) && stay.told == 0 && length_ms < rules.short_ms {
            self.take_back(stay, cause, out);
            return false;
        }
        let mut due = u8::from(reacted || rules.short_ms <= length_ms);
        if act.is_some() {
            due += rules.long_ms.iter().filter(|long| **long <= length_ms).count() as u8;
        }
        while stay.told < due {
            stay.told += 1;
            self.tell_chosen(stay, cause, out);
        }
        let Some(act) = act else { return stay.is_open(event.at) };
        if matches!(act, Act::Click | Act::Add) && event.kind != ItemKind::LiveRoom {
            self.credit(stay, cause, out);
        }
        stay.sign(act, event);
        act != Act::Leave
    }

    /// A join begins a stay, unless it is one of a stay that goes on.
    fn come_in(&mut self, stays: &mut Vec<Stay>, cause: Cause) -> Telling {
        let Cause { event, act, room, .. } = cause;
        let is_room = event.kind == ItemKind::LiveRoom;
        let (Some(Act::Join), Some(room), Some(item), true) = (act, room, event.item, is_room)
        else {
            return Telling::AsItIs;
        };
        if self.rules.role(event.event_type) != Role::Positive {
            return Telling::AsItIs;
        }
        if stays.iter().any(|stay| stay.room == room) {
            return Telling::ByTheStay;
        }
        let told = u8::from(self.config.stays.short_ms == 0);
        stays.insert(0, Stay { told, ..Stay::of(event, room, item) });
        stays.truncate(MAX_STAYS);
        if told == 0 { Telling::ByTheStay } else { Telling::AsItIs }
    }

    /// Says that the user chose the room, from the user as they were before they came.
    fn tell_chosen(&mut self, stay: &Stay, cause: Cause, out: &mut Applied) {
        let Some(join) = self.rules.join() else { return };
        let Cause { who: (sequence, user_hash), event, .. } = cause;
        let before = stay.began.minus_millis(1);
        let of_room = Event {
            event_type: join,
            position: None,
            value: None,
            at: before,
            ..about(stay, event)
        };
        let influence = self.scratch.influence(&of_room, &self.rules, self.config.influence);
        let recent = self.scratch.recent_positives((stay.item, before), MAX_RECENT, &self.rules);
        out.facts.push(ActivityFact {
            sequence,
            user_hash,
            item: stay.item,
            event_type: join,
            at: event.at,
            mode: event.mode,
            categories: stay.categories.clone(),
            kind: ItemKind::LiveRoom,
            recent,
            origin: event.origin,
            influence,
        });
        out.samples.extend(self.sample(cause.who, &of_room, influence));
        self.join(cause.who, &Event { at: stay.began, ..of_room }, influence, out);
    }

    /// A product was chosen in the room: the list that showed the room has the credit, the room is chosen once more.
    fn credit(&mut self, stay: &mut Stay, cause: Cause, out: &mut Applied) {
        let Cause { who, event, .. } = cause;
        if self.rules.role(event.event_type) != Role::Positive {
            return;
        }
        if !std::mem::replace(&mut stay.credited, true) {
            self.tell_chosen(stay, cause, out);
        }
        let of_room = Event { position: None, ..about(stay, event) };
        let influence = self.scratch.influence(&of_room, &self.rules, self.config.influence);
        self.join(who, &of_room, influence, out);
    }

    /// The stay said no: the join counts against the room as much as it was to count for it.
    fn take_back(&mut self, stay: &Stay, cause: Cause, out: &mut Applied) {
        let Cause { who, event, .. } = cause;
        if let Some(join) = self.rules.join() {
            let twice = -2.0 * self.rules.weight(join);
            self.scratch.add_to_categories(&stay.categories, twice, stay.began, &self.rules);
            self.scratch.retype((stay.item, stay.began), join, event.event_type);
        }
        self.decline(who, &about(stay, event), out);
    }

    /// The user left from a product: it is turned down, unless they had just chosen it and went to have it.
    fn leave_product(&mut self, cause: Cause, chose: Option<ItemIndex>, out: &mut Applied) {
        let Cause { who, event, .. } = cause;
        if event.item.is_none() || chose == event.item {
            return;
        }
        let amount = self.config.stays.left_product;
        self.scratch.add_to_categories(&event.categories, amount, event.at, &self.rules);
        self.decline(who, &Event { recommendation: None, ..event.clone() }, out);
    }
}

/// `event` as one about the room of `stay`, in answer to the list that the user came from.
fn about(stay: &Stay, event: &Event) -> Event {
    Event {
        item: Some(stay.item),
        kind: ItemKind::LiveRoom,
        categories: stay.categories.clone(),
        recommendation: stay.recommendation,
        ..event.clone()
    }
}

const fn is_reaction(act: Act) -> bool {
    matches!(act, Act::Comment | Act::Like | Act::Gift | Act::Click | Act::Add)
}

#[cfg(test)]
mod tests;
