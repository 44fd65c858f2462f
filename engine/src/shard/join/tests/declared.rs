//! Declared features on the way from the record of a list to the click head: learned is what the record says.

use super::*;
use crate::UserId;
use crate::model::click::{ClickConfig, ClickHead, fields};
use crate::model::numeric::{below, ln, mix};
use crate::record::{DeclaredValues, ServedTag};

const LISTS: u64 = 1_500;
const HEAT: u32 = 0x00c0_ffee;

/// A list of ten new items for a new user. Clicked is by the class of one declared feature alone: one in ten of the cold, four
/// in ten of the hot; nobody could tell them apart by anything else.
fn list(number: u64) -> (Served, Vec<bool>) {
    let at = Timestamp::from_millis(NOW + 1_000 * number);
    let base = Served::new(id(number), UserId::new(&format!("one of {number}")), "home", at);
    let is_hot = |place: u64| below(mix(number, place), 2) == 1;
    let items = (0..10).map(|place| ServedItem::bare(ItemIndex((10 * number + place) as u32), 0.5));
    let clicks = (0..10).map(|place| {
        let chance = if is_hot(place) { 40 } else { 10 };
        below(mix(number, 100 + place), 100) < chance
    });
    let declared = DeclaredValues {
        of_items: vec![HEAT],
        classes: (0..10).map(|place| if is_hot(place) { 135 } else { 129 }).collect(),
        ..DeclaredValues::default()
    };
    let declared = Some(Box::new(declared));
    (Served { items: items.collect(), fields: vec![(1, 5)], declared, ..base }, clicks.collect())
}

fn story(keep: impl Fn(Served) -> Served) -> Vec<Record> {
    let mut timed: Vec<(u64, RecordBody)> = Vec::new();
    for number in 1..=LISTS {
        let (served, clicks) = list(number);
        let at = served.at.as_millis();
        let answers = |kind, place: usize, wait_ms| {
            let done = event(kind, Some(served.items[place].item.0), at + wait_ms);
            let (user, recommendation) = (served.user.clone(), Some(served.id));
            RecordBody::Event { shard: SHARD, event: Event { user, recommendation, ..done } }
        };
        for (place, clicked) in clicks.into_iter().enumerate() {
            timed.push((at, answers(VIEW, place, 0)));
            if clicked {
                timed.push((at + 4_000, answers(CLICK, place, 4_000)));
            }
        }
        let served = keep(served.clone());
        timed.push((at - 1, RecordBody::Served { shard: SHARD, served }));
    }
    timed.extend((1..LISTS + 90).map(|s| {
        (NOW + 1_000 * s, RecordBody::Tick { time: Timestamp::from_millis(NOW + 1_000 * s) })
    }));
    timed.sort_by_key(|(at, _)| *at);
    log(timed.into_iter().map(|(_, body)| body))
}

/// Log loss of what was foretold of the last third before it was learned, and the samples.
fn learned(records: &[Record]) -> (f32, Vec<ClickSample>) {
    let config = joining(Impressions::Reported);
    let config = ApplyConfig { served_budget_bytes: 1 << 26, ..(*config).clone() };
    let mut state = ShardState::new(SHARD, Arc::new(config));
    let samples = apply_all(&mut state, records).clicks;
    let mut head = ClickHead::new(3, ClickConfig::default());
    let judged: Vec<f32> = samples
        .iter()
        .filter_map(|sample| head.learn(sample))
        .map(|said| {
            let right = if 0.5 < said.label { said.predicted } else { 1.0 - said.predicted };
            -ln(right.max(1e-6))
        })
        .collect();
    let last = &judged[judged.len() * 2 / 3..];
    (last.iter().sum::<f32>() / last.len() as f32, samples)
}

#[test]
fn a_head_learns_what_only_a_declared_feature_tells() {
    let (with, samples) = learned(&story(|served| served));
    let (without, bare) = learned(&story(|served| Served { declared: None, ..served }));
    assert_eq!((samples.len() as u64, bare.len()), (10 * LISTS, samples.len()));
    // Told apart, the two kinds are worth .325 and .673 nats a row, .499 on average; taken together .562.
    assert!(with < 0.525, "{with} with the feature, {without} without");
    assert!(0.555 < without, "{with} with the feature, {without} without");
}

#[test]
fn a_sample_says_what_the_record_says_whatever_was_declared_since() {
    let declared = DeclaredValues {
        of_list: vec![(7, 200), (8, 0)],
        of_items: vec![HEAT, 9],
        classes: vec![1, 2, 3, 4],
        tags: vec![
            ServedTag { pattern: 70_000, binding: 4, ranked: true },
            ServedTag { pattern: 5, binding: 4, ranked: false },
        ],
    };
    let items = [3, 4].map(|item| ServedItem::bare(ItemIndex(item), 0.5)).to_vec();
    let base = Served::new(id(1), user(1), "home", Timestamp::from_millis(NOW));
    let old = Served { items, fields: vec![(1, 5)], ..base };
    let new = Served { declared: Some(Box::new(declared)), ..old.clone() };
    let (before, after) = (row(&old, 1), row(&new, 1));
    assert_eq!((before.shared, after.shared), (1, 4));
    let added: Vec<_> = after.fields.iter().filter(|it| !before.fields.contains(it)).collect();
    let (list, own) = (fields::list_input, fields::item_input);
    let tag = (fields::TAG, 70_000);
    assert_eq!(added, [&list(7, 200), &list(8, 0), &tag, &own(HEAT, 3), &own(9, 4)]);
    assert!(after.fields.iter().all(|(field, _)| usize::from(*field) < fields::FIELDS));
}
