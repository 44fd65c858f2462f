//! What it costs to join what was shown with what became of it: microseconds an event, bytes an impression.
//!
//! `cargo run --release -p benches --bin join`
//!
//! One shard, one core, lists of ten items with as many fields as a node writes. An impression that names its list is
//! held against one that names none, which is all that the join adds to it; so is a click.
//!
//! Times are processor time of this process where Linux tells it, so that a busy machine does not count.
//!
//! Not here: the way to the learner, learning.

use std::sync::Arc;

use benches::apply::apply_config;
use benches::process::cpu_time;
use engine::record::{ItemKind, Served, ServedItem};
use engine::{
    Applied, ApplyConfig, Event, EventTypeId, EventTypeSpec, EventTypes, ItemIndex,
    RecommendationId, Record, RecordBody, Role, Sequence, ShardId, ShardState, Timestamp, UserId,
};

const SHARD: ShardId = ShardId(0);
const START_MS: u64 = 1_767_600_000_000;
const USERS: u64 = 2_000;
/// Lists of each user that are kept.
const LISTS: u64 = 10;
const PLACES: u64 = 10;
const SHOWN: EventTypeId = EventTypeId(0);
const CLICK: EventTypeId = EventTypeId(1);

fn main() {
    for named in [false, true] {
        let mut bench = Bench::new();
        bench.serve();
        let before = bench.shard.resident_bytes();
        let what = if named { "that names its list" } else { "that names none" };
        let shown = bench.run(SHOWN, named, |_| true);
        println!("an impression {what}: {shown:.2} µs");
        let grown = bench.shard.resident_bytes().saturating_sub(before);
        let waiting = (USERS * LISTS * PLACES) as f64;
        if named {
            println!(
                "  bytes of memory for each that waits, users' own included: {:.1}",
                grown as f64 / waiting
            );
        }
        let bytes: usize = bench
            .shard
            .cut()
            .entries
            .iter()
            .filter(|it| it.key[0] == b'j')
            .map(|it| it.value.as_ref().map_or(0, Vec::len))
            .sum();
        if named {
            println!("  bytes of a checkpoint for each that waits: {:.1}", bytes as f64 / waiting);
        }
        let clicked = bench.run(CLICK, named, |place| place == 3);
        println!("a click {what}, of a user with {LISTS} lists: {clicked:.2} µs");
        let (fired, each) = bench.tick();
        if 0 < fired {
            println!("an impression that a tick settles: {each:.2} µs ({fired} of them)");
        }
    }
}

struct Bench {
    shard: ShardState,
    sequence: u64,
}

impl Bench {
    fn new() -> Self {
        Self { shard: ShardState::new(SHARD, config()), sequence: 0 }
    }

    fn serve(&mut self) {
        for number in 0..LISTS {
            for user in 0..USERS {
                let id = RecommendationId { shard: SHARD, number: number * USERS + user };
                let at = Timestamp::from_millis(START_MS + number * 1_000);
                let list = Served::new(id, name(user), "home", at);
                let items =
                    (0..PLACES).map(|place| ServedItem::bare(item(number, user, place), 0.5));
                let fields = (0..10).map(|field| (field, 7)).collect();
                let served = Served { items: items.collect(), fields, ..list };
                self.apply(RecordBody::Served { shard: SHARD, served });
            }
        }
    }

    /// Every user's events of a type on some places of all their lists; microseconds each.
    fn run(&mut self, event_type: EventTypeId, named: bool, wanted: impl Fn(u64) -> bool) -> f64 {
        let mut bodies = Vec::new();
        for number in 0..LISTS {
            for user in 0..USERS {
                for place in (0..PLACES).filter(|place| wanted(*place)) {
                    let number_of_list = number * USERS + user;
                    let id = RecommendationId { shard: SHARD, number: number_of_list };
                    let at = Timestamp::from_millis(START_MS + number * 1_000 + 500);
                    let mut event = event(event_type, user, item(number, user, place), at);
                    event.recommendation = named.then_some(id);
                    bodies.push(RecordBody::Event { shard: SHARD, event });
                }
            }
        }
        let count = bodies.len() as f64;
        let begun = cpu_time();
        for body in bodies {
            self.apply(body);
        }
        cpu_time().saturating_sub(begun).as_secs_f64() * 1e6 / count
    }

    /// Settles what waits; how many, and microseconds each.
    fn tick(&mut self) -> (usize, f64) {
        let time = Timestamp::from_millis(START_MS + 300_000);
        let begun = cpu_time();
        let mut fired = 0;
        loop {
            let clicks = self.apply(RecordBody::Tick { time });
            fired += clicks;
            if clicks == 0 {
                break;
            }
        }
        let spent = cpu_time().saturating_sub(begun).as_secs_f64();
        (fired, spent * 1e6 / fired.max(1) as f64)
    }

    fn apply(&mut self, body: RecordBody) -> usize {
        self.sequence += 1;
        let mut applied = Applied::default();
        self.shard.apply(&Record { sequence: Sequence(self.sequence), body }, &mut applied);
        applied.clicks.len()
    }
}

fn item(number: u64, user: u64, place: u64) -> ItemIndex {
    ItemIndex(((number * 31 + user * 7 + place * 101) % 5_000) as u32)
}

fn event(event_type: EventTypeId, user: u64, item: ItemIndex, at: Timestamp) -> Event {
    Event { item: Some(item), kind: ItemKind::Product, ..Event::new(name(user), event_type, at) }
}

fn name(user: u64) -> UserId {
    UserId::new(&format!("user-{user:011}"))
}

fn config() -> Arc<ApplyConfig> {
    let spec = |name: &str, role| EventTypeSpec {
        name: name.into(),
        aliases: Vec::new(),
        role,
        weight: 1.0,
        half_life_ms: 72 * 3_600_000,
    };
    let specs = vec![spec("view_item_list", Role::Impression), spec("select_item", Role::Positive)];
    let types = EventTypes::new(specs).unwrap_or_default();
    Arc::new(ApplyConfig {
        served_budget_bytes: 1 << 30,
        served_retention_ms: 3_600_000,
        ..apply_config(types)
    })
}
