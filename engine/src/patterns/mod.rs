//! Patterns: sequences of what a user does within a stretch of event time, noticed as they happen.
//!
//! "Three clicks in the same category within five minutes"; "enter, comment, product click, leave, in one room"; "a search,
//! then no click for a minute". A match sets a tag for a while and is a fact that others can act on.
//!
//! Other events may stand between the steps. Of all ways in which a pattern can have begun, the one that began last is
//! followed, since it has most time left. A match uses its events up: the next one begins anew.
//!
//! **Invariant:** no clock is read. Steps go by event time, absences are noticed while an event of the user or a tick
//! is applied.
//!
//! **Invariant:** memory is bounded: so many steps a pattern, so many open bindings a user.
//!
//! Not here: an event that comes behind a newer one of the same run does not go into it any more, and is counted. Events
//! that are filled in later are never offered.

mod automaton;
mod packed;
mod plan;
mod told;

use bincode::{Decode, Encode};

use crate::Timestamp;
use crate::features::filter::Filter;
use crate::features::mask::TypeMask;
use crate::features::occurrence::Occurrence;

use automaton::Memory;
pub use plan::{PatternError, PatternFault, PatternPlan};
pub use told::{PatternMatch, RoomOf};

/// The most steps of a pattern, each counted as often as it has to happen.
pub const MAX_STEPS: usize = 8;
/// The most patterns of a node.
pub const MAX_PATTERNS: usize = 64;

/// A pattern's place among those that are declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PatternId(pub u16);

/// Events that one step waits for.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Condition {
    /// Which types.
    pub events: TypeMask,
    /// Which of those.
    pub filter: Option<Filter>,
}

/// What all events of a match have in common.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub enum Same {
    /// The user alone.
    #[default]
    User,
    /// The item.
    Item,
    /// One of the item's categories.
    Category,
    /// The live room.
    Room,
}

/// What must not happen behind the last step.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Absence {
    /// What.
    pub of: Condition,
    /// For how many milliseconds.
    pub for_ms: u64,
}

/// One declared pattern.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Pattern {
    /// Unique name.
    pub name: String,
    /// The steps, in order, and how often each has to happen.
    pub steps: Vec<(Condition, u32)>,
    /// Milliseconds from the first step to the last.
    pub within_ms: u64,
    /// What the events have in common.
    pub same: Same,
    /// What must not happen then.
    pub absence: Option<Absence>,
    /// The tag that a match sets.
    pub tag: String,
    /// For how many milliseconds.
    pub ttl_ms: u64,
    /// The most bindings (items, categories, rooms) that a user has open; the one that is oldest gives way.
    pub max_open: u32,
    /// Whether the click head is told of the tag.
    pub rank: bool,
}

/// A pattern that came true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Match {
    /// Which.
    pub pattern: PatternId,
    /// Item, category or room, as its features' key; 0 where only the user is common.
    pub binding: u64,
    /// Time of its first event.
    pub started_at: Timestamp,
    /// Time of its last event, or of the end of the absence.
    pub at: Timestamp,
}

/// A tag that a user has or had.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tag<'a> {
    /// The pattern that set it.
    pub pattern: &'a Pattern,
    /// Time of the newest match.
    pub at: Timestamp,
    /// From when on it is gone.
    pub until: Timestamp,
    /// What the newest match had in common.
    pub binding: u64,
    /// Matches in all.
    pub matches: u32,
}

/// What an event or a tick did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Noticed {
    /// Patterns that came true, in order of time, pattern and binding.
    pub matches: Vec<Match>,
    /// Events that came behind a newer one of a run that they could have gone into.
    pub late: u32,
}

/// A user's open runs and tags.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Automata {
    /// By fingerprint of the pattern, in order.
    memories: Vec<(u64, Memory)>,
}

impl Automata {
    /// Takes an event in: first what is overdue at its time, then the event itself.
    pub fn apply(&mut self, plan: &PatternPlan, event: &Occurrence<'_>) -> Noticed {
        let mut noticed = self.told_time(plan, event.at);
        for place in plan.of(event.event_type.0) {
            let Some(laid_out) = plan.get(*place) else { continue };
            let memory = self.memory(laid_out.fingerprint);
            let pattern = PatternId(*place as u16);
            memory.take(laid_out, pattern, event, &mut noticed);
        }
        self.memories.retain(|(_, memory)| !memory.is_empty());
        noticed
    }

    /// Notices the absences that are over at `time`.
    pub fn told_time(&mut self, plan: &PatternPlan, time: Timestamp) -> Noticed {
        let mut noticed = Noticed::default();
        if self.next_due(plan).is_none_or(|due| time < due) {
            return noticed;
        }
        for (fingerprint, memory) in &mut self.memories {
            if let Some((pattern, laid_out)) = plan.known(*fingerprint) {
                memory.fire(laid_out, pattern, time, &mut noticed);
            }
        }
        noticed.matches.sort_by_key(|it| (it.at, it.pattern, it.binding));
        noticed
    }

    /// When the next absence will be over, unless something happens.
    #[must_use]
    pub fn next_due(&self, plan: &PatternPlan) -> Option<Timestamp> {
        let known = self.memories.iter().filter_map(|(fingerprint, memory)| {
            memory.next_due(plan.known(*fingerprint)?.1.absence.as_ref()?.for_ms)
        });
        known.min()
    }

    /// The tags that the user has at `at`, in order of declaration.
    #[must_use]
    pub fn tags<'a>(&self, plan: &'a PatternPlan, at: Timestamp) -> Vec<Tag<'a>> {
        let mut tags: Vec<(PatternId, Tag<'a>)> = Vec::new();
        for (fingerprint, memory) in &self.memories {
            let Some((id, laid_out)) = plan.known(*fingerprint) else { continue };
            let Some(newest) = memory.matched else { continue };
            let pattern = &laid_out.pattern;
            let until = newest.at.plus_millis(pattern.ttl_ms);
            tags.push((
                id,
                Tag {
                    pattern,
                    at: newest.at,
                    until,
                    binding: newest.binding,
                    matches: newest.matches,
                },
            ));
        }
        tags.retain(|(_, tag)| at < tag.until);
        tags.sort_by_key(|(id, _)| *id);
        tags.into_iter().map(|(_, tag)| tag).collect()
    }

    /// Lets go of patterns that the plan does not know; how many there were.
    pub fn drop_unknown(&mut self, plan: &PatternPlan) -> u64 {
        let before = self.memories.len();
        self.memories.retain(|(fingerprint, _)| plan.known(*fingerprint).is_some());
        (before - self.memories.len()) as u64
    }

    /// Whether there is neither run nor tag.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.memories.is_empty()
    }

    fn memory(&mut self, fingerprint: u64) -> &mut Memory {
        let found = self.memories.binary_search_by_key(&fingerprint, |(known, _)| *known);
        let place = found.unwrap_or_else(|gap| {
            self.memories.insert(gap, (fingerprint, Memory::default()));
            gap
        });
        &mut self.memories[place].1
    }
}

impl Condition {
    /// Whether the event is one.
    #[must_use]
    pub fn holds(&self, event: &Occurrence<'_>) -> bool {
        self.events.contains(event.event_type)
            && self.filter.as_ref().is_none_or(|filter| filter.holds(event))
    }
}

#[cfg(test)]
mod tests;
