//! The limits of what a body may hold, each named by the error that refuses it.
//!
//! Not here: their values, which stand in the configuration.

/// The most bytes of an id; part of the interface and of the log's format, not of the configuration.
pub const ID_BYTES: usize = 256;

/// The most bytes of a room's id: the item that a room is has a prefix before it.
pub const ROOM_ID_BYTES: usize = 250;

/// Limits of one body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the body, unpacked.
    pub body_bytes: usize,
    /// Events of the body, entries of `items` counted one by one.
    pub body_events: usize,
    /// Bytes of one event.
    pub event_bytes: usize,
    /// Levels of nesting of one event, its own braces counted.
    pub depth: usize,
    /// Bytes that the events of one body may take once expanded: what an envelope says is repeated on
    /// each of its events, so that a large envelope around many events grows.
    pub expanded_bytes: usize,
}
