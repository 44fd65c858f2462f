//! `freshet evaluate --clicks`: the click head on labelled rows, each foretold before it is learned.
//!
//! Not here: the head and its figures (see `engine`), how rows are read (see `rows`).

pub mod rows;

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use engine::evaluation::{ClickOutcomeFigures, ClickTrial};
use engine::model::click::{ClickConfig, PositionPolicy};
use engine::model::numeric::LANE;
use serde_json::{Value, json};

use crate::cli::failure::Failure;
use crate::cli::global::Global;
use crate::cli::import::Progress;
use crate::cli::output::{Printer, count};
use crate::clock::{self, Stopwatch};
use rows::{Row, RowsFormat};

/// Rows between two looks at the clock.
const BATCH: usize = 1_000;

/// What is asked of `--clicks`.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Click head")]
pub struct ClickArgs {
    /// The files hold labelled rows (libfm, or CSV with a heading): judge the click head on them, in their order
    #[arg(long)]
    pub clicks: bool,
    /// Column of a CSV file that says whether a row was clicked
    #[arg(long, value_name = "COLUMN", default_value = "label", requires = "clicks")]
    label: String,
    /// Columns of a CSV file that are amounts, not names: classes of them are learned
    #[arg(long, value_name = "COLUMN", value_delimiter = ',', requires = "clicks")]
    amounts: Vec<String>,
    /// Columns of a CSV file that say nothing of the click: ids of rows
    #[arg(long, value_name = "COLUMN", value_delimiter = ',', requires = "clicks")]
    ignore: Vec<String>,
    /// Numbers in a feature's vector, one trial each [default: model.click.dimensions]
    #[arg(long, value_name = "K", value_delimiter = ',', requires = "clicks",
          value_parser = clap::value_parser!(u16).range(16..=256))]
    dimensions: Vec<u16>,
}

/// What one trial gave.
struct Trial {
    dimensions: usize,
    all: ClickOutcomeFigures,
    behind: ClickOutcomeFigures,
    micros: f64,
    on_processor: bool,
    features: usize,
    bytes: u64,
}

/// What is tried on what.
pub struct Asked<'a> {
    /// The options.
    pub args: &'a ClickArgs,
    /// The head as configured.
    pub config: ClickConfig,
    /// Files of rows.
    pub files: &'a [PathBuf],
    /// Rows at most.
    pub limit: Option<u64>,
    /// Share of the rows at the start that the second set of figures leaves out.
    pub skip: f64,
    /// Seed of what vectors start from.
    pub seed: u64,
}

impl Asked<'_> {
    /// Tries the head and prints what came of it.
    ///
    /// # Errors
    /// [`Failure`] where a file cannot be read or holds no rows.
    pub fn run(&self, global: &Global) -> Result<(), Failure> {
        let limit = self.limit.map_or(usize::MAX, |limit| limit as usize);
        let format = RowsFormat {
            label: &self.args.label,
            amounts: &self.args.amounts,
            ignore: &self.args.ignore,
        };
        let rows = rows::read(self.files, format, limit)?;
        if rows.is_empty() {
            return Err(Failure::Other("there are no rows".to_owned()));
        }
        let usual = [(self.config.lanes * LANE) as u16];
        let asked =
            if self.args.dimensions.is_empty() { &usual } else { &self.args.dimensions[..] };
        if let Some(odd) = asked.iter().find(|it| !usize::from(**it).is_multiple_of(LANE)) {
            return Err(Failure::Usage(format!("{odd} dimensions: a multiple of 16 is needed")));
        }
        let trials: Vec<Trial> =
            asked.iter().map(|it| self.trial(usize::from(*it), &rows, global)).collect();
        let value = json!({
            "rows": rows.len(),
            "trials": trials.iter().map(Trial::json).collect::<Vec<_>>(),
        });
        Printer::new(global).result(&value, |printer| self.table(printer, &trials));
        Ok(())
    }

    fn trial(&self, dimensions: usize, rows: &[Row], global: &Global) -> Trial {
        // Rows of a file have no place in a list.
        let position = PositionPolicy::Ignored;
        let config = ClickConfig { lanes: dimensions / LANE, position, ..self.config.clone() };
        let mut trial = ClickTrial::new(self.seed, config);
        let progress = Progress::new(global);
        progress.begin("rows", 0, rows.len() as u64);
        let (started, before) = (Stopwatch::start(), clock::thread_time());
        for batch in rows.chunks(BATCH) {
            for row in batch {
                trial.take(&row.fields, row.clicked);
            }
            progress.advance(batch.len() as u64);
        }
        let wall = started.elapsed();
        let used = before.zip(clock::thread_time()).map(|(from, to)| to.saturating_sub(from));
        // A clock that ticks coarsely says nothing of a short trial.
        let used = used.filter(|_| Duration::from_millis(100) < wall);
        progress.end();
        Trial {
            dimensions,
            all: trial.figures(0),
            behind: trial.figures((self.skip * rows.len() as f64) as usize),
            micros: used.unwrap_or(wall).as_secs_f64() * 1e6 / rows.len() as f64,
            on_processor: used.is_some(),
            features: trial.features(),
            bytes: trial.bytes(),
        }
    }

    fn table(&self, printer: &Printer, trials: &[Trial]) -> String {
        let heading = [
            "k",
            "log loss",
            "AUC",
            "foretold/clicks",
            "log loss behind",
            "AUC behind",
            "µs a row",
            "rows/s",
            "features",
            "bytes each",
        ];
        let rows: Vec<_> = trials.iter().map(Trial::row).collect();
        let first = &trials[0];
        let clock = if first.on_processor { "processor time" } else { "wall time" };
        [
            format!(
                "{} rows, {} of them clicked; every row is foretold, then learned",
                count(first.all.rows as u64),
                count(first.all.clicks as u64)
            ),
            printer.table(&heading, &rows),
            format!(
                "\"Behind\": without the first {} of the rows. Times are {clock} of one thread, without reading.",
                self.skip
            ),
        ]
        .join("\n\n")
    }
}

impl Trial {
    fn row(&self) -> Vec<String> {
        vec![
            self.dimensions.to_string(),
            format!("{:.4}", self.all.log_loss),
            format!("{:.4}", self.all.auc),
            format!("{:.3}", self.all.calibration),
            format!("{:.4}", self.behind.log_loss),
            format!("{:.4}", self.behind.auc),
            format!("{:.2}", self.micros),
            count((1e6 / self.micros) as u64),
            count(self.features as u64),
            (self.bytes / self.features.max(1) as u64).to_string(),
        ]
    }

    fn json(&self) -> Value {
        let figures = |figures: &ClickOutcomeFigures| {
            json!({
                "rows": figures.rows,
                "clicks": figures.clicks,
                "log_loss": figures.log_loss,
                "auc": figures.auc,
                "calibration": figures.calibration,
            })
        };
        json!({
            "dimensions": self.dimensions,
            "all": figures(&self.all),
            "behind": figures(&self.behind),
            "us_per_row": self.micros,
            "rows_per_second": 1e6 / self.micros,
            "features": self.features,
            "bytes": self.bytes,
        })
    }
}
