//! Rows to the node, batch by batch, each acknowledged before the next.
//!
//! **Invariant:** a batch is sent only after the one before it was answered, so positions reach every
//! shard in order and the node's position is a place to go on from.
//!
//! A node that is full or away for a moment is asked again, a bounded number of times; a batch that was
//! taken although its answer was lost counts once.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::time::Duration;

use serde_json::Value;

use super::{Mode, Progress};
use crate::cli::client::{Answer, Client};
use crate::cli::failure::Failure;
use crate::cli::query::with_query;
use crate::clock::Stopwatch;
use crate::import::{Plan, Row};

/// Most rows and bytes of a batch, large enough that a sync is shared widely. Where the node takes less (it
/// counts the items of a row one by one), a batch is halved until it fits.
const BATCH_ROWS: u64 = 2_000;
const BATCH_BYTES: usize = 2 << 20;

/// Most items of a batch.
const BATCH_ITEMS: usize = 1_000;

/// Times that one batch is sent before the import gives up: with the longest wait, some minutes.
const ATTEMPTS: u32 = 10;
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Refused rows that are kept to be shown.
const SHOWN_REJECTED: usize = 5;

/// Status of a body that is past a limit of the node.
const TOO_MUCH: u16 = 413;

const NDJSON: &str = "application/x-ndjson";

/// Sends files to a node.
pub struct Sender<'a> {
    /// The node.
    pub client: &'a Client,
    /// Whether event time drives trends.
    pub mode: Mode,
    /// Where progress is shown.
    pub progress: &'a Progress,
}

/// What became of a file.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Items whose documents were set.
    pub items: u64,
    /// Rows that the node had from an earlier import and that were not sent again.
    pub skipped: u64,
    /// Rows taken.
    pub accepted: u64,
    /// Rows sent that the node had already.
    pub duplicates: u64,
    /// Rows that the node refused.
    pub rejected: u64,
    /// The first refused items and rows with the reason.
    pub first_rejected: Vec<String>,
    /// How long the sending took.
    pub took: Duration,
}

impl Sender<'_> {
    /// Sends the items and then the rows that the node does not have yet.
    ///
    /// # Errors
    /// [`Failure`] where the file cannot be read, or the node stays away or refuses.
    pub fn send_all(&self, plan: &Plan, items: &[Value]) -> Result<Tally, Failure> {
        let started = Stopwatch::start();
        let mut tally = Tally { skipped: self.position(plan)?, ..Tally::default() };
        if tally.skipped < plan.facts().rows {
            self.send_items(items, &mut tally)?;
            self.send_rows(plan, &mut tally)?;
        }
        self.progress.end();
        tally.took = started.elapsed();
        Ok(tally)
    }

    /// Rows of the file that the node has, from its start.
    fn position(&self, plan: &Plan) -> Result<u64, Failure> {
        let answer = self.client.get(&source_path("/v1/import/sources", plan, None))?;
        Ok(answer["position"].as_u64().unwrap_or(0).min(plan.facts().rows))
    }

    fn send_items(&self, items: &[Value], tally: &mut Tally) -> Result<(), Failure> {
        self.progress.begin("items", 0, items.len() as u64);
        for batch in items.chunks(BATCH_ITEMS) {
            let body = Value::from(batch.to_vec()).to_string();
            let answer = self.send("/v1/items/batch", "application/json", body.as_bytes())?;
            tally.add_items(batch, &answer.accepted()?);
            self.progress.advance(batch.len() as u64);
        }
        Ok(())
    }

    fn send_rows(&self, plan: &Plan, tally: &mut Tally) -> Result<(), Failure> {
        let path = source_path("/v1/import", plan, Some(self.mode));
        self.progress.begin("events", tally.skipped, plan.facts().rows);
        let mut batch = Batch::default();
        let skipped = tally.skipped;
        for (position, row) in plan.rows()?.skip_while(|(position, _)| *position <= skipped) {
            batch.add(position, &row);
            if batch.most <= batch.rows || BATCH_BYTES <= batch.lines.len() {
                self.send_batch(&path, &mut batch, tally)?;
            }
        }
        self.send_batch(&path, &mut batch, tally)
    }

    fn send_batch(&self, path: &str, batch: &mut Batch, tally: &mut Tally) -> Result<(), Failure> {
        while 0 < batch.rows {
            let (rows, lines) = batch.head();
            let answer = self.send(path, NDJSON, lines.as_bytes())?;
            match (answer.status, rows) {
                (TOO_MUCH, 1) => tally.reject(&batch.places, &answer.told()),
                (TOO_MUCH, _) => {
                    batch.most = rows / 2;
                    continue;
                }
                _ => tally.add(&batch.places, &answer.accepted()?),
            }
            self.progress.advance(rows);
            batch.remove(rows);
        }
        Ok(())
    }

    /// Sends a body until the node takes or refuses it.
    fn send(&self, path: &str, content_type: &str, body: &[u8]) -> Result<Answer, Failure> {
        let mut attempt = 1;
        loop {
            let sent = self.client.try_post(path, content_type, body);
            let (told, wait) = match &sent {
                Ok(answer) if matches!(answer.status, 429 | 503) => {
                    (answer.told(), answer.retry_after)
                }
                Err(failure) => (failure.to_string(), None),
                Ok(_) => return sent,
            };
            if attempt == ATTEMPTS {
                return sent;
            }
            let wait = wait.unwrap_or(Duration::from_secs(1 << attempt.min(5))).min(LONGEST_WAIT);
            self.progress.say(&format!("waiting {} s: {told}", wait.as_secs()));
            std::thread::sleep(wait);
            attempt += 1;
        }
    }
}

