//! Open rooms in lists of a small shop, of which items 5, 6 and 7 are live rooms.

use std::sync::Arc;

use super::*;
use crate::RankRequest;
use crate::ranking::testing::Shop;
use crate::ranking::{Condition, Obstacle, Ranked, Reason, explain};
use crate::record::ItemKind;

const ROOMS: [u32; 3] = [5, 6, 7];

fn room(heat: f64, viewers: u64, host: &str) -> RoomNow {
    let retention = crate::rooms::UNKNOWN_RETENTION;
    RoomNow { heat: [heat; 3], viewers, retention, host: Some(host.into()), ..RoomNow::default() }
}

fn view(rooms: impl IntoIterator<Item = (u32, RoomNow)>) -> RoomsView {
    RoomsView::new(rooms.into_iter().map(|(item, room)| (ItemIndex(item), Arc::new(room))))
}

/// A shop that asks for rooms, with these open.
fn shop(rooms: impl IntoIterator<Item = (u32, RoomNow)>) -> Shop {
    let mut shop = Shop::busy();
    for item in ROOMS {
        shop.describe(item, |doc| doc.kind = ItemKind::LiveRoom);
    }
    shop.filter.must = vec![Condition::Kinds(vec![ItemKind::LiveRoom])];
    shop.rooms = Some(view(rooms));
    shop
}

fn listed(shop: &mut Shop, user: u64) -> Vec<u32> {
    items(&shop.recommend(user, |_| {}))
}

fn items(ranked: &Ranked) -> Vec<u32> {
    ranked.items.iter().map(|ranked| ranked.item.0).collect()
}

#[test]
fn only_open_rooms_are_listed_and_a_closed_one_leaves_at_once() {
    let mut shop = shop([(5, room(1.0, 10, "a")), (6, room(9.0, 90, "b"))]);
    assert_eq!(listed(&mut shop, 999), [6, 5]);
    shop.rooms = Some(view([(5, room(1.0, 10, "a"))]));
    let ranked = shop.recommend(999, |_| {});
    assert_eq!(items(&ranked), [5]);
    assert!(2 <= ranked.filtered.closed, "{:?}", ranked.filtered);
    shop.rooms = Some(RoomsView::default());
    assert_eq!(listed(&mut shop, 999), [0; 0]);
}

#[test]
fn a_closed_room_is_in_no_list_of_given_candidates_either() {
    let mut shop = shop([(5, room(1.0, 10, "a"))]);
    shop.filter.must.clear();
    shop.given = Some([5, 6, 20].map(ItemIndex).to_vec());
    let mut found = listed(&mut shop, 999);
    found.sort_unstable();
    assert_eq!(found, [5, 20]);
    let obstacle =
        |request: &RankRequest| explain(request, crate::ranking::Ladder::Top, ItemIndex(6));
    let explained = shop.ask(999, |_| {}, obstacle);
    let left_out = crate::ranking::Standing::LeftOut(Obstacle::Closed);
    assert_eq!(explained.standing, left_out);
}

#[test]
fn without_a_filter_for_rooms_none_is_listed() {
    let mut shop = shop([(5, room(50.0, 900, "a"))]);
    shop.filter.must.clear();
    assert!(!listed(&mut shop, 999).contains(&5));
}

#[test]
fn a_room_rises_with_its_heat() {
    let mut shop = shop([(5, room(1.0, 10, "a")), (6, room(2.0, 10, "b"))]);
    let ranked = shop.recommend(999, |_| {});
    assert_eq!((items(&ranked), ranked.items[0].reasons[0]), (vec![6, 5], Reason::LiveNow));
    shop.rooms = Some(view([(5, room(20.0, 10, "a")), (6, room(2.0, 10, "b"))]));
    assert_eq!(listed(&mut shop, 999), [5, 6]);
}

