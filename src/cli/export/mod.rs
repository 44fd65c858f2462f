//! `freshet export`: training rows out of the log, as Parquet: what features said right before each event, and what
//! users were shown with what became of it.
//!
//! **Invariant:** nothing in the data directory changes, and the file that was asked for is there whole or not at all.
//!
//! Not here: comparing states (see [`super::replay`]), models (see [`super::models`]).

#![expect(clippy::doc_markdown, reason = "clap shows these comments as they are")]

mod columns;
mod features;
mod file;
mod names;
mod samples;
mod source;
mod values;
mod walk;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, Subcommand, ValueEnum};
use config::Config;

use self::file::TableFile;
use self::source::{FileArgs, Source};
use self::walk::Walk;
use super::configure::Layers;
use super::failure::Failure;
use super::global::Global;
use super::import::Progress;
use super::replay::bounds::{self, Bound, Bounds};
use crate::clock::Stopwatch;
use crate::settings;

const AFTER_HELP: &str = "\
Examples:
  freshet export features data -f features.parquet    a row for each event: what every feature said right before it
  freshet export samples data -f samples.parquet      a row for each item that was shown: where, to whom, clicked or not
  freshet export features --help                      which rows and columns, and how to read them

The node must not be running; nothing in its directory changes.";

const FEATURES_HELP: &str = "\
Examples:
  freshet export features data                             features.parquet: a row for each event with an item
  freshet export features data --events click,purchase     only these types; a name, an alias or a role (positive)
  freshet export features data --from 2026-11-01T00:00:00Z --to 2026-11-08T00:00:00Z -f week.parquet
  freshet export features data --config new.toml           what features would have said that are not declared yet
  freshet export features events.jsonl.gz                  a file, as an import into an empty node would apply it

The log is run from its beginning through the node's own code, into a fresh state; right before each event every
declared feature is read as of the event's time: of its user, item, first category, room and the node. Nothing of the
event itself or of what stands behind it in the log is in its row; null is a feature that knows nothing, or only what
is too old. --from and --to choose rows; what was before --from is applied all the same. A bound that is a number is a
record's place in the log, else an event time. Repeats of an event get no row.

