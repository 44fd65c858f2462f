//! Live rooms to browsers: connections, what they follow, and how it reaches them.
//!
//! Rooms and connections meet in two places only: rooms send through a [`Hub`], connections ask through a [`RoomSource`].
//! Neither knows of the other.
//!
//! Not here: what rooms are (see `engine::rooms`), and what is told of them.

#![allow(dead_code, reason = "what connections call comes with them")]

mod audience;
mod channel;
mod hub;
mod inbox;
mod line;
mod presence;
pub mod protocol;
mod source;

pub use channel::Channel;
pub use hub::Hub;
pub use source::{FollowError, Published, RoomSource, Since, Standing};
