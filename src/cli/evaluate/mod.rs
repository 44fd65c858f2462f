//! `freshet evaluate`: how good the node's rankings are on a stream of past events.
//!
//! The events run in event time through the same code as in a node, without HTTP; each is ranked before anything is
//! learned from it.
//!
//! Not here: the protocol (see `engine::evaluation`), reading files (see `crate::import`).

#![expect(clippy::doc_markdown, reason = "clap shows these comments as they are")]

mod clicks;
mod clockwork;
mod drift;
mod figures;
mod off_policy;
mod options;
mod quoted;
mod report;
mod setup;
mod summary;
mod table;
mod without;

use std::path::PathBuf;

use clap::Args;
use config::Config;
use engine::evaluation::{Prequential, Protocol, Stand, StandConfig};
use engine::retrieval::Source;

use super::configure::Layers;
use super::failure::Failure;
use super::global::Global;
use super::import::{FormatArg, Progress};
use super::output::Printer;
use crate::cli::evaluate::clicks::ClickArgs;
use crate::cli::evaluate::clockwork::Clockwork;
use crate::cli::evaluate::figures::Figures;
use crate::cli::evaluate::off_policy::OffPolicy;
use crate::cli::evaluate::options::{CandidatesArg, MethodArg, RepeatsArg, Span};
use crate::cli::evaluate::report::Report;
use crate::cli::evaluate::without::Without;
use crate::cli::tape::Tape;
use crate::settings;

/// The help behind the options.
fn after_help() -> String {
    format!("{AFTER_HELP}\n\n{}", off_policy::HELP)
}

const AFTER_HELP: &str = "\
Examples:
  freshet evaluate ratings.dat.gz                      MovieTweetings, MovieLens: 100,000 events in minutes
  freshet evaluate u.data --items u.item --repeats never --report ml.md
  freshet evaluate train.txt.gz valid.txt test.txt --repeats allow    sessions, three files in one stream
  freshet evaluate clicks.csv --map user_id=uid,item_id=sku --type click --limit 50000
  freshet evaluate u.data --methods all --seeds 3      with batch models rebuilt every day, three times
  freshet evaluate clicks.csv --methods knn-popularity,learned    against the honest baseline alone
  freshet evaluate u.data --candidates exact           without the caps of retrieval: the yardstick
  freshet evaluate u.data --items u.item --without content    what one source is worth, above all for new items
  freshet evaluate u.data --publish-interval 1h        what it costs to publish once an hour
  freshet evaluate --clicks rows.libfm --dimensions 16,64    the click head on labelled rows
  freshet evaluate --clicks train.csv --label Label --ignore Id --amounts I1,I2
  freshet evaluate u.data --repeats never --drift 0,0.3,0.5    items change places half way: is it noticed, and how soon?
  freshet evaluate --from-log data --config new.toml   a changed configuration on a node's own events

Each event is ranked with what was known before it, then learned from. HR@k is the share of events whose item
was among the first k. An item never chosen before is a miss; equal scores share their places.
Rivals are what others would use instead. They rank every known item with nothing cut, and learn at once; batch
models (daily-...) are built anew from the whole past every --rebuild and are ready at that instant. The verdict
compares the node with the best of them: the difference, with the 95 % interval of a paired bootstrap over users.
Events with equal times come in an order drawn from --seed, never in the file's.";

/// Judge rankings on past events: rank each, then learn from it
#[derive(Debug, Args)]
#[command(after_help = after_help())]
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
    #[arg(long, value_enum, value_delimiter = ',', value_name = "METHOD", default_value = "quick")]
    methods: Vec<MethodArg>,
    /// Compare the node with itself without these sources, on the same events in the same order
    #[arg(long, value_name = "SOURCE", value_delimiter = ',', value_parser = without::source)]
    without: Vec<Source>,
    /// Event time after which batch models (daily-...) are rebuilt from the whole past
    #[arg(long, value_name = "DURATION", default_value = "1d", value_parser = options::period)]
    rebuild: Span,
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
    /// How many seeds to try, from --seed on; the tables are of the first, means and spread of all
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=20))]
    seeds: u64,
    /// Every how many scored events the effect of one click is probed; 0 for never
    #[arg(long, value_name = "N", default_value_t = 10)]
    probe_every: u64,
    /// Let these shares of the items change places half way, and tell what is noticed of it; 0 for the stream as it is
    #[arg(long, value_name = "SHARE", value_delimiter = ',',
          value_parser = options::share, conflicts_with_all = ["clicks", "report", "off_policy"])]
    drift: Vec<f64>,
    #[command(flatten)]
    clicks: ClickArgs,
    /// Write a Markdown report here
    #[arg(long, value_name = "FILE", conflicts_with = "clicks")]
    report: Option<PathBuf>,
    #[command(flatten)]
    off_policy: OffPolicy,
    #[command(flatten)]
    layers: Layers,
}

