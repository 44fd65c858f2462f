use std::collections::BTreeMap;
use std::path::Path;

use engine::ShardId;
use engine::part::PartEntry;
use proptest::prelude::*;

use super::*;
use crate::MemoryStore;

type Entries = Vec<(Vec<u8>, Vec<u8>)>;

const OWNERS: [PartOwner; 3] =
    [PartOwner::Shard(ShardId(0)), PartOwner::Shard(ShardId(u16::MAX)), PartOwner::Activity];

fn manifest(cut: u64) -> CutManifest {
    CutManifest { cut: Sequence(cut), set_aside: vec![Sequence(3)], taken_at_ms: 17, bytes: 4 }
}

fn part(owner: PartOwner, entries: &[(&[u8], Option<&[u8]>)]) -> Part {
    let entry = |(key, value): &(&[u8], Option<&[u8]>)| PartEntry {
        key: key.to_vec(),
        value: value.map(<[u8]>::to_vec),
    };
    Part { owner, entries: entries.iter().map(entry).collect() }
}

fn load(store: &dyn CheckpointStore, owner: PartOwner) -> Entries {
    let mut found = Vec::new();
    store.load(owner, &mut |key, value| found.push((key.to_vec(), value.to_vec()))).unwrap();
    found
}

/// What the disk would hold if the process died now: the files as they are, without the buffers.
fn after_a_crash(dir: &Path) -> tempfile::TempDir {
    loop {
        let (copy, before) = (tempfile::tempdir().unwrap(), listing(dir));
        for name in before.keys() {
            // A file may be removed by a compaction between listing and copying.
            let _ = std::fs::copy(dir.join(name), copy.path().join(name));
        }
        // A crash is one instant: what changed while it was copied is copied again.
        if listing(dir) == before {
            return copy;
        }
    }
}

/// Names and lengths of the files in a folder.
fn listing(dir: &Path) -> BTreeMap<std::ffi::OsString, u64> {
    let entries = std::fs::read_dir(dir).unwrap().map(Result::unwrap);
    entries
        .map(|entry| (entry.file_name(), entry.metadata().map_or(0, |about| about.len())))
        .collect()
}

fn versions(store: &RocksStore) -> usize {
    store
        .db
        .iterator(IteratorMode::Start)
        .filter(|entry| keys::split(&entry.as_ref().unwrap().0).is_some())
        .count()
}

#[test]
fn a_committed_cut_is_there_after_the_store_is_opened_again() {
    let dir = tempfile::tempdir().unwrap();
    let shard = PartOwner::Shard(ShardId(7));
    {
        let store = RocksStore::open(dir.path()).unwrap();
        assert_eq!(store.current().unwrap(), None);
        store
            .write(Sequence(9), &part(shard, &[(b"a", Some(b"1")), (b"a\0b", Some(b""))]))
            .unwrap();
        store.write(Sequence(9), &part(PartOwner::Activity, &[(b"", Some(b"x"))])).unwrap();
        store.commit(&manifest(9)).unwrap();
    }
    let store = RocksStore::open(dir.path()).unwrap();
    assert_eq!(store.current().unwrap(), Some(manifest(9)));
    let expected = vec![(b"a".to_vec(), b"1".to_vec()), (b"a\0b".to_vec(), Vec::new())];
    assert_eq!(load(&store, shard), expected);
    assert_eq!(load(&store, PartOwner::Activity), vec![(Vec::new(), b"x".to_vec())]);
    assert_eq!(load(&store, PartOwner::Shard(ShardId(8))), Entries::new());
}

#[test]
fn what_is_written_is_not_seen_before_its_cut_is_committed() {
    let dir = tempfile::tempdir().unwrap();
    let store = RocksStore::open(dir.path()).unwrap();
    let shard = OWNERS[0];
    store.write(Sequence(1), &part(shard, &[(b"k", Some(b"old"))])).unwrap();
    assert_eq!(load(&store, shard), Entries::new());
    store.commit(&manifest(1)).unwrap();
    store.write(Sequence(2), &part(shard, &[(b"k", None)])).unwrap();
    assert_eq!(load(&store, shard), vec![(b"k".to_vec(), b"old".to_vec())]);
    store.commit(&manifest(2)).unwrap();
    assert_eq!(load(&store, shard), Entries::new());
}

