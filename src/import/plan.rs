//! A file looked through, and then its rows in the order in which they are to be sent.

use super::open::Digest;
use super::rows::{RowResult, Rows};
use super::{BadRow, Format, ImportFile, OpenError, ReadOptions, Row};

/// Bad lines that are kept to be shown.
const SHOWN_BAD_ROWS: usize = 5;

/// In which order rows are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// As they stand: the file is in order of time.
    AsInFile,
    /// By event time, ties as in the file.
    SortedByTime,
}

/// What looking through a file told.
#[derive(Clone, Debug)]
pub struct Survey {
    /// Events in it.
    pub rows: u64,
    /// Lines that are no event.
    pub bad_rows: u64,
    /// The first of those.
    pub first_bad: Vec<BadRow>,
    /// Earliest event time in milliseconds.
    pub earliest_ms: Option<i64>,
    /// Latest event time in milliseconds.
    pub latest_ms: Option<i64>,
    /// The order in which they are sent.
    pub order: Order,
    /// Names bytes and reading options.
    pub digest: String,
    /// Columns that no field takes.
    pub ignored_columns: Vec<String>,
}

/// A file, how it is read, and what it holds.
#[derive(Debug)]
pub struct Plan {
    file: ImportFile,
    options: ReadOptions,
    survey: Survey,
}

impl Plan {
    /// Looks through the whole file. `format` is told from the first line where it is `None`.
    ///
    /// # Errors
    /// [`OpenError`] where the file cannot be read, or its format or columns cannot be told.
    pub fn survey(
        file: ImportFile,
        format: Option<Format>,
        with_format: impl FnOnce(Format) -> ReadOptions,
    ) -> Result<Self, OpenError> {
        let format = match format {
            Some(format) => format,
            None => detect(&file)?,
        };
        let options = with_format(format);
        let (reader, digest) = file.reader_with_digest()?;
        let survey = look_through(Rows::read(reader, &options)?, &digest, &options);
        Ok(Self { file, options, survey })
    }

    /// What the file holds.
    #[must_use]
    pub fn facts(&self) -> &Survey {
        &self.survey
    }

    /// How it is read.
    #[must_use]
    pub fn options(&self) -> &ReadOptions {
        &self.options
    }

    /// The file.
    #[must_use]
    pub fn file(&self) -> &ImportFile {
        &self.file
    }

    /// The good rows with their positions, from 1, in the order in which they are sent.
    ///
    /// # Errors
    /// [`OpenError`] where the file cannot be read again.
    pub fn rows(&self) -> Result<Box<dyn Iterator<Item = (u64, Row)>>, OpenError> {
        let rows = Rows::read(self.file.reader()?, &self.options)?.rows.filter_map(RowResult::ok);
        Ok(match self.survey.order {
            Order::AsInFile => Box::new((1..).zip(rows)),
            Order::SortedByTime => Box::new((1..).zip(sorted(rows))),
        })
    }
}

fn detect(file: &ImportFile) -> Result<Format, OpenError> {
    let io = |source| OpenError::Io { path: file.path().to_owned(), source };
    let mut reader = file.reader()?;
    loop {
        let mut bytes = Vec::new();
        std::io::BufRead::read_until(&mut reader, b'\n', &mut bytes).map_err(io)?;
        let line = super::rows::decode(&bytes);
        if bytes.is_empty() || !line.trim().is_empty() {
            let unknown = || OpenError::UnknownFormat { path: file.path().to_owned() };
            return Format::detect(&line).ok_or_else(unknown);
        }
    }
}

fn look_through(rows: Rows, digest: &Digest, options: &ReadOptions) -> Survey {
    let mut survey = Survey {
        rows: 0,
        bad_rows: 0,
        first_bad: Vec::new(),
        earliest_ms: None,
        latest_ms: None,
        order: Order::AsInFile,
        digest: String::new(),
        ignored_columns: rows.ignored_columns,
    };
    for row in rows.rows {
        match row {
            Ok(row) => survey.count(&row),
            Err(bad) => {
                survey.bad_rows += 1;
                if survey.first_bad.len() < SHOWN_BAD_ROWS {
                    survey.first_bad.push(bad);
                }
            }
        }
    }
    digest.add(options.fingerprint().as_bytes());
    survey.digest = digest.hex();
    survey
}

impl Survey {
    fn count(&mut self, row: &Row) {
        self.rows += 1;
        let Some(at) = row.at_ms else { return };
        if self.latest_ms.is_some_and(|latest| at < latest) {
            self.order = Order::SortedByTime;
        }
        self.earliest_ms = Some(self.earliest_ms.map_or(at, |earliest| earliest.min(at)));
        self.latest_ms = Some(self.latest_ms.map_or(at, |latest| latest.max(at)));
    }
}

/// By time, ties as in the file; a row without a time goes with the one before it.
fn sorted(rows: impl Iterator<Item = Row>) -> impl Iterator<Item = Row> {
    let mut last = i64::MIN;
    let mut keyed: Vec<(i64, Row)> = rows
        .map(|row| {
            last = row.at_ms.unwrap_or(last);
            (last, row)
        })
        .collect();
    keyed.sort_by_key(|(at, _)| *at);
    keyed.into_iter().map(|(_, row)| row)
}

#[cfg(test)]
mod tests;
