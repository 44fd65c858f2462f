//! `freshet evaluate` as people run it: on files, on a node's own log, with wrong options.

#![allow(clippy::expect_used, reason = "a test says what it expects by failing")]

mod in_process;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use in_process::{TestNode, data_file, freshet_in};
use serde_json::Value;
use tempfile::TempDir;

fn freshet(args: &[&str]) -> Output {
    freshet_in(&std::env::temp_dir(), args, &[])
}

fn evaluate(args: &[&str]) -> Value {
    let output = freshet(&[&["evaluate", "-q", "-o", "json"], args].concat());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON on standard output")
}

/// Exit code and what was written to standard error.
fn refused(args: &[&str]) -> (Option<i32>, String) {
    let output = freshet(&[&["evaluate"], args].concat());
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Clicks of sixty users on four groups of films, one a minute.
fn clicks(folder: &Path, events: u32) -> PathBuf {
    let path = folder.join("clicks.csv");
    let mut text = "user_id,item_id,timestamp\n".to_owned();
    for event in 0..events {
        let draw = event.wrapping_mul(2_654_435_761).rotate_left(7) >> 9;
        let user = draw % 60;
        let item = (user % 4) * 12 + (draw / 60) % 12;
        let at = 1_700_000_000 + event * 60;
        writeln!(text, "u{user},f{item},{at}").expect("a text takes it");
    }
    fs::write(&path, text).expect("written");
    path
}

fn method<'a>(told: &'a Value, name: &str) -> &'a Value {
    let methods = told["methods"].as_array().expect("a list");
    methods.iter().find(|one| one["method"] == name).expect("the method")
}

fn hit_rate(told: &Value, name: &str, k: &str) -> f64 {
    method(told, name)["hit_rate"][k].as_f64().expect("a number")
}

#[test]
fn a_file_is_judged_by_every_method_and_reported() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = clicks(folder.path(), 2_000);
    let report = folder.path().join("out.md");
    let (path, report) = (path.to_str().unwrap(), report.to_str().unwrap());
    let args = [path, "--type", "click", "--repeats", "allow", "--k", "5,10", "--report", report];
    let told = evaluate(&args);
    assert_eq!(told["data"]["events"], 2_000);
    assert_eq!(told["data"]["scored"], 1_600);
    assert_eq!(told["data"]["items"], 48);
    assert_eq!(told["protocol"]["reference"], "learned");
    for name in ["neighbours", "model", "fixed", "learned"] {
        let ahead = hit_rate(&told, name, "10") - hit_rate(&told, "popularity", "10");
        assert!(0.1 < ahead, "{name} is ahead of popularity by {ahead}");
        let one = method(&told, name);
        assert_eq!(one["one_click"]["null"], 0.0, "no click changed something: {one}");
        assert!(0.0 < one["one_click"]["replaced"].as_f64().unwrap());
    }
    let behind = &method(&told, "popularity")["reference_ahead_by"]["hit_rate"];
    assert!(0.0 < behind["low"].as_f64().unwrap(), "{behind}");
    let text = fs::read_to_string(report).expect("a report");
    assert!(text.starts_with("# Rankings of clicks.csv"), "{text}");
    assert!(text.contains("| node's learned blend | 0."), "{text}");
    assert!(text.contains("Best rival by HR@10: "), "{text}");
}

#[test]
fn people_read_a_table_and_the_yardstick_is_no_worse_than_the_lists_it_measures() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = clicks(folder.path(), 1_500);
    let args = ["evaluate", path.to_str().unwrap(), "--type", "click", "--repeats", "allow"];
    let output = freshet(&[&args[..], &["--candidates", "exact", "--skip", "0.5"]].concat());
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{text}");
    for word in [
        "HR@10",
        "HR@20",
        "NDCG@20",
        "MRR",
        "coverage",
        "item-kNN",
        "learned blend",
        "learner",
        "Best rival",
    ] {
        assert!(text.contains(word), "no {word} in\n{text}");
    }
    let lines = String::from_utf8_lossy(&output.stderr);
    assert!(lines.contains("events: 1,500 of 1,500 (100 %)"), "{lines}");
}

