//! Tests of running actors: order, deaths, poison, cuts, bounds.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use engine::{Record, RecordBody, Sequence, Timestamp, UserId};

use crate::testing::{
    Dice, Mishap, NOON, Rig, arm, check_like_plain, click, items, kills_left, numbered, settings,
    shard_of, slow_some, tick, traffic, user,
};
use crate::{CutError, ReadError, RecordOutcome};

mod model;
mod model_cuts;
mod versions;

const SHARDS: u16 = 8;

#[actix::test]
async fn outputs_come_in_commit_order_however_slow_single_shards_are() {
    for seed in 1..4 {
        println!("seed {seed}");
        let test = format!("order{seed}");
        let mut dice = Dice::new(seed);
        slow_some(&test, &mut dice);
        let commits = numbered(&traffic(&test, SHARDS, (150, 12), &mut dice));
        let rig = Rig::new(SHARDS);
        let acks = rig.run(&commits).await;
        for (ack, commit) in acks.iter().zip(&commits) {
            assert_eq!(ack.outcomes.len(), commit.len());
            assert_eq!(ack.position, commit.last().unwrap().sequence);
        }
        rig.passed_on(commits.last().unwrap().last().unwrap().sequence).await;
        // The cut holds activity as it is live; nothing is left to replay behind it.
        let report = rig.actors.dispatcher.checkpoint().await.unwrap();
        assert_eq!(report.cut, rig.log.last());
        check_like_plain(&rig, &commits, &[]).await;
    }
}

#[actix::test]
async fn a_shard_killed_under_load_is_resumed_and_nothing_is_lost_or_doubled() {
    for seed in 1..6 {
        println!("seed {seed}");
        let test = format!("kill{seed}");
        let mut dice = Dice::new(seed);
        slow_some(&test, &mut dice);
        let commits = numbered(&traffic(&test, SHARDS, (120, 12), &mut dice));
        let rig = Rig::new(SHARDS);
        let mut acks = Vec::new();
        let mut victims = Vec::new();
        for (number, commit) in commits.iter().enumerate() {
            if number % 20 == 10 {
                // Another one each time: a record that kills twice is set aside.
                let victim = user(&test, number as u64 / 20 * 9);
                arm(&victim, Mishap { kills: 1, ..Mishap::default() });
                victims.push(victim);
            }
            if number == 60 {
                // Abandoned if a shard is down just now: the records then come from the log.
                let _ = rig.actors.dispatcher.checkpoint().await;
            }
            acks.push(rig.commit(commit));
        }
        for ack in acks {
            let ack = tokio::time::timeout(Duration::from_secs(20), ack).await.unwrap().unwrap();
            assert!(ack.outcomes.iter().all(|outcome| *outcome == RecordOutcome::Applied));
        }
        rig.passed_on(rig.log.last()).await;
        rig.actors.dispatcher.checkpoint().await.unwrap();
        check_like_plain(&rig, &commits, &[]).await;
        assert_eq!(rig.actors.set_aside.list(), []);
        assert!(victims.iter().any(|victim| kills_left(victim) == 0), "nobody was killed");
    }
}

#[actix::test]
async fn a_record_that_kills_twice_is_set_aside_and_everyone_else_is_served() {
    let mut dice = Dice::new(9);
    let mut bodies = traffic("poison", SHARDS, (40, 8), &mut dice);
    bodies[20].insert(0, click("poison-itself", SHARDS, 3, NOON));
    let commits = numbered(&bodies);
    let poison = commits[20][0].sequence;
    arm("poison-itself", Mishap { kills: u32::MAX, ..Mishap::default() });

    let rig = Rig::new(SHARDS);
    let acks = rig.run(&commits).await;
    let outcomes: Vec<_> = acks.iter().flat_map(|ack| ack.outcomes.clone()).collect();
    let aside = outcomes.iter().filter(|outcome| **outcome == RecordOutcome::SetAside).count();
    assert_eq!(acks[20].outcomes[0], RecordOutcome::SetAside);
    assert_eq!(aside, 1, "only the poison");
    assert_eq!(rig.actors.set_aside.list(), [poison]);
    let shard = shard_of("poison-itself", SHARDS);
    assert_eq!(*rig.noted.0.lock().unwrap(), [(poison, shard)]);

    // The note comes back through the log, and the cut's manifest holds it too.
    let mut commits = commits;
    let sequence = Sequence(rig.log.last().0 + 1);
    let body = RecordBody::SetAside { sequence: poison, shard };
    commits.push(vec![Record { sequence, body }]);
    rig.run(&commits[commits.len() - 1..]).await;
    check_like_plain(&rig, &commits, &[poison]).await;
    rig.actors.dispatcher.checkpoint().await.unwrap();
    check_like_plain(&rig, &commits, &[poison]).await;
    assert_eq!(rig.recovered().set_aside.list(), [poison]);
}

