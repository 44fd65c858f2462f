//! The newest events, one by one.
//!
//! | bytes | what |
//! |---|---|
//! | 2 | how many |
//! | 16 each | event time, number; newest first, of equal times the greater number first |

use super::Landed;
use crate::Timestamp;
use crate::features::bytes::{get_i64, get_u64, put_i64, put_u64};

const HEAD_BYTES: usize = 2;
const ENTRY_BYTES: usize = 16;

/// The newest events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Last {
    /// How many are kept.
    pub events: u32,
}

impl Last {
    /// Bytes of the part.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        HEAD_BYTES + self.events as usize * ENTRY_BYTES
    }

    /// Keeps an event, unless there are enough newer ones.
    pub fn add(&self, last: &mut [u8], at: Timestamp, number: i64) -> Landed {
        let length = self.length(last);
        let entry = (at.as_millis(), number);
        let place = (0..length).position(|place| entry_at(last, place) < entry).unwrap_or(length);
        if place == self.events as usize {
            return Landed::Late;
        }
        let kept = (length + 1).min(self.events as usize);
        let from = HEAD_BYTES + place * ENTRY_BYTES;
        let end = HEAD_BYTES + (kept - 1) * ENTRY_BYTES;
        last.copy_within(from..end, from + ENTRY_BYTES);
        put_u64(last, from, entry.0);
        put_i64(last, from + 8, entry.1);
        last[..HEAD_BYTES].copy_from_slice(&(kept as u16).to_le_bytes());
        Landed::Counted
    }

    /// Keeps what another kept.
    pub fn merge(&self, last: &mut [u8], other: &[u8]) -> Landed {
        let entries: Vec<_> = self.entries(other).collect();
        entries
            .into_iter()
            .fold(Landed::Counted, |landed, (at, number)| landed.and(self.add(last, at, number)))
    }

    /// Times and numbers, newest first.
    pub fn entries<'a>(&self, last: &'a [u8]) -> impl Iterator<Item = (Timestamp, i64)> + 'a {
        (0..self.length(last)).map(|place| {
            let (at, number) = entry_at(last, place);
            (Timestamp::from_millis(at), number)
        })
    }

    fn length(self, last: &[u8]) -> usize {
        let length = last.first_chunk().map_or(0, |bytes| u16::from_le_bytes(*bytes));
        usize::from(length).min(self.events as usize)
    }
}

fn entry_at(last: &[u8], place: usize) -> (u64, i64) {
    let at = HEAD_BYTES + place * ENTRY_BYTES;
    (get_u64(last, at), get_i64(last, at + 8))
}
