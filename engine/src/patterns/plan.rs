//! Checked patterns, laid out for apply.

use rustc_hash::FxHashMap;

use super::{Absence, Condition, MAX_PATTERNS, MAX_STEPS, Pattern, PatternId, Same};
use crate::hashing::NodeKey;

const DAY_MS: u64 = 24 * 3_600_000;
/// The longest stretch of a pattern, of an absence and of a tag.
const MAX_SPAN_MS: u64 = 31 * DAY_MS;
/// The most bindings that are open.
const MAX_OPEN: u32 = 64;
const MAX_NAME_BYTES: usize = 64;

/// A pattern that cannot be kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("pattern \"{name}\", {key}: {fault}")]
pub struct PatternError {
    /// Name of the pattern.
    pub name: String,
    /// The key that is wrong.
    pub key: &'static str,
    /// What is wrong with it.
    pub fault: PatternFault,
}

/// What is wrong with a key of a pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternFault {
    /// Two patterns have one name.
    #[error("is declared twice")]
    Twice,
    /// A name of other characters.
    #[error("a name is 1 to 64 of a-z, 0-9 and _")]
    Name,
    /// No step, or too many.
    #[error("{0} steps, each counted as often as it has to happen: expected 1 to 8")]
    Steps(usize),
    /// A step that no event can be.
    #[error("names no event type, so it could never happen")]
    NoEvents,
    /// A stretch that is none or too long.
    #[error("{0} ms are out of range, expected 1s to 31d")]
    Span(u64),
    /// A number of bindings out of range.
    #[error("{0} is out of range, expected 1 to 64")]
    Open(u32),
    /// A single step that happens once is no pattern.
    #[error(
        "one step that happens once is an event, not a pattern: add steps, `times`, or what must not follow"
    )]
    Single,
    /// More patterns than there is room for.
    #[error("{0} patterns are the most")]
    TooMany(usize),
}

/// A pattern with its steps one by one.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct LaidOut {
    pub pattern: Pattern,
    /// Hash of all that gives stored runs their meaning.
    pub fingerprint: u64,
    pub conditions: Vec<Condition>,
    pub absence: Option<Absence>,
}

/// The patterns that are noticed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PatternPlan {
    all: Vec<LaidOut>,
    by_fingerprint: FxHashMap<u64, usize>,
    by_type: Vec<Vec<usize>>,
}

impl PatternPlan {
    /// Checks patterns and lays them out.
    ///
    /// # Errors
    /// The first one that cannot be kept, with the key that is wrong.
    pub fn new(patterns: Vec<Pattern>) -> Result<Self, PatternError> {
        let mut plan = Self { by_type: vec![Vec::new(); 256], ..Self::default() };
        for pattern in patterns {
            let wrong = |key, fault| PatternError { name: pattern.name.clone(), key, fault };
            if plan.all.iter().any(|other| other.pattern.name == pattern.name) {
                return Err(wrong("name", PatternFault::Twice));
            }
            if plan.all.len() == MAX_PATTERNS {
                return Err(wrong("name", PatternFault::TooMany(MAX_PATTERNS)));
            }
            if let Some((key, fault)) = fault_of(&pattern) {
                return Err(wrong(key, fault));
            }
            plan.add(pattern);
        }
        Ok(plan)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The pattern's name; empty for one that is not of this plan.
    #[must_use]
    pub fn name(&self, pattern: PatternId) -> &str {
        self.all.get(usize::from(pattern.0)).map_or("", |laid| &laid.pattern.name)
    }

    /// Every pattern, in declared order.
    pub fn iter(&self) -> impl Iterator<Item = (PatternId, &Pattern)> {
        (0u16..).map(PatternId).zip(self.all.iter().map(|laid_out| &laid_out.pattern))
    }

    /// The pattern of a name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<PatternId> {
        self.iter().find(|(_, pattern)| pattern.name == name).map(|(id, _)| id)
    }

    /// The pattern behind an id.
    #[must_use]
    pub fn pattern(&self, id: PatternId) -> Option<&Pattern> {
        Some(&self.all.get(usize::from(id.0))?.pattern)
    }

    /// Fingerprint of one pattern, short: as lists are on record with it.
    #[must_use]
    pub fn fingerprint_of(&self, id: PatternId) -> Option<u32> {
        Some(self.all.get(usize::from(id.0))?.fingerprint as u32)
    }

