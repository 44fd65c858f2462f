//! ISGD: matrix factorization by one step of gradient descent for each choice, for positive feedback alone.
//!
//! A choice of `i` by `u` moves `p_u·q_i` towards 1 (Vinagre, Jorge and Gama, 2014). With recency negatives, the items
//! whose last choice is longest ago are taken as not wanted, moved towards 0, and put back behind the newest (Vinagre, Jorge
//! and Gama, 2015). Without them, nothing tells the model what is not chosen.
//!
//! Settings: best of 40 on films (rate .02–.3, regularisation .003–.1, negatives 0–24) and of 8 on sessions; rate and negatives
//! decide: .08 to .28 in HR@20 on films. Two negatives at rate .1, as published, are at .16.

use std::collections::BTreeSet;

use crate::evaluation::rivals::vectors::Vectors;
use crate::evaluation::rivals::{Asked, Choice, Past, Rival, Stream};
use crate::model::numeric::{Lane, add_scaled, dot};

/// How fast it learns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IsgdSettings {
    /// Sixteen numbers a lane.
    pub lanes: usize,
    /// Step size.
    pub rate: f32,
    /// How strongly vectors are drawn back to 0.
    pub regularisation: f32,
    /// Recency negatives a choice.
    pub negatives: usize,
    /// Deviation of new vectors.
    pub deviation: f32,
}

impl IsgdSettings {
    /// Without negatives.
    pub const VANILLA: Self =
        Self { lanes: 4, rate: 0.07, regularisation: 0.01, negatives: 0, deviation: 0.1 };

    /// With recency negatives.
    #[must_use]
    pub const fn recency(stream: Stream) -> Self {
        let negatives = match stream {
            Stream::Once => 24,
            Stream::Visits => 8,
        };
        Self { rate: 0.3, negatives, ..Self::VANILLA }
    }
}

/// Vectors of users and items.
#[derive(Clone, Debug)]
pub struct Isgd {
    settings: IsgdSettings,
    users: Vectors,
    items: Vectors,
    /// Items by when they were last chosen or taken as a negative, the longest ago first.
    queue: BTreeSet<(u64, usize)>,
    queued: Vec<u64>,
    turn: u64,
}

impl Isgd {
    /// Nothing learned.
    #[must_use]
    pub fn new(settings: IsgdSettings, seed: u64) -> Self {
        let vectors = |seed| Vectors::new(settings.lanes, seed, settings.deviation);
        Self {
            settings,
            users: vectors(seed),
            items: vectors(!seed),
            queue: BTreeSet::new(),
            queued: Vec::new(),
            turn: 0,
        }
    }

    fn step(&mut self, user: usize, item: usize, wanted: f32) {
        let IsgdSettings { rate, regularisation, .. } = self.settings;
        let (p, q) = (self.users.row_mut(user), self.items.row_mut(item));
        let error = (wanted - dot(p, q)).clamp(-1.0, 1.0);
        let old: Vec<Lane> = p.to_vec();
        add_scaled(p, -rate * regularisation, &old);
        add_scaled(p, rate * error, q);
        let before: Vec<Lane> = q.to_vec();
        add_scaled(q, -rate * regularisation, &before);
        add_scaled(q, rate * error, &old);
    }

    fn put_back(&mut self, item: usize) {
        if self.queued.len() <= item {
            self.queued.resize(item + 1, 0);
        }
        self.queue.remove(&(self.queued[item], item));
        self.turn += 1;
        self.queued[item] = self.turn;
        self.queue.insert((self.turn, item));
    }
}

impl Rival for Isgd {
    fn score(&mut self, asked: &Asked, _: &Past, scores: &mut [f32]) {
        let Some(user) = asked.user.filter(|user| *user < self.users.len()) else { return };
        let p = self.users.row(user);
        for (item, score) in scores.iter_mut().enumerate() {
            *score = dot(p, self.items.row(item));
        }
    }

    fn learn(&mut self, choice: &Choice, _: &Past) {
        self.users.ensure(choice.user);
        self.items.ensure(choice.item);
        for _ in 0..self.settings.negatives {
            let longest_ago = self.queue.iter().find(|(_, item)| *item != choice.item);
            let Some((_, item)) = longest_ago.copied() else { break };
            self.step(choice.user, item, 0.0);
            self.put_back(item);
        }
        self.step(choice.user, choice.item, 1.0);
        if 0 < self.settings.negatives {
            self.put_back(choice.item);
        }
    }
}
