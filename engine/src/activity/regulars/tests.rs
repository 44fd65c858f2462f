use super::*;

fn weights(choices: &[(u64, u64)]) -> Vec<f32> {
    let mut regulars = Regulars::default();
    let at = |minute: u64| Timestamp::from_millis(1_700_000_000_000 + minute * 60_000);
    choices.iter().map(|(user, minute)| regulars.weigh(*user, at(*minute))).collect()
}

fn check(choices: &[(u64, u64)], expected: &[f32]) {
    let bits = |weights: &[f32]| weights.iter().map(|weight| weight.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&weights(choices)), bits(expected), "{choices:?}");
}

#[test]
fn a_repeat_counts_half_of_the_one_before_and_in_full_after_an_hour() {
    check(&[(5, 0), (5, 1), (5, 59), (5, 119), (5, 120)], &[1.0, 0.5, 0.25, 1.0, 0.5]);
}

#[test]
fn others_in_between_change_nothing_and_count_for_themselves() {
    check(&[(5, 0), (6, 0), (5, 1), (6, 2), (7, 2)], &[1.0, 1.0, 0.5, 0.5, 1.0]);
}

#[test]
fn a_late_choice_is_a_repeat_and_takes_no_time_back() {
    check(&[(5, 100), (5, 10), (5, 159), (5, 219)], &[1.0, 0.5, 0.25, 1.0]);
}

#[test]
fn one_user_adds_two_at_the_most_however_often() {
    let sum: f32 = weights(&vec![(5, 0); 10_000]).iter().sum();
    assert!(sum < 2.01, "{sum}");
}

#[test]
fn eight_choices_of_a_network_count_in_full_and_it_adds_nine_at_the_most() {
    let mut regulars = Regulars::default();
    let at = Timestamp::from_millis(1_700_000_000_000);
    let weights: Vec<f32> = (0..10_000).map(|_| regulars.weigh_network(77, at)).collect();
    assert!(weights[..8].iter().all(|weight| (weight - 1.0).abs() < f32::EPSILON));
    let sum: f32 = weights.iter().sum();
    assert!((8.9..9.01).contains(&sum), "{sum}");
}

#[test]
fn whoever_was_followed_by_eight_others_is_forgotten() {
    let mut choices: Vec<_> = (1..=9).map(|user| (user, 0)).collect();
    choices.push((1, 1));
    check(&choices, &[1.0; 10]);
}
