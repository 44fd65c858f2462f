//! What a room's stream channel publishes, and how much of it: notices, comments, moments, what is shown, patterns.
//!
//! **Invariant:** publications follow from records in commit order alone, so that recovery comes to the same ones at the same
//! offsets: a notice has a record of its own, a comment its event's, a moment and a match the event or tick that brought them.
//!
//! Not here: their JSON (see the edge), keeping them (see [`super::Channel`]).

use bincode::{Decode, Encode};

use super::highlight::Highlight;
use crate::{ItemIndex, Timestamp, UserId};

/// Bytes of a comment's text that are relayed; the rest is cut off at a letter.
pub const MOST_TEXT_BYTES: usize = 1_000;

/// What one publication says.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub enum Content {
    /// What the host says to all.
    Notice {
        /// A JSON object as text on one line.
        data: Box<str>,
    },
    /// What a viewer says to all.
    Comment {
        /// Who.
        user: UserId,
        /// Under which name, where the event tells one.
        name: Option<Box<str>>,
        /// What.
        text: Box<str>,
    },
    /// A jump in the room's heat.
    Moment(Highlight),
    /// The host shows another product, or none.
    Showing {
        /// Which.
        item: Option<ItemIndex>,
    },
    /// The room is over.
    Ended,
    /// A declared pattern came true by an event in this room.
    Match {
        /// For whom.
        user: UserId,
        /// Its name.
        pattern: Box<str>,
        /// On which item, where the event was about one.
        item: Option<ItemIndex>,
        /// Time of its first event.
        started_at: Timestamp,
    },
}

impl Content {
    /// Bytes of memory that it takes, more or less: what history is bounded by.
    #[must_use]
    pub fn weight(&self) -> usize {
        const FIXED: usize = 64;
        FIXED
            + match self {
                Self::Notice { data } => data.len(),
                Self::Comment { user, name, text } => {
                    user.as_str().len() + name.as_ref().map_or(0, |name| name.len()) + text.len()
                }
                Self::Moment(_) => size_of::<Highlight>(),
                Self::Showing { .. } | Self::Ended => 0,
                Self::Match { user, pattern, .. } => user.as_str().len() + pattern.len(),
            }
    }
}

/// Which events are published in their rooms.
#[derive(Clone, Debug, PartialEq)]
pub struct Relay {
    /// Comments of one room in one second of its time at most; the rest counts in its numbers only.
    pub comments_per_second: u32,
    /// Names of the patterns whose matches are told to the whole room.
    pub patterns: Vec<Box<str>>,
}

impl Default for Relay {
    fn default() -> Self {
        Self { comments_per_second: 10, patterns: Vec::new() }
    }
}

/// Comments relayed in the current second of a room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub(super) struct Relayed {
    second: u64,
    comments: u32,
}

impl Relayed {
    /// Whether one more comment may go out at `at`, the room's clock.
    pub(super) fn takes(&mut self, at: Timestamp, relay: &Relay) -> bool {
        let second = at.as_millis() / 1_000;
        if self.second != second {
            *self = Self { second, comments: 0 };
        }
        let takes = self.comments < relay.comments_per_second;
        self.comments += u32::from(takes);
        takes
    }
}

/// The text up to [`MOST_TEXT_BYTES`].
pub(super) fn shortened(text: &str) -> Box<str> {
    text[..text.floor_char_boundary(MOST_TEXT_BYTES)].into()
}
