//! What the tests of this crate share: records, in-memory twins, and mishaps on demand.
//!
//! Mishaps are keyed by user name, so tests that run side by side do not meet.

mod check;
mod rig;
mod twins;

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use engine::activity::ActivityConfig;
use engine::features::FeatureSet;
use engine::model::versions::{ChallengerStart, GuardConfig, ModelChanges, ModelCommand, NoFiles};
use engine::model::{Lesson, ModelConfig};
use engine::record::{ItemDoc, Served, ServedItem};
use engine::shard::{ApplyConfig, JoinConfig, Learning, StayRules};
use engine::user::InfluenceConfig;
use engine::{
    Event, EventTypeId, EventTypeSpec, EventTypes, ItemIndex, NodeKey, RecommendationId, Record,
    RecordBody, Role, Sequence, ShardId, Timestamp, UserId,
};

use crate::recovery::{LearnerConfig, RoomsConfig, StateConfig};

pub(crate) use check::{check_like_plain, rows_arrive, slow_some};
pub(crate) use rig::{Plain, Rig, plain_run, settings};
pub(crate) use twins::{MemoryLog, MemoryStore};

pub(crate) const KEY: NodeKey = NodeKey(*b"a key for tests.");
pub(crate) const NOON: u64 = 1_700_000_000_000;
pub(crate) const ITEMS: u32 = 40;
/// How long an impression waits for its click.
pub(crate) const WINDOW_MS: u64 = 700;

/// What happens to whoever applies an event of a user.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mishap {
    /// Panics to come when one of its events is applied.
    pub kills: u32,
    /// Panics to come when it is viewed.
    pub kills_in_view: u32,
    pub delay: Duration,
}

static MISHAPS: LazyLock<Mutex<HashMap<String, Mishap>>> = LazyLock::new(Mutex::default);

/// Arms a mishap for events of `user`.
pub(crate) fn arm(user: &str, mishap: Mishap) {
    MISHAPS.lock().unwrap().insert(user.to_owned(), mishap);
}

/// Panics that `user` still has to cause.
pub(crate) fn kills_left(user: &str) -> u32 {
    MISHAPS.lock().unwrap().get(user).map_or(0, |armed| armed.kills)
}

/// Called before each record is applied.
pub(crate) fn mishap(record: &Record) {
    let RecordBody::Event { event, .. } = &record.body else { return };
    let (kill, delay) = {
        let mut mishaps = MISHAPS.lock().unwrap();
        let Some(armed) = mishaps.get_mut(event.user.as_str()) else { return };
        let kill = 0 < armed.kills;
        armed.kills = armed.kills.saturating_sub(1);
        (kill, armed.delay)
    };
    std::thread::sleep(delay);
    assert!(!kill, "a mishap on demand");
}

/// What happens to whoever learns from a sample of a user, by keyed hash.
static IN_LESSON: LazyLock<Mutex<HashMap<u64, Mishap>>> = LazyLock::new(Mutex::default);

/// Has every lesson of `user` panic (where any are to be killed) or take longer.
pub(crate) fn arm_lessons(user: &str, mishap: Mishap) {
    IN_LESSON.lock().unwrap().insert(KEY.user_hash(&UserId::new(user)), mishap);
}

/// Called before each lesson is taken.
pub(crate) fn mishap_in_lesson(lesson: &Lesson) {
    let Lesson::Learn(learned, _) = lesson else { return };
    let Some(armed) = IN_LESSON.lock().unwrap().get(&learned.0.user.hash).copied() else { return };
    std::thread::sleep(armed.delay);
    assert!(armed.kills == 0, "a mishap on demand");
}

/// Called before each view.
pub(crate) fn mishap_in_view(user: &UserId) {
    let kill = {
        let mut mishaps = MISHAPS.lock().unwrap();
        let Some(armed) = mishaps.get_mut(user.as_str()) else { return };
        let kill = 0 < armed.kills_in_view;
        armed.kills_in_view = armed.kills_in_view.saturating_sub(1);
        kill
    };
    assert!(!kill, "a mishap on demand");
}

/// A small generator with a seed that a failing test can print.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

pub(crate) fn config(shards: u16) -> StateConfig {
    let spec = |name: &str, role, weight| EventTypeSpec {
        name: name.to_owned(),
        aliases: Vec::new(),
        role,
        weight,
        half_life_ms: 86_400_000,
    };
    let specs = vec![spec("view", Role::Impression, 0.1), spec("click", Role::Positive, 1.0)];
    let types = EventTypes::new(specs).unwrap();
    let apply = ApplyConfig {
        key: KEY,
        features: FeatureSet::standard(&types),
        types: types.clone(),
        visit_gap_ms: 1_800_000,
        dedup_window_ms: 3_600_000,
        served_budget_bytes: 1 << 20,
        served_retention_ms: 600_000,
        influence: InfluenceConfig::UNBOUNDED,
        stays: StayRules::default(),
        learning: Some(Learning {
            join: JoinConfig { window_ms: WINDOW_MS, ..JoinConfig::default() },
            ..Learning::default()
        }),
    };
    let activity = ActivityConfig { types, ..ActivityConfig::default() };
    let files = Arc::new(NoFiles);
    let guard = GuardConfig { snapshot_samples: 100, every: 2, ..GuardConfig::default() };
    let model = Some(LearnerConfig { seed: 7, model: ModelConfig::default(), guard, files });
    let rooms = RoomsConfig::default();
    StateConfig { shards, apply: Arc::new(apply), activity: Arc::new(activity), model, rooms }
}

