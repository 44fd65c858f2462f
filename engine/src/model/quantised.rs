//! Rows of one byte a number, for a first pass over many items.
//!
//! A row is its numbers divided by a scale of its own and rounded to whole ones from -127 to 127, a quarter of the bytes.
//! The first pass multiplies them with the user's vector in whole numbers, adds bias and popularity with quick logarithms
//! (within 0.1), and keeps `quantised_candidates`; those are scored exactly. Rows are made when a publication holds more items
//! than are scanned exactly, for chunks that changed.
//!
//! **Invariant:** what a scan answers is scored exactly; the first pass only decides what is looked at.
//!
//! Not here: when chunks change (see `publication`).

use crate::ItemIndex;
use crate::model::best::{Best, Ranking};
use crate::model::chunk::{Chunk, ROWS};
use crate::model::config::HALF_LIVES;
use crate::model::numeric::{LANE, Lane};
use crate::model::scan::ScanFor;
use crate::model::scores::{Machine, Scores};
use crate::model::view::{ModelView, ViewTables};

/// Whole numbers up to which a user's vector is rounded; with 127 and 512 dimensions a sum stays below 2^31.
const USER_STEPS: f32 = 4_095.0;
const ROW_STEPS: f32 = 127.0;
/// Adding it to a small number leaves the nearest whole one in the last bits.
const ROUND: f32 = 12_582_912.0;

/// Numbers multiplied at a time: as many as LLVM turns into products of pairs and nothing else.
const BLOCK: usize = 2 * LANE;

/// Part of a row, and of a user's vector; the last one is filled up with zeros.
type Codes = [i8; BLOCK];
type UserCodes = [i16; BLOCK];

/// Sixteen rows.
#[derive(Clone, Debug)]
pub struct Quantised {
    scales: [f32; ROWS],
    /// Minus infinity for items that are not known.
    bias: [f32; ROWS],
    counts: [[f32; ROWS]; HALF_LIVES],
    touched: [u32; ROWS],
    codes: Box<[Codes]>,
}

impl Quantised {
    /// Rounds the rows of `chunk`.
    #[must_use]
    pub fn of(chunk: &Chunk) -> Self {
        let vectors = chunk.vectors();
        let mut scales = [0.0; ROWS];
        let mut codes = Vec::with_capacity(vectors.len().div_ceil(2));
        let lanes = (vectors.len() / ROWS).max(1);
        for (scale, row) in scales.iter_mut().zip(vectors.chunks_exact(lanes)) {
            let steps = ROW_STEPS / largest(row);
            *scale = 1.0 / steps;
            codes.extend(row.chunks(2).map(|pair| rounded(pair, |x| whole(x * steps) as i8)));
        }
        let (bias, gate) = (chunk.bias(), chunk.gate());
        Self {
            scales,
            bias: std::array::from_fn(|within| bias[within] + gate[within]),
            counts: std::array::from_fn(|place| *chunk.counts(place)),
            touched: chunk.touched(),
            codes: codes.into(),
        }
    }

    /// Bytes that it takes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        (size_of::<Self>() + size_of_val(&*self.codes)) as u64
    }

    /// Nearly the scalar products with a user's vector that was divided by `scale`.
    fn dots(&self, user: &[UserCodes], scale: f32) -> [f32; ROWS] {
        let mut dots = self.scales.map(|row| row * scale);
        for (dot, row) in dots.iter_mut().zip(self.codes.chunks_exact(user.len().max(1))) {
            *dot *= whole_dot(user, row) as f32;
        }
        dots
    }

    /// Adds bias, popularity nearly, and the gate.
    fn add_heads(&self, machine: &Machine<ViewTables>, scores: &mut [f32; ROWS]) {
        for (score, bias) in scores.iter_mut().zip(&self.bias) {
            *score += bias;
        }
        let passed = self.touched.map(|touched| machine.count.passed_since(touched));
        for (place, counts) in self.counts.iter().enumerate() {
            let (weight, rate) = (machine.weights[place], machine.count.rate(place));
            for ((score, count), passed) in scores.iter_mut().zip(counts).zip(&passed) {
                *score += weight * quick_ln(0.01 + count * quick_exp2(passed * rate));
            }
        }
    }
}

