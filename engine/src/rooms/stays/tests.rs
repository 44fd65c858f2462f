use super::*;

#[test]
fn a_length_falls_into_the_bucket_that_holds_it() {
    for length in (0..5_000).chain((0..200).map(|n| n * 977_777)) {
        let bucket = bucket_of(length);
        assert!(floor_of(bucket) <= length && length < floor_of(bucket + 1), "{length}");
    }
}

#[test]
fn the_median_is_within_a_sixteenth_of_the_true_one() {
    let mut lengths = Lengths::default();
    assert_eq!(lengths.median_ms(), None);
    let mut all: Vec<u64> = (0..1_001u64).map(|n| n * n * 37 % 900_001).collect();
    for length in &all {
        lengths.add(*length);
    }
    all.sort_unstable();
    let (found, median) = (lengths.median_ms().unwrap() as f64, all[500] as f64);
    assert!((found / median - 1.0).abs() <= 1.0 / 16.0, "{found} {median}");
}

#[test]
fn a_long_length_takes_no_more_room_than_its_bucket() {
    let mut lengths = Lengths::default();
    lengths.add(u64::MAX);
    assert!(lengths.counts.len() <= 400, "{}", lengths.counts.len());
}

#[test]
fn those_who_are_still_there_speak_for_the_minutes_they_have_been_there() {
    let minute = |n: u64| Timestamp::from_millis(n * MINUTE_MS);
    let mut retention = Retention::default();
    for _ in 0..4 {
        retention.began(minute(100));
    }
    // One of four leaves within the first minute, one in the third.
    retention.ended(minute(100), Timestamp::from_millis(100 * MINUTE_MS + 30_000));
    retention.ended(minute(100), minute(102));
    retention.reach(minute(103));
    assert_eq!(retention.shares(), [0.75, 0.75, 0.5, 0.5]);
    // A hundred that just came in have nothing to say of the later minutes.
    (0..100).for_each(|_| retention.began(minute(103)));
    let shares = retention.shares();
    assert!(0.98 < shares[0] && (shares[2] / shares[1] - 2.0 / 3.0).abs() < 1e-6, "{shares:?}");
}

#[test]
fn stays_of_hours_end_in_the_last_minute_that_is_told() {
    let mut retention = Retention::default();
    retention.began(Timestamp::from_millis(0));
    retention.ended(Timestamp::from_millis(0), Timestamp::from_millis(500 * MINUTE_MS));
    assert_eq!(retention.shares(), vec![1.0; RETENTION_MINUTES]);
}
