//! What the command line says, as the engine takes it.

use std::str::FromStr;

use clap::ValueEnum;
use engine::evaluation::{Candidates, Method};
use engine::ranking::{Repeats, Scenario};

/// Which items a list may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CandidatesArg {
    /// Those that the node retrieves, within its caps
    Default,
    /// Every known item, with neighbour lists that nothing is cut from
    Exact,
}

impl From<CandidatesArg> for Candidates {
    fn from(asked: CandidatesArg) -> Self {
        match asked {
            CandidatesArg::Default => Self::Retrieved,
            CandidatesArg::Exact => Self::All,
        }
    }
}

/// Whether what a user took may come again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RepeatsArg {
    /// As the configuration's scenario says
    Scenario,
    /// No: everything the user took is left out, as for films
    Never,
    /// Yes: only the current item is left out, as in visits to a shop
    Allow,
}

impl RepeatsArg {
    /// The scenario with this rule.
    pub fn put_into(self, scenario: &mut Scenario) {
        match self {
            Self::Scenario => {}
            Self::Never => scenario.seen.repeats = Repeats::Never,
            Self::Allow => scenario.seen.repeats = Repeats::Allowed,
        }
    }
}

/// A ranking to compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MethodArg {
    /// Decayed popularity, the same for everyone
    Popularity,
    /// Item-kNN: neighbours of the user's last items alone
    Neighbours,
    /// The factorization machine alone
    Model,
    /// The fixed blend: what a node without a model serves
    Fixed,
    /// The learned blend: what a node with a model serves
    Learned,
}

impl MethodArg {
    /// Every method.
    pub const ALL: [Self; Method::COUNT] =
        [Self::Popularity, Self::Neighbours, Self::Model, Self::Fixed, Self::Learned];
}

impl std::fmt::Display for MethodArg {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(Method::from(*self).name())
    }
}

impl From<MethodArg> for Method {
    fn from(asked: MethodArg) -> Self {
        match asked {
            MethodArg::Popularity => Self::Popularity,
            MethodArg::Neighbours => Self::Neighbours,
            MethodArg::Model => Self::Model,
            MethodArg::Fixed => Self::Fixed,
            MethodArg::Learned => Self::Learned,
        }
    }
}

/// A stretch of event time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// In milliseconds.
    pub ms: u64,
}

const UNITS: [(&str, u64); 5] =
    [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "0" {
            return Ok(Self { ms: 0 });
        }
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let unit = UNITS.iter().find(|(unit, _)| *unit == &text[digits.len()..]);
        let number = digits.parse::<u64>().ok();
        let ms = unit.and_then(|(_, ms)| number?.checked_mul(*ms));
        ms.map(|ms| Self { ms }).ok_or_else(|| {
            format!("\"{text}\" is no duration such as 200ms, 30s, 5m, 1h, 1d, or 0")
        })
    }
}

/// A share from 0 to below 1.
pub fn share(text: &str) -> Result<f64, String> {
    let share = text.parse::<f64>().ok().filter(|share| (0.0..1.0).contains(share));
    share.ok_or_else(|| format!("\"{text}\" is no share from 0 to below 1"))
}

#[cfg(test)]
mod tests;
