//! The one comparison of this crate: live, recovered and plain runs must come to the same.

use std::collections::BTreeSet;
use std::time::Duration;

use engine::model::{UserRow, Versions};
use engine::shard::ShardState;
use engine::{Record, RecordBody, Sequence, Timestamp, UserId};

use super::rig::recover_from;
use super::{Dice, KEY, MemoryStore, Mishap, NOON, Plain, Rig, arm, plain_run, user};
use crate::Recovered;

/// Slows some users of a test down, so that shards answer in ever other orders.
pub(crate) fn slow_some(test: &str, dice: &mut Dice) {
    for number in 0..60 {
        let delay = Duration::from_micros(dice.below(400));
        arm(&user(test, number), Mishap { delay, ..Mishap::default() });
    }
}

/// Live state, and what a restart would come to, must be that of a plain run over the same records.
pub(crate) async fn check_like_plain(rig: &Rig, commits: &[Vec<Record>], skip: &[Sequence]) {
    let plain = plain_run(commits, &rig.config, skip);
    let (live, recovered) = (rig.digests().await, rig.recovered());
    if live != plain.shards {
        // Where a cut holds all, what was recovered is what lived.
        let fresh = recover_from(&rig.log, &MemoryStore::default(), &rig.config);
        for (one, two) in recovered.shards.iter().zip(&fresh.shards) {
            println!("{:?}", one.differences(two, 9));
        }
    }
    assert_eq!(live, plain.shards, "live shards");
    let digests: Vec<_> = recovered.shards.iter().map(ShardState::digest).collect();
    assert_eq!(digests, plain.shards, "recovered shards");
    assert_eq!(recovered.activity.digest(), plain.activity, "recovered activity");
    let tables = |learner: &Option<Versions>| learner.as_ref().map(Versions::digest_of_tables);
    assert_eq!(tables(&recovered.learner), tables(&plain.learner), "recovered learner");
    check_rows(&recovered, &plain, commits);
    assert_eq!(*rig.fatal.lock().unwrap(), Vec::<String>::new());
}

/// Each user's newest row is in the learner's buffer or else in their shard, wherever it has got to.
fn check_rows(recovered: &Recovered, plain: &Plain, commits: &[Vec<Record>]) {
    let (Some(recovered_learner), Some(learner)) = (&recovered.learner, &plain.learner) else {
        return;
    };
    for user in users_of(commits) {
        let hash = KEY.user_hash(&user);
        let shard =
            &recovered.shards[usize::from(KEY.shard_of(&user, plain.shards.len() as u16).0)];
        let held = shard.view(&user, Timestamp::from_millis(NOON)).model.row;
        let rows = recovered_learner.champion().learner().users();
        let held = held.filter(|row| row.era == rows.era());
        let newest = rows.get(hash).cloned().or(held);
        let plain = learner.champion().learner().users().get(hash).cloned();
        assert_eq!(newest, plain, "the row of {user}");
    }
}

/// Waits until every user's row in their shard is the one that a plain run comes to; how many have one.
pub(crate) async fn rows_arrive(rig: &Rig, commits: &[Vec<Record>]) -> usize {
    let expected = plain_run(commits, &rig.config, &[]).learner.unwrap();
    let users = users_of(commits);
    let mut with_rows = 0;
    for _ in 0..500 {
        let mut missing = 0;
        with_rows = 0;
        for user in &users {
            let row = expected.champion().learner().users().get(KEY.user_hash(user)).cloned();
            with_rows += usize::from(row.is_some());
            missing += usize::from(held(rig, user).await != row);
        }
        if missing == 0 {
            return with_rows;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("rows of {with_rows} users have not arrived");
}

/// The row that a user's shard holds.
async fn held(rig: &Rig, user: &UserId) -> Option<UserRow> {
    let shard = KEY.shard_of(user, rig.config.shards);
    let view = rig.actors.shards.view(shard, user.clone(), Timestamp::from_millis(NOON)).await;
    view.ok()?.model.row
}

fn users_of(commits: &[Vec<Record>]) -> BTreeSet<UserId> {
    let user = |record: &Record| match &record.body {
        RecordBody::Event { event, .. } => Some(event.user.clone()),
        _ => None,
    };
    commits.iter().flatten().filter_map(user).collect()
}
