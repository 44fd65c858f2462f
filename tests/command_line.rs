//! The `freshet` binary against a real node: what people type, what they read, how it exits.

#![allow(clippy::expect_used, reason = "a test says what it expects by failing")]

mod in_process;

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use in_process::{TestNode, freshet_in};
use serde_json::Value;
use tempfile::TempDir;

/// Runs the command without anything of the caller's environment that it would read.
fn freshet(args: &[&str]) -> Output {
    freshet_in(Path::new("."), args, &[])
}

/// Insists on an exit code and gives what was written to standard output.
fn check(output: &Output, code: i32) -> String {
    let told = String::from_utf8_lossy(&output.stderr);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(code), "stdout: {text}\nstderr: {told}");
    text
}

fn json(output: &Output) -> Value {
    serde_json::from_str(&check(output, 0)).expect("JSON on standard output")
}

fn warned(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A folder with ratings that are out of order, two bad lines, and the films beside them.
fn ratings() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ratings.dat");
    let mut text = String::new();
    for row in 0..300_u32 {
        let (user, item) = (row % 20, row * 7 % 30);
        let at = 1_375_000_000 + (row * 37 % 300) * 60;
        writeln!(text, "u{user}::f{item}::8::{at}").expect("a text takes it");
    }
    text.push_str("broken\nu1::f1::many::1375000000\n");
    fs::write(&path, text).expect("written");
    let films: Vec<String> =
        (0..30).map(|film| format!("f{film}::Film {film} (2013)::Drama|Comedy")).collect();
    let films = films.join("\n");
    fs::write(folder.path().join("movies.dat"), films).expect("written");
    (folder, path)
}

/// Nine thousand rows come faster than they are learned from: a live stream of them would be thinned.
#[test]
fn an_import_is_learned_from_whole() {
    let node = TestNode::start();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ratings.dat");
    let mut text = String::new();
    for row in 0..9_000 {
        writeln!(text, "u{}::f{}::8::{}", row % 90, row * 7 % 300, 1_375_000_000 + row)
            .expect("a text takes it");
    }
    fs::write(&path, text).expect("written");
    check(&freshet(&["import", path.to_str().unwrap(), "--url", node.url(), "-q"]), 0);
    let learned = || node.inner().model().events() == 9_000;
    let _ = (0..600).any(|_| {
        std::thread::sleep(Duration::from_millis(50));
        learned()
    });
    let model = node.inner().model();
    assert_eq!((model.trained(), model.events()), (9_000, 9_000));
}

#[test]
fn a_second_import_adds_nothing() {
    let node = TestNode::start();
    let (_folder, path) = ratings();
    let import = || freshet(&["import", path.to_str().unwrap(), "--url", node.url(), "-o", "json"]);
    let first = import();
    assert!(warned(&first).contains("sorted by it"), "{}", warned(&first));
    let told = json(&first);
    assert_eq!(
        (&told["accepted"], &told["rejected"], &told["unreadable"], &told["items"]),
        (&300.into(), &0.into(), &2.into(), &30.into())
    );
    assert_eq!(told["first_unreadable"][0], "line 301: expected user, item, rating, seconds");
    let again = json(&import());
    assert_eq!((&again["accepted"], &again["already_imported"]), (&0.into(), &300.into()));

    let history = |user: &str| {
        let answer = node.client().get(&format!("/v1/users/{user}/events?limit=50"));
        answer.body["events"].as_array().map_or(0, Vec::len)
    };
    assert_eq!(history("u3"), 15);
    let film = node.client().get("/v1/items/f7").body;
    assert_eq!((&film["title"], &film["kind"]), (&"Film 7".into(), &"video".into()));
}

#[test]
fn baskets_beyond_the_limit_of_the_node_are_sent_in_smaller_parts() {
    let node = TestNode::start_with(|config| config.server.max_body_events = 25);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("baskets.jsonl");
    let items: Vec<String> = (0..10).map(|item| format!("{{\"item_id\":\"i{item}\"}}")).collect();
    let basket = |row: u64| {
        let (at, items) = (1_700_000_000 + row, items.join(","));
        format!("{{\"user_id\":\"u\",\"event\":\"purchase\",\"items\":[{items}],\"ts\":{at}}}")
    };
    fs::write(&path, (0..40).map(basket).collect::<Vec<_>>().join("\n")).expect("written");
    let told =
        json(&freshet(&["import", path.to_str().unwrap(), "--url", node.url(), "-o", "json"]));
    assert_eq!((&told["accepted"], &told["rejected"]), (&40.into(), &0.into()), "{told}");
    let node = TestNode::start_with(|config| config.server.max_body_events = 9);
    let one = format!(
        "{{\"user_id\":\"u\",\"event\":\"like\",\"item_id\":\"a\",\"ts\":{}}}",
        1_700_000_010
    );
    fs::write(&path, [basket(1), one, basket(11)].join("\n")).expect("written");
    let told =
        json(&freshet(&["import", path.to_str().unwrap(), "--url", node.url(), "-o", "json"]));
    assert_eq!((&told["accepted"], &told["rejected"]), (&1.into(), &2.into()), "{told}");
    let named = told["first_rejected"].to_string();
    assert!(named.contains("line 1: ") && named.contains("line 3: "), "{named}");
}

