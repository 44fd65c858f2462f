//! Item neighbours without a bound: every pair ever chosen together is counted.
//!
//! On item `i` after `j`, the p-th item back, `C_ij` and `C_ji` grow by `p^(-1/2)`; `sim = C_ji / (n_j^(1-a) n_i^a)`.
//!
//! Not here: the bounded lists that a node keeps (see `engine::activity`).

use engine::ItemIndex;
use engine::model::Sources;
use engine::model::sample::NEARS;
use rustc_hash::FxHashMap;

/// Choices that every item is taken to have more, as in the engine.
const SHRINKAGE: f32 = 5.0;

/// How neighbours are counted.
#[derive(Clone, Copy)]
pub struct Rule {
    /// How much a candidate's own popularity weighs against it.
    pub alpha: f32,
    /// By how much an item of the query counts less than the one after it.
    pub gamma: f32,
    /// Neighbours of an item that count; all by default.
    pub cap: usize,
}

/// The counts of all pairs.
pub struct Neighbours {
    pairs: Vec<FxHashMap<u32, f32>>,
    counts: Vec<f32>,
}

/// Strengths for one query.
pub struct Answer {
    strengths: Vec<f32>,
    touched: Vec<u32>,
    highest: f32,
}

impl Neighbours {
    /// Nothing counted.
    pub fn new(items: usize) -> Self {
        Self { pairs: vec![FxHashMap::default(); items], counts: vec![0.0; items] }
    }

    /// Counts `item` after `recent`, newest first, each once.
    pub fn count(&mut self, item: ItemIndex, recent: &[ItemIndex]) {
        self.counts[item.as_usize()] += 1.0;
        for (back, other) in (1u16..).zip(recent) {
            let weight = 1.0 / f32::from(back).sqrt();
            *self.pairs[item.as_usize()].entry(other.0).or_insert(0.0) += weight;
            *self.pairs[other.as_usize()].entry(item.0).or_insert(0.0) += weight;
        }
    }

    /// How strongly the neighbours of `recent` are for every item.
    pub fn ask(&self, recent: &[ItemIndex], rule: Rule, answer: &mut Answer) {
        answer.clear();
        let Rule { alpha, gamma, cap } = rule;
        let mut weight = 1.0;
        for item in recent {
            let scale = weight * (self.counts[item.as_usize()] + SHRINKAGE).powf(alpha - 1.0);
            let pairs = &self.pairs[item.as_usize()];
            if cap < pairs.len() {
                for (near, count) in self.best(pairs, alpha, cap) {
                    answer.add(near, scale * count);
                }
            } else {
                pairs.iter().for_each(|(near, count)| answer.add(*near, scale * count));
            }
            weight *= gamma;
        }
        for near in &answer.touched {
            let place = *near as usize;
            answer.strengths[place] /= (self.counts[place] + SHRINKAGE).powf(alpha);
            answer.highest = answer.highest.max(answer.strengths[place]);
        }
    }

    fn best(&self, pairs: &FxHashMap<u32, f32>, alpha: f32, cap: usize) -> Vec<(u32, f32)> {
        let rank =
            |near: u32, count: f32| count / (self.counts[near as usize] + SHRINKAGE).powf(alpha);
        let mut best: Vec<_> = pairs.iter().map(|(near, count)| (*near, *count)).collect();
        best.sort_by(|a, b| rank(b.0, b.1).total_cmp(&rank(a.0, a.1)).then(a.0.cmp(&b.0)));
        best.truncate(cap);
        best
    }
}

impl Answer {
    /// Room for the strengths of `items` items.
    pub fn new(items: usize) -> Self {
        Self { strengths: vec![0.0; items], touched: Vec::new(), highest: 0.0 }
    }

    fn add(&mut self, item: u32, strength: f32) {
        if self.strengths[item as usize] == 0.0 {
            self.touched.push(item);
        }
        self.strengths[item as usize] += strength;
    }

    fn clear(&mut self) {
        for item in self.touched.drain(..) {
            self.strengths[item as usize] = 0.0;
        }
        self.highest = 0.0;
    }
}

impl Answer {
    /// How strongly neighbours are for `item`, as a share of the strongest.
    fn share(&self, item: ItemIndex) -> f32 {
        let strength = self.strengths.get(item.as_usize()).copied().unwrap_or(0.0);
        strength / self.highest.max(f32::MIN_POSITIVE)
    }
}

/// The answers of both sources.
pub struct Nears(pub [Answer; NEARS]);

impl Sources for Nears {
    fn near(&self, item: ItemIndex) -> [f32; NEARS] {
        [self.0[0].share(item), self.0[1].share(item)]
    }
}
