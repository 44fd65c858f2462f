//! The model after a crash: what it said before the kill it says after the restart, number by number.
//!
//! Not here: equality of all parameters with a replay; the actors' own tests have that.

use std::thread;
use std::time::Duration;

use freshet::clock::{Stopwatch, wall_now};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::client::Client;
use crate::support::process::{Launch, Process};
use crate::support::random::Random;

const USERS: u64 = 40;
const ITEMS: u64 = 90;
/// Choices of each user before the checkpoint, and as many behind it.
const CHOICES: u64 = 12;
/// Between two choices of a user.
const APART_MS: u64 = 20_000;
/// Events lie so far back that minutes more change no class of time gaps and the users' visits are over: what
/// is left to change lists is what was learned.
const AGO_MS: u64 = 2_600_000;
/// Only a node that never comes to rest runs into it.
const PATIENCE: Duration = Duration::from_mins(1);

/// The champion's, of choices.
const LOSS: &str = "freshet_model_progressive_log_loss{alias=\"champion\",head=\"choices\"}";

/// A user's list: items with their scores.
type List = Vec<(String, f64)>;

#[test]
fn lists_after_a_kill_are_those_before_it_items_and_scores() {
    let folder = TempDir::new().expect("a temporary directory");
    let launch = launch(&folder);
    let mut random = Random::new(11);

    let node = launch.start().expect("a node");
    send(&node.client(), 0, &mut random);
    let cut = node.client().post("/v1/checkpoints", &json!({})).expect("a running node");
    assert_eq!(cut.status, 200, "{cut:?}");
    let of_cut = settled(&node);
    node.kill();
    let node = launch.start().expect("the node comes back");
    assert_eq!(settled(&node), of_cut, "from the checkpoint alone");

    send(&node.client(), CHOICES, &mut random);
    let of_tail = settled(&node);
    assert_ne!(of_tail, of_cut, "nothing was learned");
    node.kill();
    let node = launch.start().expect("the node comes back");
    assert_eq!(settled(&node), of_tail, "from the checkpoint and the log behind it");
    assert_sane(&node.client());
}

#[test]
fn a_model_that_was_brought_in_is_there_after_a_kill_from_the_log_and_from_a_checkpoint() {
    let folder = TempDir::new().expect("a temporary directory");
    let launch = launch(&folder);
    let mut random = Random::new(12);
    let versions = "/v1/models/main/versions";

    let node = launch.start().expect("a node");
    let client = node.client();
    send(&client, 0, &mut random);
    let before = settled(&node);
    let cut = client.post("/v1/checkpoints", &json!({})).expect("a running node");
    assert_eq!(cut.status, 200, "{cut:?}");
    let file = client.bytes(&format!("{versions}/0/export")).expect("a running node");
    let begun = client.post_bytes(versions, &file).expect("a running node");
    assert_eq!((begun.status, begun.number("version")), (200, 1), "{begun:?}");
    let champion = json!({"version": 1});
    let promoted = client.put("/v1/models/main/aliases/champion", &champion);
    assert_eq!(promoted.expect("a running node").status, 200);
    send(&client, CHOICES, &mut random);
    let brought_in = settled(&node);
    assert_ne!(brought_in, before, "nothing was learned");
    node.kill();

    let node = launch.start().expect("the node comes back");
    let model = node.client().get(versions).expect("a running node");
    assert_eq!(model.body["versions"][0]["from"], "file", "{model:?}");
    assert_eq!(settled(&node), brought_in, "the command and its file, out of the log");
    for _ in 0..3 {
        let cut = node.client().post("/v1/checkpoints", &json!({})).expect("a running node");
        assert_eq!(cut.status, 200, "{cut:?}");
    }
    node.kill();
    let node = launch.start().expect("the node comes back");
    assert_eq!(settled(&node), brought_in, "out of the checkpoint");
    assert_sane(&node.client());
}

