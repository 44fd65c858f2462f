//! A world whose truth is known: does what is learned from clicks come closer to it with debias, and with exploration?
//!
//! Items differ in how often they are clicked once they are looked at; place `k` is looked at with probability
//! `1 / k`; at first an old ranker decides what is shown, by a popularity that has nothing to do with the truth. Then
//! the click head ranks what it is taught by: what it takes for bad it no longer shows, and what stands low is
//! hardly clicked. Lists are drawn by [`crate::ranking::explore`], learned from by [`ClickHead`], both as a node does.
//!
//! **Invariant:** two arms with the same seed see the same world, and the same luck where they show the same.
//!
//! Not here: users who differ, retrieval, drift.

use crate::activity::ActivityView;
use crate::model::click::{ClickConfig, ClickHead, ClickOutcome, ClickRow, ClickSample, fields};
use crate::model::numeric::{mix, normal};
use crate::ranking::explore::{self, ExploreRule, Placed, Rules};
use crate::ranking::{DiversityCap, ScoreParts};
use crate::{EventTypeId, ItemIndex, Sequence};

use crate::ranking::blend::{ScoredCandidate, in_order};

/// How large the world is, and how long it goes on.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Items.
    pub items: u32,
    /// Places of a list.
    pub places: usize,
    /// Lists that the old ranker makes.
    pub old: u64,
    /// Lists in all.
    pub lists: u64,
}

/// What one arm does.
#[derive(Clone, Debug)]
pub struct Arm {
    /// How the click head learns.
    pub head: ClickConfig,
    /// How lists explore; `None` for not at all.
    pub explore: Option<ExploreRule>,
}

/// How near an arm came to the truth.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Recovered {
    /// Kendall's tau between the head's order of all items and the true one, -1 to 1.
    pub tau: f64,
    /// NDCG of the head's first `places` items, with true chances as gains.
    pub ndcg: f64,
    /// Clicks earned by the lists that the head ranked, as a share of what the true order would have earned.
    pub earned: f64,
    /// Mean error of what is believed of places, of those behind the first.
    pub places_off: f64,
    /// Share of all impressions of the tenth of the items that had most.
    pub crowded: f64,
}

/// Lets `arm` live in the world of `seed`.
#[must_use]
pub fn live(size: Size, arm: &Arm, seed: u64) -> Recovered {
    let mut life = Life::new(size, arm, seed);
    for list in 0..size.lists {
        life.list(list);
    }
    life.recovered()
}

/// One arm's life so far.
struct Life<'a> {
    size: Size,
    arm: &'a Arm,
    seed: u64,
    /// Chances of a click once an item is looked at.
    truth: Vec<f64>,
    popularity: Vec<f32>,
    head: ClickHead,
    /// The head's order of all items, as last published.
    published: Vec<ScoredCandidate>,
    activity: ActivityView,
    impressions: Vec<u64>,
    /// Expected clicks of the head's lists.
    earned: f64,
    samples: u64,
}

/// Lists between two publications of the head.
const PUBLISH_EVERY: u64 = 10;

/// Kinds of luck.
const TRUTH: u64 = 1;
const POPULAR: u64 = 2;
const DRAWS: u64 = 3;
const CLICKS: u64 = 4;

impl<'a> Life<'a> {
    fn new(size: Size, arm: &'a Arm, seed: u64) -> Self {
        let drawn =
            |kind: u64| (0..size.items).map(move |item| normal(mix(seed, kind), u64::from(item)));
        Self {
            size,
            arm,
            seed,
            truth: drawn(TRUTH).map(|z| 1.0 / (1.0 + (1.5 - f64::from(z)).exp())).collect(),
            popularity: drawn(POPULAR).collect(),
            head: ClickHead::new(seed, arm.head.clone()),
            published: Vec::new(),
            activity: ActivityView::empty(),
            impressions: vec![0; size.items as usize],
            earned: 0.0,
            samples: 0,
        }
    }

    fn list(&mut self, list: u64) {
        let by_head = self.size.old <= list;
        if by_head && (list.is_multiple_of(PUBLISH_EVERY) || self.published.is_empty()) {
            self.published = self.scored();
        }
        let scored = if by_head { self.published.clone() } else { self.popular() };
        let shown = self.drawn(scored, list);
        for (place, placed) in shown.iter().enumerate() {
            let item = placed.candidate.item;
            let chance = self.truth[item.as_usize()] / (place + 1) as f64;
            if by_head {
                self.earned += chance;
            }
            self.impressions[item.as_usize()] += 1;
            let luck = unit(mix(mix(mix(self.seed, CLICKS), list), u64::from(item.0)));
            self.learn(placed, place, luck < chance);
        }
    }

