//! Tests of pages.

use super::*;

#[test]
fn a_clone_never_sees_a_later_write() {
    let mut pages = Pages::default();
    for place in [0, 63, 64, 500] {
        pages.set(place, Some(place));
    }
    let clone = pages.clone();
    pages.set(63, Some(9));
    pages.set(64, None);
    pages.set(900, Some(1));
    assert_eq!(clone.iter().collect::<Vec<_>>(), [(0, &0), (63, &63), (64, &64), (500, &500)]);
    assert_eq!(pages.iter().collect::<Vec<_>>(), [(0, &0), (63, &9), (500, &500), (900, &1)]);
    assert_eq!((pages.get(1), pages.get(100_000)), (None, None));
}

#[test]
fn a_write_copies_one_page_of_a_clone() {
    let mut pages = Pages::default();
    for place in 0..1_000 {
        pages.set(place, Some(place));
    }
    let clone = pages.clone();
    pages.set(100, Some(0));
    let shared = clone.pages.iter().zip(&pages.pages).filter(|(a, b)| Arc::ptr_eq(a, b)).count();
    assert_eq!(shared, clone.pages.len() - 1);
}
