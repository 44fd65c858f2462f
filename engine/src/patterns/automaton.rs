//! One pattern's runs for one user.
//!
//! Of a run it is kept, for each number of steps done, when it began and when it got so far, for the run that began last.
//! An event moves the furthest runs first, so that it is never two steps of one run.

use super::plan::LaidOut;
use super::{Match, Noticed, PatternId, Same};
use crate::Timestamp;
use crate::features::family::Few;
use crate::features::occurrence::Occurrence;

/// A run that has done some of the steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reached {
    /// Time of its first event.
    pub started_at: Timestamp,
    /// Time of its last event.
    pub at: Timestamp,
}

/// The runs that have one thing in common.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Run {
    /// What.
    pub binding: u64,
    /// By number of steps done, less one.
    pub levels: Vec<Option<Reached>>,
    /// One that did all steps and waits for an absence.
    pub waiting: Option<Reached>,
}

/// The newest match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Matched {
    /// Its time.
    pub at: Timestamp,
    /// What it had in common.
    pub binding: u64,
    /// Matches in all.
    pub matches: u32,
}

/// What is kept of one pattern.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Memory {
    /// The newest match.
    pub matched: Option<Matched>,
    /// The runs, in order of binding.
    pub runs: Vec<Run>,
}

impl Memory {
    /// Whether there is nothing to keep.
    pub fn is_empty(&self) -> bool {
        self.matched.is_none() && self.runs.is_empty()
    }

    /// Takes an event in.
    pub fn take(
        &mut self,
        plan: &LaidOut,
        pattern: PatternId,
        event: &Occurrence<'_>,
        noticed: &mut Noticed,
    ) {
        let bindings = bindings(plan.pattern.same, event);
        self.end_absences(plan, bindings.as_slice(), event);
        let met: Vec<bool> = plan.conditions.iter().map(|it| it.holds(event)).collect();
        if met.contains(&true) {
            for binding in bindings.as_slice() {
                let done = self.step(plan, *binding, &met, event.at, noticed);
                if let Some(done) = done {
                    self.complete(plan, pattern, *binding, done, noticed);
                }
            }
        }
        let within_ms = plan.pattern.within_ms;
        self.runs.retain_mut(|run| run.is_open(event.at, within_ms));
    }

    /// Notices the absences that are over.
    pub fn fire(
        &mut self,
        plan: &LaidOut,
        pattern: PatternId,
        time: Timestamp,
        noticed: &mut Noticed,
    ) {
        let Some(absence) = &plan.absence else { return };
        let over = |reached: &Reached| reached.at.plus_millis(absence.for_ms) <= time;
        let mut fired = Vec::new();
        for run in &mut self.runs {
            if let Some(reached) = run.waiting.take_if(|reached| over(reached)) {
                let at = reached.at.plus_millis(absence.for_ms);
                let started_at = reached.started_at;
                fired.push(Match { pattern, binding: run.binding, started_at, at });
            }
        }
        fired.sort_by_key(|it| (it.at, it.binding));
        for found in fired {
            self.note(found, noticed);
        }
        self.runs.retain_mut(|run| run.is_open(time, plan.pattern.within_ms));
    }

    /// When the next absence of this length will be over.
    pub fn next_due(&self, for_ms: u64) -> Option<Timestamp> {
        let waiting = self.runs.iter().filter_map(|run| run.waiting);
        waiting.map(|reached| reached.at.plus_millis(for_ms)).min()
    }

    /// What was awaited not to happen, happened.
    fn end_absences(&mut self, plan: &LaidOut, bindings: &[u64], event: &Occurrence<'_>) {
        let Some(absence) = &plan.absence else { return };
        if !absence.of.holds(event) {
            return;
        }
        for run in self.runs.iter_mut().filter(|run| bindings.contains(&run.binding)) {
            // One that is older than the last step did not happen behind it.
            run.waiting.take_if(|reached| reached.at <= event.at);
        }
    }

