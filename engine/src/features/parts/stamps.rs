//! How many different things there were in windows that tumble or slide.
//!
//! Each bucket of the [`sketch`] holds when it was last taken, as a tile, so that one sketch answers for every window
//! over the same tiles, and forgetting is exact.
//!
//! | bytes | what |
//! |---|---|
//! | 4 | number of the newest tile |
//! | 64 a level | 0, or 1 + tile mod 255 in which the bucket was last taken |

use super::Landed;
use super::sketch::{self, BUCKETS};
use crate::Timestamp;
use crate::features::bytes::{get_u32, put_u32};
use crate::features::grid::Grid;

const HEAD_BYTES: usize = 4;

/// Stamps are told apart modulo this; windows have fewer tiles.
const CYCLE: u32 = 255;

/// A sketch with times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamps {
    /// How time is cut.
    pub grid: Grid,
    /// Tiles after which a bucket is forgotten, fewer than 255.
    pub tiles: u32,
    /// Levels of the sketch.
    pub levels: u32,
}

impl Stamps {
    /// Bytes of the sketch.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        HEAD_BYTES + self.levels as usize * BUCKETS
    }

    /// Notes things.
    pub fn add(&self, stamps: &mut [u8], at: Timestamp, things: &[u64]) -> Landed {
        let tile = self.grid.tile(at);
        self.advance(stamps, tile);
        let head = get_u32(stamps, 0);
        if self.tiles <= head - tile {
            return Landed::Late;
        }
        for thing in things {
            let (level, bucket) = sketch::bucket(*thing, self.levels);
            stamp(stamps, HEAD_BYTES + level as usize * BUCKETS + bucket, head, tile);
        }
        Landed::Counted
    }

    /// Notes what others noted.
    pub fn merge(&self, stamps: &mut [u8], other: &[u8]) -> Landed {
        let theirs = get_u32(other, 0);
        self.advance(stamps, theirs);
        let head = get_u32(stamps, 0);
        let mut landed = Landed::Counted;
        for at in HEAD_BYTES..self.bytes() {
            let Some(tile) = other.get(at).and_then(|mark| tile_of(*mark, theirs)) else {
                continue;
            };
            if head - tile < self.tiles {
                stamp(stamps, at, head, tile);
            } else {
                landed = Landed::Late;
            }
        }
        landed
    }

    /// About how many different things there were in the tiles `first` to `last`.
    #[must_use]
    pub fn estimate(&self, stamps: &[u8], first: u32, last: u32) -> u64 {
        let head = get_u32(stamps, 0);
        sketch::estimate(self.levels, |level| {
            let from = HEAD_BYTES + level as usize * BUCKETS;
            let marks = stamps.get(from..from + BUCKETS).unwrap_or_default();
            let within = |mark: &&u8| {
                tile_of(**mark, head).is_some_and(|tile| (first..=last).contains(&tile))
            };
            marks.iter().filter(within).count() as u32
        })
    }

    /// Forgets what falls out when `tile` is reached.
    fn advance(&self, stamps: &mut [u8], tile: u32) {
        let head = get_u32(stamps, 0);
        if tile <= head {
            return;
        }
        if self.tiles <= tile - head {
            stamps.fill(0);
        } else {
            for mark in stamps.iter_mut().skip(HEAD_BYTES) {
                if tile_of(*mark, head).is_some_and(|found| self.tiles <= tile - found) {
                    *mark = 0;
                }
            }
        }
        put_u32(stamps, 0, tile);
    }
}

/// Stamps a bucket with `tile`, unless it has a newer one.
fn stamp(stamps: &mut [u8], at: usize, head: u32, tile: u32) {
    let Some(mark) = stamps.get_mut(at) else { return };
    if tile_of(*mark, head).is_none_or(|found| found < tile) {
        *mark = (tile % CYCLE) as u8 + 1;
    }
}

/// The newest tile up to `head` that a mark can mean.
fn tile_of(mark: u8, head: u32) -> Option<u32> {
    let rest = u32::from(mark).checked_sub(1)?;
    let age = (head % CYCLE + CYCLE - rest) % CYCLE;
    head.checked_sub(age)
}
