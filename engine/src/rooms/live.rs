//! All live rooms of a node, or those of one actor, by name: made by the first event or by hand, cut, restored, forgotten.
//!
//! **Invariant:** what was applied before a cut is not applied again: sequences grow, and one that is not past the offset is passed over.
//!
//! **Invariant:** a cut holds what changed since the last one, and rooms that are gone as removed; restored, all rooms go on bit
//! for bit.
//!
//! **Invariant:** a moment is owed from the event that makes it until its publication is applied, and published once: whoever starts
//! after a crash publishes what is [`LiveRooms::owed`].
//!
//! **Invariant:** at most `most_rooms`; events of further ones are counted and say nothing.
//!
//! Not here: what a room is, who listens.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::channel::{Bounds, Channel, ChannelEpoch};
use super::event::{Act, RoomOutcome, RoomTold};
use super::fact::RoomFact;
use super::highlight::{Highlight, MomentKey};
use super::{Room, RoomRules, RoomSaid};
use crate::codec::{self, CodecError};
use crate::part::PartEntry;
use crate::{Sequence, Timestamp};

/// Version byte of an entry.
const LIVE_VERSION: u8 = 1;

/// Key of the entry that holds what is common.
const COMMON_KEY: [u8; 1] = [0];
/// First byte of the key of a room, before its name.
const ROOM_KEY: u8 = 1;

/// Moments of one room that may be owed: they come minutes apart, and a publication is in the log within milliseconds.
const MOST_OWED: usize = 16;

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
}

impl Default for LiveBounds {
    fn default() -> Self {
        Self { most_rooms: 10_000, forget_after_ms: 3_600_000, history: Bounds::default() }
    }
}

/// A room and its channel.
#[derive(Clone, Debug)]
pub struct LiveRoom {
    /// The room.
    pub room: Room,
    /// What was published in it.
    pub channel: Channel,
    /// Moments whose publication is not in the log yet, oldest first.
    owed: Vec<Highlight>,
}

/// A publication as its record holds it.
#[derive(Clone, Debug, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub struct RoomPublication {
    /// What it says, as it goes out.
    pub data: Box<[u8]>,
    /// When it was published.
    pub at: Timestamp,
    /// The moment that it tells, where it tells one.
    pub moment: Option<MomentKey>,
}

/// What rooms say after they were told something.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LiveSaid {
    /// What is to be learned, with the room, in order.
    pub outcomes: Vec<(Box<str>, RoomOutcome)>,
    /// Moments to be published, with the room, in order.
    pub highlights: Vec<(Box<str>, Highlight)>,
    /// Rooms of which an announcer should be asked.
    pub changed: BTreeSet<Box<str>>,
}

/// Rooms by name.
#[derive(Debug)]
pub struct LiveRooms {
    rules: Arc<RoomRules>,
    bounds: LiveBounds,
    rooms: BTreeMap<Box<str>, LiveRoom>,
    /// Rooms that time alone may make say something; follows from `rooms`.
    waiting: BTreeSet<Box<str>>,
    /// Rooms that differ from the last cut, those that are gone too.
    dirty: BTreeSet<Box<str>>,
    common: Common,
}

/// What is no room's own.
#[derive(Clone, Debug, Default, PartialEq, bincode::Encode, bincode::Decode)]
struct Common {
    offset: Sequence,
    clock: Timestamp,
    swept_at: Timestamp,
    turned_away: u64,
}

#[derive(bincode::Encode, bincode::Decode)]
struct Entry {
    room: Vec<u8>,
    channel: Vec<u8>,
    owed: Vec<Highlight>,
}

impl LiveRooms {
    /// No rooms yet.
    #[must_use]
    pub fn new(rules: Arc<RoomRules>, bounds: LiveBounds) -> Self {
        Self {
            rules,
            bounds,
            rooms: BTreeMap::new(),
            waiting: BTreeSet::new(),
            dirty: BTreeSet::new(),
            common: Common::default(),
        }
    }

