//! The sample join: what became of each item that was shown, for the click head.
//!
//! An item that was shown waits for its click for a window of event time, in the shard that holds the user. The
//! first positive event on it makes it clicked, a negative one skipped. What it came to is told by the tick that reaches
//! the window's end, whatever that is and whether the user is still there or not. Whatever the sample says of the
//! item stands in the record of the served list; nothing is computed again.
//!
//! Clicks wait for that tick like their absence, so that samples come in the order in which items were shown and
//! their order says nothing of their labels. (Told at once, a user's click would be learned before all that the user did not
//! click: the head then foretold .49 where .10 were clicked, and less than .00001 when the stream stopped.)
//!
//! | what comes | what is said when the window closes |
//! |---|---|
//! | a click within the window | `Clicked`; further clicks say nothing, other types of positive events `Goal` |
//! | a click before its impression | `Clicked`: the click proves that it was shown; the impression then says nothing |
//! | a negative event while it waits | `Skipped`; nothing more is said of the place |
//! | nothing | `Unclicked` |
//! | a click after the window, while the list is kept | at once `Late`: the head was told that there was none |
//! | another positive event after the window | at once `Goal` |
//! | a click that answers no list | nothing: an organic click |
//!
//! An event names its list by `recommendation_id`. Without one, a click answers the list of the user in which the
//! item was shown last. An impression without one says nothing, because nobody knows what the user was shown with it.
//!
//! **Invariant:** a place is settled once; only a late click takes back what was said of it.
//!
//! **Invariant:** records alone decide, in their order; what is filled in (backfill) is never joined.
//!
//! Not here: how lists are kept (see [`super::served`]), what is learned (see [`crate::model::click`]).

mod counts;
pub(super) mod marks;

use super::ShardState;
use crate::model::click::{ClickOutcome, ClickSample, row};
use crate::record::{Event, Mode, Served};
use crate::user::Entry;
use crate::{Applied, EventTypeId, ItemIndex, Role, Sequence, Shown, Timestamp};

pub use counts::JoinCounts;
use marks::{Held, Mark, Marks, Stage, Told, after, halvings};

/// The most places that one tick settles in a shard; the rest waits for the next.
///
/// Two thousand a second in each shard is far more than a node is shown; it bounds what a tick after a long silence
/// says at once.
const MOST_CLOSED: usize = 2_048;

/// The newest lists of a user in which an event without an id is looked for.
const MOST_LISTS: usize = 64;

/// How impressions are joined with what follows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JoinConfig {
    /// How long, in event time, an impression waits for its click.
    pub window_ms: u64,
    /// What an impression is.
    pub impressions: Impressions,
}

/// What an impression is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Impressions {
    /// An event with the role of one that names the list.
    Reported,
    /// Every item of every list that is served, the moment it is.
    Served,
}

impl Default for JoinConfig {
    fn default() -> Self {
        Self { window_ms: 60_000, impressions: Impressions::Reported }
    }
}

/// The record that settles something.
#[derive(Clone, Copy)]
struct Now<'a> {
    sequence: Sequence,
    user_hash: u64,
    event: &'a Event,
    item: ItemIndex,
    /// How much the event counts.
    influence: f32,
}

/// A place of a list that is here.
#[derive(Clone, Copy, Debug)]
struct Spot {
    number: u64,
    place: usize,
    mark: Mark,
    /// When it was shown; when its list was served where it was not.
    shown_at: Timestamp,
    /// When its window closes.
    closes_at: Timestamp,
}

impl ShardState {
    /// Joins an event that was not there before with what its user was shown; the user is as before it.
    pub(super) fn join(
        &mut self,
        (sequence, user_hash): (Sequence, u64),
        event: &Event,
        influence: f32,
        out: &mut Applied,
    ) {
        let (Some(learning), Some(item)) = (self.config.learning, event.item) else { return };
        if event.mode == Mode::Backfill {
            return;
        }
        let now = Now { sequence, user_hash, event, item, influence };
        match self.rules.role(event.event_type) {
            Role::Impression if learning.join.impressions == Impressions::Reported => {
                self.shown(now, out);
            }
            Role::Positive => self.chosen(now, out),
            Role::Negative => self.turned_down(now, out),
            Role::Impression | Role::Neutral => {}
        }
    }

