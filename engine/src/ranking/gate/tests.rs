use crate::CategoryId;
use crate::ItemIndex;
use crate::ranking::testing::Shop;
use crate::ranking::{Condition, FilterCounts, SeenPolicy};
use crate::record::{ItemDoc, ItemKind};

/// Item 3 after `change`, asked for by a user with whom nothing is the matter but `arrange`.
fn left_out(
    change: impl FnOnce(&mut ItemDoc),
    arrange: impl FnOnce(&mut Shop),
) -> Option<FilterCounts> {
    let mut shop = Shop::busy();
    shop.limit = 40;
    shop.describe(3, change);
    arrange(&mut shop);
    let ranked = shop.recommend(999, |_| {});
    let shown = ranked.items.iter().any(|ranked| ranked.item == ItemIndex(3));
    (!shown).then_some(ranked.filtered)
}

fn check(
    expected: FilterCounts,
    change: impl FnOnce(&mut ItemDoc),
    arrange: impl FnOnce(&mut Shop),
) {
    assert_eq!(left_out(change, arrange), Some(expected));
}

#[test]
fn nothing_is_left_out_without_a_reason() {
    assert_eq!(left_out(|_| {}, |_| {}), None);
}

#[test]
fn an_excluded_item_is_left_out() {
    let expected = FilterCounts { excluded: 1, ..FilterCounts::default() };
    check(expected, |_| {}, |shop| shop.exclude = vec![ItemIndex(3)]);
}

#[test]
fn an_unavailable_item_is_left_out() {
    // It is in no list either, so only who names it is told.
    let named = |shop: &mut Shop| shop.given = Some(vec![ItemIndex(3), ItemIndex(4)]);
    let expected = FilterCounts { unavailable: 1, ..FilterCounts::default() };
    check(expected, |doc| doc.available = false, named);
}

#[test]
fn an_item_is_left_out_from_its_expiry_on() {
    let now = Shop::busy().stream.now();
    let expected = FilterCounts { expired: 1, ..FilterCounts::default() };
    check(expected, |doc| doc.expires_at = Some(now), |_| {});
    assert_eq!(left_out(|doc| doc.expires_at = Some(now.plus_millis(1)), |_| {}), None);
}

#[test]
fn an_item_is_left_out_until_its_publication() {
    let now = Shop::busy().stream.now();
    let expected = FilterCounts { unpublished: 1, ..FilterCounts::default() };
    check(expected, |doc| doc.published_at = Some(now.plus_millis(1)), |_| {});
    assert_eq!(left_out(|doc| doc.published_at = Some(now), |_| {}), None);
}

#[test]
fn a_live_room_is_left_out_unless_it_is_named() {
    let expected = FilterCounts { live_room: 1, ..FilterCounts::default() };
    check(expected, |doc| doc.kind = ItemKind::LiveRoom, |_| {});
    let named = |shop: &mut Shop| {
        shop.filter.must = vec![Condition::Items(vec![ItemIndex(3), ItemIndex(4)])];
    };
    assert_eq!(left_out(|doc| doc.kind = ItemKind::LiveRoom, named), None);
}

#[test]
fn what_must_not_be_is_left_out() {
    let expected = FilterCounts { unmatched: 5, ..FilterCounts::default() };
    let unwanted = |shop: &mut Shop| {
        shop.filter.must_not = vec![Condition::Categories(vec![CategoryId(0)])];
    };
    check(expected, |_| {}, unwanted);
}

#[test]
fn all_that_must_be_has_to_hold() {
    let both = |shop: &mut Shop| {
        shop.filter.must = vec![
            Condition::Categories(vec![CategoryId(0), CategoryId(5)]),
            Condition::Kinds(vec![ItemKind::Video]),
        ];
    };
    let expected = FilterCounts { unmatched: 40, ..FilterCounts::default() };
    check(expected, |_| {}, both);
    assert_eq!(left_out(|doc| doc.kind = ItemKind::Video, both), None);
}

#[test]
fn a_price_must_be_known_and_within_its_borders() {
    let asked = |shop: &mut Shop| {
        shop.filter.must = vec![Condition::Price { least: Some(5.0), most: Some(10.0) }];
    };
    for (price, shown) in
        [(None, false), (Some(4.99), false), (Some(5.0), true), (Some(10.5), false)]
    {
        assert_eq!(left_out(|doc| doc.price = price, asked).is_none(), shown, "{price:?}");
    }
}

#[test]
fn a_seen_item_is_left_out_unless_the_caller_says_otherwise() {
    let expected = FilterCounts { seen: 1, ..FilterCounts::default() };
    check(expected, |_| {}, |shop| shop.click(999, 3));
    let ignored = |shop: &mut Shop| {
        shop.click(999, 3);
        shop.exclude_seen = SeenPolicy::Ignored;
    };
    assert_eq!(left_out(|_| {}, ignored), None);
}

#[test]
fn a_withdrawn_item_is_not_shown_and_a_bare_one_is() {
    let mut shop = Shop::busy();
    let at = shop.stream.now();
    shop.stream.record(crate::RecordBody::ItemDelete { item: ItemIndex(3), at });
    shop.stream.item(40);
    shop.limit = 50;
    let ranked = shop.recommend(999, |_| {});
    let shown = |item| ranked.items.iter().any(|ranked| ranked.item == ItemIndex(item));
    assert!(!shown(3) && shown(40));
}