    /// Takes what a shard passed on; the first sign of a viewer makes a room.
    pub fn apply(&mut self, fact: &RoomFact, out: &mut LiveSaid) {
        if self.is_known(fact.sequence) {
            return;
        }
        let is_sign = !matches!(fact.act, Act::Leave | Act::Lost);
        if !self.has(&fact.room, is_sign.then_some(fact.sequence)) {
            self.common.turned_away += u64::from(is_sign);
            return;
        }
        self.with(&fact.room, out, |live, said| live.room.apply(&fact.event(), said));
    }

    /// Takes what a host or the node says of a room, which it makes where it is described; `false` where there is none.
    #[must_use]
    pub fn told(
        &mut self,
        sequence: Sequence,
        (name, told, at): (&str, &RoomTold, Timestamp),
        out: &mut LiveSaid,
    ) -> bool {
        if self.is_known(sequence) {
            return true;
        }
        let makes = matches!(told, RoomTold::About { .. });
        if !self.has(name, makes.then_some(sequence)) {
            return false;
        }
        self.with(name, out, |live, said| live.room.told(told, at, said));
        true
    }

    /// All connections are gone, because the node was; the grace runs in every room.
    pub fn all_lost(&mut self, sequence: Sequence, at: Timestamp, out: &mut LiveSaid) {
        if self.is_known(sequence) {
            return;
        }
        for name in self.rooms.keys().cloned().collect::<Vec<_>>() {
            self.with(&name, out, |live, said| live.room.told(&RoomTold::AllLost, at, said));
        }
    }

    /// Takes a publication that is in the log, and gives its offset; `None` where there is no such room, or where it tells a
    /// moment that was told.
    pub fn published(
        &mut self,
        sequence: Sequence,
        name: &str,
        publication: RoomPublication,
    ) -> Option<u64> {
        if self.is_known(sequence) {
            return None;
        }
        let live = self.rooms.get_mut(name)?;
        let RoomPublication { data, at, moment } = publication;
        if let Some(key) = moment {
            let place = live.owed.iter().position(|owed| owed.key() == key)?;
            live.owed.remove(place);
        }
        self.dirty.insert(name.into());
        Some(live.channel.publish(data, at, &self.bounds.history))
    }

    /// Moments whose publication is not in the log, by room: to be published by whoever starts.
    pub fn owed(&self) -> impl Iterator<Item = (&str, &Highlight)> {
        self.rooms.iter().flat_map(|(name, live)| live.owed.iter().map(|owed| (&**name, owed)))
    }

