//! Tests of verdicts on clicks.

use super::*;
use crate::model::numeric::mix;

/// Impressions until the verdict, where a share `ours` and `theirs` of them is clicked and one in twenty is ours.
fn until_worse(seed: u64, ours: f64, theirs: f64, impressions: u64) -> Option<u64> {
    let mut through = ClickThrough::default();
    (0..impressions).find(|n| {
        let chance = (mix(seed, 2 * n) >> 11) as f64 / (1_u64 << 53) as f64;
        let is_ours = mix(seed, 2 * n + 1).is_multiple_of(20);
        let (shown, rate) =
            if is_ours { (&mut through.challenger, ours) } else { (&mut through.champion, theirs) };
        shown.impressions += 1.0;
        shown.clicks += f64::from(u8::from(chance < rate));
        through.verdict() == Verdict::Worse
    })
}

#[test]
fn equals_and_betters_go_on() {
    for seed in 0..20 {
        assert_eq!(until_worse(seed, 0.05, 0.05, 300_000), None, "seed {seed}");
        assert_eq!(until_worse(seed, 0.07, 0.05, 100_000), None, "seed {seed}");
    }
}

#[test]
fn half_the_clicks_are_seen_within_two_hundred_thousand_impressions_and_none_at_once() {
    for seed in 0..20 {
        let half = until_worse(seed, 0.025, 0.05, 400_000);
        assert!(half.is_some_and(|at| at < 200_000), "seed {seed}: {half:?}");
        let none = until_worse(seed, 0.0, 0.05, 400_000).expect("it is seen");
        assert!(none < 60_000, "seed {seed}: {none}");
    }
}

#[test]
fn an_impression_counts_once_however_late_its_click() {
    let mut shown = Shown::default();
    let by = crate::EventTypeId(1);
    for outcome in [
        ClickOutcome::Unclicked,
        ClickOutcome::Late { by, value: 1.0 },
        ClickOutcome::Clicked { by, value: 1.0 },
        ClickOutcome::Goal { by, value: 1.0 },
        ClickOutcome::Skipped,
    ] {
        shown.add(&ClickSample {
            sequence: crate::Sequence(1),
            user_hash: 1,
            row: crate::model::ClickRow::default(),
            position: 1,
            propensity: 1.0,
            outcome,
            weight: 2.0,
            version: 0,
        });
    }
    assert_eq!(shown, Shown { impressions: 6.0, clicks: 4.0 });
}
