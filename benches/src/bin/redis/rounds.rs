//! Runs of both sides, one behind the other, and what came of them.

use std::time::Duration;

use anyhow::Result;
use benches::feed::{self, Ack, Way};
use benches::pipeline::{self, Request};
use benches::process::load_average;
use benches::shop::{self, Act, Kind};
use config::Config;
use freshet::clock::wall_now;

use super::answers::{self, Sample};
use super::commands::{Layout, Pipeline, Rules};
use super::node;
use super::server::{self, Fsync, Redis};

/// Acts of a run.
const ACTS: usize = 200_000;
/// Acts of the runs that find the best size of a batch.
const TRIAL: usize = 60_000;
/// Runs of each side, of which the median counts.
const ROUNDS: usize = 3;
/// Acts of a body that are tried.
const BODIES: [usize; 3] = [100, 400, 1_600];
/// Acts of a pipeline and connections to Redis that are tried: Redis that syncs before it answers does so once for what
/// all connections have sent.
const PIPELINES: [Sending; 6] = [
    Sending { batch: 100, lanes: 2 },
    Sending { batch: 400, lanes: 2 },
    Sending { batch: 1_600, lanes: 2 },
    Sending { batch: 100, lanes: 8 },
    Sending { batch: 20, lanes: 32 },
    Sending { batch: 100, lanes: 32 },
];
/// Pipelines under way on each connection.
const UNDER_WAY: usize = 2;

/// How Redis is sent to.
#[derive(Clone, Copy, Debug)]
struct Sending {
    batch: usize,
    lanes: usize,
}

/// What a round is about.
#[derive(Clone, Copy)]
struct Pair {
    ack: Ack,
    fsync: Fsync,
    layout: Layout,
}

/// Finds how each side is best sent to, then sets them side by side.
///
/// # Errors
/// Where either side fails, or an answer differs.
pub fn all() -> Result<()> {
    let trial = shop::acts(TRIAL, 0, 7);
    let acts = shop::acts(ACTS, 0, 8);
    println!("load average before: {}", load_average());
    for (ack, fsync) in [(Ack::Durable, Fsync::Always), (Ack::Accepted, Fsync::EverySecond)] {
        println!("node ack={ack:?}, redis appendfsync={fsync:?}:");
        let pair = Pair { ack, fsync, layout: Layout::Keys };
        let ours = best(&BODIES, |batch| node_alone(&trial, *batch, ack))?;
        println!("  node: bodies of {ours} suit it best");
        for layout in [Layout::Keys, Layout::Packed] {
            let pair = Pair { layout, ..pair };
            let theirs = best(&PIPELINES, |sending| redis_alone(&trial, *sending, pair))?;
            println!("  redis, {layout:?}: {theirs:?} suits it best");
            let rounds: Result<Vec<_>> =
                (0..ROUNDS).map(|_| round(&acts, (ours, theirs), pair)).collect();
            let rounds = rounds?;
            println!(
                "  node {:.0} updates/s, redis ({layout:?}) {:.0} updates/s, ratio {:.2}: medians of {ROUNDS} rounds",
                median(rounds.iter().map(|it| it[0])),
                median(rounds.iter().map(|it| it[1])),
                median(rounds.iter().map(|it| it[0] / it[1])),
            );
        }
    }
    println!("load average behind: {}", load_average());
    Ok(())
}

/// What has the highest rate of those that are tried.
fn best<T: Copy>(tried: &[T], rate: impl Fn(&T) -> Result<f64>) -> Result<T> {
    let mut found = (tried[0], 0.0);
    for one in tried {
        let rate = rate(one)?;
        if found.1 < rate {
            found = (*one, rate);
        }
    }
    Ok(found.0)
}

fn node_alone(acts: &[Act], batch: usize, ack: Ack) -> Result<f64> {
    let bench = feed::shop()?;
    let fed = feed::feed(&bench, acts, Way { batch, ack })?;
    bench.stop()?;
    Ok(1.0 / fed.took.as_secs_f64())
}

fn redis_alone(acts: &[Act], sending: Sending, pair: Pair) -> Result<f64> {
    let now = wall_now().as_millis();
    let times: Vec<u64> = acts.iter().map(|act| now - act.lag_ms).collect();
    let redis = Redis::start(pair.fsync)?;
    let mut lanes = pipelines(acts, &times, sending, pair.layout)?;
    let sent = pipeline::send(redis.address(), &mut lanes, UNDER_WAY, server::pass)?;
    Ok(1.0 / sent.took.as_secs_f64())
}

/// Updates a second of both, after their answers were found equal.
fn round(acts: &[Act], (ours, theirs): (usize, Sending), pair: Pair) -> Result<[f64; 2]> {
    let sample = Sample::draw(acts);
    let run = node::run(acts, Way { batch: ours, ack: pair.ack }, &sample)?;
    let fed = &run.fed;
    let listed = acts.iter().filter(|act| act.kind != Kind::Page).count() as f64;
    let updates = fed.updates + listed;
    let redis = Redis::start(pair.fsync)?;
    let mut lanes = pipelines(acts, &fed.times, theirs, pair.layout)?;
    let commands: usize = lanes.iter().flatten().map(|request| request.answers).sum();
    let cpu_before = redis.cpu_time();
    let sent = pipeline::send(redis.address(), &mut lanes, UNDER_WAY, server::pass)?;
    let cpu = redis.cpu_time().saturating_sub(cpu_before);
    let since = since(&fed.times);
    let compared = answers::compare(&redis, &sample, &run.answers, (since, pair.layout))?;
    let [node, other] = [fed.took, sent.took].map(|took| updates / took.as_secs_f64());
    let micros = |cpu: Duration| cpu.as_secs_f64() * 1e6 / updates;
    println!(
        "    {:.1} updates an act: node {node:.0}/s at {:.2} µs of processor each; redis {other:.0}/s at {:.2} µs, {:.2} commands an update; {:.2} x; {compared} answers equal",
        updates / acts.len() as f64,
        micros(fed.cpu),
        micros(cpu),
        commands as f64 / updates,
        node / other,
    );
    Ok([node, other])
}

/// The instant at which what fades is weighed.
fn since(times: &[u64]) -> u64 {
    times.iter().copied().min().unwrap_or(0)
}

fn pipelines(
    acts: &[Act],
    times: &[u64],
    sending: Sending,
    layout: Layout,
) -> Result<Vec<Vec<Request>>> {
    let types = Config::default().event_types()?;
    let weight = |kind: Kind| {
        let found = types.iter().find(|(_, spec)| spec.name == kind.name());
        found.map_or(0.0, |(_, spec)| f64::from(spec.weight))
    };
    let rules = Rules { layout, since_ms: since(times), weight: &weight };
    let mut lanes = vec![Vec::new(); sending.lanes];
    for (place, act) in acts.iter().enumerate() {
        lanes[act.user as usize % sending.lanes].push(place);
    }
    let pipeline = |places: &[usize]| {
        let mut pipeline = Pipeline::default();
        for place in places {
            pipeline.add(&acts[*place], times[*place], &rules);
        }
        pipeline.finish()
    };
    Ok(lanes.iter().map(|places| places.chunks(sending.batch).map(pipeline).collect()).collect())
}

fn median(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut numbers: Vec<f64> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(f64::NAN)
}
