use std::sync::Arc;

use proptest::prelude::*;

use super::super::tests::{Kept, SHARD, apply_all, config, log, of_user, user};
use super::super::{ApplyConfig, Learning};
use super::*;
use crate::features::FeatureSet;
use crate::record::{RecordBody, ServedItem};
use crate::user::tests::{CLICK, HIDE, NOW, VIEW, event, types};
use crate::{EventTypeSpec, EventTypes, RecommendationId, Record};

mod declared;
mod held;
mod learned;
mod plain;

pub(super) const BUY: EventTypeId = EventTypeId(4);
pub(super) const WINDOW_MS: u64 = 60_000;
pub(super) const RETENTION_MS: u64 = 600_000;

fn joining(impressions: Impressions) -> Arc<ApplyConfig> {
    let mut specs: Vec<EventTypeSpec> = types().iter().map(|(_, spec)| spec.clone()).collect();
    specs.push(EventTypeSpec { name: "purchase".into(), ..specs[usize::from(CLICK.0)].clone() });
    let types = EventTypes::new(specs).unwrap();
    let join = JoinConfig { window_ms: WINDOW_MS, impressions };
    Arc::new(ApplyConfig {
        features: FeatureSet::standard(&types),
        types,
        served_budget_bytes: 1 << 20,
        served_retention_ms: RETENTION_MS,
        learning: Some(Learning { join, ..Learning::default() }),
        ..(*config()).clone()
    })
}

fn empty(impressions: Impressions) -> ShardState {
    ShardState::new(SHARD, joining(impressions))
}

fn id(number: u64) -> RecommendationId {
    RecommendationId { shard: SHARD, number }
}

/// Five items for user 1, from `10 * number` on, served at second `s`.
fn served(n: u32, number: u64, s: u64) -> RecordBody {
    let at = Timestamp::from_millis(NOW + 1_000 * s);
    let items = (0..5).map(|place| ServedItem {
        propensity: 0.5,
        ..ServedItem::bare(ItemIndex(10 * number as u32 + place), 0.25)
    });
    let list = Served::new(id(number), user(n), "home", at);
    let fields = vec![(1, number as u32)];
    RecordBody::Served { shard: SHARD, served: Served { items: items.collect(), fields, ..list } }
}

/// An event of user `n` on an item at second `s`, that names list `number` where that is not 0.
fn did(event_type: EventTypeId, (n, number): (u32, u64), item: u32, s: u64) -> RecordBody {
    let base = event(event_type, Some(item), NOW + 1_000 * s);
    let recommendation = (number != 0).then(|| id(number));
    of_user(n, Event { recommendation, ..base })
}

fn tick(s: u64) -> RecordBody {
    RecordBody::Tick { time: Timestamp::from_millis(NOW + 1_000 * s) }
}

fn clicked(by: EventTypeId) -> ClickOutcome {
    ClickOutcome::Clicked { by, value: 1.0 }
}

fn late(by: EventTypeId) -> ClickOutcome {
    ClickOutcome::Late { by, value: 1.0 }
}

fn goal(by: EventTypeId) -> ClickOutcome {
    ClickOutcome::Goal { by, value: 1.0 }
}

const UNCLICKED: ClickOutcome = ClickOutcome::Unclicked;
const SKIPPED: ClickOutcome = ClickOutcome::Skipped;

fn item_of(sample: &ClickSample) -> u32 {
    let found =
        sample.row.fields.iter().find(|(field, _)| *field == crate::model::click::fields::ITEM);
    found.map(|(_, item)| *item).expect("a sample of an item")
}

/// What a story says: record (from 1), item and outcome.
fn told(
    story: impl IntoIterator<Item = RecordBody>,
) -> (Vec<(u64, u32, ClickOutcome)>, JoinCounts) {
    told_by(Impressions::Reported, story)
}

