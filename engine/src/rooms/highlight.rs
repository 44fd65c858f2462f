//! Moments: when a room's heat jumps against its own past.
//!
//! Once a second of event time the heat over the short half-life is set against the room's past: a fading mean and a fading
//! mean absolute deviation (an outlier moves either by a bounded step, as in Huber's M-estimate, so that a moment
//! does not hide the next). The deviation is never taken below that of events which come by chance at the same rate (shot
//! noise of a Poisson stream). Heat above mean plus `threshold` deviations begins a moment, at the event that brings it there;
//! it is told `settle_ms` later, once its peak shows, and again when it is over.
//!
//! **Invariant:** what comes out depends on events and their times alone: a tick in between may only tell it earlier.
//!
//! **Invariant:** constant memory, and six hundred seconds of past an event at most: in a longer silence the past stands still.

use super::config::RoomConfig;
use super::event::HEAT_KINDS;
use super::heat::Heat;
use crate::Timestamp;
use crate::features::decay::remaining;

const SECOND_MS: u64 = 1_000;
/// After so much silence a room's past stands still: sixty short half-lives by default, nothing is left of any heat.
const SILENCE_MS: u64 = 600_000;
/// How many deviations an outlier may move the past by.
const CLIP: f64 = 3.0;
/// The mean absolute deviation of a normal distribution, in standard deviations.
const MAD_OF_NORMAL: f64 = 0.797_884_560_802_865_4;

/// What is told of a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, bincode::Encode, bincode::Decode)]
pub enum Phase {
    /// It has begun and its first peak is known.
    Noticed,
    /// It is over.
    Over,
}

/// A jump in a room's heat.
#[derive(Clone, Debug, PartialEq, bincode::Encode, bincode::Decode)]
pub struct Highlight {
    /// Whether it goes on.
    pub phase: Phase,
    /// The last second at which the room was as ever: the moment starts here.
    pub start: Timestamp,
    /// The event time at which heat crossed the threshold.
    pub crossed_at: Timestamp,
    /// When heat was highest so far.
    pub peak_at: Timestamp,
    /// Heat then, in points a second over the short half-life.
    pub peak: f64,
    /// Heat then, by [`super::HeatKind`].
    pub made_of: [f64; HEAT_KINDS],
    /// Mean heat of the room's past when it began.
    pub past: f64,
    /// Mean absolute deviation of the room's past when it began.
    pub deviation: f64,
    /// Event time at which this is told.
    pub told_at: Timestamp,
}

/// The past that heat is set against, and the moment that is going on.
#[derive(Clone, Debug, Default, PartialEq, bincode::Encode, bincode::Decode)]
pub(super) struct Watch {
    mean: f64,
    deviation: f64,
    /// Seconds of past, and the last of them.
    seconds: u64,
    sampled: Timestamp,
    /// The last second at which heat was near the mean.
    calm_at: Timestamp,
    open: Option<Open>,
    quiet_until: Timestamp,
}

/// The moment that is going on.
#[derive(Clone, Debug, PartialEq, bincode::Encode, bincode::Decode)]
struct Open {
    start: Timestamp,
    crossed_at: Timestamp,
    peak_at: Timestamp,
    peak: f64,
    made_of: [f64; HEAT_KINDS],
    past: f64,
    deviation: f64,
    is_told: bool,
}

impl Watch {
    /// Takes the seconds up to `now`, before what happens at `now` is added to `heat`.
    pub(super) fn reach(
        &mut self,
        now: Timestamp,
        heat: &Heat,
        config: &RoomConfig,
        out: &mut Vec<Highlight>,
    ) {
        if self.sampled == Timestamp::EPOCH {
            self.sampled = Timestamp::from_millis(now.as_millis() / SECOND_MS * SECOND_MS);
            self.calm_at = self.sampled;
        }
        loop {
            let next = self.sampled.plus_millis(SECOND_MS);
            if now < next {
                return;
            }
            if SILENCE_MS < next.millis_since(heat.newest()) {
                break;
            }
            self.sampled = next;
            let level = heat.short(next, &config.heat);
            self.tell(next, level, config, out);
            self.sample(next, level, config);
        }
        self.sampled = Timestamp::from_millis(now.as_millis() / SECOND_MS * SECOND_MS);
        self.calm_at = self.sampled;
    }

