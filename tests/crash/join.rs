//! What users were shown and what they did with it, as the click head learns it: over HTTP, and across a kill.
//!
//! Not here: each case of the join (engine), equality of all that is learned with a plain run (actors).

use std::thread;
use std::time::Duration;

use freshet::clock::Stopwatch;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::client::Client;
use crate::support::process::{Launch, Process};

const USERS: usize = 6;
/// Only a node that never comes to it runs into this.
const PATIENCE: Duration = Duration::from_mins(1);

/// A list that a user was shown.
struct Shown {
    user: String,
    id: String,
    items: Vec<String>,
}

#[test]
fn each_impression_is_settled_once_by_a_click_a_refusal_or_time() {
    let folder = TempDir::new().expect("a temporary directory");
    let node = launch(&folder, 3).start().expect("a node");
    let client = node.client();
    furnish(&client);
    let lists = show(&client);
    for list in &lists {
        act(&client, list, "select_item", 0);
        act(&client, list, "purchase", 0);
        act(&client, list, "not_interested", 1);
    }
    // In the list, and never reported: the click proves that it was seen.
    act(&client, &lists[0], "select_item", 4);
    let users = USERS as u64;
    check(&node, "clicked", users + 1);
    check(&node, "skipped", users);
    check(&node, "goal", users);
    check(&node, "unclicked", 2 * users);
    act(&client, &lists[1], "select_item", 2);
    check(&node, "late", 1);
    check(&node, "unclicked", 2 * users);
    let learned = 5 * users + 2;
    let learned_by_head = |metrics: &str| count(metrics, "freshet_model_impressions_total ");
    until(&node, "the head's samples", |metrics| {
        (4 * users..=learned).contains(&learned_by_head(metrics))
    });
}

/// Their lists, their impressions and their time are in the log and the checkpoint.
#[test]
fn what_waits_for_its_click_at_a_kill_is_settled_after_the_restart() {
    let folder = TempDir::new().expect("a temporary directory");
    // Long enough that no window ends before the first restart on a busy machine.
    let launch = launch(&folder, 30);
    let node = launch.start().expect("a node");
    let client = node.client();
    furnish(&client);
    let mut lists = show(&client);
    let cut = client.post("/v1/checkpoints", &json!({})).expect("a running node");
    assert_eq!(cut.status, 200, "{cut:?}");
    lists.extend(show(&client));
    node.kill();

    let node = launch.start().expect("the node comes back");
    let client = node.client();
    // Of a list in the checkpoint and of one behind it.
    act(&client, &lists[0], "select_item", 3);
    act(&client, &lists[USERS], "select_item", 3);
    check(&node, "clicked", 2);
    let all = 4 * 2 * USERS as u64;
    check(&node, "unclicked", all - 2);
    until(&node, "the head's samples", |metrics| {
        count(metrics, "freshet_model_impressions_total ") == all
    });
    let before = ranked(&client, &lists);
    node.kill();
    let node = launch.start().expect("the node comes back");
    for (after, before) in ranked(&node.client(), &lists).into_iter().zip(before) {
        assert_eq!(after.0, before.0, "the same candidates");
        assert!((after.1 - before.1).abs() < 0.01, "{after:?} instead of {before:?}");
    }
}

fn launch(folder: &TempDir, window_s: u32) -> Launch {
    Launch::on(&folder.path().join("data"))
        .env("FRESHET__CHECKPOINT__EVERY_S", "86400")
        .env("FRESHET__MODEL__JOIN__WINDOW_S", window_s.to_string())
}

/// A few items that lists can be made of.
fn furnish(client: &Client) {
    let choice = |n: usize| json!({"user_id": format!("early{}", n % 9), "item_id": format!("i{}", n % 20), "type": "click"});
    let body: Value = (0..60).map(choice).collect();
    assert_eq!(client.post("/v1/events", &body).expect("a running node").status, 200);
    thread::sleep(Duration::from_secs(1)); // until it is published
}

/// Has every user served a list of five, and reports the first four as seen.
fn show(client: &Client) -> Vec<Shown> {
    let one = |user: usize| {
        let user = format!("u{user}");
        let ask = json!({"user_id": user, "limit": 5});
        let answer = client.post("/v1/recommendations", &ask).expect("a running node").body;
        let id = answer["recommendation_id"].as_str().expect("an id").to_owned();
        let items = answer["items"].as_array().expect("items").iter();
        let items: Vec<String> =
            items.map(|item| item["item_id"].as_str().expect("a name").to_owned()).collect();
        assert_eq!(items.len(), 5, "{answer}");
        let seen = items[..4].iter().enumerate();
        let seen: Value =
            seen.map(|(place, item)| json!({"item_id": item, "position": place + 1})).collect();
        let event = json!({"user_id": user, "type": "view_item_list", "recommendation_id": id, "items": seen});
        let taken = client.post("/v1/events", &event).expect("a running node");
        assert_eq!(taken.status, 200, "{taken:?}");
        Shown { user, id, items }
    };
    (0..USERS).map(one).collect()
}

fn act(client: &Client, list: &Shown, event_type: &str, place: usize) {
    let event = json!({"user_id": list.user, "type": event_type, "item_id": list.items[place],
        "recommendation_id": list.id});
    let taken = client.post("/v1/events", &event).expect("a running node");
    assert_eq!(taken.status, 200, "{taken:?}");
}

/// What each user's candidates are worth; trends and newness fade with the clock.
fn ranked(client: &Client, lists: &[Shown]) -> Vec<(String, f64)> {
    let one = |list: &Shown| {
        let ask = json!({"user_id": list.user, "items": list.items, "explore": false});
        let answer = client.post("/v1/rank", &ask).expect("a running node").body;
        let items = answer["items"].as_array().expect("items").iter();
        let mut found: Vec<(String, f64)> = items
            .map(|item| {
                let score = item["score"].as_f64().expect("a score");
                (format!("{} of {}", item["item_id"], list.user), score)
            })
            .collect();
        found.sort_by(|a, b| a.0.cmp(&b.0));
        found
    };
    lists[..USERS].iter().flat_map(one).collect()
}

/// Waits until the node has counted exactly `expected` of an outcome; more is wrong at once.
fn check(node: &Process, outcome: &str, expected: u64) {
    let name = format!("freshet_impressions_total{{outcome=\"{outcome}\"}} ");
    until(node, &name, |metrics| {
        let found = count(metrics, &name);
        assert!(found <= expected, "{name}: {found} instead of {expected}");
        found == expected
    });
}

fn until(node: &Process, what: &str, is_so: impl Fn(&str) -> bool) {
    let client = node.client();
    let since = Stopwatch::start();
    loop {
        let metrics = client.text("/metrics").expect("a running node");
        if is_so(&metrics) {
            return;
        }
        assert!(since.elapsed() < PATIENCE, "{what} did not come: {metrics}");
        thread::sleep(Duration::from_millis(100));
    }
}

fn count(metrics: &str, name: &str) -> u64 {
    let line = metrics.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|count| count.trim().parse().ok()).unwrap_or(0)
}
