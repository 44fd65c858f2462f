use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::activity::testing::{CLICK, IMPRESSION, Stream, config, fact, put};
use crate::activity::view::best_first;
use crate::activity::{HalfLife, Window};
use crate::record::Mode;

#[test]
fn an_impression_moves_nothing_but_click_through() {
    let mut stream = Stream::new(config());
    stream.items(3);
    stream.fact(1, 0, IMPRESSION);
    let view = stream.activity.publish();
    assert_eq!(view.click_through(ItemIndex(0)).impressions, 1);
    assert_eq!((view.events(), view.popular(HalfLife::Short).len()), (0, 0));
    assert!(view.windowed(Window::Day, None).is_empty());
}

#[test]
fn a_backfilled_event_moves_lasting_popularity_and_neighbours_but_no_window_and_no_trend() {
    let mut stream = Stream::new(config());
    stream.items(3);
    for user in 0..10 {
        let mut old = fact(stream.next(), user, 0, CLICK);
        old.mode = Mode::Backfill;
        old.recent = vec![ItemIndex(1)];
        stream.activity.apply_fact(&old);
    }
    let view = stream.activity.publish();
    assert_eq!(view.popular(HalfLife::Long), [(ItemIndex(0), 5.0)]);
    assert_eq!(view.popular(HalfLife::Middle), [(ItemIndex(0), 0.0)]);
    assert_eq!(view.neighbours(ItemIndex(1)).len(), 1);
    assert!(view.windowed(Window::Day, None).is_empty() && view.trending().is_empty());
    assert_eq!((view.events(), view.click_through(ItemIndex(0)).clicks), (0, 0));
    assert_eq!(view.published_at(), Timestamp::EPOCH);
}

#[test]
fn a_backfill_of_any_length_stays_behind_what_is_chosen_now() {
    let mut stream = Stream::new(config());
    stream.items(30);
    for user in 0..20 {
        stream.fact(user, user, CLICK);
    }
    for user in 0..200 {
        let mut old = fact(stream.next(), user, 29, CLICK);
        old.mode = Mode::Backfill;
        stream.activity.apply_fact(&old);
    }
    let view = stream.activity.publish();
    for half_life in [HalfLife::Short, HalfLife::Middle] {
        let popular = view.popular(half_life);
        assert_eq!((popular.len(), popular[20].0), (21, ItemIndex(29)), "{half_life:?}");
    }
    assert_eq!(view.popular(HalfLife::Long)[0].0, ItemIndex(29));
}

#[test]
fn a_burst_is_the_first_trend_within_seconds_and_ticks_end_it() {
    let mut stream = Stream::new(config());
    stream.items(50);
    for round in 0..20_000_u64 {
        stream.wait(1_000);
        stream.fact(1_000 + round, round % 40, CLICK);
    }
    for user in 0..8 {
        stream.wait(500);
        stream.fact(user + 1, 45, CLICK);
    }
    assert_eq!(stream.activity.publish().trending()[0].0, ItemIndex(45));
    stream.wait(30 * 60_000);
    stream.tick();
    assert!(stream.activity.publish().trending().is_empty());
}

#[test]
fn activity_ages_for_a_day_after_the_last_choice_and_an_empty_one_never() {
    let mut stream = Stream::new(config());
    stream.items(2);
    stream.tick();
    assert!(!stream.activity.is_ageing());
    stream.fact(1, 0, IMPRESSION);
    assert!(!stream.activity.is_ageing());
    stream.fact(1, 0, CLICK);
    let mut hours = 0;
    while stream.activity.is_ageing() {
        assert!(!stream.activity.publish().windowed(Window::Day, None).is_empty());
        stream.wait(3_600_000);
        stream.tick();
        hours += 1;
    }
    assert_eq!(hours, 24);
    assert!(stream.activity.publish().windowed(Window::Day, None).is_empty());
}

