//! Live rooms: what a room is after the events of its viewers, in commit order, and what it has to say.
//!
//! A [`Room`] is told what its viewers do ([`RoomEvent`]), what its host and node say ([`RoomTold`]) and that time passed. It knows
//! who is there (`presence`, `stays`, `minutes`), how much goes on (`heat`), when that jumps (`highlight`), what the comments
//! say (`words`, `talk`) and what the audience does with the products on the shelf (`shelf`). What is to be
//! learned and what is to be published for good comes out of each call; numbers and orders that only the latest of
//! matters are told by an [`Announcer`]. A [`Channel`] keeps publications for those who come back, and [`LiveRooms`]
//! holds rooms by name and makes their part of a cut.
//!
//! **Invariant:** a room follows from what it is told, in that order: cut and restored anywhere it goes on bit for bit.
//!
//! **Invariant:** time is event time. The room's clock is the newest it has heard of; an event behind it counts by its own
//! time, and one whose minute is closed counts in totals, never in a minute.
//!
//! **Invariant:** bounded memory and bounded work an event, whatever the traffic; see [`RoomConfig`] for the bounds.
//!
//! Not here: connections, delivery, texts in properties, names: viewers are keyed hashes.

mod absorb;
mod announcer;
mod beyond;
mod channel;
mod checkpoint;
mod config;
mod content;
mod distinct;
mod event;
mod fact;
mod fade;
mod heat;
mod highlight;
mod item;
mod live;
mod minutes;
mod presence;
mod shelf;
mod stats;
mod stays;
mod talk;
mod view;
pub mod words;

pub use absorb::RoomShare;
pub use announcer::{Announced, Announcer, Feed};
pub use channel::{Bounds, Channel, ChannelEpoch, Publication, Recovered, Since};
pub use config::{HeatConfig, HighlightConfig, RoomConfig, ShelfConfig};
pub use content::{Content, MOST_TEXT_BYTES, Relay};
pub use event::{About, Act, HEAT_KINDS, HeatKind, RoomEvent, RoomOutcome, RoomTold, StayVerdict};
pub use fact::{Comment, RoomFact};
pub use highlight::{Highlight, Phase};
pub use item::{ITEM_PREFIX, item_of_room, room_of_item};
pub use live::{LiveBounds, LiveRoom, LiveRooms, LiveSaid};
pub use minutes::{MINUTES_KEPT, Minute};
pub use presence::Comer;
pub use shelf::{ProductNow, moved, reordered};
pub use stats::RoomStats;
pub use stays::RETENTION_MINUTES;
pub use view::{RoomNow, RoomsView, UNKNOWN_RETENTION};

use std::sync::Arc;

use crate::{ItemIndex, NodeKey, Timestamp};
use distinct::Audience;
use heat::Heat;
use highlight::Watch;
use minutes::Minutes;
use presence::{Presence, Sign, Stay, Viewer};
use shelf::Shelf;
use stays::{Lengths, Retention};
use talk::Talk;
use words::Words;

/// Half-life of what one viewer added to the heat, for the bound on it.
const VIEWER_HALF_LIFE_MS: u64 = 10_000;

/// Number of the ways in which rooms publish; another one where the same records lead to other publications. 2: announced ends, 3:
/// matches by absence are told to the room that their events share.
const WAYS: u8 = 3;

/// What all rooms of a node go by.
#[derive(Debug, Default)]
pub struct RoomRules {
    /// The settings.
    pub config: RoomConfig,
    /// Which events are published.
    pub relay: Relay,
    /// The word lists.
    pub words: Words,
}

impl RoomRules {
    /// Hash of everything that changes what rooms publish, this code's ways among it: under another one offsets mean other
    /// things.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        let text = format!("{:?} {:?}", self.config, self.relay);
        NodeKey([0; 16]).hash(&[b"rooms", &[WAYS], text.as_bytes()])
    }
}

/// What a room has to say after it was told something.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RoomSaid {
    /// What is to be learned, in order.
    pub outcomes: Vec<RoomOutcome>,
    /// Moments, in order.
    pub highlights: Vec<Highlight>,
}

