//! What is written for people: tables, numbers, colours.

use std::io::IsTerminal as _;

use serde_json::Value;

use super::global::{Format, Global};

/// Writes results in the form that was asked for.
#[derive(Clone, Debug)]
pub struct Printer {
    format: Format,
    colours: Colours,
}

/// Whether colours are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    /// They are.
    On,
    /// They are not.
    Off,
}

/// How a piece of text stands out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Not at all.
    Plain,
    /// A heading.
    Bold,
    /// In the background.
    Dim,
    /// Good, or new.
    Green,
    /// Gone, or bad.
    Red,
}

impl Printer {
    /// A printer for standard output.
    #[must_use]
    pub fn new(global: &Global) -> Self {
        let asked_off = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let off = global.no_color || asked_off || !std::io::stdout().is_terminal();
        let colours = if off { Colours::Off } else { Colours::On };
        Self { format: global.output, colours }
    }

    /// Writes a result: as JSON, or for people as `table` puts it.
    pub fn result(&self, value: &Value, table: impl FnOnce(&Self) -> String) {
        match self.format {
            Format::Json => println!("{value:#}"),
            Format::Ndjson => println!("{value}"),
            Format::Table => println!("{}", table(self).trim_end()),
        }
    }

    /// Writes a list: as JSON, one entry a line, or for people as `table` puts it.
    pub fn list(&self, value: &Value, entries: &[Value], table: impl FnOnce(&Self) -> String) {
        if self.format == Format::Ndjson {
            for entry in entries {
                println!("{entry}");
            }
        } else {
            self.result(value, table);
        }
    }

    /// The text in a style, where colours are on.
    #[must_use]
    pub fn styled(&self, style: Style, text: &str) -> String {
        let code = match (self.colours, style) {
            (Colours::Off, _) | (_, Style::Plain) => return text.to_owned(),
            (_, Style::Bold) => 1,
            (_, Style::Dim) => 2,
            (_, Style::Green) => 32,
            (_, Style::Red) => 31,
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }

    /// Rows under a heading, columns aligned.
    #[must_use]
    pub fn table(&self, heading: &[&str], rows: &[Vec<String>]) -> String {
        let width = |column: usize| {
            let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| shown(cell));
            cells.chain([shown(heading[column])]).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..heading.len()).map(width).collect();
        let line = |cells: &mut dyn Iterator<Item = &str>| {
            let padded = cells.zip(&widths).map(|(cell, width)| pad(cell, *width));
            padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        };
        let mut lines = vec![self.styled(Style::Bold, &line(&mut heading.iter().copied()))];
        lines.extend(rows.iter().map(|row| line(&mut row.iter().map(String::as_str))));
        lines.join("\n")
    }
}

/// The text filled up with blanks to a width in characters.
#[must_use]
pub fn pad(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(shown(text))))
}

/// The text cut to a width in characters, with an ellipsis where something is gone.
#[must_use]
pub fn cut(text: &str, width: usize) -> String {
    if shown(text) <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

fn shown(text: &str) -> usize {
    text.chars().count()
}

/// A count with its thousands apart.
#[must_use]
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
