//! Viewers of live rooms who are gone for a moment, or while the node is: one join, unless they left on purpose or too long.

use engine::{RecordBody, Sequence, UserId};
use freshet::http::sockets::ports::NodeIntake;
use freshet::live::{Intake, Leaving, Sign};
use serde_json::{Value, json};

use crate::client::{call, get, soon};
use crate::in_process::TestNode;
use crate::websocket::{EventSource, WebSocket};

/// Long enough for whatever a test does.
const PATIENT: &str = "grace_s = 60\nlateness_s = 60";

/// The shipped configuration with other `rooms`, and a feature that counts joins.
fn counting(rooms: &str) -> impl Fn(&mut config::Config) {
    let text = format!(
        "[rooms]\n{rooms}\n[features.joins]\nentity = \"user\"\nevents = [\"live_join\"]\n\
         window = \"ever\"\naggregate = \"count\"\n"
    );
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("freshet.toml");
    std::fs::write(&file, text).unwrap();
    let sources = config::Sources { file: Some(file), ..config::Sources::default() };
    let loaded = config::load(&sources).unwrap().config;
    move |config| {
        let data_dir = config.storage.data_dir.clone();
        *config = loaded.clone();
        config.storage.data_dir = data_dir;
    }
}

/// What the log holds of `user`: types of events, `lost` for a leave without a word.
fn logged(node: &TestNode, user: &str) -> Vec<String> {
    let node = node.inner();
    let records = (1..=node.durable_through().0)
        .filter_map(|sequence| node.running().unwrap().store.read(Sequence(sequence)).unwrap());
    let told = |body| match body {
        RecordBody::Event { event, .. } if event.user.as_str() == user => {
            let is_lost = event.properties.contains("lost");
            let name = node.type_names.canonical(event.event_type);
            Some(if is_lost { "lost" } else { name }.to_owned())
        }
        _ => None,
    };
    records.filter_map(|record| told(record.body)).collect()
}

/// Waits until the log holds this of `user`, and no join more counts for them.
#[track_caller]
fn expect(node: &TestNode, user: &str, expected: &[&str]) {
    soon(|| json!(logged(node, user)), |logged| expected.len() <= logged.as_array().unwrap().len());
    assert_eq!(logged(node, user), expected);
    let joins = expected.iter().filter(|kind| **kind == "live_join").count();
    let ask = json!({"features": ["joins"], "entities": {"user_id": [user]}});
    // It is in the log before it is applied.
    let told = || call(node, "POST", "/v1/features/online", &ask).expect(200);
    soon(told, |told| told["results"][0]["values"][0] == joins);
}

/// Whether the newest events of `user` hold one join.
fn came_once(node: &TestNode, user: &str) -> bool {
    let kept = get(node, &format!("/v1/users/{user}/events")).expect(200);
    let is_join = |event: &&Value| event["type"] == "live_join";
    kept["events"].as_array().unwrap().iter().filter(is_join).count() == 1
}

/// Waits until room 42 has counted so many stays, and viewers who are there.
#[track_caller]
fn expect_room(node: &TestNode, joins: u64, viewers: u64) {
    let is =
        |state: &Value| state["stats"]["joins"] == joins && state["stats"]["viewers"] == viewers;
    soon(|| get(node, "/v1/rooms/42/state").body, is);
}

fn enter(node: &TestNode, user: &str) -> WebSocket {
    let mut socket = WebSocket::connect(node.url(), &json!({"data": {"user_id": user}}));
    socket.subscribe(&json!({"channel": "room:42"}));
    socket
}

fn follow(node: &TestNode, user: &str) -> EventSource {
    let path = format!("/v1/rooms/42/stream?user_id={user}");
    let mut events = EventSource::open(node.url(), &path, None);
    events.of_kind("subscribed");
    events
}

fn leave(mut socket: WebSocket) -> WebSocket {
    socket.ask(json!({"unsubscribe": {"channel": "room:42"}}));
    socket
}

#[test]
fn whoever_was_cut_off_for_a_moment_has_joined_once() {
    let node = TestNode::start_with(counting(PATIENT));
    let cut_off = ["live_join", "lost"];
    let back = ["live_join", "lost", "live_heartbeat"];
    let socket = enter(&node, "a");
    let events = follow(&node, "b");
    expect(&node, "a", &cut_off[..1]);
    expect(&node, "b", &cut_off[..1]);
    drop((socket, events));
    expect(&node, "a", &cut_off);
    // Nobody writes to it: that its client is gone shows by the first line that cannot be sent.
    let comment = json!({"user_id": "h", "type": "live_comment", "room_id": "42", "properties": {"text": "!"}});
    let say = || {
        node.client().events(&comment);
        json!(logged(&node, "b"))
    };
    soon(say, |logged| *logged == json!(cut_off));
    let _there = (enter(&node, "a"), follow(&node, "b"));
    expect(&node, "a", &back);
    expect(&node, "b", &back);
    // The third is who said something.
    expect_room(&node, 3, 3);
    assert!(came_once(&node, "a") && came_once(&node, "b"));
}