/// One live room.
#[derive(Clone, Debug)]
pub struct Room {
    rules: Arc<RoomRules>,
    state: State,
}

/// All that a room is.
#[derive(Clone, Debug, Default, PartialEq)]
struct State {
    about: About,
    is_closed: bool,
    clock: Timestamp,
    presence: Presence,
    audience: Audience,
    lengths: Lengths,
    retention: Retention,
    minutes: Minutes,
    heat: Heat,
    watch: Watch,
    talk: Talk,
    shelf: Shelf,
    totals: Totals,
}

/// Counts since the room began.
#[derive(Clone, Debug, Default, PartialEq, bincode::Encode, bincode::Decode)]
struct Totals {
    acts: [u64; HEAT_KINDS],
    gift_value: f64,
    /// Events whose minute was closed.
    late: u64,
    /// Leaves of viewers whose stay was not known or went on by newer signs.
    stale: u64,
}

impl Room {
    /// A room nobody has been in yet.
    #[must_use]
    pub fn new(rules: Arc<RoomRules>) -> Self {
        Self { rules, state: State::default() }
    }

    /// Takes what a viewer did.
    pub fn apply(&mut self, event: &RoomEvent, said: &mut RoomSaid) {
        self.told_time(event.at, said);
        let Self { rules, state } = self;
        let config = &rules.config;
        let open = minutes::open_from(state.clock, config.lateness_ms);
        let is_late = event.at < open;
        state.totals.late += u64::from(is_late);
        let start = event.at.max(open);
        let sign = state.presence.sign(
            (event.viewer, event.act, event.at),
            start,
            state.shelf.shown,
            config,
        );
        match sign {
            Sign::Began => {
                state.retention.began(start);
                state.minutes.began(start);
            }
            Sign::Stale => state.totals.stale += 1,
            Sign::There | Sign::Gone | Sign::Beyond => {}
        }
        if !matches!(event.act, Act::Leave | Act::Lost) {
            state.audience.add(event.viewer, config.audience_exact);
        }
        if let Some(kind) = event.act.heat() {
            // Who comes back, as after a restart all do, is no news.
            let is_news = kind != HeatKind::Join || matches!(sign, Sign::Began | Sign::Beyond);
            state.count(event, kind, is_late);
            if is_news {
                state.warm(event, kind, &rules.config.heat);
            }
            state.listen(event, kind, rules);
            state.watch.look(state.clock, &state.heat, config, &mut said.highlights);
            said.outcomes.extend(state.reaction(event, kind));
        }
        state.follow_minute(config);
    }

    /// Takes what the host or the node says at `at`.
    pub fn told(&mut self, told: &RoomTold, at: Timestamp, said: &mut RoomSaid) {
        self.told_time(at, said);
        let Self { rules, state } = self;
        match told {
            RoomTold::About { about } => {
                state.shelf.put(&about.products, &rules.config.shelf);
                state.about = about.clone();
                // Said again of a room that is over it opens none; that needs a later end.
                state.is_closed &= about.ends_at.is_some_and(|end| end <= at);
            }
            RoomTold::Showing { item } => state.shelf.shown = *item,
            RoomTold::AllLost => state.presence.lose_all(state.clock, &rules.config),
            RoomTold::Closed => {
                for stay in state.presence.end_all(state.clock) {
                    said.outcomes.extend(state.over(&stay, StayVerdict::Ended, &rules.config));
                }
                state.is_closed = true;
                state.shelf.shown = None;
            }
        }
    }

