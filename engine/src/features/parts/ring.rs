//! Cells in a ring of tiles of event time: windows that tumble or slide.
//!
//! | bytes | what |
//! |---|---|
//! | 4 | number of the newest tile |
//! | cells | the tile of number n at place n mod tiles |

use super::Landed;
use super::cell::{Gathered, Shape};
use crate::Timestamp;
use crate::features::bytes::{get_u32, put_u32};
use crate::features::grid::Grid;

const HEAD_BYTES: usize = 4;

/// A ring of cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ring {
    /// How time is cut.
    pub grid: Grid,
    /// Tiles that are kept.
    pub tiles: u32,
    /// What a tile keeps.
    pub shape: Shape,
}

impl Ring {
    /// Bytes of the ring.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        HEAD_BYTES + self.tiles as usize * self.shape.bytes()
    }

    /// Counts one event.
    #[inline]
    pub fn add(&self, ring: &mut [u8], at: Timestamp, number: i64) -> Landed {
        let tile = self.grid.tile(at);
        self.advance(ring, tile);
        if self.tiles <= get_u32(ring, 0) - tile {
            return Landed::Late;
        }
        self.shape.add(self.cell(ring, tile), number);
        Landed::Counted
    }

    /// Adds the events of another ring.
    pub fn merge(&self, ring: &mut [u8], other: &[u8]) -> Landed {
        let theirs = get_u32(other, 0);
        self.advance(ring, theirs);
        let head = get_u32(ring, 0);
        let mut landed = Landed::Counted;
        for tile in self.kept(theirs) {
            let from = self.place(tile);
            let Some(cell) = other.get(from..from + self.shape.bytes()) else { continue };
            if head - tile < self.tiles {
                self.shape.merge(self.cell(ring, tile), cell);
            } else if get_u32(cell, 0) != 0 {
                landed = Landed::Late;
            }
        }
        landed
    }

    /// What the tiles `first` to `last` hold.
    #[must_use]
    pub fn gather(&self, ring: &[u8], first: u32, last: u32) -> Gathered {
        let mut gathered = Gathered::default();
        let kept = self.kept(get_u32(ring, 0));
        for tile in first.max(*kept.start())..=last.min(*kept.end()) {
            let from = self.place(tile);
            if let Some(cell) = ring.get(from..from + self.shape.bytes()) {
                self.shape.gather(cell, &mut gathered);
            }
        }
        gathered
    }

    fn kept(&self, head: u32) -> std::ops::RangeInclusive<u32> {
        head.saturating_sub(self.tiles - 1)..=head
    }

    /// Lets go of the tiles that fall out when `tile` is reached.
    #[inline]
    fn advance(&self, ring: &mut [u8], tile: u32) {
        let head = get_u32(ring, 0);
        if tile <= head {
            return;
        }
        if self.tiles <= tile - head {
            ring.fill(0);
        } else {
            for fresh in head + 1..=tile {
                self.cell(ring, fresh).fill(0);
            }
        }
        put_u32(ring, 0, tile);
    }

    fn place(&self, tile: u32) -> usize {
        HEAD_BYTES + (tile % self.tiles) as usize * self.shape.bytes()
    }

    #[inline]
    fn cell<'a>(&self, ring: &'a mut [u8], tile: u32) -> &'a mut [u8] {
        let from = self.place(tile);
        ring.get_mut(from..from + self.shape.bytes()).unwrap_or_default()
    }
}
