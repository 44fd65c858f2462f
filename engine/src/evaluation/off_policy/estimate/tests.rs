//! The estimators are judged by a bandit whose truth is known, over 200 logs.

use std::sync::OnceLock;

use super::super::bandit::{Bandit, truth_of_contrary, truth_of_uniform};
use super::*;

const SEEDS: u64 = 200;
const ROWS: u64 = 2_000;
const CLIP: f64 = 2.0;

/// How an estimator did over all logs.
#[derive(Clone, Copy, Debug)]
struct Record {
    /// Mean error, and three times its standard deviation.
    bias: f64,
    chance: f64,
    /// Standard deviation of the error.
    spread: f64,
    /// Share of the intervals that hold the truth.
    coverage: f64,
}

/// The records of all estimators for one target.
struct Records {
    name: &'static str,
    truth: f64,
    judged: Vec<Judgement>,
}

impl Records {
    fn new(named: (&'static str, f64), sharpness: f64, target: impl Fn(&Bandit) -> Target) -> Self {
        Self::clipped(named, (sharpness, CLIP), target)
    }

    fn clipped(
        (name, truth): (&'static str, f64),
        (sharpness, clip): (f64, f64),
        target: impl Fn(&Bandit) -> Target,
    ) -> Self {
        let judged = (0..SEEDS).map(|seed| {
            let bandit = Bandit::new(ROWS, sharpness, seed);
            judge(&bandit.trials, &target(&bandit), clip)
        });
        let records = Self { name, truth, judged: judged.collect() };
        for by in Estimator::ALL {
            println!("{name}, {truth:.4}, {}: {:.4?}", by.name(), records.of(by));
        }
        records
    }

    fn of(&self, by: Estimator) -> Record {
        let found: Vec<Estimate> =
            self.judged.iter().map(|judged| *judged.by(by).unwrap()).collect();
        let errors: Vec<f64> = found.iter().map(|one| one.value - self.truth).collect();
        let bias = errors.iter().sum::<f64>() / SEEDS as f64;
        let squares = errors.iter().map(|error| (error - bias) * (error - bias)).sum::<f64>();
        let variance = squares / (SEEDS - 1) as f64;
        let held = found.iter().filter(|one| one.low <= self.truth && self.truth <= one.high);
        Record {
            bias,
            chance: 3.0 * (variance / SEEDS as f64).sqrt(),
            spread: variance.sqrt(),
            coverage: held.count() as f64 / SEEDS as f64,
        }
    }
}

fn uniform(bandit: &Bandit) -> Target {
    Target::uniform(&bandit.trials)
}

/// The log chose by the user; the target is to show everything evenly.
fn evenly() -> &'static Records {
    static RECORDS: OnceLock<Records> = OnceLock::new();
    RECORDS.get_or_init(|| Records::new(("uniform", truth_of_uniform()), 5.0, uniform))
}

/// The same log; the target is to show to each user what that one does not like.
fn contrarily() -> &'static Records {
    static RECORDS: OnceLock<Records> = OnceLock::new();
    RECORDS.get_or_init(|| Records::new(("contrary", truth_of_contrary()), 5.0, Bandit::contrary))
}

/// 95 % of 200 is 190 with a standard deviation of 3.
#[test]
fn over_200_logs_ips_snips_and_dr_are_unbiased_and_their_intervals_hold_the_truth() {
    for records in [evenly(), contrarily()] {
        for by in [Estimator::Ips, Estimator::Snips, Estimator::Dr] {
            let record = records.of(by);
            // SNIPS is biased in the order of 1 / rows.
            let allowed = record.chance + 2.0 / ROWS as f64 * records.truth;
            assert!(record.bias.abs() < allowed, "{} {by:?}: {record:?}", records.name);
            assert!(
                (0.90..=0.99).contains(&record.coverage),
                "{} {by:?}: {record:?}",
                records.name
            );
        }
    }
}

/// Items were shown to those who like them, and the model takes that for the items' own merit.
#[test]
fn a_reward_model_alone_is_biased_and_sure_of_it_where_the_log_chose_by_the_user() {
    let direct = evenly().of(Estimator::Dm);
    assert!(direct.chance + 0.1 * evenly().truth < direct.bias, "{direct:?}");
    assert!(direct.coverage < 0.5, "{direct:?}");
}

#[test]
fn where_the_log_chose_evenly_the_reward_model_is_right_and_its_intervals_hold() {
    let even = Records::new(("uniform of an even log", truth_of_uniform()), 0.0, uniform);
    let direct = even.of(Estimator::Dm);
    assert!(direct.bias.abs() < direct.chance + 0.01 * even.truth, "{direct:?}");
    assert!((0.90..=0.99).contains(&direct.coverage), "{direct:?}");
}

#[test]
fn clipping_trades_spread_for_a_bias_that_no_interval_knows_of() {
    let (clipped, whole) =
        (contrarily().of(Estimator::ClippedIps), contrarily().of(Estimator::Ips));
    assert!(clipped.spread < whole.spread, "{clipped:?} {whole:?}");
    assert!(clipped.bias < -0.05 * contrarily().truth, "{clipped:?}");
    assert!(clipped.coverage < 0.9, "{clipped:?}");
}

