//! The HTTP server: workers, connections, and the application that each of them runs.
//!
//! Put together from its parts rather than by the framework's short cut, because that cannot be told what to do with a
//! connection that leaves HTTP behind (see `sockets::upgrade`).
//!
//! **Invariant:** every accepted socket has `TCP_NODELAY`: without it small frames wait 40 ms for each other's receipt.
//!
//! Not here: binding the port and handling signals; whoever starts the node does both.

use std::net::TcpListener;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix_codec::Framed;
use actix_http::{HttpService, Request, h1};
use actix_server::Server;
use actix_service::{IntoServiceFactory, ServiceFactoryExt, fn_service, map_config};
use actix_web::dev::AppConfig;
use actix_web::middleware::from_fn;
use actix_web::rt::net::TcpStream;
use actix_web::{App, Error, web};

use super::sockets::{self, upgrade};
use super::{Shared, configure, entry};
use crate::live::Worker;
use crate::node::Node;

/// Time that a client gets to send the head of a request.
const HEAD_WITHIN: Duration = Duration::from_secs(10);
/// Time that a client gets to take the end of a connection.
const END_WITHIN: Duration = Duration::from_secs(1);

/// Serves `node` on `listener`; the server runs once it is awaited, and stops through its handle.
///
/// # Errors
/// Where the listener cannot be used, or a key of `[auth]` is none.
pub fn start(node: Arc<Node>, listener: TcpListener) -> anyhow::Result<Server> {
    let options = node.config.server.clone();
    let shared = web::Data::new(Shared::new(node)?);
    let service = sockets::service(&shared);
    sockets::speak(&service);
    let address = listener.local_addr()?;
    let mut builder =
        Server::build().shutdown_timeout(options.shutdown_timeout_s).disable_signals();
    if 0 < options.workers {
        builder = builder.workers(options.workers);
    }
    let stopping = builder.graceful_shutdown_signal();
    // Runs once on each worker's thread.
    let server = builder.listen("freshet", listener, move || {
        let worker = Worker::start(service.clone());
        let (pass, configured) = (shared.clone(), shared.clone());
        let app = App::new()
            .app_data(Rc::clone(&worker))
            .wrap(from_fn(move |request, next| entry::pass(pass.clone(), request, next)))
            .configure(move |config| configure(config, &configured))
            .into_factory()
            .map_err(|error: Error| error.error_response());
        let (shared, stopping) = (shared.clone(), stopping.clone());
        HttpService::build()
            .keep_alive(Duration::from_secs(options.keep_alive_s))
            .client_request_timeout(HEAD_WITHIN)
            .client_disconnect_timeout(END_WITHIN)
            .tcp_nodelay(true)
            .local_addr(address)
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .upgrade(fn_service(move |leaving: (Request, Framed<TcpStream, h1::Codec>)| {
                upgrade::serve((shared.clone(), Rc::clone(&worker)), leaving)
            }))
            .finish(map_config(app, |()| AppConfig::default()))
            .tcp()
    })?;
    Ok(server.run())
}
