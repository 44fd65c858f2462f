//! One data set, replayed: rank before learning from each event, against every known item.
//!
//! Not here: data sets, printing.

use std::time::{Duration, Instant};

use engine::model::sample::{HISTORY_ITEMS, NEARS, UNDRAWN_ITEMS};
use engine::model::{Effort, Learned, Learner};
use engine::model::{ModelConfig, ModelUser, Past, Sample, Scores, UserVector, blend};
use engine::{ItemIndex, Sequence};

use crate::data::{Kind, Row, Stream};
use crate::neighbours::{Answer, Nears, Neighbours, Rule};

/// Rankings that are compared.
pub const RANKINGS: [&str; 4] = ["popularity", "neighbours", "machine", "blend"];

/// Sums over the scored events of one ranking.
#[derive(Clone, Copy, Default)]
pub struct Tally {
    /// Events whose item was among the first 10, the first 20.
    pub hits: [f64; 2],
    /// Gains.
    pub ndcg: f64,
    /// Reciprocal ranks.
    pub mrr: f64,
}

/// What a replay found.
pub struct Report {
    /// By ranking.
    pub tallies: [Tally; RANKINGS.len()],
    /// Events scored.
    pub scored: f64,
    /// Time spent learning.
    pub learning: Duration,
    /// Events learned from.
    pub learned: u32,
    /// The learner as it ended.
    pub learner: Learner,
}

/// Replays `stream`.
pub fn replay(stream: &Stream, config: ModelConfig, rules: [Rule; NEARS], seed: u64) -> Report {
    let mut replay = Replay::new(stream, config, rules, seed);
    for (place, row) in stream.rows.iter().enumerate() {
        replay.turn(place, row);
    }
    replay.report
}

struct Replay<'a> {
    stream: &'a Stream,
    users: Vec<Vec<(ItemIndex, u64)>>,
    neighbours: Neighbours,
    rules: [Rule; NEARS],
    near: Nears,
    vector: UserVector,
    excluded: Vec<bool>,
    items: Vec<ItemIndex>,
    scores: Scores,
    blended: Vec<f32>,
    report: Report,
}

impl<'a> Replay<'a> {
    fn new(stream: &'a Stream, config: ModelConfig, rules: [Rule; NEARS], seed: u64) -> Self {
        Self {
            stream,
            users: vec![Vec::new(); stream.users],
            neighbours: Neighbours::new(stream.items),
            rules,
            near: Nears([Answer::new(stream.items), Answer::new(stream.items)]),
            vector: UserVector::default(),
            excluded: vec![false; stream.items],
            items: Vec::new(),
            scores: Scores::default(),
            blended: Vec::new(),
            report: Report {
                tallies: Default::default(),
                scored: 0.0,
                learning: Duration::ZERO,
                learned: 0,
                learner: Learner::new(seed, config),
            },
        }
    }

    fn turn(&mut self, place: usize, row: &Row) {
        let recent = self.distinct(row.user);
        let sample = self.sample(place, row);
        let visit = self.visit_items(&recent, &sample.user);
        self.neighbours.ask(&recent, self.rules[0], &mut self.near.0[0]);
        self.neighbours.ask(&visit, self.rules[1], &mut self.near.0[1]);
        if self.stream.rows.len() / 5 <= place {
            self.score(row, &sample.user);
        }
        self.learn(&sample);
        let others: Vec<_> = recent.into_iter().filter(|item| *item != row.item).collect();
        self.neighbours.count(row.item, &others);
        self.users[row.user].push((row.item, row.seconds));
    }

    fn distinct(&self, user: usize) -> Vec<ItemIndex> {
        let mut recent = Vec::new();
        for (item, _) in self.users[user].iter().rev() {
            if recent.len() == 20 {
                break;
            }
            if !recent.contains(item) {
                recent.push(*item);
            }
        }
        recent
    }

    /// Those of `recent` that belong to the visit.
    fn visit_items(&self, recent: &[ItemIndex], user: &ModelUser) -> Vec<ItemIndex> {
        let visit = &user.history[..user.visit];
        let on_visit = |item: &&ItemIndex| visit.iter().any(|past| past.item == **item);
        recent.iter().filter(on_visit).copied().collect()
    }

