use super::*;
use crate::model::numeric::{below, mix};

fn positions(policy: PositionPolicy) -> Positions {
    Positions::new(&ClickConfig { position: policy, ..ClickConfig::default() })
}

const POLICIES: [PositionPolicy; 4] = [
    PositionPolicy::Estimated,
    PositionPolicy::Weighted,
    PositionPolicy::Logit,
    PositionPolicy::Ignored,
];

#[test]
fn an_unknown_place_changes_nothing_under_any_policy() {
    for policy in POLICIES {
        let positions = positions(policy);
        assert_eq!(positions.at(0.3, 0).to_bits(), 0.3_f32.to_bits());
        let error = positions.error(0.3, 0, Reaction::Click);
        assert!((error - (1.0 - sigmoid(0.3))).abs() < 1e-7, "{policy:?}");
    }
}

#[test]
fn the_soft_label_of_no_click_is_that_of_the_paper() {
    let mut positions = positions(PositionPolicy::Estimated);
    positions.examined[4] = 0.25;
    let z = logit(0.4);
    let relevant = 0.75 * 0.4 / (1.0 - 0.25 * 0.4);
    let error = positions.error(z, 5, Reaction::None);
    assert!((error - (relevant - 0.4)).abs() < 1e-5, "{error}");
    let before = positions.examined[4];
    positions.learn(z, 5, Reaction::None, error, 0.1);
    let looked_at = 0.25 * 0.6 / 0.9;
    let moved = positions.examined[4] - before;
    assert!((moved - RATE * (looked_at - 0.25)).abs() < 1e-7, "{moved}");
}

#[test]
fn a_click_at_a_rarely_seen_place_counts_more_but_never_past_the_clip() {
    let mut positions = positions(PositionPolicy::Weighted);
    positions.examined[9] = 0.25;
    positions.examined[30] = 0.02;
    let error = |position| positions.error(0.0, position, Reaction::Click) + 0.5;
    assert!((error(1) - 1.0).abs() < 1e-6);
    assert!((error(10) - 4.0).abs() < 1e-5);
    assert!((error(31) - 10.0).abs() < 1e-5, "clipped");
    assert!((positions.error(0.0, 31, Reaction::None) + 0.5).abs() < 1e-6);
}

/// Impressions of items with known relevance at places with known examination; relevance is told, not learned.
fn examined_after(impressions: u64, policy: PositionPolicy) -> Positions {
    let mut positions = positions(policy);
    for number in 0..impressions {
        let word = mix(77, number);
        let place = below(mix(word, 1), 10);
        let relevant = 0.05 + 0.6 * (word % 100) as f32 / 100.0;
        let truth = 1.0 / (place + 1) as f32;
        let click = (below(mix(word, 2), 1_000_000) as f32) < truth * relevant * 1e6;
        let reaction = if click { Reaction::Click } else { Reaction::None };
        let z = logit(
            relevant / if policy == PositionPolicy::Weighted { positions.mean_weight } else { 1.0 },
        );
        let error = positions.error(z, place as u16 + 1, reaction);
        positions.learn(z, place as u16 + 1, reaction, error, 0.05);
    }
    positions
}

#[test]
fn examination_is_found_where_relevance_is_known() {
    for policy in [PositionPolicy::Estimated, PositionPolicy::Weighted] {
        let found = examined_after(400_000, policy).examined;
        for (place, examined) in found.iter().enumerate().take(10) {
            let truth = 1.0 / (place + 1) as f32;
            assert!(
                (examined - truth).abs() < 0.05 + 0.1 * truth,
                "{place}: {examined} of {truth}"
            );
        }
    }
}

#[test]
fn the_first_place_is_always_looked_at() {
    for policy in POLICIES {
        assert_eq!(examined_after(2_000, policy).examined[0].to_bits(), 1.0_f32.to_bits());
    }
}

#[test]
fn what_was_turned_down_was_looked_at() {
    let mut positions = positions(PositionPolicy::Estimated);
    let before = positions.examined[20];
    let error = positions.error(0.0, 21, Reaction::TurnedDown);
    assert!((error + 0.5).abs() < 1e-6, "a plain negative");
    positions.learn(0.0, 21, Reaction::TurnedDown, error, 0.1);
    assert!(before < positions.examined[20]);
}
