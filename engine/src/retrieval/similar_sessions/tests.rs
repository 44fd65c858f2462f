use proptest::prelude::*;

use super::*;
use crate::activity::testing::{CLICK, Stream, config};

fn items(items: &[u32]) -> Vec<ItemIndex> {
    items.iter().map(|item| ItemIndex(*item)).collect()
}

fn stream(sessions: &[(u64, &[u32])]) -> Stream {
    let mut stream = Stream::new(config());
    stream.items(20);
    for (user, chosen) in sessions {
        for item in *chosen {
            stream.fact(*user, u64::from(*item), CLICK);
        }
    }
    stream
}

fn share(found: &[(ItemIndex, f32)], item: u32) -> f32 {
    found.iter().find(|(found, _)| found.0 == item).map_or(0.0, |(_, share)| *share)
}

#[test]
fn the_session_most_like_the_present_one_says_most() {
    let stream = stream(&[(1, &[1, 2, 3]), (2, &[1, 4]), (3, &[5, 6])]);
    let found = shares(99, &items(&[2, 1]), &stream.activity);
    let of = |item| share(&found, item);
    assert!(0.0 < of(4) && of(4) < of(3), "{found:?}");
    assert!(found.iter().all(|(item, _)| item.0 != 6));
    let highest = found.iter().fold(0.0_f32, |most, (_, share)| most.max(*share));
    assert_eq!(highest.to_bits(), 1.0_f32.to_bits());
}

#[test]
fn what_shares_the_newest_item_says_more_than_what_shares_an_older_one() {
    let stream = stream(&[(1, &[1, 3]), (2, &[2, 4])]);
    let found = shares(99, &items(&[2, 1]), &stream.activity);
    assert!(share(&found, 3) < share(&found, 4), "{found:?}");
}

#[test]
fn a_users_own_sessions_are_not_asked() {
    let stream = stream(&[(1, &[1, 2, 3])]);
    assert_eq!(shares(1, &items(&[1]), &stream.activity), []);
    assert_eq!(shares(2, &items(&[1]), &stream.activity).len(), 3);
}

#[test]
fn where_no_sessions_are_kept_nothing_is_said() {
    let mut stream = Stream::new(crate::ActivityConfig { sessions: None, ..config() });
    stream.items(3);
    stream.fact(1, 1, CLICK);
    stream.fact(1, 2, CLICK);
    assert_eq!(shares(2, &items(&[1]), &stream.activity), []);
}

proptest! {
    #[test]
    fn state_and_view_say_the_same(choices in prop::collection::vec((0u64..9, 0u64..20), 0..300)) {
        let mut stream = Stream::new(config());
        stream.items(20);
        for (user, item) in choices {
            stream.fact(user, item, CLICK);
        }
        let recent = stream.recent_of(3, 999);
        let live = shares(3, &recent, &stream.activity);
        let view = stream.activity.publish();
        prop_assert!(live.is_sorted_by(|(a, _), (b, _)| a < b));
        prop_assert_eq!(live, shares(3, &recent, &*view));
    }
}
