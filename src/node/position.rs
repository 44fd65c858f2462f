//! A place in the node's log, as callers see it: opaque, and good for "not before this was applied".

use std::fmt;
use std::str::FromStr;

use engine::Sequence;

/// Everything up to a record of the log; callers give it back as `x-freshet-min-position`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position(pub Sequence);

/// A text that no node ever handed out as a position.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a position; expected the `position` of an earlier answer, such as `p1-42`")]
pub struct NotAPosition(pub String);

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "p1-{}", self.0)
    }
}

impl FromStr for Position {
    type Err = NotAPosition;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.strip_prefix("p1-")
            .and_then(|digits| digits.parse().ok())
            .map(|sequence| Self(Sequence(sequence)))
            .ok_or_else(|| NotAPosition(text.to_owned()))
    }
}
