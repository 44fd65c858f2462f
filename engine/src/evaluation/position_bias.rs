//! A world of known truth: lists whose lower places are looked at less, and a click head that learns from their clicks.
//!
//! Each round a user of a known group is shown ten of thirty items. Who looks at place `k` does so with probability `1/k`,
//! and clicks what they look at with the item's relevance to the group. Lists are ordered by a score that knows part
//! of the truth, or by the head itself, with or without noise (Plackett–Luce). What a head found is judged by how
//! often, of two items, it puts the one first that is more relevant.
//!
//! **Invariant:** the same seed gives the same world and the same rounds.
//!
//! Not here: the estimators (see [`crate::model::click::position`]).

use crate::{EventTypeId, Sequence};

use crate::model::click::fields::{GROUP, ITEM};
use crate::model::click::position::sigmoid;
use crate::model::click::sample::DENSE;
use crate::model::click::{
    ClickConfig, ClickHead, ClickOutcome, ClickRow, ClickSample, PositionPolicy,
};
use crate::model::numeric::{below, ln, mix, normal};

/// Places of a list.
const PLACES: usize = 10;
/// Items that a list is made from.
const CANDIDATES: usize = 30;
const ITEMS: usize = 300;
const GROUPS: usize = 10;
/// What one unit of noise is multiplied by in lists that explore.
const TEMPERATURE: f32 = 0.2;

/// By what lists are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderedBy {
    /// A score of before, which knows part of the truth.
    Before,
    /// The head itself.
    Head,
    /// The head itself, with noise.
    HeadExploring,
}

/// What became of a head in such a world.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    /// Of two items, how often the one was put first that is more relevant: 1 is the truth, 0.5 is chance.
    pub agreement: f64,
    /// Mean distance of the estimated examination from the true one; none where none is estimated.
    pub examination_off: Option<f64>,
    /// Clicks over those of lists in the true order.
    pub reward: f64,
}

/// A world.
#[derive(Clone, Debug)]
pub struct World {
    seed: u64,
    relevance: Vec<f32>,
    before: Vec<f32>,
}

