//! The HTTP side of a real node over real sockets: who may call, what is answered, what is refused.

mod access;
mod catalogue;
mod client;
mod described;
#[path = "../in_process/mod.rs"]
mod in_process;
mod lists;
mod operations;
mod recommendations;
mod schema;
mod users;
