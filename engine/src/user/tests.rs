use std::collections::BTreeMap;

use proptest::prelude::*;

use super::seen::MAX_MARKS;
use super::*;
use crate::features::FeatureSet;
use crate::model::UserRow;
use crate::model::numeric::{LANE, Lane};
use crate::{EventTypeSpec, EventTypes, UserId};

pub const VIEW: EventTypeId = EventTypeId(0);
pub const CLICK: EventTypeId = EventTypeId(1);
pub const HIDE: EventTypeId = EventTypeId(2);
pub const SEARCH: EventTypeId = EventTypeId(3);

const HALF_LIFE_MS: u64 = 6 * 3_600_000;
const DAY_MS: u64 = 24 * 3_600_000;
/// A Monday in 2026, in milliseconds.
pub const NOW: u64 = 1_767_600_000_000;

pub fn types() -> EventTypes {
    let spec = |name: &str, role, weight| EventTypeSpec {
        name: name.into(),
        aliases: Vec::new(),
        role,
        weight,
        half_life_ms: HALF_LIFE_MS,
    };
    EventTypes::new(vec![
        spec("view_item_list", Role::Impression, 0.0),
        spec("select_item", Role::Positive, 1.0),
        spec("hide", Role::Negative, -2.0),
        spec("search", Role::Neutral, 0.5),
    ])
    .unwrap()
}

pub fn rules() -> Rules {
    Rules::new(&types(), FeatureSet::standard(&types()), 30 * 60_000)
}

pub fn event(event_type: EventTypeId, item: Option<u32>, at: u64) -> Event {
    Event {
        item: item.map(ItemIndex),
        categories: item.map(|item| CategoryId(item % 5)).into_iter().collect(),
        ..Event::new(UserId::new("u1"), event_type, Timestamp::from_millis(at))
    }
}

pub(super) fn after(events: &[Event]) -> User {
    let (mut user, rules) = (User::default(), rules());
    for event in events {
        let _ = user.apply(event, &rules);
    }
    user
}

fn counts_at(user: &User, at: u64) -> Vec<u32> {
    user.counts(Timestamp::from_millis(at), &rules()).collect()
}

pub(super) fn clicks(times: impl IntoIterator<Item = u64>) -> Vec<Event> {
    times.into_iter().enumerate().map(|(n, at)| event(CLICK, Some(n as u32), at)).collect()
}

/// What a user is, told without any economy: all events ever, counted anew for each question.
struct PlainUser<'a>(&'a [Event]);

impl PlainUser<'_> {
    /// Newest first; of equal times the later arrived first.
    fn sorted(&self, impressions: bool) -> Vec<&Event> {
        let mut all: Vec<&Event> =
            self.0.iter().rev().filter(|e| (e.event_type == VIEW) == impressions).collect();
        all.sort_by_key(|event| std::cmp::Reverse(event.at));
        all
    }

    fn newest(&self) -> Timestamp {
        self.0.iter().map(|event| event.at).max().unwrap_or_default()
    }

    fn count(&self, end: Timestamp, span_ms: u64) -> u32 {
        let of = |event: &&Event| event.event_type != VIEW && end.millis_since(event.at) < span_ms;
        self.0.iter().filter(of).count() as u32
    }

    fn score(&self, at: Timestamp, half_life_ms: u64, of: impl Fn(&Event) -> bool) -> f64 {
        let each = self.0.iter().filter(|event| of(event) && event.event_type != VIEW);
        each.map(|event| {
            let weight = types().get(event.event_type).unwrap().weight;
            let lives = at.millis_since(event.at) as f64 / half_life_ms as f64;
            f64::from(weight) * (-lives).exp2()
        })
        .sum()
    }

    /// Newest day per item and type, impressions apart.
    fn seen(&self) -> BTreeMap<(EventTypeId, ItemIndex), u64> {
        let mut seen = BTreeMap::new();
        for event in self.0.iter().filter(|event| event.event_type != VIEW) {
            if let Some(item) = event.item {
                let day = seen.entry((event.event_type, item)).or_insert(0);
                *day = event.at.as_millis().div_euclid(DAY_MS).max(*day);
            }
        }
        seen
    }
}

fn any_event(reach_ms: u64) -> impl Strategy<Value = Event> {
    let item = prop_oneof![1 => Just(None), 9 => (0..200u32).prop_map(Some)];
    (0..4u8, item, 0..reach_ms)
        .prop_map(|(kind, item, back)| event(EventTypeId(kind), item, NOW - back))
}