#[test]
fn over_a_restart_all_who_were_there_have_joined_once() {
    let (config, users) = (counting(PATIENT), ["a", "b", "c"]);
    let mut node = TestNode::start_with(&config);
    let there: Vec<WebSocket> = users.iter().map(|user| enter(&node, user)).collect();
    let left = leave(enter(&node, "d"));
    for user in &users {
        expect(&node, user, &["live_join"]);
    }
    expect(&node, "d", &["live_join", "live_leave"]);
    node.restart_with(&config);
    drop((there, left));
    let there: Vec<WebSocket> = users.iter().map(|user| enter(&node, user)).collect();
    let _new = (enter(&node, "d"), enter(&node, "e"));
    for user in &users {
        expect(&node, user, &["live_join", "live_heartbeat"]);
    }
    expect(&node, "d", &["live_join", "live_leave", "live_join"]);
    expect(&node, "e", &["live_join"]);
    expect_room(&node, 5, 5);
    assert!(users.iter().all(|user| came_once(&node, user)));
    drop(there);
}

#[test]
fn whoever_left_on_purpose_or_is_back_too_late_joins_again() {
    let node = TestNode::start_with(counting("grace_s = 1"));
    let mut socket = leave(enter(&node, "a"));
    socket.subscribe(&json!({"channel": "room:42"}));
    expect(&node, "a", &["live_join", "live_leave", "live_join"]);
    drop(enter(&node, "b"));
    expect(&node, "b", &["live_join", "lost"]);
    soon(|| get(&node, "/v1/rooms/42/state").body, |state| state["stats"]["leaves"] == 1);
    let _there = enter(&node, "b");
    expect(&node, "b", &["live_join", "lost", "live_join"]);
}

#[test]
fn an_event_before_a_connection_is_no_join_and_one_that_is_counts_for_it() {
    let node = TestNode::start_with(counting(PATIENT));
    for (user, kind) in [("a", "live_like"), ("b", "live_join")] {
        node.client().events(&json!({"user_id": user, "type": kind, "room_id": "42"}));
    }
    expect_room(&node, 2, 2);
    let there = [enter(&node, "a"), enter(&node, "b")];
    expect(&node, "a", &["live_like", "live_join"]);
    expect(&node, "b", &["live_join", "live_heartbeat"]);
    drop(there);
}

#[test]
fn whoever_was_cut_off_and_then_left_by_an_event_joins_again() {
    let node = TestNode::start_with(counting(PATIENT));
    drop(enter(&node, "a"));
    expect(&node, "a", &["live_join", "lost"]);
    node.client().events(&json!({"user_id": "a", "type": "live_leave", "room_id": "42"}));
    let _there = enter(&node, "a");
    expect(&node, "a", &["live_join", "lost", "live_leave", "live_join"]);
}

/// Tells the node what is seen of viewers of room 42, each sign as soon as the one before is in the log.
fn tell(node: &TestNode, signs: impl IntoIterator<Item = Sign>) {
    let intake = NodeIntake::new(node.inner());
    actix_rt::System::new().block_on(async {
        for sign in signs {
            assert!(intake.signs(vec![sign]).await);
        }
    });
}

fn joined(user: &str) -> Sign {
    Sign::Joined { room: "42".into(), user: UserId::new(user) }
}

fn left(user: &str, how: Leaving) -> Sign {
    Sign::Left { room: "42".into(), user: UserId::new(user), how }
}

#[test]
fn signs_that_rooms_have_not_taken_in_yet_are_waited_for() {
    let node = TestNode::start_with(counting(PATIENT));
    let users: Vec<String> = (0..50).map(|user| format!("u{user}")).collect();
    tell(
        &node,
        users.iter().flat_map(|user| {
            let (lost, left) = (left(user, Leaving::Lost), left(user, Leaving::Said));
            [joined(user), lost, joined(user), left, joined(user)]
        }),
    );
    let all = ["live_join", "lost", "live_heartbeat", "live_leave", "live_join"];
    for user in &users {
        assert_eq!(logged(&node, user), all, "{user}");
    }
}

#[test]
fn whoever_is_not_known_one_by_one_or_comes_into_a_room_that_is_over_joins_anew() {
    let node = TestNode::start_with(counting(&format!("{PATIENT}\nviewers_exact = 1")));
    let coming = |user| [joined(user), left(user, Leaving::Lost), joined(user)];
    tell(&node, coming("a").into_iter().chain(coming("b")));
    expect(&node, "a", &["live_join", "lost", "live_heartbeat"]);
    expect(&node, "b", &["live_join", "lost", "live_join"]);
    call(&node, "DELETE", "/v1/rooms/42", &Value::Null).expect(200);
    tell(&node, [joined("a")]);
    expect(&node, "a", &["live_join", "lost", "live_heartbeat", "live_join"]);
}

#[test]
fn an_event_before_a_restart_is_no_join_either() {
    let config = counting(PATIENT);
    let mut node = TestNode::start_with(&config);
    node.client().events(&json!({"user_id": "a", "type": "live_like", "room_id": "42"}));
    expect_room(&node, 1, 1);
    node.restart_with(&config);
    let _there = enter(&node, "a");
    expect(&node, "a", &["live_like", "live_join"]);
}