#[test]
fn a_cut_that_a_crash_left_half_written_is_removed_when_the_store_is_opened() {
    let dir = tempfile::tempdir().unwrap();
    let store = RocksStore::open(dir.path()).unwrap();
    let shard = OWNERS[0];
    store.write(Sequence(1), &part(shard, &[(b"k", Some(b"whole"))])).unwrap();
    store.commit(&manifest(1)).unwrap();
    store
        .write(Sequence(2), &part(shard, &[(b"k", Some(b"half")), (b"l", Some(b"half"))]))
        .unwrap();
    // The buffers reach the disk, as they do when they are full, but no manifest follows.
    store.db.flush().unwrap();
    let copy = after_a_crash(dir.path());

    let store = RocksStore::open(copy.path()).unwrap();
    assert_eq!(store.current().unwrap(), Some(manifest(1)));
    assert_eq!(versions(&store), 1);
    // The next cut gets the same generation, and sees nothing of the half one.
    store.write(Sequence(3), &part(shard, &[(b"m", Some(b"new"))])).unwrap();
    store.commit(&manifest(3)).unwrap();
    let expected = vec![(b"k".to_vec(), b"whole".to_vec()), (b"m".to_vec(), b"new".to_vec())];
    assert_eq!(load(&store, shard), expected);
}

/// A flush that fails leaves the new manifest in memory, from where it may still reach the disk.
#[test]
fn after_a_commit_that_failed_the_old_cut_rules_and_the_next_one_is_clean() {
    let dir = tempfile::tempdir().unwrap();
    let store = RocksStore::open(dir.path()).unwrap();
    let shard = OWNERS[0];
    let entry = |value: u8| vec![(b"k".to_vec(), vec![value])];
    store.write(Sequence(1), &part(shard, &[(b"k", Some(&[1]))])).unwrap();
    store.commit(&manifest(1)).unwrap();
    store.write(Sequence(2), &part(shard, &[(b"k", Some(&[2])), (b"l", Some(b"2"))])).unwrap();
    store.announce(&manifest(2), &mut store.state()).unwrap();
    assert_eq!(store.current().unwrap(), Some(manifest(1)));
    assert_eq!(load(&store, shard), entry(1));

    store.write(Sequence(3), &part(shard, &[(b"k", Some(&[3]))])).unwrap();
    store.db.flush().unwrap();
    let crashed = after_a_crash(dir.path());
    let crashed = RocksStore::open(crashed.path()).unwrap();
    assert_eq!((crashed.current().unwrap(), load(&crashed, shard)), (Some(manifest(1)), entry(1)));

    store.commit(&manifest(3)).unwrap();
    assert_eq!((store.current().unwrap(), load(&store, shard)), (Some(manifest(3)), entry(3)));
}

