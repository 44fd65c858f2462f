//! Declared features over real streams, against a count of the raw file that knows nothing of tiles.
//!
//! Twitch chat and a Bilibili evening give features of live rooms, a web shop's sessions give features of visits. The
//! files may not be redistributed all of them, so each test is skipped, and says so, where its file is not there.

#![allow(clippy::expect_used, reason = "a test says what it expects by failing")]

mod in_process;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufReader, Read};

use engine::features::declare::{Aggregate, Declaration, Entity, Source, Window};
use engine::features::filter::Filter;
use engine::features::mask::TypeMask;
use engine::features::occurrence::{Occurrence, room_key};
use engine::features::plan::FeaturePlan;
use engine::features::read::Value;
use engine::features::section::Section;
use engine::features::shared::{Partials, SharedFeatures};
use engine::{EventTypeId, EventTypeSpec, EventTypes, ItemIndex, Role, Timestamp};
use flate2::read::GzDecoder;
use in_process::data_file;

const COMMIT: usize = 512;
const SHARDS: u64 = 16;
const GAP_MS: u64 = 1_800_000;
const MINUTE_MS: u64 = 60_000;

/// One row of a file.
struct Row {
    at: u64,
    kind: u8,
    room: String,
    user: u64,
    item: Option<u32>,
    coins: Option<f32>,
    properties: String,
}

impl Row {
    fn occurrence(&self) -> Occurrence<'_> {
        let at = Timestamp::from_millis(self.at);
        Occurrence {
            item: self.item.map(ItemIndex),
            value: self.coins,
            room: Some(&self.room).filter(|room| !room.is_empty()).map(String::as_str),
            properties: &self.properties,
            ..Occurrence::new(EventTypeId(self.kind), at, self.user)
        }
    }
}

/// The lines of a file of the data folder behind their header, in columns.
fn rows(name: &str) -> Option<Vec<Vec<String>>> {
    let file = File::open(data_file(name)?).expect("a readable file");
    let mut text = Vec::new();
    GzDecoder::new(BufReader::new(file)).read_to_end(&mut text).expect("a sound file");
    let text = String::from_utf8_lossy(&text);
    let lines = text.lines().skip(1).map(|line| line.split('\t').map(str::to_owned).collect());
    Some(lines.collect())
}

/// Milliseconds of a number of seconds.
fn millis(seconds: &str) -> u64 {
    (seconds.parse::<f64>().expect("a time") * 1_000.0).round() as u64
}

fn types() -> EventTypes {
    let spec = |name: &str| EventTypeSpec {
        name: name.to_owned(),
        aliases: Vec::new(),
        role: Role::Positive,
        weight: 1.0,
        half_life_ms: 1,
    };
    EventTypes::new(["comment", "gift", "click"].map(spec).to_vec()).expect("three types")
}

fn declared(name: &str, kind: u8, window: &str, aggregate: Aggregate) -> Declaration {
    Declaration {
        name: name.to_owned(),
        entity: Entity::Room,
        events: TypeMask::of_ids([EventTypeId(kind)]),
        filter: None,
        window: Window::parse(window).expect("a window"),
        aggregate,
        of: None,
        ttl_ms: None,
        max_instances: Some(100),
        rank: None,
    }
}

fn plan(all: Vec<Declaration>) -> FeaturePlan {
    FeaturePlan::new(all, &types(), GAP_MS).expect("sound declarations")
}

/// Applies the rows in commits over shards and, now and then, lets `look` see the state and the rows so far.
fn played(plan: &FeaturePlan, rows: &[Row], mut look: impl FnMut(&SharedFeatures, &[Row])) {
    let mut shared = SharedFeatures::new(plan);
    let mut done = 0;
    for (number, commit) in rows.chunks(COMMIT).enumerate() {
        for shard in 0..SHARDS {
            let mut partials = Partials::default();
            for row in commit.iter().filter(|row| row.user % SHARDS == shard) {
                partials.add(plan, &row.occurrence());
            }
            partials.add_up(plan);
            let _ = shared.merge(plan, &partials);
        }
        done += commit.len();
        if number % 2 == 1 || done == rows.len() {
            look(&shared, &rows[..done]);
        }
    }
}

/// What a room's feature says at `at`.
fn said(
    plan: &FeaturePlan,
    shared: &SharedFeatures,
    name: &str,
    room: &str,
    at: u64,
) -> Option<Value> {
    let (feature, _) = plan.find(name).expect("declared");
    let blocks = |tag| shared.block(plan, tag, room_key(room));
    plan.read(feature, blocks, Timestamp::from_millis(at)).value
}

/// Rows of a room in the window of this length that ends with the slide under way at `at`.
fn within<'a>(
    rows: &'a [Row],
    room: &'a str,
    (span, slide): (u64, u64),
    at: u64,
) -> impl Iterator<Item = &'a Row> {
    let until = (at / slide + 1) * slide;
    // Rows are sorted, so that the window is near the end.
    let newest = rows.iter().rev().take_while(move |row| until - span <= row.at);
    newest.filter(move |row| row.room == room && row.at < until)
}

