//! Tests of verdicts.

use super::*;
use crate::model::numeric::mix;

fn uniform(seed: u64, n: u64) -> f32 {
    (mix(seed, n) >> 40) as f32 / (1 << 24) as f32
}

fn said(loss: f32) -> Foretold {
    Foretold { loss, above: 0.1, known: 1_000 }
}

/// Pairs until the verdict on a model whose losses are greater by `more` in the mean.
fn until_worse(seed: u64, more: f32, pairs: u64) -> Option<u64> {
    let mut duel = Duel::default();
    (0..pairs).find(|n| {
        let hard = 6.0 * uniform(seed, 3 * n);
        let noise = uniform(seed, 3 * n + 1) - uniform(seed, 3 * n + 2);
        duel.add(&said(hard + noise + more), &said(hard));
        duel.verdict(0.03) == Verdict::Worse
    })
}

#[test]
fn equals_and_betters_are_never_called_worse() {
    for seed in 0..20 {
        assert_eq!(until_worse(seed, 0.0, 50_000), None, "seed {seed}");
        assert_eq!(until_worse(seed, -0.5, 10_000), None, "seed {seed}");
    }
}

#[test]
fn what_is_within_the_tolerance_is_let_pass() {
    for seed in 0..20 {
        assert_eq!(until_worse(seed, 0.02, 50_000), None, "seed {seed}");
    }
}

#[test]
fn a_tenth_worse_is_seen_within_a_thousand_pairs_and_disaster_at_the_first_chance() {
    for seed in 0..20 {
        let slight = until_worse(seed, 0.3, 50_000);
        assert!(slight.is_some_and(|at| at < 1_000), "seed {seed}: {slight:?}");
        let disaster = until_worse(seed, 5.0, 50_000).expect("it is seen");
        assert!((LEAST as u64..400).contains(&disaster), "seed {seed}: {disaster}");
    }
}

#[test]
fn a_collapse_of_the_ranks_alone_is_seen() {
    let mut duel = Duel::default();
    let last = Foretold { above: 0.9, ..said(3.0) };
    let seen = (0..1_000).position(|_| {
        duel.add(&last, &said(3.0));
        duel.verdict(0.03) == Verdict::Worse
    });
    assert!(seen.is_some_and(|at| at < 400), "{seen:?}");
}
