use super::*;

#[test]
fn whoever_keeps_to_the_pace_is_never_refused() {
    let mut pace = Pace::new(10, 3, 0);
    for now in [0, 0, 0, 100, 200, 300, 5_000, 5_000, 5_000] {
        assert_eq!(pace.step(now), Paced::Kept, "{now}");
    }
    assert_eq!(pace.step(5_050), Paced::TooFast);
    assert_eq!(pace.step(5_100), Paced::Kept);
}

#[test]
fn whoever_goes_on_regardless_is_given_up_and_a_pause_makes_up_for_it() {
    let mut pace = Pace::new(1, 2, 0);
    let steps: Vec<Paced> = (0..7).map(|_| pace.step(0)).collect();
    assert_eq!(steps[..2], [Paced::Kept; 2]);
    assert_eq!(steps[2..6], [Paced::TooFast; 4]);
    assert_eq!(steps[6], Paced::Regardless);
    assert_eq!(pace.step(10_000), Paced::Kept);
    assert_eq!(pace.step(10_000), Paced::Kept);
    assert_eq!(pace.step(10_000), Paced::TooFast);
}
