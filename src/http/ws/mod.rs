//! The WebSocket: live rooms to browsers, in the framing of Centrifugo's clients.
//!
//! Not here: what rooms are (see `engine::rooms`).

pub mod protocol;
