use std::sync::Condvar;
use std::time::Duration;

use engine::log::LogReader as _;
use engine::record::ItemDoc;
use engine::{CategoryId, ItemIndex, Record, RecordBody, Timestamp};

use super::*;
use crate::clock::Clock;
use crate::event_log::local::testing::{alone, event, open, own_dir};

/// Keeps commits, and acknowledges them at once; lets through as many as there are slots.
#[derive(Clone, Default)]
struct Keeper {
    commits: Arc<Mutex<Vec<Vec<Record>>>>,
    slots: Arc<(Mutex<Option<usize>>, Condvar)>,
}

impl Keeper {
    fn with_slots(slots: usize) -> Self {
        let keeper = Self::default();
        *keeper.slots.0.lock().unwrap() = Some(slots);
        keeper
    }

    fn open_up(&self) {
        *self.slots.0.lock().unwrap() = None;
        self.slots.1.notify_all();
    }

    fn commits(&self) -> Vec<Vec<Record>> {
        self.commits.lock().unwrap().clone()
    }
}

impl CommitSink for Keeper {
    fn wait_for_slot(&self) {
        let mut left = self.slots.0.lock().unwrap();
        while *left == Some(0) {
            left = self.slots.1.wait(left).unwrap();
        }
    }

    fn deliver(&self, commit: Commit) {
        if let Some(left) = self.slots.0.lock().unwrap().as_mut() {
            *left -= 1;
        }
        assert_eq!(commit.records.last().map(|record| record.sequence), Some(commit.last));
        self.commits.lock().unwrap().push(commit.records);
        for ack in commit.acks {
            let outcomes = vec![actors::RecordOutcome::Applied; ack.records.len()];
            let _ = ack.done.send(Ack { outcomes, position: commit.last });
        }
    }
}

struct Fixture {
    dir: tempfile::TempDir,
    log: Arc<LocalLog>,
    catalogue: Arc<Catalogue>,
    keeper: Keeper,
    handle: LogHandle,
    pending: Arc<AtomicBool>,
    clock: Clock,
}

fn start(keeper: Keeper) -> Fixture {
    let dir = tempfile::tempdir().unwrap();
    let (log, catalogue) = (Arc::new(open(dir.path())), Arc::new(Catalogue::default()));
    let (pending, clock) = (Arc::new(AtomicBool::new(false)), Clock::event());
    let ticks = TickSource::new(Arc::clone(&pending), clock.clone());
    let handle =
        LogWriter::start(Arc::clone(&log), Arc::clone(&catalogue), keeper.clone(), ticks).unwrap();
    Fixture { dir, log, catalogue, keeper, handle, pending, clock }
}

struct Waiting {
    durable: oneshot::Receiver<Result<Sequence, AppendError>>,
    applied: oneshot::Receiver<Ack>,
}

impl Fixture {
    fn submit(&self, drafts: Vec<Draft>) -> Waiting {
        let (durable_sender, durable) = oneshot::channel();
        let (applied_sender, applied) = oneshot::channel();
        let submission = Submission { drafts, durable: durable_sender, applied: applied_sender };
        self.handle.submit(submission).unwrap();
        Waiting { durable, applied }
    }

    fn write(&self, drafts: Vec<Draft>) -> (Sequence, Ack) {
        let waiting = self.submit(drafts);
        let position = waiting.durable.blocking_recv().unwrap().unwrap();
        (position, waiting.applied.blocking_recv().unwrap())
    }

    fn logged(&self) -> Vec<Record> {
        let mut found = Vec::new();
        self.log
            .scan(Sequence(0), self.log.last(), None, &mut |record| found.push(record))
            .unwrap();
        found
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        self.keeper.open_up();
        self.handle.stop();
    }
}

fn ready(number: u64) -> Draft {
    Draft::Ready(event("a", "", number))
}

