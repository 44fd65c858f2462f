//! Any of the parts, with one way to change it.

use super::cell::Shape;
use super::fading::Fading;
use super::last::Last;
use super::ring::Ring;
use super::sketch::Bits;
use super::stamps::Stamps;
use super::top::Top;
use super::visits::Visits;
use super::{Contribution, Landed};
use crate::features::bytes::{get_i64, get_u64, put_i64, put_u64};
use crate::features::grid::{Grid, Summer};

/// A part of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Tiles of event time.
    Ring(Ring),
    /// Things by the tile in which they were last seen.
    Stamps(Stamps),
    /// Decayed count and sum.
    Fading(Fading),
    /// The newest events.
    Last(Last),
    /// Visits.
    Visits(Visits),
    /// All events.
    Ever(Shape),
    /// All things.
    EverThings(Bits),
    /// The categories with most.
    Top(Top),
    /// Time and number of the newest event, of equal times the greater number.
    Newest,
}

impl Part {
    /// Bytes of the part.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        match self {
            Self::Ring(part) => part.bytes(),
            Self::Stamps(part) => part.bytes(),
            Self::Fading(part) => part.bytes(),
            Self::Last(part) => part.bytes(),
            Self::Visits(part) => part.bytes(),
            Self::Ever(part) => part.bytes(),
            Self::EverThings(part) => part.bytes(),
            Self::Top(part) => part.bytes(),
            Self::Newest => 16,
        }
    }

    /// Counts an event.
    #[inline]
    pub fn add(&self, bytes: &mut [u8], event: &Contribution<'_>) -> Landed {
        let Contribution { at, number, things, categories } = *event;
        match self {
            Self::Ring(part) => return part.add(bytes, at, number),
            Self::Stamps(part) => return part.add(bytes, at, things),
            Self::Fading(part) => return part.add(bytes, at, number),
            Self::Last(part) => return part.add(bytes, at, number),
            Self::Visits(part) => return part.add(bytes, at, Some(event)),
            Self::Top(part) => return part.add(bytes, at, number, categories),
            Self::Ever(part) => part.add(bytes, number),
            Self::EverThings(part) => part.add(bytes, things),
            Self::Newest => newer(bytes, (at.as_millis().max(1), number)),
        }
        Landed::Counted
    }

    /// Adds the events of another, of equal description.
    ///
    /// Visits and top categories are never merged: they are kept of users, and those are in one shard.
    pub fn merge(&self, bytes: &mut [u8], other: &[u8]) -> Landed {
        match self {
            Self::Ring(part) => return part.merge(bytes, other),
            Self::Stamps(part) => return part.merge(bytes, other),
            Self::Fading(part) => return part.merge(bytes, other),
            Self::Last(part) => return part.merge(bytes, other),
            Self::Visits(_) | Self::Top(_) => {}
            Self::Ever(part) => part.merge(bytes, other),
            Self::EverThings(part) => part.merge(bytes, other),
            Self::Newest => newer(bytes, newest(other)),
        }
        Landed::Counted
    }

    /// Whether two of them can be added up, in whatever order their events came.
    #[must_use]
    pub fn adds_up(&self) -> bool {
        !matches!(self, Self::Visits(_) | Self::Top(_))
    }

    /// Appends what tells it from any other description.
    pub fn describe(&self, out: &mut Vec<u8>) {
        let mut put = |kind: u8, numbers: &[u64]| {
            out.push(kind);
            out.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        };
        match *self {
            Self::Ring(Ring { grid, tiles, shape }) => {
                let [width, zone] = of_grid(grid);
                put(1, &[width, zone, u64::from(tiles), of_shape(shape)]);
            }
            Self::Stamps(Stamps { grid, tiles, levels }) => {
                let [width, zone] = of_grid(grid);
                put(2, &[width, zone, u64::from(tiles), u64::from(levels)]);
            }
            Self::Fading(Fading { half_life_ms, sums }) => put(3, &[half_life_ms, u64::from(sums)]),
            Self::Last(Last { events }) => put(4, &[u64::from(events)]),
            Self::Visits(Visits { gap_ms, shape, things }) => {
                put(5, &[gap_ms, of_shape(shape), u64::from(things.levels)]);
            }
            Self::Ever(shape) => put(6, &[of_shape(shape)]),
            Self::EverThings(Bits { levels }) => put(7, &[u64::from(levels)]),
            Self::Top(Top { slots, half_life_ms }) => {
                put(8, &[u64::from(slots), half_life_ms.unwrap_or(0)]);
            }
            Self::Newest => put(9, &[]),
        }
    }
}

/// Time and number of the newest event; time 0 where there is none.
pub(crate) fn newest(bytes: &[u8]) -> (u64, i64) {
    (get_u64(bytes, 0), get_i64(bytes, 8))
}

/// Puts the newer number in the place of the older one; of equal times the greater.
fn newer(bytes: &mut [u8], theirs: (u64, i64)) {
    let mine = newest(bytes);
    if theirs.0 != 0 && (mine.0 == 0 || mine < theirs) {
        put_u64(bytes, 0, theirs.0);
        put_i64(bytes, 8, theirs.1);
    }
}

fn of_grid(grid: Grid) -> [u64; 2] {
    let summer = match grid.zone.summer {
        Summer::None => 0,
        Summer::Europe => 1,
        Summer::America => 2,
    };
    [grid.width_ms, i64::from(grid.zone.minutes).cast_unsigned() << 2 | summer]
}

fn of_shape(shape: Shape) -> u64 {
    u64::from(shape.sum) | u64::from(shape.least) << 1 | u64::from(shape.greatest) << 2
}
