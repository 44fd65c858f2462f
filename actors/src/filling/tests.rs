//! Tests of features that come new while the node runs.

use std::sync::Arc;
use std::time::Duration;

use engine::activity::ActivityConfig;
use engine::features::declare::{Aggregate, Declaration, Entity, Window};
use engine::features::plan::FeaturePlan;
use engine::features::{Declared, FeatureSet, TypeMask};
use engine::patterns::PatternPlan;
use engine::shard::{ApplyConfig, ShardState};
use engine::{EventTypeId, Record, RecordBody};

use super::*;
use crate::recovery::StateConfig;
use crate::testing::{
    Dice, MemoryStore, Mishap, Rig, arm, kills_left, numbered, plain_run, settings, traffic, user,
};
use crate::{RecoveryProgress, recover};

const SHARDS: u16 = 8;
const GAP_MS: u64 = 1_800_000;

fn one(name: &str, entity: Entity, window: &str) -> Declaration {
    Declaration {
        name: name.to_owned(),
        entity,
        events: TypeMask::of_ids([EventTypeId(1)]),
        filter: None,
        window: Window::parse(window).unwrap(),
        aggregate: Aggregate::Count,
        of: None,
        ttl_ms: None,
        max_instances: None,
        rank: None,
    }
}

/// What is declared in the end: of users, pairs, items and the node, two over the same events.
fn all() -> Vec<Declaration> {
    let mut of_pairs = one("with_item", Entity::UserItem, "half-life 1h");
    of_pairs.max_instances = Some(100);
    vec![
        one("clicks_1h", Entity::User, "1h/5m"),
        one("clicks_5m", Entity::User, "5m/30s"),
        of_pairs,
        one("item_clicks", Entity::Item, "1h/5m"),
        one("item_heat", Entity::Item, "half-life 1m"),
        one("clicks", Entity::Global, "ever"),
    ]
}

fn config(features: Vec<Declaration>) -> StateConfig {
    let usual = crate::testing::config(SHARDS);
    let types = &usual.apply.types;
    let plan = FeaturePlan::new(features, types, GAP_MS).unwrap();
    let declared = Declared::of(plan, PatternPlan::default(), types, GAP_MS);
    let set = FeatureSet::standard(types).with(declared.clone());
    let apply = ApplyConfig { features: set, ..ApplyConfig::clone(&usual.apply) };
    let activity = ActivityConfig { features: declared, ..ActivityConfig::clone(&usual.activity) };
    StateConfig { apply: Arc::new(apply), activity: Arc::new(activity), ..usual }
}

fn activated(features: Vec<Declaration>) -> RecordBody {
    let declared = config(features).apply.features.declared().said().ok();
    RecordBody::ConfigActivated { fingerprint: 0, declared }
}

/// Commits in the midst of which declarations change.
fn commits(test: &str, seed: u64) -> Vec<Vec<Record>> {
    let mut bodies = traffic(test, SHARDS, (90, 12), &mut Dice::new(seed));
    bodies.insert(30, vec![activated(all()[..3].to_vec())]);
    bodies.insert(61, vec![activated(all())]);
    numbered(&bodies)
}