fn about(item_id: &str) -> Draft {
    let RecordBody::Event { shard, mut event } = event("a", "", 5) else { unreachable!() };
    event.item = None;
    Draft::Event { shard, event, unknown_item: Some(Box::from(item_id)) }
}

fn put(item_id: &str, categories: &[&str]) -> Draft {
    let categories = categories.iter().map(|name| (CategoryId(0), Box::from(*name))).collect();
    let doc = ItemDoc { item_id: Box::from(item_id), categories, ..ItemDoc::default() };
    Draft::ItemPut { doc, at: Timestamp::from_millis(6) }
}

#[test]
fn a_submission_is_on_disk_and_delivered_in_order_before_it_is_acknowledged() {
    let writer = start(Keeper::default());
    let (position, ack) = writer.write(vec![ready(1), ready(2)]);
    assert_eq!((position, ack.position), (Sequence(2), Sequence(2)));
    assert_eq!(ack.outcomes.len(), 2);
    let (position, _) = writer.write(vec![ready(3)]);
    assert_eq!(position, Sequence(3));
    assert_eq!(writer.keeper.commits().concat(), writer.logged());
    assert_eq!(writer.logged().len(), 3);
}

#[test]
fn what_is_waiting_goes_into_one_commit_up_to_its_bounds_and_is_never_split() {
    let writer = start(Keeper::with_slots(0));
    // The first waits for a slot while the others arrive behind it.
    let waiting: Vec<Waiting> =
        (0..5).map(|number| writer.submit(vec![ready(number); 200])).collect();
    let large = Draft::Ready(event("a", &"x".repeat(700_000), 9));
    let last = [writer.submit(vec![large.clone()]), writer.submit(vec![large])];
    writer.keeper.open_up();
    for one in waiting.into_iter().chain(last) {
        let records = one.durable.blocking_recv().unwrap().unwrap();
        assert!(records <= writer.log.last());
        one.applied.blocking_recv().unwrap();
    }
    let sizes: Vec<usize> = writer.keeper.commits().iter().map(Vec::len).collect();
    assert_eq!(sizes, [400, 400, 201, 1]);
}

#[test]
fn an_item_gets_one_number_before_the_first_record_that_uses_it() {
    let writer = start(Keeper::default());
    let (_, ack) = writer.write(vec![about("v1"), put("v2", &[]), about("v1"), about("v2")]);
    assert_eq!(ack.outcomes.len(), 4, "one outcome per draft, none for what was registered");
    let items: Vec<(bool, u32)> = writer
        .logged()
        .iter()
        .filter_map(|record| match &record.body {
            RecordBody::ItemRegistered { item, .. } => Some((true, item.0)),
            RecordBody::Event { event, .. } => Some((false, event.item.unwrap().0)),
            RecordBody::ItemPut { item, .. } => Some((false, item.0)),
            _ => None,
        })
        .collect();
    let expected = [(true, 0), (true, 1), (false, 0), (false, 1), (false, 0), (false, 1)];
    assert_eq!(items, expected);
    assert_eq!(writer.catalogue.index_of("v2"), Some(ItemIndex(1)));
    writer.write(vec![about("v3"), about("v1")]);
    assert_eq!(writer.catalogue.index_of("v3"), Some(ItemIndex(2)));
    assert_eq!(writer.catalogue.len(), 3);
}

#[test]
fn an_item_that_an_old_event_names_is_as_old_as_the_event() {
    let writer = start(Keeper::default());
    for (item_id, at, received_at) in [("old", 5, 9_000), ("ahead", 9_500, 9_000)] {
        let Draft::Event { shard, mut event, unknown_item } = about(item_id) else {
            unreachable!()
        };
        event.at = Timestamp::from_millis(at);
        event.received_at = Timestamp::from_millis(received_at);
        writer.write(vec![Draft::Event { shard, event, unknown_item }]);
    }
    let logged = writer.logged();
    let registered = logged.iter().filter_map(|record| match &record.body {
        RecordBody::ItemRegistered { at, .. } => Some(at.as_millis()),
        _ => None,
    });
    assert_eq!(registered.collect::<Vec<_>>(), [5, 9_000]);
}

