//! Live rooms as entries of a checkpoint, and back.
//!
//! | key | value |
//! |---|---|
//! | `0` | what is common |
//! | `1`, name | a room without its channel: most rooms change by every tick, channels by publications |
//! | `2`, name | a whole channel, as nodes wrote it before channels were kept in pieces; read, no longer written |
//! | `3`, name | the head of a room's channel |
//! | `4`, name, number u64 BE | a segment of it |
//!
//! A name is all that stands between the kind and the number, of which the length is fixed, so no two keys are alike.
//!
//! **Invariant:** a room and its channel come out of a checkpoint together and whole, or an error does.
//!
//! Not here: which pieces of a channel a cut writes (see [`super::histories`]), what they look like (see [`super::Channel`]).

use std::sync::Arc;

use super::histories::Pieces;
use super::{Channel, ChannelEpoch, LiveBounds, LiveRoom, LiveRooms, Relayed};
use crate::NodeKey;
use crate::codec::{self, CodecError};
use crate::part::PartEntry;
use crate::rooms::{Room, RoomRules};

/// Version byte of an entry.
const LIVE_VERSION: u8 = 1;

/// Key of the entry that holds what is common.
const COMMON_KEY: [u8; 1] = [0];
/// First byte of the key of a room, before its name.
const ROOM_KEY: u8 = 1;

#[derive(bincode::Encode, bincode::Decode)]
struct Entry {
    room: Vec<u8>,
    relayed: Relayed,
}

impl LiveRooms {
    /// What changed since the last cut.
    ///
    /// A room past the codec's limit would begin anew at the next start; the bounds on what a room holds keep it
    /// far below.
    pub fn cut(&mut self) -> Vec<PartEntry> {
        let common = codec::encode(LIVE_VERSION, &self.common).ok();
        let mut entries = vec![PartEntry { key: COMMON_KEY.to_vec(), value: common }];
        for name in std::mem::take(&mut self.dirty) {
            let value = self.rooms.get(&name).and_then(|live| live.bytes().ok());
            entries.push(PartEntry { key: [&[ROOM_KEY], name.as_bytes()].concat(), value });
        }
        self.histories.cut(&self.rooms, &mut entries);
        entries
    }

    /// Hash of all rooms and of what was published in them, the same wherever the same records were applied.
    #[must_use]
    pub fn digest(&self) -> u64 {
        // One by one: all histories at once would take their memory again.
        let digests = self.rooms.iter().map(|(name, live)| {
            let (room, channel) = (live.bytes(), live.channel.checkpoint());
            let (room, channel) = (room.unwrap_or_default(), channel.unwrap_or_default());
            NodeKey([0; 16]).hash(&[name.as_bytes(), &room, &channel]).to_be_bytes()
        });
        NodeKey([0; 16]).hash(&[&digests.flatten().collect::<Vec<u8>>()])
    }

    /// The rooms behind the entries of a checkpoint.
    ///
    /// # Errors
    /// [`CodecError`] where an entry is damaged or of a version not known, and where a channel lacks a piece.
    pub fn restore(
        rules: Arc<RoomRules>,
        bounds: LiveBounds,
        entries: impl Iterator<Item = (Vec<u8>, Vec<u8>)>,
    ) -> Result<Self, CodecError> {
        let mut all = Self::new(rules, bounds);
        let asked = all.common.rules;
        let mut pieces = Pieces::default();
        for (key, value) in entries {
            match key.split_first() {
                Some((0, [])) => all.common = codec::decode(LIVE_VERSION, &value)?,
                Some((&ROOM_KEY, name)) => all.insert(text(name)?, &value)?,
                _ => pieces.take(&key, value)?,
            }
        }
        all.histories.restore(&mut all.rooms, pieces)?;
        // The budget may be another one.
        all.histories.keep_within(&mut all.rooms);
        if all.common.rules != asked {
            all.common.rules = asked;
            all.begin_epochs();
        }
        Ok(all)
    }

    /// Takes a room out of a checkpoint; its channel follows.
    fn insert(&mut self, name: &str, bytes: &[u8]) -> Result<(), CodecError> {
        let entry: Entry = codec::decode(LIVE_VERSION, bytes)?;
        let room = Room::restore(Arc::clone(&self.rules), &entry.room)?;
        if room.waits_for_time() {
            self.waiting.insert(name.into());
        }
        let channel = Channel::new(ChannelEpoch::drawn(0));
        self.add(name, LiveRoom { room, channel, relayed: entry.relayed });
        Ok(())
    }
}

impl LiveRoom {
    /// The room without its channel.
    pub(super) fn bytes(&self) -> Result<Vec<u8>, CodecError> {
        let entry = Entry { room: self.room.checkpoint()?, relayed: self.relayed };
        codec::encode(LIVE_VERSION, &entry)
    }
}

pub(super) fn text(name: &[u8]) -> Result<&str, CodecError> {
    std::str::from_utf8(name).map_err(|_| CodecError::Damaged("a room's name is no text"))
}