fn number_of(names: &mut BTreeMap<String, u64>, name: &str) -> u64 {
    let next = names.len() as u64;
    *names.entry(name.to_owned()).or_insert(next)
}

#[test]
fn chat_rooms_of_a_month_of_twitch_are_counted_right() {
    let Some(file) = rows("twitch-chat/chat_2021-03.tsv.gz") else { return };
    let mut users = BTreeMap::new();
    let all: Vec<Row> = file
        .iter()
        .map(|row| Row {
            at: millis(&row[0]),
            kind: 0,
            room: row[1].clone(),
            user: number_of(&mut users, &row[3]),
            item: None,
            coins: None,
            properties: format!("{{\"role\":\"{}\",\"length\":{}}}", row[4], row[5].len()),
        })
        .collect();
    let chatters = Aggregate::Distinct { most: 1_000 };
    let long = Some(Filter::parse("length >= 80 and role in [\"@\", \"%\"]").expect("sound"));
    let plan = plan(vec![
        declared("m5", 0, "5m/30s", Aggregate::Count),
        declared("h1", 0, "1h/5m", Aggregate::Count),
        declared("day", 0, "tumbling 1d -05:00", Aggregate::Count),
        Declaration { filter: long, ..declared("long", 0, "1h/5m", Aggregate::Count) },
        Declaration { of: Some(Source::User), ..declared("chatters", 0, "1h/5m", chatters) },
        declared("heat", 0, "half-life 30s", Aggregate::Count),
    ]);
    let (mut checks, mut squares, mut busiest) = (0, 0.0, 0);
    played(&plan, &all, |shared, so_far| {
        let at = so_far[so_far.len() - 1].at + 7_000;
        let rooms: BTreeSet<&str> =
            so_far.iter().rev().take(2_000).map(|row| row.room.as_str()).collect();
        for room in rooms {
            let count = |rows: usize| Some(Value::Count(rows as u64));
            let says = |name: &str| said(&plan, shared, name, room, at);
            let hour = || within(so_far, room, (60 * MINUTE_MS, 5 * MINUTE_MS), at);
            assert_eq!(
                says("m5"),
                count(within(so_far, room, (5 * MINUTE_MS, 30_000), at).count())
            );
            assert_eq!(says("h1"), count(hour().count()));
            let local = |ms: u64| (ms - 5 * 60 * MINUTE_MS) / (24 * 60 * MINUTE_MS);
            let today = so_far.iter().rev().take_while(|row| local(row.at) == local(at));
            assert_eq!(says("day"), count(today.filter(|row| row.room == room).count()));
            let long = hour().filter(|row| {
                let is_meant = ["\"@\"", "\"%\""].iter().any(|role| row.properties.contains(role));
                let length = row.properties.rsplit(':').next().expect("a length");
                is_meant && 80 <= length.trim_end_matches('}').parse::<u32>().expect("a number")
            });
            let found = says("long").unwrap_or(Value::Count(0));
            assert_eq!(Some(found), count(long.count()));
            let exact = hour().map(|row| row.user).collect::<BTreeSet<_>>().len();
            let Some(Value::Count(about)) = says("chatters") else { panic!("nobody in {room}") };
            if 20 <= exact {
                squares += (about as f64 / exact as f64 - 1.0).powi(2);
                checks += 1;
            }
            busiest = busiest.max(exact);
            let Some(Value::Number(heat)) = says("heat") else { panic!("no heat in {room}") };
            let newest = so_far.iter().rev().take_while(|row| at < row.at + 900_000);
            let faded = newest.filter(|row| row.room == room);
            let exact: f64 = faded.map(|row| (-((at - row.at) as f64) / 30_000.0).exp2()).sum();
            assert!((heat - exact).abs() < 0.01 + exact * 1e-3, "{room}: {heat} {exact}");
        }
    });
    let error = (squares / f64::from(checks)).sqrt();
    println!(
        "{} rows, {checks} rooms looked at, up to {busiest} chatters, told to {error:.3}",
        all.len()
    );
    assert!(50 < checks && error < 0.15, "{checks} {error}");
}