#[actix::test]
async fn a_node_goes_on_from_its_cut_as_if_it_had_never_stopped() {
    let mut dice = Dice::new(11);
    let commits = numbered(&traffic("restart", SHARDS, (90, 10), &mut dice));
    let first = Rig::new(SHARDS);
    first.run(&commits[..40]).await;
    first.actors.dispatcher.checkpoint().await.unwrap();
    first.run(&commits[40..60]).await; // behind the cut: these come from the log
    let (log, store) = (first.log.clone(), first.store.clone());
    drop(first);

    let second = Rig::with(SHARDS, settings(), log.clone(), store.clone());
    second.run(&commits[60..75]).await;
    let report = second.actors.stop().await.unwrap();
    assert_eq!(report.cut, log.last());

    let third = Rig::with(SHARDS, settings(), log, store);
    assert_eq!(third.recovered().cut, report.cut);
    third.run(&commits[75..]).await;
    check_like_plain(&third, &commits, &[]).await;
}

#[actix::test]
async fn a_cut_between_commits_in_flight_is_of_one_commit() {
    let rig = Rig::new(SHARDS);
    let mut dice = Dice::new(15);
    slow_some("midway", &mut dice);
    let commits = numbered(&traffic("midway", SHARDS, (160, 12), &mut dice));
    let mut between = 0;
    for end in [40, 80, 120, 160] {
        let acks: Vec<_> = commits[end - 40..end].iter().map(|commit| rig.commit(commit)).collect();
        tokio::time::sleep(Duration::from_millis(3)).await;
        let report = rig.actors.dispatcher.checkpoint().await.unwrap();
        between += usize::from(report.cut < commits[end - 1][0].sequence);
        for ack in acks {
            ack.await.unwrap();
        }
        rig.passed_on(rig.log.last()).await;
        assert_eq!(rig.recovered().cut, report.cut);
        check_like_plain(&rig, &commits[..end], &[]).await;
    }
    assert!(0 < between, "every cut was taken when all was done: nothing is shown");
}

#[actix::test]
async fn a_cut_that_fails_at_the_store_loses_nothing() {
    let mut dice = Dice::new(12);
    let commits = numbered(&traffic("fails", SHARDS, (60, 10), &mut dice));
    let rig = Rig::new(SHARDS);
    rig.run(&commits[..20]).await;
    rig.actors.dispatcher.checkpoint().await.unwrap();
    rig.run(&commits[20..40]).await;
    rig.store.fail_at_write.store(4, Ordering::SeqCst);
    let failed = rig.actors.dispatcher.checkpoint().await.unwrap_err();
    assert!(matches!(failed, CutError::NotWritten { .. }), "{failed}");
    check_like_plain(&rig, &commits[..40], &[]).await; // from the cut before
    rig.run(&commits[40..]).await;
    let report = rig.actors.dispatcher.checkpoint().await.unwrap();
    assert_eq!(report.cut, rig.log.last(), "nothing is left to replay");
    check_like_plain(&rig, &commits, &[]).await;
}

#[actix::test]
async fn a_cut_that_takes_too_long_is_abandoned_and_the_next_holds_what_it_held() {
    let settings = crate::ActorSettings { cut_deadline: Duration::from_millis(50), ..settings() };
    let rig = Rig::with(SHARDS, settings, Arc::default(), Arc::default());
    let mut dice = Dice::new(13);
    let mut bodies = traffic("overdue", SHARDS, (30, 10), &mut dice);
    bodies.push(vec![click("overdue-sleeper", SHARDS, 1, NOON)]);
    let commits = numbered(&bodies);
    rig.run(&commits[..31]).await;
    arm("overdue-sleeper", Mishap { delay: Duration::from_millis(300), ..Mishap::default() });
    let sleeping = rig.commit(&commits[31]);
    tokio::time::sleep(Duration::from_millis(20)).await;
    let failed = rig.actors.dispatcher.checkpoint().await.unwrap_err();
    assert_eq!(failed, CutError::Abandoned { cut: rig.log.last() });
    assert!(rig.recovered().cut == Sequence(0));
    sleeping.await.unwrap();
    // Nothing was logged since: the next cut, at the same commit, consists of what was carried over.
    let report = rig.actors.dispatcher.checkpoint().await.unwrap();
    assert!(0 < report.bytes);
    check_like_plain(&rig, &commits, &[]).await;
    assert_eq!(rig.recovered().cut, rig.log.last());
    // And now there is nothing new at all.
    assert_eq!(rig.actors.dispatcher.checkpoint().await.unwrap().bytes, 0);
}

