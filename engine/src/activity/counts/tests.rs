use super::*;

const ONE: PositiveWeight = PositiveWeight { decayed: [1.0; 3], lasting: 1.0 };

const HALF_LIVES: [f32; 3] = [300.0, 3_000.0, 30_000.0];

#[test]
fn half_is_left_after_a_half_life_of_events() {
    let mut counts = ItemCounts::default();
    counts.touch(ONE, 1_000, &HALF_LIVES);
    assert!((counts.decayed_at(0, 1_300, 300.0) - 0.5).abs() < 1e-6);
    assert!((counts.decayed_at(1, 7_000, 3_000.0) - 0.25).abs() < 1e-6);
    counts.touch(ONE, 1_300, &HALF_LIVES);
    assert!((counts.decayed_at(0, 1_300, 300.0) - 1.5).abs() < 1e-6);
}

#[test]
fn one_click_in_one_view_is_not_certainty() {
    let counts = ItemCounts { clicks: 1, impressions: 1, ..ItemCounts::default() };
    let rate = counts.click_through([1.0, 20.0]).rate;
    assert!((0.05..0.2).contains(&rate), "{rate}");
}

#[test]
fn clicks_without_impressions_do_not_pass_one() {
    let counts = ItemCounts { clicks: 500, ..ItemCounts::default() };
    assert!(counts.click_through([1.0, 20.0]).rate <= 1.0);
}
