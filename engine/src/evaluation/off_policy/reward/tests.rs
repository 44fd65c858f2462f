use super::*;

fn trial(action: u32, place: u32, reward: f64) -> Trial {
    Trial { action, place, cluster: 0, reward, propensity: 1.0 }
}

#[test]
fn a_cell_that_was_seen_often_says_its_own_mean_and_one_never_seen_what_item_and_place_say() {
    let mut trials = Vec::new();
    for turn in 0..10_000 {
        // Item 0 is clicked four times as often as item 1, place 0 twice as often as place 1.
        trials.push(trial(0, 0, f64::from(u8::from(turn % 10 < 8))));
        trials.push(trial(0, 1, f64::from(u8::from(turn % 10 < 4))));
        trials.push(trial(1, 0, f64::from(u8::from(turn % 10 < 2))));
    }
    let model = RewardModel::of(2, 2, trials.iter());
    assert!((model.reward(0, 0) - 0.8).abs() < 0.01);
    assert!((model.reward(1, 0) - 0.2).abs() < 0.01);
    let unseen = model.reward(1, 1);
    assert!(0.1 < unseen && unseen < 0.25, "{unseen}");
}

#[test]
fn what_is_taken_away_leaves_no_trace() {
    let trials: Vec<Trial> =
        (0..50).map(|n| trial(n % 5, n % 3, f64::from(u8::from(n % 7 == 0)))).collect();
    let without = RewardModel::of(5, 3, trials.iter()).without(trials[20..].iter());
    let of_the_rest = RewardModel::of(5, 3, trials[..20].iter());
    for cell in 0..15 {
        let (one, other) =
            (without.reward(cell % 5, cell / 5), of_the_rest.reward(cell % 5, cell / 5));
        assert!((one - other).abs() < 1e-12);
    }
}

#[test]
fn a_log_without_a_reward_expects_none() {
    let trials = [trial(0, 0, 0.0), trial(1, 0, 0.0)];
    assert!(RewardModel::of(2, 1, trials.iter()).reward(1, 0).abs() < 1e-12);
    assert!(RewardModel::of(2, 1, [].iter()).reward(1, 0).abs() < 1e-12);
}
