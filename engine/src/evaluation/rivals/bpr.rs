//! BPR online: matrix factorization that ranks what was chosen above what was not.
//!
//! An item scores `b_i + p_u·q_i`. For each choice, items drawn from the last choices of all are ranked below it:
//! `ln σ(s_i - s_j)` climbs by one step of stochastic gradient (Rendle and others, 2009); negatives from the stream's
//! recent past keep up with it (Diaz-Aviles and others, "RMFX", 2012).
//!
//! Settings: best of 30 on films, 10 on sessions (rate .02–.2, negatives 8–64, share from the recent past 0–1). Films want
//! negatives drawn alike (from the recent past they cost a sixth of the hit rate), sessions a quarter of them from it.

use crate::evaluation::rivals::vectors::Vectors;
use crate::evaluation::rivals::{Asked, Choice, Past, Rival, Stream};
use crate::model::numeric::{Lane, add_scaled, below, dot, exp, mix};

/// How fast it learns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BprSettings {
    /// Sixteen numbers a lane.
    pub lanes: usize,
    /// Step size.
    pub rate: f32,
    /// How strongly vectors are drawn back to 0.
    pub regularisation: f32,
    /// Pairs a choice.
    pub negatives: usize,
    /// Last choices that negatives are drawn from.
    pub recent: usize,
    /// Share of the negatives that is drawn from them, the others from all known items.
    pub from_recent: f32,
}

impl From<Stream> for BprSettings {
    fn from(stream: Stream) -> Self {
        let (rate, regularisation, negatives, from_recent) = match stream {
            Stream::Once => (0.05, 0.01, 32, 0.0),
            Stream::Visits => (0.1, 0.002, 64, 0.25),
        };
        Self { lanes: 4, rate, regularisation, negatives, recent: 20_000, from_recent }
    }
}

/// Vectors of users and items, biases of items.
#[derive(Clone, Debug)]
pub struct Bpr {
    settings: BprSettings,
    users: Vectors,
    items: Vectors,
    biases: Vec<f32>,
    recent: Vec<u32>,
    seed: u64,
}

impl Bpr {
    /// Nothing learned.
    #[must_use]
    pub fn new(settings: BprSettings, seed: u64) -> Self {
        Self {
            settings,
            users: Vectors::new(settings.lanes, seed, 0.1),
            items: Vectors::new(settings.lanes, !seed, 0.1),
            biases: Vec::new(),
            recent: Vec::new(),
            seed,
        }
    }

    fn draw(&self, seed: u64, past: &Past) -> usize {
        let from_recent = ((mix(seed, 0) >> 40) as f32) < self.settings.from_recent * 16_777_216.0;
        if from_recent && !self.recent.is_empty() {
            self.recent[below(mix(seed, 1), self.recent.len())] as usize
        } else {
            below(mix(seed, 1), past.items())
        }
    }

    fn step(&mut self, user: usize, wanted: usize, other: usize) {
        let BprSettings { rate, regularisation, .. } = self.settings;
        let p: Vec<Lane> = self.users.row(user).to_vec();
        let mut apart: Vec<Lane> = self.items.row(wanted).to_vec();
        add_scaled(&mut apart, -1.0, self.items.row(other));
        let ahead = self.biases[wanted] - self.biases[other] + dot(&p, &apart);
        let error = 1.0 / (1.0 + exp(ahead));
        let keep = -rate * regularisation;
        add_scaled(self.users.row_mut(user), keep, &p);
        add_scaled(self.users.row_mut(user), rate * error, &apart);
        for (item, sign) in [(wanted, 1.0), (other, -1.0)] {
            let q: Vec<Lane> = self.items.row(item).to_vec();
            add_scaled(self.items.row_mut(item), keep, &q);
            add_scaled(self.items.row_mut(item), sign * rate * error, &p);
            self.biases[item] += rate * (sign * error - regularisation * self.biases[item]);
        }
    }
}

impl Rival for Bpr {
    fn score(&mut self, asked: &Asked, _: &Past, scores: &mut [f32]) {
        scores[..self.biases.len()].copy_from_slice(&self.biases);
        let Some(user) = asked.user.filter(|user| *user < self.users.len()) else { return };
        let p = self.users.row(user);
        for (item, score) in scores.iter_mut().enumerate() {
            *score += dot(p, self.items.row(item));
        }
    }

    fn learn(&mut self, choice: &Choice, past: &Past) {
        self.users.ensure(choice.user);
        self.items.ensure(choice.item);
        self.biases.resize(self.items.len(), 0.0);
        let history = past.history(choice.user);
        let taken = |item: usize| {
            item == choice.item
                || history.iter().rev().take(50).any(|one| one.item as usize == item)
        };
        let seed = mix(self.seed, choice.number);
        for turn in 0..self.settings.negatives as u64 {
            let other = self.draw(mix(seed, turn), past);
            if !taken(other) {
                self.step(choice.user, choice.item, other);
            }
        }
        let place = choice.number as usize % self.settings.recent;
        if place < self.recent.len() {
            self.recent[place] = choice.item as u32;
        } else {
            self.recent.push(choice.item as u32);
        }
    }
}
