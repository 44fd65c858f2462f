//! Ten thousand sockets: the processes that hold their ends, what they read, and what it says.

pub mod messages;
pub mod processes;
pub mod reader;
