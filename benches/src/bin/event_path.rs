//! How much of the disk's own speed the whole event path keeps, and where one event's time goes.
//!
//! The same records, in one run: raw synced RocksDB write batches of 150 bytes a record, then events
//! through permits, log writer, dispatcher, shards and acknowledgement. Also one event at a time: what
//! a lone client waits for, beside the bare synced write of one record.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use benches::figures::{Latencies, timed};
use benches::node::BenchNode;
use engine::record::{Identity, ItemKind};
use engine::{Event, EventTypeId, UserId};
use freshet::event_log::Draft;
use freshet::node::{AckLevel, Node};

const EVENTS: usize = 400_000;
const LANES: usize = 8;
const LONE: usize = 2_000;
const RECORD_BYTES: usize = 150;

fn main() -> Result<()> {
    let bench = BenchNode::start(|_| {})?;
    let node = bench.node();
    for batch in [1, 16, 256] {
        compare(&node, batch)?;
    }
    lone(&node)?;
    bench.stop()
}

/// Many events in bodies of `batch`, beside raw writes of as many records a sync as the node made.
fn compare(node: &Arc<Node>, batch: usize) -> Result<()> {
    let events = if batch == 1 { EVENTS / 8 } else { EVENTS };
    let before = node.applied_through().0;
    let commits_before = counter(node, "freshet_log_commits_total");
    let (sent, took) = timed(|| submit_all(node, events, batch));
    sent?;
    let records = node.applied_through().0 - before;
    let commits = counter(node, "freshet_log_commits_total") - commits_before;
    let per_commit = (records as f64 / commits.max(1.0)).round().max(1.0) as usize;
    let rate = events as f64 / took.as_secs_f64();
    let raw = raw_rate(events, per_commit)?;
    println!(
        "bodies of {batch}: {rate:.0} events/s in commits of {per_commit}; raw synced writes of the \
         same size {raw:.0} records/s; ratio {:.2}",
        rate / raw
    );
    Ok(())
}

/// Sends `events` events in bodies of `batch` from `LANES` tasks with 64 bodies under way each.
fn submit_all(node: &Arc<Node>, events: usize, batch: usize) -> Result<()> {
    let node = Arc::clone(node);
    actix_rt::System::new().block_on(async move {
        let tasks = LANES * 64;
        let mut lanes = Vec::new();
        for lane in 0..tasks {
            let node = Arc::clone(&node);
            lanes.push(actix_rt::spawn(async move {
                for turn in 0..events / batch / tasks {
                    let drafts: Vec<Draft> =
                        (0..batch).map(|n| draft(&node, lane * 7919 + turn * batch + n)).collect();
                    while node.submit(drafts.clone(), AckLevel::Applied).await.is_err() {
                        tokio::time::sleep(Duration::from_millis(1)).await;
                    }
                }
            }));
        }
        for lane in lanes {
            lane.await.context("a lane ended early")?;
        }
        Ok(())
    })
}

/// One event at a time, and one bare synced write at a time.
fn lone(node: &Arc<Node>) -> Result<()> {
    let before = stages(node);
    let shared = Arc::clone(node);
    let whole: Latencies = actix_rt::System::new().block_on(async move {
        let mut latencies = Latencies::default();
        for turn in 0..LONE {
            let started = freshet::clock::Stopwatch::start();
            shared.submit(vec![draft(&shared, turn)], AckLevel::Applied).await?;
            latencies.add(started.elapsed());
        }
        anyhow::Ok(latencies)
    })?;
    let mut bare = Latencies::default();
    let dir = tempfile::tempdir()?;
    let db = open(dir.path())?;
    for key in 0..LONE {
        let (done, took) = timed(|| write(&db, key, 1));
        done?;
        bare.add(took);
    }
    println!("one event at a time, submit to acknowledgement: {}", whole.summary());
    println!("one bare synced write at a time: {}", bare.summary());
    for (stage, (sum, count)) in stages(node) {
        let (sum_before, count_before) = before.get(&stage).copied().unwrap_or_default();
        let mean_ms = (sum - sum_before) / (count - count_before).max(1.0) * 1e3;
        println!("  mean of {stage}: {mean_ms:.3} ms");
    }
    Ok(())
}

/// Sum and count of every stage that the node times on an event's way.
fn stages(node: &Arc<Node>) -> BTreeMap<String, (f64, f64)> {
    let mut stages: BTreeMap<String, (f64, f64)> = BTreeMap::new();
    for line in node.render_metrics().lines() {
        let Some((name, value)) = line.rsplit_once(' ') else { continue };
        let value: f64 = value.parse().unwrap_or_default();
        let timed = ["freshet_event_stage", "freshet_log_stage", "freshet_log_sync"];
        if !timed.iter().any(|prefix| name.starts_with(prefix)) {
            continue;
        }
        if name.contains("_sum") {
            stages.entry(name.replace("_sum", "")).or_default().0 = value;
        } else if name.contains("_count") {
            stages.entry(name.replace("_count", "")).or_default().1 = value;
        }
    }
    stages
}

fn counter(node: &Arc<Node>, name: &str) -> f64 {
    let text = node.render_metrics();
    let line = text.lines().find(|line| line.starts_with(name));
    line.and_then(|line| line.rsplit(' ').next()?.parse().ok()).unwrap_or(0.0)
}

fn draft(node: &Node, number: usize) -> Draft {
    let user = UserId::new(&format!("user-{:06}", number % 50_000));
    let now = node.now();
    let event = Event {
        identity: Identity::Id(
            node.key.hash(&[&now.as_millis().to_le_bytes(), &number.to_le_bytes()]),
        ),
        kind: ItemKind::Product,
        price: Some(9.5),
        properties: r#"{"device":"ios","page":"home","campaign":"autumn"}"#.into(),
        ..Event::new(user, EventTypeId(1), now)
    };
    let shard = node.shard_of(&event.user);
    Draft::Event { shard, event, unknown_item: Some(format!("item-{}", number % 10_000).into()) }
}

fn raw_rate(records: usize, per_commit: usize) -> Result<f64> {
    let dir = tempfile::tempdir()?;
    let db = open(dir.path())?;
    let (done, took) = timed(|| -> Result<()> {
        for commit in 0..records / per_commit {
            write(&db, commit * per_commit, per_commit)?;
        }
        Ok(())
    });
    done?;
    Ok(records as f64 / took.as_secs_f64())
}

fn open(dir: &Path) -> Result<rocksdb::DB> {
    let mut options = rocksdb::Options::default();
    options.create_if_missing(true);
    Ok(rocksdb::DB::open(&options, dir)?)
}

fn write(db: &rocksdb::DB, first: usize, records: usize) -> Result<()> {
    let mut batch = rocksdb::WriteBatch::default();
    for key in first..first + records {
        batch.put((key as u64).to_be_bytes(), [7_u8; RECORD_BYTES]);
    }
    let mut options = rocksdb::WriteOptions::default();
    options.set_sync(true);
    Ok(db.write_opt(batch, &options)?)
}
