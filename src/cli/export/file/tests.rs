//! Cells of every kind, over several groups, written and read back.

use parquet::file::metadata::RowGroupMetaData;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::Row;
use serde_json::{Value, json};

use super::*;
use crate::cli::export::columns::Kind;
use crate::cli::export::tests::fixture::value;

const KINDS: [(&str, Kind); 8] = [
    ("long", Kind::Long),
    ("double", Kind::Double),
    ("time", Kind::Time),
    ("text", Kind::Text),
    ("doubles", Kind::Doubles),
    ("texts", Kind::Texts),
    ("sums", Kind::Sums),
    ("classes", Kind::Classes),
];

fn columns() -> Vec<Column> {
    KINDS.into_iter().map(|(name, kind)| Column::new(name, kind)).collect()
}

fn full(n: i64) -> [Cell; 8] {
    let name = format!("t{n}");
    [
        Cell::Long(-n),
        Cell::Double(n as f64 / 4.0),
        Cell::Time(engine::Timestamp::from_millis(1_700_000_000_000 + n.cast_unsigned())),
        Cell::text(&name),
        Cell::Doubles(vec![n as f64, 0.5, -1.0]),
        Cell::Texts(vec![None, Some(name.as_str().into())]),
        Cell::Sums(vec![(Some("c".into()), 2.0), (None, n as f64)]),
        Cell::Classes(vec![(name.as_str().into(), 255), ("x".into(), 0)]),
    ]
}

fn read_full(n: i64) -> Vec<Value> {
    let name = format!("t{n}");
    vec![
        json!(-n),
        json!(n as f64 / 4.0),
        json!(1_700_000_000_000 + n),
        json!(name),
        json!([n as f64, 0.5, -1.0]),
        json!([null, name]),
        json!([{"category": "c", "value": 2.0}, {"category": null, "value": n as f64}]),
        json!([{"input": name, "class": 255}, {"input": "x", "class": 0}]),
    ]
}

/// Names and values of a row.
fn read(row: &Row) -> (Vec<&str>, Vec<Value>) {
    row.get_column_iter().map(|(name, field)| (name.as_str(), value(field))).unzip()
}

#[test]
fn cells_come_back_as_they_were_put_over_several_groups() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    let mut file = TableFile::create(&path, columns(), vec![("note", "told".to_owned())]);
    file = file.map(|file| file.in_groups_of(4));
    let mut file = file.unwrap();
    let lists = [
        Cell::Doubles(Vec::new()),
        Cell::Texts(Vec::new()),
        Cell::Sums(Vec::new()),
        Cell::Classes(Vec::new()),
    ];
    for n in 0..10 {
        let row: Vec<Cell> = match n % 3 {
            0 => full(n).into(),
            1 => vec![Cell::Nothing; 8],
            _ => vec![Cell::Nothing; 4].into_iter().chain(lists.clone()).collect(),
        };
        file.push(row).unwrap();
    }
    assert!(!path.exists(), "it has no name before it is whole");
    let written = file.finish().unwrap();
    assert_eq!((written.rows, written.bytes), (10, path.metadata().unwrap().len()));
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o400, 0o400);
    let reader = SerializedFileReader::new(File::open(&path).unwrap()).unwrap();
    let groups = reader.metadata().row_groups().iter().map(RowGroupMetaData::num_rows);
    assert_eq!(groups.collect::<Vec<_>>(), [4, 4, 2]);
    for (n, row) in (0..).zip(reader.get_row_iter(None).unwrap()) {
        let row = row.unwrap();
        let (names, values) = read(&row);
        assert_eq!(names, KINDS.map(|(name, _)| name));
        let expected = match n % 3 {
            0 => read_full(n),
            1 => vec![Value::Null; 8],
            _ => [vec![Value::Null; 4], vec![json!([]); 4]].concat(),
        };
        assert_eq!(values, expected, "row {n}");
    }
}

#[test]
fn a_cell_of_another_kind_is_null_and_a_short_row_is_filled_up() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    let mut file = TableFile::create(&path, columns(), Vec::new()).unwrap();
    file.push([Cell::Double(1.0), Cell::Long(1)]).unwrap();
    file.finish().unwrap();
    let reader = SerializedFileReader::new(File::open(&path).unwrap()).unwrap();
    let row = reader.get_row_iter(None).unwrap().next().unwrap().unwrap();
    assert_eq!(read(&row).1, vec![Value::Null; 8]);
}

#[test]
fn a_file_that_is_given_up_leaves_nothing_and_what_was_there_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    std::fs::write(&path, "before").unwrap();
    let mut file = TableFile::create(&path, columns(), Vec::new()).unwrap().in_groups_of(1);
    file.push(full(1)).unwrap();
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 2);
    drop(file);
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
    assert_eq!(std::fs::read(&path).unwrap(), b"before");
}
