use super::*;

fn page(second: u64, arm: Arm, clicked: u64) -> Page {
    let clicks = Clicks { shown: 10, clicked };
    Page { at: Duration::from_secs(second), phase: Phase::Burst, arm, clicks, events: 10 + clicked }
}

#[test]
fn arms_are_counted_apart_and_the_window_slides() {
    let mut board = Board::new(2);
    for second in 0..6 {
        board.page(&page(second, Arm::Learned, second));
        board.page(&page(second, Arm::Random, 1));
        board.sample(Duration::from_secs(second));
    }
    let at = Duration::from_secs(5);
    assert_eq!(board.now(Arm::Learned, at), Clicks { shown: 30, clicked: 3 + 4 + 5 });
    assert_eq!(board.now(Arm::Popular, at).rate(), None);
    assert_eq!(board.whole(Arm::Learned), Clicks { shown: 60, clicked: 15 });
    assert_eq!(board.in_phase(Arm::Random, Phase::Burst), Clicks { shown: 60, clicked: 6 });
    assert_eq!(board.in_phase(Arm::Random, Phase::Drift), Clicks::default());
    assert_eq!(board.events(), 120 + 15 + 6);
    assert_eq!(board.history(Arm::Learned).len(), 6);
    assert!((board.peak() - 0.4).abs() < 1e-9, "{}", board.peak());
}

#[test]
fn the_history_keeps_as_many_points_as_can_be_drawn() {
    let mut board = Board::new(2);
    for second in 0..2 * POINTS as u64 {
        board.sample(Duration::from_secs(second));
    }
    assert_eq!(board.history(Arm::Popular).len(), POINTS);
}
