//! What learning costs those who ask for lists: latencies over HTTP with the learner saturated beside those with it idle.
//!
//! One node, three kinds of rounds in turn: nothing but the probes; beside them a paced stream of events that nothing
//! is learned from; beside them the same stream of choices, more than the learner can take. Probes are sent at fixed
//! times and measured from these, so that one that waits behind a slow one counts its waiting.
//!
//! Load generator and node share the machine, other work on it included: the ratios count.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use benches::figures::Latencies;
use benches::http_client::{Connection, get};
use benches::node::{BenchNode, post};
use benches::process::load_average;
use freshet::clock::Stopwatch;

const ITEMS: u64 = 10_000;
const USERS: u64 = 5_000;
const TURNS: usize = 4;
const ROUND: Duration = Duration::from_secs(5);
/// Lists asked for, each on one of two connections.
const LISTS_A_SECOND: u32 = 200;
/// Single events whose acknowledgement is waited for.
const EVENTS_A_SECOND: u32 = 50;
/// Events of the stream: above what one core learns from at 50 µs a sample.
const STREAM_A_SECOND: u32 = 24_000;
const BODY: u32 = 240;

/// What goes on beside the probes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Beside {
    Nothing,
    /// Events that say nothing about liking.
    Neutral,
    /// Events that are learned from.
    Choices,
}

/// What the probes of one kind of rounds measured.
#[derive(Default)]
struct Measured {
    lists: Latencies,
    events: Latencies,
    streamed: u64,
    samples: f64,
    shed: f64,
}

const KINDS: [(Beside, &str); 3] = [
    (Beside::Nothing, "learner idle, no stream"),
    (Beside::Neutral, "learner idle, stream of neutral events"),
    (Beside::Choices, "learner saturated, stream of choices"),
];

fn main() -> Result<()> {
    let node = BenchNode::start(|_| {})?;
    node.fill(ITEMS as u32, USERS as u32)?;
    let before = load_average();
    let mut measured: [Measured; 3] = Default::default();
    for turn in 0..TURNS {
        for ((beside, _), measured) in KINDS.into_iter().zip(&mut measured) {
            round(&node, beside, turn, measured)?;
            settle(&node)?;
        }
    }
    for ((_, what), of) in KINDS.into_iter().zip(&measured) {
        println!(
            "{what}: {:.0} events/s",
            of.streamed as f64 / (TURNS as f64 * ROUND.as_secs_f64())
        );
        println!("  list:  {}", of.lists.summary());
        println!("  event acknowledged: {}", of.events.summary());
    }
    let [quiet, neutral, learning] = &measured;
    println!(
        "of {:.0} samples {:.0} % were learned from with less effort or only counted",
        learning.samples,
        100.0 * learning.shed / learning.samples.max(1.0)
    );
    print_ratio("saturated to idle, same rate of events", learning, neutral);
    print_ratio("saturated to idle, no stream", learning, quiet);
    println!("load average before {before}, after {}", load_average());
    node.stop()
}

fn print_ratio(what: &str, one: &Measured, other: &Measured) {
    let ratio = |a: &Latencies, b: &Latencies| a.quantile_ms(0.99) / b.quantile_ms(0.99);
    println!(
        "p99, {what}: list {:.2}, event {:.2}",
        ratio(&one.lists, &other.lists),
        ratio(&one.events, &other.events)
    );
}

fn round(node: &BenchNode, beside: Beside, turn: usize, measured: &mut Measured) -> Result<()> {
    let stop = AtomicBool::new(false);
    let (samples, shed) = learned(node)?;
    std::thread::scope(|scope| -> Result<()> {
        let streams: Vec<_> = (0..2)
            .map(|lane| {
                scope.spawn({
                    let stop = &stop;
                    move || stream(node, beside, (turn, lane), stop)
                })
            })
            .collect();
        // The stream needs a moment to fill the queues.
        std::thread::sleep(Duration::from_millis(500));
        let lists: Vec<_> =
            (0..2).map(|lane| scope.spawn(move || ask_for_lists(node, lane))).collect();
        let events = scope.spawn(move || send_events(node, turn, beside));
        for lane in lists {
            measured.lists.extend(&joined(lane)?);
        }
        measured.events.extend(&joined(events)?);
        stop.store(true, Ordering::Relaxed);
        for lane in streams {
            measured.streamed += joined(lane)?;
        }
        Ok(())
    })?;
    let (samples_now, shed_now) = learned(node)?;
    measured.samples += samples_now - samples;
    measured.shed += shed_now - shed;
    Ok(())
}

