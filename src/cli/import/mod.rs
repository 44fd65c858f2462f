//! `freshet import`: past events from a file into a running node.
//!
//! The node counts each row once for ever, by the file's digest and the row's position, so an import that
//! was interrupted goes on where it stopped and a second one adds nothing.
//!
//! Not here: reading files (see `crate::import`).

#![expect(clippy::doc_markdown, reason = "clap shows these comments as they are")]

mod progress;
mod send;
mod summary;

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::client::Client;
use super::failure::Failure;
use super::global::Global;
use super::output::{Printer, count};
use crate::import::{ColumnMap, Format, ImportFile, Order, Plan, ReadOptions, items};

pub(super) use progress::Progress;
pub(super) use send::{Sender, Tally};

const AFTER_HELP: &str = "\
Examples:
  freshet import ratings.dat.gz                  MovieTweetings, MovieLens; with its movies.dat
  freshet import u.data --dry-run                what is in it; nothing is sent
  freshet import clicks.csv --map user_id=uid,item_id=sku --type click
  zcat events.jsonl.gz | freshet import -        one JSON event a line
  freshet import history.jsonl --mode backfill   behind a node that has live traffic

Rows are sent in order of time; a file that is in another order is sorted first, ties as in
the file. An import that was interrupted goes on where it stopped; a second one of the same
file adds nothing.";

/// Import a file of past events
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct Import {
    /// The file, plain or gzipped; `-` for standard input
    file: PathBuf,
    /// Its format
    #[arg(long, value_enum, default_value_t = FormatArg::Auto)]
    format: FormatArg,
    /// Which column is which field of an event
    #[arg(long, value_name = "FIELD=COLUMN", value_delimiter = ',')]
    map: Vec<String>,
    /// Type of rows that do not name theirs [default: rate for ratings, view_item for sessions]
    #[arg(long = "type", value_name = "TYPE")]
    event_type: Option<String>,
    /// Whether event time drives trends
    #[arg(long, value_enum, default_value_t = Mode::Fresh)]
    mode: Mode,
    /// Leave out the catalogue beside the file (movies.dat, movies.csv, u.item)
    #[arg(long)]
    no_items: bool,
    /// Only say what is in the file
    #[arg(long)]
    dry_run: bool,
}

/// Whether imported events move trends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Mode {
    /// Into a node without traffic: event time drives everything
    Fresh,
    /// Behind a node with traffic: history and scores, never trends
    Backfill,
}

impl Mode {
    /// The mode's name, as the API takes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Backfill => "backfill",
        }
    }
}

/// A file format, or telling it from the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FormatArg {
    /// Told from the first line
    Auto,
    /// `user::item::rating::seconds`
    Movietweetings,
    /// `user::item::rating::seconds` (MovieLens 1M, 10M)
    Movielens,
    /// `user <tab> item <tab> rating <tab> seconds` (MovieLens 100K)
    Udata,
    /// A table with a first line of names; comma, semicolon or tab
    Csv,
    /// One JSON event a line
    Jsonl,
    /// `SessionId <tab> ItemId <tab> Time`
    Serenade,
}

impl FormatArg {
    /// The format, where one was named.
    #[must_use]
    pub fn given(self) -> Option<Format> {
        Some(match self {
            Self::Auto => return None,
            Self::Movietweetings => Format::Movietweetings,
            Self::Movielens => Format::Movielens,
            Self::Udata => Format::Udata,
            Self::Csv => Format::Csv,
            Self::Jsonl => Format::Jsonl,
            Self::Serenade => Format::Serenade,
        })
    }
}

impl Import {
    /// Imports the file.
    ///
    /// # Errors
    /// [`Failure`] where the file cannot be read, or the node takes nothing of it.
    pub fn run(&self, global: &Global) -> Result<(), Failure> {
        let map = ColumnMap::parse(&self.map)?;
        let event_type = self.event_type.clone();
        let options = |format| ReadOptions { format, map, event_type };
        let plan = Plan::survey(ImportFile::open(&self.file)?, self.format.given(), options)?;
        let catalogue = items::beside(&self.file).filter(|_| !self.no_items);
        let printer = Printer::new(global);
        if self.dry_run {
            summary::write_survey(&printer, &plan, catalogue.as_deref());
            return Ok(());
        }
        announce(&plan, global);
        let progress = Progress::new(global);
        let sender = Sender { client: &Client::new(global)?, mode: self.mode, progress: &progress };
        let tally = match catalogue {
            Some(path) => sender.send_all(&plan, &items::read(&path)?)?,
            None => sender.send_all(&plan, &[])?,
        };
        summary::write_tally(&printer, &plan, &tally);
        verdict(&plan, &tally)
    }
}

/// What was found, before the sending begins.
fn announce(plan: &Plan, global: &Global) {
    if global.quiet {
        return;
    }
    let facts = plan.facts();
    let name = plan.file().source_name();
    eprintln!("{name}: {}, {} events", plan.options().format.name(), count(facts.rows));
    if facts.order == Order::SortedByTime {
        eprintln!("{name}: not in order of time: sorted by it, ties as in the file");
    }
    if !facts.ignored_columns.is_empty() {
        eprintln!("{name}: columns not taken: {}", facts.ignored_columns.join(", "));
    }
}

/// An import of which nothing was usable has failed.
fn verdict(plan: &Plan, tally: &Tally) -> Result<(), Failure> {
    let facts = plan.facts();
    if facts.rows == 0 {
        let first = facts.first_bad.first().map_or("it is empty".to_owned(), ToString::to_string);
        return Err(Failure::Other(format!("no line of the file is an event: {first}")));
    }
    let taken = tally.accepted + tally.duplicates + tally.skipped;
    if taken == 0 {
        return Err(Failure::Other("the node took none of the rows".to_owned()));
    }
    Ok(())
}
