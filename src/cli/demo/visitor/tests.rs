use super::*;
use crate::cli::demo::script::{Phase, Script};
use crate::cli::demo::shop::OPENING_ITEMS;

fn shop() -> Shop {
    Shop::new(Dice::new(5))
}

fn calm() -> Moment {
    Moment { phase: Phase::Opening, round: 0, burst: None, drift: 0.0 }
}

/// Clicks of visitor `number` of `seed` over some pages.
fn browse(seed: u64, number: u64) -> Vec<Vec<usize>> {
    let mut visitor = Visitor::new(Dice::new(seed), number);
    let page = |page: usize| -> Vec<usize> { (10 * page..10 * page + 10).collect() };
    (0..40).map(|at| visitor.look_at(&shop(), &calm(), &page(at))).collect()
}

#[test]
fn a_visitor_is_the_same_for_the_same_seed_and_another_for_another() {
    assert_eq!(browse(1, 3), browse(1, 3));
    assert_ne!(browse(1, 3), browse(2, 3));
    assert_ne!(browse(1, 3), browse(1, 4));
}

#[test]
fn liked_items_are_clicked_more() {
    let (shop, moment) = (shop(), calm());
    let (mut liked, mut others) = (0, 0);
    for number in 0..200 {
        let visitor = Visitor::new(Dice::new(9), number);
        let taste = visitor.taste(&shop, 0.0);
        let mut items: Vec<usize> = (0..OPENING_ITEMS).collect();
        items.sort_by(|a, b| {
            let fit = |item: &usize| dot(&taste, &shop.nature(*item).latent);
            fit(b).total_cmp(&fit(a))
        });
        liked += visitor.clone().look_at(&shop, &moment, &items[..10]).len();
        others += visitor.clone().look_at(&shop, &moment, &items[OPENING_ITEMS - 10..]).len();
    }
    assert!(10 * others < liked, "{liked} clicks on what is liked, {others} on what is not");
}

#[test]
fn a_higher_place_is_looked_at_more_and_nothing_is_clicked_twice() {
    assert!((attention(0) - 1.0).abs() < f32::EPSILON);
    assert!((1..10).all(|place| attention(place) < attention(place - 1)));
    let mut visitor = Visitor::new(Dice::new(1), 1);
    let shown: Vec<usize> = (0..50).collect();
    let mut clicked = HashSet::new();
    for _ in 0..100 {
        for place in visitor.look_at(&shop(), &calm(), &shown) {
            assert!(clicked.insert(place), "{place} twice");
        }
    }
    assert!(!clicked.is_empty());
}

#[test]
fn tastes_drift_without_a_jump_and_end_elsewhere() {
    let (shop, visitor) = (shop(), Visitor::new(Dice::new(1), 1));
    let steps: Vec<Latent> =
        (0..=200).map(|step| visitor.taste(&shop, step as f32 / 100.0)).collect();
    assert!(steps.windows(2).all(|pair| 0.99 < dot(&pair[0], &pair[1])));
    assert!(dot(&steps[0], &steps[200]) < 0.9);
}

#[test]
fn a_burst_makes_its_category_wanted_by_all() {
    let (shop, taste) = (shop(), Visitor::new(Dice::new(1), 1).taste(&shop(), 0.0));
    let item = shop.nature(7);
    let viral = Moment { burst: Some(item.category), ..calm() };
    assert!(suits(&taste, &item, &calm()) < suits(&taste, &item, &viral));
}

#[test]
fn the_arms_are_sticky_and_split_evenly() {
    let dice = Dice::new(4);
    let mut split = [0_u32; Arm::ALL.len()];
    for number in 0..4_000 {
        assert_eq!(Visitor::new(dice, number).arm(), Arm::of(dice, number));
        split[Arm::of(dice, number).place()] += 1;
    }
    assert!(split.iter().all(|visitors| (900..1_100).contains(visitors)), "{split:?}");
}

#[test]
fn a_visitor_is_told_by_the_script_what_goes_viral() {
    let script = Script::new(Dice::new(1), 40.0);
    let bursts = (0..40).filter(|second| script.at(*second as f32).burst.is_some()).count();
    assert!((4..20).contains(&bursts), "{bursts}");
}

#[test]
fn a_newcomer_takes_the_place_of_a_visitor_with_a_name_and_tastes_of_its_own() {
    let mut visitor = Visitor::new(Dice::new(1), 3);
    let _ = visitor.look_at(&shop(), &calm(), &[1, 2, 3]);
    let newcomer = visitor.successor(800);
    assert_eq!((newcomer.name(), newcomer.pages()), ("visitor-803".to_owned(), 0));
    assert!(dot(&newcomer.taste(&shop(), 0.0), &visitor.taste(&shop(), 0.0)) < 0.99);
}
