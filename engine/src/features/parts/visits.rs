//! What happened in the user's visit.
//!
//! A visit is a chain of the user's events, of whatever type, with no gap longer than the configured one. The newest
//! few are kept, so that a late event lands in the visit it belongs to, and two visits that it joins become one. An
//! event that could belong to a visit that is gone is late.
//!
//! | bytes | what |
//! |---|---|
//! | 8 | end of the newest visit that is gone |
//! | each: 8 + 8 | start and end, 0 for none |
//! | each | cell; bits of a sketch |

use super::cell::{Gathered, Shape};
use super::sketch::Bits;
use super::{Contribution, Landed};
use crate::Timestamp;
use crate::features::bytes::{get_u64, put_u64};

/// Visits that are kept.
const KEPT: usize = 3;

const HEAD_BYTES: usize = 8;
const SPAN_BYTES: usize = 16;

/// The newest visits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visits {
    /// The longest gap inside a visit.
    pub gap_ms: u64,
    /// What is kept of each.
    pub shape: Shape,
    /// The things in each; of no level where they are not counted.
    pub things: Bits,
}

/// The visit that is under way, or the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Under {
    /// When it began.
    pub started_at: Timestamp,
    /// Time of its last event.
    pub last_at: Timestamp,
    /// What it holds.
    pub gathered: Gathered,
    /// About how many different things.
    pub things: u64,
}

impl Visits {
    /// Bytes of the part.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        HEAD_BYTES + KEPT * self.pane_bytes()
    }

    /// Notes that the user did something, and counts it where `counted` says what.
    pub fn add(&self, visits: &mut [u8], at: Timestamp, counted: Option<&Contribution>) -> Landed {
        let at = at.as_millis().max(1);
        let gone = get_u64(visits, 0);
        if gone != 0 && at <= gone.saturating_add(self.gap_ms) {
            return Landed::Late;
        }
        let Some(pane) = self.pane_for(visits, at) else {
            put_u64(visits, 0, gone.max(at));
            return Landed::Late;
        };
        put_u64(visits, pane + 8, get_u64(visits, pane + 8).max(at));
        put_u64(visits, pane, get_u64(visits, pane).min(at));
        if let Some(event) = counted {
            let (from, to) = (pane + SPAN_BYTES, pane + SPAN_BYTES + self.shape.bytes());
            self.shape.add(visits.get_mut(from..to).unwrap_or_default(), event.number);
            let end = pane + self.pane_bytes();
            self.things.add(visits.get_mut(to..end).unwrap_or_default(), event.things);
        }
        Landed::Counted
    }

    /// The newest visit.
    #[must_use]
    pub fn newest(&self, visits: &[u8]) -> Option<Under> {
        let pane = self.places().max_by_key(|pane| get_u64(visits, pane + 8))?;
        let last = get_u64(visits, pane + 8);
        let cell = pane + SPAN_BYTES..pane + SPAN_BYTES + self.shape.bytes();
        let mut gathered = Gathered::default();
        let bits = visits.get(cell.end..pane + self.pane_bytes())?;
        self.shape.gather(visits.get(cell)?, &mut gathered);
        let things = if self.things.levels == 0 { 0 } else { self.things.estimate(bits) };
        let started_at = Timestamp::from_millis(get_u64(visits, pane));
        let under = Under { started_at, last_at: Timestamp::from_millis(last), gathered, things };
        (last != 0).then_some(under)
    }

    const fn pane_bytes(&self) -> usize {
        SPAN_BYTES + self.shape.bytes() + self.things.bytes()
    }

    fn places(&self) -> impl Iterator<Item = usize> + use<> {
        let bytes = self.pane_bytes();
        (0..KEPT).map(move |pane| HEAD_BYTES + pane * bytes)
    }

    /// The visit that an event at `at` belongs to, after it has joined those it touches; `None` where it is older
    /// than all, and there is no room.
    fn pane_for(&self, visits: &mut [u8], at: u64) -> Option<usize> {
        let belongs = |pane: &usize| {
            let (start, last) = (get_u64(visits, *pane), get_u64(visits, pane + 8));
            last != 0
                && start <= at.saturating_add(self.gap_ms)
                && at <= last.saturating_add(self.gap_ms)
        };
        let touched: Vec<usize> = self.places().filter(belongs).collect();
        if let Some((first, others)) = touched.split_first() {
            for other in others {
                self.join(visits, *first, *other);
            }
            return Some(*first);
        }
        let oldest = self.places().min_by_key(|pane| get_u64(visits, pane + 8))?;
        let last = get_u64(visits, oldest + 8);
        if at < last {
            return None;
        }
        if last != 0 {
            put_u64(visits, 0, get_u64(visits, 0).max(last));
        }
        visits.get_mut(oldest..oldest + self.pane_bytes())?.fill(0);
        put_u64(visits, oldest, at);
        put_u64(visits, oldest + 8, at);
        Some(oldest)
    }

    /// Lets one visit become part of another.
    fn join(&self, visits: &mut [u8], into: usize, from: usize) {
        let bytes = self.pane_bytes();
        let Some(other) = visits.get(from..from + bytes).map(<[u8]>::to_vec) else { return };
        put_u64(visits, into, get_u64(visits, into).min(get_u64(&other, 0)));
        put_u64(visits, into + 8, get_u64(visits, into + 8).max(get_u64(&other, 8)));
        let cell = SPAN_BYTES + self.shape.bytes();
        let mine = visits.get_mut(into + SPAN_BYTES..into + cell).unwrap_or_default();
        self.shape.merge(mine, &other[SPAN_BYTES..cell]);
        let mine = visits.get_mut(into + cell..into + bytes).unwrap_or_default();
        self.things.merge(mine, &other[cell..]);
        visits.get_mut(from..from + bytes).unwrap_or_default().fill(0);
    }
}
