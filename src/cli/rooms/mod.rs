//! `freshet rooms`: live rooms: which there are, and one as it goes.

mod events;
mod tail;
mod tell;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::client::Client;
use super::failure::Failure;
use super::global::Global;
use super::output::{Printer, Style, count};
use super::query::with_query;

const AFTER_HELP: &str = "\
Examples:
  freshet rooms ls                     hottest first
  freshet rooms tail 42                what happens in room 42, until Ctrl-C
  freshet rooms tail 42 -o json        the same as one JSON object a line
  freshet rooms tail 42 --kinds comment,notice

What is missed while the node is away comes when it is back. Whoever follows a room counts as one of its viewers.";

/// Rooms that one page asks for.
const PAGE: u32 = 200;

/// See live rooms
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct Rooms {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List rooms with viewers and heat, hottest first
    Ls {
        /// Closed ones, too
        #[arg(long)]
        all: bool,
    },
    /// Follow a room: comments, notices, moments, numbers, shelf
    Tail(tail::Tail),
}

impl Rooms {
    /// Does it.
    ///
    /// # Errors
    /// [`Failure`] where the node does not answer, or refuses.
    pub fn run(&self, global: &Global) -> Result<(), Failure> {
        match &self.what {
            What::Ls { all } => ls(&Client::new(global)?, global, *all),
            What::Tail(tail) => tail.run(global),
        }
    }
}

fn ls(client: &Client, global: &Global, all: bool) -> Result<(), Failure> {
    let mut rooms = every(client)?;
    rooms.retain(|room| all || room["is_open"].as_bool() != Some(false));
    rooms.sort_by(|a, b| heat(b).total_cmp(&heat(a)));
    Printer::new(global).list(&json!({ "rooms": rooms }), &rooms, |printer| table(printer, &rooms));
    Ok(())
}

/// All rooms, page by page.
fn every(client: &Client) -> Result<Vec<Value>, Failure> {
    let (mut rooms, mut cursor) = (Vec::new(), None);
    loop {
        let asked = [("limit", Some(PAGE.to_string())), ("cursor", cursor)];
        let mut page = client.get(&with_query("/v1/rooms", &asked))?;
        if let Value::Array(found) = page["rooms"].take() {
            rooms.extend(found);
        }
        cursor = page["next_cursor"].as_str().map(str::to_owned);
        if cursor.is_none() {
            return Ok(rooms);
        }
    }
}

/// By what rooms are ordered: the middle of the three.
fn heat(room: &Value) -> f64 {
    room["heat"]["s30"].as_f64().unwrap_or_default()
}

fn table(printer: &Printer, rooms: &[Value]) -> String {
    if rooms.is_empty() {
        return "no room; the first who enters one makes it: freshet event live_join --user u1 --room 42".to_owned();
    }
    let rows: Vec<Vec<String>> = rooms.iter().map(row).collect();
    let heading = ["room", "viewers", "heat 10 s", "30 s", "5 min", "host", "title"];
    let hot = rooms.iter().filter(|room| 0.0 < heat(room)).count();
    let noun = if rooms.len() == 1 { "room" } else { "rooms" };
    let sum = format!("{} {noun}, {hot} of them warm", rooms.len());
    format!("{}\n{}", printer.table(&heading, &rows), printer.styled(Style::Dim, &sum))
}

fn row(room: &Value) -> Vec<String> {
    let text = |name: &str| room[name].as_str().unwrap_or("-").to_owned();
    let points = |name: &str| format!("{:.2}", room["heat"][name].as_f64().unwrap_or_default());
    let closed = room["is_open"].as_bool() == Some(false);
    vec![
        text("room_id"),
        if closed { "closed".to_owned() } else { count(room["viewers"].as_u64().unwrap_or(0)) },
        points("s10"),
        points("s30"),
        points("m5"),
        text("host"),
        text("title"),
    ]
}

#[cfg(test)]
mod tests;
