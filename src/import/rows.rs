//! Rows of each format as JSON events.

mod places;

use std::io::{self, BufRead};

use serde_json::{Map, Value};

use super::columns::is_numeric;
use super::{ColumnMap, Format, MapError, OpenError, moment};
use crate::json;
use places::Noting;

/// How a file is read.
#[derive(Clone, Debug)]
pub struct ReadOptions {
    /// Its format.
    pub format: Format,
    /// Which column is which field, where the names do not say it.
    pub map: ColumnMap,
    /// Type of rows that do not name theirs.
    pub event_type: Option<String>,
}

impl ReadOptions {
    fn default_type(&self) -> Option<&str> {
        self.event_type.as_deref().or_else(|| self.format.default_type())
    }

    /// The options as text, so that a file read differently is another source.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let pairs: Vec<_> =
            self.map.iter().map(|(field, column)| format!("{field}={column}")).collect();
        let shape =
            if self.format == Format::Movietweetings { Format::Movielens } else { self.format };
        format!("{} {} {}", shape.name(), self.default_type().unwrap_or_default(), pairs.join(","))
    }
}

/// One event of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Line of the file at which it begins, from 1.
    pub line: u64,
    /// Event time in milliseconds, where it could be told.
    pub at_ms: Option<i64>,
    /// The event as a JSON object.
    pub json: String,
}

/// A line that is no event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct BadRow {
    /// Line of the file, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub reason: String,
}

/// What a reader yields.
pub type RowResult = Result<Row, BadRow>;

/// The rows of a file and what its first line told.
pub struct Rows {
    /// Columns that no field takes.
    pub ignored_columns: Vec<String>,
    /// The rows, in the order of the file.
    pub rows: Box<dyn Iterator<Item = RowResult>>,
}

impl Rows {
    /// Starts reading.
    ///
    /// # Errors
    /// [`OpenError`] where the first line cannot be read or lacks columns.
    pub fn read(mut reader: Box<dyn BufRead>, options: &ReadOptions) -> Result<Self, OpenError> {
        let options = options.clone();
        match options.format {
            Format::Csv | Format::Serenade => {
                let header = decode(&read_line(&mut reader).unwrap_or_default());
                Ok(Table::new(&header, options)?.rows(reader))
            }
            Format::Movietweetings | Format::Movielens => {
                Ok(Self::of_lines(reader, move |line| rating(line.split("::"), &options)))
            }
            Format::Udata => {
                Ok(Self::of_lines(reader, move |line| rating(line.split('\t'), &options)))
            }
            Format::Jsonl => Ok(Self::of_lines(reader, move |line| object(line, &options))),
        }
    }

    fn of_lines(
        reader: Box<dyn BufRead>,
        mut parse: impl FnMut(&str) -> Result<Map<String, Value>, String> + 'static,
    ) -> Self {
        let rows = Lines { reader, line: 0 }.filter_map(move |(line, text)| {
            let text = match text {
                Ok(text) if text.trim().is_empty() => return None,
                Ok(text) => text,
                Err(fault) => return Some(Err(BadRow { line, reason: fault.to_string() })),
            };
            let parsed = parse(text.trim_end());
            Some(
                parsed
                    .and_then(|event| finish(event, line))
                    .map_err(|reason| BadRow { line, reason }),
            )
        });
        Self { ignored_columns: Vec::new(), rows: Box::new(rows) }
    }
}

/// The lines of a file with their numbers. A read that fails is the last line.
struct Lines {
    reader: Box<dyn BufRead>,
    line: u64,
}

impl Iterator for Lines {
    type Item = (u64, io::Result<String>);

    fn next(&mut self) -> Option<Self::Item> {
        self.line += 1;
        match read_line(&mut self.reader) {
            Ok(bytes) if bytes.is_empty() => None,
            Ok(bytes) => Some((self.line, Ok(decode(&bytes)))),
            Err(fault) => {
                self.reader = Box::new(io::empty());
                Some((self.line, Err(fault)))
            }
        }
    }
}

fn read_line(reader: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.read_until(b'\n', &mut bytes)?;
    Ok(bytes)
}

/// UTF-8 where it is, else Latin-1, in which the older data sets are written.
pub(super) fn decode(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.trim_start_matches('\u{feff}').to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

fn rating<'a>(
    mut cells: impl Iterator<Item = &'a str>,
    options: &ReadOptions,
) -> Result<Map<String, Value>, String> {
    let (Some(user), Some(item), Some(value), Some(at), None) =
        (cells.next(), cells.next(), cells.next(), cells.next(), cells.next())
    else {
        return Err("expected user, item, rating, seconds".to_owned());
    };
    let fields = [("user_id", user), ("item_id", item), ("value", value), ("timestamp", at)];
    event(fields.into_iter(), options.default_type())
}

