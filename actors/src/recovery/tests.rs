//! Tests of recovery on its own.

use engine::Sequence;

use super::*;
use crate::progress::RecoveryPhase;
use crate::testing::{
    Dice, MemoryLog, MemoryStore, Mishap, NOON, arm, click, config, numbered, plain_run, shard_of,
    traffic,
};

fn recover_all(log: &MemoryLog, shards: u16) -> Recovered {
    let store = MemoryStore::default();
    let sources =
        RecoverySources { store: &store, log, last: log.last(), set_aside: log.set_aside() };
    let progress = RecoveryProgress::default();
    assert_eq!((progress.phase(), progress.fraction()), (RecoveryPhase::Waiting, 0.0));
    let recovered = recover(&sources, &config(shards), &progress).unwrap();
    assert_eq!((progress.phase(), progress.fraction()), (RecoveryPhase::Done, 1.0));
    assert_eq!(progress.replayed(), log.0.lock().unwrap().len() as u64);
    recovered
}

fn logged(commits: &[Vec<Record>]) -> MemoryLog {
    let log = MemoryLog::default();
    for commit in commits {
        log.append(commit);
    }
    log
}

fn check_like_plain(recovered: &Recovered, commits: &[Vec<Record>], skip: &[Sequence]) {
    let plain = plain_run(commits, &config(recovered.shards.len() as u16), skip);
    let digests: Vec<_> = recovered.shards.iter().map(ShardState::digest).collect();
    assert_eq!(digests, plain.shards);
    assert_eq!(recovered.activity.digest(), plain.activity);
    let digest = |learner: &Option<Versions>| learner.as_ref().map(Versions::digest_of_tables);
    assert_eq!(digest(&recovered.learner), digest(&plain.learner));
    assert!(
        plain.learner.is_some_and(|learner| 100 < learner.champion().learner().counted().events)
    );
}

#[test]
fn recovery_from_the_log_alone_equals_a_plain_run_whatever_the_number_of_shards() {
    for shards in [1, 2, 16] {
        let bodies = traffic("scan", shards, (700, 12), &mut Dice::new(21));
        let commits = numbered(&bodies);
        let log = logged(&commits);
        assert!(CHUNK < log.0.lock().unwrap().len(), "more than one chunk, or nothing is shown");
        let recovered = recover_all(&log, shards);
        assert_eq!(recovered.last, log.last());
        check_like_plain(&recovered, &commits, &[]);
    }
}

#[test]
fn a_record_that_kills_recovery_twice_is_set_aside_and_reported() {
    let mut bodies = traffic("scanpoison", 8, (300, 12), &mut Dice::new(22));
    bodies[200].insert(1, click("scanpoison-itself", 8, 3, NOON));
    let commits = numbered(&bodies);
    let poison = commits[200][1].sequence;
    arm("scanpoison-itself", Mishap { kills: u32::MAX, ..Mishap::default() });
    let log = logged(&commits);
    let recovered = recover_all(&log, 8);
    assert_eq!(recovered.found, [(poison, shard_of("scanpoison-itself", 8))]);
    assert_eq!(recovered.set_aside.list(), [poison]);
    check_like_plain(&recovered, &commits, &[poison]);
}

#[test]
fn a_record_that_kills_recovery_once_counts_once() {
    let mut bodies = traffic("scanonce", 8, (300, 12), &mut Dice::new(23));
    bodies[250].push(click("scanonce-itself", 8, 3, NOON));
    let commits = numbered(&bodies);
    arm("scanonce-itself", Mishap { kills: 1, ..Mishap::default() });
    let log = logged(&commits);
    let recovered = recover_all(&log, 8);
    assert_eq!(recovered.found, []);
    check_like_plain(&recovered, &commits, &[]);
}

#[test]
fn a_checkpoint_from_beyond_the_log_is_refused() {
    let (store, log) = (MemoryStore::default(), MemoryLog::default());
    let cut = Sequence(7);
    let manifest =
        engine::part::CutManifest { cut, set_aside: Vec::new(), taken_at_ms: 0, bytes: 0 };
    store.commit(&manifest).unwrap();
    let sources =
        RecoverySources { store: &store, log: &log, last: Sequence(6), set_aside: Vec::new() };
    let refused = recover(&sources, &config(2), &RecoveryProgress::default()).unwrap_err();
    assert!(matches!(refused, RecoverError::CutBeyondLog { cut: Sequence(7), .. }), "{refused}");
}
