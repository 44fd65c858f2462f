//! A real evening through a real node: every row sent over HTTP at sixty times its speed, in the stream's own time.
//!
//! While it plays, the node is asked how its rooms stand, and each answer is held against the rows: acts are counted again, the
//! heat is computed again from its definition, at the instant that the answer is of. At the end the moments in the room's
//! channel are held against the rows as well, and the busiest room's heat is printed with its moments.
//!
//! The busiest three quarters of an hour are played, 45 seconds; `FRESHET_FULL_EVENING=1` plays all of it. Skipped, with a
//! printed reason, where the data are not there.

#![allow(clippy::expect_used, reason = "a test says what it expects by failing")]

mod evening;
mod in_process;

use std::collections::BTreeMap;
use std::time::Duration;

use config::ClockKind;
use engine::rooms::{Act, Content, Highlight, Phase, RoomConfig, Since};
use evening::{Row, bilibili, twitch};
use freshet::clock::Stopwatch;
use in_process::{Client, TestNode};
use serde_json::{Value, json};

/// How many times as fast as it was.
const SPEED: u64 = 60;
/// Wall milliseconds between two batches.
const BATCH_MS: u64 = 200;
/// Stream milliseconds between two looks at a room.
const LOOK_MS: u64 = 30_000;
const SPAN_MS: u64 = 45 * 60_000;
const HALF_LIVES_S: [(&str, f64); 3] = [("s10", 10.0), ("s30", 30.0), ("m5", 300.0)];

/// The rows that are played: all, or those around the busiest minute.
fn played(rows: Vec<Row>) -> Vec<Row> {
    if std::env::var_os("FRESHET_FULL_EVENING").is_some() {
        return rows;
    }
    let mut minutes: BTreeMap<u64, usize> = BTreeMap::new();
    for row in &rows {
        *minutes.entry(row.at / 60_000).or_default() += 1;
    }
    let busiest = minutes.iter().max_by_key(|(_, rows)| **rows).map_or(0, |(minute, _)| *minute);
    let from = (busiest * 60_000).saturating_sub(SPAN_MS * 2 / 3);
    rows.into_iter().filter(|row| (from..from + SPAN_MS).contains(&row.at)).collect()
}

fn event(row: &Row) -> Value {
    let kind = match row.act {
        Act::Join => "live_join",
        Act::Gift => "live_gift",
        _ => "live_comment",
    };
    let mut event = json!({
        "type": kind,
        "user_id": format!("viewer-{}", row.viewer),
        "room_id": row.room,
        "timestamp": row.at,
    });
    if let (Act::Gift, Some(value)) = (row.act, row.value) {
        event["value"] = json!(value);
    }
    if row.act == Act::Comment {
        event["properties"] = json!({ "text": row.text });
    }
    event
}

/// The points of each row, by the definition of heat; a join only where the viewer gave no sign for five minutes.
fn points(rows: &[&Row], config: &RoomConfig) -> Vec<(u64, f64)> {
    let mut seen: BTreeMap<u64, u64> = BTreeMap::new();
    let of_row = |row: &&Row| {
        let before = seen.insert(row.viewer, row.at);
        let is_back = before.is_some_and(|at| row.at < at + config.silent_ms);
        let kind = row.act.heat().expect("all rows heat");
        let value = f64::from(row.value.filter(|_| row.act == Act::Gift).unwrap_or(0.0).max(0.0));
        let points = f64::from(config.heat.points[kind as usize])
            + value * f64::from(config.heat.points_per_value);
        let points = points.min(f64::from(config.heat.most_per_event));
        (row.at, if row.act == Act::Join && is_back { 0.0 } else { points })
    };
    rows.iter().map(of_row).collect()
}

fn heat_by_hand(points: &[(u64, f64)], at: u64, half_life_s: f64) -> f64 {
    let left = |(then, points): &(u64, f64)| {
        points * (-((at - then) as f64) / 1_000.0 / half_life_s).exp2()
    };
    let past = points.iter().filter(|(then, _)| *then <= at);
    past.map(left).sum::<f64>() * std::f64::consts::LN_2 / half_life_s
}