#[test]
fn every_rival_is_compared_and_the_best_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = clicks(folder.path(), 1_200);
    let args = [path.to_str().unwrap(), "--type", "click", "--repeats", "allow"];
    let more = ["--methods", "all", "--rebuild", "2h", "--seeds", "2", "--probe-every", "0"];
    let told = evaluate(&[&args[..], &more[..]].concat());
    let methods = told["methods"].as_array().unwrap();
    assert_eq!(methods.len(), 18);
    let rate = |name| hit_rate(&told, name, "20");
    for name in
        ["item-knn", "vmis-knn", "knn-popularity", "bpr", "daily-ease-live", "daily-als-live"]
    {
        assert!(rate("all-time") + 0.1 < rate(name), "{name}: {told:#}");
        assert!(0.0 < method(&told, name)["learn_us"].as_f64().unwrap(), "{told:#}");
    }
    let best = told["verdict"]["best_rival"].as_str().unwrap();
    let rivals = methods.iter().filter(|one| {
        !["neighbours", "model", "fixed", "learned"].contains(&one["method"].as_str().unwrap())
    });
    let most = rivals.map(|one| one["hit_rate"]["20"].as_f64().unwrap()).fold(0.0, f64::max);
    assert!((rate(best) - most).abs() < 1e-9, "{told:#}");
    let ahead = told["verdict"]["hit_rate"]["difference"].as_f64().unwrap();
    assert!((ahead - (rate("learned") - most)).abs() < 1e-9, "{told:#}");
    let learned = &told["over_seeds"]["methods"]["learned"]["hit_rate"];
    assert!((learned["mean"].as_f64().unwrap() - rate("learned")).abs() < 0.05, "{learned}");
}

#[test]
fn a_nodes_own_log_gives_what_the_file_gave() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = clicks(folder.path(), 600);
    let path = path.to_str().unwrap();
    let mut node = TestNode::start();
    let import = ["import", path, "--type", "click", "--mode", "fresh", "--url", node.url(), "-q"];
    assert_eq!(freshet(&import).status.code(), Some(0));
    let dir = node.data_dir().to_owned();
    let dir = dir.to_str().unwrap();
    let (code, told) = refused(&["--from-log", dir]);
    assert!(code == Some(1) && told.contains("in use"), "{told}");
    node.stop();
    let same = ["--repeats", "allow", "--methods", "popularity,neighbours,fixed"];
    let from_log = evaluate(&[&["--from-log", dir], &same[..]].concat());
    let from_file = evaluate(&[&[path, "--type", "click"], &same[..]].concat());
    assert_eq!(from_log["data"]["events"], 600);
    for name in ["popularity", "neighbours", "fixed"] {
        for figure in ["hit_rate", "ndcg", "mrr"] {
            let (log, file) = (method(&from_log, name), method(&from_file, name));
            assert_eq!(log[figure], file[figure], "{name} {figure}");
        }
    }
}

fn estimate<'a>(told: &'a Value, name: &str) -> &'a Value {
    let estimates = told["estimates"].as_array().expect("a list");
    estimates.iter().find(|one| one["estimator"] == name).expect("the estimator")
}

