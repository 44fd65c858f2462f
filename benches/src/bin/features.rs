//! What declared features cost: updates a second of one core, bytes an instance, nanoseconds a read.
//!
//! `cargo run --release -p benches --bin features`
//!
//! The embedded features and patterns over a made-up shop with live rooms: users behind a hash table, commits of 512
//! events over 16 shards, then one merge for what is shared. Beside it, in the same run, the least that anybody could
//! do: one counter in a hash table for each update, of the same keys. One update is one declared feature instance that is
//! changed by one event.
//!
//! Times are processor time of this process where Linux tells it, so that a busy machine does not count.
//!
//! Not here: the log, actors, HTTP.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::time::Duration;

use anyhow::{Result, anyhow};
use benches::process::cpu_time;
use config::Config;
use engine::features::declare::Entity;
use engine::features::occurrence::Occurrence;
use engine::features::plan::FeaturePlan;
use engine::features::section::{Section, Tally};
use engine::features::shared::{Partials, SharedFeatures};
use engine::patterns::{Automata, PatternPlan};
use engine::{CategoryId, EventTypeId, ItemIndex, Timestamp};

const START_MS: u64 = 1_767_600_000_000;
const EVENTS: usize = 1_000_000;
const COMMIT: usize = 512;
const SHARDS: u64 = 16;
const USERS: u64 = 50_000;
const ITEMS: u64 = 30_000;
/// How often each type comes, of 100.
const MIX: [(&str, u64); 7] = [
    ("view_item_list", 60),
    ("select_item", 20),
    ("view_item", 8),
    ("search", 4),
    ("live_comment", 4),
    ("live_heartbeat", 3),
    ("purchase", 1),
];

fn main() -> Result<()> {
    let config = Config::default();
    let types = config.event_types()?;
    let plan = config.feature_plan(&types).map_err(|faults| anyhow!("{faults:?}"))?;
    let patterns = config.pattern_plan().map_err(|faults| anyhow!("{faults:?}"))?;
    let places = MIX.map(|(name, share)| {
        let found = types.iter().find(|(_, spec)| spec.name == name);
        (found.map_or(EventTypeId(0), |(id, _)| id), share)
    });
    for entity in Entity::ALL {
        let bytes = plan.instance_bytes(entity);
        if 0 < bytes {
            println!("{}: {bytes} bytes an instance of all its features", entity.name());
        }
    }
    let uniform = Run::new(&plan, &patterns).all(&stream(&places, 0));
    uniform.print("items alike");
    let skewed = Run::new(&plan, &patterns).all(&stream(&places, 80));
    skewed.print("80 % of the events on one item");
    println!("skewed against alike: {:.2} x the updates a second", skewed.rate() / uniform.rate());
    counters(&plan, &stream(&places, 0), &uniform);
    Ok(())
}

/// One event, made ready before the clock runs.
struct Made {
    event_type: EventTypeId,
    at: Timestamp,
    user: u64,
    item: ItemIndex,
    categories: [CategoryId; 2],
    room: &'static str,
    properties: &'static str,
}

impl Made {
    fn occurrence(&self) -> Occurrence<'_> {
        Occurrence {
            item: Some(self.item),
            categories: &self.categories,
            price: Some(self.item.0 as f32 / 7.0),
            room: Some(self.room),
            properties: self.properties,
            ..Occurrence::new(self.event_type, self.at, self.user)
        }
    }
}

fn stream(mix: &[(EventTypeId, u64)], hot_share: u64) -> Vec<Made> {
    let mut random = Random(7);
    let rooms = ["lobby", "kitchen", "garden", "42"];
    let one = |n: usize| {
        let mut draw = random.below(100);
        let found = mix.iter().find(|(_, share)| {
            let is_it = draw < *share;
            draw = draw.saturating_sub(*share);
            is_it
        });
        let is_hot = random.below(100) < hot_share;
        let item = if is_hot { 1 } else { random.below(ITEMS) as u32 };
        Made {
            event_type: found.map_or(mix[0].0, |(id, _)| *id),
            // A tenth of them come up to five seconds late.
            at: Timestamp::from_millis(
                START_MS + n as u64 - if random.below(10) == 0 { random.below(5_000) } else { 0 },
            ),
            user: random.below(USERS),
            item: ItemIndex(item),
            categories: [CategoryId(item % 40), CategoryId(40 + item % 7)],
            room: rooms[random.below(4) as usize],
            properties: r#"{"device":"ios","dwell_ms":31000}"#,
        }
    };
    (0..EVENTS).map(one).collect()
}

/// State and what it took.
struct Run<'a> {
    plan: &'a FeaturePlan,
    patterns: &'a PatternPlan,
    users: Table<(Section, Automata)>,
    shared: SharedFeatures,
    tally: Tally,
    spent: [Duration; 4],
    matches: usize,
}

impl<'a> Run<'a> {
    fn new(plan: &'a FeaturePlan, patterns: &'a PatternPlan) -> Self {
        Self {
            plan,
            patterns,
            users: Table::default(),
            shared: SharedFeatures::new(plan),
            tally: Tally::default(),
            spent: [Duration::ZERO; 4],
            matches: 0,
        }
    }

