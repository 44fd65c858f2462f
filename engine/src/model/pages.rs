//! Shared things by dense number, in pages: a clone copies one pointer a page.
//!
//! A page holds [`PAGE`] slots, each empty or a shared thing. A clone of a table for a million items in chunks of 16
//! copies 977 pointers; the first write into a page that a clone still shares copies its 64 slots.
//!
//! **Invariant:** a clone never sees a write made after it was taken.
//!
//! Not here: what the things are.

use std::sync::Arc;

/// Slots in a page.
pub const PAGE: usize = 64;

type Page<T> = Arc<[Option<T>; PAGE]>;

/// Slots by number.
#[derive(Clone, Debug)]
pub struct Pages<T> {
    pages: Vec<Page<T>>,
}

impl<T> Default for Pages<T> {
    fn default() -> Self {
        Self { pages: Vec::new() }
    }
}

impl<T: Clone> Pages<T> {
    /// What is in slot `place`.
    #[must_use]
    #[inline]
    pub fn get(&self, place: usize) -> Option<&T> {
        self.pages.get(place / PAGE)?[place % PAGE].as_ref()
    }

    /// Puts `thing` into slot `place`, or empties it.
    pub fn set(&mut self, place: usize, thing: Option<T>) {
        while self.pages.len() <= place / PAGE {
            self.pages.push(Arc::new([const { None }; PAGE]));
        }
        Arc::make_mut(&mut self.pages[place / PAGE])[place % PAGE] = thing;
    }

    /// All that is in a slot, in order, with the slots' numbers.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &T)> {
        let slots = self.pages.iter().flat_map(|page| page.iter()).enumerate();
        slots.filter_map(|(place, thing)| Some((place, thing.as_ref()?)))
    }
}

#[cfg(test)]
mod tests;
