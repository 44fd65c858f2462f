//! The Freshet node: events in over HTTP, recommendations out, nothing acknowledged lost.
//!
//! Not here: the command line's words (`cli`), and anything pure (`engine`).

pub mod catalogue;
pub mod clock;
pub mod event_log;
pub mod import;
pub mod ingest;
pub mod node;
pub mod settings;
pub mod telemetry;
