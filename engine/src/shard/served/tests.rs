use super::*;
use crate::shard::join::marks::Stage;
use crate::{ItemIndex, ShardId};

fn list(number: u64, user: &str, at: u64) -> Served {
    let id = RecommendationId { shard: ShardId(3), number };
    let list = Served::new(id, UserId::new(user), "home", Timestamp::from_millis(at));
    Served { items: vec![ServedItem::bare(ItemIndex(1), 0.5); 10], ..list }
}

fn kept(budget_bytes: usize) -> WaitingLists {
    WaitingLists::new(budget_bytes, Spans { retention_ms: 1_000, window_ms: 300 })
}

fn put(lists: &mut WaitingLists, served: Served) -> usize {
    lists.insert(served, None)
}

fn charge(served: Served) -> usize {
    size(&WaitingList { served, marks: None })
}

fn numbers(lists: &WaitingLists) -> Vec<u64> {
    lists.iter().map(|list| list.served.id.number).collect()
}

fn show(lists: &mut WaitingLists, number: u64, place: usize, after_ms: u32) {
    let mark = Mark { stage: Stage::Waiting, after_ms, ..Mark::default() };
    lists.mark(number, |marks| marks.set(place, mark));
}

#[test]
fn a_list_goes_at_the_tick_that_reaches_its_time() {
    let mut lists = kept(1 << 20);
    put(&mut lists, list(1, "a", 500));
    lists.expire(Timestamp::from_millis(1_499));
    assert_eq!(numbers(&lists), [1]);
    lists.expire(Timestamp::from_millis(1_500));
    assert!(lists.is_empty());
    assert_eq!(lists.bytes(), 0);
}

#[test]
fn past_the_budget_the_first_due_go_first_and_users_break_ties() {
    let budget = 2 * charge(list(1, "a", 0));
    let mut lists = kept(budget);
    put(&mut lists, list(1, "b", 10));
    put(&mut lists, list(2, "a", 10));
    put(&mut lists, list(3, "c", 20));
    assert_eq!(numbers(&lists), [1, 3]);
    put(&mut lists, list(4, "c", 5));
    assert_eq!(numbers(&lists), [1, 3]);
    assert!(lists.bytes() <= budget);
}

#[test]
fn a_list_is_found_by_its_whole_id() {
    let mut lists = kept(1 << 20);
    let served = list(1, "a", 500);
    put(&mut lists, served.clone());
    assert_eq!(lists.get(served.id).map(|list| &list.served), Some(&served));
    assert!(lists.get(RecommendationId { shard: ShardId(4), number: 1 }).is_none());
}

#[test]
fn a_list_that_comes_again_takes_the_place_of_the_first() {
    let mut lists = kept(1 << 20);
    put(&mut lists, list(1, "a", 500));
    let once = lists.bytes();
    put(&mut lists, list(1, "a", 900));
    assert_eq!(lists.bytes(), once);
    lists.expire(Timestamp::from_millis(1_600));
    assert_eq!(numbers(&lists), [1]);
}

#[test]
fn a_list_stays_until_its_last_place_has_waited_and_its_places_close_in_the_order_of_their_time() {
    let mut lists = kept(1 << 20);
    put(&mut lists, list(1, "b", 500));
    put(&mut lists, list(2, "a", 500));
    for (number, place, after_ms) in [(1, 3, 900), (1, 2, 100), (2, 7, 100), (1, 1, 100)] {
        show(&mut lists, number, place, after_ms);
    }
    lists.expire(Timestamp::from_millis(1_500));
    assert_eq!(numbers(&lists), [1], "list 1 waits until 1,700 for its third place");
    put(&mut lists, list(2, "a", 500));
    show(&mut lists, 2, 7, 100);
    let mut closed = Vec::new();
    for time in [899, 900, 1_699, 1_700] {
        while let Some((served, place, mark)) = lists.first_closed(Timestamp::from_millis(time)) {
            let number = served.id.number;
            closed.push((time, number, place));
            lists.mark(number, |marks| marks.set(place, Mark { stage: Stage::Unclicked, ..mark }));
        }
    }
    assert_eq!(closed, [(900, 2, 7), (900, 1, 1), (900, 1, 2), (1_700, 1, 3)]);
    lists.expire(Timestamp::from_millis(1_500));
    assert!(lists.is_empty() && lists.windows.is_empty() && lists.of_users.is_empty());
    assert_eq!((lists.bytes(), lists.timers.len()), (0, 0));
}

#[test]
fn a_place_that_waits_takes_few_bytes_and_is_counted_when_its_list_makes_room() {
    let mut lists = kept(1 << 20);
    put(&mut lists, list(1, "a", 500));
    let before = lists.bytes();
    (0..10).for_each(|place| show(&mut lists, 1, place, 5));
    let each = (lists.bytes() - before) / 10;
    assert!(each <= 24, "{each} bytes for each of ten that wait");
    lists.budget_bytes = 0;
    assert_eq!(put(&mut lists, list(2, "b", 900)), 10);
    assert!(lists.is_empty());
}

#[test]
fn marks_come_back_to_their_list_and_to_no_other() {
    let mut lists = kept(1 << 20);
    put(&mut lists, list(1, "a", 500));
    show(&mut lists, 1, 4, 5);
    let marks = lists.list(1).and_then(|list| list.marks.clone()).unwrap();
    let mut restored = kept(1 << 20);
    restored.restore_marks(1, marks.clone()).unwrap();
    restored.restore(list(1, "a", 500)).unwrap();
    assert_eq!(restored.list(1).and_then(|list| list.marks.clone()), Some(marks.clone()));
    assert_eq!((restored.bytes(), &restored.timers), (lists.bytes(), &lists.timers));
    assert_eq!(restored.windows, lists.windows);
    restored.restore_marks(2, marks).unwrap();
    let shorter = Served { items: Vec::new(), ..list(2, "a", 500) };
    assert!(matches!(restored.restore(shorter), Err(CodecError::Damaged(_))));
}
