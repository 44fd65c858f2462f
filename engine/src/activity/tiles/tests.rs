use proptest::prelude::*;

use super::*;

/// The same question answered from a plain list of instants.
fn plain(events: &[u64], window: Window, now: u64) -> u32 {
    let (width, tiles, _) = RINGS[window.place()];
    let end = now.max(events.iter().copied().max().unwrap_or(0)) / width;
    let oldest = (end + 1).saturating_sub(tiles as u64);
    events.iter().filter(|at| (oldest..=end).contains(&(**at / width))).count() as u32
}

#[test]
fn an_event_leaves_each_window_when_it_is_older() {
    let mut tiles = Tiles::default();
    tiles.record(Timestamp::from_millis(86_400_000));
    let after = |millis: u64| Timestamp::from_millis(86_400_000 + millis);
    assert_eq!(tiles.count_at(Window::FiveMinutes, after(4 * 60_000)), 1);
    assert_eq!(tiles.count_at(Window::FiveMinutes, after(5 * 60_000)), 0);
    assert_eq!(tiles.count_at(Window::Hour, after(5 * 60_000)), 1);
    assert_eq!(tiles.count_at(Window::Hour, after(3_600_000)), 0);
    assert_eq!(tiles.count_at(Window::Day, after(3_600_000)), 1);
    assert_eq!(tiles.count_at(Window::Day, after(86_400_000)), 0);
}

#[test]
fn it_is_empty_from_then_on_and_not_a_moment_before() {
    let mut tiles = Tiles::default();
    assert_eq!(tiles.empty_from(), Timestamp::EPOCH);
    for at in [1_700_000_000_000, 1_700_001_234_567] {
        tiles.record(Timestamp::from_millis(at));
        let empty_from = tiles.empty_from();
        assert_eq!(tiles.count_at(Window::Day, empty_from), 0);
        assert_ne!(tiles.count_at(Window::Day, empty_from.minus_millis(1)), 0);
        let after = empty_from.millis_since(Timestamp::from_millis(at));
        assert!((82_800_000..=86_400_000).contains(&after), "{after}");
    }
}

proptest! {
    #[test]
    fn windows_agree_with_a_plain_counter(
        steps in prop::collection::vec((0u64..200_000_000, 0u64..200_000_000), 1..120),
    ) {
        let (mut tiles, mut events) = (Tiles::default(), Vec::new());
        let mut newest = 0;
        for (at, now) in steps {
            tiles.record(Timestamp::from_millis(at));
            // One that comes later than its window is in no count, then or afterwards.
            newest = newest.max(at);
            events.push(at);
            for window in Window::ALL {
                let now = newest.max(now);
                prop_assert_eq!(
                    tiles.count_at(window, Timestamp::from_millis(now)),
                    plain(&events, window, now)
                );
            }
        }
    }

    #[test]
    fn many_events_close_together_are_all_counted(
        gaps in prop::collection::vec(0u64..40_000, 1..400),
    ) {
        let (mut tiles, mut events, mut now) = (Tiles::default(), Vec::new(), 1_700_000_000_000);
        for gap in gaps {
            now += gap;
            events.push(now);
            tiles.record(Timestamp::from_millis(now));
        }
        for window in Window::ALL {
            prop_assert_eq!(
                tiles.count_at(window, Timestamp::from_millis(now)),
                plain(&events, window, now)
            );
        }
    }
}
