//! Numbers of events as whole millionths, so that sums do not depend on the order of their parts.
//!
//! **Invariant:** a sum over up to 2^32 numbers fits [`super::bytes::SUM_BYTES`] and is exact.

/// The greatest number, in units, that counts as it is; what is beyond counts as much.
pub const LARGEST: f64 = 1e12;

const PER_UNIT: f64 = 1e6;

/// The number in millionths, rounded; `None` where it is none.
#[must_use]
pub fn micros(number: f64) -> Option<i64> {
    number.is_finite().then(|| (number.clamp(-LARGEST, LARGEST) * PER_UNIT).round() as i64)
}

/// A sum of millionths in units.
#[must_use]
pub fn units(micros: i128) -> f64 {
    micros as f64 / PER_UNIT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_kept_to_the_millionth() {
        assert_eq!(micros(f64::from(19.99f32)), Some(19_990_000));
        assert_eq!(micros(-0.000_000_6), Some(-1));
        assert!((units(19_990_000) - 19.99).abs() < 1e-12);
    }

    #[test]
    fn what_is_no_number_is_none_and_what_is_too_great_is_cut() {
        assert_eq!(micros(f64::NAN), None);
        assert_eq!(micros(f64::INFINITY), None);
        assert_eq!(micros(1e30), Some(1_000_000_000_000_000_000));
    }
}