#[test]
fn a_full_disk_leaves_the_cut_before_whole() {
    const DIR: &str = "FRESHET_TEST_FULL_DISK";
    let shard = OWNERS[0];
    let small = vec![(b"k".to_vec(), b"small".to_vec())];
    if let Some(dir) = std::env::var_os(DIR) {
        let store = RocksStore::open(Path::new(&dir)).unwrap();
        store.write(Sequence(1), &part(shard, &[(b"k", Some(b"small"))])).unwrap();
        store.commit(&manifest(1)).unwrap();
        // Noise, so that compression does not make room.
        let noise: Vec<u8> = (0..6_000_000_u32)
            .map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8 ^ (at >> 9) as u8)
            .collect();
        let written = store.write(Sequence(2), &part(shard, &[(b"k", Some(&noise))]));
        let failed = written.and_then(|()| store.commit(&manifest(2))).unwrap_err();
        assert_eq!((store.current().unwrap(), load(&store, shard)), (Some(manifest(1)), small));
        println!("failed: {failed}");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let this = module_path!().split_once("::").unwrap().1;
    let output = std::process::Command::new("sh")
        // No file may grow past 1 MiB (2048 blocks of 512), and trying is an error, not a signal.
        .args(["-c", "trap '' XFSZ; ulimit -f 2048; exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap())
        .args([
            &format!("{this}::a_full_disk_leaves_the_cut_before_whole"),
            "--exact",
            "--nocapture",
        ])
        .env(DIR, dir.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("failed: "), "{said}");
    let store = RocksStore::open(dir.path()).unwrap();
    assert_eq!((store.current().unwrap(), load(&store, shard)), (Some(manifest(1)), small));
}

#[test]
fn compaction_drops_what_no_reader_can_want_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let store = RocksStore::open(dir.path()).unwrap();
    let shard = OWNERS[0];
    for cut in 1..=4_u8 {
        let entries: &[(&[u8], Option<&[u8]>)] =
            &[(b"changed", Some(&[cut])), (b"gone", (cut < 3).then_some(b"here" as &[u8]))];
        store.write(Sequence(cut.into()), &part(shard, entries)).unwrap();
        store.commit(&manifest(cut.into())).unwrap();
    }
    store.write(Sequence(9), &part(shard, &[(b"changed", Some(b"open"))])).unwrap();
    assert_eq!(versions(&store), 9);
    store.db.flush().unwrap();
    store.db.compact_range(None::<&[u8]>, None::<&[u8]>);
    // The newest that counts and the one that is being written.
    assert_eq!(versions(&store), 2);
    assert_eq!(load(&store, shard), vec![(b"changed".to_vec(), vec![4])]);
    store.commit(&manifest(9)).unwrap();
    assert_eq!(load(&store, shard), vec![(b"changed".to_vec(), b"open".to_vec())]);
}

#[test]
fn a_second_opening_of_the_directory_is_refused_and_names_it() {
    let dir = tempfile::tempdir().unwrap();
    let _first = RocksStore::open(dir.path()).unwrap();
    let refused = RocksStore::open(dir.path()).unwrap_err().to_string();
    assert!(refused.contains("in use by another process"), "{refused}");
    assert!(refused.contains(dir.path().to_str().unwrap()), "{refused}");
}

#[test]
fn a_flipped_byte_in_a_table_file_is_an_error_that_names_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let value = vec![7; 100_000];
    {
        let store = RocksStore::open(dir.path()).unwrap();
        store.write(Sequence(1), &part(OWNERS[0], &[(b"k", Some(&value))])).unwrap();
        store.commit(&manifest(1)).unwrap();
    }
    let tables = std::fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().path());
    let table =
        tables.filter(|path| path.extension().is_some_and(|end| end == "sst")).max().unwrap();
    let mut bytes = std::fs::read(&table).unwrap();
    bytes[20] ^= 0x10;
    std::fs::write(&table, bytes).unwrap();

    let opened = RocksStore::open(dir.path());
    let failed = opened.and_then(|store| store.load(OWNERS[0], &mut |_, _| {})).unwrap_err();
    let name = table.file_name().unwrap().to_str().unwrap();
    assert!(failed.to_string().contains(name), "{failed}");
}

#[test]
fn a_directory_of_a_later_format_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    {
        let store = RocksStore::open(dir.path()).unwrap();
        store.commit(&manifest(1)).unwrap();
        store
            .db
            .put(keys::MANIFEST, codec::encode(FORMAT + 1, &(1u64, manifest(1))).unwrap())
            .unwrap();
    }
    let refused = RocksStore::open(dir.path()).unwrap_err();
    assert!(
        matches!(refused, StoreError::Codec(codec::CodecError::Version { found: 2, .. })),
        "{refused}"
    );
}

/// What a manifest of format 1 looked like when format 1 was made; must be read for ever.
#[test]
fn a_manifest_of_format_one_is_read() {
    let bytes = [1, 5, 251, 0x10, 0x27, 1, 3, 251, 0xe8, 0x03, 42];
    let (generation, read): (u64, CutManifest) = codec::decode(FORMAT, &bytes).unwrap();
    assert_eq!(generation, 5);
    let set_aside = vec![Sequence(3)];
    assert_eq!(
        read,
        CutManifest { cut: Sequence(10_000), set_aside, taken_at_ms: 1000, bytes: 42 }
    );
}

