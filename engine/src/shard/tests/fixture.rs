//! Checkpoints as each version wrote them, which must load for ever.
//!
//! A line of a fixture is one entry: key and value in hexadecimal. `FRESHET_WRITE_FIXTURE=1` writes the
//! file of the version that this program writes; an old one is never written again.

use std::fmt::Write;

use super::*;
use crate::CategoryId;
use crate::model::click::ClickOutcome;
use crate::model::{UserRow, numeric};
use crate::record::{DeclaredValues, FeatureParts, ItemFeatures, ServedTag};
use crate::shard::join::marks::{Held, Mark, Stage, Told};
use crate::user::stays::Stay;
use crate::user::tests::HIDE;

/// Users without rows.
const VERSION_1: &str = include_str!("../fixtures/shard-v1.hex");
/// Users with rows.
const VERSION_2: &str = include_str!("../fixtures/shard-v2.hex");
/// Lists with features.
const VERSION_3: &str = include_str!("../fixtures/shard-v3.hex");
/// Users with rows of an era.
const VERSION_4: &str = include_str!("../fixtures/shard-v4.hex");
/// Lists with what became of their places.
const VERSION_5: &str = include_str!("../fixtures/shard-v5.hex");
/// Lists with what places came to whose windows are open.
const VERSION_6: &str = include_str!("../fixtures/shard-v6.hex");
/// Users with declared features and runs of patterns.
const VERSION_7: &str = include_str!("../fixtures/shard-v7.hex");
/// Lists with what declared features said.
const VERSION_8: &str = include_str!("../fixtures/shard-v8.hex");
/// Users with stays in live rooms.
const VERSION_9: &str = include_str!("../fixtures/shard-v9.hex");

/// One of everything that a shard keeps.
fn story() -> Vec<Record> {
    let mut bodies: Vec<RecordBody> =
        (0..70).map(|n| click(1, n * 1_000, NOW + u64::from(n) * 7_000)).collect();
    bodies.push(of_user(1, event(VIEW, Some(5), NOW + 480_000)));
    bodies.push(of_user(2, event(HIDE, Some(9), NOW)));
    bodies.push(of_user(2, event(CLICK, None, NOW - 400 * 24 * 3_600_000)));
    bodies.push(identified(3, Identity::Id(77)));
    bodies.push(identified(3, Identity::Source { source: 5, position: 12 }));
    bodies.push(put(2, r#"{"country":"DE"}"#));
    bodies.push(noted(2, 41, NOW));
    log(bodies)
}

/// A list with features.
fn noted(n: u32, number: u64, at: u64) -> RecordBody {
    let RecordBody::Served { shard, mut served } = served(n, number, at) else { unreachable!() };
    served.fields = vec![(1, 70_000), (64, 3)];
    served.given = true;
    served.explored = vec![(2, ItemIndex(5))];
    served.declared = Some(Box::new(DeclaredValues {
        of_list: vec![(70_000, 3)],
        of_items: vec![5, u32::MAX],
        classes: vec![1, 0, 2, 255, 0, 0],
        tags: vec![ServedTag { pattern: 9, binding: 1 << 40, ranked: true }],
    }));
    let parts = FeatureParts { price: Some(9.0), click_rate: Some(0.1), ..FeatureParts::default() };
    served.items[1].features = ItemFeatures::pack(&parts);
    RecordBody::Served { shard, served }
}

fn unhex(text: &str) -> Vec<u8> {
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|p| u8::from_str_radix(std::str::from_utf8(p).unwrap(), 16).unwrap()).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn entries(fixture: &str) -> impl Iterator<Item = (Vec<u8>, Vec<u8>)> + '_ {
    fixture.lines().map(|line| {
        let (key, value) = line.split_once(' ').unwrap();
        (unhex(key), unhex(value))
    })
}

/// What a shard writes of the story today, with a row for one user.
fn written() -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut state = empty();
    apply_all(&mut state, &story());
    state.put_rows(&[(config().key.user_hash(&user(1)), row_of(5))], 1);
    state.waiting.mark(41, |marks| {
        marks.set(0, Mark { stage: Stage::Waiting, position: 300, halvings: 2, after_ms: 70_000 });
        marks.set(1, Mark { stage: Stage::Clicked, after_ms: 5, ..Mark::default() });
        marks.tell(1, CLICK);
        let decided = Mark { stage: Stage::Decided, after_ms: 70_000, ..Mark::default() };
        marks.set(2, decided);
        marks.tell(2, CLICK);
        marks.hold(Held { weight: 0.5, ..Held::new(2, Told::Clicked, (CLICK, 2.5)) });
        marks.hold(Held::new(2, Told::Goal, (VIEW, 1.0)));
    });
    let three = user(3);
    let hash = config().key.user_hash(&three);
    state.users.load(hash, three.as_str(), &mut state.scratch);
    state.scratch.stays = vec![stay()];
    state.users.store(hash, &three, &state.scratch);
    state.cut().entries.into_iter().map(|entry| (entry.key, entry.value.unwrap())).collect()
}

