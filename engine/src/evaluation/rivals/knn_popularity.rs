//! Item-kNN and decayed popularity with learned weights: the baseline that is honest, because a good team has it in a week.
//!
//! An item scores `β ln(knn / max + 0.05) + Σ_H δ_H ln(popular_H / max + 0.05)` over half-lives of 300, 3,000 and
//! 30,000 events. The weights of each group of users, by the length of their history, are learned by softmax over the
//! item chosen and 400 drawn alike from all known items that the user may take (`AdaGrad`, rate 0.05); they start from 1 and stay at 0 or above.
//!
//! Settings: those of item-kNN, best of 6 on films and sessions (±.005).

use crate::evaluation::rivals::decayed::DecayedCounts;
use crate::evaluation::rivals::item_knn::{ItemKnn, ItemKnnSettings};
use crate::evaluation::rivals::{Asked, Choice, Past, Rival, Stream};
use crate::model::numeric::{below, ln, mix, softmax};

const HALF_LIVES: [f32; 3] = [300.0, 3_000.0, 30_000.0];
const TERMS: usize = 1 + HALF_LIVES.len();
const GROUPS: usize = 5;
const DRAWS: usize = 400;
const RATE: f32 = 0.05;
const FLOOR: f32 = 0.05;

/// Neighbours, popularity and their weights.
#[derive(Clone, Debug)]
pub struct KnnPopularity {
    knn: ItemKnn,
    popular: [DecayedCounts; HALF_LIVES.len()],
    weights: [[f32; TERMS]; GROUPS],
    squares: [[f32; TERMS]; GROUPS],
    seed: u64,
    stream: Stream,
    near: Vec<f32>,
    /// By item: number of the choice, and one, whose user had taken it before.
    taken: Vec<u64>,
}

impl KnnPopularity {
    /// Nothing learned.
    #[must_use]
    pub fn new(stream: Stream, seed: u64) -> Self {
        let popularity = 1.0 / HALF_LIVES.len() as f32;
        let start = std::array::from_fn(|term| if term == 0 { 1.0 } else { popularity });
        Self {
            knn: ItemKnn::new(ItemKnnSettings::from(stream)),
            popular: HALF_LIVES.map(DecayedCounts::new),
            weights: [start; GROUPS],
            squares: [[1e-6; TERMS]; GROUPS],
            seed,
            stream,
            near: Vec::new(),
            taken: Vec::new(),
        }
    }

    fn terms(&self, item: usize, near: f32, strongest: f32) -> [f32; TERMS] {
        let mut terms = [ln(near / strongest + FLOOR); TERMS];
        for (term, counts) in terms[1..].iter_mut().zip(&self.popular) {
            *term = ln(counts.share(item) + FLOOR);
        }
        terms
    }

    /// Where items are taken once, what the user has taken is no alternative.
    fn note_taken(&mut self, choice: &Choice, past: &Past) {
        self.taken.resize(past.items(), 0);
        if self.stream == Stream::Once {
            for chosen in past.history(choice.user) {
                self.taken[chosen.item as usize] = choice.number + 1;
            }
        }
    }

    fn climb(&mut self, choice: &Choice, past: &Past) {
        let history = past.history(choice.user);
        let mut near = std::mem::take(&mut self.near);
        near.clear();
        near.resize(past.items(), 0.0);
        self.knn.add_scores(history, &mut near);
        let strongest = highest(&near);
        let group = group(history.len());
        let seed = mix(self.seed, choice.number);
        let drawn = (0..DRAWS as u64).map(|draw| below(mix(seed, draw), past.items()));
        self.note_taken(choice, past);
        let is_open = |item: &usize| *item != choice.item && self.taken[*item] <= choice.number;
        let field = std::iter::once(choice.item).chain(drawn.filter(is_open));
        let field: Vec<[f32; TERMS]> =
            field.map(|item| self.terms(item, near[item], strongest)).collect();
        self.near = near;
        let weights = &mut self.weights[group];
        let mut shares: Vec<f32> = field.iter().map(|terms| product(weights, terms)).collect();
        softmax(&mut shares);
        for term in 0..TERMS {
            let expected: f32 = field.iter().zip(&shares).map(|(terms, p)| terms[term] * p).sum();
            let gradient = field[0][term] - expected;
            let squares = &mut self.squares[group][term];
            *squares += gradient * gradient;
            weights[term] = (weights[term] + RATE * gradient / squares.sqrt()).clamp(0.0, 8.0);
        }
    }
}

/// Users by the number of their choices: 0, 1, 2–4, 5–19, 20 or more.
fn group(choices: usize) -> usize {
    [1, 2, 5, 20].iter().filter(|from| **from <= choices).count()
}

fn highest(scores: &[f32]) -> f32 {
    scores.iter().fold(f32::MIN_POSITIVE, |most, score| most.max(*score))
}

fn product(weights: &[f32; TERMS], terms: &[f32; TERMS]) -> f32 {
    weights.iter().zip(terms).map(|(weight, term)| weight * term).sum()
}

impl Rival for KnnPopularity {
    fn score(&mut self, asked: &Asked, _: &Past, scores: &mut [f32]) {
        self.knn.add_scores(asked.history, scores);
        let strongest = highest(scores);
        let weights = self.weights[group(asked.history.len())];
        for score in scores.iter_mut() {
            *score = weights[0] * ln(*score / strongest + FLOOR);
        }
        for (weight, counts) in weights[1..].iter().zip(&self.popular) {
            counts.add_logs(*weight, FLOOR, scores);
        }
    }

    fn learn(&mut self, choice: &Choice, past: &Past) {
        // Nobody could have named an item that was never chosen.
        if choice.known {
            self.climb(choice, past);
        }
        self.knn.learn(choice, past);
        for counts in &mut self.popular {
            counts.add(choice.item);
        }
    }
}