/// Four items, each shown with a probability of 1/4, the first clicked four times in ten, the others once.
#[test]
fn another_way_of_choosing_is_judged_on_rows_that_were_drawn() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("shown.csv");
    let mut text = "action,reward,propensity,target\n".to_owned();
    for row in 0..4_000_u32 {
        let (item, turn) = (row % 4, row / 4 % 10);
        let clicked = u8::from(turn < if item == 0 { 4 } else { 1 });
        let target = if item == 0 { 0.7 } else { 0.1 };
        writeln!(text, "i{item},{clicked},0.25,{target}").expect("a text takes it");
    }
    fs::write(&path, &text).expect("written");
    let path = path.to_str().unwrap();
    let told = evaluate(&["--off-policy", path]);
    assert_eq!((&told["target"], &told["data"]["rows"]), (&"column".into(), &4_000.into()));
    for name in ["ips", "snips"] {
        let value = estimate(&told, name)["value"].as_f64().unwrap();
        assert!((value - (0.7 * 0.4 + 0.3 * 0.1)).abs() < 1e-9, "{told:#}");
    }
    assert!((told["mean_weight"]["mean"].as_f64().unwrap() - 1.0).abs() < 1e-9, "{told:#}");
    assert_eq!(told["doubts"].as_array().map(Vec::len), Some(0), "{told:#}");
    let uniform = evaluate(&["--off-policy", path, "--target", "uniform"]);
    for name in ["ips", "snips", "dm", "dr"] {
        let one = estimate(&uniform, name);
        let at = |end: &str| one[end].as_f64().unwrap();
        assert!(
            (at("value") - 0.175).abs() < 0.005 && at("low") < 0.175 && 0.175 < at("high"),
            "{one}"
        );
    }

    // One row in a thousand carries all the weight.
    let rare = folder.path().join("rare.csv");
    let rows = (0..4_000).map(|row| if row % 1_000 == 0 { "a,1,0.0001\n" } else { "b,0,1\n" });
    fs::write(&rare, format!("item_id,click,propensity_score\n{}", rows.collect::<String>()))
        .expect("written");
    let told = evaluate(&["--off-policy", rare.to_str().unwrap()]);
    let ips = estimate(&told, "ips");
    assert_eq!((&ips["refused"], &ips["value"]), (&true.into(), &Value::Null), "{told:#}");
    let output = freshet(&["evaluate", "--off-policy", rare.to_str().unwrap()]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("refused") && text.contains("hardly ever did"), "{text}");
}

#[test]
fn a_nodes_own_log_tells_what_its_lists_would_earn_without_exploration() {
    let mut node = TestNode::start();
    let client = node.client();
    let clicks = (0..120).map(|n| {
        serde_json::json!({"user_id": format!("v{}", n / 3), "item_id": format!("i{}", n * n % 11), "type": "click"})
    });
    client.events(&clicks.collect());
    // What was clicked is published a moment later.
    while client.recommended("nobody", 4).is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let mut clicked = 0;
    for user in 0..80 {
        let path = format!("/v1/users/u{user}/recommendations?limit=4&explain=reasons");
        let list = client.get(&path).body;
        // Whoever was shown something by lot takes it.
        let items = list["items"].as_array().expect("items");
        let Some(item) = items.iter().find(|item| item["reasons"][0] == "explored") else {
            continue;
        };
        clicked += 1;
        client
            .events(&serde_json::json!({"user_id": format!("u{user}"), "item_id": item["item_id"],
            "type": "click", "recommendation_id": list["recommendation_id"]}));
    }
    let dir = node.data_dir().to_owned();
    node.stop();
    let told = evaluate(&["--off-policy", "--from-log", dir.to_str().unwrap()]);
    assert_eq!(
        (&told["target"], &told["data"]["rows"]),
        (&"greedy".into(), &80.into()),
        "{told:#}"
    );
    assert!(0 < clicked, "nothing was drawn: {told:#}");
    let earned = told["logged"]["mean"].as_f64().unwrap();
    assert!((earned - f64::from(clicked) / 80.0).abs() < 1e-9, "{earned} {clicked}");
    // Only what was not due was taken, so without exploration nothing would have been.
    let ips = estimate(&told, "ips")["value"].as_f64().unwrap();
    assert!(ips.abs() < 1e-9, "{told:#}");
}

