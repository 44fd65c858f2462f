//! The form of a word list, and reading it.
//!
//! Lines of entries, separated by tabs, under headings in brackets: `[feeling 1.5]` (-4 to 4), `[negation]`, `[strength 1.4]`,
//! `[price]`, `[link]`, `[size]`. Lines that begin with `#` and a space are remarks. An entry that stands under several
//! headings does all that they say; of two feelings the later one counts, so that a list of one's own can correct another.

use super::{Entry, Intent, Text, Words};

/// Why a list cannot be read.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("word list, line {line}: {problem}")]
pub struct WordsError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub problem: WordsProblem,
}

/// What is wrong with a line of a word list.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum WordsProblem {
    /// A heading that is none of those known.
    #[error("`{0}` is no heading; there are feeling, negation, strength, price, link and size")]
    Heading(Box<str>),
    /// A number is missing or out of range.
    #[error("`{0}` needs a number: a feeling from -4 to 4, a strength above 0 and up to 4")]
    Number(Box<str>),
    /// Entries before the first heading.
    #[error("entries before the first heading")]
    NoHeading,
    /// An entry of too many characters.
    #[error("`{0}` is longer than 40 characters")]
    Long(Box<str>),
}

const LONGEST_ENTRY: usize = 40;

#[derive(Clone, Copy)]
enum Heading {
    Feeling(f32),
    Negation,
    Strength(f32),
    Asks(Intent),
}

impl Words {
    /// Reads lists one after the other.
    ///
    /// # Errors
    /// The first line that cannot be read.
    pub fn parse(lists: &[&str]) -> Result<Self, WordsError> {
        let mut words = Self::default();
        for list in lists {
            words.add(list)?;
        }
        Ok(words)
    }

    fn add(&mut self, list: &str) -> Result<(), WordsError> {
        let mut heading = None;
        for (number, line) in list.lines().enumerate() {
            let fail = |problem| WordsError { line: number + 1, problem };
            if line.is_empty() || line.starts_with("# ") || line == "#" {
                continue;
            }
            if let Some(title) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                heading = Some(heading_of(title).map_err(fail)?);
                continue;
            }
            let heading = heading.ok_or(WordsProblem::NoHeading).map_err(fail)?;
            for word in line.split('\t').filter(|word| !word.is_empty()) {
                self.enter(word, heading).map_err(fail)?;
            }
        }
        Ok(())
    }

    fn enter(&mut self, word: &str, heading: Heading) -> Result<(), WordsProblem> {
        // As comments are read, so that what stands in a list can be found.
        let text = Text::of(word);
        if LONGEST_ENTRY < text.len() {
            return Err(WordsProblem::Long(word.into()));
        }
        let Some(first) = text.character(0) else { return Ok(()) };
        let longest = self.longest.entry(first).or_default();
        *longest = text.len().max(*longest);
        let entry = self.entries.entry(text.lower.into()).or_default();
        entry.take(heading);
        Ok(())
    }
}

impl Entry {
    fn take(&mut self, heading: Heading) {
        match heading {
            Heading::Feeling(feeling) => self.feeling = feeling,
            Heading::Negation => self.negates = true,
            Heading::Strength(strength) => self.strength = strength,
            Heading::Asks(intent) => self.asks[intent as usize] = true,
        }
    }
}

fn heading_of(title: &str) -> Result<Heading, WordsProblem> {
    let (name, number) = title.split_once(' ').unwrap_or((title, ""));
    let within = |least: f32, most: f32| {
        let number = number.trim().parse::<f32>().ok();
        number
            .filter(|number| (least..=most).contains(number))
            .ok_or_else(|| WordsProblem::Number(title.into()))
    };
    Ok(match name {
        "feeling" => Heading::Feeling(within(-4.0, 4.0)?),
        "negation" => Heading::Negation,
        "strength" => Heading::Strength(within(f32::MIN_POSITIVE, 4.0)?),
        "price" => Heading::Asks(Intent::Price),
        "link" => Heading::Asks(Intent::Link),
        "size" => Heading::Asks(Intent::Size),
        _ => return Err(WordsProblem::Heading(title.into())),
    })
}
