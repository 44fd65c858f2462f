//! The probe: one viewer on a WebSocket, as a browser would be, who measures from a click to the list that comes of it.
//!
//! It clicks the first item of its own list; a clicked item leaves the list, so a new one must come.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::{Value, json};

use super::socket::{Came, Socket};
use crate::cli::failure::Failure;
use crate::clock::Stopwatch;

/// Who it is.
const USER: &str = "probe";
/// Time between a list and the next click, as of somebody who looks at it.
const LOOKS_FOR: Duration = Duration::from_millis(800);
/// After this long a click counts as one that nothing came of, and the next is made.
const GIVES_UP_AFTER: Duration = Duration::from_secs(3);
const PATIENCE: Duration = Duration::from_millis(20);

/// What was measured, in milliseconds.
#[derive(Clone, Debug, Default)]
pub struct Times {
    /// From the click to the pushed list, each.
    pushed: Vec<f64>,
    /// From the click to its acknowledgement, each.
    applied: Vec<f64>,
    /// Clicks that no list came of in time.
    unanswered: usize,
}

impl Times {
    /// The newest figure in words.
    #[must_use]
    pub fn last_words(&self) -> String {
        match (self.pushed.last(), self.applied.last()) {
            (Some(pushed), Some(applied)) => {
                format!("click → pushed list {pushed:.1} ms (applied after {applied:.1})")
            }
            _ => "click → pushed list: none yet".to_owned(),
        }
    }

    /// All figures in words.
    #[must_use]
    pub fn summary(&self) -> String {
        if self.pushed.is_empty() {
            return format!("No list was pushed for {} clicks of the probe.", self.unanswered);
        }
        format!(
            "click → pushed list: {:.1} ms in the middle, {:.1} at the 99th percentile ({} clicks, {} without a new list)\n\
             click → applied: {:.1} ms in the middle, {:.1} at the 99th percentile",
            quantile(&self.pushed, 0.5),
            quantile(&self.pushed, 0.99),
            self.pushed.len() + self.unanswered,
            self.unanswered,
            quantile(&self.applied, 0.5),
            quantile(&self.applied, 0.99),
        )
    }
}

/// The smallest figure that `share` of all are not above.
fn quantile(figures: &[f64], share: f64) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(place.saturating_sub(1)).copied().unwrap_or_default()
}

/// A running probe.
pub struct Probe {
    times: Arc<Mutex<Times>>,
    stop: Arc<AtomicBool>,
    thread: JoinHandle<io::Result<()>>,
}

impl Probe {
    /// Connects to the node at `base` and goes into `room`.
    ///
    /// # Errors
    /// [`Failure`] where the node takes no connection.
    pub fn start(base: &str, room: &str) -> Result<Self, Failure> {
        let authority = base.trim_start_matches("http://");
        let told =
            |fault: io::Error| Failure::Other(format!("no connection to {base}/v1/ws: {fault}"));
        let mut viewer = Viewer::connect(authority, room).map_err(told)?;
        let (times, stop) = (Arc::clone(&viewer.times), Arc::new(AtomicBool::new(false)));
        let ends = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            while !ends.load(Ordering::Acquire) {
                viewer.step()?;
            }
            Ok(())
        });
        Ok(Self { times, stop, thread })
    }

    /// What was measured so far.
    #[must_use]
    pub fn times(&self) -> Times {
        locked(&self.times).clone()
    }

    /// Ends it; with what was measured, and what it failed with where it did.
    pub fn stop(self) -> (Times, Option<Failure>) {
        self.stop.store(true, Ordering::Release);
        let ended = self.thread.join();
        let fault = match ended {
            Ok(Ok(())) => None,
            Ok(Err(fault)) => {
                Some(Failure::Other(format!("the probe lost its connection: {fault}")))
            }
            Err(_) => Some(Failure::Other("the probe's thread panicked".to_owned())),
        };
        let times = locked(&self.times).clone();
        (times, fault)
    }
}

fn locked(times: &Mutex<Times>) -> MutexGuard<'_, Times> {
    times.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The probe's own side.
