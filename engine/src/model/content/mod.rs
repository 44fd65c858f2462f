//! What items are made of: the ground on which an item that nobody chose yet can be judged.
//!
//! A document's categories, tags and title words are hashed features, an embedding of the caller's is numbers. A map from
//! both into the model's vectors and biases is learned from the items that are chosen, and says where a new item's row
//! starts.
//!
//! **Invariant:** the same document gives the same content on every node.
//!
//! Not here: the map (see [`map`]), which items have content (see [`described`]), retrieval (see
//! [`crate::retrieval::content_items`]).

pub mod checkpoint;
pub mod described;
pub mod likeness;
pub mod map;

use crate::NodeKey;
use crate::model::numeric::mix;
use crate::record::ItemDoc;

/// Numbers of hashed features.
pub const BUCKETS: u32 = 1 << 14;
/// Numbers that an embedding is brought to.
pub const EMBEDDING: usize = 64;
/// Features of an item: the first categories, then tags, then words.
pub const MOST_FEATURES: usize = 32;
/// Of which categories are at most so many.
const MOST_CATEGORIES: usize = 8;
/// Words of a title shorter than this say nothing.
const SHORTEST_WORD: usize = 2;

/// What one item is made of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Content {
    /// Hashed features below [`BUCKETS`]: first those of categories, then those of tags and words, each once and ascending.
    features: Box<[u16]>,
    /// How many are of categories.
    categories: u8,
    /// [`EMBEDDING`] numbers whose squares come to 1, or none.
    embedding: Box<[f32]>,
}

impl Content {
    /// That of a document.
    #[must_use]
    pub fn of(doc: &ItemDoc) -> Self {
        let categories = doc.categories.iter().map(|(_, name)| feature("category", name));
        let mut features = sorted(categories.take(MOST_CATEGORIES).collect());
        let categories = features.len();
        let tags = doc.tags.iter().map(|tag| feature("tag", tag));
        let title = doc.title.as_deref().unwrap_or_default().to_lowercase();
        let words = title.split(|c: char| !c.is_alphanumeric());
        let words = words.filter(|word| SHORTEST_WORD <= word.chars().count());
        let words = tags.chain(words.map(|word| feature("word", word)));
        features.extend(sorted(words.take(MOST_FEATURES - categories).collect()));
        Self {
            features: features.into(),
            categories: categories as u8,
            embedding: project(&doc.embedding),
        }
    }

    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.features.is_empty() && self.embedding.is_empty()
    }

    /// Rows of the map with how much each counts; the squares come to 1, or to 2 with an embedding.
    pub fn parts(&self) -> impl Iterator<Item = (u32, f32)> + '_ {
        let each = 1.0 / (self.features.len().max(1) as f32).sqrt();
        let features = self.features.iter().map(move |feature| (u32::from(*feature), each));
        let numbers = (BUCKETS..).zip(self.embedding.iter().copied());
        features.chain(numbers)
    }

    /// Features of its categories, and those of its tags and words.
    #[must_use]
    pub fn kinds(&self) -> [&[u16]; 2] {
        let (categories, words) = self.features.split_at(usize::from(self.categories));
        [categories, words]
    }

    /// Its embedding, of length 1; empty where it has none.
    #[must_use]
    pub fn embedding(&self) -> &[f32] {
        &self.embedding
    }

    pub(super) fn raw(&self) -> ([&[u16]; 2], &[f32]) {
        (self.kinds(), &self.embedding)
    }

    /// Content from a checkpoint; `None` where it is none that a document could have.
    pub(super) fn from_raw(kinds: &[Box<[u16]>; 2], embedding: Box<[f32]>) -> Option<Self> {
        let known = kinds.iter().all(|features| {
            features.iter().all(|feature| u32::from(*feature) < BUCKETS)
                && features.is_sorted_by(|a, b| a < b)
        });
        let few =
            kinds[0].len() <= MOST_CATEGORIES && kinds[0].len() + kinds[1].len() <= MOST_FEATURES;
        let whole = embedding.is_empty() || embedding.len() == EMBEDDING;
        let finite = embedding.iter().all(|number| number.is_finite());
        let categories = kinds[0].len() as u8;
        (known && few && whole && finite).then(|| Self {
            features: kinds.concat().into(),
            categories,
            embedding,
        })
    }
}

fn sorted(mut features: Vec<u16>) -> Vec<u16> {
    features.sort_unstable();
    features.dedup();
    features
}

fn feature(kind: &str, name: &str) -> u16 {
    let hash = NodeKey([0; 16]).hash(&[kind.as_bytes(), name.as_bytes()]);
    (hash % u64::from(BUCKETS)) as u16
}

/// Brings an embedding of any length to [`EMBEDDING`] numbers of length 1: longer ones by random signs, which nearly keeps the
/// angles between embeddings (Achlioptas, 2003); shorter ones get zeros behind.
fn project(embedding: &[f32]) -> Box<[f32]> {
    if embedding.iter().all(|number| *number == 0.0) || !embedding.iter().all(|x| x.is_finite()) {
        return Box::default();
    }
    // Twice, because squares of very large numbers are none.
    let largest = embedding.iter().fold(0.0_f32, |most, number| most.max(number.abs()));
    let mut into = vec![0.0; EMBEDDING];
    for (place, number) in embedding.iter().enumerate() {
        let number = number / largest;
        if embedding.len() <= EMBEDDING {
            into[place] = number;
            continue;
        }
        let signs = mix(embedding.len() as u64, place as u64);
        for (column, sum) in into.iter_mut().enumerate() {
            *sum += if signs >> column & 1 == 0 { number } else { -number };
        }
    }
    let length = into.iter().map(|x| x * x).sum::<f32>().sqrt();
    if length <= 0.0 {
        return Box::default();
    }
    into.iter().map(|x| x / length).collect()
}

#[cfg(test)]
mod tests;
