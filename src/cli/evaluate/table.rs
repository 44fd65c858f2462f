//! What was found, for a terminal.

use super::figures::Figures;
use super::quoted::Quoted;
use crate::cli::output::{Printer, Style, count};
use crate::import::moment::readable;

/// The figures as text.
pub fn write(printer: &Printer, figures: &Figures) -> String {
    let heading = figures.heading();
    let heading: Vec<&str> = heading.iter().map(String::as_str).collect();
    let mut parts = vec![data(figures), printer.table(&heading, &figures.rows())];
    let verdict = figures.verdict();
    if !verdict.is_empty() {
        parts.push(printer.styled(Style::Bold, &verdict));
    }
    if let Some(quoted) = Quoted::beside(figures) {
        parts.push(printer.styled(Style::Bold, &quoted.title()));
        parts.push(printer.table(&Quoted::HEADING, &quoted.rows()));
    }
    parts.extend(figures.without.as_ref().map(|one| one.words(figures.protocol.length())));
    let seeds = figures.seeds_rows();
    if !seeds.is_empty() {
        parts.push(printer.styled(Style::Bold, "Mean and deviation over seeds"));
        let heading = figures.seeds_heading();
        let heading: Vec<&str> = heading.iter().map(String::as_str).collect();
        parts.push(printer.table(&heading, &seeds));
    }
    parts.push(costs(figures));
    let reactions = figures.reaction_rows();
    if !reactions.is_empty() {
        let title = format!("What one click does to the next list ({} probes)", figures.probes());
        parts.push(printer.styled(Style::Bold, &title));
        parts.push(printer.table(&Figures::REACTION_HEADING, &reactions));
    }
    parts.join("\n\n")
}

fn data(figures: &Figures) -> String {
    let (outcome, told) = (&figures.outcome, &figures.told);
    let time = |at: Option<i64>| at.map_or_else(String::new, readable);
    let mut lines = vec![
        told.sources.join(" + "),
        format!("{} to {}", time(told.earliest_ms), time(told.latest_ms)),
        format!(
            "{} events, {} of them scored ({} on items never chosen before), {} users, {} items",
            count(outcome.events),
            count(outcome.scored),
            count(outcome.unknown),
            count(outcome.users as u64),
            count(outcome.items as u64),
        ),
        format!(
            "candidates {}, repeats {}, published {}, seed {}",
            super::setup::candidates_name(figures.protocol.candidates),
            figures.repeats(),
            figures.published(),
            figures.seed,
        ),
    ];
    if 0 < told.refused {
        let first = told.first_refused.first().map_or("", String::as_str);
        lines.push(format!("{} rows refused, the first: {first}", count(told.refused)));
    }
    lines.join("\n")
}

fn costs(figures: &Figures) -> String {
    let mut lines = vec![format!("Cost in µs per event, {}", figures.costs.clock())];
    let steps = figures.steps();
    let width = steps.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    lines.extend(steps.iter().map(|(name, micros)| format!("  {name:<width$}  {micros:>7.1}")));
    lines.push(format!("  whole replay: {:.1} s", figures.costs.wall.as_secs_f64()));
    lines.join("\n")
}
