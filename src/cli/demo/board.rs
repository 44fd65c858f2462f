//! What is measured: click-through of each arm, events, latencies, and what did not go as promised.
//!
//! Everything is as a visitor sees it, over HTTP; nothing comes from the node's own metrics.
//!
//! **Invariant:** all arms are counted by the same rule: items clicked of items shown.
//!
//! Not here: how it is drawn (see `panel`).

use std::time::Duration;

use super::script::Phase;
use super::visitor::Arm;
use super::window::{Clicks, Figure as _, Latencies, Sliding};

const ARMS: usize = Arm::ALL.len();

/// Points that a sparkline may show.
pub const POINTS: usize = 48;

/// The figures of one run.
#[derive(Clone, Debug)]
pub struct Board {
    arms: [Sliding<Clicks>; ARMS],
    phases: [[Clicks; ARMS]; Phase::ALL.len()],
    history: [Vec<Option<f64>>; ARMS],
    events: Sliding<u64>,
    recommend: Sliding<Latencies>,
    effect: Sliding<Latencies>,
    /// What went otherwise than promised.
    pub breaches: Breaches,
}

/// What went otherwise than promised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Breaches {
    /// Lists that did not reflect the click acknowledged before them.
    pub unreflected: u64,
    /// Lists that the node itself called stale.
    pub stale: u64,
    /// Requests that were refused.
    pub refused: u64,
}

/// A page that a visitor has looked at.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// When.
    pub at: Duration,
    /// In which stretch of the script.
    pub phase: Phase,
    /// Whose list it was.
    pub arm: Arm,
    /// What was shown and clicked.
    pub clicks: Clicks,
    /// Events that the node took for it.
    pub events: u64,
}

impl Board {
    /// An empty board whose sliding figures cover so many seconds.
    #[must_use]
    pub fn new(window_s: u64) -> Self {
        Self {
            arms: std::array::from_fn(|_| Sliding::new(window_s)),
            phases: Default::default(),
            history: Default::default(),
            events: Sliding::new(window_s),
            recommend: Sliding::new(window_s),
            effect: Sliding::new(window_s),
            breaches: Breaches::default(),
        }
    }

    /// A page was looked at.
    pub fn page(&mut self, page: &Page) {
        let arm = page.arm.place();
        self.arms[arm].record(page.at, &page.clicks);
        self.phases[page.phase.place()][arm].add(&page.clicks);
        self.events.record(page.at, &page.events);
    }

    /// A list of recommendations was read.
    pub fn recommended(&mut self, at: Duration, took: Duration) {
        self.recommend.record(at, &Latencies::of(took));
    }

    /// A click was sent, acknowledged, and the list behind it read.
    pub fn took_effect(&mut self, at: Duration, took: Duration) {
        self.effect.record(at, &Latencies::of(took));
    }

    /// Adds a point to the sparklines; called once a second.
    pub fn sample(&mut self, at: Duration) {
        for (history, arm) in self.history.iter_mut().zip(&self.arms) {
            history.push(arm.sum(at).rate());
            let old = history.len().saturating_sub(POINTS);
            history.drain(..old);
        }
    }

    /// Events a second, over the window.
    #[must_use]
    pub fn events_per_second(&self, at: Duration) -> f64 {
        self.events.sum(at) as f64 / self.events.covered(at).max(0.1)
    }

    /// Events so far.
    #[must_use]
    pub fn events(&self) -> u64 {
        *self.events.whole()
    }

    /// Latencies of recommendations over the window, and of the whole run.
    #[must_use]
    pub fn recommend(&self, at: Duration) -> (Latencies, &Latencies) {
        (self.recommend.sum(at), self.recommend.whole())
    }

    /// Latencies from a click to its effect over the window, and of the whole run.
    #[must_use]
    pub fn effect(&self, at: Duration) -> (Latencies, &Latencies) {
        (self.effect.sum(at), self.effect.whole())
    }

    /// Clicks of an arm over the window.
    #[must_use]
    pub fn now(&self, arm: Arm, at: Duration) -> Clicks {
        self.arms[arm.place()].sum(at)
    }

    /// Clicks of an arm over the whole run.
    #[must_use]
    pub fn whole(&self, arm: Arm) -> Clicks {
        *self.arms[arm.place()].whole()
    }

    /// Standard error of the difference between the click-through of two arms over the whole run.
    #[must_use]
    pub fn error_of_difference(&self, arms: [Arm; 2]) -> f64 {
        let variance = |arm| {
            let clicks = self.whole(arm);
            clicks.rate().map_or(0.0, |rate| rate * (1.0 - rate) / clicks.shown as f64)
        };
        arms.map(variance).iter().sum::<f64>().sqrt()
    }

    /// Clicks of an arm in a phase.
    #[must_use]
    pub fn in_phase(&self, arm: Arm, phase: Phase) -> Clicks {
        self.phases[phase.place()][arm.place()]
    }

    /// Click-through of an arm, second by second.
    #[must_use]
    pub fn history(&self, arm: Arm) -> &[Option<f64>] {
        &self.history[arm.place()]
    }

    /// The highest click-through that any arm's history holds.
    #[must_use]
    pub fn peak(&self) -> f64 {
        self.history.iter().flatten().flatten().copied().fold(0.0, f64::max)
    }
}

#[cfg(test)]
mod tests;
