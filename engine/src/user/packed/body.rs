//! The body of a packed user: everything but name and row; from version 4 on with declared features, from version 5 on with stays.
//!
//! | field | bytes |
//! |---|---|
//! | newest event time in ms; events applied | varints |
//! | newest positive event: 0 for none, else 1 + ms before the newest | varint |
//! | visit: events; unless 0, ms from its last event to the newest, its length in ms | varints |
//! | history: number, items u32 each (`u32::MAX` for none), types u8 each, ms between neighbours | varint, 4 + 1 + varint each |
//! | exposures: the same | |
//! | type scores: number, (type u8, f32) each | varint, 5 each |
//! | category scores: number, (category u32, f32) each | varint, 8 each |
//! | tiles: number, (track u16, number less the one before it in the same track, count) each | varint, 2 + varints each |
//! | declared features: length, 0 for none, then [`Section::pack`]; not before version 4 | varint, n |
//! | runs of patterns: length, 0 for none, then [`Automata::pack`]; not before version 4 | varint, n |
//! | stays in live rooms: length, 0 for none, then [`stays`]; not before version 5 | varint, n |
//! | seen set (see [`crate::user::seen`]) | the rest |
//!
//! Times are kept as gaps between neighbours, exact to the millisecond: two or three bytes for events
//! minutes apart, five for events months apart.

use crate::codec::CodecError;
use crate::features::section::Section;
use crate::features::tiles::Tile;
use crate::patterns::Automata;
use crate::user::bytes::{Reader, put_varint};
use crate::user::{Entry, User, Visit, stays};
use crate::{CategoryId, EventTypeId, ItemIndex, Timestamp};

const NO_ITEM: u32 = u32::MAX;

/// Lengths that a sound user stays below; a damaged one must not ask for the memory of the machine.
const MAX_ENTRIES: usize = 1_000;
const MAX_TILES: usize = 100_000;
const MAX_DECLARED: usize = 8 << 20;

/// What a body tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// All there is.
    Whole,
    /// It is of before there were declared features.
    Without,
    /// It is of before there were stays in live rooms.
    WithoutStays,
    /// All there is, and declared features are passed over but for patterns.
    Passed,
}

/// Appends everything but name and row.
pub(super) fn write(user: &User, out: &mut Vec<u8>) {
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
    let declared = (0 < user.declared.bytes()).then(|| user.declared.pack());
    let patterns = (!user.patterns.is_empty()).then(|| user.patterns.pack());
    let stays = stays::pack(&user.stays);
    for packed in [declared.unwrap_or_default(), patterns.unwrap_or_default(), stays] {
        put_varint(out, packed.len() as u64);
        out.extend_from_slice(&packed);
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

/// Reads everything but name and row into `user`, who is empty.
///
/// # Errors
/// [`CodecError::Damaged`]; what was read until then is in `user`.
pub(super) fn read(body: &[u8], form: Form, user: &mut User) -> Result<(), CodecError> {
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
    if form != Form::Without {
        let [declared, patterns] = [(); 2].map(|()| {
            let length = from.length(MAX_DECLARED);
            from.take(length)
        });
        if form != Form::Passed && !declared.is_empty() {
            user.declared = Section::unpack(declared)?;
        }
        if !patterns.is_empty() {
            user.patterns = Automata::unpack(patterns)?;
        }
        if form != Form::WithoutStays {
            let length = from.length(MAX_DECLARED);
            stays::unpack(from.take(length), &mut user.stays)?;
        }
    }
    let packed = from.remainder();
    user.seen.extend_from_slice(packed);
    from.finish("packed user")
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
