//! What the command line says, as the engine takes it.

use std::str::FromStr;

use clap::ValueEnum;
use clap::builder::PossibleValue;
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

/// Rankings to compare: one, or several by one name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MethodArg {
    /// One.
    One(Method),
    /// Those that take no longer than the node itself.
    Quick,
    /// Every one.
    All,
}

/// All that can be asked for.
const METHOD_ARGS: [MethodArg; Method::COUNT + 2] = {
    let mut args = [MethodArg::All; Method::COUNT + 2];
    args[0] = MethodArg::Quick;
    let mut place = 0;
    while place < Method::COUNT {
        args[2 + place] = MethodArg::One(Method::ALL[place]);
        place += 1;
    }
    args
};

/// Rankings that are left out of the quick ones: batch models that are rebuilt every day, and the weakest.
const SLOW: [Method; 8] = [
    Method::AllTime,
    Method::Isgd,
    Method::DailyKnn,
    Method::DailyKnnLive,
    Method::DailyEase,
    Method::DailyEaseLive,
    Method::DailyAls,
    Method::DailyAlsLive,
];

impl MethodArg {
    /// Whether `method` is asked for.
    #[must_use]
    pub fn names(self, method: Method) -> bool {
        match self {
            Self::One(one) => one == method,
            Self::Quick => !SLOW.contains(&method),
            Self::All => true,
        }
    }
}

impl ValueEnum for MethodArg {
    fn value_variants<'a>() -> &'a [Self] {
        &METHOD_ARGS
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(match self {
            Self::Quick => PossibleValue::new("quick")
                .help("Those that take no longer than the node: no batch models"),
            Self::All => PossibleValue::new("all").help("Every one; batch models take minutes"),
            Self::One(method) => PossibleValue::new(method.name()).help(about(*method)),
        })
    }
}

/// What a method is, for the help.
fn about(method: Method) -> &'static str {
    match method {
        Method::AllTime => "Popularity of all time: how often each item was chosen",
        Method::Popularity => "Decayed popularity, the same for everyone",
        Method::ItemKnn => "Item-kNN: what others chose with the user's last items; lists uncut",
        Method::VmisKnn => "VMIS-kNN (Serenade): what users chose whose last choices are alike",
        Method::KnnPopularity => "Item-kNN and popularity, weights learned: the honest baseline",
        Method::Isgd => "ISGD: factorization by single steps, no negatives",
        Method::IsgdRecency => "ISGD with negatives that were chosen longest ago",
        Method::Bpr => "BPR online: pairwise factorization, negatives from the recent past",
        Method::DailyKnn => "Item-kNN of the last rebuilding, users as they were then",
        Method::DailyKnnLive => "Item-kNN of the last rebuilding, users as they are now",
        Method::DailyEase => "EASE of the last rebuilding, users as they were then",
        Method::DailyEaseLive => "EASE of the last rebuilding, users as they are now",
        Method::DailyAls => "Implicit ALS of the last rebuilding, users as they were then",
        Method::DailyAlsLive => "Implicit ALS of the last rebuilding, users as they are now",
        Method::Neighbours => "The node's own neighbours of the user's last items alone",
        Method::Model => "The node's factorization machine alone",
        Method::Fixed => "The node's fixed blend: what a node without a model serves",
        Method::Learned => "The node's learned blend: what a node with a model serves",
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

/// A duration that is not 0.
pub fn period(text: &str) -> Result<Span, String> {
    let span = text.parse::<Span>()?;
    if span.ms == 0 { Err("a period of no length".to_owned()) } else { Ok(span) }
}

/// A share from 0 to below 1.
pub fn share(text: &str) -> Result<f64, String> {
    let share = text.parse::<f64>().ok().filter(|share| (0.0..1.0).contains(share));
    share.ok_or_else(|| format!("\"{text}\" is no share from 0 to below 1"))
}

#[cfg(test)]
mod tests;
