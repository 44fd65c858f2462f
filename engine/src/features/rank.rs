//! How a feature's value becomes an input of the click head: which class it falls in.
//!
//! The click head takes features that are there or not, so a number is put into a class: of powers of two, between declared
//! bounds, or of equal width. Class 0 is for no value; classes 1 to 255 grow with it.
//!
//! **Invariant:** a class follows from the value and the declared form alone, the same on every machine: no logarithm is
//! computed.
//!
//! **Invariant:** an input's fingerprint follows from what is counted and how it is put into classes, and not from the
//! feature's name or its place among others.
//!
//! Not here: where values come from (see [`super::read`]), what is learned of classes (see [`crate::model::click`]).

use std::fmt;

use bincode::{Decode, Encode};

use super::PUBLIC_KEY;
use super::declare::{Aggregate, Declaration, Source};
use super::read::{Status, Value};
use crate::Timestamp;
use crate::record::NO_CLASS;

/// The most features that take part in ranking.
pub const MAX_RANKED: usize = 16;

/// The most bounds of one feature.
const MOST_BOUNDS: usize = 64;
/// The class of values from 1 up to 2, or from 0 up to one width.
const MIDDLE: i64 = 128;
/// Where the exponent of a double begins, and what it is counted from.
const EXPONENT_BIT: u32 = 52;
const EXPONENT_ZERO: i64 = 1_023;

/// How values are put into classes.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub enum Classes {
    /// A class for each power of two, 1/64 to 1/32 as well as 32 to 64; one for 0 and below.
    Log2,
    /// A class below the first bound, one between each two, one from the last on.
    Bounds(Vec<f64>),
    /// Classes of this width, 127 on either side of 0; what is beyond falls in the last.
    Width(f64),
}

/// Why a text is no way to put values into classes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClassesError {
    /// Not one of the forms.
    #[error("\"{0}\" is no way to rank: expected \"log2\", \"width 0.1\" or \"bounds 1 5 20\"")]
    Form(String),
    /// A number that is none.
    #[error("\"{0}\" is no number: expected such as \"width 0.1\" or \"bounds 1 5 20\"")]
    Number(String),
    /// A width of nothing.
    #[error("a width of {0} is none: expected a number above 0")]
    Width(String),
    /// Bounds that do not grow.
    #[error("bounds have to grow, and {1} follows {0}")]
    Order(String, String),
    /// No bounds, or too many.
    #[error("{0} bounds: expected 1 to 64")]
    Count(usize),
}

impl Classes {
    /// Reads the form that an operator writes.
    ///
    /// # Errors
    /// [`ClassesError`] with what was expected.
    pub fn parse(text: &str) -> Result<Self, ClassesError> {
        let mut words =
            text.split(|c: char| c.is_whitespace() || c == ',').filter(|w| !w.is_empty());
        let form = words.next().unwrap_or_default();
        let numbers = words.map(number).collect::<Result<Vec<f64>, _>>();
        match form {
            "log2" if numbers == Ok(Vec::new()) => Ok(Self::Log2),
            "width" => match numbers?.as_slice() {
                [width] if 0.0 < *width => Ok(Self::Width(*width)),
                [width] => Err(ClassesError::Width(width.to_string())),
                _ => Err(ClassesError::Form(text.to_owned())),
            },
            "bounds" => bounds(numbers?),
            _ => Err(ClassesError::Form(text.to_owned())),
        }
    }

    /// The class of a value.
    #[must_use]
    pub fn of(&self, value: f64) -> u8 {
        if value.is_nan() {
            return NO_CLASS;
        }
        match self {
            Self::Log2 if value <= 0.0 => 1,
            Self::Log2 => within(MIDDLE + exponent(value), 2),
            Self::Bounds(bounds) => {
                let below = bounds.iter().take_while(|bound| **bound <= value);
                below.fold(1, |class: u8, _| class.saturating_add(1))
            }
            Self::Width(width) => within(MIDDLE.saturating_add((value / width).floor() as i64), 1),
        }
    }

