//! `freshet rooms tail`: a room as it goes, over server-sent events.
//!
//! A connection that is lost is made again, with the id of the last event, so that the node sends what was missed. It ends with
//! Ctrl-C, and when whoever reads its output goes away.

#![expect(clippy::doc_markdown, reason = "clap shows these comments as they are")]

use std::io::{BufReader, ErrorKind, Write};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};

use super::events::{Event, Events};
use super::tell;
use crate::cli::client::{Client, Stream};
use crate::cli::failure::Failure;
use crate::cli::global::{Format, Global};
use crate::cli::output::Printer;
use crate::cli::query::{escape, with_query};
use crate::cli::signals;

/// First and longest wait before a lost connection is made again.
const WAITS: [Duration; 2] = [Duration::from_millis(200), Duration::from_secs(5)];

/// Follow a room
#[derive(Debug, Args)]
pub struct Tail {
    /// The room
    room: String,
    /// Only these, separated by commas: comment, notice, highlight, showing, ended, match, room_stats, feed
    #[arg(long, value_delimiter = ',', value_name = "KIND")]
    kinds: Option<Vec<String>>,
    /// A user's token, where the node asks for one
    #[arg(long, value_name = "TOKEN", env = "FRESHET_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// End after so many events
    #[arg(long, value_name = "N")]
    count: Option<u64>,
}

/// What may happen next.
enum Said {
    /// Something in the room.
    Event(Event),
    /// The connection is lost.
    Lost,
    /// The node refuses.
    Refused(Failure),
    /// Ctrl-C: how one leaves a room.
    Leave,
}

/// Who follows, as the node counts viewers.
const USER: &str = "freshet-rooms-tail";
/// How long a token is good that is made for this.
const TOKEN_TTL_S: u64 = 86_400;

/// Events that may wait to be written; whoever sends more waits, and so does the node.
const WAITING: usize = 64;

impl Tail {
    /// Follows the room until somebody has enough.
    ///
    /// # Errors
    /// [`Failure`] where the node does not answer at first, or refuses.
    pub fn run(&self, global: &Global) -> Result<(), Failure> {
        let client = Client::new(global)?;
        let mut teller = Teller {
            printer: Printer::new(global),
            as_json: global.output != Format::Table,
            kinds: self.kinds.clone(),
            left: self.count.unwrap_or(u64::MAX),
        };
        let token = self.token(&client)?;
        let path = format!("/v1/rooms/{}/stream", escape(&self.room));
        let path = with_query(&path, &[("user_id", Some(USER.to_owned()))]);
        let first = client.stream(&path, token.as_deref(), None)?;
        let (say, said) = sync_channel(WAITING);
        let (interrupted, (listens, listening)) = (say.clone(), sync_channel(0));
        on_a_thread("freshet-interrupt", move || leave_on_interrupt(&interrupted, listens))?;
        // Nothing is written before: whoever reads it may interrupt at once.
        let _: Result<(), _> = listening.recv();
        on_a_thread("freshet-tail", move || Follow { client, path, token, say }.run(first))?;
        let mut told_of_loss = global.quiet;
        for said in said {
            match said {
                Said::Event(event) => {
                    told_of_loss = global.quiet;
                    if !teller.tell(&event) {
                        break;
                    }
                }
                Said::Lost if told_of_loss => {}
                Said::Lost => {
                    told_of_loss = true;
                    eprintln!("freshet: the connection is lost; trying again");
                }
                Said::Refused(failure) => return Err(failure),
                Said::Leave => break,
            }
        }
        Ok(())
    }
}

impl Tail {
    /// The token that was given, or one that the node makes for whoever has its key.
    fn token(&self, client: &Client) -> Result<Option<String>, Failure> {
        if self.token.is_some() {
            return Ok(self.token.clone());
        }
        // Whoever follows a room enters it, and who enters one that is not there makes it: not by a slip of the keyboard.
        client.get(&format!("/v1/rooms/{}", escape(&self.room)))?;
        if !client.has_key() {
            return Ok(None);
        }
        let asked = json!({"user_id": USER, "rooms": [self.room], "ttl_s": TOKEN_TTL_S});
        let made = client.post("/v1/tokens", &asked)?;
        Ok(made["token"].as_str().map(str::to_owned))
    }
}

/// Keeps a connection to the room, and passes on what comes.
struct Follow {
    client: Client,
    path: String,
    token: Option<String>,
    say: SyncSender<Said>,
}

impl Follow {
    /// Ends when nobody listens any more, or the node refuses.
    fn run(self, first: Stream) {
        let (mut stream, mut last_id, mut wait) = (Some(first), None, WAITS[0]);
        loop {
            if let Some(connected) = stream.take() {
                let mut events = Events::new(BufReader::new(connected), last_id);
                while let Ok(Some(event)) = events.next() {
                    wait = WAITS[0];
                    if self.say.send(Said::Event(event)).is_err() {
                        return;
                    }
                }
                wait = events.retry_ms.map_or(wait, |ms| wait.max(Duration::from_millis(ms)));
                last_id = events.last_id;
            }
            if self.say.send(Said::Lost).is_err() {
                return;
            }
            std::thread::sleep(wait.min(WAITS[1]));
            wait = (wait * 2).min(WAITS[1]);
            stream = match self.client.stream(&self.path, self.token.as_deref(), last_id.as_deref())
            {
                Ok(connected) => Some(connected),
                Err(Failure::Unavailable(_)) => None,
                Err(failure) => return drop(self.say.send(Said::Refused(failure))),
            };
        }
    }
}

/// Lets go of `listens` once it does.
fn leave_on_interrupt(say: &SyncSender<Said>, listens: SyncSender<()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    if let Ok(runtime) = runtime {
        runtime.block_on(async {
            let stopped = signals::listen();
            drop(listens);
            stopped.await;
        });
        let _ = say.send(Said::Leave);
    }
}

fn on_a_thread(name: &str, run: impl FnOnce() + Send + 'static) -> Result<(), Failure> {
    let started = std::thread::Builder::new().name(name.to_owned()).spawn(run);
    started
        .map(|_| ())
        .map_err(|fault| Failure::Other(format!("no thread can be started: {fault}")))
}

/// Writes events.
struct Teller {
    printer: Printer,
    as_json: bool,
    kinds: Option<Vec<String>>,
    left: u64,
}

impl Teller {
    /// Writes one event; whether more are wanted.
    fn tell(&mut self, event: &Event) -> bool {
        let said: Value = serde_json::from_str(&event.data).unwrap_or_else(|_| json!(event.data));
        let kind = said["kind"].as_str().unwrap_or(&event.kind);
        if self.kinds.as_ref().is_some_and(|kinds| !kinds.iter().any(|known| known == kind)) {
            return true;
        }
        let line =
            if self.as_json { said.to_string() } else { tell::line(&self.printer, kind, &said) };
        let mut out = std::io::stdout().lock();
        let written = writeln!(out, "{line}").and_then(|()| out.flush());
        if written.is_err_and(|fault| fault.kind() == ErrorKind::BrokenPipe) {
            return false;
        }
        // Where the stream stands is no event of the room.
        self.left = self.left.saturating_sub(u64::from(kind != "subscribed"));
        0 < self.left
    }
}
