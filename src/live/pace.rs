//! How fast commands may come: so many a second, so many at once.
//!
//! **Invariant:** whoever keeps to the pace is never refused; whoever goes on with twice as many refusals as commands are
//! allowed at once, without a pause in which they could have been made up for, is given up.

/// How fast commands may come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    per_s: u32,
    at_once: u32,
    /// Commands that may come now, in thousandths.
    left: u64,
    refused: u32,
    at_ms: u64,
}

/// What becomes of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(super) enum Paced {
    /// It may come.
    Kept,
    /// Too soon.
    TooFast,
    /// Too soon, like too many before it.
    Regardless,
}

impl Pace {
    /// `per_s` commands a second, `at_once` at once.
    pub(super) fn new(per_s: u32, at_once: u32, now_ms: u64) -> Self {
        Self { per_s, at_once, left: u64::from(at_once) * 1_000, refused: 0, at_ms: now_ms }
    }

    /// One more command at `now_ms`.
    pub(super) fn step(&mut self, now_ms: u64) -> Paced {
        let passed = now_ms.saturating_sub(self.at_ms);
        self.at_ms = now_ms;
        let full = u64::from(self.at_once) * 1_000;
        self.left =
            full.min(self.left.saturating_add(passed.saturating_mul(u64::from(self.per_s))));
        if self.left == full {
            self.refused = 0;
        }
        if 1_000 <= self.left {
            self.left -= 1_000;
            return Paced::Kept;
        }
        self.refused = self.refused.saturating_add(1);
        if 2 * self.at_once < self.refused { Paced::Regardless } else { Paced::TooFast }
    }
}

#[cfg(test)]
mod tests;
