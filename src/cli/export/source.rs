//! Where an export's records come from: a node's log, or a file as an import would write it.
//!
//! Not here: what is made of them.

use std::path::{Path, PathBuf};

use clap::Args;
use config::Config;
use serde_json::json;

use super::file::Written;
use crate::cli::failure::Failure;
use crate::cli::global::Global;
use crate::cli::import::FormatArg;
use crate::cli::output::{Printer, count};
use crate::cli::tape::{FileTape, LogTape, ReadOptionsOf, Reading, Tape};
use crate::import::ColumnMap;

/// The order of rows of equal times in a file.
const SEED: u64 = 7;

/// How a file is read.
#[derive(Debug, Args)]
#[command(next_help_heading = "Where the source is a file")]
pub(super) struct FileArgs {
    /// Its format
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = FormatArg::Auto)]
    input_format: FormatArg,
    /// Which of its columns is which field of an event
    #[arg(long, value_name = "FIELD=COLUMN", value_delimiter = ',')]
    map: Vec<String>,
    /// Type of rows that do not name theirs [default: rate for ratings, view_item for sessions]
    #[arg(long = "type", value_name = "TYPE")]
    event_type: Option<String>,
    /// Items with their categories (movies.dat, movies.csv, u.item), known from the start
    #[arg(long, value_name = "FILE")]
    items: Option<PathBuf>,
}

impl Default for FileArgs {
    fn default() -> Self {
        Self { input_format: FormatArg::Auto, map: Vec::new(), event_type: None, items: None }
    }
}

/// Records, and what is told of them at the end.
pub(super) struct Source {
    pub tape: Tape,
    pub name: String,
    /// Number of the first record; 1 where nothing is missing in front of it.
    pub first: u64,
    /// Records that were taken.
    pub records: u64,
    /// How long that took.
    pub seconds: f64,
}

impl Source {
    /// The log of the data directory `path`, or the events of the file.
    pub fn open(
        path: &Path,
        file: &FileArgs,
        (config, global): (&Config, &Global),
    ) -> Result<Self, Failure> {
        let name = path.display().to_string();
        let tape = if path.is_dir() {
            Tape::Log(LogTape::open(path)?.into())
        } else if path.exists() {
            Tape::Files(file.read(path, (config, global))?.into())
        } else {
            let told = format!(
                "{name} is neither a data directory nor a file; name one, or set storage.data_dir"
            );
            return Err(Failure::Usage(told));
        };
        let first = tape.first()?;
        Ok(Self { tape, name, first, records: 0, seconds: 0.0 })
    }

    /// What the file's metadata says of where its rows come from.
    pub fn notes(&self, rows: &str) -> Vec<(&'static str, String)> {
        vec![
            ("freshet.version", env!("CARGO_PKG_VERSION").to_owned()),
            ("freshet.rows", rows.to_owned()),
            ("freshet.source", self.name.clone()),
        ]
    }

    /// Tells what became of them.
    pub fn tell(&self, out: &Path, written: Written, global: &Global) {
        let told = self.tape.told();
        let rate = self.records as f64 / self.seconds.max(1e-3);
        let value = json!({
            "source": self.name,
            "out": out.display().to_string(),
            "rows": written.rows,
            "bytes": written.bytes,
            "records": self.records,
            "refused": told.refused,
            "log_begins_at": self.first,
            "seconds": self.seconds,
        });
        let row = |name: &str, text: String| vec![name.to_owned(), text];
        let rows = [
            row("source", self.name.clone()),
            row("file", out.display().to_string()),
            row("rows", count(written.rows)),
            row("bytes", count(written.bytes)),
            row("records", count(self.records)),
            row("records per second", count(rate as u64)),
        ];
        Printer::new(global).result(&value, |printer| {
            let mut blocks = vec![printer.table(&["exported", ""], &rows)];
            blocks.extend(told.first_refused.first().map(|first| {
                format!("{} rows were refused; the first: {first}", count(told.refused))
            }));
            if 1 < self.first {
                let first = count(self.first);
                blocks.push(format!(
                    "The log begins at record {first}: of what was before, nothing is in the values."
                ));
            }
            blocks.join("\n\n")
        });
    }
}

impl FileArgs {
    fn read(&self, path: &Path, (config, global): (&Config, &Global)) -> Result<FileTape, Failure> {
        let types = config.event_types().map_err(|fault| Failure::Other(fault.to_string()))?;
        let reading = Reading {
            files: &[path.to_path_buf()],
            items: self.items.as_deref(),
            format: self.input_format.given(),
            options: ReadOptionsOf {
                map: ColumnMap::parse(&self.map)?,
                event_type: &self.event_type,
            },
            seed: SEED,
        };
        FileTape::read(&reading, types, global)
    }
}
