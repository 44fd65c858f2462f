//! Files as one stream of records, in order of time.
//!
//! Rows go through the node's own edge and get numbers from the log's own resolver, so that a record here is the record
//! that an import would write.
//!
//! **Invariant:** rows of equal times come in an order drawn from the seed and what they say: the order of the file,
//! which often tells who comes next, is never seen.
//!
//! Not here: the formats (see `crate::import`).

use std::path::{Path, PathBuf};

use engine::record::Mode;
use engine::rooms::RoomsView;
use engine::{EventTypes, NodeKey, Record, Sequence, Timestamp};
use serde_json::Value;

use super::Told;
use crate::catalogue::Catalogue;
use crate::cli::failure::Failure;
use crate::cli::global::Global;
use crate::cli::import::Progress;
use crate::event_log::{Draft, Resolver};
use crate::http::items::document;
use crate::import::{ColumnMap, Format, ImportFile, Plan, ReadOptions, Row, items};
use crate::ingest::dialect::Dialect;
use crate::ingest::frame::Framing;
use crate::ingest::limits::Limits;
use crate::ingest::moment::{ClockRule, Receipt};
use crate::ingest::names::TypeNames;
use crate::ingest::{self, Body, Edge, Import};

/// Rows that go through the edge at once.
const BATCH: usize = 256;
/// Refused rows that are kept to be shown.
const SHOWN: usize = 5;
/// Above what any batch of rows comes to.
const LIMITS: Limits = Limits {
    body_bytes: 1 << 30,
    body_events: 1 << 20,
    event_bytes: 1 << 20,
    depth: 32,
    expanded_bytes: 1 << 30,
};

/// What is to be read, and how.
pub struct Reading<'a> {
    pub files: &'a [PathBuf],
    pub items: Option<&'a Path>,
    pub format: Option<Format>,
    pub options: ReadOptionsOf<'a>,
    pub seed: u64,
}

/// How every file is read, but for its format.
pub struct ReadOptionsOf<'a> {
    pub map: ColumnMap,
    pub event_type: &'a Option<String>,
}

impl ReadOptionsOf<'_> {
    fn of(&self, format: Format) -> ReadOptions {
        ReadOptions { format, map: self.map.clone(), event_type: self.event_type.clone() }
    }
}

/// The rows of files, sorted.
#[derive(Debug)]
pub struct FileTape {
    rows: Vec<Timed>,
    items: Vec<Value>,
    told: Told,
    key: NodeKey,
    types: EventTypes,
    names: TypeNames,
    catalogue: Catalogue,
    next: Sequence,
}

/// A row with what it is sorted by.
#[derive(Debug)]
struct Timed {
    at_ms: i64,
    draw: u64,
    json: Box<str>,
}

impl FileTape {
    /// Reads the files.
    ///
    /// # Errors
    /// [`Failure`] where one cannot be read.
    pub fn read(reading: &Reading, types: EventTypes, global: &Global) -> Result<Self, Failure> {
        let mut key = [0; 16];
        key[..8].copy_from_slice(&reading.seed.to_le_bytes());
        let mut tape = Self {
            rows: Vec::new(),
            items: reading.items.map(items::read).transpose()?.unwrap_or_default(),
            told: Told::default(),
            key: NodeKey(key),
            names: TypeNames::new(&types),
            types,
            catalogue: Catalogue::default(),
            next: Sequence(1),
        };
        for file in reading.files {
            tape.read_file(file, reading, global)?;
        }
        tape.rows.sort_unstable_by(|a, b| {
            (a.at_ms, a.draw).cmp(&(b.at_ms, b.draw)).then_with(|| a.json.cmp(&b.json))
        });
        tape.told.events = tape.rows.len() as u64;
        tape.told.items = tape.items.len() as u64;
        Ok(tape)
    }

    pub fn key(&self) -> NodeKey {
        self.key
    }

    pub fn told(&self) -> &Told {
        &self.told
    }

    /// Gives `visit` the records of the first `events` rows.
    pub fn play(
        &mut self,
        events: u64,
        visit: &mut dyn FnMut(Record),
        progress: &Progress,
    ) -> Result<(), Failure> {
        self.play_items(visit);
        let rows = std::mem::take(&mut self.rows);
        let rows = &rows[..rows.len().min(events as usize)];
        self.told.earliest_ms = rows.first().map(|row| row.at_ms);
        self.told.latest_ms = rows.last().map(|row| row.at_ms);
        for (batch, rows) in rows.chunks(BATCH).enumerate() {
            for draft in self.drafts(batch * BATCH + 1, rows)? {
                self.write(draft, visit);
            }
            progress.advance(rows.len() as u64);
        }
        Ok(())
    }