struct Viewer {
    socket: Socket,
    room: String,
    times: Arc<Mutex<Times>>,
    /// The first item of its list.
    first: Option<String>,
    /// Runs since its list came.
    looked: Stopwatch,
    /// A click that no list came of yet.
    clicked: Option<Stopwatch>,
    command: u64,
}

impl Viewer {
    fn connect(authority: &str, room: &str) -> io::Result<Self> {
        let mut viewer = Self {
            socket: Socket::open(authority, "/v1/ws", PATIENCE)?,
            room: room.to_owned(),
            times: Arc::default(),
            first: None,
            looked: Stopwatch::start(),
            clicked: None,
            command: 0,
        };
        viewer.command(&json!({"connect": {"data": {"user_id": USER}, "name": "demo"}}))?;
        viewer.command(&json!({"subscribe": {"channel": format!("room:{room}")}}))?;
        viewer.command(&json!({"subscribe": {"channel": format!("user:{USER}")}}))?;
        viewer.act(&json!({"type": "live_join", "room_id": room}))?;
        Ok(viewer)
    }

    fn step(&mut self) -> io::Result<()> {
        match self.socket.next()? {
            Came::Text(text) => {
                for line in text.lines() {
                    self.hear(&serde_json::from_str(line).unwrap_or(Value::Null))?;
                }
            }
            Came::Nothing => {}
            Came::Closed(code) => {
                return Err(io::Error::new(
                    io::ErrorKind::ConnectionAborted,
                    format!("closed with {code}"),
                ));
            }
        }
        if self.clicked.is_some_and(|clicked| GIVES_UP_AFTER < clicked.elapsed()) {
            self.clicked = None;
            locked(&self.times).unanswered += 1;
        }
        if self.clicked.is_none() && LOOKS_FOR < self.looked.elapsed() {
            self.click()?;
        }
        Ok(())
    }

    fn click(&mut self) -> io::Result<()> {
        let Some(item) = self.first.take() else { return Ok(()) };
        self.clicked = Some(Stopwatch::start());
        self.act(&json!({"type": "live_product_click", "room_id": self.room, "item_id": item}))
    }

    fn hear(&mut self, frame: &Value) -> io::Result<()> {
        if frame.as_object().is_some_and(serde_json::Map::is_empty) {
            return self.socket.send("{}");
        }
        if let (Some(clicked), true) = (self.clicked, frame["rpc"].is_object()) {
            locked(&self.times).applied.push(clicked.elapsed().as_secs_f64() * 1e3);
        }
        let said = &frame["push"]["pub"]["data"];
        if said["kind"] == "feed" && frame["push"]["channel"] == format!("user:{USER}") {
            if let Some(clicked) = self.clicked.take() {
                locked(&self.times).pushed.push(clicked.elapsed().as_secs_f64() * 1e3);
            }
            self.first = product(said);
            self.looked = Stopwatch::start();
        }
        Ok(())
    }

    fn act(&mut self, event: &Value) -> io::Result<()> {
        self.command(&json!({"rpc": {"method": "event", "data": event}}))
    }

    fn command(&mut self, request: &Value) -> io::Result<()> {
        self.command += 1;
        let mut command = request.clone();
        command["id"] = json!(self.command);
        self.socket.send(&command.to_string())
    }
}

/// The first item of a list that is no room.
fn product(list: &Value) -> Option<String> {
    let items = list["items"].as_array()?.iter().filter_map(|item| item["item_id"].as_str());
    items.filter(|id| !id.starts_with("room:")).map(str::to_owned).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_told_by_their_ranks() {
        let figures: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        assert!((quantile(&figures, 0.5) - 50.0).abs() < 1e-9);
        assert!((quantile(&figures, 0.99) - 99.0).abs() < 1e-9);
        assert!((quantile(&[7.0], 0.99) - 7.0).abs() < 1e-9);
        let none = Times { unanswered: 3, ..Times::default() };
        assert_eq!(none.summary(), "No list was pushed for 3 clicks of the probe.");
    }

    #[test]
    fn rooms_in_its_list_are_not_clicked() {
        let list = json!({"items": [{"item_id": "room:tea"}, {"item_id": "tea-box"}]});
        assert_eq!(product(&list).as_deref(), Some("tea-box"));
        assert_eq!(product(&json!({"items": []})), None);
    }
}