/// A log that chose so sharply that a few rows weigh hundreds: the higher the clip the less bias and the more spread.
#[test]
fn the_higher_the_clip_the_less_bias_and_the_more_spread() {
    let truth = truth_of_contrary();
    let target = ("contrary of a sharp log", truth);
    let of = |clip: f64| {
        println!("clip {clip}");
        let records = Records::clipped(target, (16.0, clip), Bandit::contrary);
        [Estimator::ClippedIps, Estimator::ClippedSnips, Estimator::ClippedDr]
            .map(|by| records.of(by))
    };
    let clips = [1.0, 10.0, 100.0, f64::INFINITY].map(of);
    for pair in clips.windows(2) {
        let [lower, higher] = [pair[0][0], pair[1][0]];
        assert!(higher.bias.abs() < lower.bias.abs() + lower.chance, "{lower:?} {higher:?}");
        assert!(lower.spread < higher.spread * 1.05, "{lower:?} {higher:?}");
    }
}

/// IPS takes every unit of reward for news, DR only what the model did not know.
#[test]
fn what_every_row_earns_widens_the_interval_of_ips_and_not_that_of_dr() {
    let mut bandit = Bandit::new(ROWS, 3.0, 1);
    let width = |bandit: &Bandit, by| {
        let judged = judge(&bandit.trials, &uniform(bandit), CLIP);
        judged.by(by).map(|one| one.high - one.low).unwrap()
    };
    let both = [Estimator::Ips, Estimator::Dr];
    let [ips, dr] = both.map(|by| width(&bandit, by));
    bandit.trials.trials.iter_mut().for_each(|trial| trial.reward += 1.0);
    let [ips_on_top, dr_on_top] = both.map(|by| width(&bandit, by));
    assert!(1.5 * ips < ips_on_top, "{ips} {ips_on_top}");
    assert!(dr_on_top < 1.1 * dr && dr_on_top < 0.7 * ips_on_top, "{dr} {dr_on_top}");
}

#[test]
fn an_estimate_that_a_few_rows_decide_is_refused() {
    let bandit = Bandit::new(2_000, 60.0, 1);
    let judged = judge(&bandit.trials, &uniform(&bandit), 10.0);
    assert!(judged.effective_share() < LEAST_EFFECTIVE, "{}", judged.effective);
    assert!(judged.doubts.contains(&Doubt::FewEffective));
    for estimate in &judged.estimates {
        assert_eq!(judged.refuses(estimate), estimate.by != Estimator::Dm);
    }
    let sound = Bandit::new(2_000, 3.0, 1);
    let judged = judge(&sound.trials, &uniform(&sound), 10.0);
    assert_eq!(judged.doubts, []);
    assert!(!judged.estimates.iter().any(|estimate| judged.refuses(estimate)));
}

#[test]
fn a_target_that_does_what_the_log_never_does_is_noticed() {
    let mut bandit = Bandit::new(4_000, 2.0, 1);
    bandit.trials.actions *= 2;
    let judged = judge(&bandit.trials, &uniform(&bandit), 10.0);
    assert!(judged.doubts.contains(&Doubt::NoSupport), "{:?}", judged.mean_weight);
}

#[test]
fn trials_of_one_cluster_make_no_interval_narrower() {
    let mut bandit = Bandit::new(500, 2.0, 1);
    let width = |trials: &Trials, by| {
        let judged = judge(trials, &Target::uniform(trials), 10.0);
        judged.by(by).map(|one| one.high - one.low).unwrap()
    };
    let estimators = [Estimator::Ips, Estimator::Snips, Estimator::Dr];
    let once = estimators.map(|by| width(&bandit.trials, by));
    let copies = bandit.trials.trials.clone();
    for _ in 0..3 {
        bandit.trials.trials.extend(&copies);
    }
    let four_times = estimators.map(|by| width(&bandit.trials, by));
    for (once, four_times) in once.iter().zip(four_times) {
        assert!(0.9 * once < four_times, "{once} {four_times}");
    }
}

#[test]
fn without_the_chances_of_all_actions_there_is_no_direct_method() {
    let bandit = Bandit::new(500, 2.0, 1);
    let Target::ByTrial(mut intents) = bandit.contrary() else { unreachable!() };
    intents[3].all = None;
    let judged = judge(&bandit.trials, &Target::ByTrial(intents), 10.0);
    let found: Vec<_> = judged.estimates.iter().map(|estimate| estimate.by).collect();
    assert_eq!(found, &Estimator::ALL[..4]);
}

#[test]
fn nothing_at_all_gives_no_figure_and_no_fault() {
    let none = Trials { trials: Vec::new(), actions: 0, places: 0 };
    let judged = judge(&none, &Target::uniform(&none), 10.0);
    assert!(judged.doubts.contains(&Doubt::FewEffective));
}