#[test]
fn gifts_of_an_evening_of_bilibili_are_summed_right() {
    let Some(file) = rows("bilibili-live/events.tsv.gz") else { return };
    let mut users = BTreeMap::new();
    let gifts = file.iter().filter(|row| row[2] == "gift");
    let mut all: Vec<Row> = gifts
        .map(|row| Row {
            at: millis(&row[0]),
            kind: 1,
            room: row[1].clone(),
            user: number_of(&mut users, &row[3]),
            item: None,
            coins: row[6].parse().ok(),
            properties: String::new(),
        })
        .collect();
    all.sort_by_key(|row| row.at);
    let of = |one: Declaration| Declaration { of: Some(Source::Value), ..one };
    let plan = plan(vec![
        of(declared("sum", 1, "30m/1m", Aggregate::Sum)),
        of(declared("mean", 1, "30m/1m", Aggregate::Mean)),
        of(declared("max", 1, "30m/1m", Aggregate::Max)),
        of(declared("last", 1, "last 5", Aggregate::Sequence)),
        of(declared("ever", 1, "ever", Aggregate::Sum)),
    ]);
    let mut checks = 0;
    played(&plan, &all, |shared, so_far| {
        let at = so_far[so_far.len() - 1].at;
        let rooms: BTreeSet<&str> = so_far.iter().map(|row| row.room.as_str()).collect();
        for room in rooms {
            let says = |name: &str| said(&plan, shared, name, room, at);
            let coins = |row: &Row| row.coins.map(f64::from);
            let half_hour: Vec<f64> =
                within(so_far, room, (30 * MINUTE_MS, MINUTE_MS), at).filter_map(coins).collect();
            let sum: f64 = half_hour.iter().sum();
            let number = |number: f64| Some(Value::Number(number));
            let mine = || so_far.iter().filter(|row| row.room == room);
            assert_eq!(says("sum"), number(sum));
            assert_eq!(says("ever"), number(mine().filter_map(coins).sum()));
            let some = (!half_hour.is_empty()).then_some(());
            assert_eq!(says("mean"), some.and(number(sum / half_hour.len() as f64)));
            assert_eq!(
                says("max"),
                some.and(number(half_hour.iter().copied().fold(0.0, f64::max)))
            );
            let mut newest: Vec<(u64, f64)> =
                mine().map(|row| (row.at, coins(row).expect("coins"))).collect();
            newest.sort_by(|a, b| b.0.cmp(&a.0).then(b.1.total_cmp(&a.1)));
            let newest = newest.into_iter().take(5).map(|(_, coins)| coins).collect();
            assert_eq!(says("last"), Some(Value::Numbers(newest)));
            checks += 1;
        }
    });
    println!("{} gifts, {checks} rooms looked at", all.len());
}

#[test]
fn visits_to_a_web_shop_are_counted_right() {
    let Some(file) = rows("serenade-clicks/train.txt.gz") else { return };
    let mut sessions: BTreeMap<u64, Vec<(u64, u32)>> = BTreeMap::new();
    for row in &file {
        let session = row[0].parse().expect("a session");
        let item = row[1].parse().expect("an item");
        sessions.entry(session).or_default().push((millis(&row[2]), item));
    }
    let visit = |name: &str, aggregate, of: Option<Source>| Declaration {
        entity: Entity::User,
        max_instances: None,
        of,
        ..declared(name, 2, "visit", aggregate)
    };
    let plan = plan(vec![
        visit("clicks", Aggregate::Count, None),
        visit("items", Aggregate::Distinct { most: 200 }, Some(Source::Item)),
        visit("last", Aggregate::LastValue, Some(Source::Item)),
        Declaration {
            window: Window::parse("last 3").expect("sound"),
            ..visit("three", Aggregate::Sequence, Some(Source::Item))
        },
    ]);
    let (mut visits, mut squares) = (0u32, 0.0);
    for (session, mut clicks) in sessions {
        let mut section = Section::default();
        for (at, item) in &clicks {
            let row = Row {
                at: *at,
                kind: 2,
                room: String::new(),
                user: session,
                item: Some(*item),
                coins: None,
                properties: String::new(),
            };
            let _ = section.apply(&plan, &row.occurrence());
        }
        // Of equal times the greater item is the newer one.
        clicks.sort_unstable();
        let begins = |pair: &[(u64, u32)]| GAP_MS < pair[1].0 - pair[0].0;
        let start = clicks.windows(2).rposition(begins).map_or(0, |before| before + 1);
        let visit = &clicks[start..];
        let newest = clicks[clicks.len() - 1];
        let says = |name: &str, at: u64| {
            let (feature, _) = plan.find(name).expect("declared");
            let blocks = |tag| section.block(tag, 0);
            plan.read(feature, blocks, Timestamp::from_millis(at)).value
        };
        assert_eq!(says("clicks", newest.0), Some(Value::Count(visit.len() as u64)), "{session}");
        assert_eq!(says("clicks", newest.0 + GAP_MS + 1), Some(Value::Count(0)), "{session}");
        assert_eq!(says("last", newest.0), Some(Value::Thing(newest.1.into())), "{session}");
        assert_eq!(says("last", newest.0 + GAP_MS + 1), None, "{session}");
        let three = clicks.iter().rev().take(3).map(|(_, item)| u64::from(*item)).collect();
        assert_eq!(says("three", newest.0), Some(Value::Things(three)), "{session}");
        let exact = visit.iter().map(|(_, item)| item).collect::<BTreeSet<_>>().len();
        let Some(Value::Count(about)) = says("items", newest.0) else { panic!("{session}") };
        squares += (about as f64 / exact as f64 - 1.0).powi(2);
        visits += 1;
    }
    let error = (squares / f64::from(visits)).sqrt();
    println!("{visits} visits; different items told to {error:.3}");
    assert!(20_000 < visits && error < 0.15, "{visits} {error}");
}
