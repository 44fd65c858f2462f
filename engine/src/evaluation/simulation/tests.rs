//! With debias and exploration the ranking that is recovered is closer to the truth than without.

use std::sync::OnceLock;

use super::*;
use crate::model::click::PositionPolicy;

const SIZE: Size = Size { items: 100, places: 10, old: 2_000, lists: 30_000 };
const SEEDS: u64 = 12;

/// An arm's life in each world.
struct Lives(Vec<Recovered>);

impl Lives {
    fn of(name: &str, head: ClickConfig, explores: bool) -> Self {
        let arm = Arm { head, explore: explores.then(ExploreRule::default) };
        let worlds = |half: u64| {
            let seeds = (0..SEEDS).filter(move |seed| seed % 2 == half);
            seeds.map(|seed| live(SIZE, &arm, mix(77, seed))).collect::<Vec<_>>()
        };
        let lives = std::thread::scope(|scope| {
            let other = scope.spawn(|| worlds(1));
            Self([worlds(0), other.join().unwrap()].concat())
        });
        let [tau, ndcg, earned, places, crowded] = FIGURES.map(|figure| lives.mean(figure));
        println!(
            "{name:<28} tau {tau:.3}  NDCG@10 {ndcg:.3}  earned {earned:.3}  places off by {places:.3}  \
             impressions of a tenth of the items {crowded:.3}"
        );
        lives
    }

    fn mean(&self, figure: Figure) -> f64 {
        self.0.iter().map(figure).sum::<f64>() / self.0.len() as f64
    }
}

type Figure = fn(&Recovered) -> f64;

const FIGURES: [Figure; 5] = [tau, ndcg, |one| one.earned, |one| one.places_off, |one| one.crowded];

fn tau(one: &Recovered) -> f64 {
    one.tau
}

fn ndcg(one: &Recovered) -> f64 {
    one.ndcg
}

/// Without and with debias; first without exploration, then with it as it is by default.
fn arms() -> &'static [[Lives; 2]; 2] {
    static ARMS: OnceLock<[[Lives; 2]; 2]> = OnceLock::new();
    ARMS.get_or_init(|| {
        [("nothing explored", false), ("explored", true)].map(|(name, explores)| {
            let on = ClickConfig::default();
            let off = PositionPolicy::Ignored;
            let off = ClickConfig { position: off, propensity_clip: 1.0, ..ClickConfig::default() };
            [
                Lives::of(&format!("{name}, no debias"), off, explores),
                Lives::of(&format!("{name}, debias"), on, explores),
            ]
        })
    })
}

/// How far `one` is ahead of `other`, world by world: the mean, and its standard error.
fn ahead(one: &Lives, other: &Lives, figure: Figure) -> (f64, f64) {
    let pairs = one.0.iter().zip(&other.0);
    let differences: Vec<f64> = pairs.map(|(a, b)| figure(a) - figure(b)).collect();
    let mean = differences.iter().sum::<f64>() / SEEDS as f64;
    let squares: f64 = differences.iter().map(|one| (one - mean) * (one - mean)).sum();
    (mean, (squares / (SEEDS * (SEEDS - 1)) as f64).sqrt())
}

fn check_ahead(one: &Lives, other: &Lives, figure: Figure) {
    let (mean, error) = ahead(one, other, figure);
    assert!(2.0 * error < mean, "{mean} with a standard error of {error}");
}

#[test]
fn with_debias_the_recovered_ranking_is_closer_to_the_truth_than_without() {
    let [[without, with], [exploring_without, exploring_with]] = arms();
    // Without exploration there is little to tell: most of the order is about items that nobody was shown any more.
    let (mean, error) = ahead(with, without, tau);
    assert!(mean.abs() < 3.0 * error + 0.03, "{mean} {error}");
    // Nor does the tail: tau counts each pair alike, those that nobody gets to see among them.
    let (mean, error) = ahead(exploring_with, exploring_without, tau);
    assert!(-error < mean, "{mean} {error}");
    check_ahead(exploring_with, exploring_without, ndcg);
    check_ahead(exploring_with, exploring_without, |one| one.earned);
    check_ahead(exploring_without, exploring_with, |one| one.places_off);
}

#[test]
fn with_exploration_the_recovered_ranking_is_closer_to_the_truth_than_without() {
    let [[without, with], [exploring_without, exploring_with]] = arms();
    check_ahead(exploring_without, without, tau);
    check_ahead(exploring_with, with, tau);
    check_ahead(exploring_with, with, ndcg);
    let crowded = |one: &Recovered| -one.crowded;
    check_ahead(exploring_with, with, crowded);
}
