//! The sample that the command carries: 20,000 ratings of MovieTweetings and the films they name.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use serde_json::Value;

const RATINGS: &[u8] = include_bytes!("../../../samples/movietweetings/ratings.dat.gz");
const MOVIES: &[u8] = include_bytes!("../../../samples/movietweetings/movies.dat.gz");

/// What is imported, and whose it is.
pub const CREDIT: &str = "\
a sample of MovieTweetings (MIT, S. Dooms 2013): its newest 20,000 of 100,000 film ratings, 2013-07-31 to
2013-09-01, taken from tweets; the node's clock stands where the ratings end";

/// A film that many of the ratings name, for the reader to try: Pacific Rim.
pub const KNOWN_FILM: &str = "1663662";

/// Films by id: title and year.
pub type Titles = HashMap<String, String>;

/// Writes the sample into a folder and gives the path of the ratings.
///
/// # Errors
/// Where it cannot be written.
pub fn unpack(folder: &Path) -> io::Result<PathBuf> {
    let ratings = folder.join("ratings.dat.gz");
    fs::write(&ratings, RATINGS)?;
    fs::write(folder.join("movies.dat.gz"), MOVIES)?;
    Ok(ratings)
}

/// The titles of films as the catalogue reader gives them.
pub fn titles(films: &[Value]) -> Titles {
    let named = films.iter().filter_map(|film| {
        let title = film["title"].as_str()?;
        let year = film["properties"]["year"].as_u64();
        let shown = year.map_or_else(|| title.to_owned(), |year| format!("{title} ({year})"));
        Some((film["item_id"].as_str()?.to_owned(), shown))
    });
    named.collect()
}
