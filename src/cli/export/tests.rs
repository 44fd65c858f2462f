//! Exports as the command makes them, read back with the Parquet crate.

pub(in crate::cli::export) mod fixture;
mod recount;

use std::sync::Arc;

use actors::{RecoveryProgress, RecoverySources, StateConfig};
use config::Config;
use engine::record::Identity;
use engine::shard::ShardState;
use engine::{Record, RecordBody, Sequence};
use serde_json::{Value, json};
use snapshots::MemoryStore;

use self::fixture::{Shop, config_of, export, export_of, failed, records_of};
use super::walk::Walk;
use crate::settings;

#[test]
fn every_row_says_what_was_right_before_its_event_counted_by_hand() {
    let shop = Shop::new(11, 1_500);
    let exported = export(&shop, &[]);
    let expected = recount::rows(&shop);
    assert_eq!(exported.rows.len(), expected.len());
    for (row, expected) in exported.rows.iter().zip(&expected) {
        for (column, value) in expected {
            assert_eq!(row.get(*column), Some(value), "{column} of {row:?}");
        }
    }
    // What was compared is not nothing all the way.
    for column in recount::COLUMNS {
        let some = exported.rows.iter().filter(|row| row[column] != Value::Null).count();
        assert!(200 < some, "{column}: {some}");
    }
}

#[test]
fn what_happens_at_an_instant_changes_no_row_before_it() {
    let (mut shop, at) = (Shop::new(5, 400), 200);
    shop.events[at].kind = fixture::CLICK;
    let mut other = shop.clone();
    other.events[at].item = (shop.events[at].item + 1) % 9;
    other.events[at].user = (shop.events[at].user + 1) % 7;
    other.events.truncate(300);
    let (rows, changed) = (export(&shop, &[]).rows, export(&other, &[]).rows);
    assert_eq!(rows[..at], changed[..at]);
    assert_ne!(rows[at], changed[at]);
    let features = |row: &fixture::Row| (row["node_clicks"].clone(), row["item_clicks"].clone());
    let behind =
        (at + 1..300).filter(|place| features(&rows[*place]) != features(&changed[*place]));
    assert!(0 < behind.count(), "the event is in the rows behind it");
}

#[test]
fn the_walk_ends_where_a_recovery_of_the_same_records_ends() {
    let config = config_of(fixture::FEATURES);
    let records = records_of(&Shop::new(3, 900), &config);
    let types = config.event_types().unwrap();
    let apply = || Arc::new(settings::apply(&config, fixture::KEY, &types, 4));
    let mut walk = Walk::new(apply(), 4);
    for record in &records {
        walk.apply(record);
    }
    let last = records.last().unwrap().sequence;
    let log = fixture::Log(records.clone());
    let sources =
        RecoverySources { store: &MemoryStore::new(), log: &log, last, set_aside: Vec::new() };
    let state = StateConfig {
        rooms: actors::RoomsConfig::default(),
        shards: 4,
        apply: apply(),
        activity: Arc::new(settings::activity(&config, &types)),
        model: None,
    };
    let mut recovered = actors::recover(&sources, &state, &RecoveryProgress::default()).unwrap();
    let of_users: Vec<u64> = recovered.shards.iter().map(ShardState::digest).collect();
    assert_eq!(walk.digests().0, of_users);
    let view = recovered.activity.publish();
    let mut compared = 0;
    for record in &records {
        let RecordBody::Event { shard, event } = &record.body else { continue };
        let readings = walk.before(*shard, event);
        let item = u64::from(event.item.unwrap().0);
        for name in ["item_clicks", "item_rate"] {
            let (feature, _) = walk.plan().find(name).unwrap();
            let published = view.features().read(feature, item, event.at);
            assert_eq!(readings[usize::from(feature.0)], published, "{name}");
            compared += u64::from(published.value.is_some());
        }
    }
    assert!(1_000 < compared, "{compared}");
}

