//! Chance that can be asked again: every draw is a hash of the seed and of what it is for.
//!
//! **Invariant:** a draw depends on its name alone, never on how many were made before it or by which
//! thread, so that the same seed gives the same visitors however fast the node answers.

/// What a draw is for; keeps draws of equal numbers apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Draw {
    /// Where a category lies among the tastes.
    Centre,
    /// How an item differs from its category.
    Item,
    /// How much everybody likes an item.
    Appeal,
    /// What a visitor likes.
    Taste,
    /// Which categories a visitor likes, leg by leg.
    Favourite,
    /// Who is shown whose lists.
    Arm,
    /// Who comes next.
    Turn,
    /// Whether a visitor looks at another page.
    Stay,
    /// Whether an item is clicked.
    Click,
    /// The lists of the random arm.
    Shelf,
    /// Which category goes viral.
    Burst,
}

/// A seed, and the draws that follow from it.
#[derive(Clone, Copy, Debug)]
pub struct Dice(u64);

impl Dice {
    /// The draws of `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(mix(seed))
    }

    /// A whole number, all 64 bits of it.
    #[must_use]
    pub fn number(self, draw: Draw, name: &[u64]) -> u64 {
        name.iter().fold(mix(self.0 ^ draw as u64), |state, part| mix(state ^ mix(*part)))
    }

    /// A whole number below `end`, which is not 0.
    #[must_use]
    pub fn below(self, end: usize, draw: Draw, name: &[u64]) -> usize {
        (self.number(draw, name) % end as u64) as usize
    }

    /// A number from 0 up to 1.
    #[must_use]
    pub fn unit(self, draw: Draw, name: &[u64]) -> f32 {
        (self.number(draw, name) >> 40) as f32 / (1_u64 << 24) as f32
    }

    /// A number of mean 0 and variance 1, nearly normal: a sum of twelve (Irwin and Hall).
    #[must_use]
    pub fn normal(self, draw: Draw, name: &[u64]) -> f32 {
        let start = self.number(draw, name);
        let sum: f32 = (0..12).map(|part| (mix(start ^ part) >> 40) as f32).sum();
        sum / (1_u64 << 24) as f32 - 6.0
    }
}

/// The finaliser of `SplitMix64` (Steele, Lea and Flood, 2014).
fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests;
