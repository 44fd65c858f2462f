//! What one core and one user cost: events applied a second, bytes a user, microseconds a view.
//!
//! `cargo run --release -p benches --bin user_state`; with `apply` behind it, of events alone.
//!
//! Bytes are given twice. Computed: lengths of the packed users as glibc's allocator rounds them (a header
//! of 8, multiples of 16) and the hash table's own allocation. Measured: growth of this process's resident
//! memory. A counting allocator would need `unsafe`, which this workspace forbids.
//!
//! Both are given without declared features and with those of the embedded configuration. A shard of 256 has some 200 of
//! 50,000 users.
//!
//! Times are processor time of this process where Linux tells it, so that a busy machine does not count,
//! and wall time elsewhere.
//!
//! Not here: the log, actors, HTTP.

use std::process::Command;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use benches::apply::apply_config;
use benches::process::{cpu_time, resident_bytes};
use config::Config;
use engine::model::UserRow;
use engine::model::numeric::Lane;
use engine::record::{Identity, ItemKind};
use engine::{
    Applied, ApplyConfig, CategoryId, Event, EventTypeId, ItemIndex, Record, RecordBody, Sequence,
    ShardId, ShardState, Timestamp, UserId,
};

const SHARD: ShardId = ShardId(0);
const START_MS: u64 = 1_767_600_000_000;
const ITEMS: u64 = 30_000;
/// Records made ready before the clock runs; they are applied in commits of 512.
const BATCH: usize = 250_000;
/// What declared automata will add to a packed user.
const AUTOMATA_BYTES: usize = 48;
/// Lanes of the model's row: 64 numbers.
const LANES: usize = 4;

/// A click, a cart, a purchase and a dislike, by the numbers that the embedded configuration gives them.
static TYPES: LazyLock<[EventTypeId; 4]> = LazyLock::new(|| {
    let types = Config::default().event_types().unwrap_or_default();
    ["select_item", "add_to_cart", "purchase", "dislike"].map(|name| {
        let found = types.iter().find(|(_, spec)| spec.name == name);
        found.map_or(EventTypeId(0), |(id, _)| id)
    })
});

fn main() {
    let asked: Vec<String> = std::env::args().skip(1).collect();
    if let Some(events) = asked.first().and_then(|text| text.parse().ok()) {
        let declared = if asked.len() == 2 { Declarations::Default } else { Declarations::None };
        users_of(events, declared);
        return;
    }
    if asked.is_empty() {
        sizes();
    }
    for declared in [Declarations::None, Declarations::Default] {
        println!("apply, one core, ids deduplicated, commits of 512, {}:", declared.words());
        for (users, events) in [(200_000, 4 * BATCH), (20_000, 4 * BATCH), (200, 4 * BATCH)] {
            apply(users, events, declared);
        }
    }
}

/// Prints bytes and views of users, each number of events in a process of its own.
fn sizes() {
    for declared in [Declarations::None, Declarations::Default] {
        println!(
            "a user of 16-byte name and a row of the model, whose events are a minute or two apart, {}:",
            declared.words()
        );
        for events in ["1", "10", "50", "200", "1000"] {
            // In a process of its own, so that no memory is measured that another gave back.
            let with = (declared == Declarations::Default).then_some("declared");
            let child = std::env::current_exe()
                .and_then(|me| Command::new(me).arg(events).args(with).status());
            if !child.is_ok_and(|status| status.success()) {
                println!("  {events} events: could not be measured in a process of its own");
            }
        }
    }
}

/// Which features operators declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Declarations {
    /// None.
    None,
    /// Those of the embedded configuration, and its patterns.
    Default,
}

impl Declarations {
    fn words(self) -> &'static str {
        match self {
            Self::None => "without declared features",
            Self::Default => "with the default features and patterns",
        }
    }
}

/// Prints bytes and view of users with so many events.
fn users_of(events: u64, declared: Declarations) {
    let shard = bytes(events, declared);
    view(&shard, events);
}

fn apply(users: u64, events: usize, declared: Declarations) {
    let mut shard = ShardState::new(SHARD, config(declared));
    let mut random = Random(7);
    let mut spent = Duration::ZERO;
    let mut updates = 0u64;
    for first in (0..events).step_by(BATCH) {
        let batch: Vec<Record> = (first..first + BATCH)
            .map(|n| {
                let user = random.below(users);
                let identity = Identity::Id(random.next());
                record(n as u64 + 1, user, START_MS + n as u64 * 3, identity, &mut random)
            })
            .collect();
        let begun = cpu_time();
        for commit in batch.chunks(512) {
            let mut applied = Applied::default();
            for record in commit {
                shard.apply(record, &mut applied);
            }
            // Three counts, a score per type, and a score for each of the item's categories.
            updates += applied.facts.iter().map(|it| 4 + it.categories.len() as u64).sum::<u64>();
            updates += applied.features.tally.updates;
        }
        // As a node does every ten seconds.
        drop(shard.cut());
        spent += cpu_time().saturating_sub(begun);
    }
    let seconds = spent.as_secs_f64();
    println!(
        "  {users:>7} users, {events:>7} events: {:>9.0} events/s, {:.2} µs each, a cut for {BATCH} included; {:.1} feature updates of users an event, {:.1} M/s",
        events as f64 / seconds,
        seconds * 1e6 / events as f64,
        updates as f64 / events as f64,
        updates as f64 / seconds / 1e6,
    );
}

