use std::sync::Arc;

use super::super::{About, Act, RoomEvent, RoomSaid, RoomTold};
use super::*;

const START_MS: u64 = 1_680_000_000_000;

fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(START_MS + millis)
}

struct Rig {
    rules: Arc<RoomRules>,
    room: Room,
    announcer: Announcer,
    said: RoomSaid,
}

impl Rig {
    fn new() -> Self {
        let rules = Arc::new(RoomRules::default());
        let room = Room::new(Arc::clone(&rules));
        let mut rig =
            Self { rules, room, announcer: Announcer::default(), said: RoomSaid::default() };
        let products = (0..5).map(ItemIndex).collect();
        let about = RoomTold::About { about: About { products, ..About::default() } };
        rig.room.told(&about, at(0), &mut rig.said);
        rig
    }

    fn click(&mut self, viewer: u64, item: u32, millis: u64) {
        let item = Some(ItemIndex(item));
        let event = RoomEvent { item, ..RoomEvent::new(viewer, Act::Click, at(millis)) };
        self.room.apply(&event, &mut self.said);
    }

    fn ask(&mut self, millis: u64) -> Announced {
        self.announcer.ask(&self.room, &self.rules, at(millis))
    }

    fn order(&mut self, millis: u64) -> Option<Vec<u32>> {
        let feed = self.ask(millis).feed?;
        Some(feed.products.iter().map(|product| product.item.0).collect())
    }
}

#[test]
fn a_new_announcer_says_everything() {
    let mut rig = Rig::new();
    let all = rig.ask(0);
    assert!(all.stats.is_some());
    assert!((all.feed.unwrap().moved - 1.0).abs() < f64::EPSILON);
    assert_eq!(rig.ask(10), Announced::default());
}

#[test]
fn numbers_go_out_once_a_second_while_something_happens_or_fades() {
    let mut rig = Rig::new();
    rig.ask(0);
    rig.click(1, 0, 100);
    assert!(rig.ask(999).stats.is_none());
    assert!(rig.ask(1_000).stats.is_some());
    // The heat of the click fades for minutes, then there is nothing to tell.
    assert!(rig.ask(60_000).stats.is_some());
    let mut now = 60_000;
    while rig.ask(now).stats.is_some() {
        now += 1_000;
        assert!(now < 4_000_000, "it never ends");
    }
    assert_eq!(rig.announcer.latest_stats().unwrap().acts, rig.room.stats(at(now)).acts);
}

#[test]
fn an_order_goes_out_when_enough_attention_sees_another_product() {
    let mut rig = Rig::new();
    assert_eq!(rig.order(0), Some(vec![0, 1, 2, 3, 4]));
    rig.click(1, 4, 1_000);
    assert_eq!(rig.order(1_000), Some(vec![4, 0, 1, 2, 3]));
    // The next click comes at once, but four orders a second are enough.
    (2..8).for_each(|viewer| rig.click(viewer, 2, 1_010));
    assert_eq!(rig.order(1_249), None);
    assert_eq!(rig.order(1_250), Some(vec![2, 4, 0, 1, 3]));
    // Another click on the first changes nothing.
    rig.click(9, 2, 2_000);
    assert_eq!(rig.order(2_000), None);
}

#[test]
fn products_that_come_or_go_are_told_in_any_case() {
    let mut rig = Rig::new();
    rig.order(0);
    let about = About { products: (0..6).map(ItemIndex).collect(), ..About::default() };
    rig.room.told(&RoomTold::About { about }, at(5_000), &mut rig.said);
    assert_eq!(rig.order(5_000), Some(vec![0, 1, 2, 3, 4, 5]));
    rig.room.told(&RoomTold::About { about: About::default() }, at(9_000), &mut rig.said);
    assert_eq!(rig.order(9_000), Some(vec![]));
    assert_eq!(rig.order(12_000), None);
}
