use super::*;

fn users(sums: &[(u32, u32)]) -> Vec<UserSums> {
    sums.iter()
        .map(|(events, hits)| UserSums {
            events: *events,
            hits: *hits,
            gain: 0.5 * f64::from(*hits),
        })
        .collect()
}

#[test]
fn a_method_is_no_better_than_itself() {
    let same = users(&[(4, 1), (0, 0), (9, 3)]);
    assert_eq!(difference(&same, &same, 7), Difference::default());
    assert_eq!(difference(&[], &[], 7), Difference::default());
}

#[test]
fn the_difference_is_that_of_all_events_together() {
    let found = difference(&users(&[(1, 1), (9, 0)]), &users(&[(1, 0), (9, 0)]), 7);
    let Difference { hit_rate: found, ndcg } = found;
    assert_eq!((ndcg.difference, ndcg.high), (0.5 * found.difference, 0.5));
    assert!((found.difference - 0.1).abs() < 1e-12, "{found:?}");
    // Draws of two users: none, one or both of them the lucky one.
    assert_eq!((found.low, found.high), (0.0, 1.0));
}

#[test]
fn an_interval_is_as_wide_as_the_theory_says() {
    let one: Vec<_> =
        (0..2_000_u32).map(|user| UserSums { events: 1, hits: user % 2, gain: 0.0 }).collect();
    let none = users(&[(1, 0); 2_000]);
    let found = difference(&one, &none, 7).hit_rate;
    let standard_error = 0.5 / 2_000.0_f64.sqrt();
    let width = found.high - found.low;
    assert!((width / (2.0 * 1.96 * standard_error) - 1.0).abs() < 0.15, "{found:?}");
    assert!(found.low < 0.5 && 0.5 < found.high);
}