/// One step of a random life of a store.
#[derive(Clone, Debug)]
enum Step {
    /// Write a part for the cut that is `ahead` of the last committed one.
    Write { ahead: u64, owner: usize, entries: Vec<(Vec<u8>, Option<Vec<u8>>)> },
    /// Commit the cut that is `ahead`.
    Commit { ahead: u64 },
    /// Buffers reach the disk.
    Flush,
    /// All files are compacted.
    Compact,
    /// The process dies and what its buffers held is lost.
    Crash,
    /// The process ends in order and starts again.
    Reopen,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let key = prop::collection::vec(prop_oneof![Just(0u8), Just(1), Just(255)], 0..4);
    let value = prop::option::of(prop::collection::vec(any::<u8>(), 0..3));
    let entries = prop::collection::vec((key, value), 0..6);
    let step = prop_oneof![
        8 => (0..3u64, 0..OWNERS.len(), entries)
            .prop_map(|(ahead, owner, entries)| Step::Write { ahead, owner, entries }),
        4 => (0..3u64).prop_map(|ahead| Step::Commit { ahead }),
        2 => Just(Step::Flush),
        1 => Just(Step::Compact),
        2 => Just(Step::Crash),
        1 => Just(Step::Reopen),
    ];
    prop::collection::vec(step, 1..40)
}

/// A plain map a cut, with the parts of the open cut beside it.
#[derive(Clone, Debug, Default)]
struct Model {
    cut: u64,
    committed: Option<u64>,
    owners: BTreeMap<PartOwner, BTreeMap<Vec<u8>, Vec<u8>>>,
    open: Option<(u64, Vec<Part>)>,
}

impl Model {
    fn write(&mut self, cut: u64, part: Part) {
        match &mut self.open {
            Some((same, parts)) if *same == cut => parts.push(part),
            _ => self.open = Some((cut, vec![part])),
        }
    }

    fn commit(&mut self, cut: u64) {
        let parts = self.open.take().filter(|(open, _)| *open == cut).map(|(_, parts)| parts);
        for part in parts.unwrap_or_default() {
            let entries = self.owners.entry(part.owner).or_default();
            for PartEntry { key, value } in part.entries {
                match value {
                    Some(value) => entries.insert(key, value),
                    None => entries.remove(&key),
                };
            }
        }
        (self.cut, self.committed) = (cut, Some(cut));
    }

    fn check(&self, store: &dyn CheckpointStore) {
        assert_eq!(store.current().unwrap(), self.committed.map(manifest));
        for owner in OWNERS {
            let expected: Entries =
                self.owners.get(&owner).cloned().unwrap_or_default().into_iter().collect();
            assert_eq!(load(store, owner), expected, "{owner:?}");
        }
    }
}

fn live(steps: Vec<Step>) {
    let mut dir = tempfile::tempdir().unwrap();
    let mut store = RocksStore::open(dir.path()).unwrap();
    let twin = MemoryStore::new();
    let mut model = Model::default();
    let mut crashed = false;
    for step in steps {
        match step {
            Step::Write { ahead, owner, entries } => {
                let cut = model.cut + ahead;
                let entry = |(key, value)| PartEntry { key, value };
                let part = Part {
                    owner: OWNERS[owner],
                    entries: entries.into_iter().map(entry).collect(),
                };
                store.write(Sequence(cut), &part).unwrap();
                twin.write(Sequence(cut), &part).unwrap();
                model.write(cut, part);
            }
            Step::Commit { ahead } => {
                let cut = model.cut + ahead;
                store.commit(&manifest(cut)).unwrap();
                twin.commit(&manifest(cut)).unwrap();
                model.commit(cut);
            }
            Step::Flush => store.db.flush().unwrap(),
            Step::Compact => store.db.compact_range(None::<&[u8]>, None::<&[u8]>),
            Step::Crash => {
                let copy = after_a_crash(dir.path());
                drop(store);
                dir = copy;
                store = RocksStore::open(dir.path()).unwrap();
                (model.open, crashed) = (None, true);
            }
            Step::Reopen => {
                drop(store);
                store = RocksStore::open(dir.path()).unwrap();
                (model.open, crashed) = (None, true);
            }
        }
        model.check(&store);
        // The twin in memory has no crash to survive.
        if !crashed {
            model.check(&twin);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn any_life_of_a_store_reads_like_a_plain_map_of_its_last_committed_cut(steps in steps()) {
        live(steps);
    }
}
