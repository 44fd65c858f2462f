//! Stays as bytes.

use proptest::prelude::*;

use super::*;

fn any_stay() -> impl Strategy<Value = Stay> {
    let times = (0_u64..1 << 45, 0_u64..1 << 45);
    let list = proptest::option::of((any::<u16>(), any::<u64>()));
    let rest = (any::<u8>(), any::<bool>(), proptest::option::of(any::<u32>()), list);
    let categories = proptest::collection::vec(any::<u32>().prop_map(CategoryId), 0..=4);
    (any::<u64>(), any::<u32>(), categories, times, rest).prop_map(
        |(room, item, categories, (began, seen_at), (told, credited, chose, list))| Stay {
            room,
            item: ItemIndex(item),
            categories,
            began: Timestamp::from_millis(began),
            seen_at: Timestamp::from_millis(seen_at),
            told,
            credited,
            chose: chose.map(ItemIndex),
            recommendation: list
                .map(|(shard, number)| RecommendationId { shard: ShardId(shard), number }),
        },
    )
}

proptest! {
    #[test]
    fn what_is_packed_comes_back(stays in proptest::collection::vec(any_stay(), 0..=MAX_STAYS)) {
        let mut back = Vec::new();
        unpack(&pack(&stays), &mut back).unwrap();
        prop_assert_eq!(back, stays);
    }

    #[test]
    fn bytes_cut_short_are_refused(stay in any_stay(), cut in 1_usize..8) {
        let bytes = pack(&[stay]);
        prop_assert!(unpack(&bytes[..bytes.len() - cut.min(bytes.len() - 1)], &mut Vec::new()).is_err());
    }
}
