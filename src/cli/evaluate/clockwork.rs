//! What each step of a replay costs.
//!
//! Steps are measured by the wall clock, which also runs while the thread waits for a processor. So the sums are scaled
//! by the share of the whole replay for which the thread was on one, where the system tells it.

use std::time::Duration;

use engine::evaluation::{Meter, Part};

use crate::clock::{self, Stopwatch};

/// Adds up times by part.
#[derive(Debug)]
pub struct Clockwork {
    started: Stopwatch,
    on_processor: Option<Duration>,
    last: Duration,
    sums: [Duration; Part::COUNT],
    counts: [u64; Part::COUNT],
}

/// What the steps cost.
#[derive(Clone, Debug)]
pub struct Costs {
    sums: [Duration; Part::COUNT],
    counts: [u64; Part::COUNT],
    /// The whole replay by the wall clock.
    pub wall: Duration,
    /// For which share of it the thread was on a processor, 0 to 1; `None` where that is not told.
    pub on_processor: Option<f64>,
}

impl Clockwork {
    /// Starts measuring.
    pub fn start() -> Self {
        Self {
            started: Stopwatch::start(),
            on_processor: clock::thread_time(),
            last: Duration::ZERO,
            sums: [Duration::ZERO; Part::COUNT],
            counts: [0; Part::COUNT],
        }
    }

    /// What everything cost.
    pub fn costs(self) -> Costs {
        let wall = self.started.elapsed();
        let used = self.on_processor.zip(clock::thread_time());
        let used = used.map(|(before, after)| after.saturating_sub(before));
        let share = used.map(|used| (used.as_secs_f64() / wall.as_secs_f64()).min(1.0));
        // A clock that ticks coarsely says nothing of a short replay.
        let on_processor = share.filter(|share| 0.01 < *share && 1.0 < wall.as_secs_f64());
        Costs { sums: self.sums, counts: self.counts, wall, on_processor }
    }
}

impl Meter for Clockwork {
    fn lap(&mut self, part: Part) {
        let now = self.started.elapsed();
        self.sums[part.place()] += now.saturating_sub(self.last);
        self.counts[part.place()] += 1;
        self.last = now;
    }
}

impl Costs {
    /// Microseconds that `part` took each time; 0 where it never ran.
    pub fn micros(&self, part: Part) -> f64 {
        self.total(part) / self.counts[part.place()].max(1) as f64
    }

    /// Microseconds that `part` took over `events` events.
    pub fn micros_over(&self, part: Part, events: u64) -> f64 {
        self.total(part) / events.max(1) as f64
    }

    /// By which clock the costs are told.
    pub fn clock(&self) -> &'static str {
        match self.on_processor {
            Some(_) => {
                "processor time of the thread (wall time by step, times the share on a processor)"
            }
            None => "wall time",
        }
    }

    fn total(&self, part: Part) -> f64 {
        self.sums[part.place()].as_secs_f64() * 1e6 * self.on_processor.unwrap_or(1.0)
    }
}
