//! The node against itself with some sources switched off, on the same events.
//!
//! Not here: what a source is worth to one item (see `explain`).

use engine::evaluation::{Contrast, Interval};
use engine::retrieval::{Source, SourceSet};
use serde_json::{Value, json};

use super::summary::{interval, interval_json};

/// A source of that name.
///
/// # Errors
/// All names there are, where it is none of them.
pub fn source(name: &str) -> Result<Source, String> {
    let found = Source::ALL.into_iter().find(|source| source.name() == name);
    found.ok_or_else(|| {
        let names = Source::ALL.map(Source::name);
        format!("no source is called so; there are {}", names.join(", "))
    })
}

/// `all` without `sources`.
#[must_use]
pub fn less(all: SourceSet, sources: &[Source]) -> SourceSet {
    sources.iter().fold(all, |all, source| all.without(*source))
}

/// The node minus itself without some sources.
#[derive(Clone, Debug)]
pub struct Without {
    /// Which.
    pub sources: Vec<Source>,
    /// Hit rate and NDCG at the longest k without them.
    pub figures: [f64; 2],
    /// The differences.
    pub contrast: Contrast,
}

impl Without {
    /// In sentences; `k` is the longest.
    #[must_use]
    pub fn words(&self, k: usize) -> String {
        let Contrast { all, early, early_events, early_hit_rates: [with, without] } = self.contrast;
        let [hits, gain] = self.figures;
        let difference = |by: &Interval| format!("{} ({})", interval(by), by.standing().word());
        format!(
            "Without {}: HR@{k} {hits:.4}, NDCG@{k} {gain:.4}. With it: HR@{k} {}; NDCG@{k} {}.\n\
             Of each item's first three choices ({early_events}): HR@{k} {with:.4} with it, {without:.4} without: {}; NDCG@{k} {}.",
            self.names().join(", "),
            difference(&all.hit_rate),
            difference(&all.ndcg),
            difference(&early.hit_rate),
            difference(&early.ndcg),
        )
    }

    /// As JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        let Contrast { all, early, early_events, early_hit_rates } = self.contrast;
        let both = |by: &engine::evaluation::Difference| json!({ "hit_rate": interval_json(&by.hit_rate), "ndcg": interval_json(&by.ndcg) });
        json!({
            "sources": self.names(),
            "hit_rate": self.figures[0],
            "ndcg": self.figures[1],
            "ahead_by": both(&all),
            "first_choices": {
                "events": early_events,
                "hit_rate": early_hit_rates[0],
                "hit_rate_without": early_hit_rates[1],
                "ahead_by": both(&early),
            },
        })
    }

    fn names(&self) -> Vec<&'static str> {
        self.sources.iter().map(|source| source.name()).collect()
    }
}
