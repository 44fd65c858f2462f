//! What an import says at its end, or instead of sending.

use std::path::Path;

use serde_json::{Value, json};

use super::Tally;
use crate::cli::output::{Printer, count};
use crate::import::{BadRow, Order, Plan, moment};

/// Writes what is in a file.
pub fn write_survey(printer: &Printer, plan: &Plan, catalogue: Option<&Path>) {
    let facts = plan.facts();
    let time = |at: Option<i64>| at.map(moment::readable);
    let figures = [
        ("source", json!(plan.file().source_name())),
        ("digest", json!(facts.digest)),
        ("format", json!(plan.options().format.name())),
        ("events", json!(facts.rows)),
        ("unreadable", json!(facts.bad_rows)),
        ("earliest", json!(time(facts.earliest_ms))),
        ("latest", json!(time(facts.latest_ms))),
        ("sorted_first", json!(facts.order == Order::SortedByTime)),
        ("columns_not_taken", json!(facts.ignored_columns)),
        ("catalogue", json!(catalogue.map(|path| path.display().to_string()))),
        ("first_unreadable", json!(told(&facts.first_bad))),
    ];
    write(printer, &figures);
}

/// Writes what became of a file.
pub fn write_tally(printer: &Printer, plan: &Plan, tally: &Tally) {
    let facts = plan.facts();
    let seconds = tally.took.as_secs_f64();
    let sent = tally.accepted + tally.duplicates + tally.rejected;
    let figures = [
        ("source", json!(plan.file().source_name())),
        ("rows", json!(facts.rows)),
        ("items", json!(tally.items)),
        ("accepted", json!(tally.accepted)),
        ("duplicates", json!(tally.duplicates)),
        ("already_imported", json!(tally.skipped)),
        ("rejected", json!(tally.rejected)),
        ("unreadable", json!(facts.bad_rows)),
        ("seconds", json!((seconds * 1_000.0).round() / 1_000.0)),
        (
            "events_per_second",
            json!(if sent == 0 { 0 } else { (sent as f64 / seconds.max(0.001)) as u64 }),
        ),
        ("first_rejected", json!(tally.first_rejected)),
        ("first_unreadable", json!(told(&facts.first_bad))),
    ];
    write(printer, &figures);
}

fn told(bad: &[BadRow]) -> Vec<String> {
    bad.iter().map(ToString::to_string).collect()
}

fn write(printer: &Printer, figures: &[(&str, Value)]) {
    let value = figures.iter().map(|(name, figure)| ((*name).to_owned(), figure.clone())).collect();
    printer.result(&Value::Object(value), |_| in_words(figures));
}

/// One line a figure; what is empty is left out.
fn in_words(figures: &[(&str, Value)]) -> String {
    let mut lines = Vec::new();
    for (name, figure) in figures {
        let name = name.replace('_', " ");
        match figure {
            Value::Number(number) => {
                let text = number.as_u64().map_or_else(|| number.to_string(), count);
                lines.push(format!("{name:<20}{text}"));
            }
            Value::String(text) => lines.push(format!("{name:<20}{text}")),
            Value::Bool(true) => lines.push(format!("{name:<20}yes")),
            Value::Array(entries) => {
                let texts = entries.iter().filter_map(Value::as_str);
                lines.extend(texts.map(|text| format!("{name:<20}{text}")));
            }
            _ => {}
        }
    }
    lines.join("\n")
}
