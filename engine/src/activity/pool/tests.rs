use proptest::prelude::*;

use super::*;
use crate::activity::view::best_first;

#[test]
fn a_pool_says_when_it_is_full_and_keeps_what_it_is_told() {
    let mut pool = ActivePool::default();
    assert_eq!(pool.admit(ItemIndex(5), 2), Room::Left);
    assert_eq!(pool.admit(ItemIndex(5), 2), Room::Left);
    assert_eq!(pool.admit(ItemIndex(3), 2), Room::Full);
    pool.keep(vec![ItemIndex(3), ItemIndex(3)]);
    assert_eq!(pool.members(), [ItemIndex(3)]);
    assert_eq!(pool.admit(ItemIndex(5), 3), Room::Left);
}

proptest! {
    #[test]
    fn the_top_is_the_head_of_a_full_sort(scores in prop::collection::vec(0u8..20, 0..300), length in 0usize..50) {
        let scores: Vec<_> = (0..).map(ItemIndex).zip(scores.into_iter().map(f32::from)).collect();
        let mut sorted: Vec<_> = scores.iter().copied().filter(|scored| 0.0 < scored.1).collect();
        sorted.sort_by(best_first);
        sorted.truncate(length);
        prop_assert_eq!(top(scores, length), sorted);
    }
}