impl World {
    /// The world of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let taste =
            |kind: u64, number: usize, part: u64| normal(mix(seed, kind), 8 * number as u64 + part);
        let relevance = |pair: usize| {
            let (group, item) = (pair / ITEMS, pair % ITEMS);
            let product: f32 =
                (1..4).map(|part| taste(1, group, part) * taste(2, item, part)).sum();
            sigmoid(-1.5 + 0.8 * taste(2, item, 0) + 0.6 * product)
        };
        let relevance: Vec<f32> = (0..GROUPS * ITEMS).map(relevance).collect();
        let noise = mix(seed, 3);
        let before = relevance.iter().enumerate();
        let before = before
            .map(|(pair, truth)| ln(truth / (1.0 - truth)) + 1.5 * normal(noise, pair as u64));
        Self { seed, before: before.collect(), relevance }
    }

    /// Shows `rounds` lists to a head of `policy`.
    #[must_use]
    pub fn run(&self, policy: PositionPolicy, ordered: OrderedBy, rounds: u64) -> Found {
        let config = ClickConfig { position: policy, ..ClickConfig::default() };
        let mut head = ClickHead::new(self.seed, config);
        let (mut clicks, mut ideal) = (0.0, 0.0);
        for round in 0..rounds {
            let word = mix(mix(self.seed, 4), round);
            let group = below(word, GROUPS);
            let mut shown = candidates(word);
            ideal += self.expected(group, &in_order(shown.clone(), |item| self.truth(group, item)));
            let score = |item: usize| self.score(&head, (group, item), ordered, word);
            shown = in_order(shown, score);
            clicks += self.expected(group, &shown);
            for (place, item) in shown.iter().enumerate() {
                let _ = head.learn(&self.sample((group, *item), place, mix(word, place as u64)));
            }
        }
        let examination_off = match policy {
            PositionPolicy::Estimated | PositionPolicy::Weighted => Some(examination_off(&head)),
            PositionPolicy::Logit | PositionPolicy::Ignored => None,
        };
        Found { agreement: self.agreement(&head), examination_off, reward: clicks / ideal }
    }

    fn truth(&self, group: usize, item: usize) -> f32 {
        self.relevance[group * ITEMS + item]
    }

    fn score(&self, head: &ClickHead, pair: (usize, usize), ordered: OrderedBy, word: u64) -> f32 {
        match ordered {
            OrderedBy::Before => self.before[pair.0 * ITEMS + pair.1],
            OrderedBy::Head => head.logit(&row(pair)),
            OrderedBy::HeadExploring => {
                // A draw from Gumbel's distribution.
                let uniform = (mix(mix(word, 6), pair.1 as u64) >> 40) as f32 + 0.5;
                head.logit(&row(pair)) - TEMPERATURE * ln(-ln(uniform / 16_777_216.0))
            }
        }
    }

    /// Clicks that a list may expect.
    fn expected(&self, group: usize, items: &[usize]) -> f64 {
        let places = (1..).zip(items);
        places.map(|(place, item)| f64::from(self.truth(group, *item)) / f64::from(place)).sum()
    }

    fn sample(&self, pair: (usize, usize), place: usize, word: u64) -> ClickSample {
        let chance = f64::from(self.truth(pair.0, pair.1)) / (place + 1) as f64;
        let clicked = (word >> 11) as f64 / 9_007_199_254_740_992.0 < chance;
        let by = EventTypeId(1);
        ClickSample {
            sequence: Sequence(0),
            user_hash: 0,
            row: row(pair),
            position: place as u16 + 1,
            propensity: 1.0,
            outcome: if clicked {
                ClickOutcome::Clicked { by, value: 1.0 }
            } else {
                ClickOutcome::Unclicked
            },
            weight: 1.0,
            version: 0,
        }
    }

    fn agreement(&self, head: &ClickHead) -> f64 {
        let mut agreed = 0.0;
        let pairs = 20_000;
        for draw in 0..pairs {
            let word = mix(mix(self.seed, 7), draw);
            let group = below(word, GROUPS);
            let [one, other] = [8, 9].map(|part| below(mix(word, part), ITEMS));
            let truth = self.truth(group, one).total_cmp(&self.truth(group, other));
            let said = head.logit(&row((group, one))).total_cmp(&head.logit(&row((group, other))));
            agreed += if one == other { 0.5 } else { f64::from(u8::from(truth == said)) };
        }
        agreed / pairs as f64
    }
}

fn candidates(word: u64) -> Vec<usize> {
    let mut items = Vec::with_capacity(CANDIDATES);
    for draw in 0.. {
        let item = below(mix(mix(word, 5), draw), ITEMS);
        if !items.contains(&item) {
            items.push(item);
        }
        if items.len() == CANDIDATES {
            break;
        }
    }
    items
}

/// The first of `items` by `score`.
fn in_order(mut items: Vec<usize>, score: impl Fn(usize) -> f32) -> Vec<usize> {
    items.sort_by_cached_key(|item| (std::cmp::Reverse(ordered_bits(score(*item))), *item));
    items.truncate(PLACES);
    items
}

fn row((group, item): (usize, usize)) -> ClickRow {
    ClickRow {
        fields: vec![(GROUP, group as u32), (ITEM, item as u32)],
        shared: 1,
        dense: [0.0; DENSE],
    }
}

fn examination_off(head: &ClickHead) -> f64 {
    let estimates = (1..).zip(&head.positions().examined[..PLACES]);
    let off =
        |(place, examined): (u32, &f32)| (f64::from(*examined) - 1.0 / f64::from(place)).abs();
    estimates.map(off).sum::<f64>() / PLACES as f64
}

/// Bits that stand in the order of the numbers.
fn ordered_bits(number: f32) -> i32 {
    let bits = number.to_bits().cast_signed();
    bits ^ (((bits >> 31).cast_unsigned()) >> 1).cast_signed()
}

#[cfg(test)]
mod tests;
