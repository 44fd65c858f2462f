use std::fmt::Write as _;

use engine::log::LogReader as _;
use engine::record::Identity as EventIdentity;
use engine::{RecommendationId, Record, RecordBody, ShardId, Timestamp};

use super::testing::{alone, event, open, options, own_dir, record, served};
use super::*;

const HOUR_MS: u64 = 3_600_000;

fn scan(log: &LocalLog, after: u64, up_to: u64, shard: Option<u16>) -> Vec<u64> {
    let mut found = Vec::new();
    log.scan(Sequence(after), Sequence(up_to), shard.map(ShardId), &mut |record| {
        found.push(record.sequence.0);
    })
    .unwrap();
    found
}

fn append(log: &LocalLog, records: &[Record], at_ms: u64) {
    log.append(records, Timestamp::from_millis(at_ms)).unwrap();
}

#[test]
fn records_come_back_as_they_were_written_and_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path());
    let first = [record(1, event("a", "x", 5)), record(2, served(7))];
    let second = [record(5, RecordBody::Tick { time: Timestamp::from_millis(3) })];
    append(&log, &first, 1);
    append(&log, &second, 2);
    assert_eq!(log.last(), Sequence(5));
    check_contents(&log, &[&first[..], &second].concat());
    drop(log);
    check_contents(&open(dir.path()), &[&first[..], &second].concat());
}

fn check_contents(log: &LocalLog, expected: &[Record]) {
    let mut found = Vec::new();
    log.scan(Sequence(0), log.last(), None, &mut |record| found.push(record)).unwrap();
    assert_eq!(found, expected);
    assert_eq!(log.read(Sequence(2)).unwrap().as_ref(), Some(&expected[1]));
    assert_eq!(log.read(Sequence(3)).unwrap(), None);
    assert_eq!(log.last(), Sequence(5));
}

#[test]
fn a_scan_keeps_to_its_bounds_and_its_shard() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path());
    let tick = RecordBody::Tick { time: Timestamp::from_millis(3) };
    append(
        &log,
        &[
            record(1, event("a", "", 1)),
            record(2, event("b", "", 2)),
            record(3, tick),
            record(4, event("a", "", 4)),
        ],
        1,
    );
    let shard = u16::from(b'a') % 16;
    assert_eq!(scan(&log, 0, 4, None), [1, 2, 3, 4]);
    assert_eq!(scan(&log, 1, 3, None), [2, 3]);
    assert_eq!(scan(&log, 0, 4, Some(shard)), [1, 3, 4]);
    assert_eq!(scan(&log, 4, u64::MAX, None), Vec::<u64>::new());
    assert_eq!(scan(&log, u64::MAX, u64::MAX, None), Vec::<u64>::new());
}

#[test]
fn everything_that_finds_records_again_survives_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path());
    let user_hash = log.key().user_hash(&engine::UserId::new("a"));
    let aside = RecordBody::SetAside { sequence: Sequence(1), shard: ShardId(3) };
    let progress = |position| RecordBody::SourceProgress { source: 8, position };
    append(&log, &[record(1, event("a", "", 77)), record(2, served(7)), record(3, aside)], 1);
    append(&log, &[record(4, progress(10)), record(5, progress(20))], 1);
    drop(log);

    let log = open(dir.path());
    assert!(log.contains_id(user_hash, 77).unwrap());
    assert!(!log.contains_id(user_hash, 78).unwrap());
    assert!(!log.contains_id(user_hash ^ 1, 77).unwrap(), "an id counts once per user");
    let list = RecommendationId { shard: ShardId(4), number: 7 };
    assert_eq!(log.find_served(list).unwrap(), Some(Sequence(2)));
    assert_eq!(log.find_served(RecommendationId { number: 8, ..list }).unwrap(), None);
    assert_eq!(log.set_aside().unwrap(), [Sequence(1)]);
    assert_eq!(log.source_progress(8).unwrap(), 20);
    assert_eq!(log.source_progress(9).unwrap(), 0);
}

#[test]
fn a_directory_keeps_its_key_and_counts_its_starts() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path());
    let key = log.key();
    assert_eq!((log.start_count(), log.shards(), log.last()), (1, 16, Sequence(0)));
    drop(log);
    let log = open(dir.path());
    assert_eq!((log.start_count(), log.key()), (2, key));
    let other = tempfile::tempdir().unwrap();
    assert_ne!(open(other.path()).key(), key);
}