/// An event from cells of text.
fn event<'a>(
    cells: impl Iterator<Item = (&'a str, &'a str)>,
    default_type: Option<&str>,
) -> Result<Map<String, Value>, String> {
    let mut event = Map::new();
    for (field, text) in cells.map(|(field, text)| (field, text.trim())) {
        let value = match field {
            _ if text.is_empty() => continue,
            "timestamp" => moment::cell(text),
            _ if is_numeric(field) => number(field, text)?,
            _ => Value::from(text),
        };
        event.insert(field.to_owned(), value);
    }
    if let Some(event_type) = default_type.filter(|_| !event.contains_key("type")) {
        event.insert("type".to_owned(), Value::from(event_type));
    }
    Ok(event)
}

fn number(field: &str, text: &str) -> Result<Value, String> {
    if let Ok(whole) = text.parse::<i64>() {
        return Ok(Value::from(whole));
    }
    let parsed = text.parse::<f64>().ok().and_then(serde_json::Number::from_f64);
    parsed.map(Value::Number).ok_or_else(|| format!("{field} \"{text}\" is no number"))
}

fn finish(event: Map<String, Value>, line: u64) -> Result<Row, String> {
    if !event.contains_key("user_id") && !event.contains_key("session_id") {
        return Err("neither user_id nor session_id".to_owned());
    }
    let at_ms = event.get("timestamp").or_else(|| event.get("ts")).and_then(moment::millis);
    Ok(Row { line, at_ms, json: Value::Object(event).to_string() })
}

fn object(line: &str, options: &ReadOptions) -> Result<Map<String, Value>, String> {
    let (value, twice) =
        json::read(line.as_bytes()).map_err(|fault| format!("no JSON object: {fault}"))?;
    if let Some(pointer) = twice.first() {
        return Err(format!("{pointer} stands twice"));
    }
    let Value::Object(mut event) = value else { return Err("no JSON object".to_owned()) };
    for (field, key) in options.map.iter() {
        if let Some(value) = event.remove(key) {
            event.insert(field.to_owned(), value);
        }
    }
    if !event.contains_key("type") && !event.contains_key("event") {
        let event_type = options.default_type().ok_or("no type; give one with --type TYPE")?;
        event.insert("type".to_owned(), Value::from(event_type));
    }
    Ok(event)
}

/// A table with a first line of names.
struct Table {
    delimiter: u8,
    columns: Vec<String>,
    fields: Vec<Option<&'static str>>,
    options: ReadOptions,
}

impl Table {
    fn new(header: &str, options: ReadOptions) -> Result<Self, MapError> {
        let header = header.trim_end();
        let count = |mark: &u8| header.bytes().filter(|byte| byte == mark).count();
        let delimiter = b",;\t".iter().copied().max_by_key(count).unwrap_or(b',');
        let cells = header.split(char::from(delimiter));
        let columns: Vec<String> =
            cells.map(|cell| cell.trim().trim_matches('"').to_owned()).collect();
        let fields = options.map.match_columns(&columns, options.default_type())?;
        Ok(Self { delimiter, columns, fields, options })
    }

    fn rows(self, reader: Box<dyn BufRead>) -> Rows {
        let ignored_columns = self.columns.iter().zip(&self.fields);
        let ignored_columns =
            ignored_columns.filter(|(_, f)| f.is_none()).map(|(c, _)| c.clone()).collect();
        // The first line has been read already.
        let (reader, places) = Noting::from_line(reader, 2);
        let records = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(self.delimiter)
            .from_reader(reader)
            .into_byte_records();
        let rows = records.map(move |record| {
            let begins = match &record {
                Ok(record) => record.position(),
                Err(fault) => fault.position(),
            };
            let line = places.line(begins.map_or(u64::MAX, csv::Position::byte));
            let event =
                record.map_err(|fault| fault.to_string()).and_then(|cells| self.row(&cells));
            event.and_then(|event| finish(event, line)).map_err(|reason| BadRow { line, reason })
        });
        Rows { ignored_columns, rows: Box::new(rows) }
    }

    fn row(&self, record: &csv::ByteRecord) -> Result<Map<String, Value>, String> {
        if record.len() != self.columns.len() {
            return Err(format!(
                "{} cells, the first line has {}",
                record.len(),
                self.columns.len()
            ));
        }
        let cells: Vec<String> = record.iter().map(decode).collect();
        let named = self.fields.iter().zip(&cells);
        let named = named.filter_map(|(field, cell)| Some(((*field)?, cell.as_str())));
        event(named, self.options.default_type())
    }
}

#[cfg(test)]
mod tests;
