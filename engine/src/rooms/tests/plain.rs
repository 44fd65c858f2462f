//! The plain recount: lists that are searched from end to end, and definitions taken at their word.

use std::collections::BTreeMap;

use super::super::*;

/// Half past one on a day in 2023.
pub(super) const START_MS: u64 = 1_680_000_000_000;

/// One step of a random stream.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub(super) viewer: u64,
    pub(super) act: Act,
    pub(super) at: Timestamp,
}

/// A stay as a list holds it; `left` is when and whether on purpose.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PlainStay {
    pub(super) viewer: u64,
    pub(super) began: u64,
    pub(super) seen: u64,
    pub(super) left: Option<(u64, bool)>,
    pub(super) over: bool,
}

impl PlainStay {
    pub(super) fn end(&self) -> u64 {
        self.left.map_or(self.seen, |(at, _)| at)
    }

    pub(super) fn due(&self, config: &RoomConfig) -> u64 {
        self.left.map_or(self.seen + config.silent_ms, |(at, _)| at + config.grace_ms) + 1
    }

    pub(super) fn is_there(&self) -> bool {
        !self.over && !self.left.is_some_and(|(_, on_purpose)| on_purpose)
    }
}

/// The stays of a stream in order of time: each viewer's signs cut where the gap is too long.
pub(super) fn stays_in_order(steps: &[Step], end: u64, config: &RoomConfig) -> Vec<PlainStay> {
    let mut by_viewer: BTreeMap<u64, Vec<&Step>> = BTreeMap::new();
    for step in steps {
        by_viewer.entry(step.viewer).or_default().push(step);
    }
    let mut stays = Vec::new();
    for (viewer, signs) in by_viewer {
        let mut open: Option<PlainStay> = None;
        for sign in signs {
            let at = sign.at.as_millis();
            if open.as_ref().is_some_and(|stay| stay.due(config) <= at) {
                stays.extend(open.take());
            }
            let goes = matches!(sign.act, Act::Leave | Act::Lost);
            match (&mut open, goes) {
                (None, true) => {}
                (None, false) => {
                    open = Some(PlainStay { viewer, began: at, seen: at, left: None, over: false });
                }
                // The connection of who left goes, too.
                (Some(PlainStay { left: Some((_, true)), .. }), true) if sign.act == Act::Lost => {}
                (Some(stay), true) => stay.left = Some((at, sign.act == Act::Leave)),
                (Some(stay), false) => (stay.seen, stay.left) = (at, None),
            }
        }
        stays.extend(open);
    }
    for stay in &mut stays {
        stay.over = stay.due(config) <= end;
    }
    // Of one viewer only the last stay can be open.
    let last: BTreeMap<u64, u64> = stays.iter().map(|stay| (stay.viewer, stay.began)).collect();
    for stay in &mut stays {
        stay.over |= last[&stay.viewer] != stay.began;
    }
    stays
}

/// A stream in any order, step by step, over one list of stays.
#[derive(Default)]
pub(super) struct Recount {
    pub(super) clock: u64,
    pub(super) stays: Vec<PlainStay>,
    pub(super) late: u64,
    pub(super) stale: u64,
    pub(super) acts: [u64; HEAT_KINDS],
    /// Joins, leaves and acts by minute, as events came in time for them.
    pub(super) minutes: BTreeMap<u64, (u64, u64, u64)>,
}

impl Recount {
    pub(super) fn of(steps: &[Step], config: &RoomConfig) -> Self {
        let mut recount = Self { clock: START_MS, ..Self::default() };
        for step in steps {
            recount.step(step, config);
        }
        recount
    }

    fn reach(&mut self, now: u64, config: &RoomConfig) {
        for stay in self.stays.iter_mut().filter(|stay| !stay.over) {
            stay.over = stay.due(config) <= now;
            if stay.over {
                // By silence the end may lie in a minute that had closed; then the oldest open one takes it.
                let noticed = stay.due(config).max(self.clock);
                let counted = stay.end().max(open_from(noticed, config));
                self.minutes.entry(counted / 60_000).or_default().1 += 1;
            }
        }
        self.clock = self.clock.max(now);
    }

    fn step(&mut self, step: &Step, config: &RoomConfig) {
        let at = step.at.as_millis();
        self.reach(at.max(self.clock), config);
        let open = open_from(self.clock, config);
        self.late += u64::from(at < open);
        let goes = matches!(step.act, Act::Leave | Act::Lost);
        let known = self.stays.iter_mut().find(|stay| !stay.over && stay.viewer == step.viewer);
        match known {
            Some(stay) if goes && at < stay.end() => self.stale += 1,
            Some(PlainStay { left: Some((_, true)), .. }) if step.act == Act::Lost => {}
            Some(stay) if goes => stay.left = Some((at, step.act == Act::Leave)),
            Some(stay) if stay.left.is_some_and(|(left, _)| at < left) => self.stale += 1,
            Some(stay) => (stay.seen, stay.left) = (stay.seen.max(at), None),
            None if goes => self.stale += 1,
            None => {
                let began = at.max(open);
                let viewer = step.viewer;
                self.stays.push(PlainStay { viewer, began, seen: began, left: None, over: false });
                self.minutes.entry(began / 60_000).or_default().0 += 1;
            }
        }
        if let Some(kind) = step.act.heat() {
            self.acts[kind as usize] += 1;
            if open <= at {
                self.minutes.entry(at / 60_000).or_default().2 += 1;
            }
        }
    }
}

fn open_from(clock: u64, config: &RoomConfig) -> u64 {
    (clock - config.lateness_ms) / 60_000 * 60_000
}

/// Retention by its definition: for each minute, those known to have been there that long and those who left within it.
pub(super) fn retention(stays: &[PlainStay], clock: u64) -> Vec<f32> {
    let age = |stay: &PlainStay| clock / 60_000 - stay.began / 60_000;
    let lasted = |stay: &PlainStay| (stay.end() - stay.began) / 60_000;
    let (mut share, mut shares) = (1.0f64, Vec::new());
    for minute in 0..RETENTION_MINUTES as u64 {
        let reached = |stay: &&PlainStay| {
            minute <= if stay.over { lasted(stay) } else { age(stay) }.min(RETENTION_MINUTES as u64)
        };
        let at_risk = stays.iter().filter(reached).count();
        if at_risk == 0 {
            break;
        }
        let ended = stays.iter().filter(|stay| stay.over && lasted(stay) == minute).count();
        share *= 1.0 - ended as f64 / at_risk as f64;
        shares.push(share as f32);
    }
    shares
}