/// Streams from dense (a few seconds) to sparse (a year), in any order.
fn any_stream() -> impl Strategy<Value = Vec<Event>> {
    prop_oneof![Just(5_000), Just(3_600_000), Just(3 * DAY_MS), Just(365 * DAY_MS)]
        .prop_flat_map(|reach| proptest::collection::vec(any_event(reach), 0..260))
}

/// A row's bytes, or none.
fn any_row() -> impl Strategy<Value = Vec<u8>> {
    (0..5usize, -1e3..1e3_f32).prop_map(|(lanes, squares)| {
        let mut bytes = Vec::new();
        let lane = Lane([squares / 3.0; LANE]);
        let _ =
            row::encode(&UserRow { vector: vec![lane; lanes].into(), squares, era: 3 }, &mut bytes);
        bytes
    })
}

proptest! {
    #[test]
    fn what_is_packed_is_unpacked_again(stream in any_stream(), row in any_row()) {
        let user = User { row, ..after(&stream) };
        let packed = PackedUser::pack("someone", &user, &mut Vec::new());
        let mut back = User::default();
        packed.unpack(&mut back);
        prop_assert_eq!(&back, &user);
        let restored = PackedUser::from_checkpoint(&packed.to_checkpoint(), &mut User::default()).unwrap();
        prop_assert_eq!(restored, packed);
    }

    #[test]
    fn a_row_put_over_another_is_as_if_packed_with_it(
        stream in any_stream(), before in any_row(), row in any_row(), later in any_event(DAY_MS),
    ) {
        let buffer = &mut Vec::new();
        let mut user = User { row: before, ..after(&stream) };
        let mut packed = PackedUser::pack("someone", &user, buffer);
        packed.put_row(&row);
        user.row = row;
        prop_assert_eq!(&packed, &PackedUser::pack("someone", &user, buffer));
        // And it survives the next event.
        packed.unpack(&mut user);
        let _ = user.apply(&later, &rules());
        packed.repack(&user, buffer);
        let mut again = User::default();
        packed.unpack(&mut again);
        prop_assert_eq!(again, user);
    }

    #[test]
    fn the_history_is_the_newest_fifty_by_event_time(stream in any_stream()) {
        let user = after(&stream);
        let plain = PlainUser(&stream);
        let expected: Vec<_> = plain.sorted(false).into_iter().take(HISTORY)
            .map(|e| HistoryEntry { item: e.item, event_type: e.event_type, at: e.at }).collect();
        prop_assert_eq!(user.history().collect::<Vec<_>>(), expected);
        prop_assert_eq!(user.newest, plain.newest());
        prop_assert_eq!(user.events_applied, stream.len() as u64);
        let newest = stream.iter().filter(|e| e.event_type == CLICK).map(|e| e.at).max();
        prop_assert_eq!(user.last_positive, newest);
    }

    #[test]
    fn exposures_are_the_newest_hundred_of_a_day(stream in any_stream()) {
        let (user, plain) = (after(&stream), PlainUser(&stream));
        let day = |e: &&Event| plain.newest().millis_since(e.at) < EXPOSURE_SPAN_MS;
        let expected: Vec<_> = plain.sorted(true).into_iter().filter(day).take(MAX_EXPOSURES)
            .map(|e| Entry { item: e.item, event_type: e.event_type, at: e.at }).collect();
        prop_assert_eq!(user.exposures, expected);
    }

    #[test]
    fn windows_agree_with_a_plain_counter(stream in any_stream(), later in 0..7_200_000u64) {
        let (user, plain) = (after(&stream), PlainUser(&stream));
        let end = plain.newest().plus_millis(later);
        for (found, span_ms) in counts_at(&user, end.as_millis()).into_iter().zip([60_000, 300_000, 3_600_000]) {
            let exact = plain.count(end, span_ms);
            let covered = user.tiles.is_empty();
            let most = if covered { exact } else { plain.count(end, span_ms + 60_000) };
            prop_assert!((exact..=most).contains(&found), "{} not in {}..={}", found, exact, most);
        }
    }

    #[test]
    fn scores_agree_with_the_sum_they_stand_for(stream in any_stream(), later in 0..DAY_MS) {
        let (user, plain) = (after(&stream), PlainUser(&stream));
        let at = plain.newest().plus_millis(later);
        let view = user.view(at, &rules());
        let near = |found: f32, exact: f64| (f64::from(found) - exact).abs() < 1e-4 * (1.0 + exact.abs());
        for (id, _) in types().iter() {
            let found = view.type_scores.iter().find(|(other, _)| *other == id).map_or(0.0, |s| s.1);
            let exact = plain.score(at, HALF_LIFE_MS, |event| event.event_type == id);
            prop_assert!(near(found, exact), "{:?}: {} {}", id, found, exact);
        }
        for category in (0..5).map(CategoryId) {
            let found = view.category_scores.iter().find(|(c, _)| *c == category).map_or(0.0, |s| s.1);
            let exact = plain.score(at, 7 * DAY_MS, |event| event.categories.contains(&category));
            prop_assert!(near(found, exact), "{:?}: {} {}", category, found, exact);
        }
        prop_assert!(view.category_scores.is_sorted_by(|a, b| a.1 >= b.1));
    }

    #[test]
    fn the_seen_set_forgets_no_item_and_no_day(stream in any_stream()) {
        let user = after(&stream);
        let mut found = BTreeMap::new();
        for seen in user.view(Timestamp::from_millis(NOW), &rules()).seen.iter().filter(|seen| seen.event_type != VIEW) {
            let day = found.entry((seen.event_type, seen.item)).or_insert(0);
            *day = (seen.at.as_millis() / DAY_MS).max(*day);
        }
        prop_assert_eq!(found, PlainUser(&stream).seen());
    }

    #[test]
    fn the_order_of_arrival_changes_nothing_but_ties_and_rounding(stream in any_stream()) {
        let mut distinct = stream;
        for (n, event) in distinct.iter_mut().enumerate() {
            event.at = event.at.plus_millis(n as u64 * DAY_MS / 100_000);
        }
        distinct.sort_by_key(|event| event.at);
        distinct.dedup_by_key(|event| event.at);
        let forward = after(&distinct);
        distinct.reverse();
        let backward = after(&distinct);
        prop_assert_eq!(forward.history().collect::<Vec<_>>(), backward.history().collect::<Vec<_>>());
        prop_assert_eq!(&forward.exposures, &backward.exposures);
        prop_assert_eq!(forward.last_positive, backward.last_positive);
    }

    #[test]
    fn damaged_bytes_are_refused_or_read_but_never_panic(
        stream in proptest::collection::vec(any_event(DAY_MS), 0..120),
        place in any::<prop::sample::Index>(), with in any::<u8>(), cut in any::<prop::sample::Index>(),
    ) {
        let user = User { row: vec![0; 68], ..after(&stream) };
        let mut bytes = PackedUser::pack("someone", &user, &mut Vec::new()).to_checkpoint();
        let place = place.index(bytes.len());
        bytes[place] ^= with;
        let length = cut.index(bytes.len()) + 1;
        for bytes in [&bytes[..], &bytes[..length]] {
            if let Ok(read) = PackedUser::from_checkpoint(bytes, &mut User::default()) {
                let mut user = User::default();
                read.unpack(&mut user);
                let _ = user.view(Timestamp::from_millis(NOW), &rules());
                let _ = user.apply(&event(CLICK, Some(1), NOW), &rules());
            }
        }
    }
}

