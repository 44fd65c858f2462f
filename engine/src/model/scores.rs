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
use crate::model::content::likeness::{ContentTable, Profile};
use crate::model::numeric::{Lane, dot, ln};
use crate::model::popularity::{self, EventCount};
use crate::model::sample::{HISTORY_ITEMS, ItemMask, ModelUser, NEARS, REPEATS};
use crate::model::shared::COLUMNS;
use crate::model::tables::ItemTables;
use crate::retrieval::{Source, SourceSet};

/// The half-life by which an item's popularity is kindred to that of a user's items: the longest.
const LASTING: usize = HALF_LIVES - 1;
/// The popularity term of an ordinary item: twenty choices.
const ORDINARY: f32 = 3.0;
/// Keeps the product of two popularity terms in the range of the other terms.
const KINDRED_SCALE: f32 = 0.3;

/// Scores by item, in the order of the items asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scores {
    /// The factorization machine's.
    pub machine: Vec<f32>,
    /// `ln(0.01 + c)` by half-life.
    pub popular: [Vec<f32>; HALF_LIVES],
    /// `ln(share of the most popular item + 0.05)` by half-life.
    pub shares: [Vec<f32>; HALF_LIVES],
    /// `ln(share of the strongest + 0.05)` by source.
    pub near: [Vec<f32>; NEARS],
    /// How like the item is to the user's last ones: by categories; by tags, words and embedding.
    pub like: [Vec<f32>; 2],
    /// How kindred the item's popularity is to that of the user's last items.
    pub kindred: Vec<f32>,
    /// Classes of repeats; [`REPEATS`] for none.
    pub repeats: Vec<usize>,
    source_half_life: usize,
    passed: Vec<f32>,
    /// Room to work in, where items have content.
    profile: Option<Box<Profile>>,
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
    /// What items are made of.
    pub content: &'a ContentTable,
}

impl Scores {
    /// The columns of the blend's terms, in the order of [`COLUMN_TERMS`].
    ///
    /// [`COLUMN_TERMS`]: crate::model::shared::COLUMN_TERMS
    #[must_use]
    pub fn columns(&self) -> [&[f32]; COLUMNS] {
        let [recent, visit, sessions] = &self.near;
        let [shorter, longer] = others(self.source_half_life);
        let share = |half_life: usize| &*self.shares[half_life];
        [
            &self.machine,
            share(self.source_half_life),
            recent,
            visit,
            sessions,
            share(shorter),
            share(longer),
            &self.like[0],
            &self.like[1],
            &self.kindred,
        ]
    }

    /// Takes out what sources say that are switched off: all items alike, so that nothing is learned of it either.
    pub fn silence(&mut self, asked: SourceSet) {
        if asked == SourceSet::ALL {
            return;
        }
        let Self { machine, shares, near: [recent, visit, sessions], like, kindred, .. } = self;
        let [by_categories, by_words] = like;
        let popular = shares.iter_mut().chain([kindred]).map(|column| (Source::Popular, column));
        let others = [
            (Source::Model, machine),
            (Source::Neighbours, recent),
            (Source::Session, visit),
            (Source::SimilarSessions, sessions),
            (Source::Content, by_categories),
            (Source::Content, by_words),
        ];
        for (_, column) in popular.chain(others).filter(|(source, _)| !asked.holds(*source)) {
            column.fill(0.0);
        }
    }

    /// The half-lives of the three columns of shares, in the order of [`Self::columns`].
    #[must_use]
    pub fn half_lives(&self) -> [usize; HALF_LIVES] {
        let [shorter, longer] = others(self.source_half_life);
        [self.source_half_life, shorter, longer]
    }

    /// The share of the most popular item, by the half-life that counts most, as its logarithm.
    #[must_use]
    pub fn share(&self) -> &[f32] {
        &self.shares[self.source_half_life]
    }

    /// Scores `items` with the machine, those without a row as never chosen and nobody's taste.
    pub fn fill(&mut self, machine: &Machine<impl ItemTables>, items: &[ItemIndex], user: &[Lane]) {
        self.count(machine, items, user);
        self.add_popularity(machine.weights);
    }

