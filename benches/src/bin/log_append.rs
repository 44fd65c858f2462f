//! The log writer against RocksDB itself: the same records, the same commits, each synced.
//!
//! Question: what do sequences, the id index, waking the writer's thread and answering whoever waits cost
//! on top of what the disk takes anyway? Both sides write the same encoded records in the same batches in
//! the same run, in turns, so that a disk that slows down slows both.
//!
//! Run with `cargo run --release -p benches --bin log_append`.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use actors::Commit;
use engine::record::{Event, Identity, ItemKind};
use engine::{
    CategoryId, EventTypeId, ItemIndex, Record, RecordBody, Sequence, ShardId, Timestamp, UserId,
};
use freshet::clock::{Clock, Stopwatch};
use freshet::event_log::{
    CommitSink, Draft, LocalLog, LogHandle, LogOptions, LogWriter, Submission, TickSource,
};
use rocksdb::{DB, Options, WriteBatch, WriteOptions};
use tokio::sync::oneshot;

/// Rounds per batch size; the median round counts.
const ROUNDS: usize = 9;
/// Records of one commit, and commits of one round.
const SHAPES: [(usize, usize); 4] = [(1, 400), (16, 200), (64, 200), (512, 60)];

fn main() -> Result<(), Box<dyn Error>> {
    let dir = tempfile::tempdir_in(".")?;
    let raw = Raw::open(&dir.path().join("raw"))?;
    let log = start_writer(&dir.path().join("log"))?;
    println!("{:>7}  {:>14}  {:>14}  {:>6}", "batch", "raw records/s", "log records/s", "ratio");
    let mut number = 0;
    for (batch, commits) in SHAPES {
        let (mut raw_rates, mut log_rates) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let bodies = events(&mut number, batch * commits);
            raw_rates.push(rate(bodies.len(), || raw.write(&bodies, batch))?);
            log_rates.push(rate(bodies.len(), || submit(&log, bodies, batch))?);
        }
        let (raw_rate, log_rate) = (median(raw_rates), median(log_rates));
        println!("{batch:>7}  {raw_rate:>14.0}  {log_rate:>14.0}  {:>6.2}", log_rate / raw_rate);
    }
    log.stop();
    Ok(())
}

/// RocksDB with synced batches and nothing else.
struct Raw {
    db: DB,
}

impl Raw {
    fn open(dir: &Path) -> Result<Self, Box<dyn Error>> {
        let mut options = Options::default();
        options.create_if_missing(true);
        Ok(Self { db: DB::open(&options, dir)? })
    }

    fn write(&self, bodies: &[RecordBody], batch: usize) -> Result<(), Box<dyn Error>> {
        let mut synced = WriteOptions::default();
        synced.set_sync(true);
        let mut sequence = self.db.latest_sequence_number();
        for commit in bodies.chunks(batch) {
            let mut writes = WriteBatch::default();
            for body in commit {
                sequence += 1;
                let record = Record { sequence: Sequence(sequence), body: body.clone() };
                writes.put(sequence.to_be_bytes(), record.encode()?);
            }
            self.db.write_opt(writes, &synced)?;
        }
        Ok(())
    }
}

/// Takes commits and applies nothing: this is about the log.
struct Swallow;

impl CommitSink for Swallow {
    fn wait_for_slot(&self) {}

    fn deliver(&self, _: Commit) {}
}

fn start_writer(dir: &Path) -> Result<LogHandle, Box<dyn Error>> {
    let options = LogOptions { shards: 256, retention_ms: u64::MAX, retention_bytes: u64::MAX };
    let log = Arc::new(LocalLog::open(dir, options)?);
    let ticks = TickSource::new(Arc::default(), Clock::system());
    Ok(LogWriter::start(log, Arc::default(), Swallow, ticks)?)
}

/// One submission at a time, each a commit, waited for: the batches are the same on both sides.
fn submit(log: &LogHandle, bodies: Vec<RecordBody>, batch: usize) -> Result<(), Box<dyn Error>> {
    let mut bodies = bodies.into_iter();
    loop {
        let drafts: Vec<Draft> = bodies.by_ref().take(batch).map(Draft::Ready).collect();
        if drafts.is_empty() {
            return Ok(());
        }
        let (durable, on_disk) = oneshot::channel();
        let (applied, _) = oneshot::channel();
        log.submit(Submission { drafts, durable, applied })?;
        on_disk.blocking_recv()??;
    }
}

fn events(number: &mut u64, count: usize) -> Vec<RecordBody> {
    (0..count)
        .map(|_| {
            *number += 1;
            event(*number)
        })
        .collect()
}

/// An event as a shop sends it: about 150 bytes in the log.
fn event(number: u64) -> RecordBody {
    let at = Timestamp::from_millis(1_700_000_000_000 + number);
    let event = Event {
        item: Some(ItemIndex((number % 50_000) as u32)),
        identity: Identity::Id(number.wrapping_mul(0x9e37_79b9_7f4a_7c15)),
        categories: vec![CategoryId(3), CategoryId(71)],
        kind: ItemKind::Product,
        price: Some(19.9),
        position: Some(3),
        session_id: Some(Box::from("b0a1c2d3-e4f5-4a6b-8c7d-9e0f1a2b3c4d")),
        properties: Box::from("{\"campaign\":\"autumn\",\"device\":\"mobile\"}"),
        ..Event::new(UserId::new(&format!("user-{:08}", number % 100_000)), EventTypeId(1), at)
    };
    RecordBody::Event { shard: ShardId((number % 256) as u16), event }
}

fn rate(
    records: usize,
    work: impl FnOnce() -> Result<(), Box<dyn Error>>,
) -> Result<f64, Box<dyn Error>> {
    let watch = Stopwatch::start();
    work()?;
    let took = watch.elapsed().max(Duration::from_nanos(1));
    Ok(records as f64 / took.as_secs_f64())
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}
