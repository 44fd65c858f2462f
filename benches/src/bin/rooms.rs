//! What live rooms cost: nanoseconds an event, a statement of a room's numbers, bytes and time of a cut.
//!
//! `cargo run --release -p benches --bin rooms`
//!
//! Commits of 512 events of one room (an eighth are comments that are read with the embedded word lists), as the rooms actor
//! takes them; beside it, in the same run, the least that anybody could do: one counter for the room, the viewer and the act in a
//! hash table. Times are processor time of this process where Linux tells it.
//!
//! Not here: delivery to browsers (see `fanout`), the log.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::Result;
use benches::process::cpu_time;
use config::Config;
use engine::record::Event;
use engine::rooms::{Act, Announcer, LiveRooms, LiveSaid, RoomFact, RoomShare};
use engine::{EventTypeId, EventTypes, Record, RecordBody, Sequence, ShardId, Timestamp, UserId};
use freshet::clock::Stopwatch;

const START_MS: u64 = 1_767_600_000_000;
const EVENTS: usize = 400_000;
const COMMIT: usize = 512;
const MIX: [&str; 8] = [
    "live_heartbeat",
    "live_like",
    "live_join",
    "live_comment",
    "live_like",
    "live_heartbeat",
    "live_product_click",
    "live_gift",
];
const TEXTS: [&str; 4] =
    ["how much is it?", "太棒了 爱了爱了", "the blue one please", "哪里买 链接"];

fn main() -> Result<()> {
    let config = Config::default();
    let types = config.event_types()?;
    let rooms = freshet::settings::rooms(&config)?;
    for viewers in [100, 10_000, 45_000] {
        let commits = evening(&types, viewers);
        let mut live = LiveRooms::new(rooms.rules.clone(), rooms.bounds);
        let mut said = LiveSaid::default();
        let begun = cpu_time();
        for (records, facts) in &commits {
            RoomShare { records, facts, matches: &[] }.tell(&mut live, &mut said);
            said = LiveSaid::default();
        }
        let rooms_took = cpu_time().saturating_sub(begun);
        let counters_took = counters(&commits);
        println!("{viewers} viewers");
        println!("  {:>6.0} ns an event", each(rooms_took, EVENTS));
        println!("  {:>6.0} ns an event in plain counters", each(counters_took, EVENTS));
        println!("  {:.1} x their time", rooms_took.as_secs_f64() / counters_took.as_secs_f64());
        tell(&mut live);
    }
    Ok(())
}

fn tell(live: &mut LiveRooms) {
    const ASKS: usize = 100_000;
    let Some((_, room)) = live.iter().next() else { return };
    let (mut announcer, clock) = (Announcer::default(), room.room.clock());
    let begun = cpu_time();
    for ask in 0..ASKS {
        let at = clock.plus_millis(1_000 * ask as u64);
        std::hint::black_box(announcer.ask(&room.room, live.rules(), at));
    }
    println!(
        "  {:>6.0} ns a statement of its numbers",
        each(cpu_time().saturating_sub(begun), ASKS)
    );
    let watch = Stopwatch::start();
    let entries = live.cut();
    let took = watch.elapsed();
    let bytes: usize = entries.iter().filter_map(|entry| Some(entry.value.as_ref()?.len())).sum();
    println!("  {:.2} MB in a cut, {:.2} ms", bytes as f64 / 1e6, took.as_secs_f64() * 1e3);
}

fn each(took: Duration, times: usize) -> f64 {
    took.as_secs_f64() * 1e9 / times as f64
}

type Commit = (Vec<Record>, Vec<RoomFact>);

fn evening(types: &EventTypes, viewers: usize) -> Vec<Commit> {
    let acts = Act::table(types);
    let number = |name: &str| {
        let found = types.iter().find(|(_, spec)| spec.name == name);
        found.map_or(EventTypeId(0), |(id, _)| id)
    };
    let mix = MIX.map(number);
    let one = |n: usize| {
        let viewer = n.wrapping_mul(7_919) % viewers;
        let kind = n % MIX.len();
        // A thousand events a second.
        let at = Timestamp::from_millis(START_MS + n as u64);
        let mut event = Event::new(UserId::new(&format!("u{viewer}")), mix[kind], at);
        event.room_id = Some("42".into());
        if MIX[kind] == "live_comment" {
            event.properties = format!("{{\"text\":\"{}\"}}", TEXTS[n / 8 % TEXTS.len()]).into();
        }
        let sequence = Sequence(n as u64 + 1);
        let fact = RoomFact::of((sequence, viewer as u64), &event, &acts);
        (Record { sequence, body: RecordBody::Event { shard: ShardId(0), event } }, fact)
    };
    let all: Vec<(Record, Option<RoomFact>)> = (0..EVENTS).map(one).collect();
    let commit = |chunk: &[(Record, Option<RoomFact>)]| {
        let facts = chunk.iter().filter_map(|(_, fact)| fact.clone()).collect();
        (chunk.iter().map(|(record, _)| record.clone()).collect(), facts)
    };
    all.chunks(COMMIT).map(commit).collect()
}

fn counters(commits: &[Commit]) -> Duration {
    let mut counts: HashMap<(Box<str>, u64, u8), u64> = HashMap::new();
    let begun = cpu_time();
    for fact in commits.iter().flat_map(|(_, facts)| facts) {
        *counts.entry((fact.room.clone(), fact.viewer, fact.act as u8)).or_default() += 1;
    }
    std::hint::black_box(&counts);
    cpu_time().saturating_sub(begun)
}
