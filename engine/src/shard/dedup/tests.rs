use std::collections::HashMap;

use proptest::prelude::*;

use super::*;

const WINDOW_MS: u64 = 3_600_000;

fn at(ms: u64) -> Timestamp {
    Timestamp::from_millis(ms)
}

proptest! {
    #[test]
    fn it_agrees_with_a_set_inside_the_window(
        arrivals in proptest::collection::vec((0..3u64, 0..20u64, 0..1_200_000u64), 0..300)
    ) {
        let mut ids = RecentIds::new(WINDOW_MS);
        let mut first: HashMap<(u64, u64), u64> = HashMap::new();
        let mut now = 10_000_000;
        for (user, id, step) in arrivals {
            now += step;
            let is_new = ids.insert(user, id, at(now));
            match first.get(&(user, id)).map(|then| now - then) {
                None => prop_assert!(is_new),
                Some(age) if age <= WINDOW_MS => prop_assert!(!is_new),
                Some(age) if age >= WINDOW_MS + WINDOW_MS / 4 => prop_assert!(is_new),
                Some(_) => {}
            }
            if is_new {
                first.insert((user, id), now);
            }
        }
    }

    #[test]
    fn rows_out_and_in_again_give_the_same_ids(
        arrivals in proptest::collection::vec((0..1_000u64, 0..900_000u64, any::<bool>()), 0..200)
    ) {
        let mut ids = RecentIds::new(WINDOW_MS);
        let mut rows: HashMap<(u64, u32), Vec<u64>> = HashMap::new();
        let mut save = |ids: &mut RecentIds| {
            let (changed, gone) = ids.take_changed();
            rows.extend(changed.into_iter().map(|(key, names)| ((key.generation, key.row), names)));
            for key in gone {
                assert!(rows.remove(&(key.generation, key.row)).is_some(), "removed once, after it came");
            }
            rows.clone()
        };
        let mut now = 10_000_000;
        for (id, step, is_cut) in arrivals {
            now += step;
            let _ = ids.insert(1, id, at(now));
            if is_cut {
                save(&mut ids);
            }
        }
        let mut restored = RecentIds::new(WINDOW_MS);
        for ((generation, row), names) in save(&mut ids) {
            restored.restore(RowKey { generation, row }, &names);
        }
        prop_assert_eq!(restored.sorted(), ids.sorted());
    }
}

#[test]
fn the_same_id_of_another_user_is_another_event() {
    let mut ids = RecentIds::new(WINDOW_MS);
    assert!(ids.insert(1, 7, at(0)));
    assert!(ids.insert(2, 7, at(0)));
    assert!(!ids.insert(1, 7, at(0)));
}

#[test]
fn a_clock_that_was_set_back_loses_no_id() {
    let mut ids = RecentIds::new(WINDOW_MS);
    assert!(ids.insert(1, 1, at(100 * WINDOW_MS)));
    assert!(ids.insert(1, 2, at(3 * WINDOW_MS)));
    assert!(!ids.insert(1, 2, at(3 * WINDOW_MS)));
    assert!(!ids.insert(1, 2, at(100 * WINDOW_MS)));
    assert!(!ids.insert(1, 1, at(100 * WINDOW_MS)));
}

#[test]
fn memory_holds_no_more_than_five_generations() {
    let mut ids = RecentIds::new(WINDOW_MS);
    for n in 0..10_000 {
        assert!(ids.insert(1, n, at(n * 60_000)));
    }
    assert_eq!(ids.generations.len() as u64, GENERATIONS + 1);
    assert!(ids.sorted().len() <= 75);
}

/// A generation was cut, forgotten, and begun again under a clock set back: the next cut wrote its new
/// first row and removed it in the same breath.
#[test]
fn a_row_that_came_again_is_not_removed() {
    let mut ids = RecentIds::new(WINDOW_MS);
    assert!(ids.insert(1, 1, at(0)));
    let _ = ids.take_changed();
    ids.forget_before(50);
    assert!(ids.insert(1, 2, at(0)));
    let (rows, gone) = ids.take_changed();
    assert_eq!((rows.len(), gone.len()), (1, 0));
}