#[test]
fn a_repeat_gets_no_row() {
    let config = config_of(fixture::FEATURES);
    let mut records = records_of(&Shop::new(9, 20), &config);
    for record in &mut records {
        if let RecordBody::Event { event, .. } = &mut record.body {
            event.identity = Identity::Id(record.sequence.0);
        }
    }
    let again: Vec<Record> = records.iter().filter(|it| it.shard().is_some()).cloned().collect();
    let behind = records.last().unwrap().sequence.0;
    let again = again.into_iter().zip(behind + 1..);
    let again = again.map(|(record, place)| Record { sequence: Sequence(place), ..record });
    let twice: Vec<Record> = records.iter().cloned().chain(again).collect();
    let (once, twice) = (export_of(&records, &config), export_of(&twice, &config));
    assert_eq!((once.len(), once), (20, twice));
}

#[test]
fn bounds_and_types_choose_rows_and_change_no_value() {
    let shop = Shop::new(21, 300);
    let all = export(&shop, &[]).rows;
    let from = shop.events[100].at_s.to_string();
    let to = shop.events[199].at_s.to_string();
    assert_eq!(export(&shop, &["--from", &from, "--to", &to]).rows, all[100..200]);
    let of = |name: &str| -> Vec<fixture::Row> {
        all.iter().filter(|row| row["event_type"] == json!(name)).cloned().collect()
    };
    let purchases = export(&shop, &["--events", "purchase"]).rows;
    assert!(purchases.len() < 200 && !purchases.is_empty());
    assert_eq!(purchases, of("purchase"));
    assert_eq!(export(&shop, &["--events", "click"]).rows, of("select_item"));
    let either = export(&shop, &["--events", "positive"]).rows.len();
    assert_eq!(either, of("purchase").len() + of("select_item").len());
    let last = all[49]["log_position"].clone();
    assert_eq!(export(&shop, &["--to", &last.to_string()]).rows, all[..50]);
}

#[test]
fn the_file_says_what_each_column_is_and_who_wrote_it() {
    let exported = export(&Shop::new(1, 50), &[]);
    let note = |key: &str| exported.notes.get(key).cloned().unwrap_or_default();
    assert_eq!(note("freshet.version"), env!("CARGO_PKG_VERSION"));
    let told: Value = serde_json::from_str(&note("freshet.features")).unwrap();
    let rate = told.as_array().unwrap().iter().find(|one| one["feature"] == "item_rate").unwrap();
    assert_eq!(rate["type"], "double");
    assert_eq!(rate["entity"], "item");
    assert_eq!(rate["events"], json!(["select_item"]));
    assert_eq!(rate["per"], json!(["view_item_list"]));
    assert_eq!(rate["smoothing"], json!([1.0, 20.0]));
    assert_eq!(exported.schema["clicks"], "INT64");
    assert_eq!(exported.schema["feature_price"], "DOUBLE", "the event has a column of that name");
    let count = Config::default().features.iter().filter(|(_, one)| one.enabled).count();
    assert!(count <= told.as_array().unwrap().len());
}

#[test]
fn what_cannot_be_exported_is_told_and_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("rows.parquet");
    let out = out.to_str().unwrap();
    let told = |args: &[&str]| failed(&[args, &["-f", out]].concat());
    assert!(told(&["features", "/nowhere"]).contains("neither a data directory nor a file"));
    let empty = folder.path().join("dir");
    std::fs::create_dir(&empty).unwrap();
    assert!(told(&["features", empty.to_str().unwrap()]).contains("no log folder"));
    let source = folder.path().join("events.jsonl");
    std::fs::write(&source, Shop::new(1, 3).jsonl()).unwrap();
    let source = source.to_str().unwrap();
    let wrong = told(&["features", source, "--events", "purchse"]);
    assert!(wrong.contains("did you mean \"purchase\"?"), "{wrong}");
    let nowhere = folder.path().join("no/such/folder.parquet");
    let wrong = failed(&["features", source, "-f", nowhere.to_str().unwrap()]);
    assert!(wrong.contains("cannot write"), "{wrong}");
    let mut left: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(left, ["dir", "events.jsonl"]);
}