    /// Takes an event of whatever role as one that turns its item down.
    pub(super) fn decline(
        &mut self,
        (sequence, user_hash): (Sequence, u64),
        event: &Event,
        out: &mut Applied,
    ) {
        if let (Some(_), Some(item)) = (self.config.learning, event.item) {
            self.turned_down(Now { sequence, user_hash, event, item, influence: 1.0 }, out);
        }
    }

    /// A list to keep, with the marks it starts from.
    pub(super) fn serve(&mut self, served: &Served, out: &mut Applied) {
        let all_shown = self
            .config
            .learning
            .is_some_and(|learning| learning.join.impressions == Impressions::Served);
        let marks = all_shown.then(|| Marks::all_shown(served.items.len()));
        out.joins.expired += self.waiting.insert(served.clone(), marks) as u64;
    }

    /// Settles what has waited long enough by `time`, and lets lists go.
    pub(super) fn close(&mut self, sequence: Sequence, time: Timestamp, out: &mut Applied) {
        for _ in 0..MOST_CLOSED {
            let Some((served, place, mark)) = self.waiting.first_closed(time) else {
                self.waiting.expire(time);
                return;
            };
            let who = (sequence, self.config.key.user_hash(&served.user));
            let number = served.id.number;
            if mark.stage == Stage::Waiting {
                let (said, shown) = sample(who, served, (place, mark), ClickOutcome::Unclicked);
                out.clicks.push(said);
                out.shown.push(shown);
                out.joins.unclicked += 1;
                let mark = Mark { stage: Stage::Unclicked, ..mark };
                self.waiting.mark(number, |marks| marks.set(place, mark));
                continue;
            }
            let mut held = Vec::new();
            self.waiting.mark(number, |marks| held = marks.close(place));
            let Some(list) = self.waiting.list(number) else { continue };
            for held in held {
                let (said, shown) = sample(who, &list.served, (place, mark), held.outcome());
                out.clicks.push(ClickSample { weight: held.weight, ..said });
                out.shown.push(shown);
            }
        }
    }

    fn shown(&mut self, now: Now<'_>, out: &mut Applied) {
        if now.event.recommendation.is_none() {
            return;
        }
        let Some(spot) = self.named(now, out) else { return };
        if spot.mark.stage != Stage::Unshown {
            return;
        }
        let Some(list) = self.waiting.list(spot.number) else { return };
        let mark = Mark {
            stage: Stage::Waiting,
            position: now.event.position.unwrap_or(0),
            halvings: halvings(now.influence),
            after_ms: after(&list.served, now.event.at),
        };
        let shown_at = mark.shown_at(&list.served);
        let closes_at = shown_at.plus_millis(self.window_ms());
        let spot = Spot { mark, shown_at, closes_at, ..spot };
        match self.reaction_before(now, spot) {
            None => self.waiting.mark(spot.number, |marks| marks.set(spot.place, mark)),
            Some(done) if self.rules.role(done.event_type) == Role::Negative => {
                self.decide(now, spot, Held::skipped(spot.place));
                out.joins.skipped += 1;
            }
            Some(done) => self.click(now, spot, (done.event_type, 1.0, done.at), out),
        }
    }

    /// What the user did with the item within the window of an impression that is told of only now, where that
    /// answered no other list.
    fn reaction_before(&self, now: Now<'_>, spot: Spot) -> Option<Entry> {
        let reacts = |entry: &&Entry| {
            entry.item == Some(now.item)
                && (spot.shown_at..spot.closes_at).contains(&entry.at)
                && self.rules.role(entry.event_type) != Role::Neutral
        };
        let mut done: Vec<&Entry> = self.scratch.history.iter().filter(reacts).collect();
        // The first choice, or else the first refusal.
        done.sort_by_key(|entry| (self.rules.role(entry.event_type) == Role::Negative, entry.at));
        let first = done.first().copied()?;
        let settled = |spot: &Spot| {
            matches!(spot.mark.stage, Stage::Decided | Stage::Clicked | Stage::Skipped)
        };
        self.spots(now).all(|spot| !settled(&spot)).then_some(*first)
    }