    /// The same with the blend's other terms.
    pub fn fill_all(
        &mut self,
        machine: &Machine<impl ItemTables>,
        items: &[ItemIndex],
        (user, vector): (&ModelUser, &[Lane]),
        sources: &impl Sources,
    ) {
        let taste = self.taste(machine, user);
        self.count(machine, items, vector);
        self.source_half_life = machine.source_half_life;
        for (half_life, (shares, counts)) in self.shares.iter_mut().zip(&self.popular).enumerate() {
            let highest = machine.count.highest(half_life);
            shares.clear();
            shares.extend(counts.iter().map(|count| ln(count / highest + BLEND_FLOOR)));
        }
        self.add_popularity(machine.weights);
        self.kindred.clear();
        self.kindred.extend(self.popular[LASTING].iter().map(|term| taste * (term - ORDINARY)));
        self.fill_like(machine.content, items, user);
        self.fill_sources(items, user, sources);
    }

    fn fill_like(&mut self, table: &ContentTable, items: &[ItemIndex], user: &ModelUser) {
        for column in &mut self.like {
            column.clear();
            column.resize(items.len(), 0.0);
        }
        if table.is_empty() {
            return;
        }
        let profile = self.profile.get_or_insert_default();
        profile.form(user, table);
        if profile.is_known() {
            for (at, item) in items.iter().enumerate() {
                [self.like[0][at], self.like[1][at]] = profile.likeness(*item, table);
            }
        }
    }

    /// Turns counts into terms and adds them to the machine's scores.
    fn add_popularity(&mut self, weights: &[f32; HALF_LIVES]) {
        for (terms, weight) in self.popular.iter_mut().zip(weights) {
            popularity::terms(terms);
            for (score, term) in self.machine.iter_mut().zip(terms) {
                *score += weight * *term;
            }
        }
    }

    /// Adds what the sources and the user's own history say of `items`.
    fn fill_sources(&mut self, items: &[ItemIndex], user: &ModelUser, sources: &impl Sources) {
        let [recent, visit, sessions] = &mut self.near;
        for column in [&mut *recent, &mut *visit, &mut *sessions] {
            column.clear();
            column.resize(items.len(), 0.0);
        }
        let columns = recent.iter_mut().zip(visit).zip(sessions);
        for (item, ((recent, visit), sessions)) in items.iter().zip(columns) {
            [*recent, *visit, *sessions] = sources.near(*item);
        }
        let nothing = ln(BLEND_FLOOR);
        for column in &mut self.near {
            for near in column {
                // Most items are named by nobody.
                *near = if *near == 0.0 { nothing } else { ln(*near + BLEND_FLOOR) };
            }
        }
        self.repeats.clear();
        let mask = ItemMask::of(user.history.iter().map(|past| past.item));
        let repeat = |item| if mask.may_hold(item) { user.repeat(item) } else { None };
        self.repeats.extend(items.iter().map(|item| repeat(*item).unwrap_or(REPEATS)));
    }

    /// How much more popular the user's last items are on average than an ordinary one; 0 without any.
    fn taste(&mut self, machine: &Machine<impl ItemTables>, user: &ModelUser) -> f32 {
        let mut items = [ItemIndex(0); HISTORY_ITEMS];
        let mut met = 0;
        for past in user.history.iter().take(HISTORY_ITEMS) {
            if !items[..met].contains(&past.item) {
                items[met] = past.item;
                met += 1;
            }
        }
        if met == 0 {
            return 0.0;
        }
        self.count(machine, &items[..met], &[]);
        let terms = &mut self.popular[LASTING];
        popularity::terms(terms);
        KINDRED_SCALE * (terms.iter().sum::<f32>() / met as f32 - ORDINARY)
    }

    /// Leaves biases and products in `machine`, decayed counts in `popular`.
    fn count(&mut self, machine: &Machine<impl ItemTables>, items: &[ItemIndex], user: &[Lane]) {
        self.gather(machine.items, machine.count, items, user);
        for (place, counts) in self.popular.iter_mut().enumerate() {
            machine.count.decay(place, counts, &self.passed);
        }
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

/// The two half-lives that are not `half_life`, the shorter first.
const fn others(half_life: usize) -> [usize; 2] {
    match half_life {
        0 => [1, 2],
        1 => [0, 2],
        _ => [0, 1],
    }
}

#[cfg(test)]
mod tests;
