use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::model::click::config::ClickConfig;
use crate::model::click::testing::{Impressions, PURCHASE, small};

mod fixture;

#[derive(Clone, Default)]
struct Store(BTreeMap<Vec<u8>, Vec<u8>>);

impl Store {
    fn cut(&mut self, head: &mut ClickHead) -> usize {
        let mut entries = Vec::new();
        head.cut(&mut entries);
        let mut keys: Vec<_> = entries.iter().map(|entry| entry.key.clone()).collect();
        let all = keys.len();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), all, "each key once");
        for entry in entries {
            match entry.value {
                Some(value) => self.0.insert(entry.key, value),
                None => self.0.remove(&entry.key),
            };
        }
        all
    }

    fn restore(&self, config: ClickConfig) -> Result<ClickHead, CodecError> {
        let mut found = FoundClicks::default();
        for (key, value) in &self.0 {
            found.take(key, value)?;
        }
        let mut head = ClickHead::new(3, config);
        head.settle(&found)?;
        Ok(head)
    }
}

fn digest(head: &ClickHead) -> u64 {
    let mut hasher = SipHasher13::new();
    head.digest(&mut hasher);
    hasher.finish()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn a_head_that_was_cut_and_restored_goes_on_as_one_that_never_was(
        steps in prop::collection::vec((0_usize..60, 0..3), 1..12),
        max_features in 16_usize..400,
        expire_after in 20_u32..2_000,
    ) {
        let config = ClickConfig { max_features, expire_after, admit_after: 2, ..small() };
        let (mut never, mut restored) = (ClickHead::new(3, config.clone()), ClickHead::new(3, config.clone()));
        let (mut stream, mut same) = (Impressions::new(1), Impressions::new(1));
        (stream.items, same.items) = (300, 300);
        let mut store = Store::default();
        for (samples, what) in steps {
            stream.teach(&mut never, samples);
            same.teach(&mut restored, samples);
            match what {
                0 => { let _ = restored.publish(); }
                1 => { store.cut(&mut restored); }
                _ => {
                    store.cut(&mut restored);
                    restored = store.restore(config.clone()).expect("what was cut");
                }
            }
            prop_assert_eq!(digest(&never), digest(&restored));
        }
    }
}

#[test]
fn a_cut_writes_what_changed_and_nothing_else() {
    let mut head = ClickHead::new(3, small());
    let mut store = Store::default();
    assert_eq!(store.cut(&mut head), 0, "nothing was learned");
    let mut stream = Impressions::new(1);
    stream.teach(&mut head, 2_000);
    assert!(100 < store.cut(&mut head));
    assert_eq!(store.cut(&mut head), 0, "nothing was learned since");
    stream.teach(&mut head, 1);
    assert!((7..=15).contains(&store.cut(&mut head)), "the header and the row's features");
}

#[test]
fn a_checkpoint_without_a_click_head_gives_one_that_has_seen_nothing() {
    let head = Store::default().restore(small()).expect("no entries");
    assert_eq!(digest(&head), digest(&ClickHead::new(3, small())));
}

#[test]
fn other_dimensions_start_anew_and_leave_nothing_behind() {
    let mut head = ClickHead::new(3, small());
    let mut stream = Impressions::new(1);
    stream.teach(&mut head, 2_000);
    let mut store = Store::default();
    store.cut(&mut head);
    let wider = ClickConfig { lanes: 2, ..small() };
    let mut anew = store.restore(wider.clone()).expect("a new head");
    assert_eq!(anew.learned(), 0);
    stream.teach(&mut anew, 30);
    store.cut(&mut anew);
    let again = store.restore(wider).expect("its own entries alone");
    assert_eq!(digest(&again), digest(&anew));
}

#[test]
fn goals_are_found_by_name_and_new_ones_start() {
    let goal = |event_type, counts| ClickGoal { event_type, counts };
    let bought = goal(PURCHASE, GoalCounts::Events);
    let watched = goal(EventTypeId(11), GoalCounts::Values);
    let with = |goals: Vec<ClickGoal>| ClickConfig { goals, ..small() };
    let mut head = ClickHead::new(3, with(vec![bought]));
    Impressions::new(1).teach(&mut head, 1_000);
    let mut store = Store::default();
    store.cut(&mut head);
    let more = store.restore(with(vec![watched, bought])).expect("goals may be added");
    assert_eq!(more.goals[1].line, head.goals[0].line);
    let row = Impressions::new(2).sample().row;
    let fewer = store.restore(with(Vec::new())).expect("goals may go");
    for other in [&more, &fewer] {
        assert_eq!(other.logit(&row).to_bits(), head.logit(&row).to_bits());
    }
}

#[test]
fn damaged_or_missing_entries_are_errors_and_never_panics() {
    let mut head = ClickHead::new(3, small());
    Impressions::new(1).teach(&mut head, 200);
    let mut store = Store::default();
    store.cut(&mut head);
    for key in store.0.keys() {
        for length in [0, 1, 9] {
            let mut damaged = store.clone();
            damaged.0.entry(key.clone()).and_modify(|value| value.truncate(length));
            assert!(damaged.restore(small()).is_err(), "{key:?} cut to {length}");
        }
        let mut missing = store.clone();
        missing.0.remove(key);
        assert!(missing.restore(small()).is_err(), "{key:?} gone");
    }
}
