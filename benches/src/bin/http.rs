//! How much of a plain actix-web answer is left of a recommendation, and how soon a click is felt.
//!
//! Three questions in one run, load generator on the same machine:
//! 1. recommendations per second over HTTP against a plain actix-web answer of the same size;
//! 2. event posts per second against the same plain answer;
//! 3. receipt to effect as a client sees it (POST a click; on its ack GET on another connection) with
//!    the node at half of its event rate and a checkpoint running.

use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Result;
use benches::figures::{Latencies, timed};
use benches::http_client::{Connection, get, post_json};
use benches::node::{BenchNode, post};

const CLIENTS: usize = 32;
const ROUND: Duration = Duration::from_secs(5);

fn main() -> Result<()> {
    let node = BenchNode::start(|_| {})?;
    node.fill(10_000, 5_000)?;
    let size = answer_size(&node)?;
    let plain = PlainServer::start(size)?;

    let users = AtomicU64::new(0);
    let hello = closed_loop(plain.address, || get("/"));
    let recommend = closed_loop(node.address(), || {
        let user = users.fetch_add(7, Ordering::Relaxed) % 5_000;
        get(&format!("/v1/users/u{user}/recommendations?limit=10"))
    });
    let events = closed_loop(node.address(), || {
        let turn = users.fetch_add(1, Ordering::Relaxed);
        post_json(
            "/v1/events",
            &format!(
                r#"{{"user_id":"u{}","item_id":"i{}","type":"click","event_id":"b{turn}"}}"#,
                turn % 5_000,
                turn % 10_000
            ),
        )
    });
    print_rate("plain actix-web answer", &hello, &hello);
    print_rate("recommendation", &recommend, &hello);
    print_rate("event, acknowledged when durable and applied", &events, &hello);
    effect_at_half_load(&node, events.rate / 2.0)?;
    plain.stop();
    node.stop()
}

fn answer_size(node: &BenchNode) -> Result<usize> {
    let mut connection = node.connect()?;
    Ok(connection.send(&get("/v1/users/u1/recommendations?limit=10"))?.body.len())
}

struct Rate {
    rate: f64,
    latencies: Latencies,
}

fn print_rate(what: &str, rate: &Rate, plain: &Rate) {
    println!(
        "{what}: {:.0}/s, {}, {:.2} x the plain answer",
        rate.rate,
        rate.latencies.summary(),
        rate.rate / plain.rate
    );
}

/// `CLIENTS` connections, one request at a time each, for `ROUND`.
fn closed_loop(address: SocketAddr, request: impl Fn() -> Vec<u8> + Sync) -> Rate {
    let stop = AtomicBool::new(false);
    let (latencies, took) = timed(|| {
        std::thread::scope(|scope| {
            let clients: Vec<_> =
                (0..CLIENTS).map(|_| scope.spawn(|| client(address, &request, &stop))).collect();
            std::thread::sleep(ROUND);
            stop.store(true, Ordering::Relaxed);
            let mut all = Latencies::default();
            for client in clients {
                all.extend(&client.join().unwrap_or_default());
            }
            all
        })
    });
    Rate { rate: latencies.len() as f64 / took.as_secs_f64(), latencies }
}

fn client(address: SocketAddr, request: &impl Fn() -> Vec<u8>, stop: &AtomicBool) -> Latencies {
    let mut latencies = Latencies::default();
    let Ok(mut connection) = Connection::open(address) else { return latencies };
    while !stop.load(Ordering::Relaxed) {
        let bytes = request();
        let (status, took) = timed(|| connection.send(&bytes).map(|answer| answer.status));
        match status {
            Ok(200) => latencies.add(took),
            other => {
                eprintln!("a request was not answered 200: {other:?}");
                break;
            }
        }
    }
    latencies
}

