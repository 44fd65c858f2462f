//! Scores of many items for one user, column by column.
//!
//! `Scores` holds what each part says of each item: the machine's score, the popularity terms it is made from, the
//! blend's other terms. One function fills it in training and in ranking.
//!
//! **Invariant:** an item's scores do not depend on which other items are scored along with it.
//!
//! Not here: which items (the caller's), weights of the blend (see `blend`).

use crate::ItemIndex;
use crate::model::blend::{BLEND_FLOOR, Sources};
use crate::model::chunk::ROWS;
use crate::model::config::HALF_LIVES;
use crate::model::numeric::{Lane, dot, ln};
use crate::model::popularity::{self, EventCount};
use crate::model::sample::{ItemMask, ModelUser, NEARS, REPEATS};
use crate::model::shared::PARTS;
use crate::model::tables::ItemTables;

/// Scores by item, in the order of the items asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scores {
    /// The factorization machine's.
    pub machine: Vec<f32>,
    /// `ln(0.01 + c)` by half-life.
    pub popular: [Vec<f32>; HALF_LIVES],
    /// `ln(share of the most popular item + 0.05)`.
    pub share: Vec<f32>,
    /// `ln(share of the strongest neighbour + 0.05)` by source.
    pub near: [Vec<f32>; NEARS],
    /// Classes of repeats; [`REPEATS`] for none.
    pub repeats: Vec<usize>,
    passed: Vec<f32>,
}

/// What the machine's scores are computed from.
#[derive(Debug)]
pub struct Machine<'a, T> {
    /// Item tables.
    pub items: &'a T,
    /// Events counted.
    pub count: &'a EventCount,
    /// Weights of the popularity terms, of the user's group.
    pub weights: &'a [f32; HALF_LIVES],
    /// Which half-life the blend's popularity goes by.
    pub source_half_life: usize,
}

impl Scores {
    /// The columns of the blend's terms that are never weighted below 0, in the order of their weights.
    #[must_use]
    pub fn parts(&self) -> [&[f32]; PARTS] {
        [&self.machine, &self.share, &self.near[0], &self.near[1]]
    }

    /// Scores `items` with the machine, those without a row as never chosen and nobody's taste; leaves the blend's
    /// popularity too.
    pub fn fill(&mut self, machine: &Machine<impl ItemTables>, items: &[ItemIndex], user: &[Lane]) {
        self.gather(machine.items, machine.count, items, user);
        for (place, counts) in self.popular.iter_mut().enumerate() {
            machine.count.decay(place, counts, &self.passed);
        }
        let highest = machine.count.highest(machine.source_half_life);
        let counts = self.popular[machine.source_half_life].iter();
        self.share.clear();
        self.share.extend(counts.map(|count| ln(count / highest + BLEND_FLOOR)));
        for (terms, weight) in self.popular.iter_mut().zip(machine.weights) {
            popularity::terms(terms);
            for (score, term) in self.machine.iter_mut().zip(terms) {
                *score += weight * *term;
            }
        }
    }

    /// Adds what the sources and the user's own history say of `items`.
    pub fn fill_sources(&mut self, items: &[ItemIndex], user: &ModelUser, sources: &impl Sources) {
        let [recent, visit] = &mut self.near;
        recent.clear();
        visit.clear();
        recent.resize(items.len(), 0.0);
        visit.resize(items.len(), 0.0);
        for ((item, recent), visit) in items.iter().zip(recent).zip(visit) {
            [*recent, *visit] = sources.near(*item);
        }
        let nothing = ln(BLEND_FLOOR);
        for column in &mut self.near {
            for near in column {
                // Most items are nobody's neighbours.
                *near = if *near == 0.0 { nothing } else { ln(*near + BLEND_FLOOR) };
            }
        }
        self.repeats.clear();
        let mask = ItemMask::of(user.history.iter().map(|past| past.item));
        let repeat = |item| if mask.may_hold(item) { user.repeat(item) } else { None };
        self.repeats.extend(items.iter().map(|item| repeat(*item).unwrap_or(REPEATS)));
    }

    fn gather(
        &mut self,
        table: &impl ItemTables,
        count: &EventCount,
        items: &[ItemIndex],
        user: &[Lane],
    ) {
        let columns = [&mut self.machine, &mut self.passed];
        columns.into_iter().chain(&mut self.popular).for_each(|column| {
            column.clear();
            column.resize(items.len(), 0.0);
        });
        let [first, second, third] = &mut self.popular;
        let counts = first.iter_mut().zip(second).zip(third);
        let columns = self.machine.iter_mut().zip(&mut self.passed).zip(counts);
        for (item, ((score, passed), ((first, second), third))) in items.iter().zip(columns) {
            if let Some(chunk) = table.targets(item.as_usize() / ROWS) {
                let within = item.as_usize() % ROWS;
                let head = chunk.head(within);
                *score = head.bias + dot(user, chunk.vector(within));
                *passed = count.passed_since(head.touched);
                [*first, *second, *third] = head.counts;
            }
        }
    }
}

#[cfg(test)]
mod tests;
