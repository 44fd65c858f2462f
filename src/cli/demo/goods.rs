//! What the shop sells, by name: all that the node is told of an item.
//!
//! Not here: how an item is (see `shop`).

use serde_json::{Value, json};

/// Number of categories.
pub const CATEGORIES: usize = KINDS.len();

/// Categories, and what one item of each is called.
const KINDS: [(&str, &str); 12] = [
    ("boots", "boot"),
    ("tents", "tent"),
    ("lamps", "lamp"),
    ("mugs", "mug"),
    ("coats", "coat"),
    ("bikes", "bike"),
    ("books", "book"),
    ("plants", "plant"),
    ("chairs", "chair"),
    ("games", "game"),
    ("knives", "knife"),
    ("scarves", "scarf"),
];

const NAMES: [&str; 50] = [
    "Alder", "Amber", "Anchor", "Arctic", "Ash", "Aspen", "Birch", "Bramble", "Brook", "Cedar",
    "Cinder", "Clover", "Cobalt", "Copper", "Coral", "Dune", "Ember", "Fern", "Fjord", "Flint",
    "Garnet", "Granite", "Harbour", "Hazel", "Heather", "Indigo", "Iris", "Ivory", "Jade",
    "Juniper", "Lark", "Linden", "Maple", "Marsh", "Meadow", "Moss", "North", "Ochre", "Olive",
    "Onyx", "Opal", "Pebble", "Pine", "Quartz", "Raven", "Sable", "Slate", "Thistle", "Tide",
    "Willow",
];

/// What a category is called.
#[must_use]
pub fn category_name(category: usize) -> &'static str {
    KINDS[category].0
}

/// The category of an item.
#[must_use]
pub fn category(item: usize) -> usize {
    item % CATEGORIES
}

/// The item's name in the node's catalogue.
#[must_use]
pub fn id(item: usize) -> String {
    format!("{}-{item}", KINDS[category(item)].1)
}

/// The number of the item of this name.
#[must_use]
pub fn number(name: &str) -> Option<usize> {
    let item = name.rsplit_once('-')?.1.parse().ok()?;
    (id(item) == name).then_some(item)
}

/// What the item is called.
#[must_use]
pub fn title(item: usize) -> String {
    let (place, kind) = (item / CATEGORIES, KINDS[category(item)].1);
    let name = NAMES[place % NAMES.len()];
    match place / NAMES.len() {
        0 => format!("{name} {kind}"),
        edition => format!("{name} {kind} {}", edition + 1),
    }
}

/// The item as a document for the catalogue.
#[must_use]
pub fn document(item: usize) -> Value {
    json!({
        "item_id": id(item), "kind": "product", "title": title(item),
        "categories": [category_name(category(item))],
    })
}

#[cfg(test)]
mod tests;
