//! What was found, as JSON and as rows for terminal and report.
//!
//! Not here: how rows are laid out (see `table` and `report`).

use engine::evaluation::rivals::model_of;
use engine::evaluation::{Candidates, Difference, Method, MethodOutcome, Outcome, Part, Protocol};
use engine::ranking::Repeats;
use serde_json::{Map, Value, json};

use super::clockwork::Costs;
use super::quoted::Quoted;
use super::setup::candidates_name;
use super::summary::{interval, interval_json};
use super::without::Without;
use crate::cli::tape::Told;
use crate::import::moment::readable;

/// What was found and how.
#[derive(Debug)]
pub struct Figures {
    /// What the replay found.
    pub outcome: Outcome,
    /// What its steps cost.
    pub costs: Costs,
    /// How it was judged.
    pub protocol: Protocol,
    /// Where the events came from.
    pub told: Told,
    /// Seed of all that was drawn.
    pub seed: u64,
    /// What other seeds came to.
    pub again: Vec<(u64, Outcome)>,
    /// The same without some sources, where that was asked for.
    pub without: Option<Without>,
}

/// Steps of learning, as they are named in reports.
const STEPS: [(&str, Part); 4] = [
    ("user state, applied and read", Part::State),
    ("item activity", Part::Activity),
    ("neighbours asked for the learner", Part::Strengths),
    ("learner", Part::Learning),
];

