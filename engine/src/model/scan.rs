//! The best of all known items for a user, by the machine's score.
//!
//! Chunks are read front to back, sixteen items at a time: their dot products, then bias and popularity in whole lanes.
//! A filter is asked only about items that would be among the best so far. Up to `scan_items` known items are all scored; above
//! that a first pass over rows of one byte a number picks candidates (see `quantised`), up to `quantised_items`.
//!
//! **Invariant:** an item's score is the one that `Scores` gives it, bit for bit.
//!
//! Not here: the blend; which filter (the caller's).

use crate::ItemIndex;
use crate::model::best::{Best, Ranking};
use crate::model::chunk::{Chunk, ROWS};
use crate::model::config::HALF_LIVES;
use crate::model::numeric::{Lane, dot};
use crate::model::popularity::{self, EventCount};
use crate::model::scores::Machine;
use crate::model::view::{ModelView, ViewTables};

/// The popularity terms of a chunk's items, by half-life.
pub(super) type PopularityTerms = [[f32; ROWS]; HALF_LIVES];

/// For whom a scan is.
#[derive(Clone, Copy, Debug)]
pub struct ScanFor<'a> {
    /// The user's vector.
    pub vector: &'a [Lane],
    /// Their group, which has popularity weights of its own.
    pub group: usize,
}

impl ModelView {
    /// The best `wanted` of the known items that `passes` lets through, the highest score first; of all of them, or
    /// with a first pass, or none where the view holds too many.
    pub fn scan(
        &self,
        user: ScanFor,
        wanted: usize,
        passes: impl FnMut(ItemIndex) -> bool,
    ) -> Ranking {
        if self.known <= self.config.scan_items {
            self.scan_exact(user, wanted, passes)
        } else if self.known <= self.config.quantised_items {
            self.scan_quantised(user, wanted, passes)
        } else {
            Ranking::new()
        }
    }

    /// The same, always with every item scored.
    pub fn scan_exact(
        &self,
        user: ScanFor,
        wanted: usize,
        mut passes: impl FnMut(ItemIndex) -> bool,
    ) -> Ranking {
        let machine = self.machine(user.group);
        let mut best = Best::new(wanted);
        for ((place, chunk), terms) in self.tables.targets.iter().zip(self.popularity_terms()) {
            let scores = score(&machine, chunk, terms, user.vector);
            best.offer(place * ROWS, &scores, &mut passes);
        }
        best.finish()
    }

    /// The popularity terms of every chunk: the same for all users, so the first scan of a revision computes them.
    fn popularity_terms(&self) -> &[PopularityTerms] {
        let of_chunk = |(_, chunk): (usize, &Chunk)| popularity_terms(&self.count, chunk);
        self.popularity_terms.get_or_init(|| self.tables.targets.iter().map(of_chunk).collect())
    }
}

fn popularity_terms(count: &EventCount, chunk: &Chunk) -> PopularityTerms {
    let passed = chunk.touched().map(|touched| count.passed_since(touched));
    std::array::from_fn(|place| {
        let mut terms = *chunk.counts(place);
        count.decay(place, &mut terms, &passed);
        popularity::terms(&mut terms);
        terms
    })
}

/// The machine's scores of a chunk; minus infinity for items that are not known.
fn score(
    machine: &Machine<ViewTables>,
    chunk: &Chunk,
    terms: &PopularityTerms,
    user: &[Lane],
) -> [f32; ROWS] {
    let mut scores = *chunk.bias();
    let lanes = user.len();
    for (score, row) in scores.iter_mut().zip(chunk.vectors().chunks_exact(lanes.max(1))) {
        *score += dot(user, row);
    }
    for (weight, terms) in machine.weights.iter().zip(terms) {
        for (score, term) in scores.iter_mut().zip(terms) {
            *score += weight * term;
        }
    }
    for (score, gate) in scores.iter_mut().zip(chunk.gate()) {
        *score += gate;
    }
    scores
}

#[cfg(test)]
mod tests;
