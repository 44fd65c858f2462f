//! Views of open rooms.

use super::*;
use crate::rooms::{About, Act, RoomEvent, RoomRules, RoomSaid, RoomTold};

fn room() -> Room {
    Room::new(Arc::new(RoomRules::default()))
}

fn now(heat: f64, viewers: u64) -> Arc<RoomNow> {
    Arc::new(RoomNow { heat: [0.0, heat, 0.0], viewers, ..RoomNow::default() })
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_millis(seconds * 1_000)
}

#[test]
fn a_room_is_told_with_its_heat_viewers_host_and_shelf() {
    let mut room = room();
    let mut said = RoomSaid::default();
    let products = vec![ItemIndex(4), ItemIndex(3)];
    let about = About {
        host: Some("mei".into()),
        categories: vec!["shoes".into()],
        products: products.clone(),
        ..About::default()
    };
    room.told(&RoomTold::About { about }, at(0), &mut said);
    room.told(&RoomTold::Showing { item: Some(ItemIndex(3)) }, at(0), &mut said);
    for viewer in 0..3 {
        room.apply(&RoomEvent::new(viewer, Act::Join, at(1)), &mut said);
    }
    let told = RoomNow::of(&room, vec![CategoryId(7)], at(1)).unwrap();
    assert_eq!(told.viewers, 3);
    assert!(0.0 < told.heat[1], "{told:?}");
    assert_eq!((told.host.as_deref(), told.showing), (Some("mei"), Some(ItemIndex(3))));
    assert_eq!((told.shelf, told.categories), (products, vec![CategoryId(7)]));
    assert_eq!(told.retention.to_bits(), room.retention()[0].to_bits());
}

#[test]
fn a_room_that_is_closed_is_told_no_more() {
    let (mut room, mut said) = (room(), RoomSaid::default());
    room.apply(&RoomEvent::new(1, Act::Join, at(1)), &mut said);
    assert!(RoomNow::of(&room, Vec::new(), at(2)).is_some());
    room.told(&RoomTold::Closed, at(3), &mut said);
    assert_eq!(RoomNow::of(&room, Vec::new(), at(3)), None);
}

#[test]
fn the_hottest_come_first_and_equals_by_viewers_then_number() {
    let rooms = [(9, now(1.0, 5)), (1, now(1.0, 5)), (2, now(3.0, 1)), (3, now(1.0, 8))];
    let view = RoomsView::new(rooms.map(|(item, room)| (ItemIndex(item), room)));
    assert_eq!(view.hottest(), [2, 3, 1, 9].map(ItemIndex));
    assert_eq!(view.iter().map(|(_, room)| room.viewers).collect::<Vec<_>>(), [1, 8, 5, 5]);
    assert!(view.is_open(ItemIndex(9)) && !view.is_open(ItemIndex(4)));
    let kept = view.shared(ItemIndex(3)).unwrap();
    assert!(Arc::ptr_eq(&kept, &view.shared(ItemIndex(3)).unwrap()));
}

#[test]
fn a_room_is_offered_within_its_announced_times_or_while_somebody_is_there() {
    let (mut told, mut said) = (room(), RoomSaid::default());
    let (starts_at, ends_at) = (Some(at(10)), Some(at(20)));
    let about = About { starts_at, ends_at, ..About::default() };
    told.told(&RoomTold::About { about }, at(0), &mut said);
    let on = |room: &Room, seconds| RoomNow::of(room, Vec::new(), at(seconds)).is_some();
    assert_eq!([9, 10, 19, 20].map(|seconds| on(&told, seconds)), [false, true, true, false]);
    let mut entered = room();
    entered.apply(&RoomEvent::new(1, Act::Join, at(1)), &mut said);
    assert!(on(&entered, 2));
    entered.apply(&RoomEvent::new(1, Act::Leave, at(3)), &mut said);
    entered.told_time(at(60), &mut said);
    assert!(!on(&entered, 60), "nobody described it and nobody is there");
}
