//! From where to where a replay or an export goes.
//!
//! Not here: reading the records.

use engine::{Record, RecordBody, Sequence, Timestamp};

use crate::ingest::moment;

/// One end of a replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Bound {
    /// A record's place in the log.
    Place(u64),
    /// An event time.
    Time(Timestamp),
}

/// Both ends, each included; `None` where all is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::cli) struct Bounds {
    pub from: Option<Bound>,
    pub to: Option<Bound>,
}

/// The largest number that is a place: above it, a number is a time in seconds or milliseconds.
const LARGEST_PLACE: u64 = 100_000_000;

/// Reads a bound: a small number is a place; RFC 3339 text, or a number of seconds or milliseconds, a time.
pub(in crate::cli) fn parse(text: &str) -> Result<Bound, String> {
    match text.parse::<u64>() {
        Ok(place) if place < LARGEST_PLACE => Ok(Bound::Place(place)),
        Ok(_) => time(text),
        Err(_) => time(&format!("{text:?}")),
    }
}

fn time(json: &str) -> Result<Bound, String> {
    moment::read(json).map(Bound::Time).map_err(|fault| {
        format!("{fault}; a bound is a record's number, or a time such as 2026-11-21T10:00:00Z")
    })
}

impl Bounds {
    /// Whether the replay takes `record`.
    pub fn take(self, record: &Record) -> bool {
        happened_at(&record.body).is_none_or(|at| self.hold(record.sequence, at))
    }

    /// Whether what happened at `at` and stands at `place` is between them.
    pub fn hold(self, place: Sequence, at: Timestamp) -> bool {
        let inside = |bound: Bound, within: fn(u64, u64) -> bool| match bound {
            Bound::Place(bound) => within(bound, place.0),
            Bound::Time(bound) => within(bound.as_millis(), at.as_millis()),
        };
        self.from.is_none_or(|from| inside(from, |from, it| from <= it))
            && self.to.is_none_or(|to| inside(to, |to, it| it <= to))
    }
}

/// When what the record says happened; `None` for what holds whenever it was said.
fn happened_at(body: &RecordBody) -> Option<Timestamp> {
    match body {
        RecordBody::Event { event, .. } => Some(event.at),
        RecordBody::Served { served, .. } => Some(served.at),
        RecordBody::Tick { time } => Some(*time),
        _ => None,
    }
}
