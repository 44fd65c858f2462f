//! The node's own connections: hub, workers and sessions as they are, with a room that is a counter.

use std::convert::Infallible;
use std::io::{BufRead, stdin};
use std::net::TcpListener;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use actix_codec::Framed;
use actix_http::body::BodySize;
use actix_http::{HttpService, Request, Response, h1, ws};
use actix_service::fn_service;
use actix_web::rt::net::TcpStream;
use anyhow::{Context, Result};
use benches::sockets::messages::message;
use config::Config;
use engine::UserId;
use freshet::live::protocol::Refusal;
use freshet::live::{
    Denied, Door, FollowError, Hub, Intake, Pass, Published, RoomSource, Service, Sign, Since,
    Speaker, Standing, Taken, Turned, Worker, accept,
};
use futures_util::SinkExt;
use futures_util::future::BoxFuture;

const ROOM: &str = "1";
const EPOCH: &str = "e";

/// Serves until the input ends; each line `COUNT BYTES` publishes so many messages of this size.
pub fn serve() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?);
    let hub = Hub::default();
    let room = Arc::new(Counter::default());
    hub.serve_from(Arc::clone(&room) as _);
    let mut config = Config::default().socket;
    config.max_connections = 1_000_000;
    // The reader answers nothing.
    config.ping_every_ms = 3_600_000;
    let service =
        Service { hub: hub.clone(), door: Arc::new(Open), intake: Arc::new(Deaf), config };
    std::thread::spawn(move || publish(&hub, &room));
    actix_web::rt::System::new().block_on(run(listener, service))
}

async fn run(listener: TcpListener, service: Service) -> Result<()> {
    let server = actix_server::Server::build().workers(2).disable_signals();
    let server = server.listen("fanout", listener, move || {
        let worker = Worker::start(service.clone());
        HttpService::build()
            .tcp_nodelay(true)
            .upgrade(fn_service(move |leaving| upgrade(Rc::clone(&worker), leaving)))
            .finish(fn_service(async |_: Request| Ok::<_, Infallible>(Response::not_found())))
            .tcp()
    })?;
    server.run().await.context("the server failed")
}

async fn upgrade(
    worker: Rc<Worker>,
    (request, mut framed): (Request, Framed<TcpStream, h1::Codec>),
) -> Result<(), Infallible> {
    if let Ok(mut answer) = ws::handshake(request.head()) {
        let answer = answer.finish().drop_body();
        if framed.send(h1::Message::Item((answer, BodySize::None))).await.is_ok() {
            let parts = framed.into_parts();
            let _ = accept(&worker, parts.io, parts.read_buf, 0);
        }
    }
    Ok(())
}

fn publish(hub: &Hub, room: &Counter) {
    for line in stdin().lock().lines() {
        let Some((count, bytes)) = line.ok().as_deref().and_then(crate::plain::order) else {
            break;
        };
        for _ in 0..count {
            let offset = room.0.fetch_add(1, Ordering::AcqRel) + 1;
            let data = message(bytes).into();
            hub.publish(ROOM, Published { epoch: EPOCH.into(), offset, data });
        }
    }
    std::process::abort();
}

#[derive(Default)]
struct Counter(AtomicU64);

impl RoomSource for Counter {
    fn follow(
        &self,
        _: &str,
        _: Option<Since>,
    ) -> BoxFuture<'static, Result<Standing, FollowError>> {
        let offset = self.0.load(Ordering::Acquire);
        Box::pin(async move { Ok(Standing { epoch: EPOCH.into(), offset, missed: None }) })
    }

    fn watch(&self, _: &str) {}
    fn unwatch(&self, _: &str) {}
    fn watch_user(&self, _: &UserId) {}
    fn unwatch_user(&self, _: &UserId) {}
}

/// Everybody is who they say.
struct Open;

impl Door for Open {
    fn admit(&self, _: &str, said: Option<&str>) -> Result<Pass, Denied> {
        let user = UserId::new(said.ok_or(Denied::Invalid)?);
        Ok(Pass { user, rooms: None, expires_in_ms: None })
    }
}

/// Takes nothing.
struct Deaf;

impl Intake for Deaf {
    fn event(&self, _: Speaker, _: String) -> BoxFuture<'static, Result<Taken, Turned>> {
        Box::pin(async { Err(Refusal::NotAvailable.into()) })
    }

    fn signs(&self, _: Vec<Sign>) -> BoxFuture<'static, bool> {
        Box::pin(async { true })
    }
}
