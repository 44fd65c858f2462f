//! A plain search: all events since the last match, and every way of choosing steps among them.

use std::collections::BTreeMap;

use crate::Timestamp;
use crate::features::occurrence::Occurrence;
use crate::patterns::{Condition, Match, Pattern, PatternId, Same};

/// What happened to one pattern under one binding: which steps each event could be, and when it was.
#[derive(Default)]
struct Chronicle {
    events: Vec<(Timestamp, Vec<bool>)>,
    /// Start and end of what waits for an absence.
    waiting: Option<(Timestamp, Timestamp)>,
}

/// All patterns of one user.
pub struct Plain {
    patterns: Vec<Pattern>,
    chronicles: BTreeMap<(usize, u64), Chronicle>,
}

impl Plain {
    pub fn new(patterns: Vec<Pattern>) -> Self {
        Self { patterns, chronicles: BTreeMap::new() }
    }

    pub fn told_time(&mut self, time: Timestamp) -> Vec<Match> {
        let mut found = Vec::new();
        for ((place, binding), chronicle) in &mut self.chronicles {
            let Some(absence) = &self.patterns[*place].absence else { continue };
            if let Some((started_at, end)) = chronicle.waiting {
                let at = end.plus_millis(absence.for_ms);
                if at <= time {
                    chronicle.waiting = None;
                    let pattern = PatternId(*place as u16);
                    found.push(Match { pattern, binding: *binding, started_at, at });
                }
            }
        }
        found.sort_by_key(|it| (it.at, it.pattern, it.binding));
        found
    }

    pub fn take(&mut self, event: &Occurrence<'_>) -> Vec<Match> {
        let mut found = self.told_time(event.at);
        for (place, pattern) in self.patterns.iter().enumerate() {
            for binding in common(pattern.same, event) {
                let chronicle = self.chronicles.entry((place, binding)).or_default();
                let id = PatternId(place as u16);
                if let Some((started_at, at)) = chronicle.take(pattern, event) {
                    found.push(Match { pattern: id, binding, started_at, at });
                }
            }
        }
        found
    }
}

impl Chronicle {
    fn take(
        &mut self,
        pattern: &Pattern,
        event: &Occurrence<'_>,
    ) -> Option<(Timestamp, Timestamp)> {
        if pattern.absence.as_ref().is_some_and(|absence| absence.of.holds(event)) {
            self.waiting = None;
        }
        let conditions: Vec<&Condition> = pattern
            .steps
            .iter()
            .flat_map(|(condition, times)| vec![condition; *times as usize])
            .collect();
        self.events.push((event.at, conditions.iter().map(|it| it.holds(event)).collect()));
        let last = self.events.len() - 1;
        let start = self.latest_start(conditions.len() - 1, last)?;
        if pattern.within_ms < event.at.millis_since(start) {
            return None;
        }
        self.events.clear();
        if pattern.absence.is_none() {
            return Some((start, event.at));
        }
        self.waiting = self.waiting.or(Some((start, event.at)));
        None
    }

    /// When the steps up to `step` can have begun at the latest, where the event at `place` is that step.
    fn latest_start(&self, step: usize, place: usize) -> Option<Timestamp> {
        let (at, met) = &self.events[place];
        if !met[step] {
            return None;
        }
        if step == 0 {
            return Some(*at);
        }
        (0..place).filter_map(|before| self.latest_start(step - 1, before)).max()
    }
}

fn common(same: Same, event: &Occurrence<'_>) -> Vec<u64> {
    match same {
        Same::User => vec![0],
        Same::Item => event.item.map(|item| u64::from(item.0)).into_iter().collect(),
        Same::Category => event.categories.iter().map(|it| u64::from(it.0)).collect(),
        Same::Room => event.room_key().into_iter().collect(),
    }
}