#[test]
fn an_event_older_than_the_longest_window_is_late_and_still_lands() {
    let (mut user, rules) = (after(&clicks([NOW])), rules());
    assert_eq!(user.apply(&event(CLICK, Some(7), NOW - 3_599_999), &rules), Outcome::Applied);
    assert_eq!(user.apply(&event(CLICK, Some(8), NOW - 3_600_000), &rules), Outcome::Late);
    assert_eq!(user.history().count(), 3);
    assert_eq!(counts_at(&user, NOW), [1, 1, 2]);
}

#[test]
fn an_impression_is_in_no_window_and_never_late() {
    let (mut user, rules) = (after(&clicks([NOW])), rules());
    assert_eq!(user.apply(&event(VIEW, Some(7), NOW - 7_200_000), &rules), Outcome::Applied);
    assert_eq!(counts_at(&user, NOW), [1, 1, 1]);
    assert_eq!(user.history().count(), 1);
    assert_eq!(user.events(10).len(), 2);
}

#[test]
fn pages_of_impressions_do_not_push_a_click_out() {
    let mut stream = clicks([NOW - 1_000]);
    stream.extend((0..500).map(|n| event(VIEW, Some(1_000 + n), NOW)));
    let user = after(&stream);
    assert_eq!(user.history().count(), 1);
    assert_eq!(user.exposures.len(), MAX_EXPOSURES);
}

#[test]
fn a_busy_hour_is_counted_past_the_history() {
    let user = after(&clicks((0..600).map(|n| NOW - n * 5_000).rev()));
    let [minute, five, hour] = counts_at(&user, NOW)[..] else { unreachable!() };
    assert_eq!(minute, 12);
    assert!((60..=72).contains(&five), "{five}");
    assert_eq!(hour, 600);
    assert_eq!(counts_at(&user, NOW + 3_600_000 + 60_000), [0, 0, 0]);
}

