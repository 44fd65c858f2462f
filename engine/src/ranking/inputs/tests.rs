use std::sync::Arc;

use super::*;
use crate::features::input::{ActiveTag, PairedInput};
use crate::features::occurrence::{Occurrence, room_key};
use crate::features::published::SharedView;
use crate::features::shared::{Partials, SharedFeatures};
use crate::features::testing::ranked_plan;
use crate::patterns::Same;
use crate::ranking::testing::Shop;
use crate::ranking::{TagEffect, TagRule};
use crate::record::ItemKind;
use crate::record::NO_CLASS;
use crate::user::tests::{CLICK, types};
use crate::{CategoryId, Timestamp};

/// A shop in whose shared features item 7 was clicked five times, once in the room "r".
pub fn shop() -> Shop {
    let mut shop = Shop::busy();
    let plan = Arc::new(ranked_plan(&types()));
    let mut features = SharedFeatures::new(&plan);
    let mut partials = Partials::default();
    for turn in 0..5 {
        let event = Occurrence {
            item: Some(ItemIndex(7)),
            categories: &[CategoryId(1)],
            room: (turn == 0).then_some("r"),
            ..Occurrence::new(CLICK, shop.stream.now(), 1)
        };
        partials.add(&plan, &event);
    }
    let _ = features.merge(&plan, &partials);
    let mut view = SharedView::new(plan);
    features.publish(&mut view);
    shop.features = Some(view);
    let (own, with) = (InputValue { input: 5, class: 3, value: Some(4.0) }, |class| InputValue {
        input: 6,
        class,
        value: Some(1.0),
    });
    shop.inputs.own = vec![own];
    shop.inputs.paired = vec![PairedInput {
        input: 6,
        entity: Entity::UserCategory,
        values: vec![(1, with(9)), (3, with(2))],
    }];
    let tag = |tag: &str, pattern, ranked| ActiveTag {
        tag: tag.into(),
        pattern,
        same: Same::Category,
        binding: 1,
        at: Timestamp::EPOCH,
        until: Timestamp::EPOCH,
        ranked,
    };
    shop.inputs.tags = vec![tag("keen", 77, true), tag("idle", 78, false)];
    shop
}

fn said(shop: &mut Shop, item: u32) -> Vec<(Option<f64>, u8)> {
    shop.ask(
        5,
        |_| {},
        |request| {
            let mut said = Vec::new();
            of_item(request, ItemIndex(item), &mut said);
            said.iter().map(|it| (it.value, it.class)).collect()
        },
    )
}

#[test]
fn an_item_is_told_by_its_own_number_its_first_category_and_its_room() {
    let mut shop = shop();
    // With the user: category 1. Shared: the item's rate, clicks of the category, heat of no room.
    let rate = said(&mut shop, 7)[1];
    assert_eq!(rate.0, Some(6.0 / 20.0));
    assert_eq!(said(&mut shop, 7), [(Some(1.0), 9), rate, (Some(5.0), 3), (None, NO_CLASS)]);
    // Of the same category, and nobody clicked it.
    assert_eq!(said(&mut shop, 8)[1..3], [(None, NO_CLASS), (Some(5.0), 3)]);
    assert_eq!(said(&mut shop, 20)[..3], [(None, NO_CLASS); 3]);
    shop.describe(20, |doc| doc.room_id = Some("r".into()));
    assert!(said(&mut shop, 20)[3].0.is_some());
    shop.describe(21, |doc| (doc.kind, doc.item_id) = (ItemKind::LiveRoom, "r".into()));
    assert_eq!(said(&mut shop, 21)[3], said(&mut shop, 20)[3]);
    assert_ne!(room_key("r"), room_key("i20"));
}

#[test]
fn a_record_holds_what_was_said_and_the_tags_that_took_part() {
    let items = [7, 8, 20].map(ItemIndex);
    let mut shop = shop();
    let rule = TagRule {
        tag: "idle".into(),
        filter: crate::ranking::Filter::default(),
        effect: TagEffect::Boost(2.0),
    };
    let values = |shop: &mut Shop, rules: Vec<TagRule>| {
        let change = |scenario: &mut crate::Scenario| scenario.tagged = rules;
        shop.ask(5, change, |request| declared_values(request, items.into_iter()))
    };
    let held = values(&mut shop, Vec::new()).unwrap();
    assert_eq!(held.of_list[0], (5, 3));
    assert_eq!(held.of_list.len(), 2, "and what is said of the node");
    assert_eq!(held.classes.len(), 3 * held.of_items.len());
    for (place, item) in [7, 8, 20].into_iter().enumerate() {
        let classes: Vec<u8> = held.of_item(place).map(|it| it.1).collect();
        let told: Vec<u8> = said(&mut shop, item).iter().map(|it| it.1).collect();
        assert_eq!(classes, told);
    }
    assert_eq!(held.tags.iter().map(|tag| tag.pattern).collect::<Vec<_>>(), [77]);
    let held = values(&mut shop, vec![rule]).unwrap();
    assert_eq!(held.tags.iter().map(|tag| tag.pattern).collect::<Vec<_>>(), [77, 78]);
}

#[test]
fn where_nothing_is_declared_nothing_is_on_record() {
    let items = [7, 8].map(ItemIndex);
    let mut shop = Shop::busy();
    let held = shop.ask(5, |_| {}, |request| declared_values(request, items.into_iter()));
    assert_eq!(held, None);
}
