//! Names that senders use for types.

use super::*;
use crate::ingest::tests::Desk;

#[test]
fn a_type_is_found_by_any_of_its_names() {
    let desk = Desk::new();
    let check = |name: &str, canonical: &str| {
        let id = desk.names.resolve(name).unwrap();
        assert_eq!(desk.names.canonical(id), canonical, "{name}");
    };
    check("select_item", "select_item");
    check("CLICK", "select_item");
    check("Product Clicked", "select_item");
    check("product viewed", "view_item");
    check("detail-page-view", "view_item");
    check("add-to-cart", "add_to_cart");
    check("purchase-complete", "purchase");
    check("Video Content Playing", "video_progress");
}

#[test]
fn an_unknown_name_of_any_length_is_answered_with_the_nearest() {
    let desk = Desk::new();
    let nearest = |name: &str| match desk.names.resolve(name) {
        Err(Fault::UnknownType { nearest, name }) => (nearest, name.len()),
        other => panic!("{other:?}"),
    };
    assert_eq!(nearest("purchsae").0.as_deref(), Some("purchase"));
    assert_eq!(nearest("zzzz").0, None);
    assert!(nearest(&"ä".repeat(30_000)).1 < 200);
}
