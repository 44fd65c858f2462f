//! The catalogue that lies beside a file of ratings: `movies.dat`, `movies.csv` or `u.item`.

use std::io::BufRead as _;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::rows::decode;
use super::{ImportFile, OpenError};

/// Names under which a catalogue lies beside ratings.
const BESIDE: [&str; 5] = ["movies.dat", "movies.dat.gz", "u.item", "movies.csv", "movies.csv.gz"];

/// The genres of `u.item`'s flags, in the order of its columns (`u.genre` of the data set).
const UITEM_GENRES: [&str; 19] = [
    "unknown",
    "Action",
    "Adventure",
    "Animation",
    "Children's",
    "Comedy",
    "Crime",
    "Documentary",
    "Drama",
    "Fantasy",
    "Film-Noir",
    "Horror",
    "Musical",
    "Mystery",
    "Romance",
    "Sci-Fi",
    "Thriller",
    "War",
    "Western",
];

/// The catalogue beside `ratings`, if one lies there.
#[must_use]
pub fn beside(ratings: &Path) -> Option<PathBuf> {
    let folder = ratings.parent()?;
    BESIDE.iter().map(|name| folder.join(name)).find(|path| path.is_file())
}

/// The items of a catalogue as the node takes them.
///
/// # Errors
/// [`OpenError`] where the file cannot be read.
pub fn read(path: &Path) -> Result<Vec<Value>, OpenError> {
    let io = |source| OpenError::Io { path: path.to_owned(), source };
    let file = ImportFile::open(path)?;
    let name = file.source_name();
    if Path::new(&name).extension().is_some_and(|ending| ending == "csv") {
        return read_csv(&file);
    }
    let parse = if name == "u.item" { uitem } else { movie };
    let mut items = Vec::new();
    for line in file.reader()?.split(b'\n') {
        items.extend(parse(decode(&line.map_err(io)?).trim_end()));
    }
    Ok(items)
}

/// `id::title (year)::genre|genre`
fn movie(line: &str) -> Option<Value> {
    let mut cells = line.split("::");
    let (id, title, genres) = (cells.next()?, cells.next()?, cells.next().unwrap_or_default());
    Some(item(id, title, genres.split('|').map(str::to_owned).collect()))
}

/// `id|title (year)|release|video release|url|19 flags`
fn uitem(line: &str) -> Option<Value> {
    let cells: Vec<&str> = line.split('|').collect();
    let flags = cells.get(5..24)?;
    let genres = UITEM_GENRES.iter().zip(flags).filter(|(_, flag)| **flag == "1");
    Some(item(cells[0], cells[1], genres.map(|(genre, _)| (*genre).to_owned()).collect()))
}

fn read_csv(file: &ImportFile) -> Result<Vec<Value>, OpenError> {
    let mut items = Vec::new();
    let mut records = csv::Reader::from_reader(file.reader()?);
    for record in records.byte_records().filter_map(Result::ok) {
        let cells: Vec<String> = record.iter().map(decode).collect();
        if let [id, title, genres, ..] = cells.as_slice() {
            items.push(item(id, title, genres.split('|').map(str::to_owned).collect()));
        }
    }
    Ok(items)
}

/// An item; the year in brackets behind the title becomes a property.
fn item(id: &str, title: &str, genres: Vec<String>) -> Value {
    let (title, year) = split_year(title);
    let mut item = Map::new();
    item.insert("item_id".to_owned(), json!(id));
    item.insert("kind".to_owned(), json!("video"));
    item.insert("title".to_owned(), json!(title));
    let categories: Vec<String> = genres.into_iter().filter(|genre| is_genre(genre)).collect();
    item.insert("categories".to_owned(), json!(categories));
    if let Some(year) = year {
        item.insert("properties".to_owned(), json!({ "year": year }));
    }
    Value::Object(item)
}

fn is_genre(text: &str) -> bool {
    !text.is_empty() && text != "unknown" && text != "(no genres listed)"
}

fn split_year(title: &str) -> (&str, Option<u16>) {
    let title = title.trim();
    let year = title.strip_suffix(')').and_then(|rest| rest.rsplit_once('('));
    match year.and_then(|(name, year)| Some((name.trim_end(), year.parse().ok()?))) {
        Some((name, year)) if !name.is_empty() => (name, Some(year)),
        _ => (title, None),
    }
}

#[cfg(test)]
mod tests;
