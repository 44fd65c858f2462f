//! All live rooms of a node, or those of one actor, by name: made by the first event or by hand, cut, restored, forgotten.
//!
//! **Invariant:** what was applied before a cut is not applied again: sequences grow, and one that is not past the offset is passed over
//! (see [`super::RoomShare`]).
//!
//! **Invariant:** a cut holds what changed since the last one, and rooms that are gone as removed; restored, all rooms go on bit
//! for bit.
//!
//! **Invariant:** what is published follows from what is told, in that order. Under other rules every channel begins a new epoch, so
//! that an offset never means two things.
//!
//! **Invariant:** all histories together keep within `history_bytes`, by what is told alone (see `histories`).
//!
//! **Invariant:** at most `most_rooms`; events of further ones are counted and say nothing.
//!
//! Not here: what a room is, who listens, what a cut's entries look like (`checkpoint`, `histories`).

mod checkpoint;
mod histories;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::channel::{Bounds, Channel, ChannelEpoch, Publication};
use super::content::{Content, Relayed};
use super::event::{Act, RoomOutcome, RoomTold};
use super::fact::RoomFact;
use super::{Room, RoomRules, RoomSaid};
use crate::features::occurrence::room_key;
use crate::patterns::{PatternMatch, RoomOf};
use crate::record::Event;
use crate::{Sequence, Timestamp};
use histories::Histories;

/// Tells the seed of an epoch that began anew from that of a room's first.
const ANEW: u64 = 1 << 63;

/// How often rooms that nobody needs any more are looked for, in milliseconds of event time.
const SWEEP_MS: u64 = 60_000;

/// Bounds on the rooms of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiveBounds {
    /// Rooms at most.
    pub most_rooms: usize,
    /// Milliseconds after which a room is forgotten that nobody is in and that heard nothing.
    pub forget_after_ms: u64,
    /// History of each room's channel.
    pub history: Bounds,
    /// Bytes of all rooms' histories together, by [`Content::weight`]; the newest publication of each stays in any case.
    pub history_bytes: u64,
}

impl Default for LiveBounds {
    fn default() -> Self {
        Self {
            most_rooms: 10_000,
            forget_after_ms: 3_600_000,
            history: Bounds::default(),
            history_bytes: 256 << 20,
        }
    }
}

/// A room and its channel.
#[derive(Clone, Debug)]
pub struct LiveRoom {
    /// The room.
    pub room: Room,
    /// What was published in it.
    pub channel: Channel,
    relayed: Relayed,
}

/// What rooms say after they were told something.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LiveSaid {
    /// What is to be learned, with the room, in order.
    pub outcomes: Vec<(Box<str>, RoomOutcome)>,
    /// What was published, with the room, in order.
    pub published: Vec<(Box<str>, ChannelEpoch, Publication)>,
    /// Rooms that were described, closed or forgotten, or got another product to show.
    pub told: BTreeSet<Box<str>>,
    /// Rooms of which an announcer should be asked.
    pub changed: BTreeSet<Box<str>>,
}

/// Rooms by name.
#[derive(Debug)]
pub struct LiveRooms {
    rules: Arc<RoomRules>,
    bounds: LiveBounds,
    rooms: Rooms,
    /// Their names by what features and matches know them by; follows from `rooms`.
    by_key: FxHashMap<u64, Box<str>>,
    /// What all channels keep, and what of them the last cut holds.
    histories: Histories,
    /// Rooms that time alone may make say something; follows from `rooms`.
    waiting: BTreeSet<Box<str>>,
    /// Rooms that differ from the last cut, those that are gone too.
    dirty: BTreeSet<Box<str>>,
    common: Common,
}

type Rooms = BTreeMap<Box<str>, LiveRoom>;

/// What is no room's own.
#[derive(Clone, Debug, Default, PartialEq, bincode::Encode, bincode::Decode)]
struct Common {
    /// [`RoomRules::fingerprint`] of those under which it was published.
    rules: u64,
    offset: Sequence,
    clock: Timestamp,
    swept_at: Timestamp,
    turned_away: u64,
}

impl LiveRooms {
    /// No rooms yet.
    #[must_use]
    pub fn new(rules: Arc<RoomRules>, bounds: LiveBounds) -> Self {
        let common = Common { rules: rules.fingerprint(), ..Common::default() };
        Self {
            rules,
            bounds,
            rooms: BTreeMap::new(),
            by_key: FxHashMap::default(),
            histories: Histories::new(&bounds),
            waiting: BTreeSet::new(),
            dirty: BTreeSet::new(),
            common,
        }
    }

