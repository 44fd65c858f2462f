use super::*;
use crate::patterns::{Pattern, Same};
use crate::shard::tests::{apply_all, click, empty, log, of_user, user};
use crate::user::tests::{NOW, SEARCH, event};
use crate::{Record, RecordBody};

fn search(n: u32, at: u64) -> RecordBody {
    of_user(n, event(SEARCH, None, at))
}

fn tick(ms: u64) -> RecordBody {
    RecordBody::Tick { time: Timestamp::from_millis(ms) }
}

/// Names of users and patterns by place, with the record that noticed them.
fn noticed(applied: &Applied) -> Vec<(u64, String, u16)> {
    let told =
        |it: &PatternMatch| (it.sequence.0, it.user.as_str().to_owned(), it.matched.pattern.0);
    applied.matches.iter().map(told).collect()
}

fn tags(state: &ShardState, n: u32, at: u64) -> Vec<u16> {
    let said = state.declared_of(&user(n), state.declared(), Timestamp::from_millis(at));
    said.tags.iter().map(|tag| tag.pattern.0).collect()
}

#[test]
fn three_clicks_in_a_category_set_a_tag_for_a_while() {
    let mut state = empty();
    // Items 1, 6 and 11 share a category.
    let clicks =
        [1, 2, 6, 11].into_iter().zip(0..).map(|(item, n)| click(1, item, NOW + n * 60_000));
    let applied = apply_all(&mut state, &log(clicks));
    assert_eq!(noticed(&applied), [(8, "user-1".to_owned(), 0)]);
    assert_eq!(applied.matches[0].room, RoomOf::Event);
    assert_eq!(tags(&state, 1, NOW + 200_000), [0]);
    assert_eq!(tags(&state, 1, NOW + 180_000 + 600_000), Vec::<u16>::new());
    assert_eq!(tags(&state, 2, NOW), Vec::<u16>::new());
}

#[test]
fn an_absence_comes_true_at_the_first_tick_behind_its_end() {
    let mut state = empty();
    let told = [
        search(1, NOW),
        search(2, NOW + 1_000),
        click(2, 3, NOW + 30_000),
        tick(NOW + 59_999),
        tick(NOW + 60_000),
        tick(NOW + 600_000),
    ];
    let applied = apply_all(&mut state, &log(told));
    assert_eq!(noticed(&applied), [(10, "user-1".to_owned(), 1)]);
    let found = &applied.matches[0];
    assert_eq!(found.matched.at, Timestamp::from_millis(NOW + 60_000));
    assert_eq!(found.room, RoomOf::Nowhere, "its events share the user alone");
    assert!(state.due.is_empty());

    // Had they a room in common it would be of that one, whatever brings it to light.
    let (pattern, matched) =
        (state.declared().patterns.pattern(found.matched.pattern).unwrap(), found.matched);
    let in_a_room = Pattern { same: Same::Room, ..pattern.clone() };
    let matched = Match { binding: 7, ..matched };
    assert_eq!(RoomOf::of(Some(&in_a_room), &matched), RoomOf::Shared(7));
}

#[test]
fn an_event_of_the_user_behind_the_end_notices_it_before_a_tick_does() {
    let mut state = empty();
    let told = [search(1, NOW), click(1, 3, NOW + 61_000), tick(NOW + 70_000)];
    let applied = apply_all(&mut state, &log(told));
    assert_eq!(noticed(&applied), [(4, "user-1".to_owned(), 1)]);
}

#[test]
fn a_shard_restored_while_an_absence_is_open_notices_it_at_the_same_tick() {
    let mut state = empty();
    let records = log([search(1, NOW), click(3, 1, NOW), tick(NOW + 10_000), tick(NOW + 60_000)]);
    let (before, after): (Vec<Record>, Vec<Record>) =
        records.into_iter().partition(|record| record.sequence.0 < 7);
    assert!(apply_all(&mut state, &before).timers_pending);
    let entries = state.cut().entries.into_iter();
    let entries = entries.map(|entry| (entry.key, entry.value.unwrap()));
    let mut restored = ShardState::restore(state.shard, state.config.clone(), entries).unwrap();
    assert_eq!(restored.due, state.due);
    let (kept, new) = (apply_all(&mut state, &after), apply_all(&mut restored, &after));
    assert_eq!(noticed(&kept), [(8, "user-1".to_owned(), 1)]);
    assert_eq!(kept.matches, new.matches);
    assert_eq!(state.digest(), restored.digest());
}

#[test]
fn of_very_many_absences_some_wait_for_the_next_tick_and_none_is_lost() {
    let mut state = empty();
    let users = MOST_DUE as u32 + 10;
    apply_all(&mut state, &log((0..users).map(|n| search(n, NOW))));
    let tick = |sequence, ms| [Record { sequence: Sequence(sequence), body: tick(NOW + ms) }];
    let first = apply_all(&mut state, &tick(100_000, 60_000));
    assert_eq!(first.matches.len(), MOST_DUE);
    let second = apply_all(&mut state, &tick(100_001, 61_000));
    assert_eq!(second.matches.len(), 10);
    assert!(second.matches.iter().all(|it| it.matched.at == Timestamp::from_millis(NOW + 60_000)));
}
