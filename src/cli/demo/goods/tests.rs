use std::collections::HashSet;

use super::*;

#[test]
fn names_lead_back_to_items_and_titles_differ() {
    let items = 0..1_500;
    assert!(items.clone().all(|item| number(&id(item)) == Some(item)));
    let titles: HashSet<String> = items.clone().map(title).collect();
    assert_eq!(titles.len(), items.len());
    assert_eq!(number("sku-9"), None);
    assert_eq!(number("boot-1"), None, "1 is a tent");
}

#[test]
fn the_node_is_told_nothing_that_is_hidden() {
    let document = document(13);
    let mut fields: Vec<&String> = document.as_object().unwrap().keys().collect();
    fields.sort();
    assert_eq!(fields, ["categories", "item_id", "kind", "title"]);
    assert_eq!(
        (&document["title"], &document["categories"][0]),
        (&"Amber tent".into(), &"tents".into())
    );
}
