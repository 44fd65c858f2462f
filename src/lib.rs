//! The Freshet node: events in over HTTP, recommendations out, nothing acknowledged lost.
//!
//! [`run`] starts a node on a listener that the caller has bound, so that a test binds port 0 and calls
//! the same code as the binary; [`start`] does so on a thread of its own.
//!
//! Not here: the command line's words (`cli`), and anything pure (`engine`).

pub mod catalogue;
pub mod cli;
pub mod clock;
pub mod event_log;
pub mod http;
pub mod import;
pub mod ingest;
mod json;
pub mod live;
pub mod model_files;
pub mod node;
pub mod rooms;
pub mod settings;
pub mod telemetry;
pub mod tokens;
mod wiring;

pub use wiring::{RunningNode, Setup, run, start};
