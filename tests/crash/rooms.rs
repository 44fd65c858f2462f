//! Live rooms across kills: what was said in a room and acknowledged is in its stream, once, in order, in one epoch; who watches
//! before and after has come once.
//!
//! Not here: clients that come back (tests/clients), equality with a plain run (actors).

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use freshet::clock::Stopwatch;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::client::Client;
use crate::support::process::{Launch, Process};
use crate::support::random::Random;

const ROUNDS: u64 = 6;
const TALKERS: u64 = 3;
/// Only what never comes runs into this.
const PATIENCE: Duration = Duration::from_secs(20);
/// What one says in a round at most: all of it must fit into what is sent to one who comes back.
const MOST: u64 = 150;

/// Says numbered things in the room until the node is gone; gives what was acknowledged, and what may be there besides.
fn talk(
    client: &Client,
    talker: u64,
    from: u64,
    over: &AtomicBool,
) -> (Vec<String>, Option<String>) {
    let mut acknowledged = Vec::new();
    for number in from..from + MOST {
        let text = format!("{talker}-{number}");
        let taken = if number.is_multiple_of(2) {
            client.post("/v1/rooms/42/messages", &json!({"text": text}))
        } else {
            let event = json!({
                "type": "live_comment", "event_id": text, "user_id": format!("u{talker}"),
                "room_id": "42", "properties": {"text": text},
            });
            client.post("/v1/events", &event)
        };
        match taken {
            Ok(answer) if answer.status == 200 => acknowledged.push(text),
            _ => return (acknowledged, Some(text)),
        }
        if over.load(Ordering::Acquire) {
            break;
        }
        thread::sleep(Duration::from_millis(2));
    }
    (acknowledged, None)
}

/// Everything in the room's stream, from its first publication on: (offset, text).
fn stream(node: &Process, epoch: &str, newest: u64) -> Vec<(u64, String)> {
    let url = format!("{}/v1/rooms/42/stream", node.base());
    let request = ureq::get(&url).header("last-event-id", &format!("{epoch}:0"));
    let answer = request.call().expect("a stream");
    let mut lines = BufReader::new(answer.into_body().into_reader()).lines();
    let (mut found, mut offset) = (Vec::new(), 0);
    // The stream says once where it stands, behind what was missed.
    loop {
        let line = lines.next().expect("more of the stream").expect("a readable line");
        if let Some(id) = line.strip_prefix("id: ") {
            let place = id.rsplit_once(':').and_then(|(_, offset)| offset.parse().ok());
            offset = place.expect("epoch:offset");
        } else if let Some(data) = line.strip_prefix("data: ") {
            let data: Value = serde_json::from_str(data).expect("JSON");
            if data["kind"] == "subscribed" {
                assert!(newest <= offset, "{offset} of {newest}");
                assert_eq!(data["recovered"], true, "{data}");
                return found;
            }
            // Moments and the like say no text.
            found.extend(data["text"].as_str().map(|text| (offset, text.to_owned())));
        }
    }
}

#[test]
fn what_was_said_in_a_room_is_in_its_stream_once_and_in_order_through_kills() {
    let seed = crate::seed();
    println!("seed {seed}");
    let mut random = Random::new(seed);
    let folder = TempDir::new().expect("a temporary directory");
    let launch = Launch::on(&folder.path().join("data"))
        .env("FRESHET__CHECKPOINT__EVERY_S", "1")
        .env("FRESHET__ROOMS__COMMENTS_PER_SECOND", "1000")
        .env("FRESHET__ROOMS__HISTORY__PUBLICATIONS", "100000");
    let (mut acknowledged, mut perhaps) = (Vec::<String>::new(), Vec::<String>::new());
    let mut epochs = BTreeSet::new();
    for round in 0..ROUNDS {
        let node = launch.start().expect("the node comes back");
        let join = json!({"type": "live_join", "user_id": "u0", "room_id": "42"});
        assert_eq!(node.client().post("/v1/events", &join).expect("an answer").status, 200);
        check(&node, &acknowledged, &perhaps, &mut epochs);
        let over = AtomicBool::new(false);
        let pause = Duration::from_millis(random.within(100..1_500));
        let kills = round + 1 < ROUNDS;
        let mut node = Some(node);
        thread::scope(|scope| {
            let talkers: Vec<_> = (0..TALKERS)
                .map(|talker| {
                    let (client, over) = (node.as_ref().expect("it runs").client(), &over);
                    scope.spawn(move || talk(&client, talker, round * 100_000, over))
                })
                .collect();
            thread::sleep(pause);
            if kills {
                node.take().expect("it runs").kill();
            }
            over.store(true, Ordering::Release);
            for talker in talkers {
                let (sure, unsure) = talker.join().expect("a talker ends");
                acknowledged.extend(sure);
                perhaps.extend(unsure);
            }
        });
        if let Some(node) = node {
            check(&node, &acknowledged, &perhaps, &mut epochs);
        }
    }
    assert!(ROUNDS as usize * 10 < acknowledged.len(), "hardly any load: {}", acknowledged.len());
    assert_eq!(epochs.len(), 1, "{epochs:?}");
}

