//! Requests that become connections to live rooms: `/v1/ws` and `/v1/rooms/{id}/stream`.
//!
//! Who may open one, and what the connections need of the node. A WebSocket leaves HTTP behind here: the connection's socket
//! goes to the worker that accepted it (see `live`), without any of the buffers of a request.
//!
//! Not here: what is said on a connection (see `live`).

pub mod ports;
mod returns;
pub mod stream;
pub mod upgrade;

use std::sync::Arc;
use std::time::Duration;

use actix_web::rt;

use super::Shared;
use crate::live::{Service, speak_for_viewers};
use ports::{NodeDoor, NodeIntake};

/// What connections are served with.
#[must_use]
pub fn service(shared: &Shared) -> Service {
    let node = &shared.node;
    Service {
        hub: node.hub.clone(),
        door: Arc::new(NodeDoor::new(Arc::clone(&shared.tokens))),
        intake: Arc::new(NodeIntake::new(Arc::clone(node))),
        config: node.config.socket.clone(),
    }
}

/// Says of viewers who comes, goes and is there, as long as this thread runs.
pub fn speak(service: &Service) {
    let silent = Duration::from_secs(service.config.silent_s);
    rt::spawn(speak_for_viewers(service.hub.clone(), Arc::clone(&service.intake), silent));
}