    /// Heat was added at `now`: it may have jumped.
    pub(super) fn look(
        &mut self,
        now: Timestamp,
        heat: &Heat,
        config: &RoomConfig,
        out: &mut Vec<Highlight>,
    ) {
        let level = heat.short(now, &config.heat);
        if let Some(open) = &mut self.open {
            if open.peak < level {
                (open.peak, open.peak_at) = (level, now);
                open.made_of = heat.by_kind(0, now, &config.heat);
            }
            return self.tell(now, level, config, out);
        }
        let rules = &config.highlight;
        let bar = self.mean + rules.threshold * self.spread(config);
        let is_ready = rules.warm_up_s <= self.seconds && self.quiet_until <= now;
        if is_ready && bar < level && rules.least <= level {
            self.open = Some(Open {
                start: self.calm_at,
                crossed_at: now,
                peak_at: now,
                peak: level,
                made_of: heat.by_kind(0, now, &config.heat),
                past: self.mean,
                deviation: self.spread(config),
                is_told: false,
            });
        }
    }

    /// Tells what is due of the moment that is going on.
    fn tell(&mut self, now: Timestamp, level: f64, config: &RoomConfig, out: &mut Vec<Highlight>) {
        let rules = &config.highlight;
        let Some(open) = &mut self.open else { return };
        if !open.is_told && rules.settle_ms <= now.millis_since(open.crossed_at) {
            open.is_told = true;
            out.push(open.as_told(Phase::Noticed, now));
        }
        let is_calm = level < open.past + rules.calm * open.deviation;
        let is_long = rules.longest_ms <= now.millis_since(open.crossed_at);
        if open.is_told && (is_calm || is_long) {
            out.push(open.as_told(Phase::Over, now));
            self.open = None;
            self.quiet_until = now.plus_millis(rules.cooldown_ms);
        }
    }

    /// One more second of past.
    fn sample(&mut self, at: Timestamp, level: f64, config: &RoomConfig) {
        let spread = self.spread(config);
        if level <= self.mean + spread {
            self.calm_at = at;
        }
        self.seconds += 1;
        let fading = 1.0 - remaining(SECOND_MS, config.highlight.past_half_life_ms);
        // While the past is short it is a plain mean.
        let share = fading.max(1.0 / self.seconds as f64);
        let is_young = self.seconds <= config.highlight.warm_up_s;
        let most = if is_young { level } else { self.mean + CLIP * spread };
        let step = level.min(most) - self.mean;
        self.mean += share * step;
        self.deviation += share * (step.abs() - self.deviation);
    }

    /// The deviation of the past, at least that of events by chance: a point each, at the mean's rate. Never so little that
    /// less than the least heat would be a jump, so that a past without any heat can be left.
    fn spread(&self, config: &RoomConfig) -> f64 {
        let half_life_s = config.heat.half_lives_ms[0].max(1) as f64 / 1_000.0;
        let variance = self.mean * std::f64::consts::LN_2 / (2.0 * half_life_s);
        let by_chance = MAD_OF_NORMAL * variance.max(0.0).sqrt();
        let rules = &config.highlight;
        self.deviation.max(by_chance).max(rules.least / rules.threshold.max(1.0))
    }

    /// Whether time has something to tell.
    pub(super) fn waits(&self) -> bool {
        self.open.is_some()
    }
}

impl Open {
    fn as_told(&self, phase: Phase, told_at: Timestamp) -> Highlight {
        Highlight {
            phase,
            start: self.start,
            crossed_at: self.crossed_at,
            peak_at: self.peak_at,
            peak: self.peak,
            made_of: self.made_of,
            past: self.past,
            deviation: self.deviation,
            told_at,
        }
    }
}

#[cfg(test)]
mod tests;
