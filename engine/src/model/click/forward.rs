//! A row's logit: one function for training and serving.
//!
//! A field-weighted factorization machine (Pan et al., 2018): `z = w0 + sum x_f w_f + sum over pairs r_{FfFg} x_f x_g
//! <v_f, v_g> + sum d_j s_j`, where `x` is `1 / sqrt(n)` for each of `n` values of a field and `s` are parts of the
//! score. In the product the second half of each lane counts against the first, and both halves start alike: so a new
//! feature says nothing to any other, yet is moved by the first click. (Plain products start as noise; on Frappe this
//! takes a thousandth off the log loss.) What the features of a whole list add is computed once: a place of it then costs one product for each of its
//! own features and one for each pair of them.
//!
//! Pairs grow with the square of the features, and each of them moves at every step: past [`USUAL`] features, pairs and
//! rates are taken down by `USUAL / n`, so that rows of many columns are not learned by heart at once. (The first 2,000 rows
//! of Criteo's, of 39 columns: log loss .96 without this, .48 with it.)
//!
//! **Invariant:** a row's logit is the same bits, learned from alone or scored in a list.
//!
//! **Invariant:** a feature without an admitted row adds nothing but to the number of features.
//!
//! Not here: gradients (see `step`).

use super::chunk::Feature;
use super::config::GOALS;
use super::fields::FIELDS;
use super::sample::{ClickRow, DENSE};
use super::shared::{ClickShared, pair};
use super::tables::Features;
use crate::model::numeric::{Lane, add_scaled, dot_halves};

/// The most features of a row; those behind are left out.
pub const MOST: usize = 96;

/// Features up to which nothing is taken down.
pub const USUAL: usize = 10;

/// One feature of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seen {
    /// Which.
    pub feature: Feature,
    /// What its weight and vector are multiplied by.
    pub scale: f32,
    /// Whether it adds to the logit.
    pub counts: bool,
}

/// A row's features and their scaled vectors, those of its list first.
#[derive(Clone, Debug)]
pub struct Forward {
    /// The features.
    pub features: Vec<Seen>,
    /// What the features' weights for each goal add up to.
    pub goals: [f32; GOALS],
    base_goals: [f32; GOALS],
    vectors: Vec<Lane>,
    lanes: usize,
    shared: usize,
    base: f32,
    /// What pairs of the list's own features add up to.
    base_pairs: f32,
    /// For each field, what the list's vectors add up to for a feature of it.
    sums: Vec<Lane>,
    /// Where in `sums` a field's is; none where it was not asked for yet.
    sum_of: [u8; FIELDS],
}

const NOT_YET: u8 = u8::MAX;

impl Default for Forward {
    fn default() -> Self {
        Self {
            features: Vec::new(),
            goals: [0.0; GOALS],
            base_goals: [0.0; GOALS],
            vectors: Vec::new(),
            lanes: 0,
            shared: 0,
            base: 0.0,
            base_pairs: 0.0,
            sums: Vec::new(),
            sum_of: [NOT_YET; FIELDS],
        }
    }
}

impl Forward {
    /// Begins a list whose places share the features `fields`.
    pub fn list(&mut self, tables: &impl Features, weights: &ClickShared, fields: &[(u8, u32)]) {
        self.features.clear();
        self.vectors.clear();
        self.sums.clear();
        self.sum_of = [NOT_YET; FIELDS];
        self.goals = [0.0; GOALS];
        self.lanes = tables.lanes();
        self.shared = 0;
        self.base = weights.bias.values[0];
        self.base += self.gather(tables, fields);
        self.shared = self.features.len();
        self.base_goals = self.goals;
        self.base_pairs = self.pairs(weights, 0);
    }

