//! The crowd: viewers that join, comments at a pace, and what came of it.

use std::io::stdin;
use std::net::SocketAddr;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use benches::http_client::{Connection, post_json};
use benches::node::BenchNode;
use benches::process::load_average;
use benches::sockets::messages::{now, text};
use benches::sockets::processes::Process;

const COMMENTS_PER_S: u32 = 500;
/// Connections that comments are posted over.
const LANES: u32 = 8;
/// Of the viewers, which share never reads.
const STALLED_OF: usize = 20;
/// How long is measured, behind as much that is not.
const MEASURED: Duration = Duration::from_secs(10);
const TEXT_BYTES: usize = 60;
/// What the system holds for a connection, low enough for those who never read to be noticed while it is measured.
const SEND_BUFFER: usize = 8_192;

/// Serves a node until the input ends.
pub fn serve() -> Result<()> {
    let node = BenchNode::start(|config| {
        config.socket.max_connections = 1_000_000;
        config.socket.send_buffer_bytes = SEND_BUFFER;
    })?;
    println!("{}", node.address());
    for line in stdin().lines() {
        drop(line?);
    }
    node.stop()
}

/// Lets so many viewers watch a room in which others comment.
pub fn watch(viewers: usize) -> Result<()> {
    let mut node = Process::start(&["--node"])?;
    let address: SocketAddr = node.hear()?.parse()?;
    let mut connection = Connection::open(address).context("cannot connect to the node")?;
    let put = String::from_utf8(post_json("/v1/rooms/1", "{}"))?.replacen("POST", "PUT", 1);
    let made = connection.send(put.as_bytes())?;
    ensure!(made.status == 200, "the room is refused: {}", made.status);
    let before = node.memory()?;
    let stalled = viewers / STALLED_OF;
    let (count, unread) = (viewers.to_string(), stalled.to_string());
    let mut reader = Process::start(&["--read", &address.to_string(), &count, &unread])?;
    let joined_ms = reader.hear()?;
    let joined = node.memory()?;
    let whole = 2 * MEASURED;
    let posting = thread::spawn(move || post_all(address, whole));
    // The first half is read and not counted: caches, buffers and the model are cold.
    let mut told = String::new();
    for _ in 0..2 {
        reader.tell(&format!("for {}", MEASURED.as_millis()))?;
        told = reader.hear()?;
    }
    let posted = posting.join().map_err(|_| anyhow::anyhow!("whoever posts failed"))??;
    let after = node.memory()?;
    let figures: Vec<f64> = told.split(' ').map(str::parse).collect::<Result<_, _>>()?;
    let [p50, p99, longest, _, read] = figures[..] else { anyhow::bail!("{told}") };
    println!(
        "{viewers} viewers, {stalled} of them stalled: joined within {joined_ms} ms; {:.0} comments/s posted, {:.0}/s relayed, {:.0} \
         deliveries/s; from post to a viewer's read p50 {:.1} ms, p99 {:.1} ms, longest {:.1} ms; node {} MB before, {} MB with \
         everybody in ({:.1} KB a viewer), {} MB after (load {})",
        f64::from(posted) / whole.as_secs_f64(),
        read / (viewers - stalled) as f64 / MEASURED.as_secs_f64(),
        read / MEASURED.as_secs_f64(),
        p50 / 1e3,
        p99 / 1e3,
        longest / 1e3,
        before >> 20,
        joined >> 20,
        joined.saturating_sub(before) as f64 / viewers as f64 / 1024.0,
        after >> 20,
        load_average(),
    );
    Ok(())
}

/// Posts comments at the pace; how many that were.
fn post_all(address: SocketAddr, whole: Duration) -> Result<u32> {
    let lanes: Vec<_> =
        (0..LANES).map(|lane| thread::spawn(move || post(address, lane, whole))).collect();
    let mut posted = 0;
    for lane in lanes {
        posted += lane.join().map_err(|_| anyhow::anyhow!("a lane failed"))??;
    }
    Ok(posted)
}

fn post(address: SocketAddr, lane: u32, whole: Duration) -> Result<u32> {
    let mut connection = Connection::open(address)?;
    let pace = Duration::from_secs(1) * LANES / COMMENTS_PER_S;
    let began = now() + pace * lane / LANES;
    for number in 0.. {
        let due = began + pace * number;
        thread::sleep(due.saturating_sub(now()));
        if whole < now().saturating_sub(began) {
            return Ok(number);
        }
        let event = format!(
            r#"{{"type":"live_comment","room_id":"1","user_id":"u{}","properties":{{"text":"{}"}}}}"#,
            lane + LANES * (number % 50),
            text(TEXT_BYTES)
        );
        let answer = connection.send(&post_json("/v1/events", &event))?;
        ensure!(answer.status == 200, "a comment is refused: {}", answer.status);
    }
    Ok(0)
}