    /// Begins with a record; `false` where it was applied before.
    pub(super) fn begin(&mut self, sequence: Sequence) -> bool {
        if sequence <= self.common.offset {
            return false;
        }
        self.common.offset = sequence;
        true
    }

    /// Takes what a shard passed on; the first sign of a viewer makes a room.
    pub(super) fn apply(&mut self, fact: &RoomFact, out: &mut LiveSaid) {
        let is_sign = !matches!(fact.act, Act::Leave | Act::Lost);
        if !self.has(&fact.room, is_sign) {
            self.common.turned_away += u64::from(is_sign);
            return;
        }
        if self.rooms.get(&fact.room).is_some_and(|live| !live.room.is_open()) {
            return; // what viewers do in a room that is over is nothing to it
        }
        self.with(&fact.room, out, |live, said| live.room.apply(&fact.event(), said));
        let Some(comment) = &fact.comment else { return };
        let Some(live) = self.rooms.get_mut(&fact.room) else { return };
        let clock = live.room.clock();
        let is_new = clock.millis_since(fact.at) <= self.rules.config.lateness_ms;
        if is_new && live.relayed.takes(clock, &self.rules.relay) {
            let (user, name) = (comment.user.clone(), comment.name.clone());
            let content = Content::Comment { user, name, text: comment.text.clone() };
            self.publish(&fact.room, content, fact.at, out);
        }
    }

    /// Takes what a host or the node says of a room, which it makes where it is described.
    pub(super) fn told(
        &mut self,
        (name, told, at): (&str, &RoomTold, Timestamp),
        out: &mut LiveSaid,
    ) {
        if self.has(name, matches!(told, RoomTold::About { .. })) {
            let was_open = self.rooms.get(name).is_some_and(|live| live.room.is_open());
            self.with(name, out, |live, said| live.room.told(told, at, said));
            out.told.insert(name.into());
            match told {
                RoomTold::Showing { item } => {
                    self.publish(name, Content::Showing { item: *item }, at, out);
                }
                RoomTold::Closed if was_open => self.publish(name, Content::Ended, at, out),
                RoomTold::About { .. } | RoomTold::AllLost | RoomTold::Closed => {}
            }
        }
    }

    /// All connections are gone, because the node was; the grace runs in every room.
    pub(super) fn all_lost(&mut self, at: Timestamp, out: &mut LiveSaid) {
        for name in self.rooms.keys().cloned().collect::<Vec<_>>() {
            self.with(&name, out, |live, said| live.room.told(&RoomTold::AllLost, at, said));
        }
    }

    /// Publishes in a room's channel; nothing where there is no such room.
    pub(super) fn publish(
        &mut self,
        name: &str,
        content: Content,
        at: Timestamp,
        out: &mut LiveSaid,
    ) {
        let Some(live) = self.rooms.get_mut(name) else { return };
        let publication = self.histories.publish(name, &mut live.channel, content, at);
        out.published.push((name.into(), live.channel.epoch().clone(), publication));
        self.histories.keep_within(&mut self.rooms);
    }

    /// Takes a match, noticed by `event` or by time alone.
    pub(super) fn matched(
        &mut self,
        PatternMatch { user, name, matched, room, .. }: &PatternMatch,
        event: Option<&Event>,
        out: &mut LiveSaid,
    ) {
        if !self.rules.relay.patterns.iter().any(|relayed| relayed == name) {
            return;
        }
        let (room, item) = match room {
            RoomOf::Event => event.map_or((None, None), |it| (it.room_id.clone(), it.item)),
            RoomOf::Shared(key) => (self.by_key.get(key).cloned(), None),
            RoomOf::Nowhere => (None, None),
        };
        let Some(room) = room else { return };
        if self.rooms.get(&room).is_some_and(|live| live.room.is_open()) {
            let (user, pattern, started_at) = (user.clone(), name.clone(), matched.started_at);
            let content = Content::Match { user, pattern, item, started_at };
            self.publish(&room, content, matched.at, out);
        }
    }

    /// Time has come to `now`, by a tick of the log: viewers leave, moments end, rooms end that were announced to.
    pub(super) fn told_time(&mut self, now: Timestamp, out: &mut LiveSaid) {
        self.common.clock = self.common.clock.max(now);
        for name in self.waiting.clone() {
            self.with(&name, out, |live, said| live.room.told_time(now, said));
        }
        let over = self.rooms.iter().filter(|(_, live)| live.room.is_past_its_end(now));
        for name in over.map(|(name, _)| name.clone()).collect::<Vec<_>>() {
            self.told((&name, &RoomTold::Closed, now), out);
        }
        if SWEEP_MS <= now.millis_since(self.common.swept_at) {
            self.common.swept_at = now;
            self.sweep(now, out);
        }
    }

