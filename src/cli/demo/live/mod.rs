//! `freshet demo --scene live`: live rooms with hosts, some hundred simulated viewers, and a page to join them.
//!
//! Hosts show their products in turn. Viewers with tastes come, talk in English and Chinese, like, give, click and go. One
//! of them is a probe: it is connected like a browser, clicks the first of its own list and waits for the list that comes of it.
//!
//! `house`, `crowd` and `words` are the world and pure; `socket` and `probe` measure, this file does things.
//!
//! **Invariant:** viewers are a function of the seed.

mod crowd;
mod house;
mod probe;
mod socket;
mod words;

use std::fmt::Write as _;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::dice::Dice;
use super::screen::Screen;
use super::{Demo, stage};
use crate::cli::client::Client;
use crate::cli::failure::Failure;
use crate::cli::global::Global;
use crate::cli::output::{Printer, Style, count, pad};
use crate::clock::Stopwatch;
use crowd::Crowd;
use house::ROOMS;
use probe::{Probe, Times};

/// Time between two bodies of events.
const TICK: Duration = Duration::from_millis(200);
/// For how long a host shows a product.
const SHOWN_S: u64 = 12;
/// Time between two plain lines, and between two looks at the rooms.
const LINE_EVERY: Duration = Duration::from_secs(5);
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// One evening of rooms.
pub struct Evening<'a> {
    demo: &'a Demo,
    client: Client,
    stopped: &'a AtomicBool,
    printer: Printer,
    screen: Screen,
}

/// What was done so far.
#[derive(Debug, Default)]
struct Sums {
    events: u64,
    /// The product that each host shows, by its place.
    shown: Option<u64>,
    looked: Option<Duration>,
    rooms: Vec<Value>,
}

impl<'a> Evening<'a> {
    /// An evening on the node that `global` names.
    ///
    /// # Errors
    /// [`Failure`] where the address cannot be used.
    pub fn new(demo: &'a Demo, global: &Global, stopped: &'a AtomicBool) -> Result<Self, Failure> {
        let screen = Screen::new(global, LINE_EVERY);
        Ok(Self {
            demo,
            client: Client::new(global)?,
            stopped,
            printer: Printer::new(global),
            screen,
        })
    }

    /// Runs it to its end.
    ///
    /// # Errors
    /// [`Failure`] where the node does not answer, or refuses what it should take.
    pub fn run(&self) -> Result<(), Failure> {
        stage::wait_until_ready(&self.client)?;
        self.furnish()?;
        self.introduce();
        let probe = Probe::start(self.client.base(), ROOMS[0].id)?;
        let since = Stopwatch::start();
        let mut crowd = Crowd::new(Dice::new(self.demo.seed), self.demo.users as usize);
        let mut sums = Sums::default();
        while !self.is_over(since.elapsed()) {
            self.tick(since.elapsed(), &mut crowd, &mut sums)?;
            self.draw(since.elapsed(), &sums, &probe.times());
            thread::sleep(TICK);
        }
        self.screen.end();
        let (times, fault) = probe.stop();
        self.conclude(since.elapsed(), &sums, &times);
        fault.map_or(Ok(()), Err)
    }

    fn is_over(&self, at: Duration) -> bool {
        self.stopped.load(Ordering::Acquire) || (!self.demo.keep && self.demo.length() <= at)
    }

    /// Products and rooms, as a shop would tell the node of them.
    fn furnish(&self) -> Result<(), Failure> {
        let items = ROOMS.iter().flat_map(house::Room::documents).collect();
        self.client.post("/v1/items/batch", &Value::Array(items))?;
        for room in &ROOMS {
            self.client.put(&format!("/v1/rooms/{}", room.id), &room.description())?;
        }
        Ok(())
    }

    fn introduce(&self) {
        let base = self.client.base();
        let page = format!("{base}/demo/live#room={}", ROOMS[0].id);
        let heading = format!("{} live rooms on a node at {base}", ROOMS.len());
        self.screen.say(&format!(
            "{}\n\
             The {} viewers are SIMULATED (seed {}): hidden tastes, in English and Chinese. Join them:\n\n  {}\n\n\
             \x20 freshet rooms ls --url {base}\n\
             \x20 freshet rooms tail {} --url {base}\n\
             \x20 curl -N {base}/v1/rooms/{}/stream\n",
            self.printer.styled(Style::Bold, &heading),
            count(u64::from(self.demo.users)),
            self.demo.seed,
            self.printer.styled(Style::Green, &page),
            ROOMS[1].id,
            ROOMS[1].id,
        ));
        if !self.demo.no_open {
            open(&page);
        }
    }