/// Waits until nothing is being filled.
async fn settled(rig: &Rig) {
    for _ in 0..1_000 {
        rig.actors.filling.look(rig.log.last()).await;
        if rig.actors.filling.status().features.is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("still filling: {:?}", rig.actors.filling.status());
}

/// Digests of shards and activity of a node that had all features from the start.
fn from_the_start(commits: &[Vec<Record>]) -> (Vec<u64>, u64) {
    let mut commits = commits.to_vec();
    for commit in &mut commits {
        commit.retain(|record| !matches!(record.body, RecordBody::ConfigActivated { .. }));
    }
    let plain = plain_run(&commits, &config(all()), &[]);
    (plain.shards, plain.activity)
}

/// The same of what a restart comes to, with what it then waits for filled.
fn restarted(rig: &Rig, store: &MemoryStore) -> (Vec<u64>, u64) {
    let log = &*rig.log;
    let sources = RecoverySources { store, log, last: log.last(), set_aside: log.set_aside() };
    let mut recovered = recover(&sources, &rig.config, &RecoveryProgress::default()).unwrap();
    fill(&mut recovered, &sources).unwrap();
    let shards = recovered.shards.iter().map(ShardState::digest).collect();
    (shards, recovered.activity.digest())
}

#[actix::test]
async fn features_that_come_while_the_node_runs_are_those_of_a_node_that_always_had_them() {
    for seed in 1..4 {
        let test = format!("fill{seed}");
        let commits = commits(&test, seed);
        let rig = Rig::of(config(all()[..1].to_vec()), settings(), Arc::default(), Arc::default());
        for commit in &commits[..62] {
            rig.run(std::slice::from_ref(commit)).await;
        }
        rig.passed_on(commits[61].last().unwrap().sequence).await;
        rig.actors.filling.look(rig.log.last()).await;
        // The rest comes while the log is read.
        rig.run(&commits[62..]).await;
        rig.passed_on(rig.log.last()).await;
        settled(&rig).await;
        let expected = from_the_start(&commits);
        assert_eq!(rig.digests().await, expected.0, "live shards, seed {seed}");
        assert_eq!(restarted(&rig, &MemoryStore::default()), expected, "from the log alone");
        rig.actors.dispatcher.checkpoint().await.unwrap();
        assert_eq!(restarted(&rig, &rig.store), expected, "from the cut, seed {seed}");
    }
}

#[actix::test]
async fn a_cut_in_the_midst_of_filling_leaves_what_is_missing_to_the_next_start() {
    let commits = commits("fillcut", 7);
    let rig = Rig::of(config(all()[..1].to_vec()), settings(), Arc::default(), Arc::default());
    // No scan ends before this is taken back.
    rig.log.1.store(60_000, Ordering::SeqCst);
    rig.run(&commits).await;
    rig.passed_on(rig.log.last()).await;
    rig.actors.dispatcher.checkpoint().await.unwrap();
    rig.log.1.store(0, Ordering::SeqCst);
    let (shards, activity) = from_the_start(&commits);
    let half = rig.recovered();
    assert!(
        half.shards.iter().any(|shard| shard.active().filling().is_some()),
        "the cut came too late"
    );
    assert_ne!(half.activity.digest(), activity);
    assert_eq!(restarted(&rig, &rig.store), (shards, activity));
}

#[actix::test]
async fn a_node_that_is_stopped_while_it_fills_stops_and_the_next_start_goes_on() {
    let commits = commits("fillstop", 9);
    let rig = Rig::of(config(all()[..1].to_vec()), settings(), Arc::default(), Arc::default());
    rig.run(&commits).await;
    rig.passed_on(rig.log.last()).await;
    // Each look into the log takes a second from here on.
    rig.log.1.store(1_000, Ordering::SeqCst);
    rig.actors.filling.look(rig.log.last()).await;
    let (log, store, before) = (rig.log.clone(), rig.store.clone(), rig.config.clone());
    let stopped = tokio::time::timeout(Duration::from_secs(10), rig.actors.stop()).await;
    assert!(stopped.is_ok(), "it waits for the whole log");
    log.1.store(0, Ordering::SeqCst);
    let again = Rig::of(before, settings(), log, store);
    settled(&again).await;
    assert_eq!(again.digests().await, from_the_start(&commits).0);
}

#[actix::test]
async fn a_shard_that_dies_after_it_was_filled_is_filled_again() {
    let commits = commits("filldeath", 8);
    let rig = Rig::of(config(all()[..1].to_vec()), settings(), Arc::default(), Arc::default());
    rig.run(&commits[..70]).await;
    rig.passed_on(rig.log.last()).await;
    settled(&rig).await;
    let victim = user("filldeath", 3);
    arm(&victim, Mishap { kills: 1, ..Mishap::default() });
    rig.run(&commits[70..]).await;
    rig.passed_on(rig.log.last()).await;
    assert_eq!(kills_left(&victim), 0, "nobody was killed");
    settled(&rig).await;
    assert_eq!(rig.digests().await, from_the_start(&commits).0);
}
