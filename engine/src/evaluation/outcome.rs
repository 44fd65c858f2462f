//! What a replay found.

use crate::evaluation::{Difference, Figures, Interval, Method, Reaction};

/// What one method came to.
#[derive(Clone, Debug, PartialEq)]
pub struct MethodOutcome {
    /// Which.
    pub method: Method,
    /// Its means.
    pub figures: Figures,
    /// Share of the known items that were in some list.
    pub coverage: f64,
    /// What one click does to its lists.
    pub reaction: Reaction,
    /// The reference's figures minus this method's, at the longest k; `None` for the reference itself.
    pub behind: Option<Difference>,
}

/// What a replay found.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Events taken.
    pub events: u64,
    /// Events ranked.
    pub scored: u64,
    /// Of those: events on items never chosen before, which count as misses.
    pub unknown: u64,
    /// Users with a scored event.
    pub users: usize,
    /// Items known by the end.
    pub items: usize,
    /// The method that the others are compared with.
    pub reference: Method,
    /// What the figures of rivals are to be read with.
    pub caveats: Vec<String>,
    /// By method, in the order asked for.
    pub methods: Vec<MethodOutcome>,
}

/// How the reference stands against the best of its rivals.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// The rival with the highest hit rate at the longest k.
    pub rival: Method,
    /// The reference's figures minus the rival's.
    pub ahead: Difference,
}

/// What an interval says of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// All of it is above zero.
    Better,
    /// Zero is in it.
    Tie,
    /// All of it is below zero.
    Worse,
}

impl Standing {
    /// In a word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Tie => "a tie",
            Self::Worse => "worse",
        }
    }
}

impl Interval {
    /// What it says of the difference.
    #[must_use]
    pub fn standing(&self) -> Standing {
        if 0.0 < self.low {
            Standing::Better
        } else if self.high < 0.0 {
            Standing::Worse
        } else {
            Standing::Tie
        }
    }
}

impl Outcome {
    /// The reference against its best rival; `None` where no rival was compared.
    #[must_use]
    pub fn verdict(&self) -> Option<Verdict> {
        let rivals = self.methods.iter().filter(|one| one.method.is_rival());
        let best =
            rivals.reduce(|best, one| if best.hit_rate() < one.hit_rate() { one } else { best })?;
        best.behind.map(|ahead| Verdict { rival: best.method, ahead })
    }
}

impl MethodOutcome {
    /// Share of events whose item was within the longest k.
    #[must_use]
    pub fn hit_rate(&self) -> f64 {
        self.figures.hit_rates.last().copied().unwrap_or(0.0)
    }
}