/// What a node says of its model, whatever it has been through: nothing failed, nothing is no number.
pub fn assert_sane(client: &Client) {
    let metrics = client.text("/metrics").expect("a running node");
    for never in ["freshet_model_faults_total", "freshet_model_refused_total"] {
        assert!(value(&metrics, never).is_none_or(|count| count < 1.0), "{never}");
    }
    for gauge in ["freshet_model_age_seconds", "freshet_model_backlog_seconds"] {
        let seconds = value(&metrics, gauge).unwrap_or(0.0);
        assert!((0.0..60.0).contains(&seconds), "{gauge} is {seconds}");
    }
    let loss = value(&metrics, LOSS).unwrap_or(0.0);
    assert!((0.0..20.0).contains(&loss), "the log loss is {loss}");
}

/// A user's list; every score is a number.
pub fn list(client: &Client, user: &str) -> (String, List) {
    let path = format!("/v1/users/{user}/recommendations?limit=20&explore=false");
    let answer = client.get(&path).expect("a running node");
    assert_eq!(answer.status, 200, "{answer:?}");
    let items = answer.body["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    let pair = |item: &Value| {
        let score = item["score"].as_f64().expect("a score that is a number");
        (item["item_id"].as_str().expect("an item").to_owned(), score)
    };
    let source = answer.body["source"].as_str().expect("a source").to_owned();
    (source, items.iter().map(pair).collect())
}

/// Checkpoints when they are asked for, and none of the weights that time alone would move.
fn launch(folder: &TempDir) -> Launch {
    let launch =
        Launch::on(&folder.path().join("data")).env("FRESHET__CHECKPOINT__EVERY_S", "86400");
    ["TRENDING", "FRESH", "CATEGORY"].into_iter().fold(launch, |launch, weight| {
        launch.env(&format!("FRESHET__RANKING__SCENARIOS__HOME__BLEND__{weight}"), "0.0")
    })
}

/// Choices number `from` and on of every user; those of a kind lean to the items of that kind.
fn send(client: &Client, from: u64, random: &mut Random) {
    let now = wall_now().as_millis();
    for turn in from..from + CHOICES {
        let choice = |user: u64| {
            let item = random.within(0..ITEMS / 3) * 3 + user % 3;
            json!({"user_id": format!("u{user}"), "item_id": format!("i{item}"), "type": "click",
                "ts": now - AGO_MS + APART_MS * turn})
        };
        let body: Value = (0..USERS).map(choice).collect();
        let answer = client.post("/v1/events", &body).expect("a running node");
        assert_eq!(answer.status, 200, "{answer:?}");
    }
}

/// Everybody's list once all that was sent is learned and published.
fn settled(node: &Process) -> Vec<List> {
    let client = node.client();
    let since = Stopwatch::start();
    let mut before = lists(&client);
    loop {
        // Longer than the model's rows take to their shards, and than the backlog takes to be told.
        thread::sleep(Duration::from_millis(1_500));
        let metrics = client.text("/metrics").expect("a running node");
        let waits = ["freshet_model_age_seconds", "freshet_model_backlog_seconds"]
            .map(|gauge| value(&metrics, gauge).unwrap_or(0.0));
        let now = lists(&client);
        if now == before && waits == [0.0, 0.0] {
            assert!(value(&metrics, "freshet_samples_shed_total").is_none(), "samples were shed");
            return now;
        }
        before = now;
        assert!(since.elapsed() < PATIENCE, "the model does not come to rest: {waits:?}");
    }
}

fn lists(client: &Client) -> Vec<List> {
    let of = |user| {
        let (source, list) = list(client, &format!("u{user}"));
        assert_eq!(source, "personalized");
        list
    };
    (0..USERS).map(of).collect()
}

/// The value of the first line of a metric, whatever its labels.
fn value(metrics: &str, name: &str) -> Option<f64> {
    let mut lines = metrics.lines().filter_map(|line| line.strip_prefix(name));
    let line = lines.find(|rest| rest.starts_with([' ', '{']))?;
    line.rsplit(' ').next()?.parse().ok()
}
