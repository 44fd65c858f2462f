//! From what the features of a family need to the parts of its block: windows share tiles where that costs no more.

use crate::features::declare::MAX_TILES;
use crate::features::grid::{DAY_MS, Grid};
use crate::features::parts::Part;
use crate::features::parts::fading::Fading;
use crate::features::parts::last::Last;
use crate::features::parts::ring::Ring;
use crate::features::parts::sketch::Bits;
use crate::features::parts::stamps::Stamps;
use crate::features::parts::top::Top;
use crate::features::parts::visits::Visits;

/// The parts that together serve all `needs`, each of which is the smallest part that would do for itself.
pub(super) fn parts_for(needs: &[Part]) -> Vec<Part> {
    let mut rings: Vec<Ring> = Vec::new();
    let mut others: Vec<Part> = Vec::new();
    for need in needs {
        match need {
            Part::Ring(ring) => rings.push(*ring),
            need => {
                match others.iter_mut().find_map(|part| joined(part, need).map(|it| (part, it))) {
                    Some((part, joined)) => *part = joined,
                    None => others.push(*need),
                }
            }
        }
    }
    // Fine tiles first: coarse ones may be made of them.
    rings.sort_by_key(|ring| (ring.grid.zone.minutes, ring.grid.width_ms, u32::MAX - ring.tiles));
    let mut shared: Vec<Ring> = Vec::new();
    for ring in rings {
        match shared.iter_mut().find_map(|other| cheaper(other, &ring).map(|it| (other, it))) {
            Some((other, joined)) => *other = joined,
            None => shared.push(ring),
        }
    }
    shared.into_iter().map(Part::Ring).chain(others).collect()
}

/// How many tiles of `fine` make one of `coarse`.
pub(super) fn factor(fine: Grid, coarse: Grid) -> Option<u32> {
    let weeks = |grid: Grid| grid.width_ms.is_multiple_of(7 * DAY_MS);
    let fits = fine.zone == coarse.zone
        && coarse.width_ms.is_multiple_of(fine.width_ms)
        && weeks(fine) == weeks(coarse);
    fits.then(|| u32::try_from(coarse.width_ms / fine.width_ms).ok()).flatten()
}

/// One ring for both, where it takes no more bytes than two.
fn cheaper(fine: &Ring, coarse: &Ring) -> Option<Ring> {
    let tiles = coarse.tiles.checked_mul(factor(fine.grid, coarse.grid)?)?.max(fine.tiles);
    let both = Ring { grid: fine.grid, tiles, shape: fine.shape.and(coarse.shape) };
    let fits = u64::from(tiles) <= MAX_TILES && both.bytes() <= fine.bytes() + coarse.bytes();
    fits.then_some(both)
}

/// One part that serves both, where they are about the same.
fn joined(part: &Part, need: &Part) -> Option<Part> {
    match (*part, *need) {
        (Part::Stamps(a), Part::Stamps(b)) if a.grid == b.grid => Some(Part::Stamps(Stamps {
            grid: a.grid,
            tiles: a.tiles.max(b.tiles),
            levels: a.levels.max(b.levels),
        })),
        (Part::Fading(a), Part::Fading(b)) if a.half_life_ms == b.half_life_ms => {
            Some(Part::Fading(Fading { half_life_ms: a.half_life_ms, sums: a.sums || b.sums }))
        }
        (Part::Last(a), Part::Last(b)) => Some(Part::Last(Last { events: a.events.max(b.events) })),
        (Part::Visits(a), Part::Visits(b)) => Some(Part::Visits(Visits {
            gap_ms: a.gap_ms,
            shape: a.shape.and(b.shape),
            things: Bits { levels: a.things.levels.max(b.things.levels) },
        })),
        (Part::Ever(a), Part::Ever(b)) => Some(Part::Ever(a.and(b))),
        (Part::EverThings(a), Part::EverThings(b)) => {
            Some(Part::EverThings(Bits { levels: a.levels.max(b.levels) }))
        }
        (Part::Top(a), Part::Top(b)) if a.half_life_ms == b.half_life_ms => {
            Some(Part::Top(Top { slots: a.slots.max(b.slots), half_life_ms: a.half_life_ms }))
        }
        (Part::Newest, Part::Newest) => Some(Part::Newest),
        _ => None,
    }
}

/// Where in `parts` a need is served.
pub(super) fn serving(parts: &[Part], need: &Part) -> Option<usize> {
    parts.iter().position(|part| match (part, need) {
        (Part::Ring(fine), Part::Ring(coarse)) => {
            let tiles = factor(fine.grid, coarse.grid)
                .map(|factor| u64::from(factor) * u64::from(coarse.tiles));
            fine.shape.and(coarse.shape) == fine.shape
                && tiles.is_some_and(|tiles| tiles <= u64::from(fine.tiles))
        }
        (part, need) => joined(part, need).as_ref() == Some(part),
    })
}
