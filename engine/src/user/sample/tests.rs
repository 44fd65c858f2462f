use super::super::tests::{CLICK, HIDE, NOW, SEARCH, VIEW, after, clicks, event, rules};
use super::*;

const GAP_MS: u64 = 30 * 60_000;

fn seen_at(user: &User, at: u64) -> ModelUser {
    user.model_user(Timestamp::from_millis(at), &rules())
}

fn past(item: u32, age_s: u32) -> Past {
    Past { item: ItemIndex(item), age_s }
}

#[test]
fn the_history_is_positives_on_items_newest_first_with_repeats() {
    let stream = [
        event(CLICK, Some(1), NOW),
        event(VIEW, Some(2), NOW + 1_000),
        event(SEARCH, None, NOW + 2_000),
        event(HIDE, Some(3), NOW + 3_000),
        event(CLICK, None, NOW + 3_500),
        event(CLICK, Some(1), NOW + 4_999),
    ];
    let user = seen_at(&after(&stream), NOW + 5_000);
    assert_eq!(user.history, [past(1, 0), past(1, 5)]);
    assert_eq!((user.events, user.visit, user.row), (2, 2, None));
}

#[test]
fn twenty_are_listed_and_all_that_are_kept_are_counted() {
    let user = seen_at(&after(&clicks((0..80).map(|n| NOW + n * 1_000))), NOW + 79_000);
    assert_eq!((user.events, user.history.len(), user.visit), (50, 20, 20));
    assert_eq!(user.history[19], past(60, 19));
}

#[test]
fn the_visit_ends_at_the_gap_before_and_behind() {
    let user = after(&clicks([NOW, NOW + GAP_MS + 1, NOW + 2 * GAP_MS]));
    assert_eq!(seen_at(&user, NOW + 2 * GAP_MS).visit, 2);
    assert_eq!(seen_at(&user, NOW + 3 * GAP_MS).visit, 2);
    assert_eq!(seen_at(&user, NOW + 3 * GAP_MS + 1).visit, 0);
}

#[test]
fn what_came_later_is_not_seen_by_a_late_event() {
    let user = after(&clicks([NOW, NOW + 10_000, NOW + 20_000]));
    let late = seen_at(&user, NOW + 15_000);
    assert_eq!((late.events, late.visit, late.history), (2, 2, vec![past(1, 5), past(0, 15)]));
    assert_eq!(user.undrawn(Timestamp::from_millis(NOW + 15_000)), [ItemIndex(1), ItemIndex(0)]);
    assert_eq!(seen_at(&user, NOW - 1), ModelUser::default());
}

#[test]
fn items_not_to_be_drawn_are_those_met_each_once_also_such_as_left_the_history() {
    let stream = [
        event(CLICK, Some(1), NOW),
        event(HIDE, Some(3), NOW + 1),
        event(VIEW, Some(9), NOW + 2),
        event(CLICK, Some(1), NOW + 3),
    ];
    let met = after(&stream).undrawn(Timestamp::from_millis(NOW + 3));
    assert_eq!(met, [ItemIndex(1), ItemIndex(3)]);
    let many = after(&clicks((0..70).map(|n| NOW + n)));
    assert_eq!(many.undrawn(Timestamp::from_millis(NOW + 70)).len(), 70);
    let most = after(&clicks((0..700).map(|n| NOW + n)));
    assert_eq!(most.undrawn(Timestamp::from_millis(NOW + 700)).len(), UNDRAWN_ITEMS);
}