fn joined<T>(thread: std::thread::ScopedJoinHandle<Result<T>>) -> Result<T> {
    thread.join().unwrap_or_else(|_| anyhow::bail!("a client panicked"))
}

/// Waits until the learner has caught up.
fn settle(node: &BenchNode) -> Result<()> {
    for _ in 0..100 {
        std::thread::sleep(Duration::from_millis(200));
        let behind = metric(&metrics(node)?, "freshet_model_backlog_seconds");
        if behind == 0.0 {
            // The gauge is told once a second.
            std::thread::sleep(Duration::from_millis(1_100));
            return Ok(());
        }
    }
    anyhow::bail!("the learner does not catch up")
}

/// Calls `one` at a fixed rate for a round; latencies from the times at which it was due.
fn paced(a_second: u32, mut one: impl FnMut(u32) -> Result<()>) -> Result<Latencies> {
    let watch = Stopwatch::start();
    let mut latencies = Latencies::default();
    let period = Duration::from_secs(1) / a_second;
    for turn in 0.. {
        let due = period * turn;
        if ROUND <= due {
            break;
        }
        std::thread::sleep(due.saturating_sub(watch.elapsed()));
        one(turn)?;
        latencies.add(watch.elapsed().saturating_sub(due));
    }
    Ok(latencies)
}

fn ask_for_lists(node: &BenchNode, lane: u64) -> Result<Latencies> {
    let mut connection = node.connect()?;
    paced(LISTS_A_SECOND / 2, |turn| {
        let user = (u64::from(turn) * 7_919 + lane * 31) % USERS;
        let path = format!("/v1/users/u{user}/recommendations?limit=20");
        let status = connection.send(&get(&path))?.status;
        anyhow::ensure!(status == 200, "a list was answered with {status}");
        Ok(())
    })
}

fn send_events(node: &BenchNode, turn: usize, beside: Beside) -> Result<Latencies> {
    let mut connection = node.connect()?;
    paced(EVENTS_A_SECOND, |number| {
        let id = format!("probe-{beside:?}-{turn}-{number}");
        let number = u64::from(number);
        post(&mut connection, "/v1/events", &event("click", number * 13, number * 17, &id))
    })
}

/// Half of the stream, in bodies; how many events were sent. Falls behind where the node does.
fn stream(
    node: &BenchNode,
    beside: Beside,
    (turn, lane): (usize, u64),
    stop: &AtomicBool,
) -> Result<u64> {
    let kind = match beside {
        Beside::Nothing => return Ok(0),
        Beside::Neutral => "live_leave",
        Beside::Choices => "click",
    };
    let mut connection = node.connect()?;
    let period = Duration::from_secs(1) * BODY * 2 / STREAM_A_SECOND;
    let mut sent = 0_u64;
    while !stop.load(Ordering::Relaxed) {
        let watch = Stopwatch::start();
        let body: Vec<String> = (sent..sent + u64::from(BODY))
            .map(|number| {
                let spread = (number * 2 + lane).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20;
                let skewed = (spread % ITEMS) * (spread / ITEMS % ITEMS) / ITEMS;
                event(kind, spread % USERS, skewed, &format!("{kind}-{turn}-{lane}-{number}"))
            })
            .collect();
        let body = format!("[{}]", body.join(","));
        post(&mut connection, "/v1/events", &body)?;
        sent += u64::from(BODY);
        std::thread::sleep(period.saturating_sub(watch.elapsed()));
    }
    Ok(sent)
}

fn event(kind: &str, user: u64, item: u64, id: &str) -> String {
    let (user, item) = (user % USERS, item % ITEMS);
    format!(r#"{{"user_id":"u{user}","item_id":"i{item}","type":"{kind}","event_id":"{id}"}}"#)
}

/// Samples so far, and of how many less was made.
fn learned(node: &BenchNode) -> Result<(f64, f64)> {
    let metrics = metrics(node)?;
    Ok((metric(&metrics, "freshet_samples_total"), metric(&metrics, "freshet_samples_shed_total")))
}

fn metrics(node: &BenchNode) -> Result<String> {
    let mut connection: Connection = node.connect()?;
    let answer = connection.send(&get("/metrics")).context("metrics")?;
    Ok(String::from_utf8_lossy(answer.body).into_owned())
}

/// The sum over a metric's labels.
fn metric(metrics: &str, name: &str) -> f64 {
    let lines = metrics.lines().filter_map(|line| line.strip_prefix(name));
    let lines = lines.filter(|rest| rest.starts_with([' ', '{']));
    lines.filter_map(|rest| rest.rsplit(' ').next()?.parse::<f64>().ok()).sum()
}