#[test]
fn a_category_gets_one_number_for_ever() {
    let writer = start(Keeper::default());
    writer.write(vec![put("v1", &["news", "sport"]), put("v2", &["sport", "film"])]);
    writer.write(vec![put("v3", &["film", "art", "news"])]);
    let number = |name| writer.catalogue.category(name).unwrap().0;
    assert_eq!([number("news"), number("sport"), number("film"), number("art")], [0, 1, 2, 3]);
    let entry = writer.catalogue.find("v3").unwrap();
    let numbers = entry.doc.as_ref().unwrap().categories.iter().map(|(number, _)| number.0);
    assert_eq!(numbers.collect::<Vec<_>>(), [2, 3, 0]);
}

#[test]
fn deleting_an_item_that_nobody_has_heard_of_writes_nothing() {
    let writer = start(Keeper::default());
    let at = Timestamp::from_millis(7);
    let delete = |item_id: &str| Draft::ItemDelete { item_id: Box::from(item_id), at };
    let (position, ack) = writer.write(vec![delete("nobody")]);
    assert_eq!((position, ack.outcomes.len()), (Sequence(0), 0));
    assert!(writer.logged().is_empty());
    let (_, ack) = writer.write(vec![put("v1", &[]), delete("nobody"), delete("v1")]);
    assert_eq!(ack.outcomes.len(), 2);
    assert!(writer.catalogue.find("v1").unwrap().doc.is_none());
}

#[test]
fn a_restarted_writer_goes_on_behind_every_sequence_it_ever_gave_out() {
    let mut writer = start(Keeper::default());
    let (before, _) = writer.write(vec![ready(1)]);
    writer.handle.stop();
    let dir = std::mem::replace(&mut writer.dir, tempfile::tempdir().unwrap());
    drop(writer);
    let log = open(dir.path());
    assert_eq!(log.last(), before);
    assert!(before < log.first_free());
}

#[test]
fn time_is_written_once_a_second_by_the_nodes_clock_while_timers_wait() {
    let writer = start(Keeper::default());
    let ticks = || {
        let logged = writer.logged();
        let times = logged.iter().filter_map(|record| match record.body {
            RecordBody::Tick { time } => Some(time.as_millis()),
            _ => None,
        });
        times.collect::<Vec<_>>()
    };
    let at = |ms| {
        writer.clock.observe(Timestamp::from_millis(ms));
        writer.write(vec![ready(ms)]);
    };
    at(10_000);
    assert_eq!(ticks(), Vec::<u64>::new());
    writer.pending.store(true, Ordering::Release);
    at(10_500);
    at(11_499);
    at(11_500);
    assert_eq!(ticks(), [10_500, 11_500]);
    // With nothing else to write, a tick is a commit of its own.
    writer.clock.observe(Timestamp::from_millis(20_000));
    while ticks().len() < 3 {
        std::thread::sleep(Duration::from_millis(5));
    }
    writer.pending.store(false, Ordering::Release);
    at(30_000);
    assert_eq!(ticks(), [10_500, 11_500, 20_000]);
}

#[test]
fn stopping_writes_what_was_submitted_and_refuses_the_rest() {
    let writer = start(Keeper::with_slots(0));
    let waiting: Vec<Waiting> =
        (0..20).map(|number| writer.submit(vec![ready(number); 100])).collect();
    writer.keeper.open_up();
    writer.handle.stop();
    for one in waiting {
        one.durable.blocking_recv().unwrap().unwrap();
    }
    assert_eq!(writer.logged().len(), 2_000);
    let (durable, _) = oneshot::channel();
    let (applied, _) = oneshot::channel();
    let refused = writer.handle.submit(Submission { drafts: vec![ready(1)], durable, applied });
    assert_eq!(refused, Err(AppendError::Stopped));
    writer.handle.stop();
}

