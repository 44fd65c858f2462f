//! What live rooms cost: nanoseconds an event, a statement of a room's numbers, bytes and time of a cut.
//!
//! `cargo run --release -p benches --bin rooms`
//!
//! Commits of 512 events of one room (an eighth are comments that are read with the embedded word lists), as the rooms actor
//! takes them; beside it, in the same run, the least that anybody could do: one counter for the room, the viewer and the act in a
//! hash table. Times are processor time of this process where Linux tells it.
//!
//! Before that a thousand rooms with full histories, in each of which ten more things are said between two cuts: what a cut takes
//! piece by piece, and what it would take with each channel written whole.
//!
//! Not here: delivery to browsers (see `fanout`), the log.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::Result;
use benches::process::{cpu_time, resident_bytes};
use config::Config;
use engine::record::Event;
use engine::rooms::{
    Act, Announcer, Comment, LiveRooms, LiveSaid, Publication, RoomFact, RoomShare,
};
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
    // First, so that what is resident is its own.
    histories(LiveRooms::new(rooms.rules.clone(), rooms.bounds));
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

/// Rooms with full histories, and what is said in each between two cuts.
const BUSY_ROOMS: usize = 1_000;
const HISTORY: usize = 1_000;
const BETWEEN_CUTS: usize = 10;
const CUTS: usize = 10;

fn histories(mut live: LiveRooms) {
    let before = resident_bytes();
    (0..HISTORY).for_each(|round| say(&mut live, round, comment));
    let resident = resident_bytes().saturating_sub(before);
    println!("{BUSY_ROOMS} rooms, {HISTORY} comments in each");
    println!("  {:>6.1} MB resident with the rooms", resident as f64 / 1e6);
    println!("  {:>6} bytes a publication, beside its texts", size_of::<Publication>());
    let first = bytes_of(live.cut().into_iter().filter_map(|entry| entry.value));
    println!("  {:>6.1} MB in the first cut", first as f64 / 1e6);
    let (mut whole, mut pieces) = (Taken::default(), Taken::default());
    for cut in 0..CUTS {
        let rounds = (0..BETWEEN_CUTS).map(|nth| HISTORY + cut * BETWEEN_CUTS + nth);
        rounds.for_each(|round| say(&mut live, round, notice));
        whole.add(|| live.iter().filter_map(|(_, it)| it.channel.checkpoint().ok()).collect());
        pieces.add(|| live.cut().into_iter().filter_map(|entry| entry.value).collect());
    }
    println!("a cut after {BETWEEN_CUTS} more in each, mean of {CUTS}");
    whole.tell("channels whole");
    pieces.tell("in pieces");
    let times = whole.took.as_secs_f64() / pieces.took.as_secs_f64();
    println!(
        "  {:.1} x fewer bytes, {times:.1} x less time",
        whole.bytes as f64 / pieces.bytes as f64
    );
}

/// What cuts took.
#[derive(Default)]
struct Taken {
    bytes: usize,
    took: Duration,
}

impl Taken {
    fn add(&mut self, cut: impl FnOnce() -> Vec<Vec<u8>>) {
        let begun = cpu_time();
        let values = cut();
        self.took += cpu_time().saturating_sub(begun);
        self.bytes += bytes_of(values.into_iter());
    }

    fn tell(&self, what: &str) {
        let megabytes = self.bytes as f64 / 1e6 / CUTS as f64;
        println!("  {megabytes:>6.2} MB, {:>6.2} ms {what}", each(self.took, CUTS) / 1e6);
    }
}

fn bytes_of(values: impl Iterator<Item = Vec<u8>>) -> usize {
    values.map(|value| value.len()).sum()
}

/// Says one thing in each room.
fn say(
    live: &mut LiveRooms,
    round: usize,
    what: fn(Sequence, usize, Timestamp) -> (RecordBody, Option<RoomFact>),
) {
    // Ten a second: as many as are relayed.
    let at = Timestamp::from_millis(START_MS + 100 * round as u64);
    let one = |room| {
        let sequence = Sequence((round * BUSY_ROOMS + room) as u64 + 1);
        let (body, fact) = what(sequence, room, at);
        (Record { sequence, body }, fact)
    };
    let (records, facts): (Vec<Record>, Vec<Option<RoomFact>>) = (0..BUSY_ROOMS).map(one).unzip();
    let facts: Vec<RoomFact> = facts.into_iter().flatten().collect();
    let share = RoomShare { records: &records, facts: &facts, matches: &[] };
    share.tell(live, &mut LiveSaid::default());
}

fn comment(sequence: Sequence, room: usize, at: Timestamp) -> (RecordBody, Option<RoomFact>) {
    let user = UserId::new(&format!("u{}", sequence.0 % 9_973));
    let event = Event::new(user.clone(), EventTypeId(0), at);
    let text = TEXTS[sequence.0 as usize % TEXTS.len()].into();
    let fact = RoomFact {
        sequence,
        room: room.to_string().into(),
        viewer: sequence.0 % 9_973,
        act: Act::Comment,
        at,
        item: None,
        value: None,
        comment: Some(Comment { user, name: None, text }),
    };
    (RecordBody::Event { shard: ShardId(0), event }, Some(fact))
}

/// Changes nothing but the channel, so that a cut after it is of channels alone.
fn notice(sequence: Sequence, room: usize, at: Timestamp) -> (RecordBody, Option<RoomFact>) {
    let data = TEXTS[sequence.0 as usize % TEXTS.len()].into();
    (RecordBody::RoomPublished { room: room.to_string().into(), data, at }, None)
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