/// A room as the file has it.
struct OfFile<'a> {
    rows: Vec<&'a Row>,
    points: Vec<(u64, f64)>,
}

impl<'a> OfFile<'a> {
    fn new(rows: Vec<&'a Row>, config: &RoomConfig) -> Self {
        let points = points(&rows, config);
        Self { rows, points }
    }

    /// Holds an answer about the room after its first `sent` rows against them; the heat that was told.
    fn check(&self, name: &str, sent: usize, stats: &Value) -> f64 {
        let at = time::OffsetDateTime::parse(
            stats["at"].as_str().expect("an instant"),
            &time::format_description::well_known::Rfc3339,
        );
        let at = (at.expect("RFC 3339").unix_timestamp_nanos() / 1_000_000) as u64;
        for (act, word) in [(Act::Join, "join"), (Act::Comment, "comment"), (Act::Gift, "gift")] {
            let count = self.rows[..sent].iter().filter(|row| row.act == act).count();
            assert_eq!(stats["acts"][word], json!(count), "{name}: {word} of {sent} rows");
        }
        for (word, half_life) in HALF_LIVES_S {
            let told = stats["heat"][word].as_f64().expect("a heat");
            let found = heat_by_hand(&self.points[..sent], at, half_life);
            assert!((told - found).abs() < 0.002 + 0.001 * found, "{name}: {told} is {found}");
        }
        stats["heat"]["s10"].as_f64().unwrap_or(0.0)
    }

    /// Holds a moment against the rows: its peak is the heat of its instant, and more goes on than before.
    fn check_moment(&self, moment: &Highlight) {
        let at = moment.peak_at.as_millis();
        let found = heat_by_hand(&self.points, at, HALF_LIVES_S[0].1);
        assert!((moment.peak / found - 1.0).abs() < 0.01, "{moment:?}: {found}");
        let crossed = moment.crossed_at.as_millis();
        let before = heat_by_hand(&self.points, crossed - 10_000, HALF_LIVES_S[2].1);
        assert!(before < moment.peak, "{moment:?}: no jump from {before}");
    }
}

