//! How many different viewers: exactly while they are few, by a sketch past that.
//!
//! The sketch is `HyperLogLog` (Flajolet et al., 2007) of 4,096 registers with linear counting below 2.5 registers' worth:
//! a standard error of 1.6 %, in four kilobytes. Viewers are keyed hashes already; one more mixing makes all bits even.
//!
//! **Invariant:** the state depends on the set of viewers alone, never on their order. A logarithm is taken for reading only.

use rustc_hash::FxHashSet;

const PRECISION: u32 = 12;
const REGISTERS: usize = 1 << PRECISION;

/// A sketch of a set of viewers.
#[derive(Clone, Debug, PartialEq, bincode::Encode, bincode::Decode)]
pub(super) struct Sketch {
    registers: Vec<u8>,
}

impl Default for Sketch {
    fn default() -> Self {
        Self { registers: vec![0; REGISTERS] }
    }
}

impl Sketch {
    pub(super) fn add(&mut self, viewer: u64) {
        let mixed = mix(viewer);
        let register = (mixed >> (64 - PRECISION)) as usize;
        let rank = ((mixed << PRECISION).leading_zeros() + 1).min(64 - PRECISION + 1) as u8;
        self.registers[register] = self.registers[register].max(rank);
    }

    /// How many different viewers either of both has seen.
    pub(super) fn together(&self, other: &Self) -> f64 {
        estimate(self.registers.iter().zip(&other.registers).map(|(one, two)| *one.max(two)))
    }

    /// How many different viewers it has seen.
    pub(super) fn count(&self) -> f64 {
        estimate(self.registers.iter().copied())
    }

    /// Whether it could have come out of a checkpoint of this program.
    pub(super) fn is_whole(&self) -> bool {
        self.registers.len() == REGISTERS
    }
}

fn estimate(registers: impl Iterator<Item = u8>) -> f64 {
    let (mut sum, mut empty) = (0.0, 0u32);
    for rank in registers {
        sum += f64::from_bits((1_023 - u64::from(rank)) << 52);
        empty += u32::from(rank == 0);
    }
    let size = REGISTERS as f64;
    let raw = 0.7213 / (1.0 + 1.079 / size) * size * size / sum;
    if raw <= 2.5 * size && 0 < empty { size * (size / f64::from(empty)).ln() } else { raw }
}

/// The finaliser of `SplitMix64` (Steele et al., 2014).
fn mix(value: u64) -> u64 {
    let mut mixed = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Everybody who was ever there.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Audience {
    exact: FxHashSet<u64>,
    sketch: Option<Sketch>,
}

impl Audience {
    /// Counts `viewer` once; past `most` different ones it turns into an estimate.
    pub(super) fn add(&mut self, viewer: u64, most: usize) {
        if let Some(sketch) = &mut self.sketch {
            return sketch.add(viewer);
        }
        self.exact.insert(viewer);
        if most < self.exact.len() {
            let mut sketch = Sketch::default();
            self.exact.drain().for_each(|viewer| sketch.add(viewer));
            self.sketch = Some(sketch);
        }
    }

    /// How many, and whether that is exact.
    pub(super) fn count(&self) -> (u64, bool) {
        match &self.sketch {
            Some(sketch) => (sketch.count().round() as u64, false),
            None => (self.exact.len() as u64, true),
        }
    }

    /// Everybody in order, and the sketch.
    pub(super) fn parts(&self) -> (Vec<u64>, Option<Sketch>) {
        let mut exact: Vec<u64> = self.exact.iter().copied().collect();
        exact.sort_unstable();
        (exact, self.sketch.clone())
    }

    pub(super) fn from_parts(exact: Vec<u64>, sketch: Option<Sketch>) -> Self {
        Self { exact: exact.into_iter().collect(), sketch }
    }
}
