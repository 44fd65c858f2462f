//! Server-sent events, taken from bytes as they come (the HTML standard's `text/event-stream`).
//!
//! **Invariant:** an event is given once it is whole; what a broken connection left half told is not.

use std::io::{BufRead, Result};

/// One event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// Its type; `message` where none was told.
    pub kind: String,
    /// What it says.
    pub data: String,
}

/// Events of one connection.
#[derive(Debug)]
pub struct Events<R> {
    lines: R,
    /// Id of the last event that was given, over all connections.
    pub last_id: Option<String>,
    /// For how many milliseconds the sender asks to wait before a new connection.
    pub retry_ms: Option<u64>,
}

impl<R: BufRead> Events<R> {
    /// Reads what `lines` brings; `last_id` is that of the connection before.
    pub fn new(lines: R, last_id: Option<String>) -> Self {
        Self { lines, last_id, retry_ms: None }
    }

    /// The next event; `None` at the end of the connection.
    ///
    /// # Errors
    /// What reading fails with.
    pub fn next(&mut self) -> Result<Option<Event>> {
        let (mut event, mut id) = (Event::default(), None);
        loop {
            let mut line = Vec::new();
            if self.lines.read_until(b'\n', &mut line)? == 0 || line.last() != Some(&b'\n') {
                return Ok(None);
            }
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end_matches(['\n', '\r']);
            let (name, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match name {
                "" if line.is_empty() => {
                    // An id counts without data, too, and only of an event that is whole.
                    if id.is_some() {
                        self.last_id = id.take();
                    }
                    if !event.data.is_empty() {
                        event.data.pop();
                        return Ok(Some(named(event)));
                    }
                    event = Event::default();
                }
                "event" => value.clone_into(&mut event.kind),
                "data" => {
                    event.data.push_str(value);
                    event.data.push('\n');
                }
                "id" if !value.contains('\0') => id = Some(value.to_owned()),
                "retry" => self.retry_ms = value.parse().ok().or(self.retry_ms),
                // A comment, or a field that nobody knows.
                _ => {}
            }
        }
    }
}

fn named(mut event: Event) -> Event {
    if event.kind.is_empty() {
        "message".clone_into(&mut event.kind);
    }
    event
}

#[cfg(test)]
mod tests;
