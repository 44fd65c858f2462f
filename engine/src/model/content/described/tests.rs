use super::*;
use crate::model::numeric::{dot, squared};
use crate::model::testing::{HashSources, Stream, small};
use crate::model::{Effort, ModelConfig};
use crate::part::PartEntry;
use crate::record::ItemDoc;
use crate::retrieval::SourceSet;

fn content(words: &str) -> Content {
    Content::of(&ItemDoc { title: Some(words.into()), ..ItemDoc::default() })
}

fn config() -> ModelConfig {
    ModelConfig { start_deviation: 0.1, ..small() }
}

/// Items 0 to 9 are red, 10 to 19 blue; users stay with a colour.
fn colours(choices: usize) -> Learner {
    let mut learner = Learner::new(3, config());
    for item in 0..20 {
        learner.describe(ItemIndex(item), &content(if item < 10 { "red" } else { "blue" }));
    }
    choose(&mut learner, choices);
    learner
}

fn choose(learner: &mut Learner, choices: usize) {
    let mut stream = Stream::new(11, 10, 12);
    for _ in 0..choices {
        let mut sample = stream.sample();
        if sample.user.hash % 2 == 1 {
            sample.item.0 += 10;
            sample.user.history.iter_mut().for_each(|past| past.item.0 += 10);
        }
        let _ = learner.learn(&sample, &HashSources, Effort::Full);
        learner.learn_content(sample.item);
    }
}

fn row(learner: &Learner, item: u32) -> Vec<crate::model::numeric::Lane> {
    learner.items.target(ItemIndex(item)).expect("a row").to_vec()
}

fn cosine(a: &[crate::model::numeric::Lane], b: &[crate::model::numeric::Lane]) -> f32 {
    dot(a, b) / (squared(a) * squared(b)).sqrt()
}

#[test]
fn a_new_item_starts_among_those_it_is_like() {
    let mut learner = colours(600);
    learner.describe(ItemIndex(100), &content("red"));
    let mean = |items: std::ops::Range<u32>| {
        let mut sum = vec![crate::model::numeric::Lane::default(); 1];
        items.for_each(|item| add_scaled(&mut sum, 0.1, &row(&learner, item)));
        sum
    };
    let new = row(&learner, 100);
    let (red, blue) = (cosine(&new, &mean(0..10)), cosine(&new, &mean(10..20)));
    assert!(blue + 0.3 < red, "red {red}, blue {blue}");
}

#[test]
fn without_content_an_item_starts_as_it_always_did() {
    let mut plain = Learner::new(3, config());
    plain.describe(ItemIndex(5), &Content::default());
    assert!(!plain.items.has(ItemIndex(5)) && plain.described().is_empty());
}

#[test]
fn an_item_that_was_chosen_is_moved_by_its_content_no_more() {
    let mut learner = colours(300);
    let before = row(&learner, 0);
    learner.describe(ItemIndex(0), &content("blue"));
    assert_eq!(row(&learner, 0), before);
    assert_eq!(**learner.described().content(ItemIndex(0)).unwrap(), content("blue"));
}

#[test]
fn a_new_item_counts_for_an_average_one_until_that_fades() {
    let mut learner = colours(300);
    learner.describe(ItemIndex(100), &content("red"));
    let counts = |learner: &Learner| {
        let head = learner.items.head(ItemIndex(100)).unwrap();
        let touched = learner.count.full(head.touched);
        learner.count.counts(&crate::model::popularity::Popularity { counts: head.counts, touched })
    };
    let first = counts(&learner);
    assert!(0.0 < first[0] && first[0] <= 300.0 / FEWEST as f32);
    choose(&mut learner, 600);
    assert!(counts(&learner)[0] < 0.3 * first[0]);
}

#[test]
fn what_waits_is_placed_anew_as_the_map_learns() {
    let mut learner = colours(0);
    learner.describe(ItemIndex(100), &content("red"));
    let before = row(&learner, 100);
    choose(&mut learner, 600);
    assert_ne!(row(&learner, 100), before);
}

fn keep(kept: &mut std::collections::BTreeMap<Vec<u8>, Vec<u8>>, entries: Vec<PartEntry>) {
    for PartEntry { key, value } in entries {
        match value {
            Some(value) => kept.insert(key, value),
            None => kept.remove(&key),
        };
    }
}

#[test]
fn a_restored_learner_goes_on_as_the_one_that_was_cut() {
    let mut learner = colours(200);
    let mut kept = std::collections::BTreeMap::new();
    keep(&mut kept, learner.cut().entries);
    learner.describe(ItemIndex(50), &content("red and blue"));
    learner.describe(ItemIndex(19), &Content::default());
    choose(&mut learner, 50);
    keep(&mut kept, learner.cut().entries);
    let mut back = Learner::restore(3, config(), kept).unwrap();
    assert_eq!(back.digest(), learner.digest());
    for each in [&mut learner, &mut back] {
        choose(each, 100);
    }
    assert_eq!(back.digest(), learner.digest());
    back.recut();
    let mut whole = std::collections::BTreeMap::new();
    keep(&mut whole, back.cut().entries);
    assert_eq!(Learner::restore(3, config(), whole).unwrap().digest(), learner.digest());
}

#[test]
fn where_content_is_switched_off_documents_move_nothing_and_are_known_all_the_same() {
    let off = ModelConfig { sources: SourceSet::ALL.without(Source::Content), ..config() };
    let mut with = Learner::new(3, off.clone());
    for item in 0..20 {
        with.describe(ItemIndex(item), &content(if item < 10 { "red" } else { "blue" }));
    }
    choose(&mut with, 200);
    let mut without = Learner::new(3, off);
    choose(&mut without, 200);
    let rows = |learner: &Learner| (0..20).map(|item| row(learner, item)).collect::<Vec<_>>();
    assert_eq!(rows(&with), rows(&without));
    assert_eq!(with.shared, without.shared);
    assert_eq!(**with.described().content(ItemIndex(0)).unwrap(), content("red"));
}
