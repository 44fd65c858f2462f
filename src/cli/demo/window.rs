//! Figures over the last seconds: counts and latencies, in bounded memory.
//!
//! **Invariant:** a sum holds the seconds of its window and nothing older, whatever came in between.

use std::collections::VecDeque;
use std::time::Duration;

/// A figure that can be added up.
pub trait Figure: Default {
    /// Adds another stretch to this one.
    fn add(&mut self, other: &Self);
}

/// A figure second by second over a window.
#[derive(Clone, Debug)]
pub struct Sliding<F> {
    seconds: u64,
    slots: VecDeque<(u64, F)>,
    whole: F,
}

impl<F: Figure> Sliding<F> {
    /// An empty window of so many seconds.
    #[must_use]
    pub fn new(seconds: u64) -> Self {
        Self { seconds: seconds.max(1), slots: VecDeque::new(), whole: F::default() }
    }

    /// Adds what happened at a time; times may only grow.
    pub fn record(&mut self, at: Duration, figure: &F) {
        self.whole.add(figure);
        let second = at.as_secs();
        if self.slots.back().is_none_or(|(newest, _)| *newest < second) {
            self.slots.push_back((second, F::default()));
        }
        if let Some((_, slot)) = self.slots.back_mut() {
            slot.add(figure);
        }
        while self.slots.front().is_some_and(|(oldest, _)| oldest + self.seconds < second) {
            self.slots.pop_front();
        }
    }

    /// The figure of the window that ends at a time: its last whole seconds and the one that runs.
    #[must_use]
    pub fn sum(&self, at: Duration) -> F {
        let mut sum = F::default();
        let begin = at.as_secs().saturating_sub(self.seconds);
        self.slots
            .iter()
            .filter(|(second, _)| begin <= *second)
            .for_each(|(_, slot)| sum.add(slot));
        sum
    }

    /// The seconds that [`Self::sum`] covers at a time.
    #[must_use]
    pub fn covered(&self, at: Duration) -> f64 {
        at.as_secs_f64() - at.as_secs().saturating_sub(self.seconds) as f64
    }

    /// The figure of everything so far.
    #[must_use]
    pub fn whole(&self) -> &F {
        &self.whole
    }
}

/// How many of something.
impl Figure for u64 {
    fn add(&mut self, other: &Self) {
        *self += other;
    }
}

/// Items shown and items clicked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clicks {
    /// Items shown.
    pub shown: u64,
    /// Of those, clicked.
    pub clicked: u64,
}

impl Clicks {
    /// Clicked of shown; `None` where nothing was shown.
    #[must_use]
    pub fn rate(&self) -> Option<f64> {
        (0 < self.shown).then(|| self.clicked as f64 / self.shown as f64)
    }
}

impl Figure for Clicks {
    fn add(&mut self, other: &Self) {
        self.shown += other.shown;
        self.clicked += other.clicked;
    }
}

/// Latencies, each kept to within 4 per cent.
#[derive(Clone, Debug, Default)]
pub struct Latencies {
    /// Bucket `n` holds what took up to `STEP` to the power of `n` microseconds.
    buckets: Vec<u32>,
}

const STEP: f64 = 1.04;

impl Latencies {
    /// One latency.
    #[must_use]
    pub fn of(took: Duration) -> Self {
        let micros = (took.as_secs_f64() * 1e6).max(1.0);
        let mut buckets = vec![0; (micros.ln() / STEP.ln()).ceil() as usize + 1];
        if let Some(last) = buckets.last_mut() {
            *last = 1;
        }
        Self { buckets }
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.buckets.iter().map(|held| u64::from(*held)).sum()
    }

    /// The time within which this share of them were done; `None` where there are none.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Option<Duration> {
        let wanted = ((self.count() as f64 * share).ceil() as u64).max(1);
        let mut seen = 0;
        for (bucket, held) in self.buckets.iter().enumerate() {
            seen += u64::from(*held);
            if wanted <= seen {
                return Some(Duration::from_secs_f64(STEP.powf(bucket as f64) / 1e6));
            }
        }
        None
    }
}

impl Figure for Latencies {
    fn add(&mut self, other: &Self) {
        if self.buckets.len() < other.buckets.len() {
            self.buckets.resize(other.buckets.len(), 0);
        }
        for (mine, theirs) in self.buckets.iter_mut().zip(&other.buckets) {
            *mine = mine.saturating_add(*theirs);
        }
    }
}

#[cfg(test)]
mod tests;