    fn read_file(
        &mut self,
        path: &Path,
        reading: &Reading,
        global: &Global,
    ) -> Result<(), Failure> {
        let with_format = |format| reading.options.of(format);
        let plan = Plan::survey(ImportFile::open(path)?, reading.format, with_format)?;
        let (facts, name) = (plan.facts(), plan.file().source_name());
        if !global.quiet {
            let format = plan.options().format.name();
            eprintln!("{name}: {format}, {} events", crate::cli::output::count(facts.rows));
        }
        for bad in &facts.first_bad {
            self.refuse(format!("{name}: {bad}"));
        }
        self.told.refused += facts.bad_rows - facts.first_bad.len() as u64;
        for (_, Row { at_ms, json, line }) in plan.rows()? {
            let Some(at_ms) = at_ms else {
                self.refuse(format!("{name}: line {line}: no time"));
                continue;
            };
            let draw = self.key.hash(&[b"tie", json.as_bytes()]);
            self.rows.push(Timed { at_ms, draw, json: json.into() });
        }
        self.told.sources.push(name);
        Ok(())
    }

    fn refuse(&mut self, why: String) {
        self.told.refused += 1;
        if self.told.first_refused.len() < SHOWN {
            self.told.first_refused.push(why);
        }
    }

    /// The documents, as of the first event.
    fn play_items(&mut self, visit: &mut dyn FnMut(Record)) {
        let at = self.rows.first().map_or(0, |row| u64::try_from(row.at_ms).unwrap_or(0));
        let at = Timestamp::from_millis(at);
        for item in std::mem::take(&mut self.items) {
            match document::read(&item, None) {
                Ok(doc) => self.write(Draft::ItemPut { doc, at }, visit),
                Err(errors) => {
                    let why = errors.first().map(|error| error.detail.clone()).unwrap_or_default();
                    self.refuse(format!("item {}: {why}", item["item_id"]));
                }
            }
        }
    }

    /// What the edge makes of rows, the first of which is row number `first`.
    fn drafts(&mut self, first: usize, rows: &[Timed]) -> Result<Vec<Draft>, Failure> {
        let lines = rows.iter().zip(first..).map(|(row, number)| numbered(&row.json, number));
        let lines: String = lines.collect();
        let edge = Edge {
            key: self.key,
            shards: 1,
            types: &self.types,
            names: &self.names,
            catalogue: &self.catalogue,
            rooms: &RoomsView::default(),
            receipt: Receipt {
                at: Timestamp::EPOCH,
                rule: ClockRule::Event,
                tolerance_ms: 0,
                trusted_skew_ms: 0,
            },
            limits: LIMITS,
            import: Some(Import { source: 0, mode: Mode::Live }),
            origin: 0,
            speaker: None,
        };
        let body = Body {
            bytes: lines.as_bytes(),
            dialect: Dialect::Native,
            framing: Framing::Lines,
            idempotency_key: None,
        };
        let ingested = ingest::ingest(body, &edge);
        let ingested = ingested.map_err(|fault| Failure::Other(fault.to_string()))?;
        for rejected in ingested.rejected {
            self.refuse(format!("{}: {}", rows[rejected.index].json, rejected.detail));
        }
        Ok(ingested.drafts)
    }

    /// Gives a draft its numbers, as the log's writer would, one at a time.
    fn write(&mut self, draft: Draft, visit: &mut dyn FnMut(Record)) {
        let mut resolver = Resolver::new(&self.catalogue, self.next);
        resolver.add(vec![draft]);
        for record in resolver.into_records() {
            self.next = Sequence(record.sequence.0 + 1);
            self.catalogue.apply(&record.body);
            visit(record);
        }
    }
}

/// A row as a line of an import: an object that has a field or more gets one in front.
fn numbered(json: &str, number: usize) -> String {
    let rest = json.strip_prefix('{').unwrap_or(json);
    format!("{{\"source_position\":{number},{rest}\n")
}

#[cfg(test)]
mod tests;