#[test]
fn an_import_goes_on_behind_the_rows_that_the_node_has() {
    let node = TestNode::start();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("events.jsonl");
    let row = |row: u64| {
        let at = 1_700_000_000 + row;
        format!("\"user_id\":\"u\",\"item_id\":\"i{row}\",\"event\":\"click\",\"ts\":{at}}}")
    };
    let lines: Vec<String> = (1..=5).map(|number| format!("{{{}", row(number))).collect();
    fs::write(&path, lines.join("\n")).expect("written");
    let survey = json(&freshet(&["import", path.to_str().unwrap(), "--dry-run", "-o", "json"]));
    let source =
        format!("source=events.jsonl&digest={}&mode=fresh", survey["digest"].as_str().unwrap());
    let sent = |number| format!("{{\"source_position\":{number},{}", row(number));
    let sent = [sent(1), sent(2)].join("\n");
    let answer = node.client().post_raw(
        &format!("/v1/import?{source}"),
        "application/x-ndjson",
        sent.as_bytes(),
    );
    assert_eq!(answer.status, 200, "{}", answer.body);

    let told =
        json(&freshet(&["import", path.to_str().unwrap(), "--url", node.url(), "-o", "json"]));
    assert_eq!((&told["already_imported"], &told["accepted"]), (&2.into(), &3.into()));
}