impl Figures {
    /// Everything as JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        let Outcome { events, scored, unknown, users, items, .. } = self.outcome;
        let methods: Vec<Value> = self.outcome.methods.iter().map(|one| self.method(one)).collect();
        json!({
            "data": {
                "sources": self.told.sources,
                "events": events,
                "scored": scored,
                "unknown_items": unknown,
                "users_scored": users,
                "items": items,
                "earliest": self.told.earliest_ms.map(readable),
                "latest": self.told.latest_ms.map(readable),
                "refused": self.told.refused,
                "first_refused": self.told.first_refused,
            },
            "protocol": {
                "candidates": candidates_name(self.protocol.candidates),
                "repeats": self.repeats(),
                "k": self.protocol.lengths,
                "unscored": self.protocol.unscored,
                "publish_interval_ms": self.protocol.publish_every_ms,
                "scenario": self.protocol.scenario.name,
                "rebuild_interval_ms": self.protocol.rebuild_every_ms,
                "seed": self.seed,
                "reference": self.outcome.reference.name(),
            },
            "verdict": self.verdict_json(),
            "caveats": self.outcome.caveats,
            "methods": methods,
            "quoted": Quoted::beside(self).map(|quoted| quoted.json()),
            "over_seeds": self.seeds_json(),
            "without": self.without.as_ref().map(Without::json),
            "cost_us": self.cost_json(),
        })
    }

    fn method(&self, one: &MethodOutcome) -> Value {
        let ks = self.protocol.lengths.iter();
        let hits = ks.zip(&one.figures.hit_rates).map(|(k, rate)| (k.to_string(), json!(rate)));
        let reaction = &one.reaction;
        let categories = (0 < reaction.in_categories).then(|| {
            json!({
                "probes": reaction.in_categories,
                "before": reaction.same_before,
                "after": reaction.same_after,
            })
        });
        json!({
            "method": one.method.name(),
            "hit_rate": hits.collect::<Map<_, _>>(),
            "ndcg": one.figures.ndcg,
            "mrr": one.figures.mrr,
            "coverage": one.coverage,
            "reference_ahead_by": one.behind.map(|Difference { hit_rate, ndcg }| {
                json!({ "hit_rate": interval_json(&hit_rate), "ndcg": interval_json(&ndcg) })
            }),
            "learn_us": self.learn_micros(one.method),
            "list_us": self.list_micros(one.method),
            "one_click": {
                "probes": reaction.probes,
                "replaced": reaction.replaced,
                "null": reaction.null,
                "same_category": categories,
            },
        })
    }

    fn cost_json(&self) -> Value {
        let steps =
            STEPS.map(|(name, part)| (name.replace(' ', "_"), json!(self.over_events(part))));
        let mut costs: Map<String, Value> = steps.into_iter().collect();
        costs.insert("publication".to_owned(), json!(self.costs.micros(Part::Publishing)));
        costs.insert("clock".to_owned(), json!(self.costs.clock()));
        costs.insert("on_processor".to_owned(), json!(self.costs.on_processor));
        costs.insert("wall_seconds".to_owned(), json!(self.costs.wall.as_secs_f64()));
        Value::Object(costs)
    }

    /// Heading of the table of methods.
    #[must_use]
    pub fn heading(&self) -> Vec<String> {
        let longest = self.protocol.length();
        let mut heading = vec![String::new()];
        heading.extend(self.protocol.lengths.iter().map(|k| format!("HR@{k}")));
        heading.push(format!("NDCG@{longest}"));
        heading.push(match self.protocol.candidates {
            Candidates::All => "MRR".to_owned(),
            Candidates::Retrieved => format!("MRR@{longest}"),
        });
        heading.push("coverage".to_owned());
        heading.push("µs to learn".to_owned());
        heading.push("µs a list".to_owned());
        let reference = self.outcome.reference.words();
        heading.push(format!("{reference} ahead in HR@{longest}"));
        heading.push(format!("in NDCG@{longest}"));
        heading
    }

    /// A row for each method.
    #[must_use]
    pub fn rows(&self) -> Vec<Vec<String>> {
        let row = |one: &MethodOutcome| {
            let mut row = vec![one.method.words().to_owned()];
            row.extend(one.figures.hit_rates.iter().map(|rate| format!("{rate:.4}")));
            row.push(format!("{:.4}", one.figures.ndcg));
            row.push(format!("{:.4}", one.figures.mrr));
            row.push(percent(one.coverage));
            row.push(format!("{:.0}", self.learn_micros(one.method)));
            row.push(format!("{:.0}", self.list_micros(one.method)));
            let ahead = one.behind.map(|by| [by.hit_rate, by.ndcg]);
            row.extend(ahead.map_or([const { String::new() }; 2], |by| by.map(|by| interval(&by))));
            row
        };
        self.outcome.methods.iter().map(row).collect()
    }

    /// Name and cost of each step of learning, per event.
    #[must_use]
    pub fn steps(&self) -> Vec<(&'static str, f64)> {
        let mut steps: Vec<_> =
            STEPS.map(|(name, part)| (name, self.over_events(part))).into_iter().collect();
        steps.push(("one publication", self.costs.micros(Part::Publishing)));
        steps
    }

    /// Heading of the table of what one click does.
    pub const REACTION_HEADING: [&str; 4] =
        ["", "replaced by one click", "without a click", "same category before → after"];

    /// A row for each method; empty where nothing was probed.
    #[must_use]
    pub fn reaction_rows(&self) -> Vec<Vec<String>> {
        let probed = self.outcome.methods.iter().filter(|one| 0 < one.reaction.probes);
        let row = |one: &MethodOutcome| {
            let reaction = &one.reaction;
            let same = format!("{:.3} → {:.3}", reaction.same_before, reaction.same_after);
            vec![
                one.method.words().to_owned(),
                percent(reaction.replaced),
                percent(reaction.null),
                if reaction.in_categories == 0 { "no categories".to_owned() } else { same },
            ]
        };
        probed.map(row).collect()
    }

    /// Probes of what one click does.
    #[must_use]
    pub fn probes(&self) -> u64 {
        self.outcome.methods.first().map_or(0, |one| one.reaction.probes)
    }

    /// What may come again, in a word.
    #[must_use]
    pub fn repeats(&self) -> String {
        match self.protocol.scenario.seen.repeats {
            Repeats::Allowed => "allowed".to_owned(),
            Repeats::Never => "never".to_owned(),
            Repeats::AfterDays(days) => format!("after {days} days"),
        }
    }

    /// Event time between publications, in words.
    #[must_use]
    pub fn published(&self) -> String {
        match self.protocol.publish_every_ms {
            0 => "after every event".to_owned(),
            ms => format!("every {} s of event time", ms as f64 / 1_000.0),
        }
    }

    /// Event time between rebuildings, in words.
    #[must_use]
    pub fn rebuilt(&self) -> String {
        format!("{} h of event time", self.protocol.rebuild_every_ms as f64 / 3_600_000.0)
    }

    /// Microseconds for a list; those of scoring all items together are shared by all who rank by it.
    fn list_micros(&self, method: Method) -> f64 {
        let shared = match (self.protocol.candidates, method) {
            (Candidates::All, method) if method != Method::Fixed && model_of(method).is_none() => {
                self.costs.micros(Part::Columns)
            }
            _ => 0.0,
        };
        shared + self.costs.micros(Part::Ranking(method))
    }

    /// Microseconds that a method learns for, per event; of batch models, their rebuildings included.
    fn learn_micros(&self, method: Method) -> f64 {
        use Part::{Activity, Learning, State, Strengths};
        let parts = match (model_of(method), method) {
            (Some(model), _) => vec![Part::Teaching(model)],
            (None, Method::Model | Method::Learned) => vec![State, Activity, Strengths, Learning],
            (None, _) => vec![State, Activity],
        };
        parts.into_iter().map(|part| self.over_events(part)).sum()
    }

    fn over_events(&self, part: Part) -> f64 {
        self.costs.micros_over(part, self.outcome.events)
    }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}
