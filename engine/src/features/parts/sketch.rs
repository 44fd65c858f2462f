//! How many different things there were, from which buckets they fell into.
//!
//! A thing falls into one of 64 buckets on a level; level l takes half as many things as the one below it, the last
//! as many as the one below. The estimate leaves out the lower levels that are nearly full (a multiresolution bitmap,
//! Estan, Varghese and Fisk, 2003). From how many of 64 buckets are taken it tells how many things it took on average
//! to take them. The error is about 10 %, and a handful is told nearly exactly.

use crate::features::bytes::{get_u64, put_u64};

/// Buckets of a level.
pub const BUCKETS: usize = 64;

/// Past so many buckets of 64, a level tells too little.
const NEARLY_FULL: u32 = 56;

/// Things that a last level can tell.
const PER_LEVEL: u32 = 128;

/// Levels that estimates up to `most` need.
#[must_use]
pub fn levels_for(most: u32) -> u32 {
    most.div_ceil(PER_LEVEL).max(1).next_power_of_two().trailing_zeros() + 1
}

/// Level and bucket of a thing.
#[must_use]
pub fn bucket(thing: u64, levels: u32) -> (u32, usize) {
    // The finaliser of SplitMix64 (Steele, Lea and Flood, 2014): dense numbers become evenly spread.
    let mut hash = thing.wrapping_add(0x9e37_79b9_7f4a_7c15);
    hash = (hash ^ hash >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ hash >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^= hash >> 31;
    ((hash >> 6).trailing_zeros().min(levels - 1), (hash & 63) as usize)
}

/// How many different things there were, given how many buckets of each level are taken.
#[must_use]
pub fn estimate(levels: u32, taken: impl Fn(u32) -> u32) -> u64 {
    let first = (0..levels - 1).rev().find(|level| NEARLY_FULL < taken(*level));
    let first = first.map_or(0, |full| full + 1);
    let things: f64 = (first..levels).map(|level| things_for(taken(level))).sum();
    (things * f64::from(1u32 << first.min(31))).round() as u64
}

/// Things that on average take so many of the buckets.
fn things_for(taken: u32) -> f64 {
    let buckets = BUCKETS as f64;
    (0..taken.min(BUCKETS as u32)).map(|before| buckets / (buckets - f64::from(before))).sum()
}

/// Buckets as bits: which were ever taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bits {
    /// Number of levels; of none where nothing is kept.
    pub levels: u32,
}

impl Bits {
    /// Bytes of the bits.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.levels as usize * 8
    }

    /// Notes things.
    pub fn add(&self, bits: &mut [u8], things: &[u64]) {
        if self.levels == 0 {
            return;
        }
        for thing in things {
            let (level, bucket) = bucket(*thing, self.levels);
            let at = level as usize * 8;
            put_u64(bits, at, get_u64(bits, at) | 1 << bucket);
        }
    }

    /// Notes what others noted.
    pub fn merge(&self, bits: &mut [u8], other: &[u8]) {
        for at in (0..self.bytes()).step_by(8) {
            put_u64(bits, at, get_u64(bits, at) | get_u64(other, at));
        }
    }

    /// How many different things were noted.
    #[must_use]
    pub fn estimate(&self, bits: &[u8]) -> u64 {
        estimate(self.levels, |level| get_u64(bits, level as usize * 8).count_ones())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates_are_within_their_error_up_to_what_was_asked_for() {
        let part = Bits { levels: levels_for(20_000) };
        assert_eq!(part.levels, 9);
        for number in [0u64, 1, 3, 10, 30, 100, 1_000, 5_000, 20_000] {
            let mut squares = 0.0;
            for run in 0..40u64 {
                let mut bits = vec![0; part.bytes()];
                let things: Vec<u64> = (0..number).map(|thing| run * 1_000_000 + thing).collect();
                part.add(&mut bits, &things);
                let error = part.estimate(&bits) as f64 - number as f64;
                squares += error * error;
            }
            let error = (squares / 40.0).sqrt() / number.max(1) as f64;
            assert!(error < 0.16, "{number}: {error}");
        }
    }

    #[test]
    fn so_many_levels_as_are_needed() {
        assert_eq!([1, 128, 129, 256, 257].map(levels_for), [1, 1, 2, 2, 3]);
    }
}
