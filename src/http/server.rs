//! The HTTP server: workers, connections, and the application that each of them runs.
//!
//! Not here: binding the port and handling signals; whoever starts the node does both.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer, web};

use super::{Shared, configure, entry};
use crate::node::Node;

/// Time that a client gets to send the head of a request.
const HEAD_WITHIN: Duration = Duration::from_secs(10);

/// Serves `node` on `listener`; the server runs once it is awaited, and stops through its handle.
///
/// # Errors
/// Where the listener cannot be used, or a key of `[auth]` is none.
pub fn start(node: Arc<Node>, listener: TcpListener) -> std::io::Result<Server> {
    let options = node.config.server.clone();
    let shared = web::Data::new(Shared::new(node).map_err(std::io::Error::other)?);
    let mut server = HttpServer::new(move || {
        let (pass, configured) = (shared.clone(), shared.clone());
        App::new()
            .wrap(from_fn(move |request, next| entry::pass(pass.clone(), request, next)))
            .configure(move |config| configure(config, &configured))
    })
    .keep_alive(Duration::from_secs(options.keep_alive_s))
    .client_request_timeout(HEAD_WITHIN)
    .shutdown_timeout(options.shutdown_timeout_s)
    .disable_signals();
    if 0 < options.workers {
        server = server.workers(options.workers);
    }
    Ok(server.listen(listener)?.run())
}