fn told_by(
    impressions: Impressions,
    story: impl IntoIterator<Item = RecordBody>,
) -> (Vec<(u64, u32, ClickOutcome)>, JoinCounts) {
    let records = log(story);
    let said = apply_all(&mut empty(impressions), &records);
    let short = |it: &ClickSample| (it.sequence.0 / 2, item_of(it), it.outcome);
    let served = |id| {
        records.iter().find_map(|record| match &record.body {
            RecordBody::Served { served, .. } if served.id == id => Some(served),
            _ => None,
        })
    };
    assert_eq!(said.clicks.len(), said.shown.len());
    for (click, shown) in said.clicks.iter().zip(&said.shown) {
        let list = served(shown.list).expect("a list that was served");
        assert_eq!(list.items[shown.place].item.0, item_of(click));
    }
    (said.clicks.iter().map(short).collect(), said.joins)
}

#[test]
fn what_was_clicked_and_what_was_not_is_told_alike_when_the_window_closes() {
    let (said, counts) = told([
        served(1, 1, 0),
        did(VIEW, (1, 1), 10, 1),
        did(VIEW, (1, 1), 11, 1),
        did(CLICK, (1, 1), 11, 5),
        tick(60),
        tick(61),
        tick(700),
    ]);
    assert_eq!(said, [(6, 10, UNCLICKED), (6, 11, clicked(CLICK))]);
    assert_eq!((counts.clicked, counts.unclicked, counts.waits_ms), (1, 1, vec![4_000]));
}

#[test]
fn a_sample_says_what_the_list_said_and_not_what_is_now() {
    let mut seen = did(VIEW, (1, 1), 12, 1);
    let RecordBody::Event { event, .. } = &mut seen else { unreachable!() };
    event.position = Some(40);
    let story = log([served(1, 1, 0), seen, did(VIEW, (1, 1), 13, 1), tick(61)]);
    let all = apply_all(&mut empty(Impressions::Reported), &story);
    let at = Timestamp::from_millis(NOW + 1_000);
    assert_eq!(all.shown[0], Shown { list: id(1), place: 2, at });
    let said = all.clicks;
    let RecordBody::Served { served, .. } = &story[0].body else { unreachable!() };
    assert_eq!(said.len(), 2);
    for (sample, (place, position)) in said.iter().zip([(2, 40), (3, 4)]) {
        assert_eq!(sample.row, row(served, place));
        assert_eq!((sample.position, sample.propensity, sample.weight), (position, 0.5, 1.0));
        assert_eq!(
            (sample.sequence, sample.user_hash),
            (Sequence(8), config().key.user_hash(&user(1)))
        );
    }
}

#[test]
fn a_click_before_its_impression_proves_it_and_the_impression_settles_nothing_twice() {
    let (said, counts) = told([
        served(1, 1, 0),
        did(CLICK, (1, 1), 11, 5),
        did(VIEW, (1, 1), 11, 1),
        did(VIEW, (1, 1), 11, 6),
        tick(700),
    ]);
    assert_eq!(said, [(5, 11, clicked(CLICK))]);
    assert_eq!((counts.clicked, counts.unclicked), (1, 0));
}

#[test]
fn an_impression_told_of_behind_its_unnamed_click_is_clicked_unless_another_list_was() {
    let story = [
        served(1, 1, 0),
        did(CLICK, (1, 0), 11, 5),
        did(VIEW, (1, 1), 11, 1),
        did(CLICK, (1, 0), 12, 90),
        did(VIEW, (1, 1), 12, 1),
        did(HIDE, (1, 0), 13, 5),
        did(VIEW, (1, 1), 13, 1),
        tick(120),
    ];
    let (said, counts) = told(story);
    let expected = [(8, 11, clicked(CLICK)), (8, 12, UNCLICKED), (8, 13, SKIPPED)];
    assert_eq!(said, expected);
    assert_eq!(counts.organic, 2);
    // The same item in two lists: the click was the other list's.
    let mut twice = served(1, 2, 0);
    let RecordBody::Served { served: other, .. } = &mut twice else { unreachable!() };
    other.items[0].item = ItemIndex(11);
    let (said, _) = told([
        served(1, 1, 0),
        twice,
        did(CLICK, (1, 2), 11, 5),
        did(VIEW, (1, 1), 11, 1),
        tick(90),
    ]);
    assert_eq!(said, [(5, 11, UNCLICKED), (5, 11, clicked(CLICK))]);
}

