//! The comparison in a sentence, and what other seeds make of it.
//!
//! Not here: the tables of the first seed (see `figures`).

use std::fmt::Write as _;

use engine::evaluation::{Interval, Method, MethodOutcome, Outcome, Standing};
use serde_json::{Map, Value, json};

use super::figures::Figures;

/// Mean and standard deviation over seeds.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Spread {
    mean: f64,
    deviation: f64,
}

impl Spread {
    fn of(values: &[f64]) -> Self {
        let count = values.len().max(1) as f64;
        let mean = values.iter().sum::<f64>() / count;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        Self { mean, deviation: (squares / (count - 1.0).max(1.0)).sqrt() }
    }

    fn words(self) -> String {
        format!("{:.4} ± {:.4}", self.mean, self.deviation)
    }

    fn json(self) -> Value {
        json!({ "mean": self.mean, "deviation": self.deviation })
    }
}

/// An interval as a table shows it.
pub fn interval(by: &Interval) -> String {
    format!("{:+.4} [{:+.4}, {:+.4}]", by.difference, by.low, by.high)
}

impl Figures {
    /// How the reference stands against its best rival, in sentences; empty where no rival was compared.
    #[must_use]
    pub fn verdict(&self) -> String {
        let Some(verdict) = self.outcome.verdict() else { return String::new() };
        let (rival, k) = (verdict.rival.words(), self.protocol.length());
        let reference = self.outcome.reference.words();
        let (hits, gain) = (verdict.ahead.hit_rate, verdict.ahead.ndcg);
        let mut text = format!(
            "Best rival by HR@{k}: {rival}. Against it the {reference} is {}: HR@{k} {}; NDCG@{k} {}",
            hits.standing().word(),
            interval(&hits),
            interval(&gain),
        );
        if gain.standing() != hits.standing() {
            let _ = write!(text, " ({})", gain.standing().word());
        }
        text.push('.');
        if !self.again.is_empty() {
            text.push(' ');
            text.push_str(&self.verdicts_of_seeds());
        }
        for caveat in &self.outcome.caveats {
            let _ = write!(text, " {caveat}.");
        }
        text
    }

    fn verdicts_of_seeds(&self) -> String {
        let standings: Vec<Standing> = self
            .outcomes()
            .filter_map(|(_, outcome)| outcome.verdict())
            .map(|verdict| verdict.ahead.hit_rate.standing())
            .collect();
        let count = |wanted| standings.iter().filter(|standing| **standing == wanted).count();
        format!(
            "Over {} seeds: better {}, a tie {}, worse {}.",
            standings.len(),
            count(Standing::Better),
            count(Standing::Tie),
            count(Standing::Worse)
        )
    }

    /// The verdict as JSON; null where no rival was compared.
    #[must_use]
    pub fn verdict_json(&self) -> Value {
        self.outcome.verdict().map_or(Value::Null, |verdict| {
            json!({
                "best_rival": verdict.rival.name(),
                "hit_rate": interval_json(&verdict.ahead.hit_rate),
                "ndcg": interval_json(&verdict.ahead.ndcg),
                "standing": verdict.ahead.hit_rate.standing().word(),
            })
        })
    }

    /// Heading of the table of seeds.
    #[must_use]
    pub fn seeds_heading(&self) -> Vec<String> {
        let k = self.protocol.length();
        vec![String::new(), format!("HR@{k}"), format!("NDCG@{k}"), "MRR".to_owned()]
    }

    /// Mean and deviation of each method over the seeds; empty where there was one.
    #[must_use]
    pub fn seeds_rows(&self) -> Vec<Vec<String>> {
        if self.again.is_empty() {
            return Vec::new();
        }
        let methods = self.outcome.methods.iter();
        let row = |(place, one): (usize, &MethodOutcome)| {
            let spreads = self.spreads(place).map(Spread::words);
            std::iter::once(one.method.words().to_owned()).chain(spreads).collect()
        };
        methods.enumerate().map(row).collect()
    }

    /// The same as JSON; null where there was one seed.
    #[must_use]
    pub fn seeds_json(&self) -> Value {
        if self.again.is_empty() {
            return Value::Null;
        }
        let methods = self.outcome.methods.iter().enumerate();
        let of = |(place, one): (usize, &MethodOutcome)| {
            let [hit_rate, ndcg, mrr] = self.spreads(place).map(Spread::json);
            let name = Method::name(one.method).to_owned();
            (name, json!({ "hit_rate": hit_rate, "ndcg": ndcg, "mrr": mrr }))
        };
        let seeds: Vec<u64> = self.outcomes().map(|(seed, _)| seed).collect();
        json!({ "seeds": seeds, "methods": methods.map(of).collect::<Map<_, _>>() })
    }

    fn spreads(&self, place: usize) -> [Spread; 3] {
        let figures = |figure: fn(&MethodOutcome) -> f64| {
            let values: Vec<f64> =
                self.outcomes().map(|(_, outcome)| figure(&outcome.methods[place])).collect();
            Spread::of(&values)
        };
        [
            figures(MethodOutcome::hit_rate),
            figures(|one| one.figures.ndcg),
            figures(|one| one.figures.mrr),
        ]
    }

    fn outcomes(&self) -> impl Iterator<Item = (u64, &Outcome)> {
        let again = self.again.iter().map(|(seed, outcome)| (*seed, outcome));
        std::iter::once((self.seed, &self.outcome)).chain(again)
    }
}

/// An interval as JSON.
pub fn interval_json(by: &Interval) -> Value {
    json!({ "difference": by.difference, "low": by.low, "high": by.high })
}
