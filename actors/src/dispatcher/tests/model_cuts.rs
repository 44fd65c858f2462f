//! Tests of cuts with a learner in them: its part is of the same commit, and no row is lost between it and the shards.

use super::*;
use crate::ActorSettings;
use crate::testing::{arm_lessons, rows_arrive};

/// The order of lessons and cuts must hold with many cuts, rows on their way and shards that die while one is taken.
#[actix::test]
async fn frequent_cuts_among_deaths_lose_no_row() {
    for seed in 1..4 {
        println!("seed {seed}");
        let test = format!("cuts{seed}");
        let mut dice = Dice::new(50 + seed);
        slow_some(&test, &mut dice);
        let commits = numbered(&traffic(&test, SHARDS, (200, 8), &mut dice));
        let often = ActorSettings {
            cut_every: Duration::from_millis(4),
            publish_model_every: Duration::from_millis(1),
            ..settings()
        };
        let rig = Rig::with(SHARDS, often, Arc::default(), Arc::default());
        for (number, commit) in commits.iter().enumerate() {
            if number % 15 == 7 {
                arm(&user(&test, dice.below(60)), Mishap { kills: 1, ..Mishap::default() });
            }
            rig.run(std::slice::from_ref(commit)).await;
            if number % 50 == 49 {
                // Until nothing is new, so that no cut is taken while the check reads the store.
                while rig.actors.dispatcher.checkpoint().await.is_err() {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                check_like_plain(&rig, &commits[..=number], &[]).await;
            }
        }
        assert!(Sequence(0) < rig.recovered().cut, "no cut was taken");
        rows_arrive(&rig, &commits).await;
    }
}

/// Lessons of commits behind a cut come back from activity while those before it still wait for the learner.
#[actix::test]
async fn a_cut_of_a_learner_that_is_behind_is_of_one_commit() {
    let mut dice = Dice::new(60);
    let commits = numbered(&traffic("slowcut", SHARDS, (120, 8), &mut dice));
    let slow = |delay| {
        for number in 0..60 {
            arm_lessons(&user("slowcut", number), Mishap { delay, ..Mishap::default() });
        }
    };
    slow(Duration::from_millis(2));
    let rig = Rig::new(SHARDS);
    rig.run(&commits[..60]).await;
    let handle = rig.actors.dispatcher.clone();
    let (report, _) = tokio::join!(handle.checkpoint(), async {
        tokio::task::yield_now().await;
        rig.run(&commits[60..]).await
    });
    assert!(report.unwrap().cut < rig.log.last(), "nothing came behind the cut");
    slow(Duration::ZERO);
    check_like_plain(&rig, &commits, &[]).await;
    rig.actors.dispatcher.checkpoint().await.unwrap();
    check_like_plain(&rig, &commits, &[]).await;
}

/// The part that was written held the rows; the new life, made from the cut before, does not.
#[actix::test]
async fn rows_of_a_shard_that_dies_while_its_part_is_written_are_not_let_go_of() {
    let mut dice = Dice::new(61);
    let commits = numbered(&traffic("writedeath", SHARDS, (120, 12), &mut dice));
    let rig = Rig::new(SHARDS);
    rig.run(&commits).await;
    rows_arrive(&rig, &commits).await;
    // Long: each is taken back as soon as what the test is about has happened.
    rig.store.write_ms.store(60_000, Ordering::SeqCst);
    rig.log.1.store(60_000, Ordering::SeqCst);
    let written = rig.store.writes_begun.load(Ordering::SeqCst);
    let name = user("writedeath", 3);
    let handle = rig.actors.dispatcher.clone();
    let (report, ()) = tokio::join!(handle.checkpoint(), async {
        while rig.store.writes_begun.load(Ordering::SeqCst) == written {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        arm(&name, Mishap { kills_in_view: 1, ..Mishap::default() });
        let (shard, at) = (shard_of(&name, SHARDS), Timestamp::from_millis(NOON));
        let view = rig.actors.shards.view(shard, UserId::new(&name), at).await;
        assert_eq!(view.map(|_| ()), Err(ReadError::Down { shard }));
        // The reader may hear of the death before the mailbox is closed; then the next one tells of it again.
        while rig.actors.shards.down().is_empty() {
            let _ = rig.actors.shards.view(shard, UserId::new(&name), at).await;
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        rig.store.write_ms.store(0, Ordering::SeqCst);
    });
    report.expect("the parts were in when the shard died");
    assert_eq!(rig.actors.shards.down().len(), 1, "resumed before the cut was written");
    rig.log.1.store(0, Ordering::SeqCst);
    rows_arrive(&rig, &commits).await;
    rig.actors.dispatcher.checkpoint().await.unwrap();
    check_like_plain(&rig, &commits, &[]).await;
}
