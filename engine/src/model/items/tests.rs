//! Tests of the item tables.

use super::*;
use crate::model::testing::small;

fn bits(vector: Option<&[Lane]>) -> Vec<u32> {
    vector.into_iter().flatten().flat_map(|lane| lane.0).map(f32::to_bits).collect()
}

#[test]
fn a_row_starts_from_seed_table_and_item_alone() {
    let mut one = Items::new(7, &small());
    let mut other = Items::new(7, &small());
    one.ensure(ItemIndex(100));
    for item in [3, 250, 101] {
        other.ensure(ItemIndex(item));
    }
    for table in [Table::Item, Table::Last] {
        let row = bits(one.vector(table, ItemIndex(100)));
        assert_eq!(row, bits(other.vector(table, ItemIndex(100))));
        assert_ne!(row, bits(one.vector(table, ItemIndex(101))));
    }
    assert_ne!(
        bits(one.vector(Table::Item, ItemIndex(100))),
        bits(one.vector(Table::Last, ItemIndex(100)))
    );
    assert_eq!((one.has(ItemIndex(3)), one.has(ItemIndex(111))), (false, true));
}

#[test]
fn known_items_stand_in_the_order_of_their_first_events() {
    let mut items = Items::new(7, &small());
    for item in [30, 2, 30, 17, 2] {
        items.make_known(ItemIndex(item));
    }
    assert_eq!(items.known(), [ItemIndex(30), ItemIndex(2), ItemIndex(17)]);
    assert!(items.is_known(ItemIndex(17)) && !items.is_known(ItemIndex(18)));
}

#[test]
fn counts_are_those_of_popularity_itself() {
    let config = small();
    let mut items = Items::new(7, &config);
    let mut count = EventCount::new(config.half_lives_events);
    let mut plain = Popularity::default();
    let mut same = EventCount::new(config.half_lives_events);
    for event in 0..50 {
        let item = ItemIndex(event % 3);
        items.make_known(item);
        items.touch(item, &mut count);
        let other = &mut Popularity::default();
        same.touch(if item.0 == 1 { &mut plain } else { other });
    }
    let head = items.head(ItemIndex(1));
    assert_eq!(head.map(|head| (head.counts, head.touched)), Some((plain.counts, 50)));
}
