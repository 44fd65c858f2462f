//! Where a replay's records come from: a log, or a file as an import would write it.
//!
//! **Invariant:** a source can be read any number of times and says the same each time.
//!
//! Not here: which of the records are taken.

use std::path::{Path, PathBuf};

use config::Config;
use engine::log::{LogError, LogReader};
use engine::{NodeKey, Record, Sequence, ShardId};

use super::Replay;
use crate::cli::failure::Failure;
use crate::cli::global::Global;
use crate::cli::import::Progress;
use crate::cli::tape::{FileTape, ReadOptionsOf, Reading, open_log};
use crate::event_log::LogArchive;
use crate::import::ColumnMap;
use crate::model_files::KeptModels;

/// The order of rows of equal times in a file.
const SEED: u64 = 7;

/// Records that can be read again.
#[derive(Debug)]
pub(super) enum Source {
    /// A node's log.
    Log { log: Box<LogArchive>, name: String },
    /// A file, in memory.
    File(Records),
}

/// Records in memory, as a log of one shard.
#[derive(Debug)]
pub(super) struct Records {
    name: String,
    key: NodeKey,
    all: Vec<Record>,
}

impl Source {
    /// The log of the data directory `dir`.
    pub fn log(dir: &Path) -> Result<Self, Failure> {
        Ok(Self::Log { log: open_log(dir)?.into(), name: dir.display().to_string() })
    }

    /// Where the node keeps the models that were brought in; `None` of a file.
    pub fn models(&self) -> Option<PathBuf> {
        match self {
            Self::Log { name, .. } => Some(KeptModels::within(Path::new(name))),
            Self::File(_) => None,
        }
    }

    /// The file that `replay` names.
    pub fn file(replay: &Replay, config: &Config, global: &Global) -> Result<Self, Failure> {
        let types = config.event_types().map_err(|fault| Failure::Other(fault.to_string()))?;
        let reading = Reading {
            files: std::slice::from_ref(&replay.source),
            items: replay.items.as_deref(),
            format: replay.format.given(),
            options: ReadOptionsOf {
                map: ColumnMap::parse(&replay.map)?,
                event_type: &replay.event_type,
            },
            seed: SEED,
        };
        let mut tape = FileTape::read(&reading, types, global)?;
        let mut records = Vec::new();
        let progress = Progress::new(global);
        progress.begin("rows", 0, tape.told().events);
        tape.play(u64::MAX, &mut |record| records.push(record), &progress)?;
        progress.end();
        let told = tape.told();
        if let Some(first) = told.first_refused.first() {
            progress.say(&format!("{} rows were refused; the first: {first}", told.refused));
        }
        let name = told.sources.join(", ");
        Ok(Self::File(Records { name, key: tape.key(), all: records }))
    }

    pub fn is_log(&self) -> bool {
        matches!(self, Self::Log { .. })
    }

    pub fn name(&self) -> String {
        match self {
            Self::Log { name, .. } => name.clone(),
            Self::File(records) => records.name.clone(),
        }
    }

    /// The secret that users are hashed with.
    pub fn key(&self) -> NodeKey {
        match self {
            Self::Log { log, .. } => log.key(),
            Self::File(records) => records.key,
        }
    }

    pub fn shards(&self) -> u16 {
        match self {
            Self::Log { log, .. } => log.shards(),
            Self::File(_) => 1,
        }
    }

    /// Numbers of the oldest and the newest record.
    pub fn span(&self) -> Result<Option<(u64, u64)>, Failure> {
        match self {
            Self::Log { log, .. } => {
                let span = log.span().map_err(|fault| Failure::Other(fault.to_string()))?;
                Ok(span.map(|(first, last)| (first.0, last.0)))
            }
            Self::File(Records { all, .. }) => {
                let ends = all.first().zip(all.last());
                Ok(ends.map(|(first, last)| (first.sequence.0, last.sequence.0)))
            }
        }
    }

    /// Records that must never be applied.
    pub fn set_aside(&self) -> Result<Vec<Sequence>, Failure> {
        match self {
            Self::Log { log, .. } => {
                log.set_aside().map_err(|fault| Failure::Other(fault.to_string()))
            }
            Self::File(_) => Ok(Vec::new()),
        }
    }

    /// The records themselves.
    pub fn reader(&self) -> &dyn LogReader {
        match self {
            Self::Log { log, .. } => log.as_ref(),
            Self::File(records) => records,
        }
    }
}

impl LogReader for Records {
    fn scan(
        &self,
        after: Sequence,
        up_to: Sequence,
        shard: Option<ShardId>,
        visit: &mut dyn FnMut(Record),
    ) -> Result<(), LogError> {
        let within = |record: &&Record| after < record.sequence && record.sequence <= up_to;
        let wanted = self.all.iter().filter(within).filter(|record| record.concerns(shard));
        wanted.for_each(|record| visit(record.clone()));
        Ok(())
    }
}