#[test]
fn a_dry_run_needs_no_node_and_standard_input_is_read_too() {
    let (_folder, path) = ratings();
    let survey = json(&freshet(&["import", path.to_str().unwrap(), "--dry-run", "-o", "json"]));
    assert_eq!((&survey["events"], &survey["format"]), (&300.into(), &"movielens".into()));
    assert_eq!(survey["sorted_first"], true);

    let mut child = Command::new(env!("CARGO_BIN_EXE_freshet"))
        .args(["import", "-", "--dry-run", "-o", "json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(b"u::i::3::1375000000\n").expect("written");
    drop(stdin);
    let told = json(&child.wait_with_output().expect("it ends"));
    assert_eq!((&told["source"], &told["events"]), (&"stdin".into(), &1.into()));
}

#[test]
fn a_file_without_an_event_fails_and_says_why() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.csv");
    fs::write(&path, "who,what\n1,2\n").expect("written");
    let output = freshet(&["import", path.to_str().unwrap()]);
    check(&output, 1);
    assert!(
        warned(&output).contains("no column for user_id, the file has: who, what"),
        "{}",
        warned(&output)
    );
}

#[test]
fn an_event_is_taken_and_the_next_list_reflects_it() {
    let node = TestNode::start();
    let (_folder, path) = ratings();
    check(&freshet(&["import", path.to_str().unwrap(), "--url", node.url(), "-q"]), 0);
    let url = ["--url", node.url()];
    let list =
        || json(&freshet(&[&["recommend", "me", "-n", "5", "-o", "json"], &url[..]].concat()));
    // Popularity is published a few times a second, behind the events.
    let mut before = list();
    for _ in 0..500 {
        if before["items"].as_array().is_some_and(|items| !items.is_empty()) {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
        before = list();
    }
    let first = before["items"][0]["item_id"].as_str().expect("an item").to_owned();
    let told = check(
        &freshet(&[&["event", "click", "--user", "me", "--item", &first], &url[..]].concat()),
        0,
    );
    assert!(told.contains("accepted") && told.contains("reflects it"), "{told}");
    let after = list();
    assert_eq!(after["freshness"]["user_events_applied"], 1);
    let items = after["items"].as_array().expect("items");
    assert!(items.iter().all(|item| item["item_id"] != first.as_str()), "{after}");
    let table = check(&freshet(&[&["recommend", "me", "-n", "5"], &url[..]].concat()), 0);
    assert!(table.contains("Film ") && table.contains("rank"), "{table}");
    let explain = |item: &str, code: i32| {
        check(&freshet(&[&["explain", "me", item], &url[..]].concat()), code)
    };
    // The model goes on learning meanwhile, so that two lists may differ in order.
    let is_explained = (0..20).any(|_| {
        let now = list();
        let told = explain(now["items"][0]["item_id"].as_str().expect("an item"), 0);
        told.contains("listed: number 1") && told.contains("score ")
    });
    assert!(is_explained, "the first of a list is never told to be it");
    assert!(explain(&first, 0).contains("left out: the user has seen it"));
    explain("no-such-item", 3);
}

#[test]
fn exit_codes_tell_usage_refusal_and_absence_apart() {
    let node =
        TestNode::start_with(|config| config.server.api_key = Some(config::Secret::new("k")));
    let event = ["event", "click", "--user", "u", "--item", "i", "--url"];
    check(&freshet(&[&event[..], &[node.url()]].concat()), 4);
    let with_key = freshet_in(
        Path::new("."),
        &[&event[..], &[node.url()]].concat(),
        &[("FRESHET_API_KEY", "k")],
    );
    check(&with_key, 0);
    check(&freshet(&[&event[..], &["http://127.0.0.1:9"]].concat()), 5);
    check(&freshet(&["event", "click"]), 2);
    check(&freshet(&["recommend", "u", "--url", "https://shop.example"]), 2);
}

#[test]
fn a_configuration_is_started_checked_and_shown_with_its_origins() {
    let folder = tempfile::tempdir().expect("a folder");
    check(&freshet_in(folder.path(), &["config", "init"], &[]), 0);
    check(&freshet_in(folder.path(), &["config", "init"], &[]), 1);
    let told = check(&freshet_in(folder.path(), &["config", "check"], &[]), 0);
    assert!(
        told.starts_with("freshet.toml: ok\n  user: 496 bytes each (clicks_1m, clicks_5m,"),
        "{told}"
    );
    fs::write(folder.path().join("freshet.toml"), "[server]\nkeep_alive_s = 7\n").expect("written");
    let environment = [("FRESHET__DEDUP__RETENTION_DAYS", "9")];
    let shown = check(&freshet_in(folder.path(), &["config", "show", "--origin"], &environment), 0);
    assert!(shown.contains("keep_alive_s = 7  # freshet.toml:2"), "{shown}");
    assert!(
        shown.contains("retention_days = 9  # environment FRESHET__DEDUP__RETENTION_DAYS"),
        "{shown}"
    );
    fs::write(folder.path().join("freshet.toml"), "[server]\nkeep_alive = 7\n").expect("written");
    let output = freshet_in(folder.path(), &["config", "check"], &[]);
    check(&output, 1);
    assert!(
        warned(&output).contains("did you mean \"server.keep_alive_s\"?"),
        "{}",
        warned(&output)
    );
}

#[test]
fn the_demo_ends_by_itself_with_every_figure() {
    let told = check(&freshet(&["demo", "--duration", "6", "--users", "200"]), 0);
    for part in [
        "visitors are SIMULATED",
        "before: ",
        "after: personalized",
        "<click",
        "acknowledged after",
        "curl -X POST http://127.0.0.1:",
        "new items arrive",
        "burst on ",
        "tastes drift",
        "events/s",
        "recommend p99 ",
        "receipt to effect p99 ",
        "every list reflected it",
        "click-through learned ",
        "second by second",
        "as often as popular",
    ] {
        assert!(told.contains(part), "no \"{part}\" in\n{told}");
    }
}

#[test]
fn a_node_beyond_loopback_without_a_key_is_refused() {
    let output = freshet(&["serve", "--bind", "0.0.0.0:0"]);
    check(&output, 1);
    assert!(warned(&output).contains("--insecure"), "{}", warned(&output));
}

#[test]
fn a_scene_that_is_not_there_is_refused_in_words() {
    let output = freshet(&["demo", "--scene", "video"]);
    check(&output, 2);
    assert!(warned(&output).contains("\"video\" is not there yet; \"shop\" and \"live\" are"));
}

#[test]
fn a_token_is_made_from_the_configuration_and_a_node_believes_it() {
    let secret = "a secret of thirty-two bytes, or more";
    let here = Path::new(".");
    let keyed = [("FRESHET__AUTH__TOKEN_SECRET", secret)];
    let args = ["token", "--sub", "u1", "--rooms", "42,7", "--ttl", "2m"];
    let token = check(&freshet_in(here, &args, &keyed), 0);
    let mut config = config::Config::default();
    config.auth.token_secret = Some(config::Secret::new(secret));
    let tokens = freshet::tokens::Tokens::of(&config).expect("a key");
    let claims = tokens.check(token.trim(), freshet::clock::wall_now()).expect("believed");
    assert_eq!(claims.sub.as_str(), "u1");
    assert!(claims.may_enter("7") && !claims.may_enter("8"));

    let refused = freshet_in(here, &["token", "--sub", "u1"], &[]);
    check(&refused, 2);
    assert!(warned(&refused).contains("auth.token_secret_file"), "{}", warned(&refused));
    let short =
        freshet_in(here, &["token", "--sub", "u1"], &[("FRESHET__AUTH__TOKEN_SECRET", "short")]);
    check(&short, 1);
    assert!(warned(&short).contains("at least 32"), "{}", warned(&short));
}

/// Sends JSON to a node and insists on being taken.
fn tell(node: &TestNode, path: &str, body: &str) {
    let request = ureq::http::Request::builder()
        .method(if path.ends_with("/messages") { "POST" } else { "PUT" })
        .uri(format!("{}{path}", node.url()))
        .header("content-type", "application/json")
        .body(body.to_owned())
        .expect("a request");
    ureq::Agent::new_with_defaults().run(request).expect("taken");
}

fn follow(node: &TestNode, more: &[&str]) -> std::process::Child {
    let args = ["rooms", "tail", "42", "--url", node.url()];
    let mut command = Command::new(env!("CARGO_BIN_EXE_freshet"));
    command
        .args(args)
        .args(more)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command.spawn().expect("the binary runs")
}

#[test]
fn a_room_is_listed_and_followed_until_somebody_has_enough() {
    let node = TestNode::start();
    check(&freshet(&["rooms", "tail", "no-room", "--url", node.url()]), 3);
    tell(&node, "/v1/rooms/42", r#"{"title":"Sneakers","host":"mei"}"#);
    let listed = json(&freshet(&["rooms", "ls", "--url", node.url(), "-o", "json"]));
    assert_eq!(
        (&listed["rooms"][0]["room_id"], &listed["rooms"][0]["host"]),
        (&"42".into(), &"mei".into())
    );

    let mut tail = follow(&node, &["-o", "json", "--kinds", "notice", "--count", "3"]);
    for said in 0.. {
        assert!(said < 400, "it never had enough");
        if tail.try_wait().expect("a process").is_some() {
            break;
        }
        tell(&node, "/v1/rooms/42/messages", &format!(r#"{{"text":"{said}"}}"#));
        std::thread::sleep(Duration::from_millis(50));
    }
    let told = check(&tail.wait_with_output().expect("its output"), 0);
    let numbers: Vec<i64> = told
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"))
        .map(|said| said["text"].as_str().expect("a text").parse().expect("a number"))
        .collect();
    assert_eq!(numbers, [numbers[0], numbers[0] + 1, numbers[0] + 2], "{told}");
}

/// What `process` ends with; `None` where it does not within a time.
fn ended(process: &mut std::process::Child) -> Option<i32> {
    for _ in 0..400 {
        if let Some(status) = process.try_wait().expect("a process") {
            return status.code();
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    process.kill().expect("it can be killed");
    None
}

#[test]
fn following_a_room_ends_well_at_an_interrupt_and_when_nobody_reads() {
    let node = TestNode::start();
    tell(&node, "/v1/rooms/42", "{}");
    let mut interrupted = follow(&node, &[]);
    let mut out = std::io::BufReader::new(interrupted.stdout.take().expect("a pipe"));
    let mut line = String::new();
    std::io::BufRead::read_line(&mut out, &mut line).expect("a line");
    assert!(line.contains("following"), "{line}");
    let pid = interrupted.id().to_string();
    Command::new("kill").args(["-INT", &pid]).status().expect("kill runs");
    assert_eq!(ended(&mut interrupted), Some(0));

    let mut unread = follow(&node, &[]);
    drop(unread.stdout.take());
    for said in 0.. {
        assert!(said < 400, "it never ended");
        if let Some(status) = unread.try_wait().expect("a process") {
            assert_eq!(status.code(), Some(0));
            break;
        }
        tell(&node, "/v1/rooms/42/messages", r#"{"text":"is anybody there?"}"#);
        std::thread::sleep(Duration::from_millis(50));
    }
}
