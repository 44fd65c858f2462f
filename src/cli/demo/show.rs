//! One run: the shop opens, visitors come, things happen, the figures are drawn, a summary ends it.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, ScopedJoinHandle};
use std::time::Duration;

use serde_json::Value;

use super::board::Board;
use super::dice::Dice;
use super::goods;
use super::panel::{self, Scene};
use super::screen::Screen;
use super::script::{Moment, Phase, Script};
use super::shop::{OPENING_ITEMS, Shop};
use super::traffic::{Street, WORKERS, Worker};
use super::{Demo, stage, you};
use crate::cli::client::Client;
use crate::cli::failure::Failure;
use crate::cli::global::Global;
use crate::cli::output::{Printer, Style, count};
use crate::clock::Stopwatch;

/// Time between two looks at what is to be done, and between two panels.
const TICK: Duration = Duration::from_millis(200);
/// Longest time between two plain lines.
const LINE_EVERY: Duration = Duration::from_secs(5);
/// Of the duration: what passes before the reader's click, and what a plain line and a window cover.
const CLICK_AFTER: f64 = 0.1;
const LINES: u32 = 5;
const WINDOWS: u32 = 5;

/// One run of the demo.
pub struct Show<'a> {
    demo: &'a Demo,
    global: &'a Global,
    stopped: &'a AtomicBool,
    folder: &'a Path,
    printer: Printer,
    screen: Screen,
}

/// What the conductor remembers between two ticks.
#[derive(Debug, Default)]
struct Progress {
    /// Second up to which the sparklines are sampled.
    sampled: u64,
    clicked: bool,
    told: Option<(u32, Phase)>,
    yours: String,
}

impl<'a> Show<'a> {
    /// A run against the node that `global` names.
    #[must_use]
    pub fn new(
        demo: &'a Demo,
        global: &'a Global,
        stopped: &'a AtomicBool,
        folder: &'a Path,
    ) -> Self {
        let every = LINE_EVERY.min(demo.length() / LINES);
        let screen = Screen::new(global, every);
        Self { demo, global, stopped, folder, printer: Printer::new(global), screen }
    }

    /// Runs it to its end.
    ///
    /// # Errors
    /// [`Failure`] where the node does not answer, or does not do what is shown.
    pub fn run(&self) -> Result<(), Failure> {
        let client = Client::new(self.global)?;
        stage::wait_until_ready(&client)?;
        let street = self.street();
        self.introduce(&client);
        put_items(&client, &street, OPENING_ITEMS)?;
        let street = Street { since: Stopwatch::start(), ..street };
        let ended = thread::scope(|scope| {
            let start = |place| -> Result<_, Failure> {
                let clients = [Client::new(self.global)?, Client::new(self.global)?];
                let worker = Worker::new(&street, place, clients);
                Ok(scope.spawn(move || worker.work()))
            };
            let workers: Result<Vec<_>, _> = (0..WORKERS).map(start).collect();
            let conducted = match &workers {
                Ok(workers) => self.conduct(&client, &street, workers),
                Err(_) => Ok(()),
            };
            street.closed.store(true, Ordering::Release);
            workers?.into_iter().map(joined).chain([conducted]).collect::<Result<(), _>>()
        });
        self.screen.end();
        ended?;
        self.conclude(&street);
        Ok(())
    }

    fn street(&self) -> Street {
        let dice = Dice::new(self.demo.seed);
        let shop = Shop::new(dice);
        let window_s = (self.demo.duration / WINDOWS).clamp(2, 10);
        Street {
            script: Script::new(dice, self.demo.length().as_secs_f32()),
            shop,
            dice,
            board: Mutex::new(Board::new(u64::from(window_s))),
            on_sale: AtomicUsize::new(0),
            closed: AtomicBool::new(false),
            since: Stopwatch::start(),
            users: self.demo.users as usize,
            rate: self.demo.rate as usize,
        }
    }

    fn introduce(&self, client: &Client) {
        let heading = format!(
            "A shop of {} items on a node at {}",
            count(OPENING_ITEMS as u64),
            client.base()
        );
        self.screen.say(&format!(
            "{}\n\
             The node is real, in this process, its data in {} (removed at the end).\n\
             The {} visitors are SIMULATED (seed {}): hidden tastes, the same rule of clicking for all.\n\
             A quarter of them see the node's lists, a quarter those without exploration (greedy), a quarter popular\n\
             items, a quarter random ones.",
            self.printer.styled(Style::Bold, &heading),
            self.folder.display(),
            count(u64::from(self.demo.users)),
            self.demo.seed
        ));
    }