pub(crate) fn shard_of(user: &str, shards: u16) -> ShardId {
    KEY.shard_of(&UserId::new(user), shards)
}

pub(crate) fn click(user: &str, shards: u16, item: u32, at: u64) -> RecordBody {
    let event = Event {
        item: Some(ItemIndex(item)),
        ..Event::new(UserId::new(user), EventTypeId(1), Timestamp::from_millis(at))
    };
    RecordBody::Event { shard: shard_of(user, shards), event }
}

/// A list of five items from `first` on.
pub(crate) fn served(user: &str, shards: u16, (number, first): (u64, u32), at: u64) -> RecordBody {
    let shard = shard_of(user, shards);
    let id = RecommendationId { shard, number };
    let list = Served::new(id, UserId::new(user), "home", Timestamp::from_millis(at));
    let items = (first..first + 5).map(|item| ServedItem::bare(ItemIndex(item % ITEMS), 0.5));
    let fields = vec![(0, KEY.user_hash(&UserId::new(user)) as u32), (1, 7)];
    RecordBody::Served { shard, served: Served { items: items.collect(), fields, ..list } }
}

/// An event that answers the list, as an impression or as a click.
pub(crate) fn answer(list: &RecordBody, place: usize, event_type: u8, at: u64) -> RecordBody {
    let RecordBody::Served { shard, served } = list else { unreachable!() };
    let item = served.items[place].item.0;
    let RecordBody::Event { event, .. } = click(served.user.as_str(), 1, item, at) else {
        unreachable!()
    };
    let (event_type, recommendation) = (EventTypeId(event_type), Some(served.id));
    RecordBody::Event { shard: *shard, event: Event { event_type, recommendation, ..event } }
}

pub(crate) fn tick(at: u64) -> RecordBody {
    RecordBody::Tick { time: Timestamp::from_millis(at) }
}

/// The items that events name.
pub(crate) fn items() -> Vec<RecordBody> {
    let at = Timestamp::from_millis(NOON);
    let register = |item| RecordBody::ItemRegistered {
        item: ItemIndex(item),
        item_id: format!("v{item}").into(),
        at,
    };
    (0..ITEMS).map(register).collect()
}

pub(crate) fn put(item: u32, title: &str) -> RecordBody {
    let doc = ItemDoc {
        item_id: format!("v{item}").into(),
        title: Some(title.into()),
        available: true,
        ..ItemDoc::default()
    };
    RecordBody::ItemPut { item: ItemIndex(item), doc, at: Timestamp::from_millis(NOON) }
}

/// A user's name that no other test uses.
pub(crate) fn user(test: &str, number: u64) -> String {
    format!("{test}-{number}")
}

/// `commits` commits of 1 to `most` records: clicks of 60 users of `test`, lists that they were shown, ticks and items
/// between them.
pub(crate) fn traffic(
    test: &str,
    shards: u16,
    (commits, most): (u64, u64),
    dice: &mut Dice,
) -> Vec<Vec<RecordBody>> {
    let (mut all, mut lists) = (vec![items()], Vec::new());
    for commit in 0..commits {
        let at = NOON + commit * 50;
        let mut one = |dice: &mut Dice| match dice.below(40) {
            0 => tick(at),
            1 => put(dice.below(u64::from(ITEMS)) as u32, &format!("at {at}")),
            2..5 => {
                let (who, first) = (user(test, dice.below(60)), dice.below(u64::from(ITEMS)));
                let number = lists.len() as u64 + 1;
                lists.push(served(&who, shards, (number, first as u32), at));
                lists[lists.len() - 1].clone()
            }
            kind @ 5..14 if !lists.is_empty() => {
                // Lately served as a rule, of three events two impressions.
                let newest = lists.len() as u64 - 1;
                let list = &lists[newest.saturating_sub(dice.below(12)) as usize];
                answer(list, dice.below(5) as usize, u8::from(kind < 8), at)
            }
            _ => {
                let who = user(test, dice.below(60));
                click(&who, shards, dice.below(u64::from(ITEMS)) as u32, at)
            }
        };
        let records = 1 + dice.below(most);
        all.push((0..records).map(|_| one(dice)).collect());
    }
    all
}

/// Something that the model is told: one of all there is, of the versions that may be there by now.
pub(crate) fn told(dice: &mut Dice) -> RecordBody {
    let version = dice.below(6) as u32;
    let command = match dice.below(12) {
        0 => ModelCommand::Freeze,
        1..=3 => ModelCommand::Resume,
        4 | 5 => ModelCommand::Challenge {
            start: ChallengerStart::Champion,
            changes: ModelChanges { learning_rate: Some(0.05), ..ModelChanges::default() },
        },
        6 => ModelCommand::Challenge {
            start: ChallengerStart::Nothing,
            changes: ModelChanges { dimensions: Some(32), ..ModelChanges::default() },
        },
        7 => ModelCommand::Stop { version },
        8 | 9 => ModelCommand::Promote { version },
        10 => ModelCommand::Rollback { version },
        _ => ModelCommand::Canary { version, share: dice.below(10_001) as u16 },
    };
    RecordBody::ModelTold { command, at: Timestamp::from_millis(NOON) }
}

/// Gives each body its place in the log; sequences grow and skip.
pub(crate) fn numbered(bodies: &[Vec<RecordBody>]) -> Vec<Vec<Record>> {
    let mut sequence = 0;
    let mut number = |body: &RecordBody| {
        sequence += 1 + sequence % 3;
        Record { sequence: Sequence(sequence), body: body.clone() }
    };
    bodies.iter().map(|commit| commit.iter().map(&mut number).collect()).collect()
}
