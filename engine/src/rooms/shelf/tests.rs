use super::*;

fn products(pulls: &[f64]) -> Vec<ProductNow> {
    let product = |(item, pull): (usize, &f64)| ProductNow {
        item: ItemIndex(item as u32),
        pull: *pull,
        clicks: 0,
        adds: 0,
    };
    pulls.iter().enumerate().map(product).collect()
}

fn check_order(before: &[u32], pulls: &[f64], expected: &[u32]) {
    let before: Vec<ItemIndex> = before.iter().copied().map(ItemIndex).collect();
    let order = reordered(&before, &products(pulls), 0.2);
    let order: Vec<u32> = order.iter().map(|product| product.item.0).collect();
    assert_eq!(order, expected);
}

#[test]
fn what_the_audience_clicks_comes_first() {
    check_order(&[], &[1.0, 1.0, 4.0, 2.0], &[2, 3, 0, 1]);
}

#[test]
fn two_of_a_kind_do_not_change_places() {
    check_order(&[1, 0], &[1.1, 1.0], &[1, 0]);
    check_order(&[1, 0], &[1.3, 1.0], &[0, 1]);
}

#[test]
fn products_that_are_gone_are_left_out_and_new_ones_come_last_unless_they_pull() {
    check_order(&[7, 1, 0], &[1.0, 1.0, 1.0], &[1, 0, 2]);
}

#[test]
fn a_change_at_the_front_moves_more_than_one_at_the_end() {
    let order = |items: [u32; 5]| items.map(ItemIndex);
    let host = order([0, 1, 2, 3, 4]);
    let moves = |items: [u32; 5]| moved(&host, &order(items));
    assert!(moves([0, 1, 2, 3, 4]).abs() < f64::EPSILON);
    assert!((moves([1, 0, 2, 3, 4]) - 1.5 / 2.283_333).abs() < 1e-6);
    assert!((moves([0, 1, 2, 4, 3]) - 0.45 / 2.283_333).abs() < 1e-6);
    assert!((moved(&host, &[]) - 1.0).abs() < f64::EPSILON);
}

#[test]
fn the_shelf_keeps_what_it_knows_of_products_that_stay() {
    let config = ShelfConfig { most: 3, ..ShelfConfig::default() };
    let at = Timestamp::from_millis(1_000_000);
    let mut shelf = Shelf::default();
    shelf.put(&[1, 2].map(ItemIndex), &config);
    shelf.chosen(ItemIndex(2), HeatKind::Click, at, &config);
    shelf.chosen(ItemIndex(2), HeatKind::Add, at, &config);
    shelf.chosen(ItemIndex(9), HeatKind::Click, at, &config);
    shelf.put(&[5, 2, 2, 6, 7].map(ItemIndex), &config);
    let now = shelf.now(at.plus_millis(config.half_life_ms), &config);
    let items: Vec<u32> = now.iter().map(|product| product.item.0).collect();
    assert_eq!(items, [5, 2, 6], "each once, in the host's order, within the bound");
    assert_eq!((now[1].clicks, now[1].adds, shelf.elsewhere), (1, 1, 1));
    assert!((now[1].pull - 3.0).abs() < 1e-9 && (now[0].pull - 1.0).abs() < 1e-9);
}
