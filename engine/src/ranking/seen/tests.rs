use crate::EventTypeId;
use crate::ItemIndex;
use crate::activity::testing::{CLICK, DISLIKE, IMPRESSION};
use crate::ranking::testing::Shop;
use crate::ranking::{Repeats, Scenario, SeenTypes};

const DAY_MS: u64 = 86_400_000;

/// Whether item 2 is shown, a while after the user met it in these ways.
fn shown_after(met: &[EventTypeId], wait_ms: u64, rule: impl FnOnce(&mut Scenario)) -> bool {
    let mut shop = Shop::busy();
    shop.limit = 40;
    for event_type in met {
        shop.meet(999, 2, *event_type);
    }
    shop.stream.wait(wait_ms);
    let ranked = shop.recommend(999, rule);
    ranked.items.iter().any(|ranked| ranked.item == ItemIndex(2))
}

#[test]
fn an_item_rests_for_the_declared_days() {
    assert!(!shown_after(&[CLICK], 29 * DAY_MS, |_| {}));
    assert!(shown_after(&[CLICK], 31 * DAY_MS, |_| {}));
    let week = |scenario: &mut Scenario| scenario.seen.repeats = Repeats::AfterDays(7);
    assert!(shown_after(&[CLICK], 8 * DAY_MS, week));
}

#[test]
fn repeats_may_be_allowed_or_forbidden_for_good() {
    assert!(shown_after(&[CLICK], 0, |scenario| scenario.seen.repeats = Repeats::Allowed));
    assert!(!shown_after(&[DISLIKE], 0, |scenario| scenario.seen.repeats = Repeats::Allowed));
    let never = |scenario: &mut Scenario| scenario.seen.repeats = Repeats::Never;
    assert!(!shown_after(&[CLICK], 300 * DAY_MS, never));
}

#[test]
fn only_the_declared_types_count() {
    let clicks = |scenario: &mut Scenario| scenario.seen.types = SeenTypes::Listed(vec![CLICK]);
    assert!(shown_after(&[DISLIKE], 0, clicks));
    assert!(!shown_after(&[DISLIKE], 0, |_| {}));
    let exposures = |scenario: &mut Scenario| {
        scenario.seen.types = SeenTypes::Listed(vec![IMPRESSION]);
    };
    assert!(!shown_after(&[IMPRESSION], 0, exposures));
}

#[test]
fn three_exposures_in_a_day_without_a_reaction_are_enough() {
    assert!(shown_after(&[IMPRESSION; 2], 0, |_| {}));
    assert!(!shown_after(&[IMPRESSION; 3], 0, |_| {}));
    assert!(shown_after(&[IMPRESSION; 3], DAY_MS, |_| {}));
    let repeats = |scenario: &mut Scenario| scenario.seen.repeats = Repeats::Allowed;
    assert!(!shown_after(&[IMPRESSION; 3], 0, repeats));
    let reacted = [IMPRESSION, IMPRESSION, CLICK, IMPRESSION];
    assert!(shown_after(&reacted, 0, repeats));
    assert!(shown_after(&[IMPRESSION; 9], 0, |scenario| scenario.seen.exposures = 0));
}
