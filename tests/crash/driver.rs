//! Rounds of load and sudden death, each followed by a check of everything that was promised.
//!
//! kill -9 alone proves little, because the page cache survives it. So some rounds also cut the WAL to the
//! last synced length, which the node notes for the driver after each sync.

use std::io::Write as _;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use freshet::clock::{Stopwatch, wall_now};
use tempfile::TempDir;

use crate::check::{self, Tally};
use crate::damage;
use crate::ledger::Ledger;
use crate::load::Load;
use crate::support::process::{Launch, Process};
use crate::support::random::Random;

/// Users of earlier rounds that every round checks again; the last check takes all.
const SAMPLE: usize = 40;

/// How a round ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// kill -9.
    Kill,
    /// kill -9, and what was not synced is gone.
    PowerCut,
    /// SIGTERM.
    Stop,
    /// kill -9 while a checkpoint is being taken.
    KillInCut,
    /// A shard panics under load, then kill -9 or SIGTERM.
    ShardPanic,
}

/// What to run.
pub struct Plan {
    /// What the run is about, for its lines.
    pub title: &'static str,
    /// Number of rounds.
    pub rounds: u64,
    /// Ends to draw from; each comes once before any comes again.
    pub ends: &'static [End],
    /// Seed of everything random.
    pub seed: u64,
    /// Settings and fail points of the node.
    pub env: Vec<(&'static str, String)>,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Report {
    /// Rounds run.
    pub rounds: u64,
    /// Events acknowledged under load.
    pub acknowledged: u64,
    /// What the checks found.
    pub tally: Tally,
    /// Bytes that power cuts made the disk forget.
    pub forgotten: u64,
    /// Kills that came before the checkpoint's answer.
    pub cuts_broken: u64,
    /// Panics of shards.
    pub panics: u64,
}

/// Runs a plan in a directory of its own and prints the result on one line.
pub fn run(plan: &Plan) -> Report {
    println!("CRASH {}: seed={} rounds={}", plan.title, plan.seed, plan.rounds);
    let mut driver = Driver::new(plan);
    let mut bag: Vec<End> = Vec::new();
    for round in 0..plan.rounds {
        if bag.is_empty() {
            bag = plan.ends.to_vec();
            driver.random.shuffle(&mut bag);
        }
        let end = bag.pop().expect("a plan with ends");
        driver.round(round, end);
    }
    driver.close()
}

struct Driver<'a> {
    plan: &'a Plan,
    folder: TempDir,
    random: Random,
    ledgers: Vec<Ledger>,
    /// Ledgers from here on were not checked since they were written.
    unchecked: usize,
    report: Report,
}

impl<'a> Driver<'a> {
    fn new(plan: &'a Plan) -> Self {
        let driver = Self {
            plan,
            folder: TempDir::new().expect("a temporary directory"),
            random: Random::new(plan.seed),
            ledgers: Vec::new(),
            unchecked: 0,
            report: Report::default(),
        };
        // A first start without fail points, so that the directory is made in peace.
        driver.stop(driver.launch().start().expect("a node on an empty directory"));
        driver
    }

    fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn notes(&self) -> PathBuf {
        self.folder.path().join("sync-notes")
    }

    fn launch(&self) -> Launch {
        Launch::on(&self.data_dir()).env("FRESHET_SYNC_NOTES", self.notes().to_string_lossy())
    }

    /// Starts the node under the plan's settings.
    fn start(&self, fail_points: &str) -> Process {
        let settings = self.plan.env.iter();
        let launch =
            settings.fold(self.launch(), |launch, (name, value)| launch.env(name, value.as_str()));
        let launch =
            if fail_points.is_empty() { launch } else { launch.env("FAILPOINTS", fail_points) };
        launch.start().unwrap_or_else(|refused| {
            let Self { plan, report, .. } = self;
            panic!(
                "seed {}, round {}: the node did not come back: {refused:?}",
                plan.seed, report.rounds
            )
        })
    }

    fn stop(&self, node: Process) -> String {
        let (status, said) = node.terminate();
        assert!(status.success(), "seed {}: SIGTERM ended in {status}: {said}", self.plan.seed);
        said
    }

