//! A text that must not end up in a log or on a screen.

use std::fmt;

use serde::{Deserialize, Deserializer};

/// A secret; its `Debug` form hides it and it has no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for comparing and for nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Reads a secret; the empty text stands for none.
pub(crate) fn optional<'de, D: Deserializer<'de>>(source: D) -> Result<Option<Secret>, D::Error> {
    let text = String::deserialize(source)?;
    Ok((!text.is_empty()).then_some(Secret(text)))
}
