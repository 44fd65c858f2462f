//! The figures as text: the panel of a terminal, one line for elsewhere, the summary at the end.

use std::time::Duration;

use super::board::{Board, Breaches, POINTS};
use super::script::Phase;
use super::sparkline::sparkline;
use super::visitor::Arm;
use super::window::{Clicks, Latencies};
use crate::cli::output::{Printer, Style, count, pad};

/// What happened by when, for one drawing.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// Since the shop opened.
    pub at: Duration,
    /// What is going on.
    pub title: &'a str,
    /// What the reader's own list looks like.
    pub yours: &'a str,
}

/// The panel: redrawn in place.
#[must_use]
pub fn panel(board: &Board, scene: &Scene, printer: &Printer) -> String {
    let at = scene.at;
    let heading = format!("{:>3} s · {}", at.as_secs(), scene.title);
    let mut lines = vec![
        printer.styled(Style::Bold, &heading),
        format!(
            "events/s {:>7}   recommend p99 {:>8}   receipt to effect p99 {:>8}",
            count(board.events_per_second(at).round() as u64),
            p99(&board.recommend(at).0),
            p99(&board.effect(at).0)
        ),
        printer.styled(Style::Dim, "click-through (clicked of shown), visitors simulated"),
    ];
    for arm in Arm::ALL {
        let rate = percent(board.now(arm, at));
        let bars = pad(&sparkline(board.history(arm), board.peak(), POINTS), POINTS);
        lines.push(format!("{:<8} {rate:>7} {}", arm.name(), printer.styled(colour(arm), &bars)));
    }
    if !scene.yours.is_empty() {
        lines.push(printer.styled(Style::Dim, scene.yours));
    }
    lines.join("\n")
}

/// One line with everything, for a file or a pipe.
#[must_use]
pub fn line(board: &Board, scene: &Scene) -> String {
    let at = scene.at;
    let arms = Arm::ALL.map(|arm| format!("{} {}", arm.name(), percent(board.now(arm, at))));
    format!(
        "{:>3} s · {} · {} events/s · recommend p99 {} · receipt to effect p99 {} · click-through {}",
        at.as_secs(),
        scene.title,
        count(board.events_per_second(at).round() as u64),
        p99(&board.recommend(at).0),
        p99(&board.effect(at).0),
        arms.join(", ")
    )
}

/// What the run came to.
#[must_use]
pub fn summary(board: &Board, at: Duration, printer: &Printer) -> String {
    let (recommend, effect) = (board.recommend(at).1, board.effect(at).1);
    let lines = [
        format!(
            "{} events in {} s, {} events/s",
            count(board.events()),
            at.as_secs(),
            count((board.events() as f64 / at.as_secs_f64().max(0.1)).round() as u64)
        ),
        format!(
            "recommend p99 {} (median {}), {} lists over HTTP",
            p99(recommend),
            median(recommend),
            count(recommend.count())
        ),
        format!(
            "receipt to effect p99 {} (median {}): {} times a click was sent and, once it was\n\
             acknowledged, the next list read; {}",
            p99(effect),
            median(effect),
            count(effect.count()),
            kept(&board.breaches)
        ),
        String::new(),
        click_through(board, at, printer),
        lift(board, at),
        price(board),
    ];
    lines.join("\n")
}

/// Click-through by arm and phase, and second by second.
fn click_through(board: &Board, at: Duration, printer: &Printer) -> String {
    let phases = Phase::ALL.map(Phase::name);
    let heading = [&["click-through"], &phases[..], &["whole run", "at the end"]].concat();
    let row = |arm: Arm| {
        let cells = Phase::ALL.map(|phase| percent(board.in_phase(arm, phase)));
        let ends = [percent(board.whole(arm)), percent(board.now(arm, at))];
        [vec![arm.name().to_owned()], cells.to_vec(), ends.to_vec()].concat()
    };
    let bars = |arm: Arm| {
        let bars = sparkline(board.history(arm), board.peak(), POINTS);
        format!("{} {}", pad(arm.name(), 8), printer.styled(colour(arm), &bars))
    };
    let table = printer.table(&heading, &Arm::ALL.map(row));
    format!("{table}\n\nsecond by second\n{}", Arm::ALL.map(bars).join("\n"))
}

/// How the learned lists compare at the end.
fn lift(board: &Board, at: Duration) -> String {
    let rate = |arm| board.now(arm, at).rate().filter(|rate| 0.0 < *rate);
    let times = |arm| match (rate(Arm::Learned), rate(arm)) {
        (Some(learned), Some(other)) => format!("{:.1} times", learned / other),
        _ => "not comparable to".to_owned(),
    };
    let (popular, random) = (times(Arm::Popular), times(Arm::Random));
    format!(
        "at the end learned lists were clicked {popular} as often as popular, {random} as random"
    )
}

/// What exploring cost in clicks. What is learned by it serves both kinds of lists.
fn price(board: &Board) -> String {
    let rate = |arm| board.whole(arm).rate().filter(|rate| 0.0 < *rate);
    let (Some(learned), Some(greedy)) = (rate(Arm::Learned), rate(Arm::Greedy)) else {
        return "what exploring costs cannot be told".to_owned();
    };
    let error = board.error_of_difference([Arm::Learned, Arm::Greedy]) / greedy;
    format!(
        "exploring: {:+.1} % clicks ± {:.1} over the whole run against the same lists without it (greedy);\n\
         what is learned by it serves both",
        100.0 * (learned / greedy - 1.0),
        196.0 * error
    )
}

fn kept(breaches: &Breaches) -> String {
    let Breaches { unreflected, stale, refused } = *breaches;
    if *breaches == Breaches::default() {
        return "every list reflected it".to_owned();
    }
    format!(
        "{unreflected} lists did not reflect it, {stale} were stale, {refused} requests refused"
    )
}

fn colour(arm: Arm) -> Style {
    if arm.is_the_nodes() { Style::Green } else { Style::Plain }
}

fn percent(clicks: Clicks) -> String {
    clicks.rate().map_or_else(|| "-".to_owned(), |rate| format!("{:.1} %", 100.0 * rate))
}

fn p99(latencies: &Latencies) -> String {
    millis(latencies.quantile(0.99))
}

fn median(latencies: &Latencies) -> String {
    millis(latencies.quantile(0.5))
}

fn millis(took: Option<Duration>) -> String {
    took.map_or_else(|| "-".to_owned(), |took| format!("{:.1} ms", took.as_secs_f64() * 1e3))
}

#[cfg(test)]
mod tests;
