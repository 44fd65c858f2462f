//! Catalogue lines of each format, made up.

use serde_json::json;

use super::*;

#[test]
fn a_movie_line_gives_title_year_and_genres() {
    let found = movie("0012::The Long Rain (2013)::Drama|Sci-Fi").unwrap();
    let expected = json!({"item_id":"0012","kind":"video","title":"The Long Rain",
        "categories":["Drama","Sci-Fi"],"properties":{"year":2013}});
    assert_eq!(found, expected);
    assert_eq!(movie("13::Untitled::").unwrap()["categories"], json!([]));
    assert_eq!(movie("broken"), None);
}

#[test]
fn a_flag_line_gives_the_genres_of_its_flags() {
    let flags = ["0", "1", "0", "0", "0", "1"].iter().chain(std::iter::repeat(&"0")).take(19);
    let line = format!(
        "5|Quick Water (1995)|01-Jan-1995||url|{}",
        flags.copied().collect::<Vec<_>>().join("|")
    );
    assert_eq!(uitem(&line).unwrap()["categories"], json!(["Action", "Comedy"]));
    assert_eq!(uitem("5|too|few"), None);
}

#[test]
fn a_table_of_movies_is_found_beside_its_ratings() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(
        dir.path().join("movies.csv"),
        "movieId,title,genres\n1,\"Rain, The (1999)\",Drama\n2,X,(no genres listed)\n",
    )
    .unwrap();
    let path = beside(&dir.path().join("ratings.csv")).unwrap();
    let items = read(&path).unwrap();
    assert_eq!(items[0]["title"], "Rain, The");
    assert_eq!(items[1]["categories"], json!([]));
}
