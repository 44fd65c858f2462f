//! The shop: how each item is, as numbers that the node never sees.
//!
//! An item lies near the centre of its category in a small space of tastes, and has an appeal of its own.
//!
//! **Invariant:** an item is a function of seed and number; nothing is stored and nothing can go out of step.
//!
//! Not here: names (see `goods`), who likes what (see `visitor`), when items arrive (see `script`).

use super::dice::{Dice, Draw};
use super::goods::CATEGORIES;

/// Dimensions of the space of tastes.
pub const DIMENSIONS: usize = 16;

/// A place in the space of tastes.
pub type Latent = [f32; DIMENSIONS];

/// Items on the shelves when the shop opens.
pub const OPENING_ITEMS: usize = 960;

/// Spread of an item around the centre of its category, in each dimension.
const SPREAD: f32 = 0.12;
/// Spread of what everybody likes more or less.
const APPEAL: f32 = 0.7;

/// A shop of one seed.
#[derive(Clone, Debug)]
pub struct Shop {
    dice: Dice,
    centres: [Latent; CATEGORIES],
}

/// How an item is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Nature {
    /// Its category, by number.
    pub category: usize,
    /// Its place in the space of tastes.
    pub latent: Latent,
    /// How much everybody likes it.
    pub appeal: f32,
}

impl Shop {
    /// The shop of a seed.
    #[must_use]
    pub fn new(dice: Dice) -> Self {
        let mut centres = [[0.0; DIMENSIONS]; CATEGORIES];
        for category in 0..CATEGORIES {
            let along = |axis: usize| dice.normal(Draw::Centre, &[category as u64, axis as u64]);
            centres[category] = apart(std::array::from_fn(along), &centres[..category]);
        }
        Self { dice, centres }
    }

    /// Where a category lies.
    #[must_use]
    pub fn centre(&self, category: usize) -> &Latent {
        &self.centres[category]
    }

    /// How the item of this number is.
    #[must_use]
    pub fn nature(&self, item: usize) -> Nature {
        let category = item % CATEGORIES;
        let along = |axis: usize| {
            let away = self.dice.normal(Draw::Item, &[item as u64, axis as u64]);
            self.centres[category][axis] + SPREAD * away
        };
        let appeal = APPEAL * self.dice.normal(Draw::Appeal, &[item as u64]);
        Nature { category, latent: unit(std::array::from_fn(along)), appeal }
    }
}

/// What of a direction none of the others has (Gram and Schmidt): whoever likes one category likes another
/// only by chance.
fn apart(direction: Latent, others: &[Latent]) -> Latent {
    let without = |left: Latent, other: &Latent| {
        let shared = dot(&left, other);
        std::array::from_fn(|axis| left[axis] - shared * other[axis])
    };
    unit(others.iter().fold(direction, without))
}

/// The vector scaled to length 1.
#[must_use]
pub fn unit(vector: Latent) -> Latent {
    let length = dot(&vector, &vector).sqrt().max(f32::MIN_POSITIVE);
    vector.map(|part| part / length)
}

/// The product of two places: 1 where they are the same, 0 where they have nothing to do with each other.
#[must_use]
pub fn dot(a: &Latent, b: &Latent) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests;
