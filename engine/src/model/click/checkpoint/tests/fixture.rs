//! Checkpoints of the click head as each version wrote them, which must load for ever.
//!
//! A line of a fixture is one entry: key and value in hexadecimal. `FRESHET_WRITE_FIXTURE=1` writes the file of the
//! version that this program writes; an old one is never written again.

use std::fmt::Write;

use super::*;
use crate::model::click::config::PositionPolicy;

/// Without a unit of sums of squares.
const VERSION_1: &str = include_str!("../../../fixtures/click-v1.hex");
/// Of a head that has forgotten once.
const VERSION_2: &str = include_str!("../../../fixtures/click-v2.hex");
/// Logits of a row that was learned, and of the same after thirty samples more.
const LOGITS_1: [u32; 2] = [3_227_450_975, 3_226_418_182];
const LOGITS_2: [u32; 2] = [3_227_450_975, 3_226_784_005];

fn config() -> ClickConfig {
    let bought = ClickGoal { event_type: PURCHASE, counts: GoalCounts::Events };
    ClickConfig { goals: vec![bought], position: PositionPolicy::Logit, ..small() }
}

fn stream() -> Impressions {
    Impressions { users: 4, items: 6, ..Impressions::new(7) }
}

/// A head that has learned a little of everything.
fn taught() -> ClickHead {
    let mut head = ClickHead::new(3, config());
    stream().teach(&mut head, 40);
    head
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

fn store(fixture: &str) -> Store {
    let entry = |line: &str| {
        let (key, value) = line.split_once(' ').unwrap();
        (unhex(key), unhex(value))
    };
    Store(fixture.lines().map(entry).collect())
}

fn written() -> Store {
    let mut store = Store::default();
    let mut head = taught();
    store.cut(&mut head);
    head.forget();
    store.cut(&mut head);
    store
}

/// The head in `fixture` says what the one that was written said, and learns on as it would have.
fn check(fixture: &str, expected: [u32; 2]) {
    let mut head = store(fixture).restore(config()).expect("it is read for ever");
    assert_eq!((head.learned(), head.calibration().surfaces.len()), (40, 4));
    let row = stream().sample().row;
    let before = head.logit(&row);
    let mut more = stream();
    more.sequence = 40;
    more.teach(&mut head, 30);
    let logits = [before, head.logit(&row)].map(f32::to_bits);
    assert_eq!(logits, expected);
}

#[test]
fn checkpoints_of_every_version_load_and_go_on() {
    if std::env::var_os("FRESHET_WRITE_FIXTURE").is_some() {
        let mut text = String::new();
        for (key, value) in written().0 {
            writeln!(text, "{} {}", hex(&key), hex(&value)).unwrap();
        }
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/model/fixtures/click-v2.hex");
        std::fs::write(path, text).unwrap();
        return;
    }
    check(VERSION_1, LOGITS_1);
    check(VERSION_2, LOGITS_2);
}

#[test]
fn what_is_written_today_is_version_2_byte_for_byte() {
    assert_eq!(written().0, store(VERSION_2).0);
}
