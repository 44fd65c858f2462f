//! What an item was at the moment it was shown, in 19 bytes.
//!
//! | bytes | what |
//! |---|---|
//! | 3 + 3 | first two categories, number + 1, 0 for none |
//! | 1 | kind |
//! | 1 | price, in halves of a power of two, 0 where there is none |
//! | 1 | age in powers of two of a minute, 0 where it is not known |
//! | 1 | live click-through, in quarters of its log-odds, 0 where it was never shown |
//! | 9 | parts of the score, on a scale that is linear near 0 and logarithmic beyond |
//!
//! **Invariant:** any bytes are features; nothing here fails.

use bincode::{Decode, Encode};

use super::ItemKind;
use crate::{CategoryId, Timestamp};

/// Parts of a score that are kept.
pub const PARTS: usize = 9;

/// Numbers that the click-through can be, the 0 of an item never shown among them.
pub const CLICK_RATES: u8 = 50;

const BYTES: usize = 10 + PARTS;

/// An item as it was when it was shown, packed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct ItemFeatures([u8; BYTES]);

/// The same, not packed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FeatureParts {
    /// Its first two categories.
    pub categories: [Option<CategoryId>; 2],
    /// What sort of thing it is.
    pub kind: ItemKind,
    /// Its price.
    pub price: Option<f32>,
    /// When it was new; `None` where that is not known.
    pub new_since: Option<Timestamp>,
    /// When it was shown.
    pub at: Timestamp,
    /// Its click-through, 0 to 1; `None` where it was never shown.
    pub click_rate: Option<f32>,
    /// The parts of its score, in the order of [`crate::ranking::ScoreParts::named`].
    pub parts: [f32; PARTS],
}

impl ItemFeatures {
    /// Packs `parts`.
    #[must_use]
    pub fn pack(parts: &FeatureParts) -> Self {
        let mut bytes = [0; BYTES];
        for (category, place) in parts.categories.iter().zip([0, 3]) {
            let number = category.map_or(0, |category| category.0.saturating_add(1).min(0xff_ffff));
            bytes[place..place + 3].copy_from_slice(&number.to_le_bytes()[..3]);
        }
        bytes[6] = kind_number(parts.kind);
        bytes[7] = parts.price.map_or(0, price_number);
        let age_ms = parts.new_since.map(|since| parts.at.millis_since(since));
        bytes[8] = age_ms.map_or(0, |age_ms| 1 + (1 + age_ms / 60_000).ilog2() as u8);
        bytes[9] = parts.click_rate.map_or(0, rate_number);
        for (byte, part) in bytes[10..].iter_mut().zip(parts.parts) {
            *byte = part_number(part).cast_unsigned();
        }
        Self(bytes)
    }

    /// Its first two categories.
    #[must_use]
    pub fn categories(&self) -> [Option<CategoryId>; 2] {
        [0, 3].map(|place| {
            let [low, middle, high] = [0, 1, 2].map(|byte| self.0[place + byte]);
            u32::from_le_bytes([low, middle, high, 0]).checked_sub(1).map(CategoryId)
        })
    }

    /// Number of its kind, in the order of [`ItemKind`].
    #[must_use]
    pub const fn kind(&self) -> u8 {
        self.0[6]
    }

    /// Bucket of its price; 0 where it had none.
    #[must_use]
    pub const fn price(&self) -> u8 {
        self.0[7]
    }

    /// Bucket of its age; 0 where that was not known.
    #[must_use]
    pub const fn age(&self) -> u8 {
        self.0[8]
    }

    /// Bucket of its click-through; 0 where it was never shown.
    #[must_use]
    pub const fn click_rate(&self) -> u8 {
        self.0[9]
    }

    /// The parts of its score, to about 3 %.
    #[must_use]
    pub fn parts(&self) -> [f32; PARTS] {
        std::array::from_fn(|place| part_value(self.0[10 + place].cast_signed()))
    }
}

const fn kind_number(kind: ItemKind) -> u8 {
    match kind {
        ItemKind::Item => 0,
        ItemKind::Product => 1,
        ItemKind::Video => 2,
        ItemKind::Article => 3,
        ItemKind::LiveRoom => 4,
    }
}

fn price_number(price: f32) -> u8 {
    (1.0 + 2.0 * (1.0 + price.max(0.0)).log2()).clamp(1.0, 64.0) as u8
}

fn rate_number(rate: f32) -> u8 {
    let rate = rate.clamp(1e-4, 1.0 - 1e-4);
    let odds = (rate / (1.0 - rate)).ln();
    (1.0 + 4.0 * (odds + 8.0)).clamp(1.0, f32::from(CLICK_RATES - 1)) as u8
}

/// How fine the scale of parts is near 0.
const FINE: f32 = 16.0;
/// Steps for each time that a part grows by e; 64 is the largest.
const STEPS: f32 = 127.0 / 6.931_472;

fn part_number(part: f32) -> i8 {
    if part.is_nan() {
        return 0;
    }
    let steps = (part.abs() * FINE).ln_1p() * STEPS;
    steps.round().min(127.0).copysign(part) as i8
}

fn part_value(number: i8) -> f32 {
    let number = f32::from(number);
    ((number.abs() / STEPS).exp_m1() / FINE).copysign(number)
}

#[cfg(test)]
mod tests;
