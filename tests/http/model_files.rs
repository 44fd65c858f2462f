//! Models as files over HTTP: taken in while requests run, without one that fails or waits; a poisoned one is put back.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use freshet::clock::{Stopwatch, wall_now};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde_json::{Value, json};

use crate::client::{call, get, send, soon};
use crate::in_process::TestNode;

const VERSIONS: &str = "/v1/models/main/versions";
const OCTETS: [(&str, &str); 1] = [("content-type", "application/octet-stream")];
/// Events of one request.
const BATCH: u32 = 200;
/// Longest time that one request may take while a model is taken in. Far above what it is on a machine of one's own;
/// far below what a node would need that stops for it.
const PATIENCE: Duration = Duration::from_secs(1);

/// Each user goes through a few items of theirs, in turn; so slowly, by the events' own time, that each time counts.
fn event(turn: u32, items: u32) -> Value {
    let began = wall_now().as_millis() - 3 * 24 * 3_600_000;
    json!({"user_id": format!("u{}", turn % 40), "event_id": format!("e{turn}"),
        "item_id": format!("i{}", turn * 7 % items), "type": "click",
        "ts": began + 20_000 * u64::from(turn)})
}

fn fill(node: &TestNode, turns: std::ops::Range<u32>, items: u32) {
    for from in turns.clone().step_by(BATCH as usize) {
        let batch = from..(from + BATCH).min(turns.end);
        let events: Value = batch.map(|turn| event(turn, items)).collect();
        call(node, "POST", "/v1/events", &events).expect(200);
    }
}

fn exported(node: &TestNode, version: u32) -> Vec<u8> {
    let path = format!("{}{VERSIONS}/{version}/export", node.url());
    let mut answer = ureq::get(path).call().expect("the node answers");
    answer.body_mut().read_to_vec().expect("a body")
}

fn promote(node: &TestNode, version: &Value) {
    let path = "/v1/models/main/aliases/champion";
    call(node, "PUT", path, &json!({ "version": version })).expect(200);
}

/// Asks until `stop`; the answers there were and the longest time one took.
fn asked(stop: &AtomicBool, mut ask: impl FnMut(u32)) -> (u32, Duration) {
    let (mut answers, mut longest) = (0, Duration::ZERO);
    while !stop.load(Relaxed) {
        let watch = Stopwatch::start();
        ask(answers);
        longest = longest.max(watch.elapsed());
        answers += 1;
    }
    (answers, longest)
}

#[test]
fn a_model_comes_in_and_takes_over_while_requests_run_and_none_fails_or_waits() {
    const ITEMS: u32 = 3_000;
    const BEFORE: u32 = 6_000;
    let node = TestNode::start();
    fill(&node, 0..BEFORE, ITEMS);
    soon(|| get(&node, VERSIONS).expect(200), |model| model["versions"][0]["trained"] == BEFORE);
    let file = exported(&node, 0);
    let stop = AtomicBool::new(false);
    let (readers, (events, slowest), begun, positions) = std::thread::scope(|scope| {
        let read = |salt: u32| {
            let (node, stop) = (&node, &stop);
            move || {
                asked(stop, |turn| {
                    let path = format!("/v1/users/u{}/recommendations", (turn + salt) % 40);
                    get(node, &path).expect(200);
                })
            }
        };
        let readers = [scope.spawn(read(0)), scope.spawn(read(17))];
        let writer = scope.spawn(|| {
            let mut positions = Vec::new();
            let told = asked(&stop, |turn| {
                let answer = call(&node, "POST", "/v1/events", &event(BEFORE + turn, ITEMS));
                positions.push(place(&answer.expect(200)["position"]));
            });
            (told, positions)
        });
        std::thread::sleep(Duration::from_millis(300));
        let begun = send(&node, "POST", VERSIONS, &OCTETS, &file).expect(200);
        assert_eq!(begun["brought"], json!({"items": ITEMS, "unknown_items": 0}));
        std::thread::sleep(Duration::from_millis(300));
        promote(&node, &begun["version"]);
        std::thread::sleep(Duration::from_millis(300));
        stop.store(true, Relaxed);
        let (written, positions) = writer.join().expect("every event was taken");
        let readers = readers.map(|reader| reader.join().expect("every list was answered"));
        (readers, written, begun, positions)
    });
    println!("{} bytes; lists {readers:?}, events {events}, {slowest:?}", file.len());
    for (answers, longest) in readers {
        assert!(5 < answers && longest < PATIENCE, "{answers} lists, the slowest took {longest:?}");
    }
    assert!(5 < events && slowest < PATIENCE, "{events} events, the slowest took {slowest:?}");
    // It learned from every event behind its beginning: nothing was passed over.
    let since = positions.iter().filter(|at| place(&begun["position"]) < **at).count() as u64;
    let trained = u64::from(BEFORE) + since;
    let champion = |model: &Value| model["versions"][0].clone();
    let model = soon(
        || champion(&get(&node, VERSIONS).expect(200)),
        |champion| champion["trained"] == trained,
    );
    assert_eq!((&model["version"], &model["from"]), (&begun["version"], &json!("file")));
}

