//! What dispatcher and shards cost: records a second in commits of 1, 16 and 512, and how long a lone
//! commit takes from delivery to its ack, beside the same records applied by one thread without actors.
//!
//! Events about no item show what the actors cost; clicks show the whole, item activity behind it.
//!
//! The ratio to the plain run is what carries over to another machine; both share the cores with
//! whatever else runs.
//!
//! Not here: the log's disk, HTTP.

use std::sync::Arc;
use std::time::Duration;

use actors::{
    ActorSettings, Commit, LearnerConfig, NodeActors, PendingAck, Ports, RecoveryProgress,
    RecoverySources, SetAsideSink, StateConfig, recover, start,
};
use benches::apply::apply_config;
use benches::event_types::clicks;
use engine::activity::ActivityConfig;
use engine::log::{LogError, LogReader};
use engine::model::ModelConfig;
use engine::model::versions::{GuardConfig, NoFiles};
use engine::part::{CheckpointStore, CutManifest, Part, PartOwner, StoreError};
use engine::record::Identity;
use engine::shard::{ApplyConfig, Learning, ShardState};
use engine::{
    Applied, Event, EventTypeId, ItemActivity, ItemIndex, NodeKey, Record, RecordBody, Sequence,
    ShardId, Timestamp, UserId,
};
use freshet::clock::Stopwatch;
use tokio::sync::oneshot;

const SHARDS: u16 = 256;
const USERS: u64 = 20_000;
const ITEMS: u64 = 5_000;
const KEY: NodeKey = NodeKey([7; 16]);
const LONE_COMMITS: usize = 5_000;

/// What events are about: item activity has to do with those about items only, and costs more than all else.
#[derive(Clone, Copy, PartialEq)]
enum About {
    Nothing,
    Items,
}

/// A log and a store that keep nothing: nothing dies here, and no cut is measured.
struct Nowhere;

impl LogReader for Nowhere {
    fn scan(
        &self,
        _: Sequence,
        _: Sequence,
        _: Option<ShardId>,
        _: &mut dyn FnMut(Record),
    ) -> Result<(), LogError> {
        Ok(())
    }
}

impl SetAsideSink for Nowhere {
    fn set_aside(&self, _: Sequence, _: ShardId) {}
}

impl CheckpointStore for Nowhere {
    fn current(&self) -> Result<Option<CutManifest>, StoreError> {
        Ok(None)
    }

    fn write(&self, _: Sequence, _: &Part) -> Result<(), StoreError> {
        Ok(())
    }

    fn commit(&self, _: &CutManifest) -> Result<(), StoreError> {
        Ok(())
    }

    fn load(&self, _: PartOwner, _: &mut dyn FnMut(&[u8], &[u8])) -> Result<(), StoreError> {
        Ok(())
    }
}

fn main() -> anyhow::Result<()> {
    println!("records a second, {SHARDS} shards, {USERS} users");
    for (about, what) in [(About::Nothing, "events about no item"), (About::Items, "clicks")] {
        let (plain, activity) = plain_apply(&records(200_000, about));
        println!("{what}");
        println!("  shards alone, one thread          {plain:>10.0}");
        if about == About::Items {
            println!("  item activity alone, one thread   {activity:>10.0}");
        }
        for (per_commit, commits) in [(1, 60_000), (16, 12_500), (512, 500)] {
            let rate = in_flight(per_commit, commits, about)?;
            let (ratio, commits) = (rate / plain, rate / per_commit as f64);
            println!(
                "  through actors, commits of {per_commit:>3}    {rate:>10.0}   {ratio:.2} x shards \
                 alone, {commits:.0} commits/s"
            );
        }
    }
    let mut took = lone_commits()?;
    took.sort_unstable();
    let at = |part: usize| took[took.len() * part / 1_000].as_secs_f64() * 1e6;
    println!(
        "a lone commit of one record, delivery to ack: p50 {:.0} µs, p99 {:.0} µs, p99.9 {:.0} µs",
        at(500),
        at(990),
        at(999)
    );
    Ok(())
}

/// Records a second with as many commits in flight as the slots allow, until all is passed on.
fn in_flight(per_commit: usize, commits: usize, about: About) -> anyhow::Result<f64> {
    let all = records(per_commit * commits, about);
    let chunks: Vec<Vec<Record>> = all.chunks(per_commit).map(<[Record]>::to_vec).collect();
    with_actors(move |actors| {
        let began = Stopwatch::start();
        let mut acks = Vec::with_capacity(chunks.len());
        for records in chunks {
            actors.dispatcher.wait_for_slot();
            acks.push(deliver(actors, records));
        }
        for ack in acks {
            drop(ack.blocking_recv());
        }
        all.len() as f64 / began.elapsed().as_secs_f64()
    })
}

/// How long each of many commits took, one after another.
fn lone_commits() -> anyhow::Result<Vec<Duration>> {
    let all = records(LONE_COMMITS, About::Items);
    with_actors(move |actors| {
        let one = |record: Record| {
            actors.dispatcher.wait_for_slot();
            let began = Stopwatch::start();
            drop(deliver(actors, vec![record]).blocking_recv());
            let took = began.elapsed();
            std::thread::sleep(Duration::from_micros(200)); // so that everyone sleeps in between
            took
        };
        all.into_iter().map(one).collect()
    })
}

