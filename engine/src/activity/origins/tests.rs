use super::*;

const HOUR_MS: u64 = 3_600_000;

/// What `count` events of `origin` count together, one every `every_ms` from `start_ms` on.
fn sum(origins: &mut Origins, origin: u32, (start_ms, count, every_ms): (u64, u64, u64)) -> f32 {
    let at = |n| Timestamp::from_millis(start_ms + n * every_ms);
    (0..count).map(|n| origins.weigh(origin, at(n), 100)).sum()
}

#[test]
fn a_network_counts_in_full_up_to_the_bound_and_then_about_the_bound_an_hour() {
    let mut origins = Origins::default();
    assert!((sum(&mut origins, 7, (0, 100, 10)) - 100.0).abs() < 0.01);
    let flood = sum(&mut origins, 7, (1_000, 100_000, 36));
    assert!((100.0..800.0).contains(&flood), "{flood} in the first hour");
    let steady = sum(&mut origins, 7, (HOUR_MS + 1_000, 100_000, 36));
    assert!((90.0..250.0).contains(&steady), "{steady} in the second");
}

#[test]
fn after_some_hours_of_quiet_it_counts_in_full_again() {
    let mut origins = Origins::default();
    let _ = sum(&mut origins, 7, (0, 5_000, 10));
    assert!(origins.weigh(7, Timestamp::from_millis(HOUR_MS), 100) < 0.1);
    assert!((origins.weigh(7, Timestamp::from_millis(5 * HOUR_MS), 100) - 1.0).abs() < 0.001);
}

#[test]
fn networks_do_not_wear_on_each_other_but_in_one_slot_where_the_busier_one_stays_known() {
    let mut origins = Origins::default();
    let _ = sum(&mut origins, 7, (0, 5_000, 1));
    let at = Timestamp::from_millis(5_000);
    assert!((origins.weigh(8, at, 100) - 1.0).abs() < f32::EPSILON);
    let beside = 7 + SLOTS as u32;
    assert!((origins.weigh(beside, at, 100) - 1.0).abs() < f32::EPSILON);
    assert!(origins.weigh(7, at, 100) < 0.05, "the flood is still known");
}

#[test]
fn no_network_and_no_bound_count_in_full_and_take_no_memory() {
    let mut origins = Origins::default();
    for _ in 0..1_000 {
        assert!((origins.weigh(0, Timestamp::EPOCH, 1) - 1.0).abs() < f32::EPSILON);
        assert!((origins.weigh(5, Timestamp::EPOCH, 0) - 1.0).abs() < f32::EPSILON);
    }
    assert_eq!((origins.chunks(), origins.take_changed().len()), (0, 0));
}

#[test]
fn chunks_that_changed_bring_the_counts_back() {
    let mut origins = Origins::default();
    let _ = sum(&mut origins, 7, (0, 500, 1));
    let _ = sum(&mut origins, 70, (0, 20, 1));
    let mut again = Origins::default();
    let changed = origins.take_changed();
    assert_eq!(changed, [0, 1]);
    assert_eq!(origins.take_changed(), [0_u32; 0]);
    for number in changed {
        assert!(again.restore(number, origins.chunk(number).unwrap()));
    }
    assert_eq!(again.slots, origins.slots);
    assert!(!again.restore(0, &[]) && !again.restore(999, &[Slot::default(); CHUNK]));
    assert_eq!(again.chunk(5), None);
}