#[test]
fn a_newcomer_takes_the_place_of_the_smallest_category() {
    let mut stream = Vec::new();
    for category in 0..8u32 {
        let mut one = event(CLICK, Some(1), NOW);
        one.categories = vec![CategoryId(category)];
        stream.extend(std::iter::repeat_n(one, 2 + category as usize));
    }
    let mut newcomer = event(CLICK, Some(1), NOW);
    newcomer.categories = vec![CategoryId(99)];
    stream.push(newcomer);
    let view = after(&stream).view(Timestamp::from_millis(NOW), &rules());
    let names: Vec<u32> = view.category_scores.iter().map(|(id, _)| id.0).collect();
    assert_eq!(names, [7, 6, 5, 4, 3, 2, 1, 99]);
}

#[test]
fn a_visit_ends_after_the_gap_and_takes_in_stragglers() {
    let gap = 30 * 60_000;
    let visit = |times: &[u64]| after(&clicks(times.iter().copied())).visit;
    assert_eq!(visit(&[NOW, NOW + gap]).events, 2);
    assert_eq!(visit(&[NOW, NOW + gap + 1]).events, 1);
    assert_eq!(visit(&[NOW, NOW - gap]).started_at.as_millis(), NOW - gap);
    assert_eq!(visit(&[NOW, NOW - gap - 1]).events, 1);
    let user = after(&clicks([NOW]));
    let at = |ms| user.view(Timestamp::from_millis(ms), &rules()).visit.is_some();
    assert!(at(NOW + gap) && !at(NOW + gap + 1));
}

#[test]
fn recent_positives_are_distinct_newest_first_and_without_the_item() {
    let mut stream = clicks([NOW, NOW + 1, NOW + 2]);
    stream.push(event(HIDE, Some(9), NOW + 3));
    stream.push(event(CLICK, Some(1), NOW + 4));
    let user = after(&stream);
    let recent = |item, limit| {
        user.recent_positives((ItemIndex(item), Timestamp::from_millis(u64::MAX)), limit, &rules())
    };
    assert_eq!(recent(2, 20), [ItemIndex(1), ItemIndex(0)]);
    assert_eq!(recent(77, 2), [ItemIndex(1), ItemIndex(2)]);
}

#[test]
fn the_seen_set_lets_the_oldest_days_go_first() {
    let many = MAX_MARKS as u32 + 500;
    let stream: Vec<Event> =
        (0..many).map(|n| event(CLICK, Some(n), NOW + u64::from(n) * DAY_MS)).collect();
    let user = after(&stream);
    let marks = seen::marks(&user.seen);
    assert_eq!(marks.len(), MAX_MARKS);
    let spilled = many - user.history.len() as u32;
    assert_eq!(marks.first().unwrap().item.0, spilled - MAX_MARKS as u32);
}

#[test]
fn a_user_with_fifty_events_and_a_row_of_64_fits_a_kilobyte() {
    let stream: Vec<Event> = (0..50u32)
        .map(|n| event(EventTypeId(1 + n as u8 % 3), Some(n * 65_537), NOW + u64::from(n) * 90_000))
        .collect();
    let mut packed = PackedUser::pack("user-000000000001", &after(&stream), &mut Vec::new());
    packed.put_row(&[0; 4 * 64 + 8]);
    // With a slot of the table, the allocator's part, and 48 for automata to come.
    assert!(packed.bytes() + 16 + 39 + 48 <= 1_024, "{}", packed.bytes());
}

#[test]
fn an_unknown_type_changes_nothing_but_history_and_counts() {
    let user = after(&[event(EventTypeId(250), Some(1), NOW)]);
    assert_eq!(user.history().count(), 1);
    assert!(user.type_scores.is_empty());
    assert_eq!(user.last_positive, None);
}

#[test]
fn an_event_on_no_item_is_history_but_not_seen() {
    let user = after(&[event(SEARCH, None, NOW)]);
    assert_eq!(user.history().count(), 1);
    assert!(user.view(Timestamp::from_millis(NOW), &rules()).seen.is_empty());
}

/// A backfilled click of two years ago was paired with what the user chose yesterday.
#[test]
fn what_came_after_an_event_is_not_among_the_positives_before_it() {
    let user = after(&clicks([NOW, NOW + 10]));
    let before =
        |at| user.recent_positives((ItemIndex(9), Timestamp::from_millis(at)), 20, &rules());
    assert_eq!(before(NOW + 5), [ItemIndex(0)]);
    assert_eq!(before(NOW - 1), []);
}
