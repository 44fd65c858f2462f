use super::*;
use crate::{ItemIndex, ShardId};

fn list(number: u64, user: &str, at: u64) -> Served {
    let id = RecommendationId { shard: ShardId(3), number };
    let list = Served::new(id, UserId::new(user), "home", Timestamp::from_millis(at));
    Served { items: vec![ServedItem::bare(ItemIndex(1), 0.5); 10], ..list }
}

fn numbers(lists: &WaitingLists) -> Vec<u64> {
    lists.iter().map(|served| served.id.number).collect()
}

#[test]
fn a_list_goes_at_the_tick_that_reaches_its_time() {
    let mut lists = WaitingLists::new(1 << 20, 1_000);
    lists.insert(list(1, "a", 500));
    lists.expire(Timestamp::from_millis(1_499));
    assert_eq!(numbers(&lists), [1]);
    lists.expire(Timestamp::from_millis(1_500));
    assert!(lists.is_empty());
    assert_eq!(lists.bytes(), 0);
}

#[test]
fn past_the_budget_the_first_due_go_first_and_users_break_ties() {
    let budget = 2 * size(&list(1, "a", 0));
    let mut lists = WaitingLists::new(budget, 1_000);
    lists.insert(list(1, "b", 10));
    lists.insert(list(2, "a", 10));
    lists.insert(list(3, "c", 20));
    assert_eq!(numbers(&lists), [1, 3]);
    lists.insert(list(4, "c", 5));
    assert_eq!(numbers(&lists), [1, 3]);
    assert!(lists.bytes() <= budget);
}

#[test]
fn a_list_is_found_by_its_whole_id() {
    let mut lists = WaitingLists::new(1 << 20, 1_000);
    let served = list(1, "a", 500);
    lists.insert(served.clone());
    assert_eq!(lists.get(served.id), Some(&served));
    assert_eq!(lists.get(RecommendationId { shard: ShardId(4), number: 1 }), None);
}

#[test]
fn a_list_that_comes_again_takes_the_place_of_the_first() {
    let mut lists = WaitingLists::new(1 << 20, 1_000);
    lists.insert(list(1, "a", 500));
    let once = lists.bytes();
    lists.insert(list(1, "a", 900));
    assert_eq!(lists.bytes(), once);
    lists.expire(Timestamp::from_millis(1_600));
    assert_eq!(numbers(&lists), [1]);
}
