//! The plain way: every connection a session of actix-ws in one list, a message sent to one after the other.

use std::io::{BufRead, stdin};
use std::net::TcpListener;
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use actix_ws::{Message, Session};
use anyhow::{Context, Result};
use benches::sockets::messages::message;
use tokio::sync::mpsc;

/// What a line asks for: how many messages, of how many bytes.
pub fn order(line: &str) -> Option<(usize, usize)> {
    let (count, bytes) = line.trim().split_once(' ')?;
    Some((count.parse().ok()?, bytes.parse().ok()?))
}

type Sessions = Arc<Mutex<Vec<Session>>>;

/// Serves until the input ends; each line `COUNT BYTES` sends so many messages of this size.
pub fn serve() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?);
    let sessions = Sessions::default();
    let (orders, taken) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in stdin().lock().lines() {
            let Some(order) = line.ok().as_deref().and_then(order) else { break };
            let _ = orders.send(order);
        }
        std::process::abort();
    });
    actix_web::rt::System::new().block_on(async move {
        actix_web::rt::spawn(broadcast(Arc::clone(&sessions), taken));
        let server = HttpServer::new(move || {
            let sessions = web::Data::new(Arc::clone(&sessions));
            App::new().app_data(sessions).route("/v1/ws", web::get().to(open))
        });
        let server = server.workers(2).tcp_nodelay(true).disable_signals().listen(listener)?;
        server.run().await.context("the server failed")
    })
}

async fn open(
    request: HttpRequest,
    body: web::Payload,
    sessions: web::Data<Sessions>,
) -> Result<HttpResponse, actix_web::Error> {
    let (answer, mut session, mut messages) = actix_ws::handle(&request, body)?;
    let sessions = Arc::clone(&sessions);
    actix_web::rt::spawn(async move {
        while let Some(Ok(message)) = messages.recv().await {
            if let Message::Text(_) = message {
                // Told that it is in the list by an answer of its own, as ours tells that the room is followed.
                let _ = session.text(r#"{"id":2,"subscribe":{}}"#).await;
                sessions.lock().unwrap_or_else(PoisonError::into_inner).push(session.clone());
            }
        }
    });
    Ok(answer)
}

async fn broadcast(sessions: Sessions, mut orders: mpsc::UnboundedReceiver<(usize, usize)>) {
    while let Some((count, bytes)) = orders.recv().await {
        let mut all = sessions.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for _ in 0..count {
            let data = message(bytes);
            let line =
                format!(r#"{{"push":{{"channel":"room:1","pub":{{"data":{data},"offset":1}}}}}}"#);
            let line = bytestring::ByteString::from(line);
            for session in &mut all {
                let _ = session.text(line.clone()).await;
            }
        }
    }
}
