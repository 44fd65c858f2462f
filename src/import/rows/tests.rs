//! Every format gives the same event for the same fact. The rows here are made up.

use std::io::Cursor;

use serde_json::json;

use super::*;

fn options(format: Format) -> ReadOptions {
    ReadOptions { format, map: ColumnMap::default(), event_type: None }
}

fn read(text: &[u8], options: &ReadOptions) -> Vec<RowResult> {
    Rows::read(Box::new(Cursor::new(text.to_vec())), options).unwrap().rows.collect()
}

fn events(text: &str, options: &ReadOptions) -> Vec<Value> {
    let rows = read(text.as_bytes(), options).into_iter();
    rows.map(|row| serde_json::from_str(&row.unwrap().json).unwrap()).collect()
}

/// The same two ratings in any format.
fn check_ratings(text: &str, options: &ReadOptions) {
    let expected = [
        json!({"type":"rate","user_id":"7","item_id":"0012","value":8,"timestamp":1_362_062_307}),
        json!({"type":"rate","user_id":"8","item_id":"0013","value":3.5,"timestamp":1_362_062_624}),
    ];
    assert_eq!(events(text, options), expected);
}

#[test]
fn double_colons_are_read_with_leading_zeros_kept() {
    let text = "7::0012::8::1362062307\r\n\n8::0013::3.5::1362062624";
    check_ratings(text, &options(Format::Movietweetings));
    check_ratings(text, &options(Format::Movielens));
}

#[test]
fn tabs_are_read() {
    check_ratings("7\t0012\t8\t1362062307\n8\t0013\t3.5\t1362062624\n", &options(Format::Udata));
}

#[test]
fn a_table_is_read_by_its_known_names_whatever_mark_divides_it() {
    let typed = ReadOptions { event_type: Some("rate".to_owned()), ..options(Format::Csv) };
    for mark in [",", ";", "\t"] {
        let text = "userId,movieId,rating,timestamp\n7,0012,8,1362062307\n8,0013,3.5,1362062624\n";
        check_ratings(&text.replace(',', mark), &typed);
    }
}

#[test]
fn a_table_is_read_by_the_names_it_is_told() {
    let map = ColumnMap::parse(&["user_id=who".to_owned(), "item_id=what".to_owned()]).unwrap();
    let options = ReadOptions { map, event_type: Some("rate".to_owned()), format: Format::Csv };
    let text =
        "what,\"who\",rating,ts,colour\n\"0012\",7,8,1362062307,red\n0013,8,3.5,1362062624,\n";
    check_ratings(text, &options);
    let rows = Rows::read(Box::new(Cursor::new(text.as_bytes().to_vec())), &options).unwrap();
    assert_eq!(rows.ignored_columns, ["colour"]);
}

#[test]
fn json_lines_go_through_as_they_are_but_for_renamed_keys() {
    let map = ColumnMap::parse(&["user_id=uid".to_owned()]).unwrap();
    let options = ReadOptions { map, ..options(Format::Jsonl) };
    let text = "{\"uid\":\"7\",\"item_id\":\"a\",\"event\":\"click\",\"ts\":1700000000,\"properties\":{\"x\":1}}\n";
    let expected = json!({"user_id":"7","item_id":"a","event":"click","ts":1_700_000_000,"properties":{"x":1}});
    assert_eq!(events(text, &options), [expected]);
}

#[test]
fn serenade_clicks_have_a_session_and_no_user() {
    let text = "SessionId\tItemId\tTime\n12\t34\t1591005120.75\n";
    let expected =
        json!({"type":"view_item","session_id":"12","item_id":"34","timestamp":1_591_005_120.75});
    assert_eq!(events(text, &options(Format::Serenade)), [expected]);
}

#[test]
fn latin_1_and_a_byte_order_mark_do_not_disturb() {
    let row = read(b"7::caf\xe9::8::1362062307\n", &options(Format::Movielens)).remove(0).unwrap();
    assert!(row.json.contains("café"), "{}", row.json);
    let text = "\u{feff}user_id,item_id,type,ts\nu,i,click,1\n";
    assert_eq!(events(text, &options(Format::Csv)).len(), 1);
}

