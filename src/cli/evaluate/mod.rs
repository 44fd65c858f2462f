//! `freshet evaluate`: how good the node's rankings are on a stream of past events.
//!
//! The events run in event time through the same code as in a node, without HTTP; each is ranked before anything is
//! learned from it.
//!
//! Not here: the protocol (see `engine::evaluation`), reading files (see `crate::import`).

#![expect(clippy::doc_markdown, reason = "clap shows these comments as they are")]

mod clockwork;
mod figures;
mod log_tape;
mod options;
mod report;
mod setup;
mod stream;
mod table;
mod tape;

use std::path::PathBuf;

use clap::Args;
use engine::evaluation::{Prequential, Stand};

use super::configure::Layers;
use super::failure::Failure;
use super::global::Global;
use super::import::{FormatArg, Progress};
use super::output::Printer;
use crate::cli::evaluate::clockwork::Clockwork;
use crate::cli::evaluate::figures::Figures;
use crate::cli::evaluate::options::{CandidatesArg, MethodArg, RepeatsArg, Span};
use crate::cli::evaluate::report::Report;
use crate::cli::evaluate::tape::Tape;

const AFTER_HELP: &str = "\
Examples:
  freshet evaluate ratings.dat.gz                      MovieTweetings, MovieLens: 100,000 events in minutes
  freshet evaluate u.data --items u.item --repeats never --report ml.md
  freshet evaluate train.txt.gz valid.txt test.txt --repeats allow    sessions, three files in one stream
  freshet evaluate clicks.csv --map user_id=uid,item_id=sku --type click --limit 50000
  freshet evaluate u.data --candidates exact           without the caps of retrieval: the yardstick
  freshet evaluate u.data --publish-interval 1h        what it costs to publish once an hour
  freshet evaluate --from-log data --config new.toml   a changed configuration on a node's own events

Each event is ranked with what was known before it, then learned from. HR@k is the share of events whose item
was among the first k. An item never chosen before is a miss; equal scores share their places.
Events with equal times come in an order drawn from --seed, never in the file's.";

/// Judge rankings on past events: rank each, then learn from it
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct Evaluate {
    /// Files of events, plain or gzipped, as `freshet import` reads them; several make one stream
    #[arg(value_name = "FILE", required_unless_present = "from_log", conflicts_with = "from_log")]
    files: Vec<PathBuf>,
    /// Replay the log of this data directory instead (its node must not be running)
    #[arg(long, value_name = "DIR")]
    from_log: Option<PathBuf>,
    /// Format of the files
    #[arg(long, value_enum, default_value_t = FormatArg::Auto)]
    format: FormatArg,
    /// Which column is which field of an event
    #[arg(long, value_name = "FIELD=COLUMN", value_delimiter = ',')]
    map: Vec<String>,
    /// Type of rows that do not name theirs [default: rate for ratings, view_item for sessions]
    #[arg(long = "type", value_name = "TYPE")]
    event_type: Option<String>,
    /// Items with their categories (movies.dat, movies.csv, u.item), known from the start
    #[arg(long, value_name = "FILE", conflicts_with = "from_log")]
    items: Option<PathBuf>,
    /// Lengths of lists within which a hit counts
    #[arg(long, value_name = "K", value_delimiter = ',', default_values_t = [10, 20],
          value_parser = clap::value_parser!(u16).range(1..=1000))]
    k: Vec<u16>,
    /// Which items a list may name
    #[arg(long, value_enum, default_value_t = CandidatesArg::Default)]
    candidates: CandidatesArg,
    /// Whether items that the user took may come again
    #[arg(long, value_enum, default_value_t = RepeatsArg::Scenario)]
    repeats: RepeatsArg,
    /// Scenario of the configuration to rank by [default: its default_scenario]
    #[arg(long, value_name = "NAME")]
    scenario: Option<String>,
    /// Rankings to compare
    #[arg(long, value_enum, value_delimiter = ',', value_name = "METHOD", default_values_t = MethodArg::ALL)]
    methods: Vec<MethodArg>,
    /// Share of the events at the start that is learned from but not scored
    #[arg(long, value_name = "SHARE", default_value_t = 0.2, value_parser = options::share)]
    skip: f64,
    /// Events at most
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
    /// Event time between publications, such as 200ms, 30s, 1h; 0 publishes after every event
    #[arg(long, value_name = "DURATION", default_value = "0")]
    publish_interval: Span,
    /// Seed of the order of equal times, and of everything else that is drawn
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Every how many scored events the effect of one click is probed; 0 for never
    #[arg(long, value_name = "N", default_value_t = 10)]
    probe_every: u64,
    /// Write a Markdown report here
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    #[command(flatten)]
    layers: Layers,
}

impl Evaluate {
    /// Replays the events and prints what was found.
    ///
    /// # Errors
    /// [`Failure`] where the events or the configuration cannot be read, or nothing is left to score.
    pub fn run(&self, global: &Global) -> Result<(), Failure> {
        let config = self.layers.load(Vec::new())?.config;
        let mut tape = self.tape(&config, global)?;
        let events = tape.events().min(self.limit.unwrap_or(u64::MAX));
        let protocol = self.protocol(&config, events)?;
        let report = self.report.as_deref().map(Report::create).transpose()?;
        let stand = Stand::new(self.stand(&config, &tape)?);
        let clockwork = Clockwork::start();
        let progress = Progress::new(global);
        progress.begin("events", 0, events);
        let mut replay = Prequential::new(protocol.clone(), stand, clockwork);
        tape.play(events, &mut |record| replay.take(&record), &progress)?;
        progress.end();
        let (outcome, clockwork) = replay.finish();
        if outcome.scored == 0 {
            return Err(Failure::Other(self.nothing_scored(&tape)));
        }
        let figures = Figures {
            outcome,
            costs: clockwork.costs(),
            protocol,
            told: tape.told(),
            seed: self.seed,
        };
        if let Some(report) = report {
            report.write(&figures)?;
        }
        Printer::new(global).result(&figures.json(), |printer| table::write(printer, &figures));
        Ok(())
    }

    fn nothing_scored(&self, tape: &Tape) -> String {
        let first = tape.told().first_refused;
        let why = first.first().map_or_else(
            || {
                format!(
                    "no positive event on an item is behind the first {} of the events",
                    self.skip
                )
            },
            |first| format!("the first row that was refused: {first}"),
        );
        format!("nothing was scored: {why}")
    }
}
