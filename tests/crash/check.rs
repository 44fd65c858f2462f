//! Holds a running node against the ledgers, through the public API only.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use freshet::clock::Stopwatch;

use crate::ledger::{self, Fate, Ledger, USER_EVENTS, Verdict};
use crate::model;
use crate::support::client::Client;
use crate::support::process::Process;

/// Threads that check.
const CHECKERS: usize = 4;
/// How long item counters may take to be published; only a wrong count runs into it.
const PATIENCE: Duration = Duration::from_mins(1);
/// Users whose lists are looked at.
const LISTS: usize = 20;
/// Findings that are told in full.
const TOLD: u64 = 20;

/// What all checks found together.
#[derive(Debug, Default)]
pub struct Tally {
    /// Acknowledged events that were not there.
    pub lost: u64,
    /// Events that were there or counted more than once.
    pub doubled: u64,
    /// Events without an answer that turned out to be there.
    pub surfaced: u64,
    /// By how many events the items' counters differ from a plain recount.
    pub miscounted: u64,
}

impl Tally {
    fn add(&mut self, user: &str, stage: &str, verdict: &Verdict) {
        let bad = verdict.lost + verdict.doubled;
        if 0 < bad && self.lost + self.doubled < TOLD {
            println!(
                "CRASH user {user}, {stage}: {} lost, {} doubled",
                verdict.lost, verdict.doubled
            );
        }
        self.lost += verdict.lost;
        self.doubled += verdict.doubled;
        self.surfaced += verdict.surfaced;
    }
}

/// Checks all of `ledgers`; afterwards every event in them is acknowledged, because it was sent again.
pub fn check(node: &Process, ledgers: &mut [Ledger], tally: &mut Tally) {
    let next = AtomicUsize::new(0);
    let work: Vec<Mutex<&mut Ledger>> = ledgers.iter_mut().map(Mutex::new).collect();
    let shared = Mutex::new(tally);
    thread::scope(|scope| {
        for _ in 0..CHECKERS {
            scope.spawn(|| {
                let client = node.client();
                while let Some(ledger) = work.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let mut ledger = ledger.lock().expect("a ledger");
                    for (stage, verdict) in check_user(&client, &mut ledger) {
                        shared.lock().expect("the tally").add(&ledger.user, stage, &verdict);
                    }
                }
            });
        }
    });
}

/// Holds that those of whom something is known get lists of their own, and that the model is sane.
pub fn check_lists(node: &Process, ledgers: &[Ledger]) {
    let client = node.client();
    for ledger in ledgers.iter().filter(|ledger| !ledger.fates.is_empty()).take(LISTS) {
        let (source, _) = model::list(&client, &ledger.user);
        assert_eq!(source, "personalized", "for user {}", ledger.user);
    }
    model::assert_sane(&client);
}

/// Looks at what is there, sends everything again, and looks a second time.
fn check_user(client: &Client, ledger: &mut Ledger) -> [(&'static str, Verdict); 3] {
    let (seen, applied) = look(client, ledger);
    let found = ledger::judge(&ledger.fates, &seen, applied);

    // Whoever sends again must hear "duplicate" for what is there, and only for that.
    let missing = seen.iter().filter(|&&times| times == 0).count() as u64;
    let answer = client.post("/v1/events", &ledger.events()).expect("a running node");
    assert_eq!(answer.status, 200, "a resend was refused: {answer:?}");
    let accepted = answer.number("accepted");
    let resent = Verdict {
        doubled: accepted.saturating_sub(missing),
        lost: missing.saturating_sub(accepted),
        surfaced: 0,
    };

    ledger.fates.fill(Fate::Acknowledged);
    let (seen, applied) = look(client, ledger);
    let after = ledger::judge(&ledger.fates, &seen, applied);
    [("after the restart", found), ("sent again", resent), ("after sending again", after)]
}

/// How often each of the user's items is in the history, and how many events were applied.
fn look(client: &Client, ledger: &Ledger) -> (Vec<u64>, u64) {
    let events =
        client.get(&format!("/v1/users/{}/events?limit=50", ledger.user)).expect("a running node");
    let user = client.get(&format!("/v1/users/{}", ledger.user)).expect("a running node");
    for answer in [&events, &user] {
        // 404: nothing is known of the user, which is right if nothing arrived.
        assert!(matches!(answer.status, 200 | 404), "a check was refused: {answer:?}");
    }
    let entries = events.body["events"].as_array().map(Vec::as_slice).unwrap_or_default();
    let times = |n| {
        let name = ledger::item(n);
        entries.iter().filter(|entry| entry["item_id"] == name.as_str()).count() as u64
    };
    ((0..ledger.fates.len()).map(times).collect(), user.number("events_applied"))
}

/// Compares the items' counters of the last 24 hours with a count of the ledgers, all of whose events are
/// acknowledged: clicks on item `n` are the users with an event `n`.
pub fn recount(node: &Process, ledgers: &[Ledger], tally: &mut Tally) {
    let clicks = |n| ledgers.iter().filter(|ledger| n < ledger.fates.len()).count() as u64;
    let expected: Vec<u64> = (0..USER_EVENTS).map(clicks).collect();
    let client = node.client();
    let since = Stopwatch::start();
    let mut counted = counters(&client);
    while counted != expected && since.elapsed() < PATIENCE {
        thread::sleep(Duration::from_millis(50));
        counted = counters(&client);
    }
    tally.miscounted += counted.iter().zip(&expected).map(|(a, b)| a.abs_diff(*b)).sum::<u64>();
    if 0 < tally.miscounted {
        println!("CRASH items counted {counted:?}, sent {expected:?}");
    }
}

fn counters(client: &Client) -> Vec<u64> {
    let path = format!("/v1/popular?window=24h&limit={USER_EVENTS}");
    let answer = client.get(&path).expect("a running node");
    let items = answer.body["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    let count = |n| {
        let name = ledger::item(n);
        let entry = items.iter().find(|entry| entry["item_id"] == name.as_str());
        entry.and_then(|entry| entry["score"].as_f64()).unwrap_or(0.0) as u64
    };
    (0..USER_EVENTS).map(count).collect()
}
