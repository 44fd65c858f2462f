//! Through its API the node ranks a real stream as well as its engine does in a replay.
//!
//! For every rating of a slice of MovieTweetings, in order of time: ask for the person's list, see where the film
//! stands in it, send the rating, wait until it is applied. Then `freshet evaluate` replays the log that the node
//! wrote, publishing as often as the node did, and must come to the same figures.
//!
//! Not here: how good the figures are on whole streams; `freshet evaluate` prints that.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod in_process;

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Command;

use flate2::read::GzDecoder;
use in_process::{Client, TestNode};
use serde_json::{Value, json};

const RATINGS: &str = "samples/movietweetings/ratings.dat.gz";
/// Ratings that are only learned from, in bodies of [`BODY`].
const LEARNED: usize = 16_000;
/// Ratings behind them, for each of which a list is asked for first.
const SCORED: usize = 4_000;
const BODY: usize = 50;
const LENGTH: usize = 20;

/// How far the two may lie apart.
///
/// Both see the same records at the same times, with the same key and so the same draws. What differs is where within
/// 200 ms a publication falls: the node's timers run from its start, and item activity's and the model's apart; the
/// replay publishes both at whole multiples. So a list may know some 50 events of other people more on one side. Were
/// one list in twenty to gain or lose its hit for that, the difference of the hit rates over 4,000 had a standard
/// deviation of `sqrt(0.05 / 4000)` = 0.0035. This is three of them and a little; 0.000 to 0.002 were measured.
const TOLERANCE: f64 = 0.012;

/// Who rated what how.
struct Rating {
    user: String,
    film: String,
    value: u8,
}

/// Hit rate and NDCG within the first [`LENGTH`].
#[derive(Clone, Copy, Debug, Default)]
struct Quality {
    hit_rate: f64,
    ndcg: f64,
}

#[test]
fn a_real_stream_through_the_api_is_ranked_as_well_as_in_a_replay() {
    let mut node = TestNode::start();
    let served = serve(&node.client(), &ratings(LEARNED + SCORED));
    let samples = metric(node.url(), "freshet_samples_total");
    let publications = metric(node.url(), "freshet_model_publish_seconds_count");
    node.stop();
    let report = replay(node.data_dir());

    let [learned, popular] = ["learned", "popularity"].map(|method| figures(&report, method));
    println!("QUALITY over HTTP {served:?}, in a replay {learned:?}, popularity {popular:?}");
    assert_eq!(report["data"]["scored"], SCORED, "{report}");
    assert_eq!(samples, (LEARNED + SCORED) as u64, "every rating is one sample");
    assert!(10 < publications, "the model was hardly published: {publications}");
    assert!((served.hit_rate - learned.hit_rate).abs() < TOLERANCE, "{served:?} {learned:?}");
    assert!((served.ndcg - learned.ndcg).abs() < TOLERANCE, "{served:?} {learned:?}");
}

/// Tells all but the last ratings; asks, then tells, for each of these.
fn serve(client: &Client, ratings: &[Rating]) -> Quality {
    let (learned, scored) = ratings.split_at(LEARNED);
    for body in learned.chunks(BODY) {
        client.events(&body.iter().map(event).collect());
    }
    let mut sum = Quality::default();
    for rating in scored {
        let list = client.recommended(&rating.user, LENGTH);
        if let Some(place) = list.iter().position(|item| *item == rating.film) {
            sum.hit_rate += 1.0;
            sum.ndcg += 1.0 / (2.0 + place as f64).log2();
        }
        client.events(&event(rating));
    }
    let scored = scored.len() as f64;
    Quality { hit_rate: sum.hit_rate / scored, ndcg: sum.ndcg / scored }
}

fn event(Rating { user, film, value }: &Rating) -> Value {
    json!({"user_id": user, "item_id": film, "type": "rate", "value": value,
        "event_id": format!("{user}-{film}")})
}

/// The first ratings of the sample.
fn ratings(count: usize) -> Vec<Rating> {
    let sample = BufReader::new(GzDecoder::new(File::open(RATINGS).expect("the sample")));
    let rating = |line: String| {
        let mut fields = line.split("::").map(ToOwned::to_owned);
        let mut next = || fields.next().expect("user::film::rating::time");
        let (user, film) = (next(), next());
        Rating { user, film, value: next().parse().expect("a number") }
    };
    sample.lines().take(count).map(|line| rating(line.expect("a line of text"))).collect()
}

/// What `freshet evaluate` says of the log in `data_dir`.
fn replay(data_dir: &Path) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_freshet"))
        .args(["evaluate", "--output", "json", "--publish-interval", "200ms"])
        .args(["--methods", "popularity,learned", "--probe-every", "0"])
        .args(["--skip", &(LEARNED as f64 / (LEARNED + SCORED) as f64).to_string(), "--from-log"])
        .arg(data_dir)
        .output()
        .expect("the freshet binary starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "evaluate ended in {}: {said}", output.status);
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn figures(report: &Value, method: &str) -> Quality {
    let methods = report["methods"].as_array().expect("methods");
    let found = methods.iter().find(|one| one["method"] == method).expect("the method asked for");
    let number = |value: &Value| value.as_f64().expect("a number");
    Quality {
        hit_rate: number(&found["hit_rate"][LENGTH.to_string()]),
        ndcg: number(&found["ndcg"]),
    }
}

/// The value of a metric without labels.
fn metric(url: &str, name: &str) -> u64 {
    let mut answer = ureq::get(format!("{url}/metrics")).call().expect("metrics");
    let text = answer.body_mut().read_to_string().expect("text");
    let mut lines = text.lines().filter_map(|line| line.strip_prefix(name));
    let value = lines.find_map(|rest| rest.strip_prefix(' ')).expect("the metric");
    value.parse().expect("a whole number")
}