#[test]
fn a_late_click_corrects_the_label_as_long_as_the_list_is_kept() {
    let (said, counts) = told([
        served(1, 1, 0),
        did(VIEW, (1, 1), 10, 1),
        did(VIEW, (1, 1), 11, 1),
        tick(61),
        did(CLICK, (1, 1), 11, 90),
        did(CLICK, (1, 1), 11, 91),
        did(BUY, (1, 0), 11, 92),
        tick(600),
        did(CLICK, (1, 1), 10, 601),
    ]);
    let expected =
        [(4, 10, UNCLICKED), (4, 11, UNCLICKED), (5, 11, late(CLICK)), (7, 11, goal(BUY))];
    assert_eq!(said, expected);
    assert_eq!((counts.late, counts.goals, counts.gone), (1, 1, 1));
}

#[test]
fn a_click_behind_the_window_is_late_though_no_tick_came_between() {
    let story =
        |s| [served(1, 1, 0), did(VIEW, (1, 1), 11, 1), did(CLICK, (1, 1), 11, s), tick(99)];
    assert_eq!(told(story(60)).0, [(4, 11, clicked(CLICK))]);
    assert_eq!(told(story(61)).0, [(3, 11, UNCLICKED), (3, 11, late(CLICK))]);
}

#[test]
fn an_organic_click_says_nothing_to_the_click_head_and_the_model_learns_as_before() {
    let story =
        log([served(1, 1, 0), did(CLICK, (1, 0), 99, 5), did(CLICK, (1, 0), 11, 6), tick(700)]);
    let said = apply_all(&mut empty(Impressions::Reported), &story);
    assert_eq!((said.clicks.len(), said.samples.len(), said.joins.organic), (0, 2, 2));
}

#[test]
fn a_negative_event_skips_and_nothing_more_is_said_of_the_place() {
    let (said, counts) = told([
        served(1, 1, 0),
        did(VIEW, (1, 1), 10, 1),
        did(HIDE, (1, 0), 10, 2),
        did(HIDE, (1, 1), 10, 3),
        did(CLICK, (1, 1), 10, 4),
        did(HIDE, (1, 1), 14, 4),
        did(CLICK, (1, 1), 11, 5),
        did(HIDE, (1, 1), 11, 6),
        tick(700),
    ]);
    assert_eq!(said, [(9, 10, SKIPPED), (9, 14, SKIPPED), (9, 11, clicked(CLICK))]);
    assert_eq!((counts.skipped, counts.organic), (2, 0));
}

#[test]
fn repeated_clicks_are_one_and_each_further_type_is_a_goal_once() {
    let mut bought = did(BUY, (1, 0), 11, 9);
    let RecordBody::Event { event, .. } = &mut bought else { unreachable!() };
    event.value = Some(19.5);
    let (said, counts) = told([
        served(1, 1, 0),
        did(VIEW, (1, 1), 11, 1),
        did(CLICK, (1, 1), 11, 5),
        did(CLICK, (1, 1), 11, 6),
        bought.clone(),
        bought,
        tick(700),
    ]);
    let worth = ClickOutcome::Goal { by: BUY, value: 19.5 };
    assert_eq!(said, [(7, 11, clicked(CLICK)), (7, 11, worth)]);
    assert_eq!(counts.goals, 1);
}

#[test]
fn an_event_on_an_item_that_the_list_does_not_hold_says_nothing() {
    let (said, counts) = told([
        served(1, 1, 0),
        did(VIEW, (1, 1), 77, 1),
        did(CLICK, (1, 1), 77, 2),
        did(VIEW, (1, 9), 10, 1),
        tick(700),
    ]);
    assert_eq!(said, []);
    assert_eq!((counts.stray, counts.gone), (2, 1));
}

#[test]
fn another_users_list_is_not_answered() {
    let (said, counts) = told([
        served(1, 1, 0),
        did(VIEW, (1, 1), 11, 1),
        did(VIEW, (2, 1), 12, 1),
        did(CLICK, (2, 1), 11, 2),
        did(HIDE, (2, 1), 11, 2),
        tick(61),
    ]);
    assert_eq!(said, [(6, 11, UNCLICKED)]);
    assert_eq!(counts.foreign, 2);
}

