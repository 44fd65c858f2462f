//! Where the demo draws: a panel in place on a terminal, plain lines elsewhere.
//!
//! **Invariant:** what is said once goes to standard output in both cases and is never drawn over.

use std::cell::Cell;
use std::io::IsTerminal as _;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::global::Global;

/// The place to draw.
#[derive(Debug)]
pub struct Screen {
    shape: Shape,
}

#[derive(Debug)]
enum Shape {
    Silent,
    Panel(ProgressBar),
    Lines { every: Duration, next: Cell<Duration> },
}

impl Screen {
    /// A panel on a terminal, else a line every so often, nothing between where quiet is asked for.
    #[must_use]
    pub fn new(global: &Global, every: Duration) -> Self {
        let terminal = std::io::stderr().is_terminal() && std::io::stdout().is_terminal();
        let shape = if global.quiet {
            Shape::Silent
        } else if terminal {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
            let style = ProgressStyle::with_template("\n{msg}");
            Shape::Panel(bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())))
        } else {
            Shape::Lines { every, next: Cell::new(every) }
        };
        Self { shape }
    }

    /// Says something that stays.
    pub fn say(&self, text: &str) {
        match &self.shape {
            Shape::Panel(bar) => bar.suspend(|| println!("{text}")),
            Shape::Silent | Shape::Lines { .. } => println!("{text}"),
        }
    }

    /// Draws the panel anew, or writes the line where one is due.
    pub fn draw(
        &self,
        at: Duration,
        panel: impl FnOnce() -> String,
        line: impl FnOnce() -> String,
    ) {
        match &self.shape {
            Shape::Silent => {}
            Shape::Panel(bar) => bar.set_message(panel()),
            Shape::Lines { every, next } => {
                if next.get() <= at {
                    next.set(at + *every);
                    println!("{}", line());
                }
            }
        }
    }

    /// Takes the panel away.
    pub fn end(&self) {
        if let Shape::Panel(bar) = &self.shape {
            bar.finish_and_clear();
        }
    }
}
