//! `GET /v1/ws`: the handshake of a WebSocket, and every other request to leave HTTP behind.
//!
//! The framework would keep two buffers of 8 KB and a request's state for as long as a WebSocket lasts, and would have its task
//! woken for every frame. So the handshake is answered below the application, and the socket goes on alone.
//!
//! **Invariant:** whoever is refused is told so by a problem document, as anywhere.

use std::convert::Infallible;
use std::io;
use std::rc::Rc;

use actix_codec::Framed;
use actix_http::body::{self, BodySize, BoxBody};
use actix_http::h1::{Codec, Message};
use actix_http::header::SEC_WEBSOCKET_PROTOCOL;
use actix_http::{Request, Response, ws};
use actix_web::rt::net::TcpStream;
use actix_web::web;
use futures_util::SinkExt;

use crate::clock::wall_now;
use crate::http::Shared;
use crate::http::entry::{self, Arrival};
use crate::http::error::{ApiError, Problem};
use crate::http::origin;
use crate::live::{Crowded, Worker, accept};

/// The one subprotocol, by the name that clients of the Centrifugo protocol give it.
const JSON: &str = "centrifuge-json";

/// The one path that connections begin at.
const PATH: &str = "/v1/ws";

/// Follow live rooms over a WebSocket.
///
/// Speaks the JSON framing of the Centrifugo client protocol, so that its unmodified clients connect. The token goes into the
/// first frame (`connect`). Channels, kinds and codes are described in the `AsyncAPI` document.
#[utoipa::path(
    get, path = "/v1/ws", operation_id = "connect", tag = "rooms",
    responses(
        (status = 101, description = "The connection is a WebSocket from now on"),
        (status = 403, description = "A page of this origin may not connect", body = Problem, content_type = "application/problem+json"),
        (status = 426, description = "Not a handshake of a WebSocket", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Not ready, or too many connections", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn get() -> Result<String, ApiError> {
    Err(no_handshake("this path takes WebSockets: ask with `Upgrade: websocket`".to_owned()))
}

/// Answers a handshake, and gives the socket to the worker.
///
/// # Errors
/// None: a client that is gone before its answer is told nothing.
pub async fn serve(
    serving: (web::Data<Shared>, Rc<Worker>),
    leaving: (Request, Framed<TcpStream, Codec>),
) -> Result<(), Infallible> {
    if let Err(error) = begin(serving, leaving).await {
        tracing::debug!(%error, "the answer to a handshake did not arrive");
    }
    Ok(())
}

async fn begin(
    (shared, worker): (web::Data<Shared>, Rc<Worker>),
    (request, mut framed): (Request, Framed<TcpStream, Codec>),
) -> io::Result<()> {
    let answer = match admit(&shared, &worker, &request) {
        Ok(answer) => answer,
        Err(error) => {
            let arrival = Arrival::of(request.head().headers());
            let refusal = error.answer(&arrival.request_id);
            entry::count("/v1/ws", &refusal, &arrival);
            return send(&mut framed, refusal.into()).await;
        }
    };
    framed.send(Message::Item((answer, BodySize::None))).await?;
    let config = &shared.node.config;
    let network = origin::of_own(request.head(), &config.server, &shared.node.key);
    let parts = framed.into_parts();
    if let Err(Crowded) = accept(&worker, parts.io, parts.read_buf, network) {
        tracing::debug!("a connection came too late to have room");
    }
    Ok(())
}

fn admit(shared: &Shared, worker: &Worker, request: &Request) -> Result<Response<()>, ApiError> {
    if request.path() != PATH {
        return Err(ApiError::NoRoute { path: request.path().to_owned() });
    }
    shared.rules.judge(&entry::call_of(request.head()), wall_now())?;
    let readiness = shared.node.readiness();
    if shared.node.running().is_none() {
        return Err(ApiError::NotReady { phase: readiness.phase, progress: readiness.progress });
    }
    if worker.is_full() {
        return Err(crowded());
    }
    let subprotocol = subprotocol(request)?;
    let mut answer =
        ws::handshake(request.head()).map_err(|error| no_handshake(error.to_string()))?;
    if let Some(subprotocol) = subprotocol {
        // A browser that asked for some gives up where none is chosen.
        answer.insert_header((SEC_WEBSOCKET_PROTOCOL, subprotocol));
    }
    Ok(answer.finish().drop_body())
}

/// Which of the subprotocols that the client offers is spoken; `None` where it offers none, as most do for JSON.
fn subprotocol(request: &Request) -> Result<Option<&'static str>, ApiError> {
    let offered = request.head().headers().get_all(SEC_WEBSOCKET_PROTOCOL);
    let offered: Vec<&str> = offered
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(',').map(str::trim))
        .collect();
    if offered.is_empty() || offered.contains(&JSON) {
        return Ok((!offered.is_empty()).then_some(JSON));
    }
    let detail = format!("the subprotocol spoken here is `{JSON}`, not {}", offered.join(", "));
    Err(no_handshake(detail))
}

/// The answer where there is no room for one more connection.
#[must_use]
pub fn crowded() -> ApiError {
    ApiError::Stated {
        status: 503,
        code: "too_many_connections",
        title: "Too many connections",
        detail:
            "the node has as many connections as it may have (socket.max_connections), or stops"
                .to_owned(),
        errors: Vec::new(),
    }
}

fn no_handshake(detail: String) -> ApiError {
    ApiError::Stated {
        status: 426,
        code: "upgrade_required",
        title: "A WebSocket is wanted",
        detail,
        errors: Vec::new(),
    }
}

async fn send(framed: &mut Framed<TcpStream, Codec>, answer: Response<BoxBody>) -> io::Result<()> {
    let (head, body) = answer.into_parts();
    let bytes = body::to_bytes(body).await.unwrap_or_default();
    let size = BodySize::Sized(bytes.len() as u64);
    framed.send(Message::Item((head, size))).await?;
    framed.send(Message::Chunk(Some(bytes))).await?;
    framed.send(Message::Chunk(None)).await?;
    Ok(())
}