    /// Time has come to `now`: stays end, moments settle.
    pub fn told_time(&mut self, now: Timestamp, said: &mut RoomSaid) {
        let Self { rules, state } = self;
        let config = &rules.config;
        let before = state.clock;
        let now = now.max(before);
        // A leave that came late may be past its grace already.
        while let Some(due) = state.presence.next_due(now) {
            // One by one at its own time, while the minute that it ended in is open.
            state.clock = state.clock.max(due);
            state.follow_minute(config);
            if let Some(stay) = state.presence.end_next() {
                let verdict = stay.verdict(config);
                said.outcomes.extend(state.over(&stay, verdict, config));
            }
        }
        if now == before {
            return;
        }
        state.clock = now;
        if let Some(beyond) = &mut state.presence.beyond {
            beyond.reach(now, config.silent_ms);
        }
        state.retention.reach(now);
        state.follow_minute(config);
        state.watch.reach(now, &state.heat, config, &mut said.highlights);
    }

    /// Whether the passing of time alone may make it say something.
    #[must_use]
    pub fn waits_for_time(&self) -> bool {
        self.state.presence.waits() || self.state.watch.waits()
    }

    /// The newest time it has heard of.
    #[must_use]
    pub fn clock(&self) -> Timestamp {
        self.state.clock
    }

    /// From when on its silence counts: the last of its announced times that has come.
    pub(super) fn announced_until(&self, now: Timestamp) -> Timestamp {
        let About { starts_at, ends_at, .. } = &self.state.about;
        let come = [*starts_at, *ends_at].into_iter().flatten().filter(|at| *at <= now);
        come.max().unwrap_or(Timestamp::EPOCH)
    }

    /// Whether it is on: told of or entered, and not closed.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.state.is_closed
    }

    /// Whether anybody is in it.
    #[must_use]
    pub fn has_viewers(&self) -> bool {
        0 < self.state.presence.present().0
    }

    /// Who `viewer` is who comes in at `now`; changes nothing.
    #[must_use]
    pub fn comer(&self, viewer: u64, now: Timestamp) -> Comer {
        let Self { rules, state } = self;
        if state.is_closed {
            return Comer::Uncounted;
        }
        state.presence.comer(viewer, now.max(state.clock), &rules.config)
    }

    /// Whether it may be offered at `now`: not closed, within its announced times, and somebody is there or has described it.
    #[must_use]
    pub fn is_on(&self, now: Timestamp) -> bool {
        let About { starts_at, ends_at, .. } = &self.state.about;
        let has_begun = starts_at.is_none_or(|at| at <= now);
        let is_over = ends_at.is_some_and(|at| at <= now);
        let is_wanted = self.state.about != About::default() || self.has_viewers();
        self.is_open() && has_begun && !is_over && is_wanted
    }

    /// Whether it goes on at `now` although its announced end has come.
    pub(super) fn is_past_its_end(&self, now: Timestamp) -> bool {
        self.is_open() && self.state.about.ends_at.is_some_and(|end| end <= now)
    }

    /// Whether it is described, not over, and its announced end is still to come.
    #[must_use]
    pub fn is_awaited(&self, now: Timestamp) -> bool {
        let About { starts_at, ends_at, .. } = &self.state.about;
        self.is_open() && ends_at.or(*starts_at).is_some_and(|announced| now < announced)
    }

    /// What it is.
    #[must_use]
    pub fn about(&self) -> &About {
        &self.state.about
    }

    /// The product on show.
    #[must_use]
    pub fn shown(&self) -> Option<ItemIndex> {
        self.state.shelf.shown
    }

    /// The shelf in the host's order with what the audience does with it at `at`.
    #[must_use]
    pub fn shelf(&self, at: Timestamp) -> Vec<ProductNow> {
        self.state.shelf.now(at, &self.rules.config.shelf)
    }

    /// The share of stays that last past 1, 2, … minutes, as far as any stay tells.
    #[must_use]
    pub fn retention(&self) -> Vec<f32> {
        self.state.retention.shares()
    }

    /// The last minutes, oldest first.
    pub fn minutes(&self) -> impl Iterator<Item = &Minute> {
        self.state.minutes.iter()
    }
}

impl State {
    /// Counts an act in totals, and in its minute where that is open.
    fn count(&mut self, event: &RoomEvent, kind: HeatKind, is_late: bool) {
        let value = gift_value(event, kind);
        self.totals.acts[kind as usize] += 1;
        self.totals.gift_value += value;
        if !is_late {
            self.minutes.act(event.at, kind, value);
        }
    }

