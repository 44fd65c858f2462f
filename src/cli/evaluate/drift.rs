//! `freshet evaluate --drift`: items change places half way through the stream, and what is noticed of it.
//!
//! Each share is tried with and without forgetting, each time from the start; share 0 is the stream as it is, whose alarms
//! are all false.
//!
//! Not here: the change itself (see `engine::evaluation::drift`).

use config::Config;
use engine::evaluation::{
    DriftOutcome, DriftPlan, DriftTrial, Method, NoMeter, OnDrift, Prequential, Stand,
};
use serde_json::{Value, json};

use super::{Evaluate, Prepared};
use crate::cli::failure::Failure;
use crate::cli::global::Global;
use crate::cli::import::Progress;
use crate::cli::output::{Printer, count};

/// What comes of an alarm, in the order of the table.
const WAYS: [(&str, OnDrift); 2] = [("no", OnDrift::GoOn), ("yes", OnDrift::Forget)];

/// One run.
struct Run {
    share: f64,
    forgets: &'static str,
    seed: u64,
    outcome: DriftOutcome,
}

impl Evaluate {
    /// Tries every share and prints what was found.
    pub(super) fn judge_drift(&self, config: &Config, global: &Global) -> Result<(), Failure> {
        let mut runs = Vec::new();
        for turn in 0..self.seeds {
            for share in &self.drift {
                for way in WAYS {
                    let seed = self.seed.wrapping_add(turn);
                    runs.push(self.drift_run((*share, way, seed), config, global)?);
                }
            }
        }
        let value =
            json!({ "k": self.longest(), "runs": runs.iter().map(Run::json).collect::<Vec<_>>() });
        Printer::new(global).result(&value, |printer| self.drift_table(printer, &runs));
        Ok(())
    }

    fn drift_run(
        &self,
        (share, (forgets, on_drift), seed): (f64, (&'static str, OnDrift), u64),
        config: &Config,
        global: &Global,
    ) -> Result<Run, Failure> {
        let Prepared { mut tape, events, mut protocol, mut stand, .. } =
            self.prepare(config, global, seed)?;
        let at = events / 2;
        (protocol.unscored, protocol.most_scored, protocol.probe_every) = (at, events / 10, 0);
        (protocol.methods, protocol.reference) = (vec![Method::Learned], Method::Learned);
        stand.on_drift = on_drift;
        let progress = Progress::new(global);
        progress.begin("events", 0, events);
        let replay = Prequential::new(protocol, Stand::new(stand), NoMeter);
        let mut trial = DriftTrial::new(replay, DriftPlan { share, at, seed });
        tape.play(events, &mut |record| trial.take(record), &progress)?;
        progress.end();
        let outcome = trial.finish().ok_or_else(|| Failure::Other(self.nothing_scored(&tape)))?;
        Ok(Run { share, forgets, seed, outcome })
    }

    fn longest(&self) -> u16 {
        self.k.iter().copied().max().unwrap_or(0)
    }

    fn drift_table(&self, printer: &Printer, runs: &[Run]) -> String {
        let (hits, ndcg) = (format!("HR@{}", self.longest()), format!("NDCG@{}", self.longest()));
        let heading = [
            "moved",
            "items",
            "forgets",
            "seed",
            "alarms before",
            "of choices",
            "noticed after",
            "alarms behind",
            "of choices",
            &hits,
            &ndcg,
        ];
        let rows: Vec<_> = runs.iter().map(Run::row).collect();
        [
            "Half way a share of the items change places; lists are judged for the tenth of the events behind."
                .to_owned(),
            printer.table(&heading, &rows),
            "Alarms before, and all where nothing moved, are false. \"Noticed after\" counts choices.".to_owned(),
        ]
        .join("\n\n")
    }
}

impl Run {
    fn row(&self) -> Vec<String> {
        let DriftOutcome { choices, alarms, delay, moved, figures, .. } = &self.outcome;
        let hits = figures.hit_rates.last().copied().unwrap_or(0.0);
        let behind = choices[1] - choices[0];
        vec![
            format!("{} %", self.share * 100.0),
            count(*moved as u64),
            self.forgets.to_owned(),
            self.seed.to_string(),
            alarms[0].to_string(),
            count(choices[0]),
            delay.map_or_else(|| "never".to_owned(), count),
            alarms[1].to_string(),
            count(behind),
            format!("{hits:.4}"),
            format!("{:.4}", figures.ndcg),
        ]
    }

    fn json(&self) -> Value {
        let DriftOutcome { choices, alarms, delay, moved, scored, figures } = &self.outcome;
        json!({
            "share": self.share,
            "items_moved": moved,
            "forgets": self.forgets == "yes",
            "seed": self.seed,
            "choices_before": choices[0],
            "choices": choices[1],
            "alarms_before": alarms[0],
            "alarms_behind": alarms[1],
            "noticed_after": delay,
            "scored": scored,
            "hit_rate": figures.hit_rates.last(),
            "ndcg": figures.ndcg,
            "mrr": figures.mrr,
        })
    }
}