    fn sample(&self, place: usize, row: &Row) -> Sample {
        let past = &self.users[row.user];
        let newest = past.iter().rev();
        let history = newest.clone().take(HISTORY_ITEMS).map(|(item, seconds)| Past {
            item: *item,
            age_s: (row.seconds - seconds).min(u64::from(u32::MAX)) as u32,
        });
        let user = ModelUser {
            hash: row.user as u64,
            events: past.len() as u32,
            history: history.collect(),
            visit: visit_length(past, row.seconds),
            row: None,
        };
        Sample {
            sequence: Sequence(place as u64),
            item: row.item,
            weight: 1.0,
            user,
            recent: newest.take(UNDRAWN_ITEMS).map(|(item, _)| *item).collect(),
        }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "an example has no node whose clock it could read"
    )]
    fn learn(&mut self, sample: &Sample) {
        let before = Instant::now();
        let learned = self.report.learner.learn(sample, &self.near, Effort::Full);
        self.report.learning += before.elapsed();
        self.report.learned += u32::from(matches!(learned, Learned::Stepped { .. }));
    }

    fn score(&mut self, row: &Row, user: &ModelUser) {
        self.report.scored += 1.0;
        let left_out = self.left_out(row.user);
        let learner = &self.report.learner;
        let known = learner.items().is_known(row.item);
        if !known || left_out.contains(&row.item) {
            return;
        }
        left_out.iter().for_each(|item| self.excluded[item.as_usize()] = true);
        learner.form_user(user, &mut self.vector);
        let eligible = |item: &&ItemIndex| !self.excluded[item.as_usize()] && **item != row.item;
        self.items.clear();
        self.items.push(row.item);
        self.items.extend(learner.items().known().iter().filter(eligible));
        let vector = &self.vector.vector;
        learner.score(&self.items, user, vector, &self.near, &mut self.scores);
        let weights = &learner.shared().blend[user.group()].values;
        blend::blend(weights, &self.scores, &mut self.blended);
        let columns =
            [&self.scores.share, &self.scores.near[0], &self.scores.machine, &self.blended];
        let above = columns.map(|column| ranked(column));
        for (tally, [above, equal]) in self.report.tallies.iter_mut().zip(above) {
            tally.add(1.0 + above + 0.5 * equal);
        }
        left_out.iter().for_each(|item| self.excluded[item.as_usize()] = false);
    }

    fn left_out(&self, user: usize) -> Vec<ItemIndex> {
        let past = self.users[user].iter().rev().map(|(item, _)| *item);
        match self.stream.kind {
            Kind::Catalogue => past.collect(),
            Kind::Sessions => past.take(1).collect(),
        }
    }
}

/// How many of the newest items of a history belong to a visit that is still open at `now`.
fn visit_length(past: &[(ItemIndex, u64)], now: u64) -> usize {
    const GAP_S: u64 = 30 * 60;
    let mut after = now;
    let mut length = 0;
    for (_, seconds) in past.iter().rev().take(HISTORY_ITEMS) {
        if GAP_S < after - seconds {
            break;
        }
        after = *seconds;
        length += 1;
    }
    length
}

/// How many are above the first, and equal to it.
fn ranked(scores: &[f32]) -> [f64; 2] {
    let own = scores.first().copied().unwrap_or(0.0);
    let others = &scores[1..];
    let above: u32 = others.iter().map(|other| u32::from(own < *other)).sum();
    let equal: u32 = others.iter().map(|other| u32::from(own.to_bits() == other.to_bits())).sum();
    [f64::from(above), f64::from(equal)]
}

impl Tally {
    fn add(&mut self, rank: f64) {
        self.mrr += 1.0 / rank;
        for (hits, length) in self.hits.iter_mut().zip([10.0, 20.0]) {
            *hits += f64::from(u8::from(rank <= length));
        }
        if rank <= 20.0 {
            self.ndcg += 1.0 / (rank + 1.0).log2();
        }
    }
}
