//! Labelled rows from files: libfm, or CSV with a heading.
//!
//! A libfm row is `LABEL INDEX:1 …`; indices at the same place of a row are of one field. Of a CSV file every column but
//! the label is a field; its texts are names, hashed. An amount `x` above 2 is learned as the class `⌊ln² x⌋`, smaller
//! ones as they are rounded (as the winners of Criteo's competition did, "3 Idiots", 2014).
//!
//! **Invariant:** a row that cannot be read is named by its file and line.
//!
//! Not here: learning.

use std::hash::Hasher as _;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use engine::model::click::fields::FIELDS;
use siphasher::sip::SipHasher13;

use crate::cli::failure::Failure;
use crate::import::ImportFile;

/// One row.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Number of each feature's field, and its value.
    pub fields: Vec<(u8, u32)>,
    /// Whether it was clicked.
    pub clicked: bool,
}

/// What the columns of a CSV file are.
#[derive(Clone, Copy, Debug)]
pub struct RowsFormat<'a> {
    /// The column that says whether a row was clicked.
    pub label: &'a str,
    /// Columns that are amounts.
    pub amounts: &'a [String],
    /// Columns that are left out.
    pub ignore: &'a [String],
}

/// What is wrong with a file, without its name.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum RowFault {
    #[error("line {line}: \"{label}\" is no label: 1 for a click, 0 or -1 for none")]
    Label { line: usize, label: String },
    #[error(
        "line {line}: \"{feature}\" is no feature such as 266:1; only features that are there or not are known"
    )]
    Feature { line: usize, feature: String },
    #[error("line {line}: {found} features, and {FIELDS} are the most")]
    TooMany { line: usize, found: usize },
    #[error("there is no column \"{name}\"; the first line has {known}")]
    NoColumn { name: String, known: String },
    #[error("{reason}")]
    Unreadable { reason: String },
}

/// What a column is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Label,
    Name(u8),
    Amount(u8),
    Ignored,
}

/// The rows of `files`, in their order, at most `limit`.
///
/// # Errors
/// [`Failure`] where a file cannot be read, with its name and line.
pub fn read(files: &[PathBuf], format: RowsFormat, limit: usize) -> Result<Vec<Row>, Failure> {
    let mut rows = Vec::new();
    for path in files {
        let told = |fault: RowFault| Failure::Other(format!("{}: {fault}", path.display()));
        let reader = ImportFile::open(path)?.reader()?;
        read_file(path, reader, format, limit, &mut rows).map_err(told)?;
    }
    Ok(rows)
}

fn read_file(
    path: &Path,
    mut reader: Box<dyn BufRead>,
    format: RowsFormat,
    limit: usize,
    rows: &mut Vec<Row>,
) -> Result<(), RowFault> {
    let start = reader.fill_buf().map_err(|fault| unreadable(&fault))?;
    let first = start.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let plain = path.file_stem().filter(|_| path.extension().is_some_and(|it| it == "gz"));
    let named_csv = plain.map_or(path, Path::new).extension().is_some_and(|it| it == "csv");
    if named_csv || first.contains(&b',') {
        read_csv(reader, format, limit, rows)
    } else {
        read_libfm(reader, limit, rows)
    }
}

fn read_libfm(reader: Box<dyn BufRead>, limit: usize, rows: &mut Vec<Row>) -> Result<(), RowFault> {
    for (number, line) in BufReader::new(reader).lines().enumerate() {
        if limit <= rows.len() {
            break;
        }
        let line = line.map_err(|fault| unreadable(&fault))?;
        let mut words = line.split_ascii_whitespace();
        let Some(label) = words.next() else { continue };
        let clicked = clicked(label, number + 1)?;
        let fields: Vec<_> = words
            .zip(0_usize..)
            .map(|(word, place)| Ok((place as u8, indicator(word, number + 1)?)))
            .collect::<Result<_, _>>()?;
        check_number(fields.len(), number + 1)?;
        rows.push(Row { fields, clicked });
    }
    Ok(())
}