#[test]
fn a_draft_larger_than_a_record_may_be_is_refused_before_anything_is_written() {
    let writer = start(Keeper::default());
    let (durable, _) = oneshot::channel();
    let (applied, _) = oneshot::channel();
    let large = Draft::Ready(event("a", &"x".repeat(RECORD_BYTES), 1));
    let refused =
        writer.handle.submit(Submission { drafts: vec![ready(1), large], durable, applied });
    assert!(matches!(refused, Err(AppendError::TooLarge { .. })), "{refused:?}");
    assert!(!writer.handle.failed());
    writer.write(vec![ready(2)]);
    assert_eq!(writer.logged().len(), 1);
}

#[cfg(feature = "failpoints")]
#[test]
fn after_a_failed_write_nothing_is_acknowledged_any_more_and_nothing_is_delivered() {
    // Fail points are the process's, and other tests append at the same time.
    if own_dir().is_none() {
        let test = "after_a_failed_write_nothing_is_acknowledged_any_more_and_nothing_is_delivered";
        alone(&format!("{}::{test}", module_path!()), std::path::Path::new("."), "");
        return;
    }
    let writer = start(Keeper::default());
    writer.write(vec![ready(1)]);
    fail::cfg("log-append", "1*return").unwrap();
    let refused = writer.submit(vec![about("v1")]).durable.blocking_recv().unwrap();
    assert!(matches!(refused, Err(AppendError::Disk(_))), "{refused:?}");
    assert!(writer.handle.failed());
    // The disk would take it again, the log does not.
    let refused = writer.submit(vec![ready(3)]).durable.blocking_recv().unwrap();
    assert!(matches!(refused, Err(AppendError::Disk(_))), "{refused:?}");
    assert_eq!(writer.catalogue.index_of("v1"), None);
    assert_eq!(writer.keeper.commits().len(), 1);
    assert_eq!(writer.logged().len(), 1);
}

#[test]
fn a_full_disk_fails_the_append_and_does_not_hang() {
    if let Some(dir) = own_dir() {
        fill_the_disk(&dir);
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let test = concat!(module_path!(), "::a_full_disk_fails_the_append_and_does_not_hang");
    // No file may grow past 4 MiB (8192 blocks of 512), and trying is an error, not a signal.
    let said = alone(test, dir.path(), "trap '' XFSZ; ulimit -f 8192;");
    let acknowledged = said.lines().find_map(|line| line.strip_prefix("acknowledged ")).unwrap();
    // With room again, the log holds everything that was acknowledged.
    let log = open(dir.path());
    let mut found = 0;
    log.scan(Sequence(0), log.last(), None, &mut |_| found += 1).unwrap();
    let acknowledged: usize = acknowledged.parse().unwrap();
    assert!(
        10 < acknowledged && acknowledged <= found,
        "{acknowledged} acknowledged, {found} found"
    );
}

fn fill_the_disk(dir: &std::path::Path) {
    let log = Arc::new(open(dir));
    let ticks = TickSource::new(Arc::default(), Clock::event());
    let handle = LogWriter::start(log, Arc::default(), Keeper::default(), ticks).unwrap();
    let text: String = (0..60_000_u32).map(|at| char::from(b'a' + (at * at % 23) as u8)).collect();
    for number in 0..10_000 {
        let (durable_sender, durable) = oneshot::channel();
        let (applied, _) = oneshot::channel();
        let drafts = vec![Draft::Ready(event("a", &text, number))];
        handle.submit(Submission { drafts, durable: durable_sender, applied }).unwrap();
        if let Err(error) = durable.blocking_recv().unwrap() {
            assert!(matches!(error, AppendError::Disk(_)), "{error}");
            assert!(handle.failed());
            println!("\nacknowledged {number}");
            handle.stop();
            return;
        }
    }
    panic!("600 MB went into files of 4 MiB");
}
