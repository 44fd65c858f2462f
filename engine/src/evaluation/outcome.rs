//! What a replay found.

use crate::evaluation::bootstrap::{UserSums, difference};
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
    /// Events and hits by user, in the order in which users were first ranked for.
    pub users: Vec<UserSums>,
    /// The same of each item's first three choices alone.
    pub early: Vec<UserSums>,
}

/// One replay against another of the same events.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contrast {
    /// Over all scored events.
    pub all: Difference,
    /// Over each item's first three choices.
    pub early: Difference,
    /// How many those are, and the share of them whose item was in the list: here, there.
    pub early_events: u64,
    /// Hit rates on them.
    pub early_hit_rates: [f64; 2],
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
    /// This one minus `other`, made of the same events.
    #[must_use]
    pub fn contrast(&self, other: &Self, seed: u64) -> Contrast {
        let events =
            |sums: &[UserSums]| sums.iter().map(|user| u64::from(user.events)).sum::<u64>();
        let hits = |sums: &[UserSums]| sums.iter().map(|user| f64::from(user.hits)).sum::<f64>();
        let rate = |sums: &[UserSums]| hits(sums) / events(sums).max(1) as f64;
        Contrast {
            all: difference(&self.users, &other.users, seed),
            early: difference(&self.early, &other.early, seed),
            early_events: events(&self.early),
            early_hit_rates: [rate(&self.early), rate(&other.early)],
        }
    }

    /// Share of events whose item was within the longest k.
    #[must_use]
    pub fn hit_rate(&self) -> f64 {
        self.figures.hit_rates.last().copied().unwrap_or(0.0)
    }
}
