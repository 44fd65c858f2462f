//! Client threads that send events until the node dies, and remember what it acknowledged.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::Value;

use crate::ledger::{Fate, Ledger};
use crate::support::client::{Answer, Client};
use crate::support::process::Process;
use crate::support::random::Random;

/// Client threads; more than the cores, so that commits hold events of several.
const CLIENTS: u64 = 8;
/// Most events in one body.
const BODY_EVENTS: u64 = 6;
/// An event this old is beyond the hour of ids in memory: its repeats are looked up on disk.
const OLD_MS: u64 = 3 * 3_600_000;

/// Load under way.
pub struct Load {
    stop: Arc<AtomicBool>,
    acknowledged: Arc<AtomicU64>,
    clients: Vec<JoinHandle<Vec<Ledger>>>,
}

impl Load {
    /// Starts the clients; `name` keeps their users apart from those of other rounds.
    pub fn start(node: &Process, name: &str, now_ms: u64, random: &mut Random) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let acknowledged = Arc::new(AtomicU64::new(0));
        let clients = (0..CLIENTS)
            .map(|client| {
                let mut sender = Sender {
                    client: node.client(),
                    name: format!("{name}-c{client}"),
                    now_ms,
                    random: random.fork(),
                    ledgers: Vec::new(),
                };
                let (stop, acknowledged) = (Arc::clone(&stop), Arc::clone(&acknowledged));
                thread::spawn(move || {
                    while !stop.load(Ordering::Relaxed) && sender.send(&acknowledged) {}
                    sender.ledgers
                })
            })
            .collect();
        Self { stop, acknowledged, clients }
    }

    /// Events acknowledged so far.
    pub fn acknowledged(&self) -> u64 {
        self.acknowledged.load(Ordering::Relaxed)
    }

    /// Stops the clients and gives what they know.
    pub fn finish(self) -> Vec<Ledger> {
        self.stop.store(true, Ordering::Relaxed);
        self.clients
            .into_iter()
            .flat_map(|client| client.join().expect("a client thread"))
            .collect()
    }
}

struct Sender {
    client: Client,
    name: String,
    now_ms: u64,
    random: Random,
    ledgers: Vec<Ledger>,
}

impl Sender {
    /// Sends one body; false when the node is gone.
    fn send(&mut self, acknowledged: &AtomicU64) -> bool {
        let places = self.next_events();
        let body: Value = places.iter().map(|&(user, n)| self.ledgers[user].event(n)).collect();
        let answer = self.client.post("/v1/events", &body);
        let Ok(answer) = answer else { return false };
        if took_all(&answer, places.len()) {
            acknowledged.fetch_add(places.len() as u64, Ordering::Relaxed);
            for (user, n) in places {
                self.ledgers[user].fates[n] = Fate::Acknowledged;
            }
        } else {
            // Refused, with nothing promised: wait a little, as a client would, and leave them in doubt.
            assert!(answer.status == 503, "an answer that no client can act on: {answer:?}");
            thread::sleep(Duration::from_millis(20));
        }
        true
    }

    /// Enters a few new events, of one user or two, as in doubt.
    fn next_events(&mut self) -> Vec<(usize, usize)> {
        let mut places = Vec::new();
        for _ in 0..self.random.within(1..BODY_EVENTS + 1) {
            let user = self.open_user();
            let ledger = &mut self.ledgers[user];
            ledger.fates.push(Fate::InDoubt);
            places.push((user, ledger.fates.len() - 1));
        }
        places
    }

    /// One of the last two users with room for an event.
    fn open_user(&mut self) -> usize {
        let back = self.ledgers.len().saturating_sub(2);
        let open: Vec<usize> =
            (back..self.ledgers.len()).filter(|&u| !self.ledgers[u].is_full()).collect();
        if open.len() == 2 {
            return open[self.random.within(0..2) as usize];
        }
        let age = if self.random.within(0..4) == 0 { OLD_MS } else { 60_000 };
        let user = format!("{}-u{}", self.name, self.ledgers.len());
        self.ledgers.push(Ledger::new(user, self.now_ms - age));
        self.ledgers.len() - 1
    }
}

/// Whether all events of a body are durable. None of them was sent before, so none may be a duplicate.
fn took_all(answer: &Answer, events: usize) -> bool {
    let durable = answer.status == 200 || answer.status == 202;
    if durable {
        let counts = (answer.number("accepted"), answer.number("duplicates"));
        assert_eq!(counts, (events as u64, 0), "new events were not all taken: {answer:?}");
    }
    durable
}