fn deliver(actors: &NodeActors, records: Vec<Record>) -> oneshot::Receiver<actors::Ack> {
    let (done, ack) = oneshot::channel();
    let last = records.last().map_or(Sequence(0), |record| record.sequence);
    let acks = vec![PendingAck { records: 0..records.len(), done }];
    actors.dispatcher.deliver(Commit { last, records, acks });
    ack
}

/// The same records in the engine alone: one core's limit for shards, and for item activity behind them,
/// which every event has to pass too.
fn plain_apply(records: &[Record]) -> (f64, f64) {
    let config = config();
    let new = |shard| ShardState::new(ShardId(shard), Arc::clone(&config.apply));
    let mut shards: Vec<ShardState> = (0..SHARDS).map(new).collect();
    let mut applied = Applied::default();
    let began = Stopwatch::start();
    for record in records {
        let shard = record.shard().map_or(0, |shard| usize::from(shard.0));
        shards[shard].apply(record, &mut applied);
    }
    let of_shards = records.len() as f64 / began.elapsed().as_secs_f64();
    let mut activity = ItemActivity::new(config.activity);
    let began = Stopwatch::start();
    for fact in &applied.facts {
        activity.apply_fact(fact);
    }
    (of_shards, records.len() as f64 / began.elapsed().as_secs_f64())
}

/// Runs `work` on a thread of its own, as the log writer would, beside running actors.
fn with_actors<T: Send + 'static>(
    work: impl FnOnce(&NodeActors) -> T + Send + 'static,
) -> anyhow::Result<T> {
    actix::System::new().block_on(async move {
        let actors = started()?;
        let ran = tokio::task::spawn_blocking(move || (work(&actors), actors)).await;
        let (result, actors) = ran?;
        actors.stop().await?;
        Ok(result)
    })
}

fn started() -> anyhow::Result<NodeActors> {
    let sources = RecoverySources {
        store: &Nowhere,
        log: &Nowhere,
        last: Sequence(0),
        set_aside: Vec::new(),
    };
    let recovered = recover(&sources, &config(), &RecoveryProgress::default())?;
    let began = Stopwatch::start();
    let ports = Ports {
        store: Arc::new(Nowhere),
        log: Arc::new(Nowhere),
        set_aside: Arc::new(Nowhere),
        now: Arc::new(|| Timestamp::EPOCH),
        elapsed: Arc::new(move || began.elapsed()),
        on_cut: Arc::new(|_| ()),
        rooms: Arc::new(actors::NobodyListens),
        on_fatal: Arc::new(|why| eprintln!("{why}")),
    };
    let settings = ActorSettings {
        shard_threads: std::thread::available_parallelism().map_or(2, usize::from),
        cut_every: Duration::from_hours(1),
        cut_log_bytes: u64::MAX,
        cut_deadline: Duration::from_secs(30),
        publish_every: Duration::from_millis(200),
        publish_model_every: Duration::from_millis(200),
    };
    Ok(start(recovered, settings, ports))
}

/// `MODEL=off` leaves the model out, to see what it costs.
fn with_model() -> bool {
    std::env::var("MODEL").map_or(true, |said| said != "off")
}

fn config() -> StateConfig {
    let types = clicks();
    let apply = ApplyConfig {
        key: KEY,
        learning: with_model().then(Learning::default),
        ..apply_config(types.clone())
    };
    let activity = ActivityConfig { types, ..ActivityConfig::default() };
    let model = with_model().then(|| LearnerConfig {
        seed: 1,
        model: ModelConfig::default(),
        guard: GuardConfig::default(),
        files: Arc::new(NoFiles),
    });
    let rooms = actors::RoomsConfig::default();
    StateConfig {
        shards: SHARDS,
        apply: Arc::new(apply),
        activity: Arc::new(activity),
        model,
        rooms,
    }
}

/// Clicks of users and items drawn by a fixed rule, one a millisecond.
fn records(count: usize, about: About) -> Vec<Record> {
    let mut dice = 0x9e37_79b9_7f4a_7c15_u64;
    let mut below = |bound: u64| {
        dice ^= dice << 13;
        dice ^= dice >> 7;
        dice ^= dice << 17;
        dice % bound
    };
    let click = |number: usize| {
        let user = UserId::new(&format!("u{}", below(USERS)));
        let item = below(ITEMS) as u32;
        let shard = KEY.shard_of(&user, SHARDS);
        let at = Timestamp::from_millis(1_700_000_000_000 + number as u64);
        let event = Event {
            item: (about == About::Items).then_some(ItemIndex(item)),
            identity: Identity::Id(number as u64),
            ..Event::new(user, EventTypeId(0), at)
        };
        Record { sequence: Sequence(number as u64 + 1), body: RecordBody::Event { shard, event } }
    };
    (0..count).map(click).collect()
}
