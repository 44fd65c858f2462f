//! Tests of users' rows: none of another version is ever read.

use super::*;

fn rows(version: &Version) -> Vec<(u64, UserRow)> {
    version.learner.users.all().into_iter().map(|(user, row)| (user, row.clone())).collect()
}

#[test]
fn a_challenger_takes_the_champions_rows_over_as_it_meets_users_and_keeps_them_to_itself() {
    let mut versions = Versions::new(config());
    let mut stream = Tastes::new(1, 50);
    stream.teach(&mut versions, 600);
    let before = rows(&versions.champion);
    challenge(&mut versions, 1_000_000, ModelChanges::default());
    stream.teach(&mut versions, 1);
    let challenger = versions.challenger.as_ref().unwrap();
    let [(user, row)] = &rows(challenger)[..] else { panic!("{:?}", rows(challenger)) };
    let champion = versions.champion.learner.users.get(*user).unwrap();
    // Nothing differs between the two, so they have learned the same from the same row.
    assert_eq!((row.vector.clone(), row.squares), (champion.vector.clone(), champion.squares));
    assert_ne!(row.era, champion.era);
    assert!(before.iter().any(|(known, _)| known == user), "a user who had a row");
    stream.teach(&mut versions, 2_000);
    let publication = versions.publish();
    assert!(publication.rows.iter().all(|(_, row)| row.era == 0), "only the champion's go out");
    let view = publication.models.challenger.clone().unwrap();
    for (user, row) in rows(versions.challenger.as_ref().unwrap()) {
        assert_eq!(view.held.as_ref().unwrap().get(user), Some(&row));
    }
}

#[test]
fn a_promoted_challenger_sends_all_its_rows_and_no_view_mixes_those_of_another() {
    let mut versions = Versions::new(config());
    let mut stream = Tastes::new(2, 40);
    stream.teach(&mut versions, 800);
    let old_row = rows(&versions.champion)[0].clone();
    let version = challenge(&mut versions, 1_000_000, ModelChanges::default());
    stream.teach(&mut versions, 800);
    let _ = versions.publish();
    let held = rows(versions.challenger.as_ref().unwrap());
    assert!(30 < held.len());
    let _ = tell(&mut versions, 1_000_001, ModelCommand::Promote { version });
    let publication = versions.publish();
    let mut sent = publication.rows;
    sent.sort_unstable_by_key(|(user, _)| *user);
    assert_eq!(sent, held);
    let champion = &publication.models.champion;
    assert_eq!((champion.version(), champion.era), (1, sent[0].1.era));
    let with = |row: Option<UserRow>| {
        let user = ModelUser { hash: old_row.0, row, ..ModelUser::default() };
        let mut vector = crate::model::UserVector::default();
        champion.user_vector(&user, &mut vector);
        vector.vector
    };
    assert_eq!(
        with(Some(old_row.1.clone())),
        with(None),
        "a row of the version before is not read"
    );
    assert_ne!(with(Some(sent[0].1.clone())), with(None));
    assert!(publication.models.challenger.is_none());
}

#[test]
fn a_version_that_comes_back_begins_users_rows_anew() {
    let mut versions = Versions::new(config());
    let mut stream = Tastes::new(3, 40);
    stream.teach(&mut versions, 800);
    let version = challenge(&mut versions, 1_000_000, ModelChanges::default());
    stream.teach(&mut versions, 400);
    let _ = tell(&mut versions, 1_000_001, ModelCommand::Promote { version });
    stream.teach(&mut versions, 100);
    let eras = versions.next.era;
    let outcome = tell(&mut versions, 1_000_002, ModelCommand::Rollback { version });
    assert_eq!(outcome, CommandOutcome::Done { version: 0 });
    assert!(rows(&versions.champion).is_empty());
    assert!(eras <= versions.champion.learner.users.era(), "an era of its own");
    // What shards still hold of either version is of other eras.
    stream.teach(&mut versions, 300);
    assert!(!rows(&versions.champion).is_empty());
}
