use super::*;
use crate::user::tests::{CLICK, HIDE, NOW, VIEW, event, rules};

const BOUND: InfluenceConfig = InfluenceConfig { user_events: 100, user_impressions: 1_000 };

/// What each of these events counts, in turn.
fn weights(events: impl IntoIterator<Item = Event>, config: InfluenceConfig) -> Vec<f32> {
    let (mut user, rules) = (User::default(), rules());
    let each = events.into_iter().map(|event| {
        let weight = user.influence(&event, &rules, config);
        let _ = user.apply(&event, &rules);
        weight
    });
    each.collect()
}

fn clicks(item: impl Fn(u64) -> u32, (count, every_ms): (u64, u64)) -> Vec<Event> {
    (0..count).map(|n| event(CLICK, Some(item(n)), NOW + n * every_ms)).collect()
}

#[test]
fn three_choices_of_an_item_count_in_full_and_each_further_one_half_of_the_one_before() {
    let found = weights(clicks(|_| 7, (6, 1_000)), BOUND);
    assert_eq!(found, [1.0, 1.0, 1.0, 0.5, 0.25, 0.125]);
    let sum: f32 = weights(clicks(|_| 7, (10_000, 10)), BOUND).iter().sum();
    assert!(sum < 4.01, "{sum}");
}

#[test]
fn after_an_hour_a_choice_counts_in_full_again() {
    assert_eq!(weights(clicks(|_| 7, (6, HOUR_MS / 2)), BOUND), [1.0; 6]);
}

#[test]
fn all_that_one_user_does_in_an_hour_counts_less_than_twice_the_bound() {
    let found = weights(clicks(|n| n as u32, (10_000, 100)), BOUND);
    assert!(found[..100].iter().all(|weight| (weight - 1.0).abs() < f32::EPSILON));
    assert!(found.is_sorted_by(|a, b| b <= a));
    let sum: f32 = found.iter().sum();
    assert!((100.0..200.0).contains(&sum), "{sum}");
}

#[test]
fn somebody_busy_counts_in_full() {
    let found = weights(clicks(|n| n as u32 % 60, (600, 40_000)), BOUND);
    assert!(found.iter().all(|weight| (weight - 1.0).abs() < f32::EPSILON));
}

#[test]
fn impressions_are_bounded_by_their_pace() {
    let shown =
        |every_ms| (0..500).map(move |n| event(VIEW, Some(n), NOW + u64::from(n) * every_ms));
    let paged = weights(shown(4_000), BOUND);
    assert!(paged.iter().all(|weight| (weight - 1.0).abs() < f32::EPSILON));
    let flood: f32 = weights(shown(10), BOUND)[100..].iter().sum();
    assert!((0.5..2.0).contains(&flood), "400 in 4 s are as many as 1.1 at the bound: {flood}");
}

#[test]
fn an_item_shown_again_and_again_counts_ten_times_in_an_hour_at_the_most() {
    let again = (0..90).map(|n| event(VIEW, Some(7), NOW + n * 10_000));
    let found = weights(again, BOUND);
    assert!(found[..9].iter().all(|weight| (weight - 1.0).abs() < f32::EPSILON));
    let sum: f32 = found.iter().sum();
    assert!((9.9..10.01).contains(&sum), "{sum}");
}

#[test]
fn a_refusal_is_no_repeat_and_without_a_bound_all_counts() {
    let mut events = clicks(|_| 7, (3, 1_000));
    events.push(event(HIDE, Some(8), NOW + 4_000));
    assert_eq!(weights(events, BOUND), [1.0; 4]);
    let all = weights(clicks(|_| 7, (500, 10)), InfluenceConfig::UNBOUNDED);
    assert!(all.iter().all(|weight| (weight - 1.0).abs() < f32::EPSILON));
}
