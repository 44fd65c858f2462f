use super::*;

fn values() -> DeclaredValues {
    DeclaredValues {
        of_list: vec![(9, 4)],
        of_items: vec![7, 8],
        classes: vec![1, 2, 3, 4],
        tags: Vec::new(),
    }
}

#[test]
fn each_item_has_its_own_classes() {
    let values = values();
    assert_eq!(values.of_item(0).collect::<Vec<_>>(), [(7, 1), (8, 2)]);
    assert_eq!(values.of_item(1).collect::<Vec<_>>(), [(7, 3), (8, 4)]);
    assert_eq!(values.of_item(2).count(), 0);
    assert_eq!(values.of_item(usize::MAX).count(), 0);
}

#[test]
fn a_list_of_tags_alone_says_something() {
    assert!(DeclaredValues::default().is_empty());
    assert!(!values().is_empty());
    let tags = vec![ServedTag { pattern: 1, binding: 0, ranked: false }];
    assert!(!DeclaredValues { tags, ..DeclaredValues::default() }.is_empty());
}

/// ARCHITECTURE.md tells these figures.
#[test]
fn an_item_takes_a_byte_an_input_and_a_list_six_a_value_five_an_input_and_fifteen_a_tag() {
    use crate::record::{Record, RecordBody, Served, ServedItem};
    use crate::{ItemIndex, RecommendationId, Sequence, ShardId, Timestamp, UserId};
    let bytes = |items: usize, declared: Option<DeclaredValues>| {
        let shard = ShardId(0);
        let id = RecommendationId { shard, number: 1 };
        let served = Served {
            items: vec![ServedItem::bare(ItemIndex(5), 0.5); items],
            declared: declared.map(Box::new),
            ..Served::new(id, UserId::new("u"), "home", Timestamp::EPOCH)
        };
        let body = RecordBody::Served { shard, served };
        Record { sequence: Sequence(1), body }.encode().unwrap().len()
    };
    let tag = ServedTag { pattern: u32::MAX, binding: u64::MAX, ranked: true };
    let declared = |items: usize, of_list: usize, of_items: usize, tags: usize| DeclaredValues {
        of_list: vec![(u32::MAX, 255); of_list],
        of_items: vec![u32::MAX; of_items],
        classes: vec![255; items * of_items],
        tags: vec![tag; tags],
    };
    for (items, of_list, of_items, tags) in
        [(1, 0, 0, 0), (20, 3, 0, 0), (20, 2, 4, 0), (50, 1, 5, 2)]
    {
        let without = bytes(items, None);
        let with = bytes(items, Some(declared(items, of_list, of_items, tags)));
        let expected = 4 + 6 * of_list + 5 * of_items + items * of_items + 15 * tags;
        assert_eq!(with - without, expected, "{items} {of_list} {of_items} {tags}");
    }
}
