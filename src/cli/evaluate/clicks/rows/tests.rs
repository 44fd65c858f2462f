use std::fs;

use super::*;

fn read_text(name: &str, text: &str, format: RowsFormat) -> Result<Vec<Row>, String> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    fs::write(&path, text).expect("written");
    read(&[path], format, usize::MAX).map_err(|failure| {
        failure
            .to_string()
            .rsplit(name)
            .next()
            .unwrap_or_default()
            .trim_start_matches(": ")
            .to_owned()
    })
}

const PLAIN: RowsFormat = RowsFormat { label: "label", amounts: &[], ignore: &[] };

#[test]
fn libfm_rows_are_features_by_place() {
    let rows = read_text("a.libfm", "1 266:1 1244:1\n\n-1 138:1 7:1.0\n", PLAIN).expect("rows");
    assert_eq!(
        rows,
        [
            Row { fields: vec![(0, 266), (1, 1244)], clicked: true },
            Row { fields: vec![(0, 138), (1, 7)], clicked: false },
        ]
    );
}

#[test]
fn what_is_wrong_is_named_with_its_line() {
    let check = |text: &str, expected: &str| {
        let told = read_text("a.libfm", text, PLAIN).expect_err("it is wrong");
        assert!(told.starts_with(expected), "{told}");
    };
    check("1 2:1\nx 3:1\n", "line 2: \"x\" is no label");
    check("1 2:0.5\n", "line 1: \"2:0.5\" is no feature");
    check("1 2\n", "line 1: \"2\" is no feature");
    check(&format!("1{}\n", " 3:1".repeat(65)), "line 1: 65 features, and 64 are the most");
}

#[test]
fn csv_columns_are_fields_in_order_amounts_become_classes() {
    let (amounts, ignore) = (["n".to_owned()], ["id".to_owned()]);
    let format = RowsFormat { label: "Label", amounts: &amounts, ignore: &ignore };
    let text = "Id,Label,N,city\n1,1,1000,rome\n2,0,1001,\n3,0,1,rome\n";
    let rows = read_text("a.csv", text, format).expect("rows");
    let fields: Vec<Vec<u8>> =
        rows.iter().map(|row| row.fields.iter().map(|(field, _)| *field).collect()).collect();
    assert_eq!(fields, vec![vec![0, 1]; 3]);
    assert_eq!(rows.iter().map(|row| row.clicked).collect::<Vec<_>>(), [true, false, false]);
    assert_eq!(rows[0].fields[0], rows[1].fields[0], "both of class 47");
    assert_ne!(rows[0].fields[0], rows[2].fields[0]);
    assert_eq!(rows[0].fields[1], rows[2].fields[1]);
}

#[test]
fn a_column_that_is_not_there_is_named() {
    let told = read_text("a.csv", "a,b\n1,2\n", PLAIN).expect_err("no label");
    assert!(told.contains("there is no column \"label\"; the first line has a, b"), "{told}");
}