/// A thousand clicks in one body made an item the most popular, and everything else fade.
#[test]
fn one_user_alone_makes_nothing_popular() {
    let mut stream = Stream::new(config());
    stream.items(5);
    for user in 0..30 {
        stream.fact(user, user % 3, CLICK);
    }
    let before = stream.activity.publish();
    for _ in 0..1_000 {
        stream.wait(3);
        stream.fact(77, 4, CLICK);
    }
    let view = stream.activity.publish();
    for half_life in HalfLife::ALL {
        assert_eq!(view.popular(half_life)[3].0, ItemIndex(4), "{half_life:?}");
        assert!(view.popularity(ItemIndex(4), half_life) < 2.01);
        let faded = view.popularity(ItemIndex(0), half_life);
        assert!(0.99 < faded / before.popularity(ItemIndex(0), half_life), "{half_life:?}");
    }
    // A look, a second look, a purchase.
    let windowed = view.windowed(Window::Hour, None);
    assert!(windowed.contains(&(ItemIndex(4), 3.0)), "{windowed:?}");
}

#[test]
fn one_busy_user_makes_no_trend() {
    let mut stream = Stream::new(config());
    stream.items(2);
    for _ in 0..200 {
        stream.wait(100);
        stream.fact(7, 1, CLICK);
    }
    assert!(stream.activity.publish().trending().is_empty());
}

#[test]
fn a_withdrawn_item_leaves_every_list_and_comes_back_when_it_is_put() {
    let mut stream = Stream::new(config());
    stream.items(2);
    stream.record(put(0, &[3]));
    stream.fact(1, 0, CLICK);
    let listed = |activity: &mut ItemActivity| {
        let view = activity.publish();
        let category = view.popular_in(CategoryId(3)).len();
        (view.popular(HalfLife::Long).len(), category, view.fresh().contains(&ItemIndex(0)))
    };
    assert_eq!(listed(&mut stream.activity), (1, 1, true));
    let at = stream.now();
    stream.record(RecordBody::ItemDelete { item: ItemIndex(0), at });
    assert_eq!(listed(&mut stream.activity), (0, 0, false));
    stream.record(put(0, &[4]));
    assert_eq!(listed(&mut stream.activity), (1, 0, true));
    assert_eq!(stream.activity.publish().popular_in(CategoryId(4)).len(), 1);
}

#[test]
fn the_newest_items_come_first_and_those_of_the_future_wait() {
    let mut stream = Stream::new(config());
    for item in 0..4 {
        stream.wait(1_000);
        stream.item(item);
    }
    let RecordBody::ItemPut { item, mut doc, at } = put(1, &[]) else { unreachable!() };
    doc.published_at = Some(stream.now().plus_millis(60_000));
    stream.record(RecordBody::ItemPut { item, doc, at });
    assert_eq!(stream.activity.publish().fresh(), [3, 2, 0].map(ItemIndex));
    stream.wait(60_000);
    stream.tick();
    assert_eq!(stream.activity.publish().fresh(), [1, 3, 2, 0].map(ItemIndex));
}

/// Streams of (user, item) choices over a few items.
fn choices() -> impl Strategy<Value = Vec<(u64, u64)>> {
    prop::collection::vec((0u64..12, 0u64..40), 1..400)
}