#[test]
fn another_number_of_shards_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    drop(open(dir.path()));
    let refused = LocalLog::open(dir.path(), LogOptions { shards: 32, ..options() }).unwrap_err();
    assert!(matches!(refused, OpenError::Shards { stored: 16, asked: 32, .. }), "{refused}");
}

#[test]
fn a_directory_of_a_later_format_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path());
    log.db.put(keys::NODE, [2, 0, 0]).unwrap();
    drop(log);
    let refused = LocalLog::open(dir.path(), options()).unwrap_err();
    assert!(matches!(refused, OpenError::Format { .. }), "{refused}");
}

#[test]
fn records_without_a_node_identity_are_refused_rather_than_given_a_new_key() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path());
    append(&log, &[record(1, event("a", "", 1))], 1);
    log.db.delete(keys::NODE).unwrap();
    drop(log);
    let refused = LocalLog::open(dir.path(), options()).unwrap_err();
    assert!(matches!(refused, OpenError::NoIdentity { .. }), "{refused}");
}

#[test]
fn a_second_opening_in_the_same_process_is_refused_and_names_the_directory() {
    let dir = tempfile::tempdir().unwrap();
    let _first = open(dir.path());
    let refused = LocalLog::open(dir.path(), options()).unwrap_err();
    assert!(
        matches!(&refused, OpenError::InUse { dir: named } if named == dir.path()),
        "{refused}"
    );
}

#[test]
fn a_second_process_is_refused_and_names_the_directory() {
    if let Some(dir) = own_dir() {
        // This is the second process.
        println!("refused: {}", LocalLog::open(&dir, options()).unwrap_err());
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let _first = open(dir.path());
    let test = concat!(module_path!(), "::a_second_process_is_refused_and_names_the_directory");
    let said = alone(test, dir.path(), "");
    let expected = format!("refused: {} is in use by another process", dir.path().display());
    assert!(said.contains(&expected), "{said}");
}

#[test]
fn retention_cuts_what_is_old_and_in_the_cut_and_never_the_newest_record() {
    let dir = tempfile::tempdir().unwrap();
    let limits = LogOptions { retention_ms: 72 * HOUR_MS, ..options() };
    let log = LocalLog::open(dir.path(), limits).unwrap();
    // One record an hour, each with its mark.
    for hour in 1..=100 {
        append(&log, &[record(hour, served(hour))], hour * HOUR_MS);
    }
    let now = |hour| Timestamp::from_millis(hour * HOUR_MS);
    assert_eq!(log.trim(Sequence(100), now(72)).unwrap(), Sequence(0));
    assert_eq!(log.trim(Sequence(5), now(100)).unwrap(), Sequence(5), "the cut needs the rest");
    assert_eq!(log.trim(Sequence(100), now(100)).unwrap(), Sequence(27));
    assert_eq!(scan(&log, 0, 30, None), [28, 29, 30]);
    let list = |number| RecommendationId { shard: ShardId(4), number };
    assert_eq!(log.find_served(list(27)).unwrap(), None);
    assert_eq!(log.find_served(list(28)).unwrap(), Some(Sequence(28)));
    assert_eq!(log.trim(Sequence(100), now(1_000)).unwrap(), Sequence(99));
    drop(log);

    let log = LocalLog::open(dir.path(), limits).unwrap();
    assert_eq!(log.last(), Sequence(100));
    assert_eq!(scan(&log, 0, u64::MAX, None), [100]);
    assert_eq!(log.find_served(list(99)).unwrap(), None);
    let served = log.family(keys::SERVED).unwrap();
    log.db.compact_range_cf(served, None::<&[u8]>, None::<&[u8]>);
    assert_eq!(log.db.iterator_cf(served, IteratorMode::Start).count(), 1);
}

#[test]
fn retention_cuts_what_is_too_much() {
    let dir = tempfile::tempdir().unwrap();
    let limits = LogOptions { retention_bytes: 40 << 20, ..options() };
    let log = LocalLog::open(dir.path(), limits).unwrap();
    let text = "x".repeat(900_000);
    let mut bytes = 0;
    for number in 1..=100 {
        bytes += log
            .append(&[record(number, event("a", &text, number))], Timestamp::EPOCH)
            .unwrap()
            .bytes;
    }
    let trimmed = log.trim(Sequence(100), Timestamp::EPOCH).unwrap();
    let kept = 100 - trimmed.0;
    let (least, most) = (40 << 20, (40 + 17) << 20);
    let kept_bytes = kept * bytes / 100;
    assert!((least..=most).contains(&kept_bytes), "{kept} records of {kept_bytes} bytes are kept");
}

#[test]
fn forgotten_ids_are_not_found_and_leave_the_disk() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path());
    append(&log, &[record(1, event("a", "", 1_000)), record(2, event("a", "", 2_000))], 1);
    let user_hash = log.key().user_hash(&engine::UserId::new("a"));
    log.forget_ids(Timestamp::from_millis(2_000));
    assert!(!log.contains_id(user_hash, 1_000).unwrap());
    assert!(log.contains_id(user_hash, 2_000).unwrap());
    let ids = log.family(keys::IDS).unwrap();
    log.db.compact_range_cf(ids, None::<&[u8]>, None::<&[u8]>);
    assert_eq!(log.db.iterator_cf(ids, IteratorMode::Start).count(), 1);
}

