//! How like an item is to what a user chose, by what they are made of.
//!
//! A user's profile is the mean of their last items, newest counting most; an item's likeness is the cosine with it, of
//! categories in one number, of tags, words and embedding in another. Features count by how rare they are (`ln(N / n)`), so that
//! what every item has says nothing.
//!
//! **Invariant:** training and ranking ask the same table by the same functions.
//!
//! Not here: what it weighs (see [`crate::model::blend`]).

use std::sync::Arc;

use crate::ItemIndex;
use crate::catalogue::Chunked;
use crate::model::content::{BUCKETS, Content, EMBEDDING};
use crate::model::numeric::ln;
use crate::model::sample::ModelUser;

/// By how much an item of the history counts less than the one after it.
const FADE: f32 = 0.9;
/// Added to the rarity of categories, so that a catalogue of one category is still told from nothing.
const LEAST_RARITY: f32 = 0.1;
/// How much of a cosine of words is as good as a cosine of nothing: titles share few words.
const WORD_SCALE: f32 = 4.0;
/// Places of a profile; twice what 20 items of 32 features may need.
const PLACES: usize = 2_048;
const FREE: u16 = u16::MAX;

/// Items' content as it is read.
#[derive(Clone, Debug, Default)]
pub struct ContentTable {
    items: Chunked<Option<Arc<Content>>>,
    /// How rare each feature is; empty where no item has any.
    rarities: Arc<Vec<Rarity>>,
    described: u32,
}

/// How rare a feature is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Rarity {
    /// Items with it.
    documents: u32,
    /// `ln(N / n)`.
    value: f32,
}

impl ContentTable {
    /// The content of `item`, where it has some.
    #[must_use]
    pub fn content(&self, item: ItemIndex) -> Option<&Arc<Content>> {
        self.items.get(item.as_usize())?.as_ref()
    }

    /// One more than the highest item that ever had content.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether no item has content.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.described == 0
    }

    /// Sets what `item` is made of.
    pub(super) fn set(&mut self, item: ItemIndex, content: Content) {
        let before = rounded(self.described);
        let old = self.items.row_mut(item.as_usize()).take();
        let new = Some(content).filter(|content| !content.is_empty()).map(Arc::new);
        self.described = self.described + u32::from(new.is_some()) - u32::from(old.is_some());
        let rarities = Arc::make_mut(&mut self.rarities);
        rarities.resize(BUCKETS as usize, Rarity::default());
        let all = rounded(self.described);
        let mut count = |content: &Content, change: fn(u32) -> u32| {
            for feature in content.kinds().into_iter().flatten() {
                let rarity = &mut rarities[usize::from(*feature)];
                rarity.documents = change(rarity.documents);
                rarity.among(all);
            }
        };
        if let Some(old) = &old {
            count(old, |documents| documents - 1);
        }
        if let Some(new) = &new {
            count(new, |documents| documents + 1);
        }
        if all != before {
            for rarity in rarities.iter_mut() {
                rarity.among(all);
            }
        }
        *self.items.row_mut(item.as_usize()) = new;
    }

    /// Has room for `items`.
    pub(super) fn grow(&mut self, items: usize) {
        if 0 < items {
            let _ = self.items.row_mut(items - 1);
        }
    }

    fn rarity(&self, feature: u16) -> f32 {
        self.rarities.get(usize::from(feature)).map_or(0.0, |rarity| rarity.value)
    }

    /// Rarities of the features of one kind, with the length of the vector that they make.
    fn weights<'a>(
        &'a self,
        features: &'a [u16],
        kind: usize,
    ) -> (impl Iterator<Item = (u16, f32)> + 'a, f32) {
        let least = if kind == 0 { LEAST_RARITY } else { 0.0 };
        let each = move |feature: &u16| (*feature, self.rarity(*feature) + least);
        let length =
            features.iter().map(each).map(|(_, rarity)| rarity * rarity).sum::<f32>().sqrt();
        (features.iter().map(each), length)
    }
}