Columns: event_timestamp, received_at, log_position, event_type, role, mode, user_id, item_id, category (the item's
first), room_id, session_id, recommendation_id, position, value, price; then a column for each declared feature under
its own name. Definitions and the node's version stand in the file's metadata (freshet.features, freshet.version).

  import pyarrow.parquet as pq
  table = pq.read_table(\"features.parquet\")
  rows = table.to_pandas()
  rows[rows.role == \"positive\"].groupby(\"item_id\").clicks_5m.mean()";

const SAMPLES_HELP: &str = "\
Examples:
  freshet export samples data                              samples.parquet: a row for each settled impression
  freshet export samples data --from 2026-11-01T00:00:00Z  shown since then
  freshet export samples data --goals                      and a row for each further event, such as a purchase

What users were shown and what became of it, as the click head learns it: an impression waits for its click for
model.join.window_s and is then settled. clicked is the label; outcome is clicked, unclicked, skipped (turned down) or
late: clicked after it had been told as unclicked, so the same recommendation_id and place has an earlier row with
clicked = 0. With --goals further events of what was clicked are rows with outcome goal. What was shown last and waits
still at the end of the log has no row.

Columns: shown_at, served_at, settled_at, log_position (of the record that settled it), recommendation_id, user_id,
item_id, place (in the list, from 1), position (as the caller reported it), propensity (probability of that item at
that place, 1 where nothing was drawn), due_item_id (the item that a draw put aside), clicked, outcome, event_type,
value, weight (1 unless its user does more than people do), scenario, rung, exploration, candidates_given, the numbers
of what ranked; what the list's record says of the moment: hour, weekday, user_group, last_item_id, liked_category; of
the item: category, second_category, kind, price_class, age_class, click_rate_class, score, part_* (what the score is
the sum of), context_* (hashes of declared keys of requests); class_* for each declared feature that takes part in ranking (0 where
it had no value, null where the list's record does not tell), other_classes (of features declared otherwise by now), and
tags of the user. Join features on user_id, item_id and time yourself, or
take what is on record here: it is what the ranking saw.";

/// Write training rows from the log: what features said before each event, what was shown and what became of it
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct Export {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Features(Box<Features>),
    Samples(Samples),
}

/// A row for each event, with what every declared feature said right before it
#[derive(Debug, Args)]
#[command(after_help = FEATURES_HELP)]
struct Features {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    file: FileArgs,
    /// Types of events that get a row: names, aliases or roles [default: every event with an item]
    #[arg(long, value_name = "TYPES", value_delimiter = ',')]
    events: Vec<String>,
}

/// A row for each item that was shown to somebody, with what became of it
#[derive(Debug, Args)]
#[command(after_help = SAMPLES_HELP)]
struct Samples {
    #[command(flatten)]
    common: Common,
    /// Also a row for each further event of an item that was clicked
    #[arg(long)]
    goals: bool,
}

/// What every export is told.
#[derive(Debug, Args)]
struct Common {
    /// A data directory whose node is not running, or a file of events [default: the configuration's directory]
    #[arg(value_name = "DIR|FILE")]
    source: Option<PathBuf>,
    /// The same, as `serve` has it
    #[arg(long, value_name = "FOLDER", conflicts_with = "source")]
    data_dir: Option<PathBuf>,
    /// The file to write [default: what is exported, and .parquet]
    #[arg(short = 'f', long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// How it is written
    #[arg(long, value_enum, default_value_t = FormatOut::Parquet)]
    format: FormatOut,
    /// No rows of what happened before: a record's number, or a time
    #[arg(long, value_name = "BOUND", value_parser = bounds::parse)]
    from: Option<Bound>,
    /// No rows of what happened after: a record's number, or a time
    #[arg(long, value_name = "BOUND", value_parser = bounds::parse)]
    to: Option<Bound>,
    #[command(flatten)]
    layers: Layers,
}

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FormatOut {
    /// Apache Parquet, compressed with Snappy
    Parquet,
}

impl Export {
    /// Writes the rows.
    ///
    /// # Errors
    /// [`Failure`] where source or configuration cannot be read or the file cannot be written.
    pub fn run(&self, global: &Global) -> Result<(), Failure> {
        match &self.what {
            What::Features(features) => features.run(global),
            What::Samples(samples) => samples.run(global),
        }
    }
}

impl Features {
    fn run(&self, global: &Global) -> Result<(), Failure> {
        let config = self.common.layers.load(Vec::new())?.config;
        let types = config.event_types().map_err(|fault| Failure::Other(fault.to_string()))?;
        let asked = features::Asked {
            types: match &*self.events {
                [] => None,
                names => Some(config.types_named(names).map_err(Failure::Usage)?),
            },
            bounds: self.common.bounds(),
        };
        let path = self.common.path(&config);
        let mut source = Source::open(&path, &self.file, (&config, global))?;
        let mut walk = walk(&source, &path, &config)?;
        let out = self.common.out("features.parquet");
        let mut notes = source.notes("features");
        notes.push(("freshet.features", features::definitions(&walk, &types)));
        let mut file = TableFile::create(&out, features::columns(&walk), notes)?;
        let mut take = |record| features::take(&mut walk, &record, &asked, (&types, &mut file));
        self.common.play(&mut source, &mut take, global)?;
        source.tell(&out, file.finish()?, global);
        Ok(())
    }
}

impl Samples {
    fn run(&self, global: &Global) -> Result<(), Failure> {
        let config = self.common.layers.load(Vec::new())?.config;
        let types = config.event_types().map_err(|fault| Failure::Other(fault.to_string()))?;
        if !config.model.enabled {
            let told = "model.enabled is false: impressions are not joined with what follows them";
            return Err(Failure::Usage(told.to_owned()));
        }
        let path = self.common.path(&config);
        if path.is_file() {
            let path = path.display();
            let told = format!("{path} is a file, and only a node's log tells what was shown");
            return Err(Failure::Usage(told));
        }
        let mut source = Source::open(&path, &FileArgs::default(), (&config, global))?;
        let (mut walk, mut lists) = (walk(&source, &path, &config)?, samples::Lists::default());
        let table = samples::Table::new(&types, &config.context.keys, walk.declared());
        let out = self.common.out("samples.parquet");
        let columns = samples::columns(&table);
        let mut file = TableFile::create(&out, columns, source.notes("samples"))?;
        let asked = samples::Asked { bounds: self.common.bounds(), goals: self.goals };
        let mut take =
            |record| samples::take((&mut walk, &mut lists), &record, asked, (&table, &mut file));
        self.common.play(&mut source, &mut take, global)?;
        source.tell(&out, file.finish()?, global);
        Ok(())
    }
}

/// An empty state for the records of `source`, with the names that are missing in front of them.
fn walk(source: &Source, path: &Path, config: &Config) -> Result<Walk, Failure> {
    let types = config.event_types().map_err(|fault| Failure::Other(fault.to_string()))?;
    let (key, shards) = (source.tape.key(), source.tape.shards());
    let walk = Walk::new(Arc::new(settings::apply(config, key, &types, shards)), shards);
    if 1 < source.first {
        names::of_checkpoint(path, Arc::new(settings::activity(config, &types)), &walk)?;
    }
    Ok(walk)
}

impl Common {
    fn path(&self, config: &Config) -> PathBuf {
        let named = self.source.as_ref().or(self.data_dir.as_ref());
        named.cloned().unwrap_or_else(|| config.storage.data_dir.clone())
    }

    fn out(&self, usual: &str) -> PathBuf {
        self.out.clone().unwrap_or_else(|| PathBuf::from(usual))
    }

    fn bounds(&self) -> Bounds {
        Bounds { from: self.from, to: self.to }
    }

    /// Gives `take` every record, up to the last one of which there may be a row.
    fn play(
        &self,
        source: &mut Source,
        take: &mut dyn FnMut(engine::Record) -> Result<(), Failure>,
        global: &Global,
    ) -> Result<(), Failure> {
        let (watch, progress) = (Stopwatch::start(), Progress::new(global));
        progress.begin("events", 0, source.tape.events());
        let mut failed = None;
        let mut visit = |record: engine::Record| {
            if matches!(self.to, Some(Bound::Place(last)) if last < record.sequence.0) {
                return ControlFlow::Break(());
            }
            source.records += 1;
            match take(record) {
                Ok(()) => ControlFlow::Continue(()),
                Err(failure) => {
                    failed = Some(failure);
                    ControlFlow::Break(())
                }
            }
        };
        source.tape.play_while(u64::MAX, &mut visit, &progress)?;
        progress.end();
        source.seconds = watch.elapsed().as_secs_f64();
        failed.map_or(Ok(()), Err)
    }
}

#[cfg(test)]
mod tests;
