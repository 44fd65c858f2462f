//! A checkpoint that an earlier version of this program wrote is still read.
//!
//! A line of the fixture is one entry: key and value in hexadecimal. `FRESHET_WRITE_FIXTURE=1` writes the newest
//! one; an old one is never written again.

use super::*;
use crate::CategoryId;
use crate::model::Content;
use crate::model::tables::ItemTables;
use crate::record::ItemDoc;

const VERSION_1: &str = include_str!("../../fixtures/model-v1.hex");
const VERSION_2: &str = include_str!("../../fixtures/model-v2.hex");
const WITH_CONTENT: &str = include_str!("../../fixtures/model-v2-content.hex");

fn entries(fixture: &str) -> Vec<(Vec<u8>, Vec<u8>)> {
    let bytes = |hex: &str| -> Vec<u8> {
        let digits = hex.as_bytes().chunks(2);
        digits
            .map(|two| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap())
            .collect()
    };
    let lines = fixture.lines().filter(|line| !line.is_empty());
    lines.map(|line| line.split_once(' ').unwrap()).map(|(k, v)| (bytes(k), bytes(v))).collect()
}

#[test]
fn version_1_is_still_read() {
    let learner = Learner::restore(SEED, small(), entries(VERSION_1)).expect("version 1 is read");
    assert_eq!((learner.trained, learner.trained_through.0, learner.count.events), (40, 40, 42));
    assert_eq!((learner.recent.len(), learner.users.len()), (42, 3));
    let known: Vec<u32> = learner.items.known().iter().map(|item| item.0).collect();
    assert_eq!(known, KNOWN);
    let head = learner.items.head(ItemIndex(7)).expect("it is known");
    assert_eq!((head.counts[0].to_bits(), head.touched), (1.0_f32.to_bits(), 42));
    let row = learner.items.target(ItemIndex(7)).expect("it has a row");
    assert_eq!(row[0].0[0].to_bits(), ROW_BITS);
}

#[test]
fn terms_that_came_after_version_1_start_anew() {
    let learner = Learner::restore(SEED, small(), entries(VERSION_1)).expect("version 1 is read");
    let start = Learner::new(SEED, small());
    let moved = |group: usize| {
        let weights = |learner: &Learner| learner.shared.blend[group].values;
        weights(&learner)
            .into_iter()
            .zip(weights(&start))
            .map(|(now, then)| now.to_bits() != then.to_bits())
            .collect::<Vec<bool>>()
    };
    assert!((0..4).any(|group| moved(group)[..8].contains(&true)));
    assert!((0..4).all(|group| !moved(group)[8..].contains(&true)));
}

#[test]
fn version_2_is_still_read() {
    let learner = Learner::restore(SEED, small(), entries(VERSION_2)).expect("version 2 is read");
    assert_eq!((learner.trained, learner.trained_through.0, learner.count.events), (40, 40, 42));
    let sessions = learner.shared.blend[3].values[8];
    assert_eq!(sessions.to_bits(), SESSIONS_BITS, "{sessions} {}", sessions.to_bits());
    let row = learner.items.target(ItemIndex(7)).expect("it has a row");
    assert_eq!(row[0].0[0].to_bits(), ROW_2_BITS, "{}", row[0].0[0].to_bits());
}

#[test]
fn a_checkpoint_of_before_content_knows_none_and_starts_its_terms_anew() {
    let learner = Learner::restore(SEED, small(), entries(VERSION_2)).expect("version 2 is read");
    assert!(learner.described().is_empty());
    assert!(learner.shared.blend.iter().all(|group| group.values[12..] == [0.0; 2]));
}

#[test]
fn a_checkpoint_with_content_is_still_read() {
    if std::env::var_os("FRESHET_WRITE_FIXTURE").is_some() {
        write();
    }
    let entries = entries(WITH_CONTENT);
    let learner = Learner::restore(SEED, small(), entries).expect("it is read");
    let described = learner.described();
    for item in 0..9 {
        let held = described.content(ItemIndex(item)).map(|held| Content::clone(held));
        assert_eq!(held, Some(content(item)), "{item}");
    }
    let fit = described.map().fit();
    let weight = learner.shared.blend[3].values[12];
    assert_eq!((fit.to_bits(), weight.to_bits()), CONTENT_BITS, "{fit} {weight}");
}

/// Items 0 to 8 are described; 8 was never chosen.
fn content(item: u32) -> Content {
    let doc = ItemDoc {
        categories: vec![(CategoryId(item % 2), format!("c{}", item % 2).into())],
        tags: vec![format!("t{}", item % 3).into()],
        title: Some(format!("number {item}").into()),
        embedding: vec![1.0, item as f32].into(),
        ..ItemDoc::default()
    };
    Content::of(&doc)
}

const CONTENT_BITS: (u32, u32) = (1_051_077_844, 1_040_683_811);
const SESSIONS_BITS: u32 = 1_028_539_566;
const ROW_2_BITS: u32 = 1_028_533_159;

const KNOWN: [u32; 8] = [0, 1, 5, 4, 2, 3, 6, 7];
const ROW_BITS: u32 = 1_028_533_159;

fn write() {
    let mut learner = Learner::new(SEED, small());
    (0..9).for_each(|item| learner.describe(ItemIndex(item), &content(item)));
    Stream::new(4, 7, 3).teach(&mut learner, 40);
    learner.count_event(ItemIndex(0));
    learner.count_event(ItemIndex(7));
    let hex =
        |bytes: &[u8]| bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    let entries = learner.cut().entries.into_iter();
    let lines =
        entries.map(|entry| format!("{} {}\n", hex(&entry.key), hex(&entry.value.unwrap())));
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/model/fixtures/model-v2-content.hex");
    std::fs::write(path, lines.collect::<String>()).expect("the fixture is written");
}
