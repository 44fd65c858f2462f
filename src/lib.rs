//! The Freshet node: events in over HTTP, recommendations out, nothing acknowledged lost.
//!
//! `run` starts a node on a listener that the caller has bound, so that a test binds port 0 and calls
//! the same code as the binary.

pub mod catalogue;
pub mod clock;
pub mod event_log;
pub mod ingest;
