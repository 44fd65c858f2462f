//! How soon features are read over HTTP while events stream in, and what a popular item costs the whole node.
//!
//! `cargo run --release -p benches --bin online`
//!
//! 1. `POST /v1/features/online` for 100 users and 100 items at once, one request at a time, with nothing else to do and
//!    beside a paced stream of events.
//! 2. The same number of events into nodes of their own, in turns: items drawn alike; one item with 80 % of the traffic;
//!    and again alike into a node that learns no model, which tells what learning takes from the stream.
//!
//! Not here: the features alone (see `features`), Redis (see `redis`).

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Result, ensure};
use benches::feed::{self, Ack, Way};
use benches::figures::{Latencies, timed};
use benches::http_client::{get, post_json};
use benches::node::BenchNode;
use benches::process::load_average;
use benches::shop::{self, ITEMS, Random, USERS};

/// Reads of a measurement.
const READS: usize = 4_000;
/// Acts a second beside the reads; 2.2 events each.
const PACE: usize = 2_000;
/// Acts of a paced body.
const BODY: usize = 100;
/// Acts of a run of the second question.
const ACTS: usize = 100_000;
/// Runs of each stream, in turns, of which the median counts.
const ROUNDS: usize = 5;
/// Entities of a read.
const ENTITIES: usize = 100;

fn main() -> Result<()> {
    println!("load average: {}", load_average());
    reads()?;
    streams()?;
    println!("load average: {}", load_average());
    Ok(())
}

fn reads() -> Result<()> {
    let bench = feed::shop()?;
    let way = Way { batch: 400, ack: Ack::Durable };
    feed::feed(&bench, &shop::acts(ACTS, 0, 3), way)?;
    println!("a plain answer, alone: {}", plain(&bench)?.summary());
    println!(
        "100 users and 100 items, 7 features of each pair, alone: {}",
        read(&bench)?.summary()
    );
    let stop = AtomicBool::new(false);
    let (latencies, sent) = std::thread::scope(|scope| {
        let stream = scope.spawn(|| stream(&bench, &stop));
        let latencies = plain(&bench).and_then(|plain| Ok((plain, read(&bench)?)));
        stop.store(true, Ordering::Relaxed);
        (latencies, stream.join())
    });
    let (events, took) = sent.map_err(|_| anyhow::anyhow!("the stream ended early"))??;
    let (plain, latencies) = latencies?;
    println!("beside {:.0} events/s:", events as f64 / took.as_secs_f64());
    println!("  a plain answer: {}", plain.summary());
    println!("  100 users and 100 items: {}", latencies.summary());
    bench.stop()
}

/// An answer that asks nobody: what the machine makes any client wait.
fn plain(bench: &BenchNode) -> Result<Latencies> {
    let mut connection = bench.connect()?;
    let mut latencies = Latencies::default();
    for _ in 0..READS {
        let (answer, took) = timed(|| connection.send(&get("/livez")).map(|answer| answer.status));
        ensure!(answer? == 200, "a plain answer is missing");
        latencies.add(took);
    }
    Ok(latencies)
}

fn read(bench: &BenchNode) -> Result<Latencies> {
    let mut connection = bench.connect()?;
    let mut random = Random(5);
    let mut latencies = Latencies::default();
    for _ in 0..READS {
        let mut names = |letter: char, below: u32| {
            let names = (0..ENTITIES).map(|_| format!("\"{letter}{}\"", random.below(below)));
            names.collect::<Vec<_>>().join(",")
        };
        let (users, items) = (names('u', USERS), names('i', ITEMS));
        let body = format!(
            r#"{{"features":["clicks_1m","clicks_5m","clicks_60m","last_click","mean_price_60m","channels_watched","item_ctr"],"entities":{{"user_id":[{users}],"item_id":[{items}]}}}}"#
        );
        let request = post_json("/v1/features/online", &body);
        let (answer, took) = timed(|| connection.send(&request).map(|answer| answer.status));
        ensure!(answer? == 200, "a read was not answered 200");
        latencies.add(took);
    }
    Ok(latencies)
}

/// Sends bodies at the pace until it is told to stop; events sent, and how long it took.
fn stream(bench: &BenchNode, stop: &AtomicBool) -> Result<(usize, Duration)> {
    let mut events = 0;
    let (done, took) = timed(|| {
        for seed in 100_usize.. {
            if stop.load(Ordering::Relaxed) {
                break;
            }
            let acts = shop::acts(BODY, 0, seed as u64);
            events += acts.iter().map(shop::Act::events).sum::<usize>();
            let (sent, took) =
                timed(|| feed::send_one(bench, &acts, ACTS + seed * BODY, Ack::Durable));
            sent?;
            let pause = Duration::from_secs_f64(BODY as f64 / PACE as f64);
            std::thread::sleep(pause.saturating_sub(took));
        }
        Ok(())
    });
    done.map(|()| (events, took))
}

/// Streams into a node of their own each, in turns.
fn streams() -> Result<()> {
    let kinds =
        [("items alike", 0, true), ("80 % on one item", 80, true), ("nothing learned", 0, false)];
    let mut rates = [const { Vec::new() }; 3];
    for _ in 0..ROUNDS {
        for (rates, (_, hot_share, learns)) in rates.iter_mut().zip(kinds) {
            let bench = feed::shop_with(|config| config.model.enabled = learns)?;
            let acts = shop::acts(ACTS, hot_share, 11);
            let events: usize = acts.iter().map(shop::Act::events).sum();
            let fed = feed::feed(&bench, &acts, Way { batch: 400, ack: Ack::Durable })?;
            bench.stop()?;
            rates.push((
                events as f64 / fed.took.as_secs_f64(),
                fed.cpu.as_secs_f64() * 1e6 / events as f64,
            ));
        }
    }
    for (rates_of, (name, ..)) in rates.iter().zip(kinds) {
        let ratios: Vec<f64> =
            rates_of.iter().zip(&rates[0]).map(|(it, alike)| it.0 / alike.0).collect();
        println!(
            "{name}: {:.0} events/s at {:.1} µs of processor each, {:.2} x items alike ({ratios:.2?})",
            median(rates_of.iter().map(|it| it.0)),
            median(rates_of.iter().map(|it| it.1)),
            median(ratios.iter().copied())
        );
    }
    Ok(())
}

fn median(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = numbers.collect();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}