impl Rarity {
    fn among(&mut self, all: u32) {
        self.value = ln((all as f32 / self.documents.max(1) as f32).max(1.0));
    }
}

/// `described` to three binary places, so that the rarity of every feature is counted anew once in a while only.
const fn rounded(described: u32) -> u32 {
    let places = (u32::BITS - described.leading_zeros()).saturating_sub(3);
    described >> places << places
}

/// What a user's last items are made of, on average.
#[derive(Clone, Debug)]
pub struct Profile {
    keys: Box<[u16]>,
    sums: Box<[f32]>,
    taken: Vec<u16>,
    embedding: Vec<f32>,
    known: bool,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            keys: vec![FREE; PLACES].into(),
            sums: vec![0.0; PLACES].into(),
            taken: Vec::new(),
            embedding: vec![0.0; EMBEDDING],
            known: false,
        }
    }
}

impl PartialEq for Profile {
    fn eq(&self, other: &Self) -> bool {
        self.known == other.known && self.keys == other.keys && self.sums == other.sums
    }
}

impl Profile {
    /// That of `user`.
    pub fn form(&mut self, user: &ModelUser, table: &ContentTable) {
        self.clear();
        if table.is_empty() {
            return;
        }
        let (mut weight, mut total) = (1.0, 0.0);
        for (place, past) in user.history.iter().enumerate() {
            if user.history[..place].iter().any(|newer| newer.item == past.item) {
                continue;
            }
            if let Some(content) = table.content(past.item) {
                self.add(content, weight, table);
            }
            total += weight;
            weight *= FADE;
        }
        if 0.0 < total {
            for place in &self.taken {
                self.sums[usize::from(*place)] /= total;
            }
            self.embedding.iter_mut().for_each(|number| *number /= total);
        }
    }

    /// Whether anything is known of what the user's items are made of.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.known
    }

    /// How like `item` is: by categories, and by tags, words and embedding.
    #[must_use]
    pub fn likeness(&self, item: ItemIndex, table: &ContentTable) -> [f32; 2] {
        let content = if self.known { table.content(item) } else { None };
        let Some(content) = content else { return [0.0; 2] };
        let mut cosines = [0.0; 2];
        for (kind, features) in content.kinds().into_iter().enumerate() {
            let (weights, length) = table.weights(features, kind);
            if 0.0 < length {
                let sum: f32 = weights.map(|(feature, rarity)| self.sum(feature) * rarity).sum();
                cosines[kind] = sum / length;
            }
        }
        let numbers = content.embedding().iter().zip(&self.embedding);
        let near: f32 = numbers.map(|(a, b)| a * b).sum();
        [cosines[0], ln(1.0 + WORD_SCALE * cosines[1]) + near]
    }

    fn clear(&mut self) {
        for place in self.taken.drain(..) {
            self.keys[usize::from(place)] = FREE;
            self.sums[usize::from(place)] = 0.0;
        }
        self.embedding.fill(0.0);
        self.known = false;
    }

    fn add(&mut self, content: &Content, weight: f32, table: &ContentTable) {
        self.known = true;
        for (kind, features) in content.kinds().into_iter().enumerate() {
            let (weights, length) = table.weights(features, kind);
            if 0.0 < length {
                for (feature, rarity) in weights {
                    let place = self.place(feature);
                    if self.keys[place] == FREE {
                        self.keys[place] = feature;
                        self.taken.push(place as u16);
                    }
                    self.sums[place] += weight * rarity / length;
                }
            }
        }
        for (sum, number) in self.embedding.iter_mut().zip(content.embedding()) {
            *sum += weight * number;
        }
    }

    fn sum(&self, feature: u16) -> f32 {
        self.sums[self.place(feature)]
    }

    /// Where `feature` is, or would be. Features are hashes already, and there are more places than they may take.
    fn place(&self, feature: u16) -> usize {
        let mut place = usize::from(feature) % PLACES;
        while self.keys[place] != feature && self.keys[place] != FREE {
            place = (place + 1) % PLACES;
        }
        place
    }
}

#[cfg(test)]
mod tests;