    /// Until time is up: items arrive, the reader's click is made, figures are drawn.
    fn conduct(
        &self,
        client: &Client,
        street: &Street,
        workers: &[ScopedJoinHandle<'_, Result<(), Failure>>],
    ) -> Result<(), Failure> {
        let mut progress = Progress::default();
        while !self.is_over(street.since.elapsed()) {
            // A worker ends early only where it failed.
            if workers.iter().any(ScopedJoinHandle::is_finished) {
                return Ok(());
            }
            self.tick(client, street, &mut progress)?;
            thread::sleep(TICK);
        }
        Ok(())
    }

    fn is_over(&self, at: Duration) -> bool {
        self.stopped.load(Ordering::Acquire) || (!self.demo.keep && self.demo.length() <= at)
    }

    fn tick(
        &self,
        client: &Client,
        street: &Street,
        progress: &mut Progress,
    ) -> Result<(), Failure> {
        let at = street.since.elapsed();
        put_items(client, street, street.script.on_sale(at.as_secs_f32()))?;
        if !progress.clicked && self.demo.length().mul_f64(CLICK_AFTER) <= at {
            progress.clicked = true;
            self.invite(client)?;
        }
        if progress.sampled < at.as_secs() {
            progress.sampled = at.as_secs();
            street.board().sample(at);
            if progress.clicked {
                progress.yours = you::glimpse(client)?;
            }
        }
        let moment = street.script.at(at.as_secs_f32());
        let title = title(&moment);
        if progress.told.replace((moment.round, moment.phase)) != Some((moment.round, moment.phase))
        {
            self.screen.say(&format!("{:>3} s · {}", at.as_secs(), self.bold(&title)));
        }
        let scene = Scene { at, title: &title, yours: &progress.yours };
        let board = street.board().clone();
        let (panel, line) =
            (|| panel::panel(&board, &scene, &self.printer), || panel::line(&board, &scene));
        self.screen.draw(at, panel, line);
        Ok(())
    }

    /// One click in the reader's name, and how to go on.
    fn invite(&self, client: &Client) -> Result<(), Failure> {
        let clicked = you::click(client, &self.printer)?;
        self.screen.say(&format!("\n{}\n{clicked}", self.bold("One click by you")));
        let invitation = you::invitation(client.base());
        let heading = self.bold("Go on as \"you\" while this runs");
        self.screen.say(&format!("\n{heading}\n{invitation}\n"));
        Ok(())
    }

    fn conclude(&self, street: &Street) {
        let at = street.since.elapsed();
        let heading = self.bold("What simulated visitors made of it");
        println!("\n{heading}\n{}", panel::summary(&street.board(), at, &self.printer));
    }

    fn bold(&self, text: &str) -> String {
        self.printer.styled(Style::Bold, text)
    }
}

impl Demo {
    pub(super) fn length(&self) -> Duration {
        Duration::from_secs(u64::from(self.duration))
    }
}

fn joined(worker: ScopedJoinHandle<'_, Result<(), Failure>>) -> Result<(), Failure> {
    let panicked = |_| Err(Failure::Other("a visitor's thread panicked".to_owned()));
    worker.join().unwrap_or_else(panicked)
}

/// Tells the node of the items up to `end` that it does not know yet.
fn put_items(client: &Client, street: &Street, end: usize) -> Result<(), Failure> {
    let begin = street.on_sale.load(Ordering::Acquire);
    if begin < end {
        let items = (begin..end).map(goods::document).collect();
        client.post("/v1/items/batch", &Value::Array(items))?;
        street.on_sale.store(end, Ordering::Release);
    }
    Ok(())
}

/// What is going on, for the reader.
fn title(moment: &Moment) -> String {
    match (moment.phase, moment.burst) {
        (Phase::Opening, _) if moment.round == 0 => {
            "opening: the node knows the catalogue and nobody".to_owned()
        }
        (Phase::Opening, _) => "an ordinary day".to_owned(),
        (Phase::NewItems, _) => "new items arrive".to_owned(),
        (_, Some(category)) => format!("burst on {}", goods::category_name(category)),
        (Phase::Burst, None) => "burst".to_owned(),
        (Phase::Drift, _) => "tastes drift".to_owned(),
        (Phase::After, _) => "after the drift".to_owned(),
    }
}