/// What one replay needs.
struct Prepared {
    tape: Tape,
    events: u64,
    protocol: Protocol,
    stand: StandConfig,
    seed: u64,
}

impl Evaluate {
    /// Replays the events and prints what was found.
    ///
    /// # Errors
    /// [`Failure`] where the events or the configuration cannot be read, or nothing is left to score.
    pub fn run(&self, global: &Global) -> Result<(), Failure> {
        let config = self.layers.load(Vec::new())?.config;
        if self.off_policy.asked {
            let rows = (self.files.as_slice(), self.from_log.as_ref());
            return self.off_policy.run(&config, rows, global);
        }
        if !self.drift.is_empty() {
            return self.judge_drift(&config, global);
        }
        if self.clicks.clicks {
            return self.judge_clicks(&config, global);
        }
        let first = self.prepare(&config, global, self.seed)?;
        let report = self.report.as_deref().map(Report::create).transpose()?;
        let mut figures = self.replay(first, global)?;
        figures.without = self.contrast(&config, &figures, global)?;
        for turn in 1..self.seeds {
            let next = self.prepare(&config, global, self.seed.wrapping_add(turn))?;
            let again = self.replay(next, global)?;
            figures.again.push((again.seed, again.outcome));
        }
        if let Some(report) = report {
            report.write(&figures)?;
        }
        Printer::new(global).result(&figures.json(), |printer| table::write(printer, &figures));
        Ok(())
    }

    fn judge_clicks(&self, config: &Config, global: &Global) -> Result<(), Failure> {
        let asked = clicks::Asked {
            args: &self.clicks,
            config: settings::click(config),
            files: &self.files,
            limit: self.limit,
            skip: self.skip,
            seed: self.seed,
        };
        asked.run(global)
    }

    /// Reads the events for one replay.
    fn prepare(&self, config: &Config, global: &Global, seed: u64) -> Result<Prepared, Failure> {
        let tape = self.tape(config, global, seed)?;
        let events = tape.events().min(self.limit.unwrap_or(u64::MAX));
        let protocol = self.protocol(config, events, seed)?;
        let mut stand = self.stand(config, &tape)?;
        stand.seed = stand.seed.wrapping_add(seed.wrapping_sub(self.seed));
        Ok(Prepared { tape, events, protocol, stand, seed })
    }

    /// Replays the same without the sources that are to be left out.
    fn contrast(
        &self,
        config: &Config,
        with: &Figures,
        global: &Global,
    ) -> Result<Option<Without>, Failure> {
        if self.without.is_empty() {
            return Ok(None);
        }
        let mut prepared = self.prepare(config, global, self.seed)?;
        let reference = prepared.protocol.reference;
        prepared.protocol.methods = vec![reference];
        prepared.protocol.probe_every = 0;
        let asked = &mut prepared.protocol.scenario.sources.asked;
        *asked = without::less(*asked, &self.without);
        prepared.stand.model.sources = *asked;
        let without = self.replay(prepared, global)?;
        let of = |figures: &Figures| {
            figures.outcome.methods.iter().find(|one| one.method == reference).cloned()
        };
        let (Some(with), Some(other)) = (of(with), of(&without)) else {
            let detail =
                format!("--without compares the {}: name it among --methods", reference.name());
            return Err(Failure::Usage(detail));
        };
        Ok(Some(Without {
            sources: self.without.clone(),
            figures: [other.hit_rate(), other.figures.ndcg],
            contrast: with.contrast(&other, self.seed),
        }))
    }

    fn replay(&self, prepared: Prepared, global: &Global) -> Result<Figures, Failure> {
        let Prepared { mut tape, events, protocol, stand, seed } = prepared;
        let clockwork = Clockwork::start();
        let progress = Progress::new(global);
        progress.begin("events", 0, events);
        let mut replay = Prequential::new(protocol.clone(), Stand::new(stand), clockwork);
        tape.play(events, &mut |record| replay.take(&record), &progress)?;
        progress.end();
        let (outcome, clockwork) = replay.finish();
        if outcome.scored == 0 {
            return Err(Failure::Other(self.nothing_scored(&tape)));
        }
        let (costs, told) = (clockwork.costs(), tape.told());
        Ok(Figures { outcome, costs, protocol, told, seed, again: Vec::new(), without: None })
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