    fn tick(&self, at: Duration, crowd: &mut Crowd, sums: &mut Sums) -> Result<(), Failure> {
        let turn = at.as_secs() / SHOWN_S;
        if sums.shown != Some(turn) {
            sums.shown = Some(turn);
            self.show_next(turn)?;
        }
        let most = (f64::from(self.demo.rate) * TICK.as_secs_f64()).ceil() as usize;
        let events = crowd.events(at, turn, most);
        if !events.is_empty() {
            let answer = self.client.post("/v1/events", &Value::Array(events))?;
            sums.events += answer["accepted"].as_u64().unwrap_or(0);
        }
        if sums.looked.is_none_or(|looked| looked + LOOK_EVERY <= at) {
            sums.looked = Some(at);
            let mut found = self.client.get("/v1/rooms?limit=50")?;
            if let Value::Array(rooms) = found["rooms"].take() {
                sums.rooms = rooms;
            }
        }
        Ok(())
    }

    /// Each host goes on to the next product, and now and then has a word.
    fn show_next(&self, turn: u64) -> Result<(), Failure> {
        for room in &ROOMS {
            let path = format!("/v1/rooms/{}/messages", room.id);
            let item = room.shown(turn).id(room);
            self.client.post(&path, &json!({"kind": "showing", "item_id": item}))?;
            if let Some(text) = room.notice(turn) {
                self.client.post(&path, &json!({"kind": "notice", "text": text}))?;
            }
        }
        Ok(())
    }

    fn draw(&self, at: Duration, sums: &Sums, times: &Times) {
        let line = || {
            let mut text = format!("{:>3} s", at.as_secs());
            for room in &sums.rooms {
                let name = room["room_id"].as_str().unwrap_or_default();
                let viewers = room["viewers"].as_u64().unwrap_or(0);
                let heat = room["heat"]["s10"].as_f64().unwrap_or_default();
                let _ = write!(text, " · {name} {viewers} viewers, heat {heat:.1}");
            }
            text + &format!(" · {}", times.last_words())
        };
        self.screen.draw(at, || self.panel(at, sums, times), line);
    }

    fn panel(&self, at: Duration, sums: &Sums, times: &Times) -> String {
        let mut lines =
            vec![format!("{:>3} s · {} events taken", at.as_secs(), count(sums.events))];
        for room in &sums.rooms {
            let heat = |name: &str| room["heat"][name].as_f64().unwrap_or_default();
            let bar = "█".repeat((heat("s10") * 2.0).clamp(0.0, 40.0) as usize);
            lines.push(format!(
                "{} {:>5} viewers  heat {:>5.1} {}",
                pad(room["room_id"].as_str().unwrap_or_default(), 10),
                count(room["viewers"].as_u64().unwrap_or(0)),
                heat("s10"),
                self.printer.styled(Style::Red, &bar),
            ));
        }
        lines.push(times.last_words());
        lines.join("\n")
    }

    fn conclude(&self, at: Duration, sums: &Sums, times: &Times) {
        let rate = sums.events as f64 / at.as_secs_f64().max(0.1);
        println!(
            "\n{}\n{} events of {} viewers in {} s ({rate:.0} a second)\n{}",
            self.printer.styled(Style::Bold, "The evening in figures"),
            count(sums.events),
            count(u64::from(self.demo.users)),
            at.as_secs(),
            times.summary()
        );
    }
}

/// Shows the page where there is a screen; nothing happens where there is none.
fn open(page: &str) {
    let (program, there) = if cfg!(target_os = "macos") {
        ("open", true)
    } else {
        let screens = ["DISPLAY", "WAYLAND_DISPLAY"];
        ("xdg-open", screens.iter().any(|name| std::env::var_os(name).is_some()))
    };
    if there {
        let quiet = || Stdio::null();
        let _ =
            Command::new(program).arg(page).stdin(quiet()).stdout(quiet()).stderr(quiet()).spawn();
    }
}
