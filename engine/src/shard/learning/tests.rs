use std::collections::BTreeMap;

use proptest::prelude::*;

use super::super::tests::{
    Kept, SHARD, after, any_log, apply_all, click, config, empty, log, of_user, user,
};
use super::*;
use crate::model::numeric;
use crate::outcome::Applied;
use crate::record::{Identity, RecordBody};
use crate::shard::{ApplyConfig, ShardState};
use crate::user::tests::{CLICK, HIDE, NOW, VIEW, event};
use crate::{ItemIndex, Outcome, UserId};

fn hash(n: u32) -> u64 {
    config().key.user_hash(&user(n))
}

fn row_of(first: f32) -> UserRow {
    let mut vector = numeric::zeros(4);
    vector[0].0[0] = first;
    UserRow { vector: vector.into(), squares: first / 2.0, era: 0 }
}

fn held(state: &ShardState, user: &UserId) -> Option<UserRow> {
    state.view(user, Timestamp::from_millis(NOW)).model.row
}

/// Rows put after some of the records: after how many, of whom, with which number in front.
fn any_rows() -> impl Strategy<Value = Vec<(prop::sample::Index, u32, f32)>> {
    proptest::collection::vec((any::<prop::sample::Index>(), 0..6u32, -9.0..9.0_f32), 0..40)
}

proptest! {
    #[test]
    fn a_sample_is_what_a_view_shows_right_before_its_event(records in any_log(), rows in any_rows()) {
        let mut state = empty();
        for (n, record) in records.iter().enumerate() {
            for (_, of, first) in rows.iter().filter(|(at, ..)| at.index(records.len()) == n) {
                state.put_rows(&[(hash(*of), row_of(*first))], n as u64);
            }
            let RecordBody::Event { event, .. } = &record.body else {
                state.apply(record, &mut Applied::default());
                continue;
            };
            let before = state.view(&event.user, event.at).model;
            let mut said = Applied::default();
            state.apply(record, &mut said);
            let learned = event.event_type == CLICK && event.item.is_some()
                && said.outcomes.iter().all(|(_, outcome)| *outcome != Outcome::Duplicate);
            prop_assert_eq!(said.samples.len(), usize::from(learned));
            for sample in said.samples {
                prop_assert_eq!(&sample.user, &before);
                prop_assert_eq!((sample.sequence, Some(sample.item)), (record.sequence, event.item));
            }
        }
    }

    #[test]
    fn rows_survive_events_cuts_and_restores_and_change_no_other_state(
        records in any_log(), rows in any_rows(), cut in any::<prop::sample::Index>(),
    ) {
        let (mut running, mut kept) = (empty(), Kept::default());
        let mut expected = BTreeMap::new();
        for (n, record) in records.iter().enumerate() {
            for (_, of, first) in rows.iter().filter(|(at, ..)| at.index(records.len()) == n) {
                running.put_rows(&[(hash(*of), row_of(*first))], n as u64);
                // A row for somebody who is not there yet is let go.
                if running.view(&user(*of), Timestamp::from_millis(NOW)).known {
                    expected.insert(*of, row_of(*first));
                }
            }
            running.apply(record, &mut Applied::default());
            if n == cut.index(records.len()) {
                kept.write(running.cut());
            }
        }
        kept.write(running.cut());
        let restored = kept.restore();
        prop_assert_eq!(restored.rows_through(), 0);
        let mut plain = empty();
        apply_all(&mut plain, &records);
        for digest in [running.digest(), restored.digest()] {
            prop_assert_eq!(digest, plain.digest());
        }
        for n in 0..6 {
            for state in [&running, &restored] {
                prop_assert_eq!(held(state, &user(n)), expected.get(&n).cloned());
            }
        }
    }
}

#[test]
fn only_positive_events_on_items_that_are_new_are_learned_from() {
    let again =
        of_user(1, crate::Event { identity: Identity::Id(4), ..event(CLICK, Some(1), NOW) });
    let (_, said) = after([
        again.clone(),
        again,
        of_user(1, event(HIDE, Some(2), NOW)),
        of_user(1, event(VIEW, Some(3), NOW)),
        of_user(1, event(CLICK, None, NOW)),
        click(1, 4, NOW),
    ]);
    let learned: Vec<_> = said.samples.iter().map(|sample| sample.item).collect();
    assert_eq!(learned, [ItemIndex(1), ItemIndex(4)]);
    assert_eq!(said.samples[1].user.history.len(), 1);
    assert_eq!(said.samples[1].recent, [ItemIndex(2), ItemIndex(1)]);
}

#[test]
fn what_is_filled_in_weighs_less() {
    let mut old = event(CLICK, Some(1), NOW);
    old.mode = Mode::Backfill;
    let (_, said) = after([of_user(1, old), click(1, 2, NOW)]);
    let weights: Vec<_> = said.samples.iter().map(|sample| sample.weight).collect();
    assert_eq!(weights, [0.5, 1.0]);
}

#[test]
fn without_a_model_nothing_is_said_or_shown_for_it() {
    let config = ApplyConfig { learning: None, ..(*config()).clone() };
    let mut state = ShardState::new(SHARD, std::sync::Arc::new(config));
    let said = apply_all(&mut state, &log([click(1, 1, NOW), click(1, 2, NOW)]));
    assert_eq!((said.facts.len(), said.samples.len()), (2, 0));
    let view = state.view(&user(1), Timestamp::from_millis(NOW));
    assert_eq!((view.history.len(), view.model), (2, ModelUser::default()));
}

#[test]
fn a_row_changes_its_user_only_and_an_unknown_one_is_ignored() {
    let (mut state, _) = after([click(1, 1, NOW), click(2, 1, NOW)]);
    drop(state.cut());
    let bytes = state.resident_bytes();
    state.put_rows(&[(hash(2), row_of(3.0)), (hash(77), row_of(1.0))], 9);
    assert_eq!((held(&state, &user(1)), held(&state, &user(2))), (None, Some(row_of(3.0))));
    assert_eq!((state.users(), state.rows_through()), (2, 9));
    assert!(bytes + 256 <= state.resident_bytes());
    let keys: Vec<_> = state.cut().entries.into_iter().map(|entry| entry.key).collect();
    assert_eq!(keys, [&b"h"[..], b"uuser-2"]);
}

#[test]
fn a_row_of_no_numbers_is_not_put() {
    let (mut state, _) = after([click(1, 1, NOW)]);
    state.put_rows(&[(hash(1), row_of(f32::NAN))], 1);
    assert_eq!(held(&state, &user(1)), None);
}
