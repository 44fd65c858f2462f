//! Arithmetic of the model: rows of lanes, sums in a fixed order, logarithms that vectorise.
//!
//! A row is a slice of [`Lane`]s, 16 floats on a cache line of their own. Sums run in 16 columns that are
//! added up at the end, always in the same order. [`ln`] and [`exp2`] are the polynomials of Cephes
//! (Moshier): branch-free, within 3e-7 of the exact value, and the same bits on every machine.
//!
//! **Invariant:** the same inputs give the same bits; nothing here depends on the machine's libm.
//!
//! Not here: anything that knows what the numbers mean.

/// Floats in a lane.
pub const LANE: usize = 16;

/// Sixteen floats on one cache line.
#[repr(align(64))]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lane(pub [f32; LANE]);

impl Default for Lane {
    fn default() -> Self {
        Self([0.0; LANE])
    }
}

/// A row of zeros.
#[must_use]
pub fn zeros(lanes: usize) -> Box<[Lane]> {
    vec![Lane::default(); lanes].into()
}

/// The scalar product.
#[must_use]
#[inline]
pub fn dot(a: &[Lane], b: &[Lane]) -> f32 {
    let mut sums = [0.0_f32; LANE];
    for (a, b) in a.iter().zip(b) {
        for ((sum, a), b) in sums.iter_mut().zip(&a.0).zip(&b.0) {
            *sum += a * b;
        }
    }
    fold(sums)
}

/// The product of which the second half of each lane counts against the first: 0 where both halves are alike.
#[must_use]
#[inline]
pub fn dot_halves(a: &[Lane], b: &[Lane]) -> f32 {
    let mut sums = [0.0_f32; LANE];
    for (a, b) in a.iter().zip(b) {
        for ((sum, a), b) in sums.iter_mut().zip(&a.0).zip(&b.0) {
            *sum += a * b;
        }
    }
    let mut four = [0.0_f32; 4];
    for (place, sum) in four.iter_mut().enumerate() {
        *sum = (sums[place] - sums[place + 8]) + (sums[place + 4] - sums[place + 12]);
    }
    // Kept in memory for the reason given at `fold`.
    let four = std::hint::black_box(four);
    (four[0] + four[2]) + (four[1] + four[3])
}

/// Adds `scale * from` to `into`.
#[inline]
pub fn add_scaled(into: &mut [Lane], scale: f32, from: &[Lane]) {
    for (into, from) in into.iter_mut().zip(from) {
        for (into, from) in into.0.iter_mut().zip(&from.0) {
            *into += scale * from;
        }
    }
}

/// The sum of squares.
#[must_use]
#[inline]
pub fn squared(row: &[Lane]) -> f32 {
    dot(row, row)
}

/// Whether every number of the row is one.
#[must_use]
pub fn is_finite(row: &[Lane]) -> bool {
    // A product with zero is zero only for finite numbers, and sums vectorise where tests do not.
    let sum: f32 = row.iter().map(|lane| lane.0.iter().map(|x| x * 0.0).sum::<f32>()).sum();
    sum == 0.0
}

#[inline]
fn fold(sums: [f32; LANE]) -> f32 {
    let mut four = [0.0_f32; 4];
    for (place, sum) in four.iter_mut().enumerate() {
        *sum = (sums[place] + sums[place + 8]) + (sums[place + 4] + sums[place + 12]);
    }
    // Kept in memory, because LLVM lays the whole product out after its last sum otherwise, two columns wide.
    let four = std::hint::black_box(four);
    (four[0] + four[2]) + (four[1] + four[3])
}

/// The natural logarithm of a positive, normal number.
#[must_use]
#[inline]
#[expect(clippy::excessive_precision, reason = "as published with the polynomial")]
pub fn ln(x: f32) -> f32 {
    // x = m * 2^e with m in [sqrt(1/2), sqrt(2)).
    const SQRT_HALF_BITS: u32 = 0x3f35_04f3;
    let shifted = x.to_bits().wrapping_sub(SQRT_HALF_BITS);
    let exponent = (shifted.cast_signed() >> 23) as f32;
    let m = f32::from_bits((shifted & 0x007f_ffff).wrapping_add(SQRT_HALF_BITS)) - 1.0;
    let square = m * m;
    let mut y = 7.037_683_629_2e-2;
    y = y * m - 1.151_461_031_0e-1;
    y = y * m + 1.167_699_874_0e-1;
    y = y * m - 1.242_014_084_6e-1;
    y = y * m + 1.424_932_278_7e-1;
    y = y * m - 1.666_805_766_5e-1;
    y = y * m + 2.000_071_476_5e-1;
    y = y * m - 2.499_999_399_3e-1;
    y = y * m + 3.333_333_117_4e-1;
    y = y * m * square - 2.121_944_40e-4 * exponent - 0.5 * square;
    m + y + 0.693_359_375 * exponent
}

/// Two to the power of `x`; 0 below the smallest normal number, infinity is never reached.
#[must_use]
#[inline]
#[expect(clippy::excessive_precision, reason = "as published with the polynomial")]
pub fn exp2(x: f32) -> f32 {
    const ROUND: f32 = 12_582_912.0; // 1.5 * 2^23: adding it leaves the nearest whole number in the last bits
    let clamped = x.clamp(-126.0, 126.0);
    let rounded = clamped + ROUND;
    let part = clamped - (rounded - ROUND);
    let mut y = 1.535_336_188_319_5e-4;
    y = y * part + 1.339_887_440_266_574e-3;
    y = y * part + 9.618_437_357_674_640e-3;
    y = y * part + 5.550_332_471_162_809e-2;
    y = y * part + 2.402_264_791_363_012e-1;
    y = y * part + 6.931_472_028_550_421e-1;
    y = y * part + 1.0;
    let power = f32::from_bits(rounded.to_bits().wrapping_sub(ROUND.to_bits() - 127) << 23);
    if x < -126.0 { 0.0 } else { y * power }
}

/// The exponential.
#[must_use]
#[inline]
pub fn exp(x: f32) -> f32 {
    exp2(x * std::f32::consts::LOG2_E)
}

/// Turns logits into probabilities.
pub fn softmax(logits: &mut [f32]) {
    let max = logits.iter().fold(f32::NEG_INFINITY, |max, logit| max.max(*logit));
    let mut sum = 0.0;
    for logit in logits.iter_mut() {
        *logit = exp(*logit - max);
        sum += *logit;
    }
    for logit in logits {
        *logit /= sum;
    }
}

/// A well mixed word from two (the finaliser of `SplitMix64`; Steele, Lea and Flood, 2014).
#[must_use]
#[inline]
pub fn mix(seed: u64, index: u64) -> u64 {
    let mut word = seed.wrapping_add(index.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

/// A number below `bound` from a mixed word; 0 where the bound is 0.
#[must_use]
#[inline]
pub fn below(word: u64, bound: usize) -> usize {
    ((u128::from(word) * bound as u128) >> 64) as usize
}

/// A draw from the normal distribution, nearly: the sum of eight uniform numbers, of mean 0 and deviation 1.
#[must_use]
pub fn normal(seed: u64, index: u64) -> f32 {
    let (a, b) = (mix(seed, 2 * index), mix(seed, 2 * index + 1));
    let quarters = |word: u64| (0..4).map(|part| word >> (16 * part) & 0xffff).sum::<u64>();
    let sum = (quarters(a) + quarters(b)) as f32 / 65_536.0;
    // Eight uniform numbers have the mean 4 and the variance 8/12.
    (sum - (4.0 - 4.0 / 65_536.0)) * 1.224_744_9
}

#[cfg(test)]
mod tests;
