//! `freshet export` as people run it, beside what the node itself said while it ran.

#![allow(clippy::expect_used, clippy::panic, reason = "a test says what it expects by failing")]

mod in_process;

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use config::Config;
use engine::Timestamp;
use freshet::event_log::{LocalLog, LogOptions};
use in_process::{Client, TestNode, freshet_in};
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::Field;
use serde_json::{Value, json};

type Row = BTreeMap<String, Field>;

/// Runs the command; its exit code, its answer, and what it wrote to standard error.
fn export(args: &[&str]) -> (Option<i32>, Value, String) {
    let args = [&["export"], args, &["-q", "-o", "json"]].concat();
    let output = freshet_in(&std::env::temp_dir(), &args, &[]);
    let told = serde_json::from_slice(&output.stdout).unwrap_or_default();
    (output.status.code(), told, String::from_utf8_lossy(&output.stderr).into_owned())
}

fn rows(path: &Path) -> Vec<Row> {
    let reader = SerializedFileReader::new(File::open(path).expect("a file")).expect("Parquet");
    let rows = reader.get_row_iter(None).expect("rows");
    rows.map(|row| row.expect("a row").into_columns().into_iter().collect()).collect()
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path that is text")
}

/// What the node says of two features of a user now.
fn said(client: &Client, user: u64) -> [Field; 2] {
    let told = client.get(&format!("/v1/users/u{user}/features")).body;
    let all = told["features"].as_array().expect("features").clone();
    let find = |name: &str| all.iter().find(|one| one["name"] == name).cloned();
    let clicks = find("clicks_60m").and_then(|one| one["value"].as_i64());
    let price = find("mean_price_60m").and_then(|one| one["value"].as_f64());
    [clicks.map_or(Field::Null, Field::Long), price.map_or(Field::Null, Field::Double)]
}

/// Clicks on items with prices, each asked for before; what the node said.
fn live(client: &Client) -> Vec<(String, [Field; 2])> {
    for item in 0..7 {
        let doc = json!({"item_id": format!("i{item}"), "price": item * 3 + 1});
        assert_eq!(client.put(&format!("/v1/items/i{item}"), &doc).status, 200);
    }
    let mut all = Vec::new();
    for n in 0..60_u64 {
        let user = n * 7 % 5;
        all.push((format!("u{user}"), said(client, user)));
        let event = json!({"user_id": format!("u{user}"), "item_id": format!("i{}", n % 7), "event": "click"});
        assert_eq!(client.post("/v1/events", &event).status, 200);
    }
    all
}

#[test]
fn rows_hold_what_the_node_said_right_before_each_event() {
    let mut node = TestNode::start();
    let said = live(&node.client());
    let dir = node.data_dir().to_path_buf();
    let out = dir.join("rows.parquet");
    let args = ["features", text(&dir), "-f", text(&out)];
    let (code, _, told) = export(&args);
    assert_eq!(code, Some(1), "a node that runs is not read");
    assert!(told.contains("in use"), "{told}");
    assert!(!out.exists());
    node.stop();
    let (code, told, fault) = export(&args);
    assert_eq!(code, Some(0), "{fault}");
    assert_eq!(told["rows"], 60, "{told}");
    let rows = rows(&out);
    for (row, (user, [clicks, price])) in rows.iter().zip(&said) {
        assert_eq!(row["user_id"], Field::Str(user.clone()));
        assert_eq!(&row["clicks_60m"], clicks, "{row:?}");
        match (&row["mean_price_60m"], price) {
            // Numbers in an answer are read to the last bit but one.
            (Field::Double(one), Field::Double(other)) => assert!((one - other).abs() < 1e-12),
            (one, other) => assert_eq!(one, other),
        }
    }
    assert!(said.iter().filter(|(_, [clicks, _])| *clicks != Field::Null).count() == 55);
}

#[test]
fn a_log_without_its_beginning_names_items_as_the_checkpoint_does() {
    let mut node = TestNode::start();
    live(&node.client());
    node.restart();
    live(&node.client());
    node.stop();
    let options = LogOptions {
        shards: Config::default().storage.shards,
        retention_ms: 0,
        retention_bytes: 0,
    };
    let log = LocalLog::open(&node.data_dir().join("log"), options).expect("the log opens");
    let trimmed =
        log.trim(log.last(), Timestamp::from_millis(u64::MAX / 2)).expect("it is cut off");
    drop(log);
    assert!(0 < trimmed.0, "the first item's records are gone");
    let out = node.data_dir().join("rows.parquet");
    let (code, told, fault) = export(&["features", text(node.data_dir()), "-f", text(&out)]);
    assert_eq!(code, Some(0), "{fault}");
    assert!(Some(trimmed.0) < told["log_begins_at"].as_u64(), "{told}");
    let rows = rows(&out);
    assert_eq!(rows.len(), 120);
    assert!(rows.iter().all(|row| row["item_id"] != Field::Null), "items have their names");
}

#[test]
fn what_was_shown_is_exported_with_its_lists() {
    let mut node = TestNode::start_with(|config| config.model.join.window_s = 1);
    let client = node.client();
    live(&client);
    let list = client.get("/v1/users/new/recommendations?limit=4").body;
    let id = list["recommendation_id"].as_str().expect("an id").to_owned();
    let items = list["items"].as_array().expect("items").clone();
    let item = |place: usize| items[place]["item_id"].as_str().expect("a name").to_owned();
    let send = |kind: &str, place: usize| {
        let event = json!({"user_id": "new", "item_id": item(place), "event": kind, "recommendation_id": id});
        assert_eq!(client.post("/v1/events", &event).status, 200);
    };
    (0..3).for_each(|place| send("impression", place));
    send("click", 1);
    // Ticks go on for as long as something waits.
    std::thread::sleep(std::time::Duration::from_secs(4));
    node.stop();
    let out = node.data_dir().join("samples.parquet");
    let config = node.data_dir().join("f.toml");
    std::fs::write(&config, "[model.join]\nwindow_s = 1\n").expect("written");
    let args = ["samples", text(node.data_dir()), "-f", text(&out), "--config", text(&config)];
    let (code, told, fault) = export(&args);
    assert_eq!((code, &told["rows"]), (Some(0), &json!(3)), "{fault}");
    let mut rows = rows(&out);
    rows.sort_by_key(|row| row["place"].to_string());
    for (place, row) in rows.iter().enumerate() {
        assert_eq!(row["item_id"], Field::Str(item(place)));
        assert_eq!(row["clicked"], Field::Long(i64::from(place == 1)));
        assert_eq!(row["recommendation_id"], Field::Str(id.clone()));
        assert_eq!(row["user_id"], Field::Str("new".to_owned()));
    }
}
