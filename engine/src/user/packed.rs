//! A user as bytes: one allocation, no map or vector inside, the same form in memory and at a cut.
//!
//! **Format**, version 1. Numbers are little endian; a varint takes seven bits a byte, low first.
//!
//! | field | bytes |
//! |---|---|
//! | flags in memory (bit 0: changed since the last cut), version in a checkpoint | 1 |
//! | length of the id, id | 2 + n |
//! | newest event time in ms; events applied | varints |
//! | newest positive event: 0 for none, else 1 + ms before the newest | varint |
//! | visit: events; unless 0, ms from its last event to the newest, its length in ms | varints |
//! | history: number, items u32 each (`u32::MAX` for none), types u8 each, ms between neighbours | varint, 4 + 1 + varint each |
//! | exposures: the same | |
//! | type scores: number, (type u8, f32) each | varint, 5 each |
//! | category scores: number, (category u32, f32) each | varint, 8 each |
//! | tiles: number, (track u16, number less the one before it in the same track, count) each | varint, 2 + varints each |
//! | seen set (see [`super::seen`]) | the rest |
//!
//! Times are kept as gaps between neighbours, exact to the millisecond: two or three bytes for events
//! minutes apart, five for events months apart.
//!
//! **Invariant:** equal users have equal bytes.

use super::bytes::{Reader, put_varint};
use super::seen;
use super::{Entry, User, Visit};
use crate::codec::CodecError;
use crate::features::tiles::Tile;
use crate::{CategoryId, EventTypeId, ItemIndex, Timestamp};

/// Version byte of a user in a checkpoint.
pub const USER_VERSION: u8 = 1;

const CHANGED: u8 = 1;
const NO_ITEM: u32 = u32::MAX;
const ID_START: usize = 3;
const DAMAGED: &str = "packed user";

/// Lengths that a sound user stays below; a damaged one must not ask for the memory of the machine.
const MAX_ENTRIES: usize = 1_000;
const MAX_TILES: usize = 100_000;

/// One user's bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackedUser(Box<[u8]>);

impl PackedUser {
    /// Packs `user` under its name; `buffer` is used on the way.
    #[must_use]
    pub fn pack(id: &str, user: &User, buffer: &mut Vec<u8>) -> Self {
        buffer.clear();
        write(id, user, buffer);
        Self(buffer.as_slice().into())
    }

    /// Packs `user` in the place of what was here, whose name it keeps; `buffer` is used on the way.
    pub fn repack(&mut self, user: &User, buffer: &mut Vec<u8>) {
        buffer.clear();
        write(self.id(), user, buffer);
        buffer[0] = self.0[0];
        if buffer.len() == self.0.len() {
            self.0.copy_from_slice(buffer);
        } else {
            self.0 = buffer.as_slice().into();
        }
    }

    /// The name.
    #[must_use]
    pub fn id(&self) -> &str {
        std::str::from_utf8(self.id_bytes()).unwrap_or_default()
    }

    /// Whether it is the user called `id`.
    #[must_use]
    pub fn is_named(&self, id: &str) -> bool {
        self.id_bytes() == id.as_bytes()
    }

    /// Unpacks into `user`, whose buffers are used again.
    pub fn unpack(&self, user: &mut User) {
        let body = &self.0[ID_START + self.id_bytes().len()..];
        let sound = read(body, user);
        debug_assert!(sound.is_ok(), "bytes were packed here or checked when they were restored");
    }

    /// Marks it as changed; whether it was not marked before.
    pub fn mark_changed(&mut self) -> bool {
        let before = self.0[0];
        self.0[0] = before | CHANGED;
        before & CHANGED == 0
    }

    /// Takes the mark of change away.
    pub fn mark_saved(&mut self) {
        self.0[0] &= !CHANGED;
    }

    /// The bytes that a checkpoint keeps: a version byte and the rest as it is.
    #[must_use]
    pub fn to_checkpoint(&self) -> Vec<u8> {
        let mut bytes = self.0.to_vec();
        bytes[0] = USER_VERSION;
        bytes
    }

    /// The user behind bytes of a checkpoint, of any version there ever was.
    ///
    /// # Errors
    /// [`CodecError`] where they are damaged or of a version not known.
    pub fn from_checkpoint(bytes: &[u8]) -> Result<Self, CodecError> {
        let version = *bytes.first().ok_or(CodecError::Empty)?;
        if version != USER_VERSION {
            return Err(CodecError::Version { found: version, newest: USER_VERSION });
        }
        let mut reader = Reader::new(&bytes[1..]);
        let length = usize::from(reader.u16());
        let id = reader.take(length);
        reader.require(id.len() == length && std::str::from_utf8(id).is_ok());
        let body = reader.remainder();
        reader.finish(DAMAGED)?;
        let mut user = User::default();
        read(body, &mut user)?;
        seen::check(&user.seen)?;
        let mut packed: Box<[u8]> = bytes.into();
        packed[0] = 0;
        Ok(Self(packed))
    }