#[test]
fn bad_lines_are_named_by_number_and_reason() {
    let text = "7::0012::8::1362062307\n7::0012::8\n7::0012::many::1\n";
    let told: Vec<_> = read(text.as_bytes(), &options(Format::Movielens))
        .into_iter()
        .filter_map(Result::err)
        .map(|bad| bad.to_string())
        .collect();
    assert_eq!(
        told,
        ["line 2: expected user, item, rating, seconds", "line 3: value \"many\" is no number"]
    );
    let table = "user_id,item_id,type\nu,i\nu,i,click\n,i,click\n";
    let told: Vec<_> =
        read(table.as_bytes(), &options(Format::Csv)).into_iter().filter_map(Result::err).collect();
    assert_eq!(told[0].to_string(), "line 2: 2 cells, the first line has 3");
    assert_eq!(told[1].to_string(), "line 4: neither user_id nor session_id");
}

#[test]
fn missing_columns_are_named_with_what_there_is() {
    let text = b"who,item_id,type\n".to_vec();
    let Err(fault) = Rows::read(Box::new(Cursor::new(text)), &options(Format::Csv)) else {
        panic!("it was read");
    };
    assert_eq!(
        fault.to_string(),
        "no column for user_id, the file has: who, item_id, type; name one with --map user_id=COLUMN"
    );
}

#[test]
fn a_map_of_an_unknown_field_is_refused() {
    let fault = ColumnMap::parse(&["usr=uid".to_owned()]).unwrap_err();
    assert!(fault.to_string().starts_with("\"usr\" is no field of an event"));
}

#[test]
fn times_of_all_spellings_become_the_same_instant() {
    for text in [
        "1362062307",
        "1362062307000",
        "1362062307.0",
        "2013-02-28 14:38:27 UTC",
        "2013-02-28T15:38:27+01:00",
    ] {
        assert_eq!(moment::millis(&moment::cell(text)), Some(1_362_062_307_000), "{text}");
    }
    assert_eq!(moment::millis(&moment::cell("yesterday")), None);
}

#[test]
fn the_first_line_tells_the_format() {
    let cases = [
        ("7::0012::8::1362062307", Some(Format::Movielens)),
        ("196\t242\t3\t881250949", Some(Format::Udata)),
        ("SessionId\tItemId\tTime", Some(Format::Serenade)),
        ("{\"user_id\":1}", Some(Format::Jsonl)),
        ("user_id,item_id", Some(Format::Csv)),
        ("hello", None),
    ];
    for (line, format) in cases {
        assert_eq!(Format::detect(line), format, "{line}");
    }
}

#[test]
fn every_row_knows_its_line_of_the_file() {
    let lines = |text: &str, format: Format| -> Vec<(bool, u64)> {
        let rows = read(text.as_bytes(), &options(format)).into_iter();
        rows.map(|row| row.map_or_else(|bad| (false, bad.line), |row| (true, row.line))).collect()
    };
    let (good, bad) = (|line| (true, line), |line| (false, line));
    let table = "user_id,item_id,type\nu,i,click\n\n\nu,\"a\nb\",click\nu,i\r\nu,i,click\n\"u\n";
    let expected = [good(2), good(5), bad(7), good(8), bad(9)];
    assert_eq!(lines(table, Format::Csv), expected);
    let ratings = "\n7::a::8::1\n7::b\n\n7::c::8::1\n";
    assert_eq!(lines(ratings, Format::Movielens), [good(2), bad(3), good(5)]);
    let objects = "{\"user_id\":\"u\",\"user_id\":\"v\",\"type\":\"click\"}\n[]\n{\"user_id\":\"u\",\"type\":\"click\"}\n";
    assert_eq!(lines(objects, Format::Jsonl), [bad(1), bad(2), good(3)]);
}
