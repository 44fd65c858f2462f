//! How well the model ranks real streams: every event ranked before it is learned from.
//!
//! Strict time order; every known item is scored with the state before the event, then the event is learned. An
//! unknown item is a miss, ties count half, the first fifth is not scored. Arguments: names of data sets (all).
//! `FRESHET_DATA` names their folder (`/work/shared/data` by default); without it this prints why it does nothing.
//!
//! Not here: candidates, filters, HTTP (see `freshet evaluate`).

mod data;
mod neighbours;
mod replay;

use std::path::PathBuf;

use data::{Kind, Stream};
use engine::model::ModelConfig;
use neighbours::Rule;
use replay::{RANKINGS, replay};

fn var<T: std::str::FromStr>(name: &str, default: T) -> T {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let folder = std::env::var_os("FRESHET_DATA").map_or("/work/shared/data".into(), PathBuf::from);
    if !folder.is_dir() {
        println!("skipped: no data sets in {} (set FRESHET_DATA)", folder.display());
        return;
    }
    for stream in data::streams(&folder, &wanted, var("TIE", 7)) {
        print(&stream);
    }
}

fn print(stream: &Stream) {
    let sessions = stream.kind == Kind::Sessions;
    let mut config = ModelConfig::default();
    config.decay = var("DECAY", if sessions { 0.7 } else { 0.8 });
    config.rates.vectors = var("RATE", config.rates.vectors);
    config.rates.bias = var("BIAS", config.rates.bias);
    config.rates.popularity = var("POP", config.rates.popularity);
    config.rates.gaps = var("GAPS", 0.0);
    config.rates.blend = var("BLEND", config.rates.blend);
    config.rates.start = var("START", config.rates.start);
    config.source_half_life = var("HL", config.source_half_life);
    config.uniform_pool = var("POOL", config.uniform_pool);
    config.uniform_pool_from = var("POOL_FROM", config.uniform_pool_from);
    config.uniform_pool_samples = var("POOL_SAMPLES", config.uniform_pool_samples);
    let cap = var("CAP", usize::MAX);
    let rules = [
        Rule { alpha: var("ALPHA", 0.5), gamma: var("GAMMA", 0.8), cap },
        Rule { alpha: var("ALPHA2", 0.2), gamma: var("GAMMA2", 0.7), cap },
    ];
    let report = replay(stream, config, rules, var("SEED", 1));
    println!(
        "{}: {} events, {} users, {} items, {:.1} us a sample learned",
        stream.name,
        stream.rows.len(),
        stream.users,
        stream.items,
        report.learning.as_secs_f64() * 1e6 / f64::from(report.learned.max(1)),
    );
    println!("  {:12} HR@10  HR@20  NDCG@20 MRR", "");
    for (name, tally) in RANKINGS.iter().zip(&report.tallies) {
        let of = |sum: f64| sum / report.scored;
        println!(
            "  {name:12} {:.4} {:.4} {:.4}  {:.4}",
            of(tally.hits[0]),
            of(tally.hits[1]),
            of(tally.ndcg),
            of(tally.mrr)
        );
    }
    if std::env::var_os("SHOW").is_some() {
        println!("{:#.3?}", report.learner.shared());
    }
}
