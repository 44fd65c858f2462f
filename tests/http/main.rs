//! The HTTP side of a real node over real sockets: who may call, what is answered, what is refused.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what it expects by failing"
)]

mod access;
mod catalogue;
mod clicks;
mod client;
mod content;
mod declared;
mod described;
mod explain;
mod features;
#[path = "../in_process/mod.rs"]
mod in_process;
mod listed_rooms;
mod lists;
mod live;
mod model_files;
mod models;
mod operations;
mod recommendations;
mod returns;
mod rooms;
mod schema;
mod users;
mod websocket;
