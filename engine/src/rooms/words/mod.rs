//! Reading a comment with word lists: how it feels, and what it asks for.
//!
//! A list is text that the user may replace (see [`lists`]). A comment is read from left to right, at each place by the longest
//! entry that fits: whole words where letters are Latin, anything elsewhere, so that Chinese needs no segmentation. A negation
//! or a word of strength counts for what follows within three words. The sum is brought between -1 and 1 by
//! `x / sqrt(x² + 15)`; this and the factor of a negation are those of VADER (Hutto and Gilbert, 2014).
//!
//! **Invariant:** the same comment gives the same reading on every machine; the work is bounded by [`LONGEST_COMMENT`].
//!
//! Not here: irony, and who wrote it.

mod lists;

pub use lists::{WordsError, WordsProblem};

use rustc_hash::FxHashMap;

/// Characters of a comment that are read.
pub const LONGEST_COMMENT: usize = 300;

/// What a negation leaves of what follows.
const NEGATED: f32 = -0.74;
/// Words and characters for which a negation or a strength counts.
const REACH: usize = 3;
/// What brings sums between -1 and 1.
const EVENNESS: f32 = 15.0;

/// What a comment asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// What it costs.
    Price,
    /// Where to get it.
    Link,
    /// Whether it fits.
    Size,
}

/// How many intents there are.
pub const INTENTS: usize = 3;

/// What a comment says.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Reading {
    /// How it feels, -1 to 1; 0 for what says nothing.
    pub feeling: f32,
    /// What it asks for, by [`Intent`].
    pub asks: [bool; INTENTS],
}

/// What an entry of a list does.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Entry {
    feeling: f32,
    negates: bool,
    /// Factor of what follows; 0 for none.
    strength: f32,
    asks: [bool; INTENTS],
}

/// All lists together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Words {
    entries: FxHashMap<Box<str>, Entry>,
    /// Characters of the longest entry by its first.
    longest: FxHashMap<char, usize>,
}

/// What stands before a word and changes what it says.
#[derive(Clone, Copy)]
struct Before {
    factor: f32,
    reach: usize,
}

const NOTHING: Before = Before { factor: 1.0, reach: 0 };

impl Words {
    /// Entries known.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether no list was given.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Reads a comment.
    #[must_use]
    pub fn read(&self, comment: &str) -> Reading {
        let text = Text::of(comment);
        let (mut sum, mut before, mut reading) = (0.0f32, NOTHING, Reading::default());
        let mut place = 0;
        while place < text.len() {
            let Some((entry, length)) = self.longest_at(&text, place) else {
                before = text.passed(place, before);
                place = text.after(place);
                continue;
            };
            place += length;
            for (asks, also) in reading.asks.iter_mut().zip(entry.asks) {
                *asks |= also;
            }
            if entry.feeling != 0.0 && !entry.negates {
                sum += entry.feeling * before.factor;
                before = NOTHING;
            } else {
                before = before.then(entry);
            }
        }
        reading.feeling = sum / (sum * sum + EVENNESS).sqrt();
        reading
    }

    fn longest_at(&self, text: &Text, place: usize) -> Option<(&Entry, usize)> {
        let most = *self.longest.get(&text.character(place)?)?;
        (1..=most.min(text.len() - place)).rev().find_map(|length| {
            let words = text.words(place, place + length)?;
            self.entries.get(words).map(|entry| (entry, length))
        })
    }
}

impl Before {
    fn then(self, entry: &Entry) -> Self {
        let factor = match (entry.negates, entry.strength) {
            (true, _) => NEGATED,
            (false, strength) if strength != 0.0 => strength,
            _ => return self,
        };
        let before = if 0 < self.reach { self.factor } else { 1.0 };
        Self { factor: before * factor, reach: REACH }
    }

    /// One more word went by.
    fn one_on(self) -> Self {
        if self.reach <= 1 { NOTHING } else { Self { reach: self.reach - 1, ..self } }
    }
}

/// A comment in lower case, runs of more than two equal characters cut to two.
struct Text {
    lower: String,
    /// Where each character starts, and the end.
    starts: Vec<usize>,
    characters: Vec<char>,
}

impl Text {
    fn of(comment: &str) -> Self {
        let mut text = Self { lower: String::new(), starts: vec![0], characters: Vec::new() };
        let lower = comment.chars().take(LONGEST_COMMENT).flat_map(char::to_lowercase);
        for character in lower.map(|c| if c == '\u{2019}' { '\'' } else { c }) {
            if let [.., two, one] = text.characters[..]
                && one == character
                && two == character
            {
                continue;
            }
            text.characters.push(character);
            text.lower.push(character);
            text.starts.push(text.lower.len());
        }
        text
    }

    fn len(&self) -> usize {
        self.characters.len()
    }

    fn character(&self, place: usize) -> Option<char> {
        self.characters.get(place).copied()
    }

    /// The text from `start` to `end`, where neither cuts a Latin word in two.
    fn words(&self, start: usize, end: usize) -> Option<&str> {
        let cuts = |place: usize| {
            0 < place
                && place < self.len()
                && is_latin(self.characters[place - 1])
                && is_latin(self.characters[place])
        };
        (!cuts(start) && !cuts(end)).then(|| &self.lower[self.starts[start]..self.starts[end]])
    }

    /// Behind the word or character at `place`.
    fn after(&self, place: usize) -> usize {
        let mut next = place + 1;
        if is_latin(self.characters[place]) {
            while next < self.len() && is_latin(self.characters[next]) {
                next += 1;
            }
        }
        next
    }

    /// What is left of what stood before, behind the word or character at `place`.
    fn passed(&self, place: usize, before: Before) -> Before {
        match self.characters[place] {
            ' ' => before,
            '.' | ',' | '!' | '?' | ';' | '。' | '，' | '！' | '？' | '；' | '\n' => NOTHING,
            _ => before.one_on(),
        }
    }
}

/// Letters that make words with spaces between.
fn is_latin(character: char) -> bool {
    (character.is_alphanumeric() || character == '\'') && (character as u32) < 0x250
}

#[cfg(test)]
mod tests;
