//! Powers of counts, many at once: the same on every machine, and without a call for each.
//!
//! The logarithm of the mantissa is the series of `artanh`, the exponential a Taylor polynomial; no branches
//! and no table, so that the compiler does several at a time. Relative error below 3e-6 up to 2^24.
//!
//! Not here: numbers below 1.

use std::f32::consts::{LN_2, LOG2_E};

/// Adding and taking it away again rounds to a whole number.
const ROUNDER: f32 = 12_582_912.0;

/// `base` to the power of `exponent`, for a finite `base` from 1 on and an `exponent` from 0 to 1.
#[must_use]
pub fn power(base: f32, exponent: f32) -> f32 {
    exp2(exponent * log2(base))
}

/// Divides each of `values` by its base to the power of `exponent`.
pub fn divide_by_powers(values: &mut [f32], bases: &[f32], exponent: f32) {
    for (value, base) in values.iter_mut().zip(bases) {
        *value /= power(*base, exponent);
    }
}

#[expect(clippy::cast_possible_wrap, reason = "the sign bit of a positive number is not set")]
fn log2(x: f32) -> f32 {
    const ROOT_OF_HALF: i32 = 0x3f35_04f3;
    let bits = x.to_bits() as i32;
    // Wrapping, though nothing wraps: a check of each would keep them from being done several at a time.
    let exponent = bits.wrapping_sub(ROOT_OF_HALF) >> 23;
    let mantissa = f32::from_bits(bits.wrapping_sub(exponent << 23) as u32);
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let t = s * s;
    let series = 1.0 + t * (1.0 / 3.0 + t * (1.0 / 5.0 + t * (1.0 / 7.0)));
    exponent as f32 + 2.0 * LOG2_E * s * series
}

fn exp2(y: f32) -> f32 {
    let rounded = y + ROUNDER;
    let whole = rounded.to_bits().wrapping_sub(ROUNDER.to_bits());
    let x = (y - (rounded - ROUNDER)) * LN_2;
    let small = 1.0 / 6.0 + x * (1.0 / 24.0 + x * (1.0 / 120.0 + x * (1.0 / 720.0)));
    let fraction = 1.0 + x * (1.0 + x * (0.5 + x * small));
    f32::from_bits(whole.wrapping_add(127) << 23) * fraction
}

#[cfg(test)]
mod tests;
