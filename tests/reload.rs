//! Features and patterns that change while the node runs: what came before is filled in from the log, whatever happens
//! meanwhile.

#![allow(clippy::expect_used, clippy::panic, reason = "a test says what it expects by failing")]

mod in_process;
#[allow(dead_code, reason = "a part of these helpers is for crashes")]
mod support;

use std::fs;
use std::path::Path;
use std::time::Duration;

use in_process::{TestNode, freshet_in};
use serde_json::{Value, json};
use support::client::{Answer, Client};
use support::process::{Launch, Process};

const MORE: &str = r#"
[features.long_clicks]
entity = "user"
events = ["click"]
where = "dwell_ms >= 30000"
window = "30d/1d"
aggregate = "count"

[features.item_clicks]
entity = "item"
events = ["click"]
window = "ever"
aggregate = "count"

[features.clicks_1m]
enabled = false

[patterns.keen_on_item]
steps = ["click", "click"]
same = "item"
within = "1h"
ttl = "1h"
max_open = 8
"#;

/// A node of a folder with a configuration file and a data directory.
fn node(folder: &Path) -> Process {
    let launch = Launch::on(&folder.join("data"));
    let file = folder.join("freshet.toml");
    launch.env("FRESHET_CONFIG", file.display().to_string()).start().expect("it starts")
}

fn configure(folder: &Path, text: &str) {
    fs::write(folder.join("freshet.toml"), text).expect("written");
}

fn clicks(client: &Client, from: u64, to: u64) {
    for n in from..to {
        let event = json!({
            "user_id": format!("u{}", n % 5), "item_id": format!("i{}", n % 3), "type": "click",
            "event_id": format!("e{n}"), "properties": {"dwell_ms": (n % 4) * 15_000},
        });
        let taken = client.post("/v1/events", &event).expect("an answer");
        assert_eq!(taken.status, 200, "{taken:?}");
    }
}

fn reload(client: &Client, query: &str) -> Answer {
    client.post(&format!("/v1/config/reload{query}"), &json!({})).expect("an answer")
}

/// Values and statuses of two features of one user and one item.
fn read(client: &Client) -> Value {
    let body = json!({
        "features": ["long_clicks", "item_clicks"],
        "entities": {"user_id": ["u2"], "item_id": ["i1"]},
    });
    let answer = client.post("/v1/features/online", &body).expect("an answer");
    assert_eq!(answer.status, 200, "{answer:?}");
    let one = |place: usize| {
        let column = &answer.body["results"][place];
        json!([column["values"][0], column["statuses"][0]])
    };
    json!([one(0), one(1)])
}