    /// Time has come to `now`, by a tick of the log.
    pub fn told_time(&mut self, sequence: Sequence, now: Timestamp, out: &mut LiveSaid) {
        if self.is_known(sequence) {
            return;
        }
        self.common.clock = self.common.clock.max(now);
        for name in self.waiting.clone() {
            self.with(&name, out, |live, said| live.room.told_time(now, said));
        }
        if SWEEP_MS <= now.millis_since(self.common.swept_at) {
            self.common.swept_at = now;
            self.sweep(now);
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

    /// What changed since the last cut.
    ///
    /// # Errors
    /// [`CodecError::Encode`] where a room passes the codec's limit.
    pub fn cut(&mut self) -> Result<Vec<PartEntry>, CodecError> {
        let common = codec::encode(LIVE_VERSION, &self.common)?;
        let mut entries = vec![PartEntry { key: COMMON_KEY.to_vec(), value: Some(common) }];
        for name in &self.dirty {
            let value = self.rooms.get(name).map(LiveRoom::bytes).transpose()?;
            entries.push(PartEntry { key: room_key(name), value });
        }
        self.dirty.clear();
        Ok(entries)
    }

    /// The rooms behind the entries of a checkpoint.
    ///
    /// # Errors
    /// [`CodecError`] where an entry is damaged or of a version not known.
    pub fn restore(
        rules: Arc<RoomRules>,
        bounds: LiveBounds,
        entries: impl Iterator<Item = (Vec<u8>, Vec<u8>)>,
    ) -> Result<Self, CodecError> {
        let mut all = Self::new(rules, bounds);
        for (key, value) in entries {
            match key.split_first() {
                Some((0, [])) => all.common = codec::decode(LIVE_VERSION, &value)?,
                Some((&ROOM_KEY, name)) => {
                    let name = std::str::from_utf8(name)
                        .map_err(|_| CodecError::Damaged("a room's name is no text"))?;
                    let live = LiveRoom::of_bytes(&all.rules, &value)?;
                    if live.room.waits_for_time() {
                        all.waiting.insert(name.into());
                    }
                    all.rooms.insert(name.into(), live);
                }
                _ => return Err(CodecError::Damaged("an entry that is no room")),
            }
        }
        Ok(all)
    }

    /// Whether a record was applied before; else it is from now on.
    fn is_known(&mut self, sequence: Sequence) -> bool {
        if sequence <= self.common.offset {
            return true;
        }
        self.common.offset = sequence;
        false
    }

    /// Whether there is such a room, after it was made by the record at `made_by` if there was none.
    fn has(&mut self, name: &str, made_by: Option<Sequence>) -> bool {
        if self.rooms.contains_key(name) {
            return true;
        }
        let Some(sequence) = made_by.filter(|_| self.rooms.len() < self.bounds.most_rooms) else {
            return false;
        };
        let room = Room::new(Arc::clone(&self.rules));
        let channel = Channel::new(ChannelEpoch::drawn(sequence.0));
        self.rooms.insert(name.into(), LiveRoom { room, channel, owed: Vec::new() });
        true
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
        live.owed.extend(said.highlights.iter().cloned());
        let past = live.owed.len().saturating_sub(MOST_OWED);
        live.owed.drain(..past);
        self.common.clock = self.common.clock.max(live.room.clock());
        if live.room.waits_for_time() {
            self.waiting.insert(name.into());
        } else {
            self.waiting.remove(name);
        }
        self.dirty.insert(name.into());
        out.changed.insert(name.into());
        out.outcomes.extend(said.outcomes.into_iter().map(|outcome| (name.into(), outcome)));
        out.highlights.extend(said.highlights.into_iter().map(|moment| (name.into(), moment)));
    }

    /// Forgets rooms that nobody needs any more, and publications past their age.
    fn sweep(&mut self, now: Timestamp) {
        let (bounds, dirty, waiting) = (self.bounds, &mut self.dirty, &mut self.waiting);
        self.rooms.retain(|name, live| {
            // Where somebody is, the room's clock follows the ticks.
            let is_quiet = bounds.forget_after_ms < now.millis_since(live.heard_at());
            if is_quiet && !live.room.is_awaited(now) {
                dirty.insert(name.clone());
                waiting.remove(name);
                return false;
            }
            if 0 < live.channel.trim(now, &bounds.history) {
                dirty.insert(name.clone());
            }
            true
        });
    }
}

impl LiveRoom {
    /// The newest time of an event or a publication.
    fn heard_at(&self) -> Timestamp {
        self.room.clock().max(self.channel.newest_at())
    }

    fn bytes(&self) -> Result<Vec<u8>, CodecError> {
        let (room, channel) = (self.room.checkpoint()?, self.channel.checkpoint()?);
        let entry = Entry { room, channel, owed: self.owed.clone() };
        codec::encode(LIVE_VERSION, &entry)
    }

    fn of_bytes(rules: &Arc<RoomRules>, bytes: &[u8]) -> Result<Self, CodecError> {
        let entry: Entry = codec::decode(LIVE_VERSION, bytes)?;
        let room = Room::restore(Arc::clone(rules), &entry.room)?;
        Ok(Self { room, channel: Channel::restore(&entry.channel)?, owed: entry.owed })
    }
}

fn room_key(name: &str) -> Vec<u8> {
    [&[ROOM_KEY], name.as_bytes()].concat()
}

#[cfg(test)]
mod tests;
