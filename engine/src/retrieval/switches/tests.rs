use super::*;
use crate::ItemIndex;
use crate::ranking::testing::Shop;
use crate::ranking::{CandidatePool, Exploring, Ladder, explain};

/// A shop in which every source has something to say of somebody.
fn shop() -> Shop {
    let mut shop = Shop::busy();
    shop.describe(41, |doc| doc.categories = crate::activity::testing::categories(&[1]));
    for item in 5..8 {
        shop.click(901, item);
    }
    for user in 0..40 {
        shop.stream.wait(500);
        shop.click(2_000 + user, 6);
        shop.click(2_000 + user, 9);
    }
    shop.liked = vec![(crate::CategoryId(1), 3.0)];
    shop.publish();
    shop
}

fn part(source: Source, of: &crate::ranking::ScoreParts) -> f32 {
    of.named().into_iter().find(|(name, _)| *name == source.name()).map_or(0.0, |(_, part)| part)
}

fn off(source: Source) -> impl Fn(&mut crate::ranking::Scenario) {
    move |scenario| scenario.sources.asked = scenario.sources.asked.without(source)
}

#[test]
fn a_source_that_is_off_names_nothing_and_adds_nothing() {
    for learned in [true, false] {
        let mut shop = shop();
        if !learned {
            shop.model = None;
        }
        shop.limit = 30;
        for source in Source::ALL {
            // The view of this shop's visitors holds a visit only as the model sees it.
            let of = |shop: &mut Shop, change: &dyn Fn(&mut crate::ranking::Scenario)| {
                let mut parts = 0.0;
                let mut named = 0;
                for item in (0..42).map(ItemIndex) {
                    let told = shop.ask(901, change, |request| explain(request, Ladder::Top, item));
                    named += usize::from(told.named_by.contains(&source));
                    parts += told.scored.map_or(0.0, |scored| part(source, &scored.parts).abs());
                }
                (named, parts)
            };
            let (named, parts) = of(&mut shop, &|_| {});
            let of_models =
                [Source::Session, Source::Model, Source::SimilarSessions, Source::Content];
            // This shop has no live rooms; see the tests of `retrieval::rooms`.
            let speaks = (learned || !of_models.contains(&source)) && source != Source::Rooms;
            assert_eq!(0 < named, speaks, "{source:?} {learned}");
            // The blend learns what it may weigh: some sources need not have a weight above 0.
            assert!(0.0 < parts || learned || !speaks, "{source:?} {learned}");
            assert_eq!(of(&mut shop, &off(source)), (0, 0.0), "{source:?} {learned}");
        }
    }
}

#[test]
fn lists_go_on_with_every_source_off() {
    for learned in [true, false] {
        let mut shop = shop();
        if !learned {
            shop.model = None;
        }
        let none = |scenario: &mut crate::ranking::Scenario| {
            for source in Source::ALL {
                scenario.sources.asked = scenario.sources.asked.without(source);
            }
        };
        shop.explore = Some(Exploring { seed: 3 });
        let ranked = shop.recommend(901, none);
        assert_eq!(ranked.items.len(), 10);
        shop.explore = None;
        let ranked = shop.recommend(901, none);
        let silent = |ranked: &crate::ranking::RankedItem| {
            Source::ALL.iter().all(|source| part(*source, &ranked.parts) == 0.0)
        };
        assert!(ranked.items.len() == 10 && ranked.items.iter().all(silent));
    }
}

#[test]
fn a_quota_bounds_what_a_source_names() {
    let mut shop = shop();
    let candidates = |shop: &mut Shop, source: Source, quota: usize| {
        let change = |scenario: &mut crate::ranking::Scenario| {
            for other in Source::ALL.into_iter().filter(|other| *other != source) {
                scenario.sources.asked = scenario.sources.asked.without(other);
            }
            scenario.sources.quotas[source.place()] = quota;
        };
        shop.limit = 1;
        shop.ask(901, change, |request| {
            assert_eq!(request.pool, CandidatePool::Retrieve);
            explain(request, Ladder::Top, ItemIndex(0)).candidates
        })
    };
    // Three half-lives name the same items, and each naming counts.
    let popular = [3, 30].map(|quota| candidates(&mut shop, Source::Popular, quota));
    assert!((1..=3).contains(&popular[0]) && 3 < popular[1] && popular[1] <= 30, "{popular:?}");
    assert_eq!(candidates(&mut shop, Source::Model, 5), 5);
    assert_eq!(candidates(&mut shop, Source::Fresh, 4), 4);
}
