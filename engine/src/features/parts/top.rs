//! The categories with most events, or most of their numbers.
//!
//! Twice as many categories are held as are shown. Where a further one comes, the one with least gives way, so past
//! that bound what is held depends on the order of events.
//!
//! | bytes | what |
//! |---|---|
//! | 4 | number of the newest era of [`super::fading`]; 0 without a half-life |
//! | 36 each | 1 + category, 0 for none; sum of the newest era, and of the one before |

use super::Landed;
use super::fading::{Era, era_from, era_of, faded, mass_of};
use crate::features::bytes::{get_i128, get_u32, put_i128, put_u32};
use crate::{CategoryId, Timestamp};

const HEAD_BYTES: usize = 4;
const SLOT_BYTES: usize = 36;

/// Categories and their sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Top {
    /// How many categories are held.
    pub slots: u32,
    /// After how many milliseconds an event counts half; `None` where it counts for ever.
    pub half_life_ms: Option<u64>,
}

impl Top {
    /// Bytes of the part.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        HEAD_BYTES + self.slots as usize * SLOT_BYTES
    }

    /// Adds an event's number to its categories.
    pub fn add(&self, top: &mut [u8], at: Timestamp, number: i64, of: &[CategoryId]) -> Landed {
        let (era, mass) = match self.half_life_ms {
            Some(half_life) => (era_of(at, half_life), mass_of(at, half_life)),
            None => (0, 1),
        };
        self.advance(top, era);
        let back = match era_from(get_u32(top, 0), era) {
            Era::Before => 1,
            Era::Gone => return Landed::Late,
            Era::Newest | Era::Newer(_) => 0,
        };
        for category in of {
            let slot = self.slot_for(top, category.0.saturating_add(1));
            let at = slot + 4 + 16 * back;
            let sum = get_i128(top, at).wrapping_add(i128::from(number) * i128::from(mass));
            put_i128(top, at, sum);
        }
        Landed::Counted
    }

    /// The categories with their sums at `end`, greatest first, in millionths.
    #[must_use]
    pub fn read(&self, top: &[u8], end: Timestamp) -> Vec<(CategoryId, f64)> {
        let era = get_u32(top, 0);
        let held = self.places().filter_map(|slot| {
            let category = get_u32(top, slot).checked_sub(1)?;
            let [newest, before] = [4, 20].map(|at| get_i128(top, slot + at) as f64);
            let sum = match self.half_life_ms {
                Some(half_life) => faded(era, [newest, before], half_life, end),
                None => newest,
            };
            Some((CategoryId(category), sum))
        });
        let mut held: Vec<_> = held.collect();
        held.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        held
    }

    fn places(&self) -> impl Iterator<Item = usize> + use<> {
        (0..self.slots as usize).map(|slot| HEAD_BYTES + slot * SLOT_BYTES)
    }

    /// Where the category is, or where it is to be from now on.
    fn slot_for(&self, top: &mut [u8], key: u32) -> usize {
        if let Some(slot) = self.places().find(|slot| get_u32(top, *slot) == key) {
            return slot;
        }
        let strength = |slot: &usize| {
            let [newest, before] = [4, 20].map(|at| get_i128(top, slot + at));
            (get_u32(top, *slot) != 0, newest.wrapping_add(before >> 16), get_u32(top, *slot))
        };
        let slot = self.places().min_by_key(strength).unwrap_or(HEAD_BYTES);
        if let Some(bytes) = top.get_mut(slot..slot + SLOT_BYTES) {
            bytes.fill(0);
        }
        put_u32(top, slot, key);
        slot
    }

    fn advance(&self, top: &mut [u8], era: u32) {
        let Era::Newer(passed) = era_from(get_u32(top, 0), era) else { return };
        put_u32(top, 0, era);
        for slot in self.places() {
            let newest = get_i128(top, slot + 4);
            put_i128(top, slot + 4, 0);
            put_i128(top, slot + 20, if passed == 1 { newest } else { 0 });
        }
    }
}
