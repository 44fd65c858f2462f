//! What became of a body's entries, from what became of its drafts.
//!
//! An entry that named several items is one entry: it was there already only if all of it was.
//!
//! **Invariant:** accepted, duplicate and refused entries add up to the entries sent.

use std::collections::BTreeMap;

use actors::RecordOutcome;
use engine::EventTypeId;

use super::Ingested;
use crate::event_log::draft::Draft;

/// What became of one draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// It was there already.
    Duplicate,
    /// It changed state.
    Applied,
    /// It changed state, but some window had closed.
    Late,
    /// It is taken; nobody waited to see more.
    Taken,
    /// It is in the log and will never be applied.
    SetAside,
}

impl Fate {
    /// Its name in metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Duplicate => "duplicate",
            Self::Applied => "applied",
            Self::Late => "late",
            Self::Taken => "taken",
            Self::SetAside => "set_aside",
        }
    }
}

impl From<RecordOutcome> for Fate {
    fn from(outcome: RecordOutcome) -> Self {
        match outcome {
            RecordOutcome::Applied => Self::Applied,
            RecordOutcome::Late => Self::Late,
            RecordOutcome::Duplicate => Self::Duplicate,
            RecordOutcome::SetAside => Self::SetAside,
        }
    }
}

/// The drafts of a body and where each of them belongs, without those that the log holds already.
#[derive(Debug, Default)]
pub struct Sorted {
    /// Drafts to be logged.
    pub drafts: Vec<Draft>,
    /// For each draft of the body its entry, its type, and what is known of its fate.
    rows: Vec<Row>,
}

#[derive(Clone, Copy, Debug)]
struct Row {
    entry: usize,
    event_type: Option<EventTypeId>,
    logged_before: bool,
}

/// Entries and events by what became of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Entries of which something is new.
    pub accepted: usize,
    /// Entries that were there already.
    pub duplicates: usize,
    /// Whether a part of the body was set aside.
    pub set_aside: bool,
    /// Drafts by type and fate.
    pub by_type: BTreeMap<(Option<EventTypeId>, Fate), u64>,
}

impl Sorted {
    /// Sorts the drafts of `ingested`, whose `lookups` found `known`.
    #[must_use]
    pub fn new(ingested: &mut Ingested, known: &[bool]) -> Self {
        let mut logged_before = vec![false; ingested.drafts.len()];
        for (place, known) in ingested.lookups.iter().zip(known) {
            logged_before[*place] = *known;
        }
        let drafts = std::mem::take(&mut ingested.drafts);
        let mut sorted = Self::default();
        for ((draft, entry), logged_before) in
            drafts.into_iter().zip(&ingested.owners).zip(logged_before)
        {
            let event_type = match &draft {
                Draft::Event { event, .. } => Some(event.event_type),
                _ => None,
            };
            sorted.rows.push(Row { entry: *entry, event_type, logged_before });
            if !logged_before {
                sorted.drafts.push(draft);
            }
        }
        sorted
    }

    /// Counts entries by the `outcomes` of the logged drafts; none where nobody waited for them.
    #[must_use]
    pub fn tally(&self, outcomes: &[RecordOutcome]) -> Tally {
        let mut tally = Tally::default();
        let mut outcomes = outcomes.iter();
        let mut entry: Option<(usize, Fate)> = None;
        for row in &self.rows {
            let fate = if row.logged_before {
                Fate::Duplicate
            } else {
                outcomes.next().map_or(Fate::Taken, |outcome| Fate::from(*outcome))
            };
            *tally.by_type.entry((row.event_type, fate)).or_default() += 1;
            entry = match entry {
                Some((place, best)) if place == row.entry => Some((place, best.max(fate))),
                before => {
                    tally.count(before);
                    Some((row.entry, fate))
                }
            };
        }
        tally.count(entry);
        tally
    }
}

impl Tally {
    fn count(&mut self, entry: Option<(usize, Fate)>) {
        match entry {
            None => {}
            Some((_, Fate::Duplicate)) => self.duplicates += 1,
            Some((_, fate)) => {
                self.accepted += 1;
                self.set_aside |= fate == Fate::SetAside;
            }
        }
    }
}

#[cfg(test)]
mod tests;