/// Asks until the room's numbers are of all rows that were sent.
fn stats(client: &Client, room: &str, sent: usize) -> Value {
    let started = Stopwatch::start();
    loop {
        let answer = client.get(&format!("/v1/rooms/{room}/state"));
        let stats = &answer.body["stats"];
        let acts = stats["acts"].as_object();
        let sum: u64 = acts.map_or(0, |acts| acts.values().filter_map(Value::as_u64).sum());
        if sum == sent as u64 {
            return stats.clone();
        }
        assert!(started.elapsed() < Duration::from_secs(20), "{room}: {sum} of {sent}: {answer:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The moments in the room's channel.
fn moments(node: &TestNode, room: &str) -> Vec<Highlight> {
    let node = node.inner();
    let read = Box::new(|live: Option<&engine::rooms::LiveRoom>| {
        let channel = &live.expect("the room is there").channel;
        let since = Since { epoch: channel.epoch().as_str(), offset: 0 };
        let moment = |content: &Content| match content {
            Content::Moment(moment) => Some(moment.clone()),
            _ => None,
        };
        let found = channel.recover(since).publications;
        found.into_iter().filter_map(|publication| moment(&publication.content)).collect()
    });
    let rooms = &node.running().expect("it runs").rooms;
    let waiting = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    waiting.block_on(rooms.room(room, read)).expect("an answer")
}

fn bars(heats: &[f64]) -> String {
    let most = heats.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    let bar = |heat: &f64| ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'][(heat / most * 7.0) as usize];
    format!("{}  {most:.1} points a second at most", heats.iter().map(bar).collect::<String>())
}

/// What was seen on the way.
#[derive(Default)]
struct Seen {
    /// Heat of the busiest room, look by look.
    heats: Vec<f64>,
    took: Duration,
    slowest: Duration,
}

/// Sends `rows` at their pace and looks at the room `busiest` as it goes.
fn send(client: &Client, rows: &[Row], (busiest, of): (&str, &OfFile)) -> Seen {
    let (first, started) = (rows[0].at, Stopwatch::start());
    let (mut seen, mut sent, mut next_look, mut at) = (Seen::default(), 0, first + LOOK_MS, 0);
    while at < rows.len() {
        let until = first + started.elapsed().as_millis() as u64 * SPEED;
        let batch: Vec<&Row> = rows[at..].iter().take_while(|row| row.at <= until).collect();
        at += batch.len();
        sent += batch.iter().filter(|row| row.room == busiest).count();
        if !batch.is_empty() {
            let watch = Stopwatch::start();
            client.events(&json!(batch.into_iter().map(event).collect::<Vec<_>>()));
            seen.slowest = seen.slowest.max(watch.elapsed());
        }
        if next_look <= until && 0 < sent {
            next_look = until + LOOK_MS;
            seen.heats.push(of.check(busiest, sent, &stats(client, busiest, sent)));
        }
        std::thread::sleep(Duration::from_millis(BATCH_MS));
    }
    seen.took = started.elapsed();
    seen
}

/// Plays `rows` and checks as it goes.
fn play(what: &str, rows: Vec<Row>) {
    let (rows, config) = (played(rows), RoomConfig::default());
    let node = TestNode::start_with(|config| {
        config.clock = ClockKind::Event;
        config.rooms.heat.most_per_viewer = 1e9;
        config.rooms.comments_per_second = 0;
        // Some rooms of an evening say nothing for hours, and are looked at in the end.
        config.rooms.forget_after_s = 86_400;
    });
    let client = node.client();
    let of_file: BTreeMap<String, OfFile> = evening::by_room(&rows)
        .into_iter()
        .map(|(room, rows)| (room.to_owned(), OfFile::new(rows, &config)))
        .collect();
    let (busiest, of) = of_file.iter().max_by_key(|(_, of)| of.rows.len()).expect("a room");
    let seen = send(&client, &rows, (busiest, of));
    for (room, of) in &of_file {
        of.check(room, of.rows.len(), &stats(&client, room, of.rows.len()));
    }
    let told = moments(&node, busiest);
    let noticed: Vec<&Highlight> =
        told.iter().filter(|moment| moment.phase == Phase::Noticed).collect();
    for moment in &noticed {
        of.check_moment(moment);
    }
    print(what, &rows, (busiest, of_file.len()), (&seen, &noticed));
}

fn print(
    what: &str,
    rows: &[Row],
    (busiest, rooms): (&str, usize),
    (seen, noticed): (&Seen, &[&Highlight]),
) {
    let (first, last) = (rows[0].at, rows[rows.len() - 1].at);
    let (stream_s, took_s) = ((last - first) / 1_000, seen.took.as_secs_f64());
    println!(
        "{what}: {} rows of {rooms} rooms, {} min of stream in {took_s:.0} s ({:.0} times); {} looks at room {busiest} and \
         one at each room at the end agree with the file; slowest batch {} ms",
        rows.len(),
        stream_s / 60,
        stream_s as f64 / took_s,
        seen.heats.len(),
        seen.slowest.as_millis(),
    );
    println!("{}", bars(&seen.heats));
    for moment in noticed {
        println!(
            "  moment at {:>4} s: {:.2} points a second after {:.2}, told {} ms later",
            moment.crossed_at.as_millis().saturating_sub(first) / 1_000,
            moment.peak,
            moment.past,
            moment.told_at.millis_since(moment.crossed_at),
        );
    }
}

#[test]
fn a_bilibili_evening_through_a_node() {
    let Some(rows) = bilibili() else { return };
    play("bilibili", rows);
}

/// The busiest hours of two months; a channel's broadcasts follow each other in one room.
#[test]
fn the_busiest_of_twitch_through_a_node() {
    let Some(mut rows) = twitch() else { return };
    for row in &mut rows {
        row.room.truncate(row.room.find(' ').expect("channel and broadcast"));
    }
    rows.sort_by_key(|row| row.at);
    let busiest = rows.len() / 2;
    let from = rows[busiest].at;
    // Two months at sixty times their speed would be a day: six hours at most.
    rows.retain(|row| (from..from + 6 * 3_600_000).contains(&row.at));
    play("twitch", rows);
}
