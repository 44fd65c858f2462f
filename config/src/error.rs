//! What can be wrong with a configuration, with the key, the place and the way out.

use std::fmt;

use crate::Origin;

/// Everything that is wrong, in one go, so that nobody has to fix and retry key by key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The problems, in the order in which the layers were read.
    pub problems: Vec<Problem>,
}

impl std::error::Error for ConfigError {}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.problems.iter().map(Problem::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl From<Problem> for ConfigError {
    fn from(problem: Problem) -> Self {
        Self { problems: vec![problem] }
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{origin}: {}{fault}", label(.key))]
pub struct Problem {
    /// The key, dotted; empty where the whole source is meant.
    pub key: String,
    /// Where it was given.
    pub origin: Origin,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// No such key.
    #[error("unknown key{}", suggestion(.nearest.as_ref()))]
    UnknownKey {
        /// The known key that looks most like it.
        nearest: Option<String>,
    },
    /// None of the names that a table knows.
    #[error("is none of {}{}", .known.join(", "), suggestion(.nearest.as_ref()))]
    UnknownName {
        /// The names.
        known: Vec<String>,
        /// The known key that looks most like it.
        nearest: Option<String>,
    },
    /// A value of another type.
    #[error("expected {expected}, found {found}")]
    WrongType {
        /// What belongs there.
        expected: String,
        /// What is there.
        found: String,
    },
    /// A number outside of its range.
    #[error("{found} is out of range, expected {range}")]
    OutOfRange {
        /// The range as the manual gives it.
        range: String,
        /// What is there.
        found: String,
    },
    /// A word that is not one of the allowed.
    #[error("{found:?} is not one of {}{}", .allowed.join(", "), suggestion(.nearest.as_ref()))]
    NotAllowed {
        /// The allowed words.
        allowed: Vec<String>,
        /// What is there.
        found: String,
        /// The allowed word that looks most like it.
        nearest: Option<String>,
    },
    /// A key that has to be given is not.
    #[error("has to be given")]
    Missing,
    /// A value that is well formed and still cannot be used.
    #[error("{reason}")]
    Unusable {
        /// Why.
        reason: String,
    },
    /// A file that cannot be read, or is no TOML.
    #[error("{reason}")]
    Unreadable {
        /// What the system or the parser says.
        reason: String,
    },
}

fn label(key: &str) -> String {
    if key.is_empty() { String::new() } else { format!("{key}: ") }
}

fn suggestion(nearest: Option<&String>) -> String {
    nearest.map_or_else(String::new, |name| format!(", did you mean \"{name}\"?"))
}