/// Insists that they come to this: what everybody sees is published a few times a second.
fn check_read(client: &Client, expected: &Value) {
    for _ in 0..300 {
        if read(client) == *expected {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(read(client), *expected);
}

fn until_filled(client: &Client) {
    for _ in 0..3_000 {
        let declared = client.get("/v1/features").expect("an answer").body;
        if declared["filling"].is_null() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("still being filled");
}

/// What `read` gives once so many clicks are in: counted here, from how they were made.
fn expected(clicks: u64) -> Value {
    let long = (0..clicks).filter(|n| n % 5 == 2 && 2 <= n % 4).count();
    let of_item = (0..clicks).filter(|n| n % 3 == 1).count();
    json!([[long, "PRESENT"], [of_item, "PRESENT"]])
}

#[test]
fn new_features_hold_what_happened_before_them_through_reloads_kills_and_replays() {
    let folder = tempfile::tempdir().expect("a folder");
    configure(folder.path(), "");
    let process = node(folder.path());
    let client = process.client();
    clicks(&client, 0, 300);
    configure(folder.path(), MORE);

    let told = reload(&client, "?dry_run=true").body;
    assert_eq!(told["outcome"], "checked");
    assert_eq!(told["features"]["added"], json!(["item_clicks", "long_clicks"]));
    assert_eq!(told["features"]["dropped"], json!(["clicks_1m"]));
    assert_eq!(told["patterns"]["added"], json!(["keen_on_item"]));
    let names = |client: &Client| {
        client.get("/v1/features").expect("an answer").body["features"]
            .as_array()
            .expect("features")
            .iter()
            .map(|one| one["name"].clone())
            .collect::<Vec<_>>()
    };
    assert!(names(&client).contains(&json!("clicks_1m")), "nothing was changed yet");

    let told = reload(&client, "").body;
    assert_eq!((&told["outcome"], &told["needs_restart"]), (&json!("done"), &json!([])), "{told}");
    let filling = told["filling"].as_array().expect("names");
    // It may be over by now.
    let new = [json!("item_clicks"), json!("long_clicks")];
    assert!(filling.iter().all(|name| new.contains(name)), "{told}");
    assert_eq!(told["refilled"], json!([]), "{told}");
    assert!(!names(&client).contains(&json!("clicks_1m")));
    clicks(&client, 300, 400);
    until_filled(&client);
    check_read(&client, &expected(400));
    assert_eq!(reload(&client, "").body["outcome"], "unchanged");

    // Whatever a checkpoint holds of it.
    process.kill();
    let process = node(folder.path());
    let client = process.client();
    until_filled(&client);
    check_read(&client, &expected(400));
    client.post("/v1/checkpoints", &json!({})).expect("an answer");
    clicks(&client, 400, 450);
    process.kill();
    let process = node(folder.path());
    check_read(&process.client(), &expected(450));
    let tags =
        process.client().get("/v1/users/u2/features").expect("an answer").body["tags"].clone();
    assert_eq!(tags[0]["pattern"], "keen_on_item", "{tags}");
    process.terminate();

    let data = folder.path().join("data");
    let args = ["replay", "-q", data.to_str().expect("a path"), "--diff"];
    let output = freshet_in(&std::env::temp_dir(), &args, &[]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn another_configuration_at_a_start_comes_into_force_as_a_reload_would() {
    let folder = tempfile::tempdir().expect("a folder");
    configure(folder.path(), "");
    let process = node(folder.path());
    clicks(&process.client(), 0, 120);
    process.terminate();
    configure(folder.path(), MORE);
    let process = node(folder.path());
    until_filled(&process.client());
    check_read(&process.client(), &expected(120));
}

#[test]
fn what_is_wrong_is_told_with_its_line_and_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    configure(folder.path(), "");
    let process = node(folder.path());
    let client = process.client();
    let before = client.get("/v1/features").expect("an answer").body;
    for (text, line, expected) in [
        (
            "\n[features.a]\nentity = \"user\"\nevents = [\"click\"]\nwindow = \"0s\"\naggregate = \"count\"\n",
            5,
            "expected 1s to 366d",
        ),
        (
            "[features.a]\nentity = \"user\"\nevents = [\"clock\"]\nwindow = \"1h\"\naggregate = \"count\"\n",
            3,
            "click",
        ),
        (
            "[patterns.a]\nsteps = [\"click\"]\nwithin = \"1h\"\nttl = \"1h\"\nmax_open = 8\n",
            2,
            "add steps",
        ),
        ("[features.a\n", 1, "freshet.toml:1"),
    ] {
        configure(folder.path(), text);
        let told = reload(&client, "");
        assert_eq!((told.status, &told.body["code"]), (422, &json!("invalid_config")), "{told:?}");
        let detail = told.body["detail"].as_str().expect("a text");
        assert!(
            detail.contains(&format!("freshet.toml:{line}")) && detail.contains(expected),
            "{detail}"
        );
    }
    assert_eq!(client.get("/v1/features").expect("an answer").body, before);
    let odd = reload(&client, "?dryrun=true");
    assert_eq!((odd.status, odd.body["errors"][0]["pointer"].clone()), (422, json!("/dryrun")));
}

#[test]
fn what_needs_event_types_of_the_next_start_is_refused_and_nothing_is_lost() {
    let folder = tempfile::tempdir().expect("a folder");
    configure(folder.path(), MORE);
    let process = node(folder.path());
    let client = process.client();
    clicks(&client, 0, 60);
    let tags = || client.get("/v1/users/u2/features").expect("an answer").body["tags"].clone();
    let before = tags();
    assert_eq!(before[0]["pattern"], "keen_on_item", "{before}");
    let wishlist = r#"
[events.types.wishlist]
role = "positive"
weight = 1.0
half_life_hours = 24.0
aliases = []

[patterns.wishes]
steps = ["wishlist", "wishlist"]
within = "1h"
ttl = "1h"
max_open = 8
"#;
    configure(folder.path(), &format!("{MORE}{wishlist}"));
    let told = reload(&client, "");
    let detail = told.body["detail"].as_str().expect("a text");
    assert_eq!(told.status, 422, "{told:?}");
    assert!(detail.contains("wishlist") && detail.contains("takes a restart"), "{detail}");
    assert_eq!(tags(), before);
    process.terminate();
    let client = node(folder.path());
    let names = client.client().get("/v1/features").expect("an answer").body["patterns"].clone();
    let names: Vec<_> = names.as_array().expect("patterns").iter().map(|it| &it["name"]).collect();
    assert!(names.contains(&&json!("wishes")), "{names:?}");
}

#[test]
fn what_takes_a_restart_is_named_and_lists_follow_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    configure(folder.path(), "");
    let process = node(folder.path());
    let client = process.client();
    let ask = json!({"user_id": "u1", "scenario": "shelf", "limit": 3});
    assert_eq!(client.post("/v1/recommendations", &ask).expect("an answer").status, 422);
    configure(
        folder.path(),
        "[server]\nkeep_alive_s = 7\n[ranking.scenarios.shelf]\nmax_category_share = 0.5\n",
    );
    let told = reload(&client, "").body;
    assert_eq!(told["outcome"], "done");
    assert_eq!(told["needs_restart"], json!(["server.keep_alive_s"]));
    assert!(
        told["ranking"]
            .as_array()
            .expect("keys")
            .contains(&json!("ranking.scenarios.shelf.max_category_share"))
    );
    assert_eq!(client.post("/v1/recommendations", &ask).expect("an answer").status, 200);
    let again = reload(&client, "").body;
    assert_eq!(
        (&again["outcome"], &again["needs_restart"]),
        (&json!("unchanged"), &json!(["server.keep_alive_s"]))
    );
}

#[test]
fn a_node_without_a_source_says_so() {
    let node = TestNode::start();
    let told = node.client().post("/v1/config/reload", &json!({}));
    assert_eq!((told.status, &told.body["code"]), (409, &json!("not_reloadable")));
}