#[test]
fn sequences_are_reserved_before_they_are_given_out() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path());
    let start = log.first_free();
    assert_eq!(start, Sequence(1));
    let beyond = record(start.0 + identity::RESERVE, event("a", "", 1));
    assert!(log.append(&[beyond], Timestamp::EPOCH).is_err());
    // A commit that reaches into the second half of the reservation reserves more.
    let half = identity::RESERVE * 3 / 4;
    append(&log, &[record(half, event("a", "", 1))], 1);
    append(&log, &[record(half + identity::RESERVE / 2, event("a", "", 1))], 1);
    drop(log);
    let log = open(dir.path());
    assert!(half + identity::RESERVE / 2 < log.first_free().0);
}

/// Records as version 1 wrote them when version 1 was made; must be read for ever.
#[test]
fn records_of_version_one_are_read() {
    let found = decoded(include_str!("fixtures/records_v1.hex"));
    let found: Vec<Record> = found.into_iter().map(|(record, _)| record).collect();
    assert_eq!(found, fixture_records());
}

/// Records as version 2 wrote them when version 2 was made.
#[test]
fn records_of_version_two_are_read() {
    let found = decoded(include_str!("fixtures/records_v2.hex"));
    let found: Vec<Record> = found.into_iter().map(|(record, _)| record).collect();
    assert_eq!(found, newer_records());
}

/// Records as version 3 wrote them when version 3 was made.
#[test]
fn records_of_version_three_are_read() {
    let found = decoded(include_str!("fixtures/records_v3.hex"));
    let found: Vec<Record> = found.into_iter().map(|(record, _)| record).collect();
    assert_eq!(found, described_records());
}

/// Records as version 4 wrote them when version 4 was made.
#[test]
fn records_of_version_four_are_read() {
    let found = decoded(include_str!("fixtures/records_v4.hex"));
    let found: Vec<Record> = found.into_iter().map(|(record, _)| record).collect();
    assert_eq!(found, declared_records());
}

/// Records as version 5 wrote them; `FRESHET_WRITE_FIXTURE=1` writes the file.
#[test]
fn records_of_version_five_are_read_and_written() {
    let expected = [declared_records(), room_records()].concat();
    if std::env::var_os("FRESHET_WRITE_FIXTURE").is_some() {
        let mut text = String::new();
        for record in &expected {
            for byte in record.encode().unwrap() {
                write!(text, "{byte:02x}").unwrap();
            }
            text.push('\n');
        }
        let path = "src/event_log/local/fixtures/records_v5.hex";
        return std::fs::write(path, text).unwrap();
    }
    let found = decoded(include_str!("fixtures/records_v5.hex"));
    assert_eq!(found.len(), expected.len());
    for ((record, bytes), expected) in found.into_iter().zip(expected) {
        assert_eq!(record, expected);
        assert_eq!(expected.encode().unwrap(), bytes, "version 5 is also what is written");
    }
}

/// What version 5 added.
fn room_records() -> Vec<Record> {
    use engine::rooms::{About, RoomTold};
    let at = Timestamp::from_millis(1_700_000_000_123);
    let about = About {
        title: Some("Sneakers tonight".into()),
        host: Some("h1".into()),
        categories: vec!["shoes".into()],
        products: vec![engine::ItemIndex(7), engine::ItemIndex(70_000)],
        starts_at: None,
        ends_at: Some(at),
    };
    let told = |told| RecordBody::RoomTold { room: "42".into(), told, at };
    let bodies = [
        told(RoomTold::About { about }),
        told(RoomTold::Showing { item: Some(engine::ItemIndex(7)) }),
        told(RoomTold::Closed),
        RecordBody::RoomPublished { room: "42".into(), data: "{\"text\":\"hi\"}".into(), at },
        RecordBody::RoomsLost { at },
    ];
    let numbered = (100..).zip(bodies);
    numbered.map(|(sequence, body)| Record { sequence: Sequence(sequence), body }).collect()
}

