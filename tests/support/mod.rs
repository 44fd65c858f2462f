//! What the end-to-end tests share: a real `freshet serve` process, a client for it, a seeded random source.
//!
//! Not here: anything that knows the node from inside. These tests see what a user sees.

pub mod client;
pub mod process;
pub mod random;