    /// Bytes of the allocation.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.0.len()
    }

    fn id_bytes(&self) -> &[u8] {
        let length = usize::from(u16::from_le_bytes([self.0[1], self.0[2]]));
        &self.0[ID_START..ID_START + length]
    }
}

fn write(id: &str, user: &User, out: &mut Vec<u8>) {
    let length = u16::try_from(id.len()).unwrap_or(u16::MAX);
    out.push(0);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&id.as_bytes()[..usize::from(length)]);
    let newest = user.newest;
    put_varint(out, newest.as_millis());
    put_varint(out, user.events_applied);
    put_varint(out, user.last_positive.map_or(0, |at| newest.millis_since(at).saturating_add(1)));
    put_varint(out, u64::from(user.visit.events));
    if 0 < user.visit.events {
        put_varint(out, newest.millis_since(user.visit.last_at));
        put_varint(out, user.visit.last_at.millis_since(user.visit.started_at));
    }
    write_entries(&user.history, newest, out);
    write_entries(&user.exposures, newest, out);
    put_varint(out, user.type_scores.len() as u64);
    for (id, score) in &user.type_scores {
        out.push(id.0);
        out.extend_from_slice(&score.to_le_bytes());
    }
    put_varint(out, user.category_scores.len() as u64);
    for (id, score) in &user.category_scores {
        out.extend_from_slice(&id.0.to_le_bytes());
        out.extend_from_slice(&score.to_le_bytes());
    }
    put_varint(out, user.tiles.len() as u64);
    let mut before = None;
    for tile in &user.tiles {
        out.extend_from_slice(&tile.track.to_le_bytes());
        put_varint(out, tile.number - base_of(before, tile.track));
        before = Some(*tile);
        put_varint(out, u64::from(tile.count));
    }
    out.extend_from_slice(&user.seen);
}

fn write_entries(entries: &[Entry], newest: Timestamp, out: &mut Vec<u8>) {
    put_varint(out, entries.len() as u64);
    for entry in entries {
        out.extend_from_slice(&entry.item.map_or(NO_ITEM, |item| item.0).to_le_bytes());
    }
    out.extend(entries.iter().map(|entry| entry.event_type.0));
    let mut later = newest;
    for entry in entries {
        put_varint(out, later.millis_since(entry.at));
        later = entry.at;
    }
}

fn read(body: &[u8], user: &mut User) -> Result<(), CodecError> {
    user.clear();
    let mut from = Reader::new(body);
    let newest = from.varint();
    user.newest = Timestamp::from_millis(newest);
    user.events_applied = from.varint();
    user.last_positive = from.varint().checked_sub(1).map(|gap| user.newest.minus_millis(gap));
    user.visit = read_visit(&mut from, user.newest);
    read_entries(&mut from, user.newest, &mut user.history);
    read_entries(&mut from, user.newest, &mut user.exposures);
    for _ in 0..from.length(MAX_ENTRIES) {
        user.type_scores.push((EventTypeId(from.u8()), from.f32()));
    }
    for _ in 0..from.length(MAX_ENTRIES) {
        user.category_scores.push((CategoryId(from.u32()), from.f32()));
    }
    for _ in 0..from.length(MAX_TILES) {
        let (track, delta, count) = (from.u16(), from.varint(), from.varint_u32());
        if from.is_broken() {
            break;
        }
        let before = user.tiles.last().copied();
        let number = base_of(before, track).saturating_add(delta);
        from.require(before.is_none_or(|tile| (tile.track, tile.number) < (track, number)));
        user.tiles.push(Tile { track, number, count });
    }
    let packed = from.remainder();
    user.seen.extend_from_slice(packed);
    from.finish(DAMAGED)
}

fn base_of(before: Option<Tile>, track: u16) -> u64 {
    before.filter(|tile| tile.track == track).map_or(0, |tile| tile.number)
}

fn read_visit(from: &mut Reader, newest: Timestamp) -> Visit {
    let events = from.varint_u32();
    if events == 0 {
        return Visit::default();
    }
    let last_at = newest.minus_millis(from.varint());
    Visit { started_at: last_at.minus_millis(from.varint()), last_at, events }
}

fn read_entries(from: &mut Reader, newest: Timestamp, entries: &mut Vec<Entry>) {
    let number = from.length(MAX_ENTRIES);
    let items = from.take(4 * number).chunks_exact(4);
    let types = from.take(number);
    let mut at = newest;
    for (item, event_type) in items.zip(types) {
        at = at.minus_millis(from.varint());
        let item = item.first_chunk().map_or(NO_ITEM, |bytes| u32::from_le_bytes(*bytes));
        let item = (item != NO_ITEM).then_some(ItemIndex(item));
        entries.push(Entry { item, event_type: EventTypeId(*event_type), at });
    }
}
