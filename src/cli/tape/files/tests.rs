//! Files as records: order, numbers, refusals.

use std::fmt::Write as _;

use clap::Parser as _;
use config::Config;
use engine::RecordBody;

use super::*;
use crate::cli::Cli;

/// A tape of these rows of `user::item::rating::seconds`.
fn tape(rows: &[&str], seed: u64) -> FileTape {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ratings.dat");
    let mut text = String::new();
    for row in rows {
        writeln!(text, "{row}").unwrap();
    }
    std::fs::write(&path, text).unwrap();
    let reading = Reading {
        files: &[path],
        items: None,
        format: None,
        options: ReadOptionsOf { map: ColumnMap::default(), event_type: &None },
        seed,
    };
    FileTape::read(&reading, Config::default().event_types().unwrap(), &quiet()).unwrap()
}

/// Nothing is shown on the way.
fn quiet() -> Global {
    Cli::try_parse_from(["freshet", "evaluate", "x", "-q"]).unwrap().global
}

fn play(tape: &mut FileTape, events: u64) -> Vec<Record> {
    let mut records = Vec::new();
    tape.play(events, &mut |record| records.push(record), &Progress::new(&quiet())).unwrap();
    records
}

fn users(records: &[Record]) -> Vec<String> {
    let events = records.iter().filter_map(|record| match &record.body {
        RecordBody::Event { event, .. } => Some(event.user.as_str().to_owned()),
        _ => None,
    });
    events.collect()
}

#[test]
fn rows_come_in_order_of_time_and_an_item_gets_its_number_in_front_of_its_first() {
    let mut tape =
        tape(&["b::i2::5::1700000200", "a::i1::5::1700000100", "c::i1::5::1700000300"], 7);
    let records = play(&mut tape, 9);
    assert_eq!(users(&records), ["a", "b", "c"]);
    let sequences: Vec<u64> = records.iter().map(|record| record.sequence.0).collect();
    assert_eq!(sequences, [1, 2, 3, 4, 5]);
    let numbers =
        records.iter().map(|record| matches!(record.body, RecordBody::ItemRegistered { .. }));
    assert_eq!(numbers.collect::<Vec<_>>(), [true, false, true, false, false]);
    let told = tape.told();
    assert_eq!((told.events, told.refused), (3, 0));
    assert_eq!(told.earliest_ms, Some(1_700_000_100_000));
}

#[test]
fn equal_times_come_in_a_drawn_order_whatever_the_order_of_the_file() {
    let names: Vec<String> = (0..40).map(|user| format!("u{user}::i::5::1700000000")).collect();
    let mut rows: Vec<&str> = names.iter().map(String::as_str).collect();
    let drawn = users(&play(&mut tape(&rows, 7), 99));
    assert_eq!(drawn.len(), 40);
    rows.reverse();
    assert_eq!(users(&play(&mut tape(&rows, 7), 99)), drawn);
    assert_ne!(users(&play(&mut tape(&rows, 8), 99)), drawn);
    let in_file_order = (0..40).map(|user| format!("u{user}")).collect::<Vec<_>>();
    assert_ne!(drawn, in_file_order);
}

#[test]
fn rows_that_cannot_be_placed_or_taken_are_told() {
    let rows = ["a::i::5::1700000000", "broken", "a::i::many::1700000000", "a::i::5::5"];
    let mut tape = tape(&rows, 7);
    assert_eq!(users(&play(&mut tape, 9)), ["a"]);
    let told = tape.told();
    assert_eq!((told.events, told.refused), (2, 3));
    assert!(told.first_refused[0].contains("line 2"), "{told:?}");
    assert!(told.first_refused[2].contains("1990"), "{told:?}");
}

#[test]
fn no_more_events_are_played_than_asked_for() {
    let mut tape = tape(&["a::i::5::1700000000", "b::i::5::1700000001", "c::i::5::1700000002"], 7);
    assert_eq!(users(&play(&mut tape, 2)), ["a", "b"]);
    assert_eq!(tape.told().latest_ms, Some(1_700_000_001_000));
}