impl ModelView {
    /// The best `wanted` by a first pass and exact scores of its candidates; nothing where no rows were rounded.
    pub fn scan_quantised(
        &self,
        user: ScanFor,
        wanted: usize,
        mut passes: impl FnMut(ItemIndex) -> bool,
    ) -> Ranking {
        let machine = self.machine(user.group);
        let steps = USER_STEPS / largest(user.vector);
        let pairs = user.vector.chunks(2);
        let codes: Vec<UserCodes> =
            pairs.map(|pair| rounded(pair, |x| whole(x * steps) as i16)).collect();
        let mut best = Best::new(self.config.quantised_candidates.max(wanted));
        for (place, small) in self.tables.small.iter() {
            let mut scores = small.dots(&codes, 1.0 / steps);
            small.add_heads(&machine, &mut scores);
            best.offer(place * ROWS, &scores, &mut passes);
        }
        let items: Vec<ItemIndex> = best.finish().into_iter().map(|(item, _)| item).collect();
        let mut scores = Scores::default();
        scores.fill(&machine, &items, user.vector);
        let mut ranking: Ranking = items.into_iter().zip(scores.machine).collect();
        ranking.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        ranking.truncate(wanted);
        ranking
    }
}

/// Two to the power of a negative number, within 6 in 100: a straight line between whole exponents.
fn quick_exp2(x: f32) -> f32 {
    // 8 bits of the exponent's fraction: the sum's last bits are the number in steps of 1/256.
    const STEP: f32 = ROUND / 256.0;
    // Smaller than any count that matters, and far from numbers so small that processors stumble over them.
    let bits = (x.max(-60.0) + STEP).to_bits().wrapping_sub(STEP.to_bits());
    f32::from_bits(bits.wrapping_add(127 << 8) << 15) * 0.97
}

/// The natural logarithm of a positive, normal number, within 0.05.
fn quick_ln(x: f32) -> f32 {
    let bits = x.to_bits().cast_signed() as f32;
    (bits * (1.0 / 8_388_608.0) - 126.957) * std::f32::consts::LN_2
}

fn largest(row: &[Lane]) -> f32 {
    let mut largest = [f32::MIN_POSITIVE; LANE];
    for lane in row {
        for (largest, x) in largest.iter_mut().zip(&lane.0) {
            *largest = largest.max(x.abs());
        }
    }
    // Below this a scale's reciprocal would be infinite.
    largest.iter().fold(1e-30, |largest, x| largest.max(*x))
}

/// The nearest whole number of one that is small.
fn whole(x: f32) -> i32 {
    (x + ROUND).to_bits().wrapping_sub(ROUND.to_bits()).cast_signed()
}

/// One or two lanes, rounded.
fn rounded<T: Copy + Default>(lanes: &[Lane], round: impl Fn(f32) -> T) -> [T; BLOCK] {
    let mut codes = [T::default(); BLOCK];
    for (code, x) in codes.iter_mut().zip(lanes.iter().flat_map(|lane| &lane.0)) {
        *code = round(*x);
    }
    codes
}

#[inline]
fn whole_dot(user: &[UserCodes], row: &[Codes]) -> i32 {
    let mut sum = 0_i32;
    for (user, row) in user.iter().zip(row) {
        let mut block = 0_i32;
        for (a, b) in user.iter().zip(row) {
            block = block.wrapping_add(i32::from(*a).wrapping_mul(i32::from(*b)));
        }
        sum = sum.wrapping_add(block);
    }
    sum
}

#[cfg(test)]
mod tests;
