//! Streams for tests: who clicked what and when, as records.

use std::collections::BTreeSet;

use crate::activity::testing::config as activity_config;
use crate::evaluation::{
    Candidates, Method, NoMeter, OnDrift, Outcome, Prequential, Protocol, Stand, StandConfig,
};
use crate::features::FeatureSet;
use crate::model::ModelConfig;
use crate::ranking::{Repeats, Scenario};
use crate::record::Event;
use crate::shard::{ApplyConfig, Learning, StayRules};
use crate::user::InfluenceConfig;
use crate::{
    EventTypeId, ItemIndex, NodeKey, Record, RecordBody, Sequence, ShardId, Timestamp, UserId,
};

pub(crate) const HOUR: u64 = 3_600_000;
const START: u64 = 1_700_000_400_000;

/// Who, what, and how many milliseconds after the start.
pub(crate) type Click = (u32, u32, u64);

pub(crate) fn stand() -> Stand {
    Stand::new(stand_config())
}

pub(crate) fn stand_config() -> StandConfig {
    let activity = activity_config();
    let types = activity.types.clone();
    let apply = ApplyConfig {
        key: NodeKey([7; 16]),
        features: FeatureSet::standard(&types),
        types,
        visit_gap_ms: 30 * 60_000,
        dedup_window_ms: HOUR,
        served_budget_bytes: 1 << 20,
        served_retention_ms: HOUR,
        influence: InfluenceConfig::UNBOUNDED,
        stays: StayRules::default(),
        learning: Some(Learning::default()),
    };
    let model = ModelConfig { lanes: 1, ..ModelConfig::default() };
    StandConfig {
        apply: apply.into(),
        shards: 2,
        activity: activity.into(),
        model,
        seed: 1,
        on_drift: OnDrift::GoOn,
    }
}

/// Everything scored, lists of one and two, nothing twice.
pub(crate) fn protocol(methods: &[Method], candidates: Candidates) -> Protocol {
    let mut scenario = Scenario::default();
    scenario.seen.repeats = Repeats::Never;
    Protocol {
        lengths: vec![1, 2],
        candidates,
        scenario,
        methods: methods.to_vec(),
        reference: Method::Learned,
        unscored: 0,
        most_scored: u64::MAX,
        publish_every_ms: 0,
        rebuild_every_ms: HOUR,
        probe_every: 0,
        most_probes: 0,
        seed: 1,
    }
}

/// The records of `clicks`: an item gets its number in front of its first click.
pub(crate) fn records(clicks: &[Click]) -> Vec<Record> {
    let mut records = Vec::new();
    let mut numbered = BTreeSet::new();
    let mut write =
        |body| records.push(Record { sequence: Sequence(records.len() as u64 + 1), body });
    for (user, item, after) in clicks {
        let (item, at) = (ItemIndex(*item), Timestamp::from_millis(START + after));
        if numbered.insert(item) {
            write(RecordBody::ItemRegistered { item, item_id: format!("i{}", item.0).into(), at });
        }
        let event = Event {
            item: Some(item),
            ..Event::new(UserId::new(&format!("u{user}")), EventTypeId(0), at)
        };
        write(RecordBody::Event { shard: ShardId((*user % 2) as u16), event });
    }
    records
}

pub(crate) fn judge(protocol: Protocol, records: &[Record]) -> Outcome {
    let mut replay = Prequential::new(protocol, stand(), NoMeter);
    for record in records {
        replay.take(record);
    }
    replay.finish().0
}

/// Users who stay with one of four groups of items, most with the first; reproducible.
pub(crate) fn groups(events: u32) -> Vec<Click> {
    let draw = |event: u32, what: u32| event.wrapping_mul(2_654_435_761).rotate_left(what) >> 7;
    let click = |event: u32| {
        let user = draw(event, 3) % 60;
        let group = if user % 2 == 0 { 0 } else { user / 2 % 4 };
        (user, group * 15 + draw(event, 11) % 15, u64::from(event) * 60_000)
    };
    (0..events).map(click).collect()
}
