//! A node's own log as a stream of records.
//!
//! What the log's beginning held before it was trimmed is not known: users and items begin where it does, and an item
//! whose name is gone counts all the same.
//!
//! Not here: opening it without changing it (see `crate::event_log`).

use std::ops::ControlFlow;
use std::path::Path;

use engine::{NodeKey, Record, RecordBody};

use super::Told;
use crate::cli::failure::Failure;
use crate::cli::import::Progress;
use crate::event_log::LogArchive;

/// Events between two steps of the progress bar.
const STEP: u64 = 256;

/// The log of a node that is not running.
#[derive(Debug)]
pub struct LogTape {
    log: LogArchive,
    told: Told,
}

impl LogTape {
    /// Opens the log of the data directory `dir` and looks through it.
    ///
    /// # Errors
    /// [`Failure`] where there is none, a node serves it, or it cannot be read.
    pub fn open(dir: &Path) -> Result<Self, Failure> {
        let log = open_log(dir)?;
        let mut told = Told { sources: vec![dir.display().to_string()], ..Told::default() };
        scan(&log, &mut |record| {
            match &record.body {
                RecordBody::Event { event, .. } => {
                    let at = event.at.as_millis().cast_signed();
                    told.events += 1;
                    told.earliest_ms = Some(told.earliest_ms.map_or(at, |first| first.min(at)));
                    told.latest_ms = Some(told.latest_ms.map_or(at, |last| last.max(at)));
                }
                RecordBody::ItemPut { .. } => told.items += 1,
                _ => {}
            }
            ControlFlow::Continue(())
        })?;
        Ok(Self { log, told })
    }

    pub fn key(&self) -> NodeKey {
        self.log.key()
    }

    pub fn shards(&self) -> u16 {
        self.log.shards()
    }

    pub fn told(&self) -> &Told {
        &self.told
    }

    /// Number of the oldest record that is kept; `None` of an empty log.
    pub fn first(&self) -> Result<Option<u64>, Failure> {
        let span = self.log.span().map_err(|fault| Failure::Other(fault.to_string()))?;
        Ok(span.map(|(first, _)| first.0))
    }

    /// Gives `visit` the records of the first `events` events, until it says stop.
    pub fn play_while(
        &self,
        events: u64,
        visit: &mut dyn FnMut(Record) -> ControlFlow<()>,
        progress: &Progress,
    ) -> Result<(), Failure> {
        let mut taken = 0;
        scan(&self.log, &mut |record| {
            if matches!(record.body, RecordBody::Event { .. }) {
                if taken == events {
                    return ControlFlow::Break(());
                }
                taken += 1;
                if taken % STEP == 0 || taken == events {
                    progress.advance((taken - 1) % STEP + 1);
                }
            }
            visit(record)
        })
    }
}

/// Opens the log of the data directory `dir`, to be looked at only.
///
/// # Errors
/// [`Failure`] where there is none, a node serves it, or it cannot be read.
pub fn open_log(dir: &Path) -> Result<LogArchive, Failure> {
    let folder = dir.join("log");
    if !folder.is_dir() {
        let dir = dir.display();
        return Err(Failure::Usage(format!("{dir} is no data directory: it has no log folder")));
    }
    LogArchive::open(&folder).map_err(|fault| Failure::Other(fault.to_string()))
}

fn scan(log: &LogArchive, visit: &mut dyn FnMut(Record) -> ControlFlow<()>) -> Result<(), Failure> {
    log.scan_while(visit).map_err(|fault| Failure::Other(fault.to_string()))
}
