//! Recovery that is told to stop.

use engine::{RecordBody, Timestamp};
use tokio::sync::oneshot;

use super::*;
use crate::event_log::LogOptions;

const RECORDS: u64 = 10;

fn ticks() -> (tempfile::TempDir, Arc<LocalLog>) {
    let dir = tempfile::tempdir().unwrap();
    let options = LogOptions { shards: 4, retention_ms: u64::MAX, retention_bytes: u64::MAX };
    let log = LocalLog::open(dir.path(), options).unwrap();
    let first = log.first_free();
    let time = Timestamp::from_millis(1_700_000_000_000);
    let record =
        |number| Record { sequence: Sequence(first.0 + number), body: RecordBody::Tick { time } };
    log.append(&(0..RECORDS).map(record).collect::<Vec<_>>(), time).unwrap();
    (dir, Arc::new(log))
}

#[test]
fn a_scan_that_is_told_to_stop_ends_there_and_is_no_whole_one() {
    let (_dir, log) = ticks();
    let (tell, told) = watch::channel(false);
    let log = InterruptibleLog { log, stopping: Stopping(told) };
    let scan = |stop_at: u64| {
        let mut seen = 0;
        let read = log.scan(Sequence(0), log.log.last(), None, &mut |_| {
            seen += 1;
            if seen == stop_at {
                tell.send_replace(true);
            }
        });
        (seen, read.is_ok())
    };
    assert_eq!(scan(u64::MAX), (RECORDS, true));
    assert_eq!(scan(3), (3, false));
    assert_eq!(scan(1), (0, false));
}

#[test]
fn the_end_of_what_tells_is_a_stop() {
    actix_rt::System::new().block_on(async {
        let (tell, told) = oneshot::channel::<()>();
        let mut stopping = Stopping::on(async {
            let _ = told.await;
        });
        assert!(!stopping.is_told());
        drop(tell);
        stopping.told().await;
        assert!(stopping.is_told());
    });
}
