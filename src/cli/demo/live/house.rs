//! The rooms, their hosts and what they sell.
//!
//! Not here: who likes what (see `crowd`).

use serde_json::{Value, json};

/// A room.
#[derive(Debug)]
pub struct Room {
    /// Its id.
    pub id: &'static str,
    title: &'static str,
    host: &'static str,
    category: &'static str,
    /// What is on its shelf, in the host's order.
    pub products: [Product; 8],
    notices: [&'static str; 3],
}

/// A product.
#[derive(Clone, Copy, Debug)]
pub struct Product {
    name: &'static str,
    title: &'static str,
    emoji: &'static str,
    price: f32,
    /// What it is beside its room's category; viewers like some of these.
    pub trait_of: usize,
}

/// What products are besides, by number.
pub const TRAITS: [&str; 4] = ["classic", "colourful", "outdoor", "gift"];

/// In what else each product is to be had.
const COLOURS: [&str; 11] =
    ["white", "black", "red", "blue", "green", "sand", "night", "rose", "mint", "gold", "stone"];

const fn product(
    (name, title, emoji): (&'static str, &'static str, &'static str),
    price: f32,
    trait_of: usize,
) -> Product {
    Product { name, title, emoji, price, trait_of }
}

/// All rooms.
pub const ROOMS: [Room; 3] = [
    Room {
        id: "sneakers",
        title: "Sneakers tonight 今晚球鞋",
        host: "Mei",
        category: "shoes",
        products: [
            product(("retro", "Retro runner", "👟"), 79.0, 0),
            product(("court", "Court white", "🎾"), 65.0, 0),
            product(("trail", "Trail grip", "🥾"), 119.0, 2),
            product(("neon", "Neon pulse", "🌈"), 89.0, 1),
            product(("sandal", "River sandal", "🩴"), 39.0, 2),
            product(("kids", "Tiny steps", "🧒"), 35.0, 3),
            product(("socks", "Happy socks", "🧦"), 12.0, 3),
            product(("boot", "City boot", "👢"), 139.0, 1),
        ],
        notices: [
            "Flash sale: two pairs of socks for one, until nine",
            "尺码偏大, take one size down",
            "The retro runner is back in 38 to 45",
        ],
    },
    Room {
        id: "kitchen",
        title: "Kitchen with Jonas",
        host: "Jonas",
        category: "kitchen",
        products: [
            product(("wok", "Carbon steel wok", "🍳"), 49.0, 0),
            product(("knife", "Chef's knife", "🔪"), 95.0, 0),
            product(("stove", "Camping stove", "🏕️"), 59.0, 2),
            product(("bowls", "Rainbow bowls", "🥣"), 32.0, 1),
            product(("grill", "Table grill", "🔥"), 129.0, 2),
            product(("mug", "Mug for two", "☕"), 18.0, 3),
            product(("mill", "Pepper mill", "🌶️"), 42.0, 3),
            product(("apron", "Loud apron", "🧑‍🍳"), 25.0, 1),
        ],
        notices: [
            "Whoever buys the wok gets the recipe of tonight",
            "今晚的菜谱在直播结束后发给大家",
            "The next hundred knives come with a sheath",
        ],
    },
    Room {
        id: "tea",
        title: "茶 Tea hour with Lin",
        host: "林 Lin",
        category: "tea",
        products: [
            product(("longjing", "龙井 Longjing", "🍵"), 28.0, 0),
            product(("puer", "普洱 Pu'er cake", "🫖"), 45.0, 0),
            product(("flask", "Mountain flask", "⛰️"), 33.0, 2),
            product(("flower", "Flower tea", "🌸"), 16.0, 1),
            product(("gaiwan", "Travel gaiwan", "🧳"), 38.0, 2),
            product(("box", "Tasting box", "🎁"), 52.0, 3),
            product(("cups", "Painted cups", "🎨"), 24.0, 1),
            product(("honey", "Linden honey", "🍯"), 14.0, 3),
        ],
        notices: [
            "满五十包邮, free shipping from 50",
            "The first ten tasting boxes come with a cup",
            "今年的新茶到了",
        ],
    },
];

impl Room {
    /// What the node is told of the room.
    #[must_use]
    pub fn description(&self) -> Value {
        let products: Vec<String> = self.products.iter().map(|it| it.id(self)).collect();
        json!({ "title": self.title, "host": self.host, "categories": [self.category], "products": products })
    }

    /// What the node is told of its products: those on the shelf, and more of each in other colours.
    pub fn documents(&self) -> impl Iterator<Item = Value> {
        self.products.iter().flat_map(move |it| {
            let document = move |id: String, title: String, more: &[&str]| {
                let categories = [&[self.category, TRAITS[it.trait_of]], more].concat();
                json!({
                    "item_id": id, "kind": "product", "title": title, "price": it.price, "currency": "EUR",
                    "categories": categories, "properties": { "emoji": it.emoji },
                })
            };
            let coloured = move |colour: &&str| {
                let (id, title) = (it.id(self), it.title);
                document(format!("{id}-{colour}"), format!("{title}, {colour}"), &[*colour])
            };
            let shown = document(it.id(self), it.title.to_owned(), &[]);
            std::iter::once(shown).chain(COLOURS.iter().map(coloured))
        })
    }

    /// What is on show in the `turn`-th stretch.
    #[must_use]
    pub fn shown(&self, turn: u64) -> Product {
        self.products[(turn % self.products.len() as u64) as usize]
    }

    /// What the host says at its beginning, where they do: every third time.
    #[must_use]
    pub fn notice(&self, turn: u64) -> Option<&'static str> {
        let due = turn % 3 == 1;
        due.then(|| self.notices[(turn / 3 % self.notices.len() as u64) as usize])
    }
}

impl Product {
    /// Its name in the catalogue.
    #[must_use]
    pub fn id(&self, room: &Room) -> String {
        format!("{}-{}", room.category, self.name)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_product_has_a_name_of_its_own_and_is_on_one_shelf() {
        let documents: Vec<Value> = ROOMS.iter().flat_map(Room::documents).collect();
        let ids: BTreeSet<&str> =
            documents.iter().filter_map(|document| document["item_id"].as_str()).collect();
        assert_eq!((ids.len(), documents.len()), (288, 288));
        for room in &ROOMS {
            let description = room.description();
            let products: Vec<&str> = description["products"]
                .as_array()
                .unwrap()
                .iter()
                .filter_map(Value::as_str)
                .collect();
            assert_eq!(products.len(), 8);
            assert!(products.iter().all(|product| ids.contains(product)), "{products:?}");
        }
    }

    #[test]
    fn hosts_show_everything_in_turn_and_have_a_word_now_and_then() {
        let room = &ROOMS[0];
        let shown: BTreeSet<String> = (0..8).map(|turn| room.shown(turn).id(room)).collect();
        assert_eq!(shown.len(), 8);
        let said: BTreeSet<&str> = (0..9).filter_map(|turn| room.notice(turn)).collect();
        assert_eq!(said.len(), 3);
    }
}
