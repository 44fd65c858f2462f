//! Live rooms to browsers: connections, what they follow, and how it reaches them.
//!
//! Rooms and connections meet in two places only: rooms send through a [`Hub`], connections ask through a [`RoomSource`].
//! Neither knows of the other. A [`Worker`] holds the connections of one of the server's threads and delivers to them; the
//! way from the rooms to it is an inbox. A session is the conversation with one client.
//!
//! Not here: what rooms are (see `engine::rooms`), what is told of them, and the requests that connections begin as (see
//! `http/upgrade`, `http/room_stream`).

mod audience;
mod channel;
mod connection;
mod delivery;
mod frame;
mod hub;
mod inbox;
mod input;
mod line;
mod member;
mod pace;
mod ports;
mod presence;
pub mod protocol;
mod queue;
mod session;
mod source;
pub mod sse;
pub mod stream;
mod subscription;
#[cfg(test)]
mod testing;
mod worker;

pub use audience::Leaving;
pub use channel::Channel;
pub use hub::Hub;
pub use ports::{Denied, Door, Intake, Pass, Speaker, Taken, Turned};
pub use presence::{Sign, speak_for_viewers};
pub use session::accept;
pub use source::{FollowError, Published, RoomSource, Since, Standing};
pub use worker::{Crowded, Service, Worker};
