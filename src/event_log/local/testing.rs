//! Records and logs for tests of this folder and of the writer.

use std::path::{Path, PathBuf};
use std::process::Command;

use engine::record::{Event, Identity, ItemKind, Served, ServedItem};
use engine::{
    EventTypeId, ItemIndex, RecommendationId, Record, RecordBody, Sequence, ShardId, Timestamp,
    UserId,
};

use super::{LocalLog, LogOptions};

const OWN_DIR: &str = "FRESHET_TEST_OWN_DIR";

/// Options of a small log that keeps everything.
pub fn options() -> LogOptions {
    LogOptions { shards: 16, retention_ms: u64::MAX, retention_bytes: u64::MAX }
}

/// The log in `dir`, opened with [`options`].
pub fn open(dir: &Path) -> LocalLog {
    LocalLog::open(dir, options()).unwrap()
}

/// A record.
pub fn record(sequence: u64, body: RecordBody) -> Record {
    Record { sequence: Sequence(sequence), body }
}

/// A user's event with some text in it; its id and its time are `number`.
pub fn event(user: &str, properties: &str, number: u64) -> RecordBody {
    let event = Event {
        item: Some(ItemIndex(9)),
        identity: Identity::Id(number),
        kind: ItemKind::Video,
        properties: Box::from(properties),
        ..Event::new(UserId::new(user), EventTypeId(3), Timestamp::from_millis(number))
    };
    RecordBody::Event { shard: ShardId(u16::from(user.as_bytes()[0]) % 16), event }
}

/// A served list.
pub fn served(number: u64) -> RecordBody {
    let id = RecommendationId { shard: ShardId(4), number };
    let items = vec![ServedItem::bare(ItemIndex(1), 0.5)];
    let (user, at) = (UserId::new("u"), Timestamp::from_millis(number));
    let served = Served { revision: 2, items, ..Served::new(id, user, "home", at) };
    RecordBody::Served { shard: ShardId(4), served }
}

/// Runs one test again, alone in a process of its own that knows `dir` as [`own_dir`], behind the shell
/// commands in `before`; answers with what it printed.
pub fn alone(test: &str, dir: &Path, before: &str) -> String {
    let output = Command::new("sh")
        .args(["-c", &format!("{before} exec \"$0\" \"$@\"")])
        .arg(std::env::current_exe().unwrap())
        .args([test.split_once("::").unwrap().1, "--exact", "--nocapture"])
        .env(OWN_DIR, dir)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    said
}

/// The directory that [`alone`] was given, in the process that it started; `None` elsewhere.
pub fn own_dir() -> Option<PathBuf> {
    std::env::var_os(OWN_DIR).map(PathBuf::from)
}
