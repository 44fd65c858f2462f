//! Figures of batch sequence models on streams that are well known, beside those that a replay measures.
//!
//! They were measured once, by another implementation of the same protocol (rows in order of time with ties drawn, every
//! known item ranked, the first fifth not scored, items never chosen before count as misses): SASRec and GRU4Rec with
//! full softmax, tuned on the first 27 % of each stream, rebuilt from all that came before, scoring with live histories.
//!
//! **Invariant:** nothing is quoted beside a replay of other events, another cut or other rules.
//!
//! Not here: anything that this program measures.

use engine::evaluation::Protocol;
use engine::ranking::Repeats;
use serde_json::{Value, json};

use super::figures::Figures;

/// Share of a stream that the quoted figures leave out.
const UNSCORED: f64 = 0.2;
/// Length of the lists that they are of.
const LENGTH: usize = 20;

/// A stream and what is known of it.
struct Stream {
    name: &'static str,
    events: u64,
    /// First and last second.
    span_s: (i64, i64),
    repeats: Repeats,
    /// How often the models were rebuilt.
    rebuilt: &'static str,
    /// Model, HR@20, NDCG@20.
    figures: &'static [(&'static str, f64, f64)],
}

const STREAMS: [Stream; 3] = [
    Stream {
        name: "MovieLens 100K",
        events: 100_000,
        span_s: (874_724_710, 893_286_638),
        repeats: Repeats::Never,
        rebuilt: "weekly",
        figures: &[
            ("SASRec", 0.315, 0.130),
            ("GRU4Rec", 0.312, 0.129),
            ("SASRec + kNN + popularity, weights learned", 0.348, 0.150),
        ],
    },
    Stream {
        name: "Serenade's example sessions",
        events: 116_285,
        span_s: (1_590_884_413, 1_593_560_033),
        repeats: Repeats::Allowed,
        rebuilt: "daily",
        figures: &[
            ("SASRec", 0.375, 0.229),
            ("GRU4Rec", 0.290, 0.166),
            ("SASRec + kNN + popularity + repeats, weights learned", 0.516, 0.338),
        ],
    },
    Stream {
        name: "MovieTweetings 100K",
        events: 100_000,
        span_s: (1_362_062_307, 1_378_067_265),
        repeats: Repeats::Never,
        rebuilt: "every two days",
        figures: &[
            ("SASRec", 0.248, 0.123),
            ("SASRec + kNN + popularity, weights learned", 0.312, 0.166),
        ],
    },
];

/// What is quoted beside a replay.
pub(super) struct Quoted(&'static Stream);

impl Quoted {
    /// What there is beside this one.
    pub fn beside(figures: &Figures) -> Option<Self> {
        let told = &figures.told;
        let span_s = (told.earliest_ms?.div_euclid(1_000), told.latest_ms?.div_euclid(1_000));
        Stream::of(figures.outcome.events, span_s, &figures.protocol).map(Self)
    }

    /// What they are, in a sentence.
    pub fn title(&self) -> String {
        let Stream { name, rebuilt, .. } = self.0;
        format!("Quoted, not measured here: batch models on {name}, rebuilt {rebuilt}")
    }

    /// Heading of the table.
    pub const HEADING: [&'static str; 3] = ["", "HR@20", "NDCG@20"];

    /// A row a model.
    pub fn rows(&self) -> Vec<Vec<String>> {
        let row = |(model, hit_rate, ndcg): &(&str, f64, f64)| {
            vec![(*model).to_owned(), format!("{hit_rate:.3}"), format!("{ndcg:.3}")]
        };
        self.0.figures.iter().map(row).collect()
    }

    /// The same as JSON.
    pub fn json(&self) -> Value {
        let models = self.0.figures.iter().map(|(model, hit_rate, ndcg)| {
            json!({"model": model, "hit_rate": {"20": hit_rate}, "ndcg": ndcg})
        });
        let models: Vec<Value> = models.collect();
        json!({"stream": self.0.name, "rebuilt": self.0.rebuilt, "models": models})
    }
}

impl Stream {
    fn of(events: u64, span_s: (i64, i64), protocol: &Protocol) -> Option<&'static Self> {
        let is_this = |stream: &&Self| {
            stream.events == events && stream.span_s == span_s && stream.is_judged_by(protocol)
        };
        STREAMS.iter().find(is_this)
    }

    fn is_judged_by(&self, protocol: &Protocol) -> bool {
        protocol.length() == LENGTH
            && protocol.unscored == (self.events as f64 * UNSCORED) as u64
            && protocol.publish_every_ms == 0
            && protocol.scenario.seen.repeats == self.repeats
    }
}

#[cfg(test)]
mod tests;
