//! The products on a room's shelf and what this audience does with them now.
//!
//! A product's pull is its clicks and adds, fading, over a prior that all share. The order follows the pull with a margin: a
//! product passes the one before it only if it has clearly more, so that two of a kind do not change places all the time.
//! How much an order differs from another is told as the share of attention that sees another product, where the place `p`
//! gets attention `1/p`.
//!
//! Not here: when an order is told (see `announcer`).

use rustc_hash::FxHashMap;

use super::config::ShelfConfig;
use super::event::HeatKind;
use super::fade::Fading;
use crate::{ItemIndex, Timestamp};

/// What is known of one product.
#[derive(Clone, Debug, PartialEq, bincode::Encode, bincode::Decode)]
struct Product {
    item: ItemIndex,
    pull: Fading,
    clicks: u64,
    adds: u64,
}

/// A product as the room tells it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ProductNow {
    /// Which.
    pub item: ItemIndex,
    /// Clicks and weighted adds of late, with the prior.
    pub pull: f64,
    /// Clicks ever.
    pub clicks: u64,
    /// Adds ever.
    pub adds: u64,
}

/// The shelf in the host's order.
#[derive(Clone, Debug, Default, PartialEq, bincode::Encode, bincode::Decode)]
pub(super) struct Shelf {
    products: Vec<Product>,
    /// The product on show.
    pub(super) shown: Option<ItemIndex>,
    /// Clicks and adds on what is not on the shelf.
    pub(super) elsewhere: u64,
}

impl Shelf {
    /// Puts these products on the shelf; what is known of those that stay is kept.
    pub(super) fn put(&mut self, items: &[ItemIndex], config: &ShelfConfig) {
        let mut known: FxHashMap<ItemIndex, Product> =
            self.products.drain(..).map(|product| (product.item, product)).collect();
        let mut taken = rustc_hash::FxHashSet::default();
        let fresh = items.iter().filter(|item| taken.insert(**item)).take(config.most);
        self.products =
            fresh.map(|item| known.remove(item).unwrap_or_else(|| Product::new(*item))).collect();
    }

    /// A click on or an add of a product; the shelf is short, so it is searched.
    pub(super) fn chosen(
        &mut self,
        item: ItemIndex,
        kind: HeatKind,
        at: Timestamp,
        config: &ShelfConfig,
    ) {
        let Some(product) = self.products.iter_mut().find(|product| product.item == item) else {
            self.elsewhere += 1;
            return;
        };
        let is_add = kind == HeatKind::Add;
        let weight = if is_add { config.add_weight } else { 1.0 };
        product.pull.add(weight, at, config.half_life_ms);
        product.clicks += u64::from(!is_add);
        product.adds += u64::from(is_add);
    }

    /// The products in the host's order.
    pub(super) fn now(&self, at: Timestamp, config: &ShelfConfig) -> Vec<ProductNow> {
        let told = |product: &Product| ProductNow {
            item: product.item,
            pull: config.prior + product.pull.at(at, config.half_life_ms),
            clicks: product.clicks,
            adds: product.adds,
        };
        self.products.iter().map(told).collect()
    }
}

impl Product {
    fn new(item: ItemIndex) -> Self {
        Self { item, pull: Fading::default(), clicks: 0, adds: 0 }
    }
}

/// The order that follows `before` now: products that came are where the host put them, those that are gone are left out.
#[must_use]
pub fn reordered(before: &[ItemIndex], shelf: &[ProductNow], margin: f64) -> Vec<ProductNow> {
    let places: FxHashMap<ItemIndex, usize> =
        before.iter().enumerate().map(|(place, item)| (*item, place)).collect();
    let mut order: Vec<ProductNow> = shelf.to_vec();
    order.sort_by_key(|product| places.get(&product.item).copied().unwrap_or(usize::MAX));
    for next in 1..order.len() {
        let mut place = next;
        while 0 < place && (1.0 + margin) * order[place - 1].pull < order[place].pull {
            order.swap(place - 1, place);
            place -= 1;
        }
    }
    order
}

/// The share of attention, 0 to 1, that sees another product in `after` than in `before`.
#[must_use]
pub fn moved(before: &[ItemIndex], after: &[ItemIndex]) -> f64 {
    let places = before.len().max(after.len());
    let attention = |place: usize| 1.0 / (place as f64 + 1.0);
    let all: f64 = (0..places).map(attention).sum();
    let other = (0..places).filter(|place| before.get(*place) != after.get(*place));
    if places == 0 { 0.0 } else { other.map(attention).sum::<f64>() / all }
}

#[cfg(test)]
mod tests;
