//! The histories of all channels: kept within one budget, and handed to a cut piece by piece.
//!
//! Where all histories together pass the budget, the largest one lets go of its oldest publication (of equal ones that of
//! the first name), again until they fit; the newest publication of each channel stays.
//!
//! **Invariant:** what is let go of follows from what was published and the bounds alone, so a node that went on from a cut, or
//! that has only the log, keeps the same. The budget moves no offset, so other bounds begin no epoch: whoever misses what is gone is
//! told so.
//!
//! **Invariant:** the entries of all cuts so far, laid over each other, hold the channels as they were at the last one.
//!
//! Not here: what a piece looks like (see [`Channel`]), the keys beside those of channels (`checkpoint`).

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::checkpoint::text;
use super::{LiveBounds, Rooms};
use crate::Timestamp;
use crate::codec::CodecError;
use crate::part::PartEntry;
use crate::rooms::channel::{Bounds, Channel, ChannelEpoch, Kept, Publication};
use crate::rooms::content::Content;

/// First byte of the key of a whole channel, before its room's name; no longer written.
const CHANNEL_KEY: u8 = 2;
/// First byte of the key of a channel's head, before its room's name.
const HEAD_KEY: u8 = 3;
/// First byte of the key of a channel's segment, before its room's name and its number.
const SEGMENT_KEY: u8 = 4;

/// What all channels keep, and what of them the cuts so far hold.
#[derive(Debug)]
pub(super) struct Histories {
    bounds: Bounds,
    /// [`LiveBounds::history_bytes`].
    most_bytes: u64,
    /// What all channels keep; follows from them, as `by_bytes` does.
    bytes: u64,
    /// Channels that have more than their newest publication, the largest last, of equal ones the first by name.
    by_bytes: BTreeSet<(u64, Reverse<Box<str>>)>,
    /// Rooms whose channels differ from the last cut, those that are gone too.
    dirty: BTreeSet<Box<str>>,
    stored: BTreeMap<Box<str>, Stored>,
}

/// What the cuts so far hold of a channel.
#[derive(Clone, Debug, Default)]
struct Stored {
    /// The one entry of a whole channel.
    is_whole: bool,
    /// Segments.
    segments: Range<u64>,
    /// The newest publication in them that is the channel's; 0 once it began anew.
    up_to: u64,
}

impl Histories {
    pub(super) fn new(bounds: &LiveBounds) -> Self {
        Self {
            bounds: bounds.history,
            most_bytes: bounds.history_bytes,
            bytes: 0,
            by_bytes: BTreeSet::new(),
            dirty: BTreeSet::new(),
            stored: BTreeMap::new(),
        }
    }

    /// A room was made, with a channel in which nothing was published.
    pub(super) fn begin(&mut self, name: &str) {
        self.dirty.insert(name.into());
    }

    /// Publishes in a room's channel; [`Self::keep_within`] is to follow.
    pub(super) fn publish(
        &mut self,
        name: &str,
        channel: &mut Channel,
        content: Content,
        at: Timestamp,
    ) -> Publication {
        let before = channel.kept();
        let publication = channel.publish(content, at, &self.bounds);
        self.changed(name, before, channel.kept());
        publication
    }

    /// Has the largest histories let go of their oldest publications until all fit the budget.
    pub(super) fn keep_within(&mut self, rooms: &mut Rooms) {
        while self.most_bytes < self.bytes {
            let Some((_, Reverse(name))) = self.by_bytes.last() else { return };
            let name = name.clone();
            let Some(live) = rooms.get_mut(&name) else { return };
            let before = live.channel.kept();
            live.channel.let_go();
            self.changed(&name, before, live.channel.kept());
        }
    }

    /// Lets go of what is too old at `now`.
    pub(super) fn trim(&mut self, name: &str, channel: &mut Channel, now: Timestamp) {
        let before = channel.kept();
        if 0 < channel.trim(now, &self.bounds) {
            self.changed(name, before, channel.kept());
        }
    }

    /// Begins another epoch of a channel.
    pub(super) fn begin_anew(&mut self, name: &str, channel: &mut Channel, epoch: ChannelEpoch) {
        self.forget(name, channel);
        channel.begin_anew(epoch);
    }

    /// A room's channel is gone.
    pub(super) fn forget(&mut self, name: &str, channel: &Channel) {
        self.changed(name, channel.kept(), Kept::default());
        if let Some(stored) = self.stored.get_mut(name) {
            stored.up_to = 0;
        }
    }

    fn changed(&mut self, name: &str, before: Kept, after: Kept) {
        self.dirty.insert(name.into());
        self.count(name, before, after);
    }

    fn count(&mut self, name: &str, before: Kept, after: Kept) {
        self.bytes = self.bytes - before.bytes + after.bytes;
        if 1 < before.publications {
            self.by_bytes.remove(&(before.bytes, Reverse(name.into())));
        }
        if 1 < after.publications {
            self.by_bytes.insert((after.bytes, Reverse(name.into())));
        }
    }