#[test]
fn an_unnamed_click_answers_the_list_in_which_the_item_was_shown_last() {
    let twice = |number, s| {
        let mut list = served(1, number, s);
        let RecordBody::Served { served: list, .. } = &mut list else { unreachable!() };
        list.items[number as usize].item = ItemIndex(99);
        RecordBody::Served { shard: SHARD, served: list.clone() }
    };
    let story = |first, second| {
        [
            twice(1, 0),
            twice(2, 1),
            did(VIEW, (1, 1), 99, first),
            did(VIEW, (1, 2), 99, second),
            did(CLICK, (1, 0), 99, 9),
            tick(80),
        ]
    };
    let of_list = |first, second| {
        let said = apply_all(&mut empty(Impressions::Reported), &log(story(first, second))).clicks;
        let list = |sample: &ClickSample| sample.row.fields[0].1;
        let click = said.iter().find(|sample| sample.outcome == clicked(CLICK));
        (click.map(list), said.len())
    };
    assert_eq!(of_list(2, 3), (Some(2), 2));
    assert_eq!(of_list(4, 3), (Some(1), 2));
    assert_eq!(of_list(3, 3), (Some(2), 2));
    // What is shown only after the click was not what was clicked.
    assert_eq!(of_list(4, 10), (Some(1), 2));
}

#[test]
fn users_who_left_are_told_in_the_order_of_time_and_then_of_name() {
    let story = [
        served(2, 1, 0),
        served(1, 2, 0),
        did(VIEW, (2, 1), 12, 3),
        did(VIEW, (2, 1), 11, 2),
        did(VIEW, (1, 2), 21, 2),
        did(VIEW, (2, 1), 10, 3),
        tick(100),
    ];
    let items: Vec<_> = told(story).0.iter().map(|(_, item, _)| *item).collect();
    assert_eq!(items, [21, 11, 10, 12]);
}

#[test]
fn what_is_filled_in_is_not_joined() {
    let backfilled = |body| {
        let RecordBody::Event { shard, event } = body else { return body };
        RecordBody::Event { shard, event: Event { mode: Mode::Backfill, ..event } }
    };
    let story = [
        served(1, 1, 0),
        did(VIEW, (1, 1), 10, 1),
        did(CLICK, (1, 1), 11, 5),
        did(HIDE, (1, 1), 12, 5),
        tick(100),
    ];
    assert_eq!(told(story.map(backfilled)), (Vec::new(), JoinCounts::default()));
}

#[test]
fn where_every_list_counts_as_shown_each_place_waits_from_the_start() {
    let (said, _) = told_by(
        Impressions::Served,
        [served(1, 1, 0), did(VIEW, (1, 1), 13, 30), did(CLICK, (1, 0), 11, 5), tick(59), tick(60)],
    );
    let expected = [
        (5, 10, UNCLICKED),
        (5, 11, clicked(CLICK)),
        (5, 12, UNCLICKED),
        (5, 13, UNCLICKED),
        (5, 14, UNCLICKED),
    ];
    assert_eq!(said, expected);
}

#[test]
fn a_tick_settles_a_bounded_number_and_the_next_goes_on() {
    let lists: u64 = 500;
    let mut story: Vec<RecordBody> = (1..=lists).map(|number| served(1, number, 0)).collect();
    story.extend([tick(600), tick(600)]);
    let mut state = empty(Impressions::Served);
    let said = apply_all(&mut state, &log(story)).clicks;
    let at = |record| said.iter().filter(|it| it.sequence.0 == 2 * (lists + record)).count();
    assert_eq!((at(1), at(2)), (MOST_CLOSED, 5 * lists as usize - MOST_CLOSED));
    assert!(state.waiting.is_empty());
}

#[test]
fn a_duplicate_settles_nothing() {
    let again = |body| {
        let RecordBody::Event { shard, event } = body else { unreachable!() };
        let identity = crate::record::Identity::Id(u64::from(event.event_type.0));
        RecordBody::Event { shard, event: Event { identity, ..event } }
    };
    let (seen, click) = (again(did(VIEW, (1, 1), 10, 1)), again(did(CLICK, (1, 1), 11, 2)));
    let (said, _) = told([served(1, 1, 0), seen.clone(), seen, click.clone(), click, tick(90)]);
    assert_eq!(said, [(6, 10, UNCLICKED), (6, 11, clicked(CLICK))]);
}