    fn chosen(&mut self, now: Now<'_>, out: &mut Applied) {
        let Some(spot) = self.answered(now, out) else { return };
        let Now { event, .. } = now;
        let (by, value) = (event.event_type, event.value.unwrap_or(1.0));
        match spot.mark.stage {
            Stage::Unshown | Stage::Waiting => self.click(now, spot, (by, value, event.at), out),
            Stage::Unclicked => {
                out.joins.late += 1;
                self.settle(now, spot, Stage::Clicked, ClickOutcome::Late { by, value }, out);
            }
            Stage::Decided | Stage::Clicked => self.reached(now, spot, (by, value), out),
            Stage::Skipped => {}
        }
    }

    /// A further event of what was clicked.
    fn reached(
        &mut self,
        now: Now<'_>,
        spot: Spot,
        (by, value): (EventTypeId, f32),
        out: &mut Applied,
    ) {
        let waits = spot.mark.stage == Stage::Decided;
        let goal = Held { weight: now.influence, ..Held::new(spot.place, Told::Goal, (by, value)) };
        let mut is_new = false;
        self.waiting.mark(spot.number, |marks| {
            is_new = !marks.is_refused(spot.place) && marks.tell(spot.place, by);
            if is_new && waits {
                marks.hold(goal);
            }
        });
        out.joins.goals += u64::from(is_new);
        if is_new && !waits {
            self.say(now, spot, ClickOutcome::Goal { by, value }, out);
        }
    }

    /// Settles a place that was chosen at `at` and of which nothing was said yet.
    fn click(
        &mut self,
        now: Now<'_>,
        spot: Spot,
        (by, value, at): (EventTypeId, f32, Timestamp),
        out: &mut Applied,
    ) {
        if spot.mark.stage == Stage::Waiting && spot.closes_at <= at {
            // Time has not been told since; it comes to the same as if it had.
            out.joins.unclicked += 1;
            self.settle(now, spot, Stage::Unclicked, ClickOutcome::Unclicked, out);
            out.joins.late += 1;
            return self.settle(now, spot, Stage::Clicked, ClickOutcome::Late { by, value }, out);
        }
        out.joins.clicked += 1;
        if spot.mark.stage == Stage::Waiting {
            out.joins.waits_ms.push(at.millis_since(spot.shown_at));
        }
        self.decide(now, spot, Held::new(spot.place, Told::Clicked, (by, value)));
    }

    fn turned_down(&mut self, now: Now<'_>, out: &mut Applied) {
        let Some(spot) = self.answered(now, &mut Applied::default()) else { return };
        match spot.mark.stage {
            Stage::Waiting if spot.closes_at <= now.event.at => {
                out.joins.unclicked += 1;
                self.settle(now, spot, Stage::Unclicked, ClickOutcome::Unclicked, out);
            }
            Stage::Unshown | Stage::Waiting => {
                out.joins.skipped += 1;
                self.decide(now, spot, Held::skipped(spot.place));
            }
            Stage::Decided | Stage::Clicked | Stage::Unclicked | Stage::Skipped => {}
        }
    }

    /// It is known what a place came to: that is told when its window closes.
    ///
    /// A place that nobody said was shown was so by now at the latest.
    fn decide(&mut self, now: Now<'_>, spot: Spot, held: Held) {
        let Some(list) = self.waiting.list(spot.number) else { return };
        let was_shown = spot.mark.stage == Stage::Waiting;
        let mark = Mark {
            stage: Stage::Decided,
            position: Self::position(now, spot),
            after_ms: if was_shown {
                spot.mark.after_ms
            } else {
                after(&list.served, now.event.at)
            },
            ..spot.mark
        };
        self.waiting.mark(spot.number, |marks| {
            marks.set(spot.place, mark);
            if held.told == Told::Clicked {
                marks.tell(spot.place, held.by);
            }
            marks.hold(Held { weight: now.influence, ..held });
        });
    }

