use super::*;
use crate::activity::testing::IMPRESSION;
use crate::model::click::fields;
use crate::ranking::testing::Shop;
use crate::{CategoryId, record::ItemKind};

#[test]
fn an_item_is_noted_as_it_was_when_it_was_shown() {
    let mut shop = Shop::learned();
    shop.describe(0, |doc| {
        doc.kind = ItemKind::Product;
        doc.price = Some(9.5);
    });
    shop.meet(901, 0, IMPRESSION);
    shop.stream.wait(1_000);
    let mut noted = None;
    let ranked = shop.ask(
        900,
        |_| {},
        |request| {
            let ranked = crate::ranking::recommend(request);
            noted = Some(
                ranked.items.iter().map(|item| served_item(request, item)).collect::<Vec<_>>(),
            );
            ranked
        },
    );
    let noted = noted.unwrap();
    assert_eq!(noted.len(), ranked.items.len());
    for (noted, ranked) in noted.iter().zip(&ranked.items) {
        assert_eq!((noted.item, noted.score, noted.propensity), (ranked.item, ranked.score, 1.0));
        let category = Some(CategoryId(ranked.item.0 / 5));
        assert_eq!(noted.features.categories(), [category, None]);
        for (found, (name, part)) in noted.features.parts().into_iter().zip(ranked.parts.named()) {
            assert!((found - part).abs() <= 0.004 + 0.03 * part.abs(), "{name}: {part} {found}");
        }
        assert!(0 < noted.features.age());
    }
    let first = noted.iter().find(|noted| noted.item == ItemIndex(0)).expect("the most popular");
    assert_eq!((first.features.kind(), first.features.price()), (1, 7));
    assert!(0 < first.features.click_rate());
    assert!(noted.iter().any(|noted| noted.features.click_rate() == 0), "most were never shown");
}

#[test]
fn a_list_says_what_is_the_same_for_all_of_it() {
    let mut shop = Shop::learned();
    shop.liked = vec![(CategoryId(4), 2.0), (CategoryId(1), 1.0)];
    shop.click(900, 7);
    let context = [(fields::CONTEXT, 3), (fields::CONTEXT + 2, 9)];
    let mut found = Vec::new();
    let mut at = Timestamp::EPOCH;
    shop.ask(
        900,
        |_| {},
        |request| {
            at = request.at;
            found = list_fields(request, Rung::Personalized, &context);
            crate::ranking::recommend(request)
        },
    );
    let of = |number| found.iter().find(|(field, _)| *field == number).map(|(_, value)| *value);
    assert!(found.is_sorted());
    assert_eq!(of(fields::GROUP), Some(1));
    assert_eq!(of(fields::RUNG), Some(0));
    assert_eq!(of(fields::LAST_ITEM), Some(7));
    assert_eq!(of(fields::LIKED_CATEGORY), Some(4));
    assert_eq!((of(fields::CONTEXT), of(fields::CONTEXT + 2)), (Some(3), Some(9)));
    assert_eq!(of(fields::HOUR), Some((at.as_millis() / 3_600_000 % 24) as u32));
}

#[test]
fn days_of_the_week_begin_on_the_thursday_of_the_epoch() {
    let mut shop = Shop::new();
    let mut days = Vec::new();
    for day in [0, 3, 4, 10] {
        shop.ask(
            1,
            |_| {},
            |request| {
                let at = Timestamp::from_millis(day * 24 * 3_600_000);
                let fields = list_fields(&RankRequest { at, ..*request }, Rung::Popular, &[]);
                days.extend(
                    fields.iter().filter(|(number, _)| *number == fields::WEEKDAY).map(|it| it.1),
                );
                crate::ranking::popular(request)
            },
        );
    }
    assert_eq!(days, [0, 3, 4, 3]);
}

#[test]
fn context_is_hashed_with_its_key_and_ends_with_the_fields() {
    let ios = context_field(0, "device", "ios").unwrap();
    assert_eq!(ios.0, fields::CONTEXT);
    assert_eq!(ios, context_field(0, "device", "ios").unwrap());
    assert_ne!(ios.1, context_field(0, "page", "ios").unwrap().1);
    assert_ne!(ios.1, context_field(0, "device", "web").unwrap().1);
    assert_eq!(context_field(31, "k", "v").map(|it| it.0), Some(63));
    assert_eq!(context_field(32, "k", "v"), None);
    assert_eq!(context_field(256, "k", "v"), None);
}