fn indicator(word: &str, line: usize) -> Result<u32, RowFault> {
    let parsed = word.split_once(':').and_then(|(index, value)| {
        let there = value.parse::<f32>().is_ok_and(|value| value.to_bits() == 1.0_f32.to_bits());
        index.parse().ok().filter(|_| there)
    });
    parsed.ok_or_else(|| RowFault::Feature { line, feature: word.to_owned() })
}

fn read_csv(
    reader: impl Read,
    format: RowsFormat,
    limit: usize,
    rows: &mut Vec<Row>,
) -> Result<(), RowFault> {
    let mut reader = csv::Reader::from_reader(reader);
    let heading = reader.headers().map_err(|fault| unreadable(&fault))?.clone();
    let columns = columns(&heading, format)?;
    let mut record = csv::StringRecord::new();
    while rows.len() < limit && reader.read_record(&mut record).map_err(|it| unreadable(&it))? {
        let line = record.position().map_or(0, |position| position.line() as usize);
        let mut row = Row { fields: Vec::with_capacity(columns.len()), clicked: false };
        for (column, cell) in columns.iter().zip(&record) {
            match column {
                Column::Ignored => {}
                Column::Label => row.clicked = clicked(cell, line)?,
                Column::Name(field) => row.fields.push((*field, hashed(cell))),
                Column::Amount(field) => row.fields.push((*field, hashed(&class(cell)))),
            }
        }
        rows.push(row);
    }
    Ok(())
}

fn columns(heading: &csv::StringRecord, format: RowsFormat) -> Result<Vec<Column>, RowFault> {
    let named = |wanted: &str| heading.iter().find(|name| name.eq_ignore_ascii_case(wanted));
    let asked = format.amounts.iter().chain(format.ignore).map(String::as_str);
    if let Some(name) = asked.chain([format.label]).find(|name| named(name).is_none()) {
        let known = heading.iter().collect::<Vec<_>>().join(", ");
        return Err(RowFault::NoColumn { name: name.to_owned(), known });
    }
    let among = |names: &[String], name: &str| names.iter().any(|it| it.eq_ignore_ascii_case(name));
    let mut fields = 0_usize;
    let columns = heading.iter().map(|name| {
        let field = fields as u8;
        let column = match name {
            _ if name.eq_ignore_ascii_case(format.label) => return Column::Label,
            _ if among(format.ignore, name) => return Column::Ignored,
            _ if among(format.amounts, name) => Column::Amount(field),
            _ => Column::Name(field),
        };
        fields += 1;
        column
    });
    let columns = columns.collect();
    check_number(fields, 1)?;
    Ok(columns)
}

fn check_number(found: usize, line: usize) -> Result<(), RowFault> {
    if FIELDS < found { Err(RowFault::TooMany { line, found }) } else { Ok(()) }
}

fn clicked(label: &str, line: usize) -> Result<bool, RowFault> {
    match label.trim() {
        "1" | "+1" | "1.0" | "true" => Ok(true),
        "0" | "-1" | "0.0" | "false" => Ok(false),
        _ => Err(RowFault::Label { line, label: label.to_owned() }),
    }
}

/// The class of an amount; of a text that is none, the text.
fn class(cell: &str) -> String {
    match cell.trim().parse::<f64>() {
        Ok(amount) if 2.0 < amount => format!("{}", amount.ln().powi(2).floor()),
        Ok(amount) => format!("s{}", amount.round()),
        Err(_) => cell.to_owned(),
    }
}

fn hashed(text: &str) -> u32 {
    let mut hasher = SipHasher13::new();
    hasher.write(text.as_bytes());
    (hasher.finish() >> 32) as u32
}

fn unreadable(fault: &impl ToString) -> RowFault {
    RowFault::Unreadable { reason: fault.to_string() }
}

#[cfg(test)]
mod tests;
