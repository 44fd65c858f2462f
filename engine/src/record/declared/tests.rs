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