/// Clicks whose effect is read on another connection, beside a paced load and a checkpoint.
fn effect_at_half_load(node: &BenchNode, load: f64) -> Result<()> {
    let stop = AtomicBool::new(false);
    let (effect, sent) = std::thread::scope(|scope| {
        let loaders: Vec<_> = (0..8)
            .map(|lane| {
                let stop = &stop;
                scope.spawn(move || paced(node, lane, load / 8.0, stop))
            })
            .collect();
        let checkpoints = scope.spawn(|| checkpoints(node, &stop));
        let effect = probe(node, 2_000);
        stop.store(true, Ordering::Relaxed);
        let sent: u64 = loaders.into_iter().map(|lane| lane.join().unwrap_or_default()).sum();
        let cuts = checkpoints.join().unwrap_or_default();
        println!("beside the probes: {sent} events, {cuts} checkpoints");
        (effect, sent)
    });
    let _ = sent;
    println!("receipt to effect at half load with checkpoints: {}", effect?.summary());
    Ok(())
}

fn probe(node: &BenchNode, probes: u32) -> Result<Latencies> {
    let mut writing = node.connect()?;
    let mut reading = node.connect()?;
    let mut latencies = Latencies::default();
    for turn in 0..probes {
        let item = format!("i{}", turn % 10_000);
        let click = format!(
            r#"{{"user_id":"probe{turn}","item_id":"{item}","type":"click","event_id":"p{turn}"}}"#
        );
        let path = format!("/v1/users/probe{turn}/recommendations?limit=10");
        let (seen, took) = timed(|| -> Result<bool> {
            post(&mut writing, "/v1/events", &click)?;
            let answer = reading.send(&get(&path))?;
            Ok(String::from_utf8_lossy(answer.body).contains(r#""user_events_applied":1"#))
        });
        anyhow::ensure!(seen?, "probe {turn} was acknowledged and not reflected");
        latencies.add(took);
    }
    Ok(latencies)
}

fn paced(node: &BenchNode, lane: u64, per_second: f64, stop: &AtomicBool) -> u64 {
    let Ok(mut connection) = node.connect() else { return 0 };
    let mut sent = 0_u64;
    let pause = Duration::from_secs_f64(1.0 / per_second.max(1.0));
    while !stop.load(Ordering::Relaxed) {
        let body = format!(
            r#"{{"user_id":"u{}","item_id":"i{}","type":"click","event_id":"l{lane}-{sent}"}}"#,
            (sent * 31 + lane) % 5_000,
            sent * 17 % 10_000
        );
        let (done, took) = timed(|| post(&mut connection, "/v1/events", &body));
        if done.is_err() {
            break;
        }
        sent += 1;
        std::thread::sleep(pause.saturating_sub(took));
    }
    sent
}

fn checkpoints(node: &BenchNode, stop: &AtomicBool) -> u32 {
    let Ok(mut connection) = node.connect() else { return 0 };
    let mut taken = 0;
    while !stop.load(Ordering::Relaxed) {
        let answer = connection.send(&post_json("/v1/checkpoints", "{}"));
        taken += u32::from(answer.is_ok_and(|answer| answer.status < 300));
    }
    taken
}

/// An actix-web server that answers everything with the same bytes: the machine's limit.
struct PlainServer {
    address: SocketAddr,
    handle: actix_web::dev::ServerHandle,
}

impl PlainServer {
    fn start(size: usize) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let (sender, receiver) = std::sync::mpsc::channel();
        std::thread::spawn(move || -> Result<()> {
            let body = "x".repeat(size);
            actix_web::rt::System::new().block_on(async move {
                let app = move || {
                    let body = body.clone();
                    let answer = move || {
                        let body = body.clone();
                        async move { actix_web::HttpResponse::Ok().body(body) }
                    };
                    actix_web::App::new().default_service(actix_web::web::to(answer))
                };
                let server = actix_web::HttpServer::new(app).listen(listener)?.run();
                sender.send(server.handle())?;
                Ok(server.await?)
            })
        });
        Ok(Self { address, handle: receiver.recv()? })
    }

    fn stop(self) {
        drop(self.handle.stop(false));
    }
}
