//! What declared features and tags said at the moment of a list, as the click head is told of it.
//!
//! A declared feature that takes part in ranking is an input: a fingerprint of its declaration with the declared classes,
//! and the class that its value fell in, 1 to 255; 0 where there was no value. What is the same for the whole list stands
//! once; of each item stands one byte an input.
//!
//! **Invariant:** what is on record says itself what it means: a fingerprint follows from a declaration, not from its place
//! among others, and one that is not declared any more still tells the same input.
//!
//! Not here: classes (see [`crate::features`]), what is learned of them (see [`crate::model::click`]).

use bincode::{Decode, Encode};

/// The class of an input that had no value.
pub const NO_CLASS: u8 = 0;

/// Declared inputs of a list and of its items, and the tags that its user had.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct DeclaredValues {
    /// Inputs that the whole list shares, each with its class.
    pub of_list: Vec<(u32, u8)>,
    /// Inputs that each item has of its own.
    pub of_items: Vec<u32>,
    /// The items' classes, those of one item behind those of the one before: as many as items times `of_items`.
    pub classes: Vec<u8>,
    /// Tags that took part.
    pub tags: Vec<ServedTag>,
}

/// A tag that a list's user had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ServedTag {
    /// Fingerprint of the pattern that set it.
    pub pattern: u32,
    /// What the newest match had in common: item, category or room; 0 for nothing but the user.
    pub binding: u64,
    /// Whether the click head was told of it.
    pub ranked: bool,
}

impl DeclaredValues {
    /// Whether nothing is said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.of_list.is_empty() && self.of_items.is_empty() && self.tags.is_empty()
    }

    /// The inputs of the item at `place`, from 0, each with its class.
    pub fn of_item(&self, place: usize) -> impl Iterator<Item = (u32, u8)> + '_ {
        let each = self.of_items.len();
        let start = place.saturating_mul(each).min(self.classes.len());
        let classes = self.classes[start..].iter().take(each);
        self.of_items.iter().zip(classes).map(|(input, class)| (*input, *class))
    }

    /// Bytes that it takes beside its own.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let inputs =
            self.of_list.len() * size_of::<(u32, u8)>() + self.of_items.len() * size_of::<u32>();
        let tags = self.tags.len() * size_of::<ServedTag>();
        size_of::<Self>() + inputs + self.classes.len() + tags
    }
}

#[cfg(test)]
mod tests;