    fn all(mut self, events: &[Made]) -> Self {
        for commit in events.chunks(COMMIT) {
            let begun = cpu_time();
            for event in commit {
                let (section, _) = self.users.entry(event.user).or_default();
                self.tally.add(section.apply(self.plan, &event.occurrence()));
            }
            let users = cpu_time();
            let mut partials: Vec<Partials> = (0..SHARDS).map(|_| Partials::default()).collect();
            for event in commit {
                partials[(event.user % SHARDS) as usize].add(self.plan, &event.occurrence());
            }
            for partial in &mut partials {
                partial.add_up(self.plan);
            }
            let added_up = cpu_time();
            for partial in &partials {
                self.tally.add(self.shared.merge(self.plan, partial));
            }
            let merged = cpu_time();
            for event in commit {
                let (_, automata) = self.users.entry(event.user).or_default();
                self.matches += automata.apply(self.patterns, &event.occurrence()).matches.len();
            }
            let noticed = cpu_time();
            let marks = [begun, users, added_up, merged, noticed];
            for (spent, pair) in self.spent.iter_mut().zip(marks.windows(2)) {
                *spent += pair[1].saturating_sub(pair[0]);
            }
        }
        self
    }

    /// Updates a second of one core, patterns apart.
    fn rate(&self) -> f64 {
        let spent: Duration = self.spent[..3].iter().sum();
        self.tally.updates as f64 / spent.as_secs_f64()
    }

    fn print(&self, what: &str) {
        let micros = self.spent.map(|it| it.as_secs_f64() * 1e6 / EVENTS as f64);
        let events = 1e6 / micros[..3].iter().sum::<f64>();
        println!("{what}, one core:");
        println!(
            "  {events:.0} events/s, {:.2} updates an event, {:.2} M updates/s",
            self.tally.updates as f64 / EVENTS as f64,
            self.rate() / 1e6
        );
        println!(
            "  µs an event: users {:.2}, shared in the shard {:.2}, merged {:.2}; patterns besides {:.2}",
            micros[0], micros[1], micros[2], micros[3]
        );
        println!(
            "  {} late, {} instances gave way, {} matches",
            self.tally.late, self.tally.evicted, self.matches
        );
        let users = self.users.len().max(1);
        let loose: usize = self.users.values().map(|(section, _)| section.bytes()).sum();
        let packed: usize = self.users.values().map(|(section, _)| section.pack().len()).sum();
        let runs: usize = self.users.values().map(|(_, automata)| automata.pack().len()).sum();
        println!(
            "  a user of {} events: {} bytes of features, {} packed, {} of patterns; {} shared instances of {} bytes",
            EVENTS / users,
            loose / users,
            packed / users,
            runs / users,
            self.shared.instances(),
            self.shared.bytes() / self.shared.instances().max(1)
        );
        self.packing();
        self.reads();
    }

    /// What it would take to keep users packed in memory, too: unpacked before an event, packed behind it.
    fn packing(&self) {
        let begun = cpu_time();
        let mut bytes = 0;
        let mut users = 0u32;
        for (section, _) in self.users.values().take(20_000) {
            let packed = section.pack();
            let same = Section::unpack(&packed).is_ok_and(|found| found == *section);
            bytes += if same { packed.len() } else { 0 };
            users += 1;
        }
        let spent = cpu_time().saturating_sub(begun).as_secs_f64();
        println!(
            "  packing and unpacking a user: {:.2} µs ({} bytes)",
            spent * 1e6 / f64::from(users),
            bytes / users as usize
        );
    }

    fn reads(&self) {
        let at = Timestamp::from_millis(START_MS + EVENTS as u64);
        let begun = cpu_time();
        let mut present = 0;
        let mut reads = 0u32;
        for (section, _) in self.users.values().take(20_000) {
            for (feature, one) in self.plan.iter() {
                if one.entity == Entity::User {
                    let reading = self.plan.read(feature, |tag| section.block(tag, 0), at);
                    present += usize::from(reading.value.is_some());
                    reads += 1;
                }
            }
        }
        let spent = cpu_time().saturating_sub(begun).as_secs_f64();
        println!(
            "  a read: {:.0} ns ({present} of {reads} had a value)",
            spent * 1e9 / f64::from(reads)
        );
    }
}

/// The least there is to do: a counter in a hash table for each update, of the same keys.
fn counters(plan: &FeaturePlan, events: &[Made], run: &Run<'_>) {
    let mut table: Table<u64> = Table::default();
    let mut updates = 0u64;
    let begun = cpu_time();
    for event in events {
        let occurrence = event.occurrence();
        for (place, family) in plan.families().iter().enumerate() {
            if !family.events.contains(event.event_type) {
                continue;
            }
            let own = if family.entity.is_of_users() { event.user << 20 } else { 0 };
            for key in family.keys(&occurrence).as_slice() {
                for feature in 0..u64::from(family.features) {
                    let key = own ^ key ^ (place as u64) << 56 ^ feature << 52;
                    *table.entry(key).or_default() += 1;
                    updates += 1;
                }
            }
        }
    }
    let rate = updates as f64 / cpu_time().saturating_sub(begun).as_secs_f64();
    println!(
        "a plain table of counters, one for each update: {:.2} M updates/s; features reach {:.0} % of that",
        rate / 1e6,
        100.0 * run.rate() / rate
    );
}

/// A table by numbers that are spread already once they are multiplied.
type Table<T> = HashMap<u64, T, BuildHasherDefault<Spread>>;

#[derive(Default)]
struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = (self.0 ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(26);
    }
}

struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % bound
    }
}