/// Looks until everything is there: an event is acknowledged when its user's shard has it, its room follows a moment later.
fn check(
    node: &Process,
    acknowledged: &[String],
    perhaps: &[String],
    epochs: &mut BTreeSet<String>,
) {
    let watch = Stopwatch::start();
    loop {
        let state = node.client().get("/v1/rooms/42/state").expect("an answer").body;
        let place = &state["stream"];
        if let (Some(epoch), Some(newest)) = (place["epoch"].as_str(), place["offset"].as_u64()) {
            let said = stream(node, epoch, newest);
            let lost = lost(acknowledged, &said);
            if lost.is_empty() {
                epochs.insert(epoch.to_owned());
                return check_order(&said, acknowledged, perhaps);
            }
            assert!(watch.elapsed() < PATIENCE, "acknowledged and lost: {lost:?}");
        }
        assert!(watch.elapsed() < PATIENCE, "{state}");
        thread::sleep(Duration::from_millis(20));
    }
}

fn lost<'a>(acknowledged: &'a [String], said: &[(u64, String)]) -> Vec<&'a String> {
    let said: BTreeSet<&str> = said.iter().map(|(_, text)| text.as_str()).collect();
    acknowledged.iter().filter(|text| !said.contains(text.as_str())).collect()
}

fn check_order(said: &[(u64, String)], acknowledged: &[String], perhaps: &[String]) {
    assert!(said.is_sorted_by(|a, b| a.0 < b.0), "in order, no offset twice");
    let mut texts: Vec<&str> = said.iter().map(|(_, text)| text.as_str()).collect();
    texts.sort_unstable();
    assert!(texts.is_sorted_by(|a, b| a != b), "nothing is said twice");
    let known: BTreeSet<&str> = acknowledged.iter().chain(perhaps).map(String::as_str).collect();
    assert!(texts.iter().all(|text| known.contains(text)), "what nobody said");
}

const COUNTED: &str = "[features.joins]\nentity = \"user\"\nevents = [\"live_join\"]\nwindow = \"ever\"\naggregate = \"count\"\n\
                       [features.beats]\nentity = \"user\"\nevents = [\"live_heartbeat\"]\nwindow = \"ever\"\naggregate = \"count\"\n";

/// Who watches room 42 as long as this is held.
fn watch(node: &Process, viewer: u64) -> ureq::http::Response<ureq::Body> {
    let url = format!("{}/v1/rooms/42/stream?user_id=w{viewer}", node.base());
    ureq::get(&url).call().expect("a stream")
}

/// Waits until so many joins and heartbeats of each viewer count.
fn count(node: &Process, viewers: u64, joins: u64, beats: u64) {
    let users: Vec<String> = (0..viewers).map(|viewer| format!("w{viewer}")).collect();
    let ask = json!({"features": ["joins", "beats"], "entities": {"user_id": users}});
    let since = Stopwatch::start();
    loop {
        let told = node.client().post("/v1/features/online", &ask).expect("an answer").body;
        let all = |place: usize, count: u64| {
            let values = told["results"][place]["values"].as_array().expect("values").iter();
            values.map(|value| value.as_u64().unwrap_or(0)).all(|value| value == count)
        };
        if all(1, beats) && all(0, joins) {
            return;
        }
        assert!(since.elapsed() < PATIENCE, "not {joins} joins and {beats} heartbeats: {told}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Waits until the room has so many viewers, of as many stays that ever began.
fn until_there(node: &Process, viewers: u64) {
    let since = Stopwatch::start();
    loop {
        let stats = &node.client().get("/v1/rooms/42/state").expect("an answer").body["stats"];
        if (stats["viewers"].as_u64(), stats["joins"].as_u64()) == (Some(viewers), Some(viewers)) {
            return;
        }
        assert!(since.elapsed() < PATIENCE, "not {viewers} viewers: {stats}");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn who_watches_through_kills_has_joined_once() {
    const VIEWERS: u64 = 40;
    let folder = TempDir::new().expect("a temporary directory");
    let file = folder.path().join("freshet.toml");
    std::fs::write(&file, COUNTED).expect("written");
    let launch = Launch::on(&folder.path().join("data"))
        .env("FRESHET_CONFIG", file.display().to_string())
        // However slow the machine: all are back within the grace.
        .env("FRESHET__ROOMS__GRACE_S", "60")
        .env("FRESHET__ROOMS__LATENESS_S", "60")
        .env("FRESHET__CHECKPOINT__EVERY_S", "1");
    for round in 0..4 {
        let node = launch.start().expect("the node comes back");
        let there: Vec<_> = (0..VIEWERS).map(|viewer| watch(&node, viewer)).collect();
        count(&node, VIEWERS, 1, round);
        until_there(&node, VIEWERS);
        // Now with a cut behind it, now without.
        thread::sleep(Duration::from_millis(600 * (round % 3)));
        node.kill();
        drop(there);
    }
}
