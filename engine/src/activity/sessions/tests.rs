use proptest::prelude::*;

use super::*;

const BOUNDS: SessionBounds = SessionBounds { sessions: 6, per_item: 3, gap_ms: 1_000 };

fn at(ms: u64) -> Timestamp {
    Timestamp::from_millis(1_000_000 + ms)
}

fn of(index: &SessionIndex, item: u32) -> Vec<u32> {
    index.sessions().of(ItemIndex(item)).collect()
}

fn again(index: &SessionIndex, bounds: SessionBounds) -> SessionIndex {
    let mut back = SessionIndex::new(Some(bounds));
    for slot in 0..index.slots() {
        index.slot(slot).into_iter().for_each(|session| back.lay(session.clone()));
    }
    back.derive();
    back
}

#[test]
fn a_session_ends_at_the_gap_and_holds_each_item_once() {
    let mut index = SessionIndex::new(Some(BOUNDS));
    for (item, ms) in [(1, 0), (2, 1_000), (1, 2_000), (3, 3_001), (4, 3_500)] {
        index.add(7, ItemIndex(item), at(ms));
    }
    assert_eq!((of(&index, 1), of(&index, 2), of(&index, 3)), (vec![1], vec![1], vec![2]));
    let items: Vec<ItemIndex> = index.sessions().get(2).unwrap().items().collect();
    assert_eq!(items, [ItemIndex(3), ItemIndex(4)]);
}

#[test]
fn a_full_session_is_followed_by_another() {
    let mut index = SessionIndex::new(Some(BOUNDS));
    for item in 0..=SESSION_ITEMS as u32 {
        index.add(7, ItemIndex(item), at(u64::from(item)));
    }
    assert_eq!(index.sessions().get(1).map(Session::len), Some(SESSION_ITEMS));
    assert_eq!(index.sessions().get(2).map(Session::len), Some(1));
}

#[test]
fn the_oldest_sessions_and_the_oldest_of_an_item_give_way() {
    let mut index = SessionIndex::new(Some(BOUNDS));
    for user in 1..=8 {
        index.add(user, ItemIndex(1), at(user));
    }
    assert_eq!(of(&index, 1), [6, 7, 8]);
    assert_eq!(index.sessions().get(2), None);
    assert!(index.sessions().get(3).is_some());
    assert_eq!(index.of_user.len(), 6);
}

#[test]
fn without_bounds_nothing_is_kept() {
    let mut index = SessionIndex::new(None);
    index.add(1, ItemIndex(1), at(0));
    assert_eq!((of(&index, 1), index.slots()), (vec![], 0));
}

#[test]
fn with_fewer_sessions_allowed_the_newest_stay() {
    let mut index = SessionIndex::new(Some(BOUNDS));
    for user in 1..=6 {
        index.add(user, ItemIndex(user as u32), at(user));
    }
    let back = again(&index, SessionBounds { sessions: 2, ..BOUNDS });
    assert_eq!((of(&back, 4), of(&back, 5), of(&back, 6)), (vec![], vec![5], vec![6]));
}

proptest! {
    #[test]
    fn what_is_restored_goes_on_as_if_nothing_had_been(
        before in prop::collection::vec((0u64..5, 0u32..6, 0u64..900), 0..200),
        after in prop::collection::vec((0u64..5, 0u32..6, 0u64..900), 0..60),
    ) {
        let mut index = SessionIndex::new(Some(BOUNDS));
        let mut ms = 0;
        for (user, item, passed) in before {
            ms += passed;
            index.add(user, ItemIndex(item), at(ms));
        }
        let mut back = again(&index, BOUNDS);
        for (user, item, passed) in [(9, 9, 0)].into_iter().chain(after) {
            ms += passed;
            index.add(user, ItemIndex(item), at(ms));
            back.add(user, ItemIndex(item), at(ms));
            for item in 0..10 {
                prop_assert_eq!(of(&index, item), of(&back, item));
            }
            prop_assert!((0..index.slots()).all(|slot| index.slot(slot) == back.slot(slot)));
            prop_assert_eq!(&index.of_user, &back.of_user);
        }
    }
}
