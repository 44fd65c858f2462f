//! The frames of the Centrifugo client protocol, in JSON: what clients send, and what they are sent.
//!
//! The definition is `client.proto` of <https://github.com/centrifugal/protocol> (protocol version 2) with the JSON names of its
//! fields; codes are those of <https://github.com/centrifugal/centrifuge> (`errors.go`, `disconnect.go`, `unsubscribe.go`). A frame
//! holds one or more JSON objects, each on a line of its own; a field that is zero, empty or false is left out, and one
//! that is not known is passed over. `{}` is a ping from here and its pong from there.
//!
//! **Invariant:** reading is bounded by [`Limits`], borrows from the frame, and never guesses: what is no command closes the
//! connection with [`Close::BadRequest`], what is a command of a kind not served is answered [`Refusal::NotAvailable`].
//!
//! **Invariant:** what is written is one line: [`Data`] holds no line breaks.
//!
//! Not here: sockets, tokens, who may subscribe to what, order of commands (connect comes first).

mod codes;
mod command;
mod reply;

pub use codes::{Close, Refusal, Unsubscribed};
pub use command::{Command, Connect, FrameError, Limits, Recover, Request, Subscribe, commands};
pub use reply::{ConnectReply, Data, Followed, Frame, Missed, Published, publication};

/// The ping, and the pong that answers it.
pub const PING: &str = "{}";

#[cfg(test)]
mod tests;