    fn round(&mut self, round: u64, end: End) {
        let since = Stopwatch::start();
        let mut node = self.start("");
        self.check_some(&node);
        if end == End::ShardPanic {
            // Stopped in peace there is no tail to replay, so the panic comes under load, not in recovery.
            self.stop(node);
            let first = self.random.within(20..600);
            node = self.start(&format!("shard-apply={first}*off->1*panic->1500*off->1*panic->off"));
        }
        let name = format!("r{round}");
        let load = Load::start(&node, &name, wall_now().as_millis(), &mut self.random);
        // Long enough for an acknowledgement on the slowest machine, and then any moment.
        while load.acknowledged() == 0 && since.elapsed() < Duration::from_mins(1) {
            thread::sleep(Duration::from_millis(1));
        }
        thread::sleep(Duration::from_millis(self.random.within(50..600)));
        self.end(node, end);
        self.report.acknowledged += load.acknowledged();
        self.ledgers.extend(load.finish());
        self.report.rounds += 1;
        println!(
            "CRASH round {round} {end:?}: {} acknowledged so far, {} lost, {} doubled, {} ms",
            self.report.acknowledged,
            self.report.tally.lost,
            self.report.tally.doubled,
            since.elapsed().as_millis()
        );
    }

    fn end(&mut self, node: Process, end: End) {
        match end {
            End::Kill => drop(node.kill()),
            End::PowerCut => {
                node.kill();
                self.report.forgotten += damage::forget_unsynced(&self.data_dir(), &self.notes());
            }
            End::Stop => drop(self.stop(node)),
            End::KillInCut => self.kill_in_cut(node),
            End::ShardPanic => {
                let said =
                    if self.random.within(0..2) == 0 { node.kill() } else { self.stop(node) };
                self.report.panics += said.matches("panicked at").count() as u64;
            }
        }
    }

    /// Takes one checkpoint to learn how long it takes, then kills within another.
    fn kill_in_cut(&mut self, node: Process) {
        let client = node.client();
        let since = Stopwatch::start();
        let first = client.post("/v1/checkpoints", &serde_json::json!({})).expect("a running node");
        assert!(first.status < 300, "a checkpoint was refused: {first:?}");
        let took = since.elapsed().as_micros() as u64;
        let cut = thread::spawn(move || client.post("/v1/checkpoints", &serde_json::json!({})));
        thread::sleep(Duration::from_micros(self.random.within(0..took + 1)));
        node.kill();
        self.report.cuts_broken += u64::from(cut.join().expect("a client thread").is_err());
    }

    /// Checks what the last round wrote and a sample of what is older.
    fn check_some(&mut self, node: &Process) {
        let (old, new) = self.ledgers.split_at_mut(self.unchecked);
        check::check(node, new, &mut self.report.tally);
        check::check_lists(node, new);
        if !old.is_empty() {
            let from = self.random.within(0..old.len() as u64) as usize;
            let until = old.len().min(from + SAMPLE);
            check::check(node, &mut old[from..until], &mut self.report.tally);
        }
        self.unchecked = self.ledgers.len();
    }

    /// Checks everything once more and stops the node.
    fn close(mut self) -> Report {
        let node = self.start("");
        check::check(&node, &mut self.ledgers, &mut self.report.tally);
        check::recount(&node, &self.ledgers, &mut self.report.tally);
        // The plan may have taken syncing away; what counts is the check.
        node.kill();
        let Report { rounds, acknowledged, tally, forgotten, cuts_broken, panics } = &self.report;
        let line = format!(
            "CRASH {}: seed={} rounds={rounds} users={} acknowledged={acknowledged} lost={} doubled={} \
             miscounted={} (unanswered but there: {}, bytes forgotten by power cuts: {forgotten}, cuts broken: {cuts_broken}, \
             shard panics: {panics})",
            self.plan.title,
            self.plan.seed,
            self.ledgers.len(),
            tally.lost,
            tally.doubled,
            tally.miscounted,
            tally.surfaced
        );
        // Written past the test harness, so that a run that passes tells its figures, too.
        let _ = writeln!(std::io::stderr(), "{line}");
        self.report
    }
}
