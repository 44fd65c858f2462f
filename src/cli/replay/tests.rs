use engine::{Record, RecordBody, Sequence, Timestamp};

use super::bounds::{Bound, Bounds, parse};

fn tick(sequence: u64, ms: u64) -> Record {
    let body = RecordBody::Tick { time: Timestamp::from_millis(ms) };
    Record { sequence: Sequence(sequence), body }
}

#[test]
fn a_small_number_is_a_place_and_all_else_a_time() {
    let ten = Timestamp::from_millis(1_763_719_200_000);
    assert_eq!(parse("1200"), Ok(Bound::Place(1_200)));
    assert_eq!(parse("1763719200"), Ok(Bound::Time(ten)));
    assert_eq!(parse("1763719200000"), Ok(Bound::Time(ten)));
    assert_eq!(parse("2025-11-21T10:00:00Z"), Ok(Bound::Time(ten)));
    for wrong in ["yesterday", "2025-11-21", "-3", ""] {
        let told = parse(wrong).unwrap_err();
        assert!(told.contains("a record's number, or a time"), "{wrong}: {told}");
    }
}

#[test]
fn both_ends_are_taken_and_what_has_no_time_always() {
    let place = |n| Some(Bound::Place(n));
    let bounds = Bounds { from: place(3), to: place(5) };
    let taken: Vec<u64> = (1..8).filter(|n| bounds.take(&tick(*n, 0))).collect();
    assert_eq!(taken, [3, 4, 5]);
    let time = |ms| Some(Bound::Time(Timestamp::from_millis(ms)));
    let bounds = Bounds { from: time(30), to: time(50) };
    let taken: Vec<u64> = (1..8).filter(|n| bounds.take(&tick(*n, 10 * n))).collect();
    assert_eq!(taken, [3, 4, 5]);
    let body = RecordBody::ConfigActivated { fingerprint: 1, declared: None };
    assert!(bounds.take(&Record { sequence: Sequence(1), body }));
}
