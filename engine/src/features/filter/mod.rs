//! Which events count: a small expression over what an event carries.
//!
//! `dwell_ms >= 30000 and (category in ["shoes", "hats"] or price < 20) and not kind = "video"`
//!
//! Names are `value`, `price`, `position`, `kind`, `category`, `room`; any other is a member of the event's
//! properties, and `properties.price` is one that has such a name. A comparison with what the event does not carry is
//! false, whatever the operator.
//!
//! **Invariant:** an expression reads the event and the numbers of category names, which never change.

pub mod json;
mod parse;

use std::fmt::{self, Write as _};

use bincode::{Decode, Encode};

use super::occurrence::Occurrence;
use json::Scalar;

pub use parse::FilterError;

/// A parsed expression.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub enum Filter {
    /// All of them.
    All(Vec<Filter>),
    /// Any of them.
    Any(Vec<Filter>),
    /// Not this one.
    Not(Box<Filter>),
    /// A comparison.
    Compare {
        /// What is compared.
        field: Field,
        /// How.
        operator: Operator,
        /// With what; several only where it is enough to equal one of them.
        values: Vec<Literal>,
    },
}

/// What an event carries.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub enum Field {
    /// Its value.
    Value,
    /// Its price or its item's.
    Price,
    /// Place in the list that was shown.
    Position,
    /// What sort of thing the item is.
    Kind,
    /// The item's categories, by name.
    Category,
    /// The live room, by name.
    Room,
    /// A member of its properties.
    Property(Box<str>),
}

/// How two things are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Operator {
    /// `=`, or `in` a list.
    Equal,
    /// `!=`
    Different,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
}

/// What an event is compared with.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub enum Literal {
    /// A number.
    Number(f64),
    /// A text in quotes.
    Text(Box<str>),
    /// `true` or `false`.
    Flag(bool),
}

impl Filter {
    /// Reads an expression.
    ///
    /// # Errors
    /// [`FilterError`] with the place and what was expected there.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        parse::parse(text)
    }

    /// Whether the event counts.
    #[must_use]
    pub fn holds(&self, event: &Occurrence<'_>) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(event)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(event)),
            Self::Not(part) => !part.holds(event),
            Self::Compare { field, operator, values } => {
                values.iter().any(|value| compare(field, *operator, value, event))
            }
        }
    }
}

fn compare(field: &Field, operator: Operator, value: &Literal, event: &Occurrence<'_>) -> bool {
    let number = |found: Option<f64>| match (found, value) {
        (Some(found), Literal::Number(value)) => operator.holds(found.total_cmp(value)),
        _ => false,
    };
    let text = |found: Option<&str>| match (found, value) {
        (Some(found), Literal::Text(value)) => operator.holds(found.cmp(value)),
        _ => false,
    };
    match field {
        Field::Value => number(event.value.map(f64::from)),
        Field::Price => number(event.price.map(f64::from)),
        Field::Position => number(event.position.map(f64::from)),
        Field::Kind => text(Some(event.kind)),
        Field::Room => text(event.room),
        Field::Category => {
            let Literal::Text(name) = value else { return false };
            let wanted = event.names.number(name);
            let carries = wanted.is_some_and(|id| event.categories.contains(&id));
            !event.categories.is_empty() && carries == (operator == Operator::Equal)
        }
        Field::Property(name) => match json::member(event.properties, name) {
            Some(Scalar::Number(found)) => number(Some(found)),
            Some(Scalar::Text(found)) => text(Some(&found)),
            Some(Scalar::Flag(found)) => match value {
                Literal::Flag(value) => operator.holds(found.cmp(value)),
                _ => false,
            },
            None => false,
        },
    }
}

impl Operator {
    fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::Different => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::AtMost => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::AtLeast => order.is_ge(),
        }
    }

    const fn sign(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::Different => "!=",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Greater => ">",
            Self::AtLeast => ">=",
        }
    }
}

/// One way of writing each expression, by which two are told to be the same.
impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All(parts) => joined(f, parts, " and "),
            Self::Any(parts) => joined(f, parts, " or "),
            Self::Not(part) => write!(f, "not {part}"),
            Self::Compare { field, operator: Operator::Equal, values } if values.len() != 1 => {
                let values: Vec<String> = values.iter().map(Literal::to_string).collect();
                write!(f, "{field} in [{}]", values.join(", "))
            }
            Self::Compare { field, operator, values } => {
                let values: Vec<String> = values.iter().map(Literal::to_string).collect();
                write!(f, "{field} {} {}", operator.sign(), values.join(", "))
            }
        }
    }
}

fn joined(f: &mut fmt::Formatter<'_>, parts: &[Filter], word: &str) -> fmt::Result {
    let parts: Vec<String> = parts.iter().map(Filter::to_string).collect();
    write!(f, "({})", parts.join(word))
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value => f.write_str("value"),
            Self::Price => f.write_str("price"),
            Self::Position => f.write_str("position"),
            Self::Kind => f.write_str("kind"),
            Self::Category => f.write_str("category"),
            Self::Room => f.write_str("room"),
            Self::Property(name) => {
                let is_word = name.starts_with(|c: char| c.is_alphabetic() || c == '_')
                    && name.chars().all(|c| c.is_alphanumeric() || c == '_');
                if is_word {
                    return write!(f, "properties.{name}");
                }
                write!(f, "properties.{}", Literal::Text(name.clone()))
            }
        }
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::Text(text) => {
                f.write_char('"')?;
                for c in text.chars() {
                    if c == '"' || c == '\\' {
                        f.write_char('\\')?;
                    }
                    f.write_char(c)?;
                }
                f.write_char('"')
            }
        }
    }
}

#[cfg(test)]
mod tests;
