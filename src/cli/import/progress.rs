//! How far an import is: a bar on a terminal, plain lines elsewhere.

use std::cell::Cell;
use std::io::IsTerminal as _;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::global::Global;
use crate::cli::output::count;
use crate::clock::Stopwatch;

/// Time between plain lines.
const LINE_EVERY: Duration = Duration::from_secs(2);

const TEMPLATE: &str = "{msg:>8} {wide_bar} {human_pos}/{human_len} · {per_sec} · {eta} left";

/// Shows how far a long work is.
#[derive(Debug)]
pub struct Progress {
    shape: Shape,
}

#[derive(Debug)]
enum Shape {
    Silent,
    Bar(ProgressBar),
    Lines {
        started: Stopwatch,
        told_at: Cell<Duration>,
        what: Cell<&'static str>,
        total: Cell<u64>,
        done: Cell<u64>,
    },
}

impl Progress {
    /// A bar on a terminal, lines elsewhere, nothing when quiet.
    #[must_use]
    pub fn new(global: &Global) -> Self {
        let shape = if global.quiet {
            Shape::Silent
        } else if std::io::stderr().is_terminal() {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
            let style = ProgressStyle::with_template(TEMPLATE);
            Shape::Bar(bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())))
        } else {
            Shape::Lines {
                started: Stopwatch::start(),
                told_at: Cell::new(Duration::ZERO),
                what: Cell::new(""),
                total: Cell::new(0),
                done: Cell::new(0),
            }
        };
        Self { shape }
    }

    /// A new stretch of work begins, `done` of `total` of it done before.
    pub fn begin(&self, label: &'static str, done: u64, total: u64) {
        match &self.shape {
            Shape::Silent => {}
            Shape::Bar(bar) => {
                bar.reset();
                bar.set_message(label);
                bar.set_length(total);
                bar.set_position(done);
                bar.reset_eta();
            }
            Shape::Lines { what, total: all, done: so_far, .. } => {
                what.set(label);
                all.set(total);
                so_far.set(done);
            }
        }
    }

    /// So much more is done.
    pub fn advance(&self, by: u64) {
        match &self.shape {
            Shape::Silent => {}
            Shape::Bar(bar) => bar.inc(by),
            Shape::Lines { started, told_at, what, total, done } => {
                done.set(done.get() + by);
                let now = started.elapsed();
                if told_at.get() + LINE_EVERY <= now || done.get() == total.get() {
                    told_at.set(now);
                    let percent = done.get() * 100 / total.get().max(1);
                    eprintln!(
                        "{}: {} of {} ({percent} %)",
                        what.get(),
                        count(done.get()),
                        count(total.get())
                    );
                }
            }
        }
    }

    /// A line in between.
    pub fn say(&self, line: &str) {
        match &self.shape {
            Shape::Silent => {}
            Shape::Bar(bar) => bar.println(line),
            Shape::Lines { .. } => eprintln!("{line}"),
        }
    }

    /// The work is over.
    pub fn end(&self) {
        if let Shape::Bar(bar) = &self.shape {
            bar.finish_and_clear();
        }
    }
}
