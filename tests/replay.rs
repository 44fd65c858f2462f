//! `freshet replay` as people run it: a log into a fresh state, compared with what the node has.

#![allow(clippy::expect_used, clippy::panic, reason = "a test says what it expects by failing")]

mod in_process;

use std::fs;
use std::path::Path;
use std::process::Output;

use in_process::{Client, TestNode, freshet_in};
use serde_json::{Value, json};

const USERS: u64 = 40;

fn replay(args: &[&str]) -> Output {
    let args = [&["replay", "-q", "-o", "json"], args].concat();
    freshet_in(&std::env::temp_dir(), &args, &[])
}

/// Exit code and answer.
fn told(args: &[&str]) -> (i32, Value) {
    let output = replay(args);
    let code = output.status.code().expect("it ends by itself");
    let told = serde_json::from_slice(&output.stdout);
    (code, told.unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr))))
}

/// Exit code and what was written to standard error.
fn refused(args: &[&str]) -> (Option<i32>, String) {
    let output = replay(args);
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Events of all users, with lists that they are shown and items that are put.
fn live(client: &Client, from: u64, to: u64) {
    for n in from..to {
        let item =
            json!({"item_id": format!("i{}", n % 17), "categories": [format!("c{}", n % 3)]});
        if n % 9 == 0 {
            let put = client.put(&format!("/v1/items/i{}", n % 17), &item);
            assert_eq!(put.status, 200, "{put:?}");
        }
        let kind = ["click", "impression", "purchase", "click"][n as usize / 3 % 4];
        let event = json!({
            "user_id": format!("u{}", n * 7 % USERS),
            "item_id": format!("i{}", n * 5 % 17),
            "event": kind,
            "ts": 1_700_000_000 + n * 37,
        });
        let taken = client.post("/v1/events", &event);
        assert_eq!(taken.status, 200, "{taken:?}");
        if n % 5 == 0 {
            let list = client.get(&format!("/v1/users/u{}/recommendations?limit=5", n % USERS));
            assert_eq!(list.status, 200, "{list:?}");
        }
    }
}

/// A directory in which a node lived, took a cut, and lived on until it was stopped.
fn lived() -> TestNode {
    let mut node = TestNode::start();
    live(&node.client(), 0, 150);
    assert_eq!(node.client().post("/v1/checkpoints", &json!({})).status, 200);
    live(&node.client(), 150, 200);
    node.restart();
    live(&node.client(), 200, 260);
    node.stop();
    node
}

fn path(dir: &Path) -> &str {
    dir.to_str().expect("a path that is text")
}

#[test]
fn the_log_alone_gives_the_state_that_the_node_has_bit_for_bit() {
    let node = lived();
    let (code, told) = told(&[path(node.data_dir()), "--diff", "--user", "u7"]);
    assert_eq!(told["differences"]["users_equal"], USERS, "{told:#}");
    assert_eq!(told["differences"]["users"], json!([]));
    assert_eq!((&told["items_equal"], code), (&json!(true), 0), "{told:#}");
    assert_eq!(told["users"], USERS);
    assert_eq!(told["user"]["events_applied"].as_u64(), Some(7), "{told:#}");
    assert_eq!(told["log"]["first"], 1);
}

#[test]
fn another_configuration_is_told_by_the_users_and_the_parts_it_changes() {
    let node = lived();
    let file = node.data_dir().join("other.toml");
    fs::write(&file, "[events]\nvisit_gap_s = 20\n").expect("written");
    let live = node.data_dir().join("live.toml");
    fs::write(&live, "").expect("written");
    let files = ["--config", path(&file), "--live-config", path(&live)];
    let (code, told) =
        told(&[&[path(node.data_dir()), "--diff", "--show", "3"], &files[..]].concat());
    assert_eq!(code, 1, "{told:#}");
    assert_eq!(told["differences"]["users_different"], USERS, "{told:#}");
    let users = told["differences"]["users"].as_array().expect("a list");
    assert_eq!(users.len(), 3);
    assert!(users.iter().all(|user| user["parts"] == json!(["visit"])), "{told:#}");
}

#[test]
fn bounds_leave_out_what_happened_outside_of_them() {
    let node = lived();
    let dir = path(node.data_dir());
    let applied = |args: &[&str]| {
        let (code, told) = told(&[&[dir, "--user", "u7"], args].concat());
        assert_eq!(code, 0, "{told:#}");
        told["user"]["events_applied"].as_u64().expect("a number")
    };
    assert_eq!(applied(&[]), 7);
    // u7 acts at every fortieth event, from the first on: 1, 41, 81, …
    assert_eq!(applied(&["--to", "1700001517"]), 2, "an end is taken, too");
    assert_eq!(applied(&["--to", "1700001516"]), 1);
    assert_eq!(applied(&["--from", "2023-11-14T22:38:37Z"]), 6);
    let (code, told) = refused(&[dir, "--user", "u7", "--to", "3"]);
    assert_eq!(code, Some(3), "{told}");
}

#[test]
fn a_file_is_applied_as_an_import_would() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("clicks.csv");
    let rows: Vec<String> =
        (0..50).map(|n| format!("u{},i{},{}", n % 5, n % 7, 1_700_000_000 + n * 60)).collect();
    fs::write(&file, format!("user_id,item_id,timestamp\n{}\n", rows.join("\n"))).expect("written");
    let args = [path(&file), "--type", "click", "--learn", "--user", "u3"];
    let (code, first) = told(&args);
    assert_eq!((code, &first["users"], &first["items"]), (0, &json!(5), &json!(7)), "{first:#}");
    assert_eq!(first["user"]["events_applied"], 10);
    assert!(first["digests"]["model"].is_string(), "{first:#}");
    let (_, second) = told(&args);
    assert_eq!(second["digests"], first["digests"]);
}

#[test]
fn what_cannot_be_replayed_is_refused_with_the_reason() {
    let mut node = TestNode::start();
    live(&node.client(), 0, 3);
    let dir = node.data_dir().to_path_buf();
    let (code, running) = refused(&[path(&dir)]);
    assert_eq!(code, Some(1), "{running}");
    assert!(running.contains("use"), "{running}");
    node.stop();
    let (code, empty) = refused(&[path(&std::env::temp_dir())]);
    assert_eq!(code, Some(2), "{empty}");
    assert!(empty.contains("no data directory"), "{empty}");
    let (code, bound) = refused(&[path(&dir), "--to", "noon"]);
    assert_eq!(code, Some(2), "{bound}");
    assert!(bound.contains("2026-11-21T10:00:00Z"), "{bound}");
    let (code, user) = refused(&[path(&dir), "--user", "nobody"]);
    assert_eq!(code, Some(3), "{user}");
}