#[actix::test]
async fn a_shard_that_dies_while_a_cut_is_taken_has_it_abandoned_and_nothing_is_lost() {
    let rig = Rig::new(SHARDS);
    let mut dice = Dice::new(14);
    let mut bodies = traffic("cutdeath", SHARDS, (30, 10), &mut dice);
    bodies.push(vec![click("cutdeath-victim", SHARDS, 1, NOON)]);
    bodies.extend(traffic("cutdeath", SHARDS, (30, 10), &mut dice).split_off(1));
    let commits = numbered(&bodies);
    rig.run(&commits[..31]).await;
    arm(
        "cutdeath-victim",
        Mishap { kills: 1, delay: Duration::from_millis(100), ..Mishap::default() },
    );
    let dying = rig.commit(&commits[31]);
    tokio::time::sleep(Duration::from_millis(20)).await;
    let failed = rig.actors.dispatcher.checkpoint().await.unwrap_err();
    assert!(matches!(failed, CutError::OwnerDown { .. }), "{failed}");
    assert_eq!(dying.await.unwrap().outcomes, [RecordOutcome::Applied]);
    rig.run(&commits[32..]).await;
    let report = rig.actors.dispatcher.checkpoint().await.unwrap();
    assert_eq!(report.cut, rig.log.last());
    check_like_plain(&rig, &commits, &[]).await;
}