fn decoded(fixture: &str) -> Vec<(Record, Vec<u8>)> {
    let lines = fixture.lines().filter(|line| !line.starts_with('#'));
    let bytes = lines.map(|line| {
        let digits = line.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
        digits.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect::<Vec<u8>>()
    });
    bytes.map(|bytes| (Record::decode(&bytes).unwrap(), bytes)).collect()
}

/// The same records with what version 4 added.
fn declared_records() -> Vec<Record> {
    use engine::record::{DeclaredValues, ServedTag};
    let mut records = described_records();
    for record in &mut records {
        match &mut record.body {
            RecordBody::Served { served, .. } => {
                let items = served.items.len();
                served.declared = Some(Box::new(DeclaredValues {
                    of_list: vec![(u32::MAX, 255), (1, 0)],
                    of_items: vec![70_000],
                    classes: (0..items).map(|place| place as u8).collect(),
                    tags: vec![ServedTag { pattern: 300, binding: u64::MAX, ranked: true }],
                }));
            }
            RecordBody::ConfigActivated { declared, .. } => {
                *declared = Some(Box::from([0, 1, 255]));
            }
            _ => {}
        }
    }
    records
}

/// The same records with what version 3 added.
fn described_records() -> Vec<Record> {
    let mut records = newer_records();
    for record in &mut records {
        if let RecordBody::ItemPut { doc, .. } = &mut record.body {
            doc.embedding = Box::from([0.25, -1.5]);
        }
    }
    records
}

/// The same records with what version 2 added.
fn newer_records() -> Vec<Record> {
    use engine::model::click::fields;
    use engine::record::{FeatureParts, ItemFeatures};
    let mut records = fixture_records();
    for record in &mut records {
        match &mut record.body {
            RecordBody::Event { event, .. } => event.origin = 70_000,
            RecordBody::Served { served, .. } => {
                (served.model_revision, served.version, served.exploration) = (300, 2, 1);
                served.given = true;
                served.explored = vec![(1, engine::ItemIndex(70_000)), (3, engine::ItemIndex(2))];
                served.fields = vec![(fields::SCENARIO, u32::MAX), (fields::HOUR, 23)];
                let mut parts = FeatureParts { price: Some(3.0), ..FeatureParts::default() };
                parts.parts[0] = -0.5;
                served.items[0].features = ItemFeatures::pack(&parts);
            }
            _ => {}
        }
    }
    records
}

fn fixture_records() -> Vec<Record> {
    use engine::record::{ItemDoc, ItemKind};
    use engine::{CategoryId, ItemIndex};
    let at = Timestamp::from_millis(1_700_000_000_123);
    let RecordBody::Event { shard, mut event } = event("u123", "{\"a\":1}", 1_700_000_000_000)
    else {
        unreachable!()
    };
    event.identity = EventIdentity::Source { source: 300, position: 70_000 };
    event.categories = vec![CategoryId(1), CategoryId(400)];
    (event.price, event.value, event.position) = (Some(9.5), Some(-1.0), Some(3));
    event.recommendation = Some(RecommendationId { shard: ShardId(2), number: 1 << 40 });
    (event.session_id, event.room_id) = (Some(Box::from("s")), Some(Box::from("r")));
    let doc = ItemDoc {
        item_id: Box::from("v456"),
        kind: ItemKind::Article,
        categories: vec![(CategoryId(1), Box::from("news"))],
        tags: vec![Box::from("t")],
        title: Some(Box::from("Grüße")),
        price: Some(1.25),
        currency: Some(Box::from("EUR")),
        published_at: Some(at),
        expires_at: None,
        available: true,
        room_id: None,
        properties: Box::from(""),
        embedding: Box::default(),
    };
    let user = engine::UserId::new("u123");
    let item = ItemIndex(70_000);
    let bodies = vec![
        RecordBody::Event { shard, event },
        super::testing::event("a", "", 5),
        served(9),
        RecordBody::ItemRegistered { item, item_id: Box::from("v456"), at },
        RecordBody::ItemPut { item, doc, at },
        RecordBody::ItemDelete { item, at },
        RecordBody::UserPut { shard, user, profile: Box::from("{}"), at },
        RecordBody::Tick { time: at },
        RecordBody::ConfigActivated { fingerprint: u64::MAX, declared: None },
        RecordBody::SetAside { sequence: Sequence(251), shard: ShardId(255) },
        RecordBody::SourceProgress { source: 1, position: 2 },
    ];
    (1..).zip(bodies).map(|(number, body)| record(number * 100, body)).collect()
}
