use super::*;

fn at(place: f64) -> Listing {
    Listing { top: vec![ItemIndex(3), ItemIndex(1)], place: Some(place) }
}

#[test]
fn a_place_counts_within_every_length_that_holds_it() {
    let mut tally = Tally::new(&[1, 3]);
    tally.add((0, false), &at(1.0));
    tally.add((0, true), &at(3.0));
    tally.add((2, true), &at(4.0));
    tally.add((2, false), &Listing::default());
    let figures = tally.figures();
    assert_eq!(figures.hit_rates, [0.25, 0.5]);
    assert!((figures.ndcg - (1.0 + 0.5) / 4.0).abs() < 1e-12);
    assert!((figures.mrr - (1.0 + 1.0 / 3.0 + 0.25) / 4.0).abs() < 1e-12);
    assert_eq!(tally.shown(), 2);
    let sums = tally.users().iter().map(|user| (user.events, user.hits));
    assert_eq!(sums.collect::<Vec<_>>(), [(2, 2), (0, 0), (2, 0)]);
    let sums = tally.early().iter().map(|user| (user.events, user.hits));
    assert_eq!(sums.collect::<Vec<_>>(), [(1, 1), (0, 0), (1, 0)]);
}

#[test]
fn equal_scores_share_the_middle_of_their_places() {
    let items = [5, 9, 2, 7].map(ItemIndex);
    let scores = [1.0, 2.0, 1.0, 1.0];
    let listing = Listing::of_scores(&items, &scores, Some(ItemIndex(7)), 2);
    // Behind the second; second, third and fourth are shared by three.
    assert_eq!(listing.place, Some(3.0));
    assert_eq!(listing.top, [ItemIndex(9), ItemIndex(2)]);
    let nobody = Listing::of_scores(&items, &scores, Some(ItemIndex(1)), 2);
    assert_eq!(nobody.place, None);
}
