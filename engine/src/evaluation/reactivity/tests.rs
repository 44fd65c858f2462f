use super::*;

fn items(numbers: &[u32]) -> Vec<ItemIndex> {
    numbers.iter().copied().map(ItemIndex).collect()
}

fn categories_of(numbers: &[u32]) -> Vec<CategoryId> {
    numbers.iter().copied().map(CategoryId).collect()
}

#[test]
fn the_clicked_item_is_neither_kept_nor_lost() {
    let before = items(&[1, 2, 3, 4]);
    assert!(
        (replaced(&before, &items(&[2, 3, 9, 8]), Some(ItemIndex(4))) - 1.0 / 3.0).abs() < 1e-12
    );
    assert!((replaced(&before, &items(&[2, 3, 9, 8]), None) - 0.5).abs() < 1e-12);
    assert!(replaced(&before, &before, None).abs() < 1e-12);
    assert!(replaced(&[], &before, None).abs() < 1e-12);
}

#[test]
fn alike_is_to_share_half_of_all_categories() {
    let alike = |one: &[u32], other: &[u32]| alike(&categories_of(one), &categories_of(other));
    assert!(alike(&[1], &[1]));
    assert!(alike(&[1, 2], &[1]));
    assert!(!alike(&[1, 2, 3], &[1]));
    assert!(alike(&[1, 2, 3], &[3, 2, 1]));
    assert!(!alike(&[1, 2], &[2, 3]));
    assert!(!alike(&[], &[]));
}