#[test]
fn who_chose_other_rooms_of_a_host_sees_that_host_first() {
    let mut shop =
        shop([(5, room(1.0, 10, "mei")), (6, room(2.0, 12, "tom")), (7, room(1.0, 10, "mei"))]);
    assert_eq!(listed(&mut shop, 999)[0], 6);
    shop.click(999, 7);
    let ranked = shop.recommend(999, |scenario| scenario.blend.neighbours = 0.0);
    let place = |item| items(&ranked).iter().position(|other| *other == item);
    assert!(place(5) < place(6), "{:?}", items(&ranked));
    let of_host = ranked.items.iter().find(|ranked| ranked.item == ItemIndex(5));
    assert!(of_host.is_some_and(|it| it.reasons.contains(&Reason::Host)), "{of_host:?}");
}

#[test]
fn who_follows_a_host_sees_their_room_first() {
    let host_item = Some(ItemIndex(30));
    let followed = RoomNow { host_item, ..room(1.0, 10, "mei") };
    let mut shop = shop([(5, followed), (6, room(1.2, 12, "tom"))]);
    assert_eq!(listed(&mut shop, 999), [6, 5]);
    shop.click(999, 30);
    assert_eq!(listed(&mut shop, 999), [5, 6]);
}

#[test]
fn a_room_is_not_left_out_because_the_user_was_there_but_while_they_are_or_said_no() {
    let mut shop = shop([(5, room(1.0, 10, "a")), (6, room(1.0, 10, "b"))]);
    shop.click(999, 5);
    assert_eq!(listed(&mut shop, 999).len(), 2);
    shop.inside = vec![ItemIndex(5)];
    assert_eq!(listed(&mut shop, 999), [6]);
    shop.inside.clear();
    shop.meet(999, 6, crate::activity::testing::DISLIKE);
    assert_eq!(listed(&mut shop, 999), [5]);
}

#[test]
fn the_terms_of_a_room_add_up_to_its_part_and_are_explained() {
    let mut shop = shop([(5, room(3.0, 40, "a"))]);
    let explained = shop.ask(
        999,
        |_| {},
        |request| explain(request, crate::ranking::Ladder::Top, ItemIndex(5)),
    );
    let scored = explained.scored.unwrap();
    let of_rooms = scored.features.iter().filter(|feature| feature.part == "rooms");
    let told: Vec<(&str, f32)> = of_rooms.map(|it| (it.kind.name(), it.value)).collect();
    let sum: f32 = told.iter().map(|(_, value)| value).sum();
    assert!((sum - scored.parts.rooms).abs() < 1e-5 && 0.0 < sum, "{told:?}");
    assert_eq!(
        told.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
        ["room_heat", "room_audience"]
    );
}

#[test]
fn what_rooms_say_goes_on_record_with_lists_that_ask_for_them() {
    let mut shop = shop([(5, room(3.0, 40, "a")), (6, room(1.0, 1, "b"))]);
    let declared = |request: &RankRequest| {
        crate::ranking::inputs::declared_values(request, [5, 6, 7].map(ItemIndex).into_iter())
    };
    let values = shop.ask(999, |_| {}, declared).unwrap();
    assert_eq!((values.of_items.len(), values.classes.len()), (3, 9));
    assert!(values.classes[..2] > values.classes[3..5], "{values:?}");
    assert_eq!(values.classes[6..], [0; 3], "a room that is not open says nothing");
    shop.filter.must.clear();
    assert_eq!(shop.ask(999, |_| {}, declared), None);
}

#[test]
fn switched_off_rooms_say_nothing_of_themselves() {
    let mut shop = shop([(5, room(30.0, 400, "a")), (6, room(1.0, 1, "b"))]);
    let ranked = shop.recommend(999, |scenario| {
        scenario.sources.asked = scenario.sources.asked.without(Source::Rooms);
    });
    assert!(ranked.items.iter().all(|ranked| ranked.parts.rooms == 0.0), "{ranked:?}");
}

#[test]
fn a_number_that_is_none_orders_nothing() {
    let mut shop = shop([(5, room(f64::NAN, 10, "a")), (6, room(1.0, 10, "b"))]);
    let ranked = shop.recommend(999, |_| {});
    assert_eq!(items(&ranked), [6, 5]);
    assert!(ranked.items.iter().all(|ranked| ranked.score.is_finite()));
}
