use super::*;

const PACE: TrendPace = TrendPace { short_ms: 120_000, baseline_ms: 86_400_000 };
const BEGAN: Timestamp = Timestamp::from_millis(1_700_000_000_000);

fn at(seconds: u64) -> Timestamp {
    BEGAN.plus_millis(seconds * 1_000)
}

fn strength(trend: &Trend, seconds: u64) -> Option<f32> {
    trend.strength(at(seconds), BEGAN, PACE, 2.0)
}

#[test]
fn a_burst_of_different_users_rises_within_seconds_and_fades_within_the_hour() {
    let mut trend = Trend::default();
    for user in 0..10 {
        trend.record(user + 1, at(100_000 + user), PACE);
    }
    assert!(9.0 < strength(&trend, 100_010).unwrap());
    assert!(strength(&trend, 100_240).unwrap() < 5.0);
    assert_eq!(strength(&trend, 103_600), None);
}

#[test]
fn one_user_alone_makes_no_trend() {
    let mut trend = Trend::default();
    for second in 0..1_000 {
        trend.record(7, at(second), PACE);
    }
    assert_eq!(strength(&trend, 1_000), None);
}

#[test]
fn a_steady_bestseller_does_not_rise() {
    let mut bestseller = Trend::default();
    for second in 0..200_000 {
        bestseller.record(second + 1, at(second), PACE);
    }
    let mut newcomer = Trend::default();
    for user in 0..6 {
        newcomer.record(user + 1, at(199_990 + user), PACE);
    }
    let steady = strength(&bestseller, 200_000).unwrap_or(0.0);
    let rising = strength(&newcomer, 200_000).unwrap();
    assert!(steady < 1.0 && 4.0 < rising, "steady {steady}, rising {rising}");
}

#[test]
fn a_late_event_counts_as_much_as_is_left_of_it() {
    let (mut in_order, mut late) = (Trend::default(), Trend::default());
    in_order.record(1, at(0), PACE);
    in_order.record(2, at(120), PACE);
    late.record(2, at(120), PACE);
    late.record(1, at(0), PACE);
    assert!((in_order.short - late.short).abs() < 1e-6);
    assert!((in_order.short - 1.5).abs() < 1e-6);
}