proptest! {
    #[test]
    fn neighbours_agree_with_a_recount_where_nothing_is_capped(choices in choices()) {
        let mut stream = Stream::new(config());
        stream.items(40);
        let mut together = BTreeMap::new();
        let mut positives = BTreeMap::new();
        for (user, item) in choices {
            for (back, other) in (1u16..).zip(stream.recent_of(user, item)) {
                let weight = f64::from(back).sqrt().recip();
                *together.entry((other.0, item as u32)).or_insert(0.0) += weight;
                *together.entry((item as u32, other.0)).or_insert(0.0) += weight;
            }
            *positives.entry(item as u32).or_insert(0.0) += 1.0_f64;
            stream.fact(user, item, CLICK);
        }
        let view = stream.activity.publish();
        for of in 0..40 {
            let near: BTreeMap<_, _> = view.neighbours(ItemIndex(of)).into_iter().collect();
            let plain = together.iter().filter(|((j, _), _)| *j == of);
            prop_assert_eq!(near.len(), plain.clone().count());
            for ((j, i), count) in plain {
                let expected = count / (positives[j].sqrt() * positives[i].sqrt());
                let found = f64::from(near[&ItemIndex(*i)]);
                prop_assert!((found - expected).abs() < 1e-4, "{found} {expected}");
            }
        }
    }

    #[test]
    fn lists_agree_with_a_full_sort_of_a_plain_recount(
        choices in choices(), categories in prop::collection::vec(0u32..3, 40),
    ) {
        let mut stream = Stream::new(config());
        for (item, category) in (0u32..).zip(&categories) {
            stream.record(put(item, &[*category]));
        }
        let mut plain: BTreeMap<u32, Vec<(u64, u64)>> = BTreeMap::new();
        let total = choices.len() as u64;
        for (place, (user, item)) in (1u64..).zip(choices) {
            stream.wait(user * 10_000);
            plain.entry(item as u32).or_default().push((place, stream.now().as_millis()));
            // A user of its own each: repeats count less.
            stream.fact_in(1_000 + place, item, &[categories[item as usize]]);
        }
        let now = stream.now().as_millis();
        let view = stream.activity.publish();
        let expect = |score: &dyn Fn(&(u64, u64)) -> f64, category: Option<u32>| {
            let members = plain.iter().filter(|(item, _)| {
                category.is_none_or(|category| categories[**item as usize] == category)
            });
            let scored = members.map(|(item, events)| {
                (ItemIndex(*item), events.iter().map(score).sum::<f64>() as f32)
            });
            let mut scored: Vec<_> = scored.filter(|scored| 0.0 < scored.1).collect();
            scored.sort_by(best_first);
            scored
        };
        for half_life in HalfLife::ALL {
            let events = f64::from(config().half_lives_events[half_life.place()]);
            let decayed = |(place, _): &(u64, u64)| (-((total - place) as f64) / events).exp2();
            assert_same(view.popular(half_life), &expect(&decayed, None));
            if half_life == HalfLife::Middle {
                assert_same(view.popular_in(CategoryId(1)), &expect(&decayed, Some(1)));
            }
        }
        for (window, width, tiles) in
            [(Window::FiveMinutes, 30_000, 10), (Window::Hour, 300_000, 12), (Window::Day, 3_600_000, 24)]
        {
            let inside = |(_, at): &(u64, u64)| f64::from(now / width < at / width + tiles);
            prop_assert_eq!(view.windowed(window, None), expect(&inside, None));
            prop_assert_eq!(view.windowed(window, Some(CategoryId(2))), expect(&inside, Some(2)));
            let total: f32 = expect(&inside, Some(2)).iter().map(|scored| scored.1).sum();
            prop_assert!((view.category_total(CategoryId(2), window) as f32 - total).abs() < 0.5);
        }
    }

    #[test]
    fn the_popular_stay_exact_in_a_catalogue_that_is_larger_than_the_pool(
        choices in prop::collection::vec((0u64..50, 0u64..300), 500..1_500),
    ) {
        let small = ActivityConfig { list_length: 8, ..config() };
        let mut stream = Stream::new(small);
        stream.items(300);
        let mut plain = vec![0.0_f64; 300];
        for (user, (_, item)) in (1..).zip(choices) {
            for count in &mut plain {
                *count *= (-1.0 / 3_000.0_f64).exp2();
            }
            plain[item as usize] += 1.0;
            stream.fact(user, item, CLICK);
        }
        let mut sorted = plain;
        sorted.sort_by(|a, b| b.total_cmp(a));
        let view = stream.activity.publish();
        let found: Vec<f32> = view.popular(HalfLife::Middle).iter().map(|scored| scored.1).collect();
        prop_assert_eq!(found.len(), 8);
        for (found, expected) in found.iter().zip(sorted) {
            prop_assert!((f64::from(*found) - expected).abs() < 1e-3, "{found} {expected}");
        }
    }
}

/// Scores agree place by place, and items wherever scores are apart.
fn assert_same(found: &[(ItemIndex, f32)], expected: &[(ItemIndex, f32)]) {
    assert_eq!(found.len(), expected.len());
    for (place, (a, b)) in found.iter().zip(expected).enumerate() {
        assert!((a.1 - b.1).abs() < 1e-3 * b.1.max(1.0), "place {place}: {a:?} {b:?}");
        let alone = expected.iter().filter(|other| (other.1 - b.1).abs() < 1e-3).count() == 1;
        assert!(!alone || a.0 == b.0, "place {place}: {a:?} {b:?}");
    }
}