    /// What changed of all channels since the last cut.
    pub(super) fn cut(&mut self, rooms: &Rooms, entries: &mut Vec<PartEntry>) {
        for name in std::mem::take(&mut self.dirty) {
            let stored = self.stored.remove(&name).unwrap_or_default();
            let channel = rooms.get(&name).map(|live| &live.channel);
            stored.cut(&name, channel, entries);
            if let Some(channel) = channel {
                self.stored.insert(name, Stored::of(channel));
            }
        }
    }

    /// Gives rooms their channels back.
    pub(super) fn restore(
        &mut self,
        rooms: &mut Rooms,
        mut pieces: Pieces,
    ) -> Result<(), CodecError> {
        for (name, live) in rooms {
            let found = pieces.0.remove(name).unwrap_or_default();
            let (channel, stored) = found.channel()?;
            self.count(name, Kept::default(), channel.kept());
            if stored.is_whole {
                // The next cut has it in pieces.
                self.dirty.insert(name.clone());
            }
            self.stored.insert(name.clone(), stored);
            live.channel = channel;
        }
        // Of a room that could not be written nothing is left: the next cut takes its channel away, too.
        for (name, left) in pieces.0 {
            let (_, stored) = left.channel()?;
            self.dirty.insert(name.clone());
            self.stored.insert(name, Stored { up_to: 0, ..stored });
        }
        Ok(())
    }
}

impl Stored {
    /// What is held once all of a channel is.
    fn of(channel: &Channel) -> Self {
        Self { is_whole: false, segments: channel.segments(), up_to: channel.offset() }
    }

    /// What makes it a channel's present form, or takes it away where there is no channel any more.
    fn cut(self, name: &str, channel: Option<&Channel>, entries: &mut Vec<PartEntry>) {
        let mut put = |key, value| entries.push(PartEntry { key, value });
        put(key(HEAD_KEY, name), channel.and_then(|channel| channel.head().ok()));
        if self.is_whole {
            put(key(CHANNEL_KEY, name), None);
        }
        let kept = channel.map_or(0..0, Channel::segments);
        for number in self.segments.filter(|number| !kept.contains(number)) {
            put(segment_key(name, number), None);
        }
        if let Some(channel) = channel {
            for number in channel.segments_past(self.up_to) {
                put(segment_key(name, number), channel.segment(number).ok());
            }
        }
    }
}

/// Channels in a checkpoint by the names of their rooms, before they are put together.
#[derive(Default)]
pub(super) struct Pieces(BTreeMap<Box<str>, Found>);

/// What a checkpoint has of a channel.
#[derive(Default)]
struct Found {
    whole: Option<Vec<u8>>,
    head: Option<Vec<u8>>,
    segments: BTreeMap<u64, Vec<u8>>,
}

impl Pieces {
    /// Takes an entry.
    pub(super) fn take(&mut self, key: &[u8], value: Vec<u8>) -> Result<(), CodecError> {
        match key.split_first() {
            Some((&CHANNEL_KEY, name)) => self.of(name)?.whole = Some(value),
            Some((&HEAD_KEY, name)) => self.of(name)?.head = Some(value),
            Some((&SEGMENT_KEY, rest)) => {
                let parts = rest.split_last_chunk();
                let (name, number) =
                    parts.ok_or(CodecError::Damaged("a segment's key is short"))?;
                self.of(name)?.segments.insert(u64::from_be_bytes(*number), value);
            }
            _ => return Err(CodecError::Damaged("an entry that is no room")),
        }
        Ok(())
    }

    fn of(&mut self, name: &[u8]) -> Result<&mut Found, CodecError> {
        Ok(self.0.entry(text(name)?.into()).or_default())
    }
}

impl Found {
    /// The channel, and what of it is stored.
    fn channel(self) -> Result<(Channel, Stored), CodecError> {
        match (self.whole, self.head) {
            (None, Some(head)) => {
                let channel = Channel::of_pieces(&head, &self.segments)?;
                let stored = Stored::of(&channel);
                Ok((channel, stored))
            }
            (Some(whole), None) if self.segments.is_empty() => {
                let stored = Stored { is_whole: true, ..Stored::default() };
                Ok((Channel::restore(&whole)?, stored))
            }
            (Some(_), _) => Err(CodecError::Damaged("a channel is there whole and in pieces")),
            (None, None) if self.segments.is_empty() => {
                Err(CodecError::Damaged("a room without its channel"))
            }
            (None, None) => Err(CodecError::Damaged("a channel without its head")),
        }
    }
}

fn key(kind: u8, name: &str) -> Vec<u8> {
    [&[kind], name.as_bytes()].concat()
}

fn segment_key(name: &str, number: u64) -> Vec<u8> {
    [&[SEGMENT_KEY], name.as_bytes(), &number.to_be_bytes()].concat()
}

#[cfg(test)]
mod tests;
