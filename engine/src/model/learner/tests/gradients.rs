//! What a step adds to each parameter against finite differences of the log-likelihood.
//!
//! A step of `AdaGrad` is `rate * gradient / sqrt(squares)`, so what was added tells the gradient that was used.

use super::naive;
use crate::ItemIndex;
use crate::model::learner::{Effort, Learned, Learner, Work};
use crate::model::numeric::LANE;
use crate::model::sample::{GAPS, Sample};
use crate::model::testing::{HashSources, Stream, small};

const WIDTH: f32 = 1.0 / 256.0;

/// A learner, what it learns from next, what it draws for it, and what it is afterwards.
struct Step {
    before: Learner,
    sample: Sample,
    drawn: Vec<ItemIndex>,
    after: Learner,
}

/// A step on known items, each of which appears once.
fn step(seed: u64) -> Step {
    let mut before = Learner::new(seed, small());
    let mut stream = Stream::new(seed, 300, 12);
    stream.teach(&mut before, 400);
    loop {
        let sample = stream.sample();
        let mut work = Work::default();
        before.form_user(&sample.user, &mut work.user);
        before.draw(&sample, Effort::Full, &mut work);
        let history = sample.user.history.iter().map(|past| past.item);
        let mut once: Vec<ItemIndex> = work.drawn.iter().copied().chain(history).collect();
        let all = once.len();
        once.sort_unstable();
        once.dedup();
        let mut after = before.clone();
        let learned = after.learn(&sample, &HashSources, Effort::Full);
        assert!(matches!(learned, Learned::Stepped { .. }));
        if once.len() == all && before.items.is_known(sample.item) && 3 < sample.user.events {
            return Step { before, drawn: work.drawn, sample, after };
        }
        before = after;
    }
}

impl Step {
    /// The slope of the log-likelihood along a parameter that `change` changes.
    fn slope(&self, change: impl Fn(&mut Learner, f32)) -> f64 {
        let at = |width: f32| {
            let mut learner = self.before.clone();
            change(&mut learner, width);
            naive::likelihood(&learner, &self.sample.user, &self.drawn)
        };
        (at(WIDTH) - at(-WIDTH)) / f64::from(2.0 * WIDTH)
    }
}

/// Holds the gradient that was used against the slope.
fn check(what: &str, [before, after]: [f32; 2], by: [f32; 2], slope: f64) {
    let [rate, squares] = by;
    let used = f64::from((after - before) * squares.sqrt() / rate);
    assert!((used - slope).abs() < 2e-3 + 0.01 * slope.abs(), "{what}: {used} for {slope}");
}

#[test]
fn rows_of_items_climb_the_likelihood() {
    for seed in 0..4 {
        let mut step = step(seed);
        let history: Vec<ItemIndex> =
            step.sample.user.history.iter().map(|past| past.item).collect();
        let rate = step.before.config.rates.vectors;
        for item in step.drawn.clone().into_iter().chain(history) {
            for column in [0, 7, LANE - 1] {
                let slope = step.slope(|learner, width| {
                    let row = learner.items.target_mut(item).expect("it has a row");
                    row.vector[0].0[column] += width;
                });
                let mut read = |learner: fn(&mut Step) -> &mut Learner| {
                    let row = learner(&mut step).items.target_mut(item).expect("it has a row");
                    (row.vector[0].0[column], *row.squares)
                };
                let (before, (after, squares)) =
                    (read(|s| &mut s.before).0, read(|s| &mut s.after));
                check(&format!("{item:?}"), [before, after], [rate, squares], slope);
            }
        }
    }
}

#[test]
fn the_row_of_the_last_item_climbs_the_likelihood() {
    for seed in 0..8 {
        let mut step = step(seed);
        let last = step.sample.user.history[0].item;
        let rate = step.before.config.rates.vectors;
        for column in 0..LANE {
            let slope = step.slope(|learner, width| {
                learner.items.last_mut(last).expect("it has a row").0[0].0[column] += width;
            });
            let before = step.before.items.last_mut(last).expect("it has a row").0[0].0[column];
            let (row, squares) = step.after.items.last_mut(last).expect("it has a row");
            let (after, squares) = (row[0].0[column], *squares);
            check("last", [before, after], [rate, squares], slope);
        }
    }
}

#[test]
fn the_row_of_the_user_climbs_the_likelihood() {
    for seed in 0..8 {
        let step = step(seed);
        let hash = step.sample.user.hash;
        let rate = step.before.config.rates.vectors;
        let row = step.before.users.get(hash).expect("they have a row");
        let now = step.after.users.get(hash).expect("they have a row");
        for column in 0..LANE {
            let slope = step.slope(|learner, width| {
                let mut row = row.clone();
                std::sync::Arc::make_mut(&mut row.vector)[0].0[column] += width;
                learner.users.put(hash, row);
            });
            let pair = [row.vector[0].0[column], now.vector[0].0[column]];
            check("user", pair, [rate, now.squares], slope);
        }
    }
}

#[test]
fn biases_climb_the_likelihood() {
    for seed in 0..4 {
        let mut step = step(seed);
        let rate = step.before.config.rates.bias;
        for item in step.drawn.clone() {
            let slope = step.slope(|learner, width| {
                *learner.items.target_mut(item).expect("it has a row").bias += width;
            });
            let before = step.before.items.head(item).expect("it has a row").bias;
            let row = step.after.items.target_mut(item).expect("it has a row");
            let (after, squares) = (*row.bias, *row.bias_squares);
            check("bias", [before, after], [rate, squares], slope);
        }
    }
}

#[test]
fn weights_of_popularity_and_of_gaps_climb_the_likelihood() {
    let mut moved = 0;
    for seed in 0..12 {
        let step = step(seed);
        let (group, rates) = (step.sample.user.group(), step.before.config.rates);
        let (old, new) =
            (step.before.shared.popularity[group], step.after.shared.popularity[group]);
        for place in 0..old.values.len() {
            let slope = step.slope(|learner, width| {
                learner.shared.popularity[group].values[place] += width;
            });
            let pair = [old.values[place], new.values[place]];
            check("popularity", pair, [rates.popularity, new.squares[place]], slope);
        }
        let (old, new) = (step.before.shared.gaps, step.after.shared.gaps);
        for gap in 0..GAPS {
            let slope = step.slope(|learner, width| learner.shared.gaps.values[gap] += width);
            let pair = [old.values[gap], new.values[gap]];
            check("gap", pair, [rates.gaps, new.squares[gap]], slope);
            moved += u32::from(1e-3 < slope.abs());
        }
    }
    assert!(20 < moved, "only {moved} gaps had a slope");
}
