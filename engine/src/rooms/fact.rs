//! What a shard passes on to a room of an event that it applied.
//!
//! **Invariant:** a fact is made once for each event that counts: not of what came twice, not of what is filled in behind a live node.
//!
//! Not here: which events were duplicates (the shard knows), applying facts.

use std::borrow::Cow;

use super::event::{Act, RoomEvent};
use crate::features::filter::json::{Scalar, member};
use crate::record::{Event, Mode};
use crate::{ItemIndex, Sequence, Timestamp};

/// Members of an event's properties that may hold the text of a comment, the first one found counts.
const TEXT_NAMES: [&str; 3] = ["text", "content", "message"];

/// One act of one viewer in a room, on its way to that room.
#[derive(Clone, Debug, PartialEq)]
pub struct RoomFact {
    /// The event's place in the log.
    pub sequence: Sequence,
    /// The room as the caller names it.
    pub room: Box<str>,
    /// Keyed hash of the viewer.
    pub viewer: u64,
    /// What they did.
    pub act: Act,
    /// When.
    pub at: Timestamp,
    /// On which product.
    pub item: Option<ItemIndex>,
    /// Value of a gift.
    pub value: Option<f32>,
    /// Text of a comment.
    pub text: Option<Box<str>>,
}

impl RoomFact {
    /// What `event` says of its room; `acts` is [`Act::table`]. `None` where it says nothing.
    ///
    /// A leave whose properties hold `"lost": true` is a connection that went away.
    #[must_use]
    pub fn of(
        (sequence, viewer): (Sequence, u64),
        event: &Event,
        acts: &[Option<Act>],
    ) -> Option<Self> {
        if event.mode == Mode::Backfill {
            return None;
        }
        let room = event.room_id.clone()?;
        let act = acts.get(usize::from(event.event_type.0)).copied().flatten()?;
        let is_lost = || member(&event.properties, "lost") == Some(Scalar::Flag(true));
        let act = if act == Act::Leave && is_lost() { Act::Lost } else { act };
        let text = (act == Act::Comment).then(|| text_of(event)).flatten();
        let value = event.value.filter(|_| act == Act::Gift);
        let (at, item) = (event.at, event.item);
        Some(Self { sequence, room, viewer, act, at, item, value, text })
    }

    /// The act as a room takes it.
    #[must_use]
    pub fn event(&self) -> RoomEvent<'_> {
        let Self { viewer, act, at, item, value, .. } = *self;
        RoomEvent { viewer, act, at, item, value, text: self.text.as_deref() }
    }
}

fn text_of(event: &Event) -> Option<Box<str>> {
    TEXT_NAMES.iter().find_map(|name| match member(&event.properties, name)? {
        Scalar::Text(Cow::Borrowed(text)) => Some(text.into()),
        Scalar::Text(Cow::Owned(text)) => Some(text.into()),
        Scalar::Number(_) | Scalar::Flag(_) => None,
    })
}

#[cfg(test)]
mod tests;
