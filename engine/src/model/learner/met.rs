//! Items that must not be drawn against a choice: a bit each, so that a draw asks one word.
//!
//! **Invariant:** empty between two samples.
//!
//! Not here: which they are (the sample says).

use crate::ItemIndex;
use crate::model::sample::Sample;

/// A bit for each item.
#[derive(Clone, Debug, Default)]
pub(super) struct Met {
    words: Vec<u64>,
}

impl Met {
    /// The chosen item and those that its user met.
    pub fn set(&mut self, sample: &Sample) {
        for item in items(sample) {
            let word = item.as_usize() / 64;
            if self.words.len() <= word {
                self.words.resize(word + 1, 0);
            }
            self.words[word] |= 1 << (item.0 % 64);
        }
    }

    /// Whether `item` is one of them.
    #[inline]
    pub fn holds(&self, item: ItemIndex) -> bool {
        self.words.get(item.as_usize() / 64).is_some_and(|word| word & 1 << (item.0 % 64) != 0)
    }

    /// None any more.
    pub fn clear(&mut self, sample: &Sample) {
        for item in items(sample) {
            if let Some(word) = self.words.get_mut(item.as_usize() / 64) {
                *word = 0;
            }
        }
    }
}

fn items(sample: &Sample) -> impl Iterator<Item = ItemIndex> + '_ {
    sample.recent.iter().copied().chain([sample.item])
}
