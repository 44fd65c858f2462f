//! Implicit ALS, rebuilt once in a period: matrix factorization that counts all that was not chosen as weak zeros.
//!
//! Minimises `Σ c_ui (x_ui - p_u·q_i)² + λ(Σ|p_u|² + Σ|q_i|²)` with `c = 1 + α` for what was chosen and 1 for all
//! else, by turns for users and items. Hu, Koren and Volinsky (2008). Each rebuilding starts from the last one's items.
//! A user's vector is solved for when they ask, from the history that they are asked with: all of it while items are
//! learned, its last items when asked, which finds .27 instead of .21 of what comes next on films.
//!
//! Settings: best of 14 on films, 11 on sessions (α 1–300, λ 1–100, last 5–500).

use crate::evaluation::rivals::vectors::Vectors;
use crate::evaluation::rivals::{Asked, Choice, Chosen, Past, Rival, Stream};
use crate::model::numeric::{LANE, Lane, dot};

/// Numbers in a vector.
const SIZE: usize = 32;
const LANES: usize = SIZE / LANE;

/// How it is built.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AlsSettings {
    /// How much more a choice counts than none.
    pub alpha: f32,
    /// How strongly vectors are drawn to 0.
    pub lambda: f32,
    /// Turns a rebuilding.
    pub turns: usize,
    /// Items of the history that make a user's vector.
    pub last: usize,
}

impl From<Stream> for AlsSettings {
    fn from(stream: Stream) -> Self {
        match stream {
            Stream::Once => Self { alpha: 3.0, lambda: 10.0, turns: 3, last: 20 },
            Stream::Visits => Self { alpha: 300.0, lambda: 10.0, turns: 3, last: 10 },
        }
    }
}

/// Vectors of items.
#[derive(Clone, Debug)]
pub struct Als {
    settings: AlsSettings,
    items: Vectors,
    /// `Σ q_i q_iᵀ`.
    products: Box<Gram>,
    seed: u64,
}

type Gram = [[f32; SIZE]; SIZE];

impl Als {
    /// Nothing built.
    #[must_use]
    pub fn new(settings: AlsSettings, seed: u64) -> Self {
        let items = Vectors::new(LANES, seed, 0.1);
        Self { settings, items, products: Box::new([[0.0; SIZE]; SIZE]), seed }
    }

    /// The vector that goes best with those numbered `chosen` in `others`.
    fn solve(&self, others: &Vectors, products: &Gram, chosen: &[u32]) -> [f32; SIZE] {
        let AlsSettings { alpha, lambda, .. } = self.settings;
        let (mut left, mut right) = (*products, [0.0; SIZE]);
        for (place, row) in left.iter_mut().enumerate() {
            row[place] += lambda;
        }
        for number in chosen {
            let vector = numbers(others.row(*number as usize));
            for (place, value) in vector.iter().enumerate() {
                right[place] += (1.0 + alpha) * value;
                for (cell, other) in left[place].iter_mut().zip(vector) {
                    *cell += alpha * value * other;
                }
            }
        }
        solved(left, right)
    }
}

fn numbers(row: &[Lane]) -> [f32; SIZE] {
    std::array::from_fn(|place| row[place / LANE].0[place % LANE])
}

fn lanes(vector: &[f32; SIZE]) -> [Lane; LANES] {
    std::array::from_fn(|lane| Lane(std::array::from_fn(|place| vector[lane * LANE + place])))
}

fn products(vectors: &Vectors) -> Gram {
    let mut sums = [[0.0; SIZE]; SIZE];
    for number in 0..vectors.len() {
        let vector = numbers(vectors.row(number));
        for (row, value) in sums.iter_mut().zip(vector) {
            for (cell, other) in row.iter_mut().zip(vector) {
                *cell += value * other;
            }
        }
    }
    sums
}

/// Solves a symmetric positive definite system by elimination.
fn solved(mut left: Gram, mut right: [f32; SIZE]) -> [f32; SIZE] {
    for pivot in 0..SIZE {
        let row = left[pivot];
        for below in pivot + 1..SIZE {
            let weight = left[below][pivot] / row[pivot];
            for (cell, value) in left[below].iter_mut().zip(row) {
                *cell -= weight * value;
            }
            right[below] -= weight * right[pivot];
        }
    }
    for pivot in (0..SIZE).rev() {
        let known: f32 = (pivot + 1..SIZE).map(|at| left[pivot][at] * right[at]).sum();
        right[pivot] = (right[pivot] - known) / left[pivot][pivot];
    }
    right
}

/// The last items of a history, each once.
fn distinct(history: &[Chosen], last: usize) -> Vec<u32> {
    let newest = history.len().saturating_sub(last);
    let mut items: Vec<u32> = history[newest..].iter().map(|one| one.item).collect();
    items.sort_unstable();
    items.dedup();
    items
}

impl Rival for Als {
    fn score(&mut self, asked: &Asked, _: &Past, scores: &mut [f32]) {
        let mut chosen = distinct(asked.history, self.settings.last);
        chosen.retain(|item| (*item as usize) < self.items.len());
        if chosen.is_empty() {
            return;
        }
        let vector = lanes(&self.solve(&self.items, &self.products, &chosen));
        for (item, score) in scores.iter_mut().enumerate().take(self.items.len()) {
            *score = dot(&vector, self.items.row(item));
        }
    }

    fn learn(&mut self, _: &Choice, _: &Past) {}

    fn rebuild(&mut self, past: &Past) {
        let Some(last) = past.items().checked_sub(1) else { return };
        self.items.ensure(last);
        let by_user: Vec<Vec<u32>> =
            past.histories().iter().map(|history| distinct(history, usize::MAX)).collect();
        let mut by_item: Vec<Vec<u32>> = vec![Vec::new(); past.items()];
        for (user, items) in by_user.iter().enumerate() {
            for item in items {
                by_item[*item as usize].push(user as u32);
            }
        }
        let mut users = Vectors::new(LANES, self.seed, 0.0);
        users.ensure(past.users().saturating_sub(1));
        for _ in 0..self.settings.turns {
            let gram = products(&self.items);
            for (user, items) in by_user.iter().enumerate() {
                let vector = self.solve(&self.items, &gram, items);
                users.row_mut(user).copy_from_slice(&lanes(&vector));
            }
            let gram = products(&users);
            for (item, chosen_by) in by_item.iter().enumerate() {
                let vector = self.solve(&users, &gram, chosen_by);
                self.items.row_mut(item).copy_from_slice(&lanes(&vector));
            }
        }
        *self.products = products(&self.items);
    }
}