fn place(position: &Value) -> u64 {
    let number = position.as_str().and_then(|text| text.rsplit('-').next()?.parse().ok());
    number.expect("a position such as p1-42")
}

/// Shared numbers before those of the blend, which has for each group of users a weight for each term, the machine's first, and
/// as many sums.
const BEFORE_BLEND: usize = 94;
/// Groups of users.
const GROUPS: usize = 5;

/// The file with noise for vectors and intercepts, by which alone it ranks, all of it within the limits; and so sure of itself
/// that it hardly learns.
fn poisoned(file: &[u8]) -> Vec<u8> {
    let tensors = SafeTensors::deserialize(file).expect("an export");
    let (_, header) = SafeTensors::read_metadata(file).expect("an export");
    let mut all: BTreeMap<String, (Dtype, Vec<usize>, Vec<u8>)> = BTreeMap::new();
    for (name, it) in tensors.tensors() {
        let mut data = it.data().to_vec();
        let terms = (data.len() / 4).saturating_sub(BEFORE_BLEND) / (2 * GROUPS);
        for (place, number) in data.chunks_exact_mut(4).enumerate() {
            let noise = (place as u32).wrapping_mul(2_654_435_761) >> 8;
            let noise = noise as f32 / (1 << 23) as f32 - 1.0;
            let spoilt = match name.as_str() {
                "items.vector" | "items.last" => noise,
                "items.bias" => 6.0 * noise,
                "items.squares" => 1.0e6,
                "shared" if BEFORE_BLEND <= place => match (place - BEFORE_BLEND) % (2 * terms) {
                    0 => 8.0,
                    term if term < terms => 0.0,
                    _ => 1.0e6,
                },
                _ => continue,
            };
            number.copy_from_slice(&spoilt.to_le_bytes());
        }
        all.insert(name, (it.dtype(), it.shape().to_vec(), data));
    }
    let views = all.iter().map(|(name, (dtype, shape, data))| {
        (name.clone(), TensorView::new(*dtype, shape.clone(), data).expect("a tensor"))
    });
    safetensors::serialize(views.collect::<Vec<_>>(), header.metadata().clone()).expect("a file")
}

#[test]
fn a_poisoned_model_that_was_promoted_is_put_back_by_itself_and_that_is_told() {
    const ITEMS: u32 = 100;
    const BEFORE: u32 = 3_000;
    /// Events within which it must be noticed.
    const WITHIN: u32 = 1_000;
    let node = TestNode::start_with(|config| {
        config.model.dimensions = 32;
        config.model.guard.compare_every = 2;
    });
    fill(&node, 0..BEFORE, ITEMS);
    let trained = |model: &Value| model["versions"][0]["trained"] == BEFORE;
    let sound = soon(|| get(&node, VERSIONS).expect(200), trained);
    let sound = sound["versions"][0]["choices"]["log_loss"].as_f64().expect("a loss");
    let begun = send(&node, "POST", VERSIONS, &OCTETS, &poisoned(&exported(&node, 0)));
    promote(&node, &begun.expect(200)["version"]);
    fill(&node, BEFORE..BEFORE + WITHIN, ITEMS);
    let noted = |model: &Value, event: &str| {
        let notes = model["notes"].as_array().expect("notes");
        notes.iter().find(|one| one["event"] == event).cloned()
    };
    let model =
        soon(|| get(&node, VERSIONS).expect(200), |model| noted(model, "rolled_back").is_some());
    let [promoted, back] = ["promoted", "rolled_back"].map(|it| noted(&model, it).expect("noted"));
    let records = back["sequence"].as_u64().zip(promoted["sequence"].as_u64());
    println!("{records:?}; log loss before {sound:.3}; {}", back["detail"]);
    let champion = &model["versions"][0];
    assert_eq!((&champion["alias"], &champion["version"]), (&json!("champion"), &json!(0)));
    assert_eq!(back["version"], 0);
    assert_eq!(model["learning"], "held", "{model}");
    let metrics = get(&node, "/metrics").expect(200);
    let counted = "freshet_model_notes_total{event=\"rolled_back\"}";
    assert!(metrics.as_str().is_some_and(|text| text.contains(counted)), "{counted}");
    let list = get(&node, "/v1/users/u1/recommendations").expect(200);
    assert_eq!(list["model"]["version"], 0, "{list}");
}