    /// The logit of a place of the list that has the further features `fields` and the parts `dense` of its score.
    pub fn score(
        &mut self,
        tables: &impl Features,
        weights: &ClickShared,
        fields: &[(u8, u32)],
        dense: &[f32; DENSE],
    ) -> f32 {
        self.features.truncate(self.shared);
        self.vectors.truncate(self.shared * self.lanes);
        self.goals = self.base_goals;
        let z = self.base + self.gather(tables, fields);
        let pairs = self.base_pairs + self.across(weights) + self.pairs(weights, self.shared);
        let z = z + self.share() * pairs;
        z + dense.iter().zip(&weights.dense.values).map(|(part, weight)| part * weight).sum::<f32>()
    }

    /// The logit of one row.
    pub fn row(&mut self, tables: &impl Features, weights: &ClickShared, row: &ClickRow) -> f32 {
        let (shared, own) = row.fields.split_at(row.shared.min(row.fields.len()));
        self.list(tables, weights, shared);
        self.score(tables, weights, own, &row.dense)
    }

    /// By how much pairs and rates are taken down for the number of features.
    #[must_use]
    pub fn share(&self) -> f32 {
        (USUAL as f32 / self.features.len().max(1) as f32).min(1.0)
    }

    /// The scaled vector of feature number `place`.
    #[must_use]
    #[inline]
    pub fn vector(&self, place: usize) -> &[Lane] {
        &self.vectors[place * self.lanes..][..self.lanes]
    }

    /// Adds `fields`; what their weights add up to.
    fn gather(&mut self, tables: &impl Features, fields: &[(u8, u32)]) -> f32 {
        let mut sum = 0.0;
        for (field, value) in fields {
            if FIELDS <= usize::from(*field) || MOST <= self.features.len() {
                continue;
            }
            let feature = Feature { field: *field, value: *value };
            let same = fields.iter().filter(|(other, _)| other == field).count();
            let scale = if same == 1 { 1.0 } else { 1.0 / (same as f32).sqrt() };
            let found = tables.find(feature);
            self.features.push(Seen { feature, scale, counts: found.is_some() });
            let start = self.vectors.len();
            self.vectors.resize(start + self.lanes, Lane::default());
            if let Some((chunk, within)) = found {
                sum += scale * chunk.weights(0)[within];
                for (goal, column) in self.goals.iter_mut().zip(1..tables.columns()) {
                    *goal += scale * chunk.weights(column)[within];
                }
                add_scaled(&mut self.vectors[start..], scale, chunk.vector(within));
            }
        }
        sum
    }

    /// What pairs of the features from number `first` on add up to.
    fn pairs(&self, weights: &ClickShared, first: usize) -> f32 {
        let mut sum = 0.0;
        for (place, one) in self.features.iter().enumerate().skip(first) {
            for (other, two) in self.features.iter().enumerate().take(place).skip(first) {
                let weight =
                    weights.interactions.values[pair(one.feature.field, two.feature.field)];
                sum += weight * dot_halves(self.vector(place), self.vector(other));
            }
        }
        sum
    }

    /// What pairs of a feature of the list and one of the place add up to.
    fn across(&mut self, weights: &ClickShared) -> f32 {
        if self.shared == 0 {
            return 0.0;
        }
        let mut sum = 0.0;
        for place in self.shared..self.features.len() {
            let held = self.sum_of(weights, self.features[place].feature.field);
            let summed = &self.sums[held * self.lanes..][..self.lanes];
            sum += dot_halves(self.vector(place), summed);
        }
        sum
    }

    fn sum_of(&mut self, weights: &ClickShared, field: u8) -> usize {
        let held = self.sum_of[usize::from(field)];
        if held != NOT_YET {
            return usize::from(held);
        }
        let start = self.sums.len();
        self.sums.resize(start + self.lanes, Lane::default());
        for (place, seen) in self.features[..self.shared].iter().enumerate() {
            let weight = weights.interactions.values[pair(field, seen.feature.field)];
            let vector = &self.vectors[place * self.lanes..][..self.lanes];
            add_scaled(&mut self.sums[start..], weight, vector);
        }
        let held = start / self.lanes.max(1);
        self.sum_of[usize::from(field)] = held as u8;
        held
    }
}

#[cfg(test)]
mod tests;