fn bytes(events: u64, declared: Declarations) -> ShardState {
    let users = 6_000_000 / (events + 80);
    let resident = resident_bytes();
    let mut shard = filled(users, events, declared);
    give_rows(&mut shard, users);
    let measured = (resident_bytes().saturating_sub(resident) / users) as usize;
    let computed = shard.resident_bytes() / users as usize;
    let room = 1_024usize.checked_sub(computed + AUTOMATA_BYTES);
    let room = match room {
        Some(left) if events <= 50 && declared == Declarations::None => {
            format!(", {left} left of 1 KiB after {AUTOMATA_BYTES} for automata")
        }
        _ => String::new(),
    };
    println!(
        "  {events:>4} events: {computed:>5} bytes computed, {measured:>5} measured by resident memory ({} users){room}",
        shard.users()
    );
    shard
}

fn view(shard: &ShardState, events: u64) {
    let users = shard.users() as u64;
    let names: Vec<UserId> = (0..users).map(name).collect();
    let at = Timestamp::from_millis(START_MS + events * 60_000);
    let (mut seen, rounds) = (0, 200_000 / users + 1);
    let begun = cpu_time();
    for _ in 0..rounds {
        for name in &names {
            seen += shard.view(name, at).seen.len() as u64;
        }
    }
    let views = rounds * users;
    let each = cpu_time().saturating_sub(begun).as_secs_f64() * 1e6 / views as f64;
    println!("               view {each:.2} µs, {} meetings seen", seen / views);
}

/// A shard of `users`, each with `events`, that is cut now and then.
fn filled(users: u64, events: u64, declared: Declarations) -> ShardState {
    let mut shard = ShardState::new(SHARD, config(declared));
    let mut random = Random(11);
    let mut sequence = 0;
    let mut applied = Applied::default();
    for event in 0..events {
        for user in 0..users {
            sequence += 1;
            let at = START_MS + event * 60_000 + random.below(60_000);
            let record = record(sequence, user, at, Identity::None, &mut random);
            shard.apply(&record, &mut applied);
            applied.facts.clear();
            applied.outcomes.clear();
            applied.samples.clear();
            // A cut empties the list of changed users, as it would every ten seconds.
            if sequence % 1_000 == 0 {
                drop(shard.cut());
            }
        }
    }
    shard
}

/// Gives every user a row, as a publication does.
fn give_rows(shard: &mut ShardState, users: u64) {
    let row = UserRow { vector: vec![Lane([0.1; 16]); LANES].into(), squares: 0.02, era: 0 };
    let key = config(Declarations::None).key;
    for user in 0..users {
        shard.put_rows(&[(key.user_hash(&name(user)), row.clone())], 1);
        if user % 1_000 == 0 {
            drop(shard.cut());
        }
    }
}

fn record(sequence: u64, user: u64, at: u64, identity: Identity, random: &mut Random) -> Record {
    let item = random.below(ITEMS) as u32;
    // Of ten events seven are clicks, the rest is spread over three other types.
    let event_type = TYPES[[0, 0, 0, 0, 0, 0, 0, 1, 2, 3][random.below(10) as usize]];
    let event = Event {
        item: Some(ItemIndex(item)),
        identity,
        categories: (0..3).map(|n| CategoryId((item * 7 + n * 3) % 20)).collect(),
        kind: ItemKind::Product,
        ..Event::new(name(user), event_type, Timestamp::from_millis(at))
    };
    Record { sequence: Sequence(sequence), body: RecordBody::Event { shard: SHARD, event } }
}

fn name(user: u64) -> UserId {
    UserId::new(&format!("user-{user:011}"))
}

/// The types of the embedded configuration.
fn config(declared: Declarations) -> Arc<ApplyConfig> {
    let config = Config::default();
    let types = config.event_types().unwrap_or_default();
    let mut apply = apply_config(types);
    if declared == Declarations::Default {
        let declared = freshet::settings::declared(&config, &apply.types).unwrap_or_default();
        apply.features = apply.features.with(declared);
    }
    Arc::new(apply)
}

/// Marsaglia's xorshift, so that every run asks the same.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, limit: u64) -> u64 {
        (self.next() >> 33) % limit
    }
}