#[test]
fn what_cannot_be_done_is_said_with_its_reason() {
    let folder: TempDir = tempfile::tempdir().expect("a folder");
    let path = clicks(folder.path(), 50);
    let path = path.to_str().unwrap();
    let no_log = folder.path().to_str().unwrap();
    let empty = folder.path().join("empty.jsonl");
    fs::write(&empty, "").expect("written");
    let empty = empty.to_str().unwrap();
    let nowhere = folder.path().join("no/such/folder.md");
    let nowhere = nowhere.to_str().unwrap();
    let cases: [(&[&str], i32, &str); 16] = [
        (&[], 2, "<FILE>"),
        (&["nowhere.csv"], 1, "cannot read nowhere.csv"),
        (&[path], 1, "--type"),
        (&[path, "--type", "sneeze"], 1, "sneeze"),
        (&[path, "--map", "who=uid"], 2, "no field of an event"),
        (&[path, "--skip", "1"], 2, "no share"),
        (&[path, "--publish-interval", "5"], 2, "no duration"),
        (&[path, "--rebuild", "0"], 2, "no length"),
        (&[path, "--methods", "oracle"], 2, "knn-popularity"),
        (&[path, "--type", "click", "--scenario", "attic"], 2, "home"),
        (&[path, "--type", "click", "--report", nowhere], 1, "cannot write"),
        (&["--from-log", no_log], 2, "no data directory"),
        (&[empty, "--format", "jsonl"], 1, "nothing was scored"),
        (&["--off-policy", path], 1, "`reward`"),
        (&["--off-policy", "--from-log", no_log], 2, "no data directory"),
        (&[path, "--target", "uniform"], 2, "--off-policy"),
    ];
    for (args, code, word) in cases {
        let (found, told) = refused(args);
        assert!(found == Some(code) && told.contains(word), "{args:?}: {found:?} {told}");
    }
}

#[test]
fn a_slice_of_a_real_stream_is_ranked_as_well_as_measured_before() {
    let Some(path) = data_file("ml-100k/u.data") else { return };
    let (path, items) = (path.to_str().unwrap(), path.with_file_name("u.item"));
    let slice = [path, "--repeats", "never", "--limit", "12000", "--skip", "0.4"];
    let told = evaluate(&slice);
    assert_eq!(told["data"]["scored"], 7_200);
    let rate = |name| hit_rate(&told, name, "20");
    assert!((0.10..0.14).contains(&rate("popularity")), "{told:#}");
    assert!((0.24..0.32).contains(&rate("neighbours")), "{told:#}");
    assert!(rate("neighbours") < rate("learned"), "{told:#}");
    assert!(rate("model") < rate("learned") + 0.01, "{told:#}");

    // With genres, a click must draw the list towards its own.
    let told = evaluate(&[&slice[..], &["--items", items.to_str().unwrap()]].concat());
    let reaction = &method(&told, "learned")["one_click"];
    let same = |when: &str| reaction["same_category"][when].as_f64().unwrap();
    assert_eq!(reaction["null"], 0.0);
    assert!((0.15..0.5).contains(&reaction["replaced"].as_f64().unwrap()), "{reaction}");
    assert!(1.05 * same("before") < same("after"), "{reaction}");
}

#[test]
fn the_node_is_compared_with_itself_without_a_source() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = clicks(folder.path(), 1_500);
    let args = [path.to_str().unwrap(), "--type", "click", "--repeats", "allow", "--k", "10"];
    let quick = ["--methods", "learned", "--probe-every", "0"];
    let with = |more: &[&str]| evaluate(&[&args[..], &quick[..], more].concat());
    let all =
        ["neighbours", "session", "similar_sessions", "model", "category", "content"].join(",");
    let told = with(&["--without", &all]);
    let without = &told["without"];
    assert_eq!(without["sources"].as_array().unwrap().len(), 6);
    let (here, there) = (hit_rate(&told, "learned", "10"), without["hit_rate"].as_f64().unwrap());
    assert!(there + 0.1 < here, "{told:#}");
    let ahead = without["ahead_by"]["hit_rate"]["difference"].as_f64().unwrap();
    assert!((ahead - (here - there)).abs() < 1e-9, "{told:#}");
    // Nothing is described, so content says nothing and nothing is lost without it.
    let told = with(&["--without", "content"]);
    assert_eq!(told["without"]["ahead_by"]["hit_rate"]["low"], 0.0, "{told:#}");
    assert_eq!(told["without"]["hit_rate"], hit_rate(&told, "learned", "10"), "{told:#}");
    assert_eq!(with(&[])["without"], Value::Null);
    let (code, words) = refused(&[args[0], "--without", "machine"]);
    assert_eq!(code, Some(2), "{words}");
    assert!(words.contains("there are neighbours, session, popular"), "{words}");
}
