//! The packed seen set: which items a user met, by which type of event, on which day last.
//!
//! It holds what left the history, so it starts empty and a user with few events has none. Per type:
//!
//! ```text
//! type u8 | marks varint | newest day varint | marks × (item: delta varint | newest day - day varint)
//! ```
//!
//! Items ascend, so a mark takes about two bytes for the item and one for the day, days being enough
//! for rules that speak of days. A mark counts as of the end of its day, never earlier than it was.
//!
//! **Invariant:** at most [`MAX_MARKS`]; past it the oldest days go first.

use super::bytes::{Reader, put_varint};
use super::history::Entry;
use crate::codec::CodecError;
use crate::{EventTypeId, ItemIndex, Timestamp};

/// The most marks of one user, about 12 KB.
pub const MAX_MARKS: usize = 4_096;

const DAY_MS: u64 = 24 * 3_600_000;

/// One item met by one type of event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// Type of the event.
    pub event_type: EventTypeId,
    /// Which item.
    pub item: ItemIndex,
    /// Last day, since the epoch.
    pub day: u64,
}

impl Mark {
    /// The first millisecond of the day.
    #[must_use]
    pub fn since(&self) -> Timestamp {
        Timestamp::from_millis(self.day.saturating_mul(DAY_MS))
    }

    /// The last millisecond of the day.
    #[must_use]
    pub fn until(&self) -> Timestamp {
        Timestamp::from_millis(self.day.saturating_mul(DAY_MS).saturating_add(DAY_MS - 1))
    }
}

/// Reads a packed set through `visit`, ascending by type and item; what is damaged ends it.
fn read(packed: &mut Reader, mut visit: impl FnMut(Mark)) {
    while !packed.is_done() {
        let event_type = EventTypeId(packed.u8());
        let marks = packed.length(MAX_MARKS);
        let newest = packed.varint();
        let mut item = 0u64;
        for place in 0..marks {
            let delta = packed.varint();
            item = item.saturating_add(delta);
            let age = packed.varint();
            packed.require(age <= newest && u32::try_from(item).is_ok());
            packed.require(place == 0 || 0 < delta);
            if packed.is_broken() {
                return;
            }
            visit(Mark { event_type, item: ItemIndex(item as u32), day: newest - age });
        }
    }
}

/// Every mark of a packed set that is known to be sound.
#[must_use]
pub fn marks(packed: &[u8]) -> Vec<Mark> {
    let mut found = Vec::with_capacity(packed.len() / 3 + 1);
    read(&mut Reader::new(packed), |mark| found.push(mark));
    found
}

/// Whether a packed set from outside can be read.
///
/// # Errors
/// [`CodecError::Damaged`] where it cannot.
pub(super) fn check(packed: &[u8]) -> Result<(), CodecError> {
    let mut reader = Reader::new(packed);
    read(&mut reader, |_| {});
    reader.finish("packed seen set")
}

/// Puts what left the history into the packed set; entries without an item say nothing here.
pub(super) fn merge(packed: &mut Vec<u8>, entries: &[Entry]) {
    let mut all = marks(packed);
    all.extend(entries.iter().filter_map(|entry| {
        let day = entry.at.as_millis() / DAY_MS;
        entry.item.map(|item| Mark { event_type: entry.event_type, item, day })
    }));
    // Of several marks for one item and type the newest day comes first and stays.
    // The stable sort finds the run that is in order already, which is all but the newcomers.
    all.sort_by_key(|mark| (mark.event_type, mark.item, std::cmp::Reverse(mark.day)));
    all.dedup_by_key(|mark| (mark.event_type, mark.item));
    drop_oldest(&mut all);
    write(packed, &all);
}

fn drop_oldest(all: &mut Vec<Mark>) {
    if all.len() <= MAX_MARKS {
        return;
    }
    let mut by_age: Vec<Mark> = all.clone();
    by_age.sort_unstable_by_key(|mark| (std::cmp::Reverse(mark.day), mark.event_type, mark.item));
    let last = by_age[MAX_MARKS - 1];
    let rank = |mark: &Mark| (std::cmp::Reverse(mark.day), mark.event_type, mark.item);
    all.retain(|mark| rank(mark) <= rank(&last));
}

fn write(packed: &mut Vec<u8>, all: &[Mark]) {
    packed.clear();
    for group in all.chunk_by(|a, b| a.event_type == b.event_type) {
        let newest = group.iter().map(|mark| mark.day).max().unwrap_or(0);
        packed.push(group[0].event_type.0);
        put_varint(packed, group.len() as u64);
        put_varint(packed, newest);
        let mut before = 0;
        for mark in group {
            put_varint(packed, u64::from(mark.item.0 - before));
            put_varint(packed, newest - mark.day);
            before = mark.item.0;
        }
    }
}
