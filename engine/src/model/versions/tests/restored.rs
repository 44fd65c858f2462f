//! Tests of cuts: versions that were cut and restored are those that never stopped.

use super::*;
use crate::part::PartOwner;

/// What the store does: the newest value of each key.
#[derive(Default)]
struct Store(BTreeMap<Vec<u8>, Vec<u8>>);

impl Store {
    fn write(&mut self, versions: &mut Versions) {
        let part = versions.cut();
        assert_eq!(part.owner, PartOwner::Model);
        for entry in part.entries {
            match entry.value {
                Some(value) => self.0.insert(entry.key, value),
                None => self.0.remove(&entry.key),
            };
        }
    }

    fn restore(&self) -> Versions {
        Versions::restore(config(), self.0.clone()).expect("the store holds a cut")
    }
}

/// Something to tell, of the versions that there may be.
fn any_command(word: u64) -> ModelCommand {
    let version = (word >> 8) as u32 % 6;
    match word % 9 {
        0 => ModelCommand::Freeze,
        1 => ModelCommand::Resume,
        2 | 3 => ModelCommand::Challenge { start: ChallengerStart::Champion, changes: absurd() },
        4 => ModelCommand::Challenge {
            start: ChallengerStart::Nothing,
            changes: ModelChanges { dimensions: Some(32), ..ModelChanges::default() },
        },
        5 => ModelCommand::Stop { version },
        6 => ModelCommand::Promote { version },
        7 => ModelCommand::Rollback { version },
        _ => ModelCommand::Canary { version, share: (word >> 16) as u16 % 10_001 },
    }
}

/// The champion's own row of a user is with the shards once it is let go of: here nothing ever is.
#[test]
fn versions_restored_go_on_bit_for_bit_whatever_they_were_told() {
    let mut happened = Vec::new();
    for seed in 0..8 {
        let mut stream = Tastes::new(seed, 30);
        let mut versions = Versions::new(config());
        let mut store = Store::default();
        for round in 0..60 {
            stream.teach(&mut versions, 20 + mix(seed, round) % 120);
            if !mix(seed ^ 5, round).is_multiple_of(3) {
                let word = mix(seed ^ 6, round);
                let _ = tell(&mut versions, 1_000_000 + round, any_command(word));
            }
            if mix(seed ^ 7, round).is_multiple_of(2) {
                let _ = versions.publish();
            }
            if !mix(seed ^ 8, round).is_multiple_of(3) {
                continue;
            }
            store.write(&mut versions);
            let mut back = store.restore();
            assert_eq!(back.digest_of_tables(), versions.digest_of_tables(), "{seed}, {round}");
            let mut again = stream.clone();
            again.teach(&mut back, 30);
            stream.teach(&mut versions, 30);
            assert_eq!(back.digest_of_tables(), versions.digest_of_tables(), "{seed}, {round} on");
            assert_eq!(back.champion.learner.digest(), versions.champion.learner.digest());
            assert_eq!(back.report(), versions.report(), "{seed}, {round}");
        }
        happened.extend(events(&versions));
    }
    for wanted in [
        |event: &NoteEvent| matches!(event, NoteEvent::Promoted { .. }),
        |event: &NoteEvent| matches!(event, NoteEvent::RolledBack { .. }),
        |event: &NoteEvent| matches!(event, NoteEvent::Stopped { .. }),
        |event: &NoteEvent| matches!(event, NoteEvent::CanarySet { .. }),
    ] {
        assert!(happened.iter().any(wanted), "{happened:?}");
    }
}

#[test]
fn nothing_is_left_in_the_store_of_versions_that_are_gone() {
    let mut versions = Versions::new(config());
    let mut stream = Tastes::new(3, 30);
    let mut store = Store::default();
    stream.teach(&mut versions, 2_500);
    store.write(&mut versions);
    let places = |store: &Store| {
        let placed = store.0.keys().filter(|key| key[0] == 0x41).map(|key| key[1..5].to_vec());
        placed.collect::<std::collections::BTreeSet<_>>().len()
    };
    assert_eq!(places(&store), 2, "two copies");
    let version = challenge(&mut versions, 1_000_000, ModelChanges::default());
    store.write(&mut versions);
    assert_eq!(places(&store), 3);
    stream.teach(&mut versions, 300);
    let _ = tell(&mut versions, 1_000_001, ModelCommand::Promote { version });
    store.write(&mut versions);
    assert_eq!(
        places(&store),
        1,
        "copies of a champion go with it; the one before stays where it was"
    );
    let _ = tell(&mut versions, 1_000_002, ModelCommand::Rollback { version });
    store.write(&mut versions);
    assert_eq!(places(&store), 2, "the one taken back and a copy of the one that came back");
    assert!(store.0.contains_key(&vec![0]), "the first champion is in its old place");
}

#[test]
fn a_checkpoint_of_before_there_were_versions_is_that_of_the_first_champion() {
    let config = config();
    let mut learner = Learner::new(config.seed, config.model.clone());
    let mut stream = Tastes::new(4, 30);
    for _ in 0..200 {
        let _ = learner.take(&stream.lesson());
    }
    let entries = learner.cut().entries.into_iter();
    let entries = entries.map(|entry| (entry.key, entry.value.expect("nothing left yet")));
    let mut versions = Versions::restore(config, entries).unwrap();
    assert_eq!(versions.champion.learner.digest(), learner.digest());
    assert_eq!(versions.champion.number, 0);
    stream.teach(&mut versions, 10);
}

#[test]
fn a_whole_cut_holds_all_there_is_clicks_too() {
    let config = config();
    let mut learner = Learner::new(config.seed, config.model.clone());
    let mut stream = Tastes::new(4, 30);
    for n in 0..300_u32 {
        let _ = learner.take(&stream.lesson());
        let row = crate::model::ClickRow {
            fields: vec![(1, n % 7), (2, n % 50), (3, n)],
            shared: 1,
            ..crate::model::ClickRow::default()
        };
        let _ = learner.learn_click(&crate::model::ClickSample {
            sequence: Sequence(u64::from(n)),
            user_hash: 1,
            row,
            position: 1,
            propensity: 1.0,
            outcome: crate::model::ClickOutcome::Unclicked,
            weight: 1.0,
            version: 0,
        });
    }
    let _ = learner.cut();
    learner.recut();
    let entries = learner.cut().entries.into_iter();
    let entries = entries.filter_map(|entry| Some((entry.key, entry.value?)));
    let entries: BTreeMap<_, _> = entries.collect();
    let back = Learner::restore(config.seed, config.model, entries).unwrap();
    assert_eq!(back.digest(), learner.digest());
}
