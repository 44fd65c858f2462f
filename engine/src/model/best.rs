//! The best few of many: contenders are kept in a buffer, and half of it is let go whenever it is full.
//!
//! **Invariant:** equal scores stand in the order of their items, so the answer does not depend on how the buffer was cut.
//!
//! Not here: scores.

use crate::ItemIndex;

/// Scored items, the best first.
pub type Ranking = Vec<(ItemIndex, f32)>;

/// The best `wanted` of those pushed.
#[derive(Debug)]
pub struct Best {
    wanted: usize,
    /// What a score must be above to matter.
    pub bar: f32,
    held: Ranking,
}

impl Best {
    /// Nothing yet.
    #[must_use]
    pub fn new(wanted: usize) -> Self {
        let bar = if wanted == 0 { f32::INFINITY } else { f32::NEG_INFINITY };
        Self { wanted, bar, held: Vec::with_capacity(2 * wanted + 32) }
    }

    /// Takes in sixteen items in a row, the first of which is `first`; those that matter are asked about with `passes`.
    #[inline]
    pub fn offer(
        &mut self,
        first: usize,
        scores: &[f32; 16],
        passes: &mut impl FnMut(ItemIndex) -> bool,
    ) {
        // Counted without a shortcut, so that whole lanes are compared.
        if scores.iter().map(|score| u32::from(self.bar < *score)).sum::<u32>() == 0 {
            return;
        }
        for (within, score) in scores.iter().enumerate() {
            let item = ItemIndex((first + within) as u32);
            if self.bar < *score && passes(item) {
                self.held.push((item, *score));
            }
        }
        if 2 * self.wanted + 16 <= self.held.len() {
            self.cut();
        }
    }

    /// The best, the highest score first.
    #[must_use]
    pub fn finish(mut self) -> Ranking {
        self.held.sort_unstable_by(better);
        self.held.truncate(self.wanted);
        self.held
    }

    fn cut(&mut self) {
        let last = self.wanted - 1;
        let (_, worst, _) = self.held.select_nth_unstable_by(last, better);
        self.bar = worst.1;
        self.held.truncate(self.wanted);
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as sorting asks for it")]
fn better(a: &(ItemIndex, f32), b: &(ItemIndex, f32)) -> std::cmp::Ordering {
    b.1.total_cmp(&a.1).then(a.0.cmp(&b.0))
}