    /// Heats by the points of an act, as far as the viewer may.
    fn warm(&mut self, event: &RoomEvent, kind: HeatKind, config: &HeatConfig) {
        let points = f64::from(config.points[kind as usize])
            + gift_value(event, kind) * f64::from(config.points_per_value);
        let points = points.min(f64::from(config.most_per_event));
        let points = match self.presence.viewers.get_mut(&event.viewer) {
            Some(viewer) => viewer.add_points(points, event.at, config),
            None => points,
        };
        self.heat.add(kind, points, event.at, config);
    }

    /// What the act says of products, or in words.
    fn listen(&mut self, event: &RoomEvent, kind: HeatKind, rules: &RoomRules) {
        let config = &rules.config;
        match (kind, event.item, event.text) {
            (HeatKind::Click | HeatKind::Add, Some(item), _) => {
                self.shelf.chosen(item, kind, event.at, &config.shelf);
            }
            (HeatKind::Comment, _, Some(text)) => {
                self.talk.hear(rules.words.read(text), event.at, config.talk_half_life_ms);
            }
            _ => {}
        }
    }

    /// What a reaction says, and the mark it leaves on the stay.
    fn reaction(&mut self, event: &RoomEvent, kind: HeatKind) -> Option<RoomOutcome> {
        let viewer = self.presence.viewers.get_mut(&event.viewer);
        let began = viewer.map(|viewer| {
            viewer.reacted |= kind != HeatKind::Join;
            if matches!(kind, HeatKind::Click | HeatKind::Add) {
                viewer.chose = event.item.or(viewer.chose);
            }
            viewer.began
        });
        matches!(kind, HeatKind::Gift | HeatKind::Click | HeatKind::Add).then(|| {
            RoomOutcome::Reacted {
                viewer: event.viewer,
                kind,
                item: event.item,
                at: event.at,
                after_ms: began.map(|began| event.at.millis_since(began)),
            }
        })
    }

    /// Counts a stay that is over, in the oldest open minute where its own is closed, and says what it teaches.
    fn over(
        &mut self,
        stay: &Stay,
        verdict: StayVerdict,
        config: &RoomConfig,
    ) -> impl Iterator<Item = RoomOutcome> {
        let open = minutes::open_from(self.clock, config.lateness_ms);
        self.lengths.add(stay.ended.millis_since(stay.began));
        self.retention.ended(stay.began, stay.ended);
        self.minutes.ended(stay.ended.max(open));
        let Stay { viewer, began, ended, .. } = *stay;
        let no = stay.left_on.map(|item| RoomOutcome::LeftOn { viewer, item, at: ended });
        std::iter::once(RoomOutcome::Stayed { viewer, began, ended, verdict }).chain(no)
    }

    fn follow_minute(&mut self, config: &RoomConfig) {
        let open = minutes::open_from(self.clock, config.lateness_ms);
        self.minutes.reach(self.clock, open, self.presence.about());
    }
}

impl Stay {
    fn verdict(&self, config: &RoomConfig) -> StayVerdict {
        let is_short = self.ended.millis_since(self.began) < config.short_stay_ms;
        if is_short && !self.reacted { StayVerdict::Short } else { StayVerdict::Stayed }
    }
}

impl Viewer {
    /// The points that this viewer may still add.
    fn add_points(&mut self, points: f64, at: Timestamp, config: &HeatConfig) -> f64 {
        let most = f64::from(config.most_per_viewer);
        let so_far = self.points.at(at, VIEWER_HALF_LIFE_MS);
        let points = points.min((most - so_far).max(0.0));
        self.points.add(points, at, VIEWER_HALF_LIFE_MS);
        points
    }
}

fn gift_value(event: &RoomEvent, kind: HeatKind) -> f64 {
    let value = event.value.filter(|value| value.is_finite() && 0.0 < *value);
    if kind == HeatKind::Gift { value.map_or(0.0, f64::from) } else { 0.0 }
}

#[cfg(test)]
mod tests;
