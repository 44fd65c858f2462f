//! What a reader says of a round.

use anyhow::{Context, Result};

/// How long messages took, in microseconds.
pub struct Took {
    /// The 99th percentile over all sockets.
    pub p99_us: f64,
    /// From when the first was made until every socket had the last.
    pub all_us: f64,
}

impl Took {
    /// Reads a reader's line.
    pub fn parse(line: &str) -> Result<Self> {
        let figures: Result<Vec<f64>, _> = line.split(' ').map(str::parse).collect();
        let figures = figures.with_context(|| line.to_owned())?;
        let [_, p99_us, _, all_us, _] = figures[..] else { anyhow::bail!("{line}") };
        Ok(Self { p99_us, all_us })
    }
}

/// The middle one.
pub fn median(all: &mut [f64]) -> f64 {
    all.sort_unstable_by(f64::total_cmp);
    all[all.len() / 2]
}