    /// A room by name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&LiveRoom> {
        self.rooms.get(name)
    }

    /// All rooms in order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &LiveRoom)> {
        self.rooms.iter().map(|(name, live)| (&**name, live))
    }

    /// How many rooms there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rooms.len()
    }

    /// Whether there is no room.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rooms.is_empty()
    }

    /// Whether anybody is in any room.
    #[must_use]
    pub fn has_viewers(&self) -> bool {
        self.rooms.values().any(|live| live.room.has_viewers())
    }

    /// What all rooms go by.
    #[must_use]
    pub fn rules(&self) -> &RoomRules {
        &self.rules
    }

    /// Rooms whose names come after `name`, in order; all where none is named.
    pub fn after(&self, name: Option<&str>) -> impl Iterator<Item = (&str, &LiveRoom)> {
        let from = name.map_or(Bound::Unbounded, Bound::Excluded);
        let behind = self.rooms.range::<str, _>((from, Bound::Unbounded));
        behind.map(|(name, live)| (&**name, live))
    }

    /// Whether time has to be told: somebody may leave by it, or a moment end.
    #[must_use]
    pub fn waits_for_time(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// The last record that was applied.
    #[must_use]
    pub fn offset(&self) -> Sequence {
        self.common.offset
    }

    /// Events of rooms past the bound.
    #[must_use]
    pub fn turned_away(&self) -> u64 {
        self.common.turned_away
    }

    /// Begins a new epoch of every channel: what they were made of is no longer what the log says.
    pub fn begin_epochs(&mut self) {
        let seed = self.common.offset.0 ^ self.common.rules ^ ANEW;
        for (name, live) in &mut self.rooms {
            self.histories.begin_anew(name, &mut live.channel, ChannelEpoch::drawn(seed));
        }
    }

    /// Whether there is such a room, after it was made by the record that is applied where `makes` and there was none.
    fn has(&mut self, name: &str, makes: bool) -> bool {
        if self.rooms.contains_key(name) {
            return true;
        }
        if !makes || self.bounds.most_rooms <= self.rooms.len() {
            return false;
        }
        let room = Room::new(Arc::clone(&self.rules));
        let seed = self.common.offset.0 ^ self.common.rules;
        let channel = Channel::new(ChannelEpoch::drawn(seed));
        self.histories.begin(name);
        self.add(name, LiveRoom { room, channel, relayed: Relayed::default() });
        true
    }

    fn add(&mut self, name: &str, live: LiveRoom) {
        self.by_key.insert(room_key(name), name.into());
        self.rooms.insert(name.into(), live);
    }

    fn with(
        &mut self,
        name: &str,
        out: &mut LiveSaid,
        tell: impl FnOnce(&mut LiveRoom, &mut RoomSaid),
    ) {
        let Some(live) = self.rooms.get_mut(name) else { return };
        let mut said = RoomSaid::default();
        tell(live, &mut said);
        self.common.clock = self.common.clock.max(live.room.clock());
        if live.room.waits_for_time() {
            self.waiting.insert(name.into());
        } else {
            self.waiting.remove(name);
        }
        self.dirty.insert(name.into());
        out.changed.insert(name.into());
        out.outcomes.extend(said.outcomes.into_iter().map(|outcome| (name.into(), outcome)));
        for moment in said.highlights {
            let at = moment.told_at;
            self.publish(name, Content::Moment(moment), at, out);
        }
    }

    /// Forgets rooms that nobody needs any more, and publications past their age.
    fn sweep(&mut self, now: Timestamp, out: &mut LiveSaid) {
        let (bounds, dirty, waiting) = (self.bounds, &mut self.dirty, &mut self.waiting);
        let (histories, by_key) = (&mut self.histories, &mut self.by_key);
        self.rooms.retain(|name, live| {
            // Where somebody is, the room's clock follows the ticks.
            let quiet_since = live.heard_at().max(live.room.announced_until(now));
            let is_quiet = bounds.forget_after_ms < now.millis_since(quiet_since);
            if is_quiet && !live.room.is_awaited(now) {
                dirty.insert(name.clone());
                histories.forget(name, &live.channel);
                waiting.remove(name);
                by_key.remove(&room_key(name));
                out.told.insert(name.clone());
                return false;
            }
            histories.trim(name, &mut live.channel, now);
            true
        });
    }
}

impl LiveRoom {
    /// The newest time of an event or a publication.
    fn heard_at(&self) -> Timestamp {
        self.room.clock().max(self.channel.newest_at())
    }
}

#[cfg(test)]
mod tests;
