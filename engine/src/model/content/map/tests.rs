use super::*;
use crate::model::numeric::{LANE, dot};
use crate::record::ItemDoc;

fn content(words: &str) -> Content {
    Content::of(&ItemDoc { title: Some(words.into()), ..ItemDoc::default() })
}

fn vector(first: f32, second: f32) -> [Lane; 1] {
    let mut lane = [0.0; LANE];
    (lane[0], lane[1]) = (first, second);
    [Lane(lane)]
}

/// Red things lie in one direction, shoes in another, both with a bias of their own.
fn taught(times: usize) -> ContentMap {
    let mut map = ContentMap::new(1);
    let mut scratch = Prior::default();
    for _ in 0..times {
        map.learn(&content("red shirt"), (&vector(1.0, 0.0), 0.5), &mut scratch);
        map.learn(&content("red hat"), (&vector(1.0, 0.1), 0.5), &mut scratch);
        map.learn(&content("blue shoe"), (&vector(0.0, 1.0), -0.5), &mut scratch);
    }
    map
}

fn foretold(map: &ContentMap, words: &str) -> Prior {
    let mut prior = Prior::default();
    map.foretell(&content(words), &mut prior);
    prior
}

#[test]
fn an_item_never_met_is_placed_by_what_it_shares_with_others() {
    let map = taught(300);
    let red = foretold(&map, "red gloves");
    assert!(dot(&vector(0.0, 1.0), &red.vector) < 0.3 * dot(&vector(1.0, 0.0), &red.vector));
    assert!(0.0 < red.bias);
    assert!(foretold(&map, "blue gloves").bias < 0.0);
}

#[test]
fn certainty_grows_with_what_was_met_and_with_how_well_it_foretells() {
    assert!(foretold(&ContentMap::new(1), "red").certainty.abs() < 1e-9);
    let (few, many) = (foretold(&taught(2), "red shirt"), foretold(&taught(300), "red shirt"));
    assert!(few.certainty < many.certainty && 0.5 < many.certainty && many.certainty <= 1.0);
    let half = foretold(&taught(300), "red gloves").certainty;
    assert!(half < 0.6 * many.certainty, "{half}");
    let mut random = ContentMap::new(1);
    for turn in 0..600 {
        let sign = if turn % 2 == 0 { 1.0 } else { -1.0 };
        random.learn(&content("red"), (&vector(sign, 0.0), 0.0), &mut Prior::default());
    }
    assert!(foretold(&random, "red").certainty < 0.1);
}

#[test]
fn a_number_that_is_none_moves_nothing() {
    let mut map = taught(5);
    let before = foretold(&map, "red shirt");
    map.learn(&content("red"), (&vector(f32::NAN, 0.0), 0.0), &mut Prior::default());
    map.learn(&content("red"), (&vector(0.0, 0.0), f32::INFINITY), &mut Prior::default());
    assert_eq!(foretold(&map, "red shirt"), before);
}

#[test]
fn rows_are_cut_once_and_all_of_them_where_that_is_asked() {
    let mut map = taught(1);
    let first = map.take_uncut();
    assert!(first.is_sorted() && first.len() == 5, "{first:?}");
    assert_eq!(map.take_uncut(), []);
    map.recut();
    assert_eq!(map.take_uncut(), first);
}
