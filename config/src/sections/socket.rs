//! `[socket]`: connections to live rooms.

use serde::Deserialize;

/// Connections to live rooms.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SocketConfig {
    /// Connections at a time.
    pub max_connections: usize,
    /// Rooms that a connection may follow.
    pub max_rooms: usize,
    /// How long a connection has to say who it is.
    pub connect_within_ms: u64,
    /// How often a connection is pinged.
    pub ping_every_ms: u64,
    /// How long it has to answer.
    pub pong_within_ms: u64,
    /// Largest frame that is taken.
    pub max_frame_bytes: usize,
    /// Largest data of one command.
    pub max_data_bytes: usize,
    /// Commands a second.
    pub commands_per_s: u32,
    /// Commands at once.
    pub commands_at_once: u32,
    /// What may wait for a connection.
    pub queue_bytes: usize,
    /// What the system may hold for a connection besides.
    pub send_buffer_bytes: usize,
    /// How long a viewer may be silent before the node says that they are there.
    pub silent_s: u64,
    /// Over how long connections are closed when the node stops.
    pub shutdown_spread_ms: u64,
}