#[actix::test]
async fn cuts_are_taken_by_time_and_by_bytes_of_log() {
    let commits = numbered(&[items(), vec![click("cadence", SHARDS, 1, NOON)]]);
    let by_time = crate::ActorSettings { cut_every: Duration::from_millis(30), ..settings() };
    let by_bytes = crate::ActorSettings { cut_log_bytes: 2_000, ..settings() };
    for settings in [by_time, by_bytes] {
        let rig = Rig::with(SHARDS, settings, Arc::default(), Arc::default());
        rig.run(&commits[..1]).await;
        for _ in 0..500 {
            if rig.recovered().cut == rig.log.last() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(rig.recovered().cut, rig.log.last());
    }
}

#[actix::test]
async fn the_log_writer_waits_while_eight_commits_are_in_flight() {
    let rig = Rig::new(SHARDS);
    let clicks = (0..20).map(|_| vec![click("slots-slow", SHARDS, 1, NOON)]);
    let commits = numbered(&clicks.collect::<Vec<_>>());
    arm("slots-slow", Mishap { delay: Duration::from_millis(40), ..Mishap::default() });
    let acks: Vec<_> = commits.iter().map(|commit| rig.commit(commit)).collect();
    tokio::time::sleep(Duration::from_millis(60)).await;
    let applied = rig.actors.passed_on.borrow().0;
    let logged = rig.log.0.lock().unwrap().iter().filter(|it| applied < it.sequence.0).count();
    assert!(logged <= 9, "{logged} records are durable and not applied; one may be on its way");
    for ack in acks {
        ack.await.unwrap();
    }
    assert_eq!(rig.log.last(), commits[19][0].sequence);
}

#[actix::test]
async fn a_shard_admits_64_reads_and_sends_the_rest_to_the_next_rung() {
    let rig = Rig::new(SHARDS);
    let shard = shard_of("busy-slow", SHARDS);
    arm("busy-slow", Mishap { delay: Duration::from_millis(200), ..Mishap::default() });
    let commits = numbered(&[vec![click("busy-slow", SHARDS, 1, NOON)]]);
    let applying = rig.commit(&commits[0]);
    tokio::time::sleep(Duration::from_millis(30)).await;
    let at = Timestamp::from_millis(NOON);
    let reads = (0..70).map(|_| rig.actors.shards.view(shard, UserId::new("busy-slow"), at));
    let answers = futures_util::future::join_all(reads).await;
    let busy = answers.iter().filter(|it| matches!(it, Err(ReadError::Busy { .. }))).count();
    assert_eq!(busy, 6);
    assert!(answers.iter().flatten().all(|view| view.events_applied == 1), "reads its own event");
    applying.await.unwrap();
    let after = rig.actors.shards.view(shard, UserId::new("busy-slow"), at).await;
    assert_eq!(after.map(|view| view.known), Ok(true), "permits came back");
}

#[actix::test]
async fn a_shard_found_dead_by_a_reader_is_resumed() {
    let rig = Rig::new(SHARDS);
    let commits = numbered(&[vec![click("viewed", SHARDS, 1, NOON)]]);
    rig.run(&commits).await;
    let (shard, at) = (shard_of("viewed", SHARDS), Timestamp::from_millis(NOON));
    arm("viewed", Mishap { kills_in_view: 1, ..Mishap::default() });
    let view = || rig.actors.shards.view(shard, UserId::new("viewed"), at);
    assert_eq!(view().await.map(|_| ()), Err(ReadError::Down { shard }));
    for _ in 0..500 {
        if view().await.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(view().await.map(|view| view.events_applied), Ok(1));
    check_like_plain(&rig, &commits, &[]).await;
}

#[actix::test]
async fn ticks_are_asked_for_only_while_a_shard_has_timers() {
    let rig = Rig::new(SHARDS);
    assert!(rig.actors.timers_pending.load(Ordering::SeqCst), "unknown until the first tick");
    let id = engine::RecommendationId { shard: shard_of("timers", SHARDS), number: 1 };
    let at = Timestamp::from_millis(NOON);
    let served = engine::record::Served::new(id, UserId::new("timers"), "home", at);
    let shard = shard_of("timers", SHARDS);
    let served = RecordBody::Served { shard, served };
    let commits = numbered(&[vec![tick(NOON)], vec![served], vec![tick(NOON + 3_600_000)]]);
    let mut seen = Vec::new();
    for commit in &commits {
        rig.run(std::slice::from_ref(commit)).await;
        rig.passed_on(commit[0].sequence).await;
        seen.push(rig.actors.timers_pending.load(Ordering::SeqCst));
    }
    assert_eq!(seen, [false, true, false]);
}

/// An idle node showed what had been popular "in the last five minutes" for as long as nobody did anything.
#[actix::test]
async fn ticks_are_asked_for_while_activity_ages_and_not_of_a_node_where_nothing_happened() {
    let rig = Rig::new(SHARDS);
    let wanted = || rig.actors.timers_pending.load(Ordering::SeqCst);
    let click = click("ageing", SHARDS, 1, NOON + 1_000);
    let commits = numbered(&[vec![tick(NOON)], vec![click], vec![tick(NOON + 90_000_000)]]);
    rig.run(&commits[..1]).await;
    rig.passed_on(commits[0][0].sequence).await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert!(!wanted(), "nothing ages");
    rig.run(&commits[1..2]).await;
    for _ in 0..500 {
        if wanted() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(wanted(), "a click ages");
    rig.run(&commits[2..]).await;
    rig.passed_on(commits[2][0].sequence).await;
    assert!(!wanted(), "the tick was written");
}

#[actix::test]
async fn nobody_waits_for_actors_that_have_stopped() {
    let rig = Rig::new(SHARDS);
    let commits = numbered(&vec![vec![click("stopped", SHARDS, 1, NOON)]; 20]);
    rig.run(&commits[..10]).await;
    let (handle, cut) = (rig.actors.dispatcher.clone(), rig.log.last());
    let Rig { actors, writer, .. } = rig;
    assert_eq!(actors.stop().await.map(|report| report.cut), Ok(cut));
    for records in &commits[10..] {
        let (done, ack) = tokio::sync::oneshot::channel();
        writer.send((records.clone(), done)).unwrap();
        let dropped = tokio::time::timeout(Duration::from_secs(10), ack).await.unwrap();
        assert!(dropped.is_err(), "nobody can have applied it");
    }
    assert_eq!(handle.checkpoint().await, Err(CutError::Stopped));
}

#[cfg(feature = "failpoints")]
#[actix::test]
async fn the_fail_point_makes_events_of_the_named_user_deadly_and_no_others() {
    fail::cfg("shard-apply", "return(failpoint-victim)").unwrap();
    let rig = Rig::new(SHARDS);
    let (victim, other) = ("failpoint-victim", "failpoint-other");
    let commits = numbered(&[vec![click(victim, SHARDS, 1, NOON), click(other, SHARDS, 1, NOON)]]);
    let acks = rig.run(&commits).await;
    fail::remove("shard-apply");
    assert_eq!(acks[0].outcomes, [RecordOutcome::SetAside, RecordOutcome::Applied]);
}
