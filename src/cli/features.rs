//! `freshet features`: what declared features say of a user, with age and events behind each; and what is declared.

use clap::Args;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::client::Client;
use super::failure::Failure;
use super::global::Global;
use super::output::{Printer, Style, count};

const AFTER_HELP: &str = "\
Examples:
  freshet features u123                  every feature of u123: value, age, events behind it; and the tags patterns set
  freshet features u123 -o json | jq '.features[] | select(.status == \"PRESENT\")'
  freshet features --list                what is declared, and the bytes that it takes

Declare your own in the configuration: [features.*] and [patterns.*], see `freshet config show`.";

/// Ask what declared features and patterns say of a user
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct Features {
    /// Whose
    #[arg(required_unless_present = "list")]
    user: Option<String>,
    /// Tell what is declared instead
    #[arg(long, conflicts_with = "user")]
    list: bool,
}

impl Features {
    /// Asks and writes the answer.
    ///
    /// # Errors
    /// [`Failure`] where the node does not answer.
    pub fn run(&self, client: &Client, global: &Global) -> Result<(), Failure> {
        let printer = Printer::new(global);
        if let Some(user) = &self.user {
            let answer = client.get(&format!("/v1/users/{}/features", in_path(user)))?;
            printer.result(&answer, |printer| of_user(printer, &answer));
            return Ok(());
        }
        let answer = client.get("/v1/features")?;
        printer.result(&answer, |printer| declared(printer, &answer));
        Ok(())
    }
}

/// A name as a part of a path.
fn in_path(name: &str) -> impl std::fmt::Display {
    utf8_percent_encode(name, NON_ALPHANUMERIC)
}

fn rows<'a>(answer: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    answer[name].as_array().into_iter().flatten()
}

/// A member as text: without quotes, and nothing for what is not there.
fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Number(number) => match number.as_f64() {
            Some(number) if !number.to_string().contains('.') => format!("{number}"),
            Some(number) => format!("{number:.4}"),
            None => number.to_string(),
        },
        other => other.to_string(),
    }
}

fn with(row: &Value) -> String {
    let parts = row["with"].as_object().into_iter().flatten();
    parts.map(|(_, name)| text(name)).collect::<Vec<_>>().join(" ")
}

fn of_user(printer: &Printer, answer: &Value) -> String {
    let row = |one: &Value| {
        let age = one["age_ms"].as_u64().map_or(String::new(), age);
        let events = one["events"].as_u64().map_or(String::new(), count);
        let value = match one["status"].as_str() {
            Some("PRESENT") => text(&one["value"]),
            Some("FILLING") => format!("{} (filling)", text(&one["value"])).trim_start().to_owned(),
            Some("OUTSIDE_MAX_AGE") => "too old".to_owned(),
            _ => "none yet".to_owned(),
        };
        let made =
            format!("{} {} {}", text(&one["aggregate"]), text(&one["of"]), text(&one["window"]));
        vec![text(&one["name"]), with(one), value, age, events, made]
    };
    let features: Vec<Vec<String>> = rows(answer, "features").map(row).collect();
    let heading = ["feature", "with", "value", "age", "events", "made of"];
    let mut blocks = vec![printer.table(&heading, &features)];
    let tag = |one: &Value| {
        vec![text(&one["tag"]), with(one), text(&one["until"]), text(&one["matches"])]
    };
    let tags: Vec<Vec<String>> = rows(answer, "tags").map(tag).collect();
    blocks.push(if tags.is_empty() {
        printer.styled(Style::Dim, "no tags")
    } else {
        printer.table(&["tag", "with", "until", "matches"], &tags)
    });
    blocks.join("\n\n")
}

/// A length of time in its largest unit.
fn age(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{} s", ms / 1_000),
        60_000..3_600_000 => format!("{} min", ms / 60_000),
        3_600_000..86_400_000 => format!("{} h", ms / 3_600_000),
        _ => format!("{} d", ms / 86_400_000),
    }
}

fn declared(printer: &Printer, answer: &Value) -> String {
    let row = |one: &Value| {
        ["name", "entity", "aggregate", "of", "window", "where"].map(|name| text(&one[name])).into()
    };
    let features: Vec<Vec<String>> = rows(answer, "features").map(row).collect();
    let heading = ["feature", "entity", "aggregate", "of", "window", "where"];
    let mut blocks = vec![printer.table(&heading, &features)];
    let pattern = |one: &Value| {
        let ttl = one["ttl_ms"].as_u64().map_or(String::new(), age);
        vec![text(&one["name"]), text(&one["tag"]), ttl]
    };
    let patterns: Vec<Vec<String>> = rows(answer, "patterns").map(pattern).collect();
    blocks.push(printer.table(&["pattern", "tag", "for"], &patterns));
    let bytes = |one: &Value| vec![text(&one["entity"]), text(&one["bytes"])];
    let bytes: Vec<Vec<String>> = rows(answer, "bytes").map(bytes).collect();
    blocks.push(printer.table(&["entity", "bytes each, before packing"], &bytes));
    if let Some(fraction) = answer["filling"]["fraction"].as_f64() {
        let names: Vec<String> = rows(&answer["filling"], "features").map(text).collect();
        let (names, percent) = (names.join(", "), (100.0 * fraction).floor());
        blocks.push(format!("being filled from the log, {percent} % read: {names}"));
    }
    blocks.join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_and_numbers_read_well() {
        let ages = [7, 1_999, 61_000, 7_200_000, 200_000_000].map(age);
        assert_eq!(ages, ["7 ms", "1 s", "1 min", "2 h", "2 d"]);
        let texts =
            [serde_json::json!(3), serde_json::json!(0.125), Value::Null].map(|it| text(&it));
        assert_eq!(texts, ["3", "0.1250", ""]);
    }
}
