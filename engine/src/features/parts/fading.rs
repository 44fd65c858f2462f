//! Counts and sums of which each event counts half after a half-life, exact in whatever order they come.
//!
//! Time is cut into eras of 16 half-lives. An event adds `2^(age of the era at its time)` to its era, in whole
//! 65,536ths, and the newest two eras are kept: whole numbers, so that no order and no split changes a bit
//! (forward decay; Cormode, Shkapenyuk, Srivastava and Xu, 2009). What is older counts less than a 65,536th.
//!
//! | bytes | what |
//! |---|---|
//! | 4 | number of the newest era |
//! | 8 + 8 | mass of the newest era, and of the one before |
//! | 16 + 16 | mass times number of both, where sums are kept |

use super::Landed;
use crate::Timestamp;
use crate::features::bytes::{get_i128, get_u32, get_u64, put_i128, put_u32, put_u64};
use crate::features::decay::remaining;

/// Half-lives of an era.
const ERA: u64 = 16;
/// Mass of an event at the start of an era.
const UNIT: f64 = 65_536.0;

const MASS: usize = 4;
const NUMBERS: usize = 20;

/// Decayed count and sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fading {
    /// After how many milliseconds an event counts half.
    pub half_life_ms: u64,
    /// Whether the numbers are summed, too.
    pub sums: bool,
}

/// Which era an event falls into, seen from the newest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Era {
    /// A newer one: so many are passed.
    Newer(u32),
    /// The newest.
    Newest,
    /// The one before.
    Before,
    /// One that is gone.
    Gone,
}

impl Fading {
    /// Bytes of the part.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        NUMBERS + self.sums as usize * 32
    }

    /// Counts one event.
    pub fn add(&self, fading: &mut [u8], at: Timestamp, number: i64) -> Landed {
        let (era, mass) = (era_of(at, self.half_life_ms), mass_of(at, self.half_life_ms));
        self.advance(fading, era);
        let place = match era_from(get_u32(fading, 0), era) {
            Era::Before => 1,
            Era::Gone => return Landed::Late,
            Era::Newest | Era::Newer(_) => 0,
        };
        let at = MASS + 8 * place;
        put_u64(fading, at, get_u64(fading, at).saturating_add(mass));
        if self.sums {
            let at = NUMBERS + 16 * place;
            let sum = get_i128(fading, at).wrapping_add(i128::from(number) * i128::from(mass));
            put_i128(fading, at, sum);
        }
        Landed::Counted
    }

    /// Adds the events of another.
    pub fn merge(&self, fading: &mut [u8], other: &[u8]) -> Landed {
        let theirs = get_u32(other, 0);
        self.advance(fading, theirs);
        let mut landed = Landed::Counted;
        for back in 0..2 {
            let (mass, number) =
                (get_u64(other, MASS + 8 * back), get_i128(other, NUMBERS + 16 * back));
            if mass == 0 {
                continue;
            }
            let place = match era_from(get_u32(fading, 0), theirs.saturating_sub(back as u32)) {
                Era::Before => 1,
                Era::Gone => {
                    landed = Landed::Late;
                    continue;
                }
                Era::Newest | Era::Newer(_) => 0,
            };
            let at = MASS + 8 * place;
            put_u64(fading, at, get_u64(fading, at).saturating_add(mass));
            if self.sums {
                let at = NUMBERS + 16 * place;
                put_i128(fading, at, get_i128(fading, at).wrapping_add(number));
            }
        }
        landed
    }

    /// The decayed count at `end`.
    #[must_use]
    pub fn count(&self, fading: &[u8], end: Timestamp) -> f64 {
        let [newest, before] = [MASS, MASS + 8].map(|at| get_u64(fading, at) as f64);
        faded(get_u32(fading, 0), [newest, before], self.half_life_ms, end)
    }

    /// The decayed sum at `end`, in millionths.
    #[must_use]
    pub fn sum(&self, fading: &[u8], end: Timestamp) -> f64 {
        let [newest, before] = [NUMBERS, NUMBERS + 16].map(|at| get_i128(fading, at) as f64);
        faded(get_u32(fading, 0), [newest, before], self.half_life_ms, end)
    }

    fn advance(&self, fading: &mut [u8], era: u32) {
        let Era::Newer(passed) = era_from(get_u32(fading, 0), era) else { return };
        let (mass, number) = (get_u64(fading, MASS), get_i128(fading, NUMBERS));
        fading.fill(0);
        put_u32(fading, 0, era);
        if passed == 1 {
            put_u64(fading, MASS + 8, mass);
            if self.sums {
                put_i128(fading, NUMBERS + 16, number);
            }
        }
    }
}

/// The era of an instant.
pub(super) fn era_of(at: Timestamp, half_life_ms: u64) -> u32 {
    let era = at.as_millis() / half_life_ms.saturating_mul(ERA).max(1);
    u32::try_from(era).unwrap_or(u32::MAX)
}

/// What an event at `at` adds to its era: 65,536 at its start, nearly 2^32 at its end.
pub(super) fn mass_of(at: Timestamp, half_life_ms: u64) -> u64 {
    let span = half_life_ms.saturating_mul(ERA).max(1);
    let left = span - at.as_millis() % span;
    (remaining(left, half_life_ms) * UNIT * UNIT).round() as u64
}

pub(super) fn era_from(newest: u32, era: u32) -> Era {
    match newest.checked_sub(era) {
        None => Era::Newer(era - newest),
        Some(0) => Era::Newest,
        Some(1) => Era::Before,
        Some(_) => Era::Gone,
    }
}

/// What the masses of an era and of the one before it are worth at `end`.
pub(super) fn faded(era: u32, masses: [f64; 2], half_life_ms: u64, end: Timestamp) -> f64 {
    let span = half_life_ms.saturating_mul(ERA).max(1);
    let start = Timestamp::from_millis(span.saturating_mul(u64::from(era)));
    let rest = remaining(end.millis_since(start), half_life_ms) / UNIT;
    masses[0] * rest + masses[1] * rest / UNIT
}
