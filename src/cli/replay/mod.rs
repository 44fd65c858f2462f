//! `freshet replay`: the log, or a file, through the node's own code into a fresh state; and whether that is the state
//! which the node has.
//!
//! **Invariant:** nothing in the data directory changes.
//!
//! Not here: judging rankings (see [`super::evaluate`]); what differs between two states (see
//! `engine::shard::differences`).

#![expect(clippy::doc_markdown, reason = "clap shows these comments as they are")]

pub(super) mod bounds;
mod rebuild;
mod source;
mod table;

use std::path::PathBuf;

use clap::Args;
use config::Config;
use engine::shard::differences::Differences;
use serde_json::{Value, json};

use self::bounds::{Bound, Bounds};
use self::rebuild::{DeclaredBy, Rebuilding, Rebuilt};
use self::source::Source;
use super::configure::Layers;
use super::failure::Failure;
use super::global::Global;
use super::import::FormatArg;
use super::output::Printer;

const AFTER_HELP: &str = "\
Examples:
  freshet replay data                                the whole log, into a fresh state
  freshet replay data --diff                         and is it, bit for bit, the state that the node has?
  freshet replay data --diff --config new.toml       what another configuration would have made of the log
  freshet replay data --to 2026-11-21T10:00:00Z      as it was then, by event time
  freshet replay data --from 1200 --to 5000          the records of these numbers only
  freshet replay data --user u123                    and what is then known of u123
  freshet replay ratings.dat.gz --user 17            a file, as an import into an empty node would apply it

The node must not be running; nothing in its directory changes. A clean stop or a crash make no difference: the state
that the node has is its last checkpoint and the log behind it. Users are compared bit for bit, in all that events
make of them; the model's rows are not compared, since how much is learned depends on the load of the day.
Features and patterns are those that the log brought into force, when it did, and new ones are filled from the log as they
were live; with --config (or FRESHET_CONFIG) they are that file's all the way.
A bound that is a number is a record's place in the log; else it is an event time. Items, profiles and what the model
was told are taken whatever the bounds.
Exit code 1 where --diff finds a difference.";

/// Run the log, or a file, into a fresh state; compare it with the node's
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct Replay {
    /// A data directory whose node is not running, or a file of events
    #[arg(value_name = "DIR|FILE")]
    source: PathBuf,
    /// Leave out what happened before: a record's number, or a time
    #[arg(long, value_name = "BOUND", value_parser = bounds::parse)]
    from: Option<Bound>,
    /// Leave out what happened after: a record's number, or a time
    #[arg(long, value_name = "BOUND", value_parser = bounds::parse)]
    to: Option<Bound>,
    /// Compare with the state that the node has
    #[arg(long)]
    diff: bool,
    /// Configuration of the node's own state in a comparison [default: the one that is replayed with]
    #[arg(long, value_name = "FILE", requires = "diff")]
    live_config: Option<PathBuf>,
    /// Also teach a model, whole, and tell its digest
    #[arg(long)]
    learn: bool,
    /// Tell what is known of this user at the end
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// Users that are named where they differ, at most
    #[arg(long, value_name = "N", default_value_t = 10)]
    show: usize,
    /// Format of a file
    #[arg(long, value_enum, default_value_t = FormatArg::Auto)]
    format: FormatArg,
    /// Which column of a file is which field of an event
    #[arg(long, value_name = "FIELD=COLUMN", value_delimiter = ',')]
    map: Vec<String>,
    /// Type of a file's rows that do not name theirs [default: rate for ratings, view_item for sessions]
    #[arg(long = "type", value_name = "TYPE")]
    event_type: Option<String>,
    /// A file's items with their categories (movies.dat, movies.csv, u.item), known from the start
    #[arg(long, value_name = "FILE")]
    items: Option<PathBuf>,
    #[command(flatten)]
    layers: Layers,
}

/// All that is told at the end.
#[derive(Debug)]
struct Outcome {
    source: String,
    /// Oldest and newest record of the log; `None` for an empty one and for files.
    span: Option<(u64, u64)>,
    is_log: bool,
    replayed: Rebuilt,
    differences: Option<Differences>,
    same_items: Option<bool>,
    same_rooms: Option<bool>,
    user: Option<Value>,
}

impl Replay {
    /// Replays, compares if asked, and prints what was found.
    ///
    /// # Errors
    /// [`Failure`] where source or configuration cannot be read, and where states that were compared differ.
    pub fn run(&self, global: &Global) -> Result<(), Failure> {
        let config = self.layers.load(Vec::new())?.config;
        let source = self.open(&config, global)?;
        let bounds = Bounds { from: self.from, to: self.to };
        let declared = if self.layers.is_named() { DeclaredBy::Config } else { DeclaredBy::Log };
        let learn = self.learn;
        let rebuilding = Rebuilding { config: &config, source: &source, learn, declared };
        let replayed = rebuilding.fresh(bounds, global)?;
        let live = if self.diff { Some(self.live(&config, &source, global)?) } else { None };
        let differences = live.as_ref().map(|live| live.differences(&replayed, self.show));
        let same_items = live.as_ref().map(|live| live.items_digest() == replayed.items_digest());
        let same_rooms = live.as_ref().map(|live| live.rooms_digest() == replayed.rooms_digest());
        let user = self.user.as_deref().map(|id| replayed.user(id, &config)).transpose()?;
        let outcome = Outcome {
            source: source.name(),
            span: source.span()?,
            is_log: source.is_log(),
            replayed,
            differences,
            same_items,
            same_rooms,
            user,
        };
        Printer::new(global).result(&outcome.json(), |printer| table::write(printer, &outcome));
        outcome.verdict()
    }

    fn open(&self, config: &Config, global: &Global) -> Result<Source, Failure> {
        if self.source.is_dir() {
            return Source::log(&self.source);
        }
        if self.diff {
            let path = self.source.display();
            return Err(Failure::Usage(format!(
                "--diff compares with a node's state, and {path} is no data directory"
            )));
        }
        Source::file(self, config, global)
    }

    fn live(&self, config: &Config, source: &Source, global: &Global) -> Result<Rebuilt, Failure> {
        let own = match &self.live_config {
            Some(file) => Some(Layers::of_file(file).load(Vec::new())?.config),
            None => None,
        };
        let config = own.as_ref().unwrap_or(config);
        let declared = DeclaredBy::Log;
        Rebuilding { config, source, learn: false, declared }.saved(&self.source, global)
    }
}

impl Outcome {
    fn verdict(&self) -> Result<(), Failure> {
        let same = self.differences.as_ref().is_none_or(Differences::is_none)
            && self.same_items.unwrap_or(true)
            && self.same_rooms.unwrap_or(true);
        if same {
            return Ok(());
        }
        Err(Failure::Other("the replayed state is not the one that the node has".to_owned()))
    }

    fn json(&self) -> Value {
        let hex = |digest: u64| format!("{digest:016x}");
        let Rebuilt { records, seconds, .. } = &self.replayed;
        json!({
            "source": self.source,
            "log": self.span.map(|(first, last)| json!({"first": first, "last": last})),
            "records": records,
            "seconds": seconds,
            "users": self.replayed.users(),
            "items": self.replayed.items(),
            "digests": {
                "users": hex(self.replayed.users_digest()),
                "items": hex(self.replayed.items_digest()),
                "rooms": hex(self.replayed.rooms_digest()),
                "model": self.replayed.model_digest().map(hex),
            },
            "differences": self.differences.as_ref().map(table::differences_json),
            "items_equal": self.same_items,
            "rooms_equal": self.same_rooms,
            "user": self.user,
        })
    }
}

#[cfg(test)]
mod tests;
