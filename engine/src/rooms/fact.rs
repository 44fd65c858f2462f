//! What a shard passes on to a room of an event that it applied.
//!
//! **Invariant:** a fact is made once for each event that counts: not of what came twice, not of what is filled in behind a live node.
//!
//! Not here: which events were duplicates (the shard knows), applying facts.

use std::borrow::Cow;

use super::content::shortened;
use super::event::{Act, RoomEvent};
use crate::features::filter::json::{Scalar, member};
use crate::record::{Event, ItemKind, Mode};
use crate::{ItemIndex, Sequence, Timestamp, UserId};

/// Members of an event's properties that may hold the text of a comment, the first one found counts.
const TEXT_NAMES: [&str; 3] = ["text", "content", "message"];

/// Members that may hold the name that a viewer goes by.
const NAME_NAMES: [&str; 2] = ["name", "nickname"];

/// What a viewer said, for all to read.
#[derive(Clone, Debug, PartialEq)]
pub struct Comment {
    /// Who.
    pub user: UserId,
    /// Under which name, where the event tells one.
    pub name: Option<Box<str>>,
    /// What.
    pub text: Box<str>,
}

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
    /// A comment that has a text.
    pub comment: Option<Comment>,
}

impl RoomFact {
    /// What `event` says of its room; `acts` is [`Act::table`]. `None` where it says nothing.
    ///
    /// A leave whose properties hold `"lost": true` is a connection that went away. The room's own item is no product: a
    /// click on it is none on the shelf.
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
        let act = Act::of(event, acts)?;
        // A room is an item, too, and no product of its own shelf.
        let is_room = event.kind == ItemKind::LiveRoom;
        if is_room && !act.is_on_room() {
            return None;
        }
        let comment = (act == Act::Comment).then(|| comment_of(event)).flatten();
        let value = event.value.filter(|_| act == Act::Gift);
        let item = event.item.filter(|_| !is_room);
        Some(Self { sequence, room, viewer, act, at: event.at, item, value, comment })
    }

    /// The act as a room takes it.
    #[must_use]
    pub fn event(&self) -> RoomEvent<'_> {
        let Self { viewer, act, at, item, value, .. } = *self;
        let text = self.comment.as_ref().map(|comment| &*comment.text);
        RoomEvent { viewer, act, at, item, value, text }
    }
}

impl Act {
    /// What `event` is in a room, where it is in one; `acts` is [`Act::table`].
    #[must_use]
    pub fn of(event: &Event, acts: &[Option<Self>]) -> Option<Self> {
        let act = acts.get(usize::from(event.event_type.0)).copied().flatten()?;
        let is_lost = || member(&event.properties, "lost") == Some(Scalar::Flag(true));
        Some(if act == Self::Leave && is_lost() { Self::Lost } else { act })
    }
}

fn comment_of(event: &Event) -> Option<Comment> {
    let text = text_in(event, &TEXT_NAMES).map(|text| shortened(&text))?;
    let name = text_in(event, &NAME_NAMES).map(|name| shortened(&name));
    Some(Comment { user: event.user.clone(), name, text })
}

fn text_in<'a>(event: &'a Event, names: &[&str]) -> Option<Cow<'a, str>> {
    names.iter().find_map(|name| match member(&event.properties, name)? {
        Scalar::Text(text) => Some(text),
        Scalar::Number(_) | Scalar::Flag(_) => None,
    })
}

#[cfg(test)]
mod tests;
