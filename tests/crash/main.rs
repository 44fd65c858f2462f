//! Nothing acknowledged is lost, nothing counts twice: a real node, killed again and again.
//!
//! `CRASH_ROUNDS` sets the rounds (50), `CRASH_SEED` repeats a run. `make crash ROUNDS=2000` runs it alone.
//!
//! Not here: a store that forgets inside the process; the log's own tests have that.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../support/mod.rs"]
mod support;

mod check;
mod damage;
mod driver;
mod faults;
mod join;
mod ledger;
mod load;
mod model;
mod rooms;

use driver::{End, Plan};

const ALL_ENDS: &[End] = &[End::Kill, End::PowerCut, End::Stop, End::KillInCut, End::ShardPanic];

/// Rounds of the suite.
const ROUNDS: u64 = 50;

fn number_from(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable}={text} is not a number")))
}

fn seed() -> u64 {
    number_from("CRASH_SEED").unwrap_or_else(|| freshet::clock::wall_now().as_millis())
}

#[test]
fn nothing_acknowledged_is_lost_or_doubled() {
    let rounds = number_from("CRASH_ROUNDS").unwrap_or(ROUNDS);
    let every_second = vec![("FRESHET__CHECKPOINT__EVERY_S", "1".to_owned())];
    let report = driver::run(&Plan {
        title: "kill and recover",
        rounds,
        ends: ALL_ENDS,
        seed: seed(),
        env: every_second,
    });

    let tally = &report.tally;
    assert_eq!((tally.lost, tally.doubled, tally.miscounted), (0, 0, 0), "{report:?}");
    assert!(rounds <= report.acknowledged, "hardly any load: {report:?}");
    assert!(
        rounds < 5 || 0 < report.panics,
        "no shard panicked: are the fail points on? {report:?}"
    );
}

/// The test of the test: a node that does not sync must be found out.
#[test]
fn the_driver_goes_red_when_the_log_is_not_synced() {
    let env = vec![
        ("FAILPOINTS", "log-sync-skip=return".to_owned()),
        // A checkpoint would carry events past the power cut.
        ("FRESHET__CHECKPOINT__EVERY_S", "86400".to_owned()),
    ];
    let report = driver::run(&Plan {
        title: "without sync, must lose",
        rounds: 2,
        ends: &[End::PowerCut],
        seed: seed(),
        env,
    });

    assert!(0 < report.acknowledged && 0 < report.forgotten, "{report:?}");
    assert!(
        0 < report.tally.lost,
        "unsynced events were gone and the driver did not notice: {report:?}"
    );
}