    /// From where on and up to where values are of a class; `None` where there is no end. No class has neither.
    #[must_use]
    pub fn range(&self, class: u8) -> (Option<f64>, Option<f64>) {
        let at = |class: i64| match self {
            Self::Log2 => ((class - MIDDLE) as f64).exp2(),
            Self::Bounds(bounds) => bounds
                .get(usize::try_from(class - 2).unwrap_or(usize::MAX))
                .copied()
                .unwrap_or(f64::NAN),
            Self::Width(width) => (class - MIDDLE) as f64 * width,
        };
        let (first, last) = match self {
            Self::Log2 => (2, u8::MAX),
            Self::Bounds(bounds) => (1, bounds.len() as u8 + 1),
            Self::Width(_) => (1, u8::MAX),
        };
        match class {
            NO_CLASS => (None, None),
            1 if *self == Self::Log2 => (None, Some(0.0)),
            _ => {
                let low = (first < class).then(|| at(i64::from(class)));
                let high = (class < last).then(|| at(i64::from(class) + 1));
                (low, high)
            }
        }
    }
}

impl fmt::Display for Classes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Log2 => f.write_str("log2"),
            Self::Width(width) => write!(f, "width {width}"),
            Self::Bounds(bounds) => {
                f.write_str("bounds")?;
                bounds.iter().try_for_each(|bound| write!(f, " {bound}"))
            }
        }
    }
}

impl Declaration {
    /// Fingerprint of the input that it is to the click head; `None` where it takes no part.
    #[must_use]
    pub fn input(&self) -> Option<u32> {
        let classes = self.rank.as_ref()?.to_string();
        let filter = self.filter.as_ref().map(ToString::to_string).unwrap_or_default();
        let source = self.of.as_ref().map_or("", Source::name);
        let (per, prior, most) = match self.aggregate {
            Aggregate::Rate { per, prior } => (per.to_bytes(), prior, 0),
            Aggregate::Distinct { most } => (<_>::default(), [0.0; 2], most),
            _ => (<_>::default(), [0.0; 2], 0),
        };
        let prior = prior.map(f64::to_le_bytes);
        let hash = PUBLIC_KEY.hash(&[
            b"input",
            self.entity.name().as_bytes(),
            &self.events.to_bytes(),
            filter.as_bytes(),
            self.window.to_string().as_bytes(),
            self.aggregate.name().as_bytes(),
            source.as_bytes(),
            &per,
            &prior[0],
            &prior[1],
            &most.to_le_bytes(),
            &self.ttl_ms.unwrap_or(0).to_le_bytes(),
            classes.as_bytes(),
        ]);
        Some(hash as u32)
    }

    /// Whether its values are numbers, times among them.
    #[must_use]
    pub fn is_number(&self) -> bool {
        match self.aggregate {
            Aggregate::Sequence | Aggregate::TopCategories { .. } => false,
            Aggregate::LastValue => self.of.as_ref().is_none_or(Source::is_number),
            _ => true,
        }
    }
}

/// The number that ranking sees in what a feature says at `at`: a time is the seconds since. `None` where there is no value,
/// or only part of one.
#[must_use]
pub fn number_of(value: Option<&Value>, status: Status, at: Timestamp) -> Option<f64> {
    if status != Status::Present {
        return None;
    }
    match value? {
        Value::Count(count) => Some(*count as f64),
        Value::Number(number) => Some(*number),
        Value::Time(time) => Some(at.millis_since(*time) as f64 / 1e3),
        Value::Thing(_) | Value::Numbers(_) | Value::Things(_) | Value::Categories(_) => None,
    }
}

fn number(word: &str) -> Result<f64, ClassesError> {
    let found = word.replace('_', "").parse().ok().filter(|number: &f64| number.is_finite());
    found.ok_or_else(|| ClassesError::Number(word.to_owned()))
}

fn bounds(bounds: Vec<f64>) -> Result<Classes, ClassesError> {
    if bounds.is_empty() || MOST_BOUNDS < bounds.len() {
        return Err(ClassesError::Count(bounds.len()));
    }
    match bounds.windows(2).find(|pair| pair[1] <= pair[0]) {
        Some(pair) => Err(ClassesError::Order(pair[0].to_string(), pair[1].to_string())),
        None => Ok(Classes::Bounds(bounds)),
    }
}

/// The exponent of the power of two that a positive number is not below; subnormal ones are the least.
const fn exponent(value: f64) -> i64 {
    (value.to_bits() >> EXPONENT_BIT).cast_signed() - EXPONENT_ZERO
}

fn within(class: i64, least: u8) -> u8 {
    class.clamp(i64::from(least), i64::from(u8::MAX)) as u8
}

#[cfg(test)]
mod tests;