fn stay() -> Stay {
    Stay {
        room: 1 << 60 | 5,
        item: ItemIndex(70_000),
        categories: vec![CategoryId(1), CategoryId(300)],
        began: Timestamp::from_millis(NOW),
        seen_at: Timestamp::from_millis(NOW + 70_000),
        told: 2,
        credited: true,
        chose: Some(ItemIndex(9)),
        recommendation: Some(RecommendationId { shard: SHARD, number: 1 << 40 }),
    }
}

#[test]
fn a_stay_of_an_old_checkpoint_goes_on() {
    let stays = |fixture| {
        let state = ShardState::restore(SHARD, config(), entries(fixture)).unwrap();
        let three = user(3);
        state.unpacked(config().key.user_hash(&three), &three).unwrap().stays
    };
    assert_eq!(stays(VERSION_8), []);
    assert_eq!(stays(VERSION_9), [stay()]);
}

fn row_of(era: u32) -> UserRow {
    let mut vector = numeric::zeros(4);
    vector[0].0[0] = 0.25;
    vector[3].0[15] = -1.5;
    UserRow { vector: vector.into(), squares: 0.02, era }
}

#[test]
fn checkpoints_of_every_version_load_and_go_on() {
    if std::env::var_os("FRESHET_WRITE_FIXTURE").is_some() {
        let mut text = String::new();
        for (key, value) in written() {
            writeln!(text, "{} {}", hex(&key), hex(&value)).unwrap();
        }
        std::fs::write("src/shard/fixtures/shard-v9.hex", text).unwrap();
        return;
    }
    check_story(VERSION_1, None);
    check_story(VERSION_2, Some(&row_of(0)));
    check_story(VERSION_3, Some(&row_of(0)));
    check_story(VERSION_4, Some(&row_of(5)));
    check_story(VERSION_5, Some(&row_of(5)));
    check_story(VERSION_6, Some(&row_of(5)));
    check_story(VERSION_7, Some(&row_of(5)));
    check_story(VERSION_8, Some(&row_of(5)));
    check_story(VERSION_9, Some(&row_of(5)));
}

