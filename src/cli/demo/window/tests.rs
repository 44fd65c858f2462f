use super::*;

fn at(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

#[test]
fn a_window_forgets_what_is_older_and_the_whole_does_not() {
    let mut events = Sliding::<u64>::new(3);
    for second in 0..10 {
        events.record(at(f64::from(second) + 0.5), &2);
    }
    assert_eq!(events.sum(at(9.9)), 8, "seconds 6, 7, 8 and the running one");
    assert_eq!(events.sum(at(11.0)), 4, "seconds 8 and 9 are left");
    assert_eq!(events.sum(at(100.0)), 0);
    assert_eq!(*events.whole(), 20);
    assert!((events.covered(at(9.5)) - 3.5).abs() < 1e-9);
    assert!((events.covered(at(1.5)) - 1.5).abs() < 1e-9);
}

#[test]
fn a_rate_needs_something_shown() {
    assert_eq!(Clicks::default().rate(), None);
    assert_eq!(Clicks { shown: 20, clicked: 5 }.rate(), Some(0.25));
}

#[test]
fn a_quantile_is_within_four_per_cent() {
    let mut all = Latencies::default();
    assert_eq!(all.quantile(0.99), None);
    for micros in 1..=1_000 {
        all.add(&Latencies::of(Duration::from_micros(micros)));
    }
    assert_eq!(all.count(), 1_000);
    for (share, exact) in [(0.5, 500.0), (0.99, 990.0), (1.0, 1_000.0)] {
        let told = all.quantile(share).unwrap().as_secs_f64() * 1e6;
        assert!((0.999..1.041).contains(&(told / exact)), "{share}: {told}");
    }
}