    /// Moves the runs of a binding; the one that did its last step, if any.
    fn step(
        &mut self,
        plan: &LaidOut,
        binding: u64,
        met: &[bool],
        at: Timestamp,
        noticed: &mut Noticed,
    ) -> Option<Reached> {
        let run = self.run_for(plan, binding, met[0], at)?;
        let last = met.len() - 1;
        let mut done = None;
        let mut is_late = false;
        for place in (0..=last).rev().filter(|place| met[*place]) {
            let reached = if place == 0 {
                Some(Reached { started_at: at, at })
            } else {
                let before = run.levels[place - 1];
                is_late |= before.is_some_and(|before| at < before.at);
                let fits = |before: &Reached| {
                    before.at <= at && at.millis_since(before.started_at) <= plan.pattern.within_ms
                };
                before.filter(fits).map(|before| Reached { at, ..before })
            };
            match reached {
                Some(reached) if place == last => done = Some(reached),
                Some(reached) => run.reach(place, reached),
                None => {}
            }
        }
        noticed.late += u32::from(is_late && done.is_none());
        done
    }

    fn complete(
        &mut self,
        plan: &LaidOut,
        pattern: PatternId,
        binding: u64,
        done: Reached,
        noticed: &mut Noticed,
    ) {
        let Some(run) = self.runs.iter_mut().find(|run| run.binding == binding) else { return };
        run.levels.fill(None);
        if plan.absence.is_some() {
            // One that waits already will be over sooner.
            run.waiting.get_or_insert(done);
            return;
        }
        let (started_at, at) = (done.started_at, done.at);
        self.note(Match { pattern, binding, started_at, at }, noticed);
    }

    fn note(&mut self, found: Match, noticed: &mut Noticed) {
        let (before, matches) = match self.matched {
            Some(before) => ((before.at, before.binding), before.matches),
            None => ((Timestamp::EPOCH, 0), 0),
        };
        let (at, binding) = before.max((found.at, found.binding));
        self.matched = Some(Matched { at, binding, matches: matches.saturating_add(1) });
        noticed.matches.push(found);
    }

    /// The runs of a binding, begun where there are none and the event is a first step.
    fn run_for(
        &mut self,
        plan: &LaidOut,
        binding: u64,
        begins: bool,
        at: Timestamp,
    ) -> Option<&mut Run> {
        let levels = plan.conditions.len() - 1;
        let gap = match self.runs.binary_search_by_key(&binding, |run| run.binding) {
            Ok(place) => {
                self.runs[place].levels.resize(levels, None);
                return self.runs.get_mut(place);
            }
            Err(_) if !begins => return None,
            Err(gap) => gap,
        };
        let gap = if self.runs.len() < plan.pattern.max_open as usize {
            gap
        } else {
            let within_ms = plan.pattern.within_ms;
            self.runs.retain_mut(|run| run.is_open(at, within_ms));
            if plan.pattern.max_open as usize <= self.runs.len() {
                let oldest = (0..self.runs.len()).min_by_key(|place| self.runs[*place].newest())?;
                self.runs.remove(oldest);
            }
            self.runs.binary_search_by_key(&binding, |run| run.binding).unwrap_or_else(|gap| gap)
        };
        self.runs.insert(gap, Run { binding, levels: vec![None; levels], waiting: None });
        self.runs.get_mut(gap)
    }
}

impl Run {
    /// Keeps the run that began later; of two that began together the one that got there earlier.
    fn reach(&mut self, place: usize, reached: Reached) {
        let level = &mut self.levels[place];
        let is_better =
            level.is_none_or(|held| (held.started_at, reached.at) < (reached.started_at, held.at));
        if is_better {
            *level = Some(reached);
        }
    }

    /// Lets go of what can no longer come true at `at`; whether anything is left.
    fn is_open(&mut self, at: Timestamp, within_ms: u64) -> bool {
        for level in &mut self.levels {
            level.take_if(|reached| within_ms < at.millis_since(reached.started_at));
        }
        self.waiting.is_some() || self.levels.iter().any(Option::is_some)
    }

    fn newest(&self) -> Option<Timestamp> {
        let levels = self.levels.iter().flatten().map(|reached| reached.at);
        levels.chain(self.waiting.map(|reached| reached.at)).max()
    }
}

/// What an event may have in common with others.
fn bindings(same: Same, event: &Occurrence<'_>) -> Few {
    match same {
        Same::User => Few::of([0]),
        Same::Item => Few::of(event.item.map(|item| u64::from(item.0))),
        Same::Room => Few::of(event.room_key()),
        Same::Category => {
            let mut categories: Vec<u64> =
                event.categories.iter().map(|category| u64::from(category.0)).collect();
            categories.sort_unstable();
            categories.dedup();
            Few::of(categories)
        }
    }
}
