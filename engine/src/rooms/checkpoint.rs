//! A room as bytes of a checkpoint, and back.
//!
//! **Format:** version 1 is [`crate::codec`]'s form of [`Bytes`]; viewers are in order, so the same room gives the same bytes.
//! Fields are added only at the end and only under a new version.
//!
//! **Invariant:** what was restored goes on bit for bit. What follows from other fields (when stays end, who is away) is not written.

use std::sync::Arc;

use super::beyond::Beyond;
use super::distinct::{Audience, Sketch};
use super::heat::Heat;
use super::highlight::Watch;
use super::minutes::Minutes;
use super::presence::{Presence, Viewer};
use super::shelf::Shelf;
use super::stays::{Lengths, Retention};
use super::talk::Talk;
use super::{About, Room, RoomRules, State, Totals};
use crate::Timestamp;
use crate::codec::{self, CodecError};

/// Version byte of an encoded room.
const ROOM_VERSION: u8 = 1;

#[derive(bincode::Encode, bincode::Decode)]
struct Bytes {
    about: About,
    is_closed: bool,
    clock: Timestamp,
    viewers: Vec<(u64, Viewer)>,
    begun: u64,
    ended: u64,
    beyond: Option<Box<Beyond>>,
    audience: Vec<u64>,
    audience_sketch: Option<Sketch>,
    lengths: Lengths,
    retention: Retention,
    minutes: Minutes,
    heat: Heat,
    watch: Watch,
    talk: Talk,
    shelf: Shelf,
    totals: Totals,
}

impl Room {
    /// The room's bytes.
    ///
    /// # Errors
    /// [`CodecError::Encode`] where they pass the codec's limit.
    pub fn checkpoint(&self) -> Result<Vec<u8>, CodecError> {
        let state = &self.state;
        let (audience, audience_sketch) = state.audience.parts();
        let bytes = Bytes {
            about: state.about.clone(),
            is_closed: state.is_closed,
            clock: state.clock,
            viewers: state.presence.sorted(),
            begun: state.presence.begun,
            ended: state.presence.ended,
            beyond: state.presence.beyond.clone(),
            audience,
            audience_sketch,
            lengths: state.lengths.clone(),
            retention: state.retention.clone(),
            minutes: state.minutes.clone(),
            heat: state.heat.clone(),
            watch: state.watch.clone(),
            talk: state.talk.clone(),
            shelf: state.shelf.clone(),
            totals: state.totals.clone(),
        };
        codec::encode(ROOM_VERSION, &bytes)
    }

    /// The room behind bytes of a checkpoint.
    ///
    /// # Errors
    /// [`CodecError`] where the bytes are damaged or of a version not known.
    pub fn restore(rules: Arc<RoomRules>, bytes: &[u8]) -> Result<Self, CodecError> {
        let bytes: Bytes = codec::decode(ROOM_VERSION, bytes)?;
        let is_whole = bytes.beyond.as_ref().is_none_or(|beyond| beyond.is_whole())
            && bytes.audience_sketch.as_ref().is_none_or(Sketch::is_whole);
        if !is_whole {
            return Err(CodecError::Damaged("a sketch of viewers has another size"));
        }
        let presence = Presence::from_parts(
            bytes.viewers,
            (bytes.begun, bytes.ended),
            bytes.beyond,
            &rules.config,
        );
        let state = State {
            presence,
            audience: Audience::from_parts(bytes.audience, bytes.audience_sketch),
            about: bytes.about,
            is_closed: bytes.is_closed,
            clock: bytes.clock,
            lengths: bytes.lengths,
            retention: bytes.retention,
            minutes: bytes.minutes,
            heat: bytes.heat,
            watch: bytes.watch,
            talk: bytes.talk,
            shelf: bytes.shelf,
            totals: bytes.totals,
        };
        Ok(Self { rules, state })
    }
}
