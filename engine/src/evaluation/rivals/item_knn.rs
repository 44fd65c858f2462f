//! Item-kNN, streaming: what others chose along with the user's last items.
//!
//! A choice of `i` after `j`, the p-th item back, adds `p^(-1/2)` to `C_ij` and `C_ji`. An item scores the sum over the
//! user's last items, the p-th weighed by `γ^p`, of `C_ji / (n_j^(1-α) n_i^α)`. Linden, Smith and York (2003), with the
//! asymmetric cosine of Aiolli (2013); lists are not cut.
//!
//! Settings: best of 36 on sessions (α .2–.65, γ .7–.9, shrinkage 0–20) and of 6 on films; they hardly matter (±.005).

use rustc_hash::FxHashMap;

use crate::evaluation::rivals::past::last_items;
use crate::evaluation::rivals::{Asked, Choice, Chosen, Past, Rival, Stream};
use crate::model::numeric::{exp, ln};

/// How neighbours are counted and asked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ItemKnnSettings {
    /// How much a candidate's popularity counts against it, 0 to 1.
    pub alpha: f32,
    /// By how much an item of the history counts less than the one after it.
    pub decay: f32,
    /// Items of the history that are asked, and that a choice is counted along with.
    pub last: usize,
    /// Choices that every item is taken to have more.
    pub shrinkage: f32,
}

impl From<Stream> for ItemKnnSettings {
    fn from(stream: Stream) -> Self {
        match stream {
            Stream::Once => Self { alpha: 0.5, decay: 0.8, last: 20, shrinkage: 5.0 },
            Stream::Visits => Self { alpha: 0.2, decay: 0.7, last: 20, shrinkage: 0.0 },
        }
    }
}

/// Counts of pairs.
#[derive(Clone, Debug)]
pub struct ItemKnn {
    settings: ItemKnnSettings,
    rows: Vec<Row>,
    recent: Vec<u32>,
}

/// Who was chosen along with one item.
#[derive(Clone, Debug, Default)]
struct Row {
    chosen: f32,
    /// `n^(α-1)` and `n^(-α)`.
    as_source: f32,
    as_target: f32,
    items: Vec<u32>,
    counts: Vec<f32>,
    places: FxHashMap<u32, u32>,
}

impl Row {
    fn add(&mut self, item: u32, weight: f32) {
        let next = self.items.len() as u32;
        let place = *self.places.entry(item).or_insert(next) as usize;
        if place == self.items.len() {
            self.items.push(item);
            self.counts.push(0.0);
        }
        self.counts[place] += weight;
    }

    fn count(&mut self, settings: &ItemKnnSettings) {
        self.chosen += 1.0;
        let log = ln(self.chosen + settings.shrinkage);
        self.as_source = exp((settings.alpha - 1.0) * log);
        self.as_target = exp(-settings.alpha * log);
    }
}

impl ItemKnn {
    /// Nothing counted.
    #[must_use]
    pub fn new(settings: ItemKnnSettings) -> Self {
        Self { settings, rows: Vec::new(), recent: Vec::new() }
    }

    /// Adds what the neighbours of the last items of `history` say.
    pub fn add_scores(&mut self, history: &[Chosen], scores: &mut [f32]) {
        last_items(history, self.settings.last, &mut self.recent);
        let mut weight = 1.0;
        for item in &self.recent {
            let Some(row) = self.rows.get(*item as usize) else { continue };
            let each = weight * row.as_source;
            for (near, count) in row.items.iter().zip(&row.counts) {
                scores[*near as usize] += each * count;
            }
            weight *= self.settings.decay;
        }
        for (score, row) in scores.iter_mut().zip(&self.rows) {
            *score *= row.as_target;
        }
    }

    /// Counts a choice of `item` after `history`.
    pub fn count(&mut self, item: usize, history: &[Chosen]) {
        last_items(history, self.settings.last, &mut self.recent);
        if self.rows.len() <= item {
            self.rows.resize_with(item + 1, Row::default);
        }
        for (place, other) in self.recent.iter().enumerate() {
            let other = *other as usize;
            if other != item {
                let weight = 1.0 / ((place + 1) as f32).sqrt();
                self.rows[item].add(other as u32, weight);
                self.rows[other].add(item as u32, weight);
            }
        }
        self.rows[item].count(&self.settings);
    }
}

impl Rival for ItemKnn {
    fn score(&mut self, asked: &Asked, _: &Past, scores: &mut [f32]) {
        self.add_scores(asked.history, scores);
    }

    fn learn(&mut self, choice: &Choice, past: &Past) {
        self.count(choice.item, past.history(choice.user));
    }
}