    /// Hash of all that gives stored runs their meaning.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        let each: Vec<u8> = self.all.iter().flat_map(|it| it.fingerprint.to_le_bytes()).collect();
        NodeKey([0; 16]).hash(&[b"patterns", &each])
    }

    /// Hashes of all patterns, each of what gives its stored runs their meaning.
    pub fn fingerprints(&self) -> impl Iterator<Item = u64> {
        self.all.iter().map(|laid_out| laid_out.fingerprint)
    }

    pub(super) fn get(&self, place: usize) -> Option<&LaidOut> {
        self.all.get(place)
    }

    pub(super) fn known(&self, fingerprint: u64) -> Option<(PatternId, &LaidOut)> {
        let place = *self.by_fingerprint.get(&fingerprint)?;
        Some((PatternId(place as u16), &self.all[place]))
    }

    /// Patterns that events of a type mean something to.
    pub(super) fn of(&self, event_type: u8) -> &[usize] {
        self.by_type.get(usize::from(event_type)).map_or(&[], Vec::as_slice)
    }

    fn add(&mut self, pattern: Pattern) {
        let repeated = pattern
            .steps
            .iter()
            .flat_map(|(condition, times)| std::iter::repeat_n(condition.clone(), *times as usize));
        let conditions: Vec<Condition> = repeated.collect();
        let fingerprint = fingerprint(&pattern);
        let place = self.all.len();
        let absence = pattern.absence.clone();
        let awaited = absence.iter().map(|absence| &absence.of);
        for condition in conditions.iter().chain(awaited) {
            for id in condition.events.iter() {
                let of_type = &mut self.by_type[usize::from(id.0)];
                if of_type.last() != Some(&place) {
                    of_type.push(place);
                }
            }
        }
        self.by_fingerprint.insert(fingerprint, place);
        self.all.push(LaidOut { pattern, fingerprint, conditions, absence });
    }
}

fn fault_of(pattern: &Pattern) -> Option<(&'static str, PatternFault)> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let named =
        |name: &str| !name.is_empty() && name.len() <= MAX_NAME_BYTES && name.bytes().all(allowed);
    let span = |ms: u64| (!(1_000..=MAX_SPAN_MS).contains(&ms)).then_some(PatternFault::Span(ms));
    let steps =
        pattern.steps.iter().fold(0, |sum: usize, (_, times)| sum.saturating_add(*times as usize));
    let nothing = |condition: &Condition| condition.events.is_empty();
    if !named(&pattern.name) {
        return Some(("name", PatternFault::Name));
    }
    if !named(&pattern.tag) {
        return Some(("tag", PatternFault::Name));
    }
    if !(1..=MAX_STEPS).contains(&steps) || pattern.steps.iter().any(|(_, times)| *times == 0) {
        return Some(("steps", PatternFault::Steps(steps)));
    }
    if pattern.steps.iter().any(|(condition, _)| nothing(condition)) {
        return Some(("steps", PatternFault::NoEvents));
    }
    if pattern.absence.as_ref().is_some_and(|absence| nothing(&absence.of)) {
        return Some(("then_no", PatternFault::NoEvents));
    }
    if steps == 1 && pattern.absence.is_none() {
        return Some(("steps", PatternFault::Single));
    }
    if !(1..=MAX_OPEN).contains(&pattern.max_open) {
        return Some(("max_open", PatternFault::Open(pattern.max_open)));
    }
    let absent = pattern.absence.as_ref().and_then(|absence| span(absence.for_ms));
    let within = span(pattern.within_ms).map(|fault| ("within", fault));
    within
        .or_else(|| span(pattern.ttl_ms).map(|fault| ("ttl", fault)))
        .or_else(|| absent.map(|fault| ("for", fault)))
}

/// Hash of everything but the tag, its time to live and the bound, which change no run's meaning.
fn fingerprint(pattern: &Pattern) -> u64 {
    let mut parts: Vec<Vec<u8>> = vec![pattern.name.as_bytes().to_vec()];
    let mut put = |condition: &Condition, number: u64| {
        parts.push(condition.events.to_bytes().to_vec());
        let filter = condition.filter.as_ref().map(ToString::to_string).unwrap_or_default();
        parts.push(filter.into_bytes());
        parts.push(number.to_le_bytes().to_vec());
    };
    for (condition, times) in &pattern.steps {
        put(condition, u64::from(*times));
    }
    if let Some(absence) = &pattern.absence {
        put(&absence.of, absence.for_ms);
    }
    let same = match pattern.same {
        Same::User => 0,
        Same::Item => 1,
        Same::Category => 2,
        Same::Room => 3,
    };
    parts.push(vec![same, u8::from(pattern.absence.is_some())]);
    parts.push(pattern.within_ms.to_le_bytes().to_vec());
    let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    NodeKey([0; 16]).hash(&parts)
}