fn source_path(path: &str, plan: &Plan, mode: Option<Mode>) -> String {
    let values = [
        ("source", Some(plan.file().source_name())),
        ("digest", Some(plan.facts().digest.clone())),
        ("mode", mode.map(|mode| mode.name().to_owned())),
    ];
    with_query(path, &values)
}

/// Lines on their way.
#[derive(Debug)]
struct Batch {
    lines: String,
    rows: u64,
    /// Where in the file each of them begins.
    places: VecDeque<u64>,
    /// Rows that are sent at once: what the node has taken so far.
    most: u64,
}

impl Default for Batch {
    fn default() -> Self {
        let (lines, places) = (String::new(), VecDeque::new());
        Self { lines, rows: 0, places, most: BATCH_ROWS }
    }
}

impl Batch {
    /// Rows to be sent next, and their lines.
    fn head(&self) -> (u64, &str) {
        let rows = self.rows.min(self.most);
        (rows, &self.lines[..self.end_of(rows)])
    }

    /// Forgets the first `rows`, which were taken.
    fn remove(&mut self, rows: u64) {
        self.lines.drain(..self.end_of(rows));
        self.places.drain(..rows as usize);
        self.rows -= rows;
    }

    /// Where the line of the last of the first `rows` ends.
    fn end_of(&self, rows: u64) -> usize {
        let mut ends = self.lines.match_indices('\n');
        rows.checked_sub(1).and_then(|last| ends.nth(last as usize)).map_or(0, |(at, _)| at + 1)
    }

    fn add(&mut self, position: u64, row: &Row) {
        self.rows += 1;
        self.places.push_back(row.line);
        // A row is an object that has a field or more: one is put in front.
        let rest = row.json.strip_prefix('{').unwrap_or(&row.json);
        let _ = writeln!(self.lines, "{{\"source_position\":{position},{rest}");
    }
}

impl Tally {
    fn add_items(&mut self, batch: &[Value], answer: &Value) {
        self.items += answer["accepted"].as_u64().unwrap_or(0);
        for refused in answer["rejected"].as_array().into_iter().flatten() {
            let item = batch.get(refused["index"].as_u64().unwrap_or(0) as usize);
            let told = refused["detail"].as_str().unwrap_or("no reason given");
            self.note(
                &format!("item {}", item.map_or(&Value::Null, |item| &item["item_id"])),
                told,
            );
        }
    }

    /// Counts an answer about the rows at `places` of the file.
    fn add(&mut self, places: &VecDeque<u64>, answer: &Value) {
        let number = |name: &str| answer[name].as_u64().unwrap_or(0);
        self.accepted += number("accepted");
        self.duplicates += number("duplicates");
        self.rejected += number("rejected");
        for refused in answer["errors"].as_array().into_iter().flatten() {
            let line = places.get(refused["index"].as_u64().unwrap_or(0) as usize);
            let told = refused["detail"].as_str().unwrap_or("no reason given");
            self.note(&format!("line {}", line.unwrap_or(&0)), told);
        }
    }

    /// Counts the row at the first of `places` as refused: it alone is past a limit of the node.
    fn reject(&mut self, places: &VecDeque<u64>, told: &str) {
        self.rejected += 1;
        self.note(&format!("line {}", places.front().unwrap_or(&0)), told);
    }

    fn note(&mut self, what: &str, told: &str) {
        if self.first_rejected.len() < SHOWN_REJECTED {
            self.first_rejected.push(format!("{what}: {told}"));
        }
    }
}

#[cfg(test)]
mod tests;