    fn settle(
        &mut self,
        now: Now<'_>,
        spot: Spot,
        stage: Stage,
        outcome: ClickOutcome,
        out: &mut Applied,
    ) {
        self.say(now, spot, outcome, out);
        let mark = Mark { stage, ..spot.mark };
        self.waiting.mark(spot.number, |marks| {
            marks.set(spot.place, mark);
            if let ClickOutcome::Late { by, .. } = outcome {
                marks.tell(spot.place, by);
            }
        });
    }

    fn say(&self, now: Now<'_>, spot: Spot, outcome: ClickOutcome, out: &mut Applied) {
        let Some(list) = self.waiting.list(spot.number) else { return };
        let mark = Mark { position: Self::position(now, spot), ..spot.mark };
        let who = (now.sequence, now.user_hash);
        let (mut said, shown) = sample(who, &list.served, (spot.place, mark), outcome);
        said.weight *= now.influence;
        out.clicks.push(said);
        out.shown.push(shown);
    }

    /// The position that was reported, first by the impression.
    fn position(now: Now<'_>, spot: Spot) -> u16 {
        let reported = now.event.position.filter(|_| spot.mark.position == 0);
        reported.unwrap_or(spot.mark.position)
    }

    /// The place that the event answers: in the list it names, or else where the item was shown last.
    fn answered(&self, now: Now<'_>, out: &mut Applied) -> Option<Spot> {
        if now.event.recommendation.is_some() {
            return self.named(now, out);
        }
        let shown =
            |spot: &Spot| spot.mark.stage != Stage::Unshown && spot.shown_at <= now.event.at;
        let newest = self.spots(now).filter(shown).max_by_key(|spot| (spot.shown_at, spot.number));
        out.joins.organic += u64::from(newest.is_none());
        newest
    }

    /// The item's place in the list that the event names.
    fn named(&self, now: Now<'_>, out: &mut Applied) -> Option<Spot> {
        let Some(list) = now.event.recommendation.and_then(|id| self.waiting.get(id)) else {
            out.joins.gone += 1;
            return None;
        };
        if list.served.user != now.event.user {
            out.joins.foreign += 1;
            return None;
        }
        let spot = self.spot(&list.served, list.marks.as_ref(), now.item);
        out.joins.stray += u64::from(spot.is_none());
        spot
    }

    /// The item's places in the user's lists, newest list first.
    fn spots<'a>(&'a self, now: Now<'a>) -> impl Iterator<Item = Spot> + 'a {
        let lists = self.waiting.of_user(&now.event.user).take(MOST_LISTS);
        lists.filter_map(move |list| self.spot(&list.served, list.marks.as_ref(), now.item))
    }

    fn spot(&self, served: &Served, marks: Option<&Marks>, item: ItemIndex) -> Option<Spot> {
        let place = served.items.iter().position(|shown| shown.item == item)?;
        let mark = marks.map(|marks| marks.get(place)).unwrap_or_default();
        let shown_at = mark.shown_at(served);
        let closes_at = shown_at.plus_millis(self.window_ms());
        Some(Spot { number: served.id.number, place, mark, shown_at, closes_at })
    }

    fn window_ms(&self) -> u64 {
        self.config.learning.map_or(0, |learning| learning.join.window_ms)
    }
}

/// What the click head is told of a place, and which one that is.
fn sample(
    (sequence, user_hash): (Sequence, u64),
    served: &Served,
    (place, mark): (usize, Mark),
    outcome: ClickOutcome,
) -> (ClickSample, Shown) {
    let position = if mark.position == 0 { place as u64 + 1 } else { u64::from(mark.position) };
    let shown = Shown { list: served.id, place, at: mark.shown_at(served) };
    let said = ClickSample {
        sequence,
        user_hash,
        row: row(served, place),
        position: u16::try_from(position).unwrap_or(u16::MAX),
        propensity: served.items.get(place).map_or(1.0, |item| item.propensity),
        outcome,
        weight: match outcome {
            // Settled by time alone: it counts what its impression did.
            ClickOutcome::Unclicked => (-f32::from(mark.halvings)).exp2(),
            _ => 1.0,
        },
        version: served.version,
    };
    (said, shown)
}

#[cfg(test)]
mod tests;
