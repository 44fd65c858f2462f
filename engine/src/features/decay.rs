//! Exponential decay: `2^-(elapsed / half_life)`, the same bits on every machine.
//!
//! The platform's `exp2` may differ in the last bit from one C library to the next; this one is plain
//! IEEE additions and multiplications, so state replays equal wherever it is replayed.

/// Terms of `exp(y)` by Taylor's series, highest first; for |y| <= ln(2)/2 the error is below 1e-11.
const TERMS: [f64; 10] = [
    1.0 / 362_880.0,
    1.0 / 40_320.0,
    1.0 / 5_040.0,
    1.0 / 720.0,
    1.0 / 120.0,
    1.0 / 24.0,
    1.0 / 6.0,
    1.0 / 2.0,
    1.0,
    1.0,
];

/// Past this many half-lives nothing is left that an `f32` score could show.
const SPENT: f64 = 200.0;

/// What is left of 1 after `elapsed_ms` under a half-life of `half_life_ms`; 0 for no half-life at all.
#[must_use]
pub fn remaining(elapsed_ms: u64, half_life_ms: u64) -> f64 {
    if elapsed_ms == 0 {
        return 1.0;
    }
    let lives = elapsed_ms as f64 / half_life_ms as f64;
    if SPENT <= lives {
        return 0.0;
    }
    let whole = (lives + 0.5) as u64;
    let rest = (whole as f64 - lives) * std::f64::consts::LN_2;
    let power_of_two = f64::from_bits((1023 - whole) << 52);
    TERMS.iter().fold(0.0, |sum, term| sum * rest + term) * power_of_two
}

#[cfg(test)]
mod tests {
    use super::remaining;

    #[test]
    fn a_half_life_leaves_a_half() {
        assert!((remaining(1_000, 1_000) - 0.5).abs() < 1e-12);
        assert!((remaining(3_000, 1_000) - 0.125).abs() < 1e-12);
    }

    #[test]
    fn it_agrees_with_the_platform_over_the_whole_range() {
        for elapsed in (1..150_000u64).step_by(37) {
            let expected = (-(elapsed as f64) / 1_000.0).exp2();
            let found = remaining(elapsed, 1_000);
            assert!((found / expected - 1.0).abs() < 1e-10, "{elapsed}: {found} {expected}");
        }
    }

    #[test]
    fn nothing_is_left_where_there_is_no_half_life() {
        assert_eq!(remaining(5, 0).to_bits(), 0.0f64.to_bits());
        assert_eq!(remaining(u64::MAX, 1).to_bits(), 0.0f64.to_bits());
    }
}
