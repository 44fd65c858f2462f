//! Tests of the model in the loop: lessons in order, rows on their way back, shedding, no model at all.

use engine::model::ModelView;
use engine::part::{CheckpointStore, PartOwner};
use engine::shard::ApplyConfig;
use engine::{EventTypeId, ShardId};

use super::*;
use crate::recovery::{LearnerConfig, StateConfig};
use crate::shedding::COUNT_FROM;
use crate::testing::{arm_lessons, config, plain_run, rows_arrive};

fn view_of(rig: &Rig) -> Arc<ModelView> {
    Arc::clone(&rig.actors.model.load().champion)
}

/// Waits for a published model of which `wanted` is true.
async fn published(rig: &Rig, wanted: impl Fn(&ModelView) -> bool) -> Arc<ModelView> {
    for _ in 0..2_000 {
        if wanted(&view_of(rig)) {
            return view_of(rig);
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let view = view_of(rig);
    panic!("not published within 10 s: {} trained, {} counted", view.trained(), view.events());
}

fn clicks_in(commits: &[Vec<Record>]) -> u64 {
    let events = commits.iter().flatten();
    let chosen = |record: &&Record| matches!(&record.body, RecordBody::Event { event, .. } if event.event_type == EventTypeId(1));
    events.filter(chosen).count() as u64
}

/// The recovered learner is the live one of the cut where nothing is left to replay.
#[actix::test]
async fn the_live_learner_is_that_of_a_plain_run_under_delays_kills_and_cuts() {
    for seed in 1..5 {
        println!("seed {seed}");
        let test = format!("learn{seed}");
        let mut dice = Dice::new(30 + seed);
        slow_some(&test, &mut dice);
        let commits = numbered(&traffic(&test, SHARDS, (160, 12), &mut dice));
        let rig = Rig::new(SHARDS);
        let mut acks = Vec::new();
        for (number, commit) in commits.iter().enumerate() {
            if number % 25 == 10 {
                // Another user each time: a record that kills twice is set aside, and plain runs do not skip it.
                arm(&user(&test, number as u64 % 60), Mishap { kills: 1, ..Mishap::default() });
            }
            if number % 30 == 29 {
                // Abandoned if a shard is down just now.
                let _ = rig.actors.dispatcher.checkpoint().await;
            }
            acks.push(rig.commit(commit));
        }
        for ack in acks {
            ack.await.unwrap();
        }
        rig.passed_on(rig.log.last()).await;
        let report = rig.actors.dispatcher.checkpoint().await.unwrap();
        assert_eq!(report.cut, rig.log.last());
        check_like_plain(&rig, &commits, &[]).await;
        let view = published(&rig, |view| view.events() == clicks_in(&commits)).await;
        assert_eq!(view.trained(), view.events(), "nothing was shed");
        let impressions = plain_run(&commits, &rig.config, &[]).learner.unwrap();
        let impressions = impressions.champion().learner().click().learned();
        assert!(50 < impressions, "{impressions} impressions were settled");
        published(&rig, |view| view.click().learned() == impressions).await;
        assert!(20 < rows_arrive(&rig, &commits).await);
    }
}

#[actix::test]
async fn a_restart_from_a_cut_learns_on_as_if_there_had_been_none() {
    let mut dice = Dice::new(41);
    let commits = numbered(&traffic("relearn", SHARDS, (149, 12), &mut dice));
    let (log, store) = (Arc::default(), Arc::default());
    for (life, part) in [&commits[..50], &commits[50..100], &commits[100..]].into_iter().enumerate()
    {
        let rig = Rig::with(SHARDS, settings(), Arc::clone(&log), Arc::clone(&store));
        let (early, late) = part.split_at(30);
        rig.run(early).await;
        // Rows are in the shards and let go of, so that the next cut holds them there.
        published(&rig, |view| 0 < view.trained()).await;
        rig.actors.dispatcher.checkpoint().await.unwrap();
        tokio::time::sleep(Duration::from_millis(30)).await;
        rig.run(&late[..10]).await;
        rig.actors.dispatcher.checkpoint().await.unwrap();
        rig.run(&late[10..]).await; // these come from the log
        rig.passed_on(log.last()).await;
        check_like_plain(&rig, &commits[..50 * (life + 1)], &[]).await;
    }
    let rig = Rig::with(SHARDS, settings(), log, store);
    assert_eq!(view_of(&rig).events(), clicks_in(&commits), "published before the first commit");
    assert!(20 < rows_arrive(&rig, &commits).await);
}

#[actix::test]
async fn a_killed_shard_gets_its_rows_again() {
    let mut dice = Dice::new(42);
    let commits = numbered(&traffic("rowsback", SHARDS, (120, 12), &mut dice));
    let rig = Rig::new(SHARDS);
    rig.run(&commits).await;
    rows_arrive(&rig, &commits).await;
    // No cut holds a row: a new life begins without any.
    let at = Timestamp::from_millis(NOON);
    for number in 0..60 {
        let name = user("rowsback", number);
        arm(&name, Mishap { kills_in_view: 1, ..Mishap::default() });
        let view = rig.actors.shards.view(shard_of(&name, SHARDS), UserId::new(&name), at);
        let died = view.await.is_err();
        arm(&name, Mishap::default());
        assert!(died || 8 <= number, "nobody was killed");
    }
    assert!(20 < rows_arrive(&rig, &commits).await);
    rig.actors.dispatcher.checkpoint().await.unwrap();
    check_like_plain(&rig, &commits, &[]).await;
}

#[actix::test]
async fn rows_are_let_go_of_once_a_cut_holds_them_in_their_shards() {
    let mut dice = Dice::new(43);
    let commits = numbered(&traffic("letgo", SHARDS, (120, 12), &mut dice));
    let rig = Rig::new(SHARDS);
    let buffered = || rig.recovered().learner.unwrap().champion().learner().users().len();
    rig.run(&commits[..100]).await;
    let with_rows = rows_arrive(&rig, &commits[..100]).await;
    rig.actors.dispatcher.checkpoint().await.unwrap();
    assert_eq!(buffered(), with_rows, "the first cut holds them in both places");
    rig.run(&commits[100..101]).await;
    rig.actors.dispatcher.checkpoint().await.unwrap();
    assert!(buffered() <= commits[100].len(), "{} are left", buffered());
    rig.run(&commits[101..]).await;
    rig.passed_on(rig.log.last()).await;
    check_like_plain(&rig, &commits, &[]).await;
}

/// Commits of a user whose lessons take long, of others, and what became of their acks.
#[actix::test]
async fn a_learner_that_is_behind_sheds_makes_no_commit_wait_and_recovers() {
    let rig = Rig::new(SHARDS);
    let clicks = |commits: usize, each: usize| {
        let one = |n: usize| click(&user("behind", n as u64 % 7), SHARDS, n as u32 % 40, NOON);
        (0..commits).map(move |commit| (0..each).map(|n| one(commit * each + n)).collect())
    };
    let mut bodies = vec![items()];
    bodies.extend(clicks(40, 500));
    bodies.extend(clicks(10, 20));
    let commits = numbered(&bodies);
    let slow = |delay| {
        for number in 0..7 {
            arm_lessons(&user("behind", number), Mishap { delay, ..Mishap::default() });
        }
    };
    slow(Duration::from_millis(2));
    // At 2 ms a lesson that is less than a tenth of what the lessons alone would take.
    let ran = tokio::time::timeout(Duration::from_secs(4), rig.run(&commits[..41])).await;
    let acks = ran.expect("commits waited for the learner");
    assert!(acks[1..].iter().all(|ack| ack.outcomes.len() == 500));
    rig.passed_on(rig.log.last()).await;
    slow(Duration::ZERO);
    let view = published(&rig, |view| view.events() == 20_000).await;
    assert!((2_000..=COUNT_FROM as u64 + 1_000).contains(&view.trained()), "{}", view.trained());
    rig.run(&commits[41..]).await;
    let after = published(&rig, |view| view.events() == 20_200).await;
    assert_eq!(after.trained() - view.trained(), 200, "nothing is shed any more");
    assert_eq!(*rig.fatal.lock().unwrap(), Vec::<String>::new());
}

#[actix::test]
async fn a_lesson_that_panics_costs_itself_live_and_in_recovery_and_not_the_node() {
    let mut dice = Dice::new(44);
    let mut bodies = traffic("badlesson", SHARDS, (60, 10), &mut dice);
    bodies[30].push(click("badlesson-victim", SHARDS, 3, NOON));
    let commits = numbered(&bodies);
    arm_lessons("badlesson-victim", Mishap { kills: 1, ..Mishap::default() });
    let rig = Rig::new(SHARDS);
    let acks = rig.run(&commits).await;
    assert!(acks[30].outcomes.iter().all(|outcome| *outcome == RecordOutcome::Applied));
    let view = published(&rig, |view| view.events() + 1 == clicks_in(&commits)).await;
    assert_eq!(view.trained(), view.events());
    rig.actors.dispatcher.checkpoint().await.unwrap();
    check_like_plain(&rig, &commits, &[]).await;
}

fn without_model() -> StateConfig {
    let with = config(SHARDS);
    let apply = ApplyConfig { learning: None, ..(*with.apply).clone() };
    StateConfig { apply: Arc::new(apply), model: None, ..with }
}

fn model_entries(rig: &Rig) -> usize {
    let mut entries = 0;
    rig.store.load(PartOwner::Model, &mut |_, _| entries += 1).unwrap();
    entries
}

#[actix::test]
async fn without_a_model_nothing_of_it_runs_and_no_part_is_written() {
    let mut dice = Dice::new(45);
    let commits = numbered(&traffic("nomodel", SHARDS, (80, 10), &mut dice));
    let rig = Rig::of(without_model(), settings(), Arc::default(), Arc::default());
    rig.run(&commits[..40]).await;
    rig.actors.dispatcher.checkpoint().await.unwrap();
    rig.run(&commits[40..]).await;
    rig.passed_on(rig.log.last()).await;
    assert_eq!((view_of(&rig).events(), view_of(&rig).revision()), (0, 0));
    check_like_plain(&rig, &commits, &[]).await;
    assert!(rig.recovered().learner.is_none());
    rig.actors.dispatcher.checkpoint().await.unwrap();
    assert_eq!(model_entries(&rig), 0);
}

#[actix::test]
async fn a_model_of_another_seed_begins_anew_and_clears_the_old_one_away() {
    let mut dice = Dice::new(46);
    let commits = numbered(&traffic("reseed", SHARDS, (80, 10), &mut dice));
    let first = Rig::new(SHARDS);
    first.run(&commits[..60]).await;
    first.actors.dispatcher.checkpoint().await.unwrap();
    let before = model_entries(&first);
    let (log, store) = (Arc::clone(&first.log), Arc::clone(&first.store));
    drop(first);
    let old = config(SHARDS);
    let model = old.model.clone().map(|model| LearnerConfig { seed: 8, ..model });
    let anew = StateConfig { model, ..old };
    let second = Rig::of(anew.clone(), settings(), Arc::clone(&log), Arc::clone(&store));
    assert_eq!(view_of(&second).events(), 0);
    second.run(&commits[60..61]).await;
    second.actors.dispatcher.checkpoint().await.unwrap();
    assert!(model_entries(&second) < before, "{} of {before}", model_entries(&second));
    let learned = second.recovered().learner.unwrap();
    assert_eq!(learned.champion().learner().counted().events, clicks_in(&commits[60..61]));
}

#[test]
fn shards_of_a_hash_are_those_of_its_user() {
    let plain = plain_run(&[], &config(SHARDS), &[]);
    assert_eq!(plain.shards.len(), usize::from(SHARDS));
    for number in 0..100 {
        let name = UserId::new(&user("hash", number));
        let hash = crate::testing::KEY.user_hash(&name);
        let shard: ShardId = engine::NodeKey::shard_of_hash(hash, SHARDS);
        assert_eq!(shard, crate::testing::KEY.shard_of(&name, SHARDS));
    }
}