    fn drawn(&self, scored: Vec<ScoredCandidate>, list: u64) -> Vec<Placed> {
        let cap = DiversityCap { max_share: 1.0 };
        let rules = Rules { limit: self.size.places, cap, activity: &self.activity };
        let Some(rule) = &self.arm.explore else {
            return scored.into_iter().take(rules.limit).map(Placed::due).collect();
        };
        let is_new = |one: &ScoredCandidate| {
            self.impressions[one.item.as_usize()] < u64::from(rule.new_until)
        };
        let seed = mix(mix(self.seed, DRAWS), list);
        explore::explore(scored, Vec::new(), is_new, (rules, rule, seed)).0
    }

    fn learn(&mut self, placed: &Placed, place: usize, clicked: bool) {
        self.samples += 1;
        let by = EventTypeId(0);
        let sample = ClickSample {
            sequence: Sequence(self.samples),
            user_hash: self.samples,
            row: row(placed.candidate.item),
            position: place as u16 + 1,
            propensity: placed.propensity(),
            outcome: if clicked {
                ClickOutcome::Clicked { by, value: 1.0 }
            } else {
                ClickOutcome::Unclicked
            },
            weight: 1.0,
            version: 0,
        };
        let _ = self.head.learn(&sample);
    }

    fn scored(&self) -> Vec<ScoredCandidate> {
        let items = (0..self.size.items).map(ItemIndex);
        in_order(items.map(|item| candidate(item, self.head.logit(&row(item)))).collect())
    }

    fn popular(&self) -> Vec<ScoredCandidate> {
        let scores = (0..).map(ItemIndex).zip(&self.popularity);
        in_order(scores.map(|(item, score)| candidate(item, *score)).collect())
    }

    fn recovered(&self) -> Recovered {
        let believed: Vec<usize> = self.scored().iter().map(|one| one.item.as_usize()).collect();
        let mut best = self.truth.clone();
        best.sort_by(|a, b| b.total_cmp(a));
        let top = |gains: &mut dyn Iterator<Item = f64>, discount: fn(f64) -> f64| -> f64 {
            let places = (0..self.size.places).map(|place| discount(place as f64));
            places.zip(gains).map(|(discount, gain)| gain / discount).sum()
        };
        let log = |place: f64| (place + 2.0).log2();
        let by_head = (self.size.lists - self.size.old) as f64;
        let ideal = by_head * top(&mut best.iter().copied(), |place| place + 1.0);
        let mut impressions = self.impressions.clone();
        impressions.sort_unstable_by(|a, b| b.cmp(a));
        let crowd: u64 = impressions.iter().take(impressions.len().div_ceil(10)).sum();
        let examined = &self.head.positions().examined[1..self.size.places];
        let off =
            (2..).zip(examined).map(|(place, t)| (f64::from(*t) - 1.0 / f64::from(place)).abs());
        Recovered {
            tau: kendall(&believed, &self.truth),
            ndcg: top(&mut believed.iter().map(|item| self.truth[*item]), log)
                / top(&mut best.iter().copied(), log),
            earned: self.earned / ideal,
            places_off: off.sum::<f64>() / (self.size.places - 1) as f64,
            crowded: crowd as f64 / impressions.iter().sum::<u64>() as f64,
        }
    }
}

/// Pairs in the right order less those in the wrong one, as a share of all.
fn kendall(order: &[usize], truth: &[f64]) -> f64 {
    let mut sum = 0_i64;
    for (place, item) in order.iter().enumerate() {
        let below = order[place + 1..].iter();
        sum += below.map(|other| if truth[*other] < truth[*item] { 1 } else { -1 }).sum::<i64>();
    }
    let pairs = order.len() * order.len().saturating_sub(1) / 2;
    sum as f64 / pairs.max(1) as f64
}

fn row(item: ItemIndex) -> ClickRow {
    ClickRow {
        fields: vec![(fields::SCENARIO, 1), (fields::ITEM, item.0)],
        shared: 1,
        ..ClickRow::default()
    }
}

fn candidate(item: ItemIndex, score: f32) -> ScoredCandidate {
    let (parts, shares) = (ScoreParts::default(), Default::default());
    ScoredCandidate { item, score, parts, shares, lift: 0.0 }
}

fn unit(word: u64) -> f64 {
    (word >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests;
