//! Acts of the made-up shop on their way into a node, over HTTP, and the wait until all of them have their effect.
//!
//! Not here: what the node makes of them.

use std::io::{self, BufRead, BufReader, Read};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Result, ensure};
use config::Config;
use freshet::clock::Stopwatch;

use crate::http_client::post_json;
use crate::node::{BenchNode, post};
use crate::pipeline::{self, Request, Stamp};
use crate::process::process_time;
use crate::shop::{Act, ITEMS, categories};

/// Connections.
const LANES: usize = 8;
/// Bodies under way on each: the server closes a connection on which a body is still coming when the answer before it
/// leaves.
const UNDER_WAY: usize = 1;

/// What an answer of the node waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ack {
    /// Its events are on disk.
    Durable,
    /// They are queued for it.
    Accepted,
}

/// How acts are sent.
#[derive(Clone, Copy, Debug)]
pub struct Way {
    /// Acts of a body.
    pub batch: usize,
    /// What an answer waits for.
    pub ack: Ack,
}

/// What came of it.
#[derive(Debug)]
pub struct Fed {
    /// From the first byte until everything is applied, features that all share included.
    pub took: Duration,
    /// Processor time of the node until users were through, all its threads.
    pub cpu: Duration,
    /// When each act happened.
    pub times: Vec<u64>,
    /// Instances of declared features that were changed, by the node's own count.
    pub updates: f64,
}

impl Ack {
    fn path(self) -> &'static str {
        match self {
            Self::Durable => "/v1/events?ack=durable",
            Self::Accepted => "/v1/events?ack=accepted",
        }
    }
}

/// A node with the shop's items, which takes as many events at once as it is sent.
///
/// # Errors
/// Where it cannot be started.
pub fn shop() -> Result<BenchNode> {
    shop_with(|_| {})
}

/// The same with its configuration changed by `adjust`.
///
/// # Errors
/// Where it cannot be started.
pub fn shop_with(adjust: impl FnOnce(&mut Config)) -> Result<BenchNode> {
    let bench = BenchNode::start(|config| {
        config.admission.events_in_flight = 4_000_000;
        config.admission.bytes_in_flight = 4 << 30;
        adjust(config);
    })?;
    describe_items(&bench)?;
    Ok(bench)
}

/// Sends the acts and waits until all that they change is published.
///
/// # Errors
/// Where the node refuses any of it.
pub fn feed(bench: &BenchNode, acts: &[Act], way: Way) -> Result<Fed> {
    let mut lanes = bodies(acts, way);
    let node = bench.node();
    let updates = || counter(bench, "freshet_feature_updates_total");
    let (before, items) = (updates(), node.activity().items());
    let cpu_before = process_time(std::process::id());
    let started = Stopwatch::start();
    let sent = pipeline::send(bench.address(), &mut lanes, UNDER_WAY, pass)?;
    // An item that nobody knows yet, behind all that is queued: what is on disk then is everything.
    let last = format!(r#"{{"user_id":"last","type":"view_item","item_id":"last{items}"}}"#);
    let answer = bench.connect()?.send(&post_json(Ack::Durable.path(), &last))?.status;
    ensure!(answer < 300, "the node answers the last event with {answer}");
    while node.applied_through() < node.durable_through() {
        std::thread::sleep(Duration::from_micros(200));
    }
    let (mut took, mut seen) = (started.elapsed(), updates());
    let cpu = process_time(std::process::id()).saturating_sub(cpu_before + sent.own_cpu);
    // What is shared is taken in behind the rest, in the order of the log, and published after that.
    while node.activity().items() <= items {
        std::thread::sleep(Duration::from_millis(5));
        let now = updates();
        if seen < now {
            (took, seen) = (started.elapsed(), now);
        }
    }
    let mut times = vec![0; acts.len()];
    for (act, at) in sent.times {
        times[act] = at;
    }
    Ok(Fed { took, cpu, times, updates: seen - before })
}

/// Sends the acts as one body, on a connection of its own, and waits for its answer. Their ids count from `first_id`.
///
/// # Errors
/// Where the node refuses any of it.
pub fn send_one(bench: &BenchNode, acts: &[Act], first_id: usize, ack: Ack) -> Result<()> {
    let places: Vec<usize> = (0..acts.len()).collect();
    let mut lanes = [vec![body(acts, &places, first_id, ack.path())]];
    pipeline::send(bench.address(), &mut lanes, UNDER_WAY, pass)?;
    Ok(())
}

fn describe_items(bench: &BenchNode) -> Result<()> {
    let mut connection = bench.connect()?;
    for first in (0..ITEMS).step_by(1_000) {
        let docs: Vec<String> = (first..ITEMS.min(first + 1_000))
            .map(|item| {
                let [a, b] = categories(item);
                format!(r#"{{"item_id":"i{item}","categories":["c{a}","c{b}"]}}"#)
            })
            .collect();
        post(&mut connection, "/v1/items/batch", &format!("[{}]", docs.join(",")))?;
    }
    Ok(())
}

/// The acts of each user on one connection, in order, so many a body.
fn bodies(acts: &[Act], way: Way) -> Vec<Vec<Request>> {
    let mut lanes = vec![Vec::new(); LANES];
    for (place, act) in acts.iter().enumerate() {
        lanes[act.user as usize % LANES].push(place);
    }
    let of_lane = |places: Vec<usize>| -> Vec<Request> {
        places.chunks(way.batch).map(|places| body(acts, places, 0, way.ack.path())).collect()
    };
    lanes.into_iter().map(of_lane).collect()
}

fn body(acts: &[Act], places: &[usize], first_id: usize, path: &str) -> Request {
    let mut text = String::from("[");
    let mut stamps = Vec::new();
    for act in places {
        let (event, place) = acts[*act].json(first_id + *act, 0);
        stamps.push(Stamp { place: text.len() + place, lag_ms: acts[*act].lag_ms, act: *act });
        text += &event;
        text.push(',');
    }
    text.pop();
    text.push(']');
    let bytes = post_json(path, &text);
    let head = bytes.len() - text.len();
    for stamp in &mut stamps {
        stamp.place += head;
    }
    Request { bytes, stamps, answers: 1 }
}

/// Reads an answer and insists that all of it was taken.
fn pass(stream: &mut BufReader<TcpStream>) -> io::Result<()> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    let taken = ["200", "202"].contains(&line.split(' ').nth(1).unwrap_or_default());
    let mut length = 0;
    while line != "\r\n" {
        line.clear();
        if stream.read_line(&mut line)? == 0 {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the node closed a connection",
            ));
        }
        if let Some(found) = line.strip_prefix("content-length: ") {
            length = found.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    let text = String::from_utf8_lossy(&body);
    let whole = text.contains(r#""rejected":[]"#) && text.contains(r#""warnings":[]"#);
    if taken && whole { Ok(()) } else { Err(io::Error::other(format!("the node says {text}"))) }
}

fn counter(bench: &BenchNode, name: &str) -> f64 {
    let text = bench.node().render_metrics();
    let lines = text.lines().filter(|line| line.starts_with(name));
    lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
}