fn check_story(fixture: &str, row: Option<&UserRow>) {
    let mut state = ShardState::restore(SHARD, config(), entries(fixture)).unwrap();
    assert_eq!(state.rows_through(), 0);
    assert_eq!(state.offset(), Sequence(154));
    assert_eq!(state.users(), 3);
    assert_eq!(state.source_position(5), 12);
    assert_eq!(state.profile(&user(2)).as_deref(), Some(r#"{"country":"DE"}"#));
    assert!(state.served(RecommendationId { shard: SHARD, number: 41 }).is_some());

    let at = Timestamp::from_millis(NOW + 483_000);
    let one = state.view(&user(1), at);
    assert_eq!((one.events_applied, one.history.len(), one.counts), (71, 50, [9, 43, 70]));
    assert_eq!(one.history[0].item, Some(ItemIndex(69_000)));
    assert_eq!(one.history[49].at, Timestamp::from_millis(NOW + 20 * 7_000));
    assert_eq!(one.seen.len(), 71);
    assert!((one.type_scores[0].1 - 69.5).abs() < 1.0, "{:?}", one.type_scores);
    assert_eq!(one.category_scores.len(), 1);
    assert_eq!(one.model.row.as_ref(), row);

    let two = state.view(&user(2), at);
    assert_eq!(two.history[1].at, Timestamp::from_millis(NOW - 400 * 24 * 3_600_000));
    assert_eq!(two.history[1].item, None);

    let known = Record { sequence: Sequence(200), body: identified(3, Identity::Id(77)) };
    let applied = apply_all(&mut state, &[known]);
    assert_eq!(applied.outcomes, [(Sequence(200), Outcome::Duplicate)]);
}

#[test]
fn what_is_written_today_is_version_9_byte_for_byte() {
    assert_eq!(written(), entries(VERSION_9).collect::<Vec<_>>());
}

#[test]
fn versions_differ_in_nothing_but_the_row_and_the_features() {
    let restored = |fixture| ShardState::restore(SHARD, config(), entries(fixture)).unwrap();
    assert_eq!(restored(VERSION_1).digest(), restored(VERSION_2).digest());
    let id = RecommendationId { shard: SHARD, number: 41 };
    let (old, new) = (restored(VERSION_2), restored(VERSION_3));
    let (old, new) = (old.served(id).unwrap(), new.served(id).unwrap());
    assert_eq!(old.items[0].features, crate::record::ItemFeatures::default());
    let fields = new.fields.clone();
    assert_eq!(fields, [(1, 70_000), (64, 3)]);
    let items = old.items.clone();
    assert_eq!(
        &Served { items, fields: Vec::new(), explored: Vec::new(), given: false, ..new.clone() },
        old
    );
    assert_eq!(restored(VERSION_3).digest(), restored(VERSION_4).digest());
    let (old, new) = (restored(VERSION_7), restored(VERSION_8));
    let (old, new) = (old.served(id).unwrap(), new.served(id).unwrap());
    assert_eq!(old.declared, None);
    let values = new.declared.as_ref().unwrap();
    assert_eq!(values.of_item(1).collect::<Vec<_>>(), [(5, 2), (u32::MAX, 255)]);
    assert_eq!(&Served { declared: None, ..new.clone() }, old);
}

#[test]
fn places_that_waited_at_a_cut_go_on_waiting() {
    let mut state = ShardState::restore(SHARD, config(), entries(VERSION_5)).unwrap();
    let time = Timestamp::from_millis(NOW + 70_000 + 60_000);
    let due = Record { sequence: Sequence(200), body: RecordBody::Tick { time } };
    let closed = apply_all(&mut state, &[due]).clicks;
    assert_eq!(closed.len(), 1);
    assert_eq!((closed[0].position, closed[0].weight.to_bits()), (300, 0.25_f32.to_bits()));
}

#[test]
fn what_was_held_at_a_cut_is_told_when_its_window_closes() {
    let mut state = ShardState::restore(SHARD, config(), entries(VERSION_6)).unwrap();
    let time = Timestamp::from_millis(NOW + 70_000 + 60_000);
    let due = Record { sequence: Sequence(200), body: RecordBody::Tick { time } };
    let closed = apply_all(&mut state, &[due]).clicks;
    let told: Vec<_> = closed.iter().map(|it| (it.position, it.weight, it.outcome)).collect();
    let clicked = ClickOutcome::Clicked { by: CLICK, value: 2.5 };
    let goal = ClickOutcome::Goal { by: VIEW, value: 1.0 };
    assert_eq!(told, [(300, 0.25, ClickOutcome::Unclicked), (3, 0.5, clicked), (3, 1.0, goal)]);
}

#[test]
fn damage_and_unknown_versions_are_refused() {
    let broken = |change: fn(&mut Vec<u8>, &mut Vec<u8>), at: usize| {
        let mut all: Vec<_> = entries(VERSION_9).collect();
        let (key, value) = &mut all[at];
        change(key, value);
        ShardState::restore(SHARD, config(), all.into_iter()).map(|state| state.digest())
    };
    for (at, (key, _)) in entries(VERSION_9).enumerate() {
        let newer = broken(|_, value| value[0] = 9, at);
        assert!(matches!(newer, Err(CodecError::Version { found: 9, .. })), "{newer:?}");
        assert!(broken(|_, value| value.truncate(1), at).is_err() || key[0] == b'd');
        assert!(broken(|key, _| key[0] = b'?', at).is_err());
    }
}