#[test]
fn counts_add_up_and_have_names() {
    let one =
        JoinCounts { clicked: 1, late: 2, stray: 3, waits_ms: vec![4], ..JoinCounts::default() };
    let mut sum = one.clone();
    sum.add(one);
    assert_eq!((sum.clicked, sum.late, sum.stray, sum.waits_ms.len()), (2, 4, 6, 2));
    let total: u64 = sum.named().iter().map(|(_, count)| count).sum();
    assert_eq!(total, 12);
}

/// Stories of three users: lists of overlapping items, events that name one, none or a wrong one.
pub(super) fn any_story() -> impl Strategy<Value = Vec<RecordBody>> {
    let any_served = (0..3u32, 0..4u32, 0..240u64);
    let any_event = (0..5u8, 0..3u32, 0..9u64, 0..12u32, 0..300u64);
    let any_position = proptest::option::weighted(0.2, 1..50u16);
    let bodies = proptest::collection::vec(
        prop_oneof![
            2 => any_served.prop_map(|(n, first, s)| (n, first, s)).prop_map(Ok),
            8 => (any_event, any_position).prop_map(Err),
        ],
        1..90,
    );
    bodies.prop_map(|bodies| {
        let (mut lists, mut passed) = (0, 0);
        let mut story = Vec::new();
        for body in bodies {
            match body {
                Ok((n, first, s)) => {
                    lists += 1;
                    let mut list = served(n, lists, s);
                    let RecordBody::Served { served, .. } = &mut list else { unreachable!() };
                    for (place, item) in served.items.iter_mut().enumerate() {
                        item.item = ItemIndex(2 * first + place as u32);
                    }
                    story.push(list);
                }
                Err(((kind, n, number, item, s), position)) => {
                    let number = if 6 < number { 0 } else { lists.saturating_sub(number) };
                    let mut done = did(EventTypeId(kind), (n, number), item, s);
                    let RecordBody::Event { event, .. } = &mut done else { unreachable!() };
                    event.position = position;
                    event.value = position.map(f32::from);
                    story.push(done);
                    if item == 11 {
                        passed += s;
                        story.push(tick(passed));
                    }
                }
            }
        }
        story.push(tick(passed + 300));
        story.push(tick(passed + 3_000));
        story
    })
}

fn any_impressions() -> impl Strategy<Value = Impressions> {
    prop_oneof![Just(Impressions::Reported), Just(Impressions::Served)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_plain_model_says_the_same(story in any_story(), impressions in any_impressions()) {
        let records = log(story);
        let mut state = empty(impressions);
        let said = apply_all(&mut state, &records);
        let expected = plain::tell(&records, impressions);
        let found: Vec<plain::Told> = said.clicks.iter().map(plain::Told::of).collect();
        prop_assert_eq!(found, expected);
        prop_assert!(state.waiting.is_empty());
        prop_assert_eq!(state.waiting.bytes(), 0);
    }

    #[test]
    fn a_shard_restored_at_any_record_says_what_one_that_never_stopped_says(
        story in any_story(), impressions in any_impressions(), cuts in proptest::collection::vec(any::<prop::sample::Index>(), 1..4),
    ) {
        let records = log(story);
        let cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(records.len())).collect();
        let mut running = empty(impressions);
        let (mut kept, mut said) = (Kept::default(), Applied::default());
        for (n, record) in records.iter().enumerate() {
            running.apply(record, &mut said);
            if cuts.contains(&n) {
                kept.write(running.cut());
                let mut again = kept.restore_with(joining(impressions));
                prop_assert_eq!(again.digest(), running.digest());
                prop_assert_eq!(again.waiting.bytes(), running.waiting.bytes());
                let rest = apply_all(&mut again, &records);
                let mut plain = empty(impressions);
                let whole = apply_all(&mut plain, &records);
                let tail: Vec<_> = whole.clicks.into_iter().filter(|it| record.sequence < it.sequence).collect();
                prop_assert_eq!(rest.clicks, tail);
                prop_assert_eq!(again.digest(), plain.digest());
            }
        }
    }
}
