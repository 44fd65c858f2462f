//! `freshet explain`: why an item is in a user's list now, or what keeps it out.

use clap::Args;
use serde_json::{Map, Value};

use super::client::Client;
use super::failure::Failure;
use super::global::Global;
use super::output::{Printer, Style};

const AFTER_HELP: &str = "\
Examples:
  freshet explain u1 sku-9
  freshet explain u1 sku-9 --limit 20 --scenario home
  freshet explain u1 sku-9 -o json | jq .parts";

/// Ask why an item is in a user's list, or what keeps it out
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct Explain {
    /// Whose list
    user: String,
    /// Which item
    item: String,
    /// How long the list is
    #[arg(long, short = 'n')]
    limit: Option<u32>,
    /// Place in the product, as declared in [ranking.scenarios]
    #[arg(long)]
    scenario: Option<String>,
}

impl Explain {
    /// Asks and writes the answer.
    ///
    /// # Errors
    /// [`Failure`] where the node does not answer, or knows no such item.
    pub fn run(&self, client: &Client, global: &Global) -> Result<(), Failure> {
        let answer = client.post("/v1/explain", &self.question())?;
        Printer::new(global).result(&answer, |printer| for_people(printer, &answer));
        Ok(())
    }

    fn question(&self) -> Value {
        let mut question = Map::new();
        question.insert("user_id".to_owned(), self.user.clone().into());
        question.insert("item_id".to_owned(), self.item.clone().into());
        if let Some(limit) = self.limit {
            question.insert("limit".to_owned(), limit.into());
        }
        if let Some(scenario) = &self.scenario {
            question.insert("scenario".to_owned(), scenario.clone().into());
        }
        Value::Object(question)
    }
}

fn for_people(printer: &Printer, answer: &Value) -> String {
    let text = |name: &str| answer[name].as_str().unwrap_or_default();
    let standing = text("standing").replace('_', " ");
    let style = if standing == "listed" { Style::Green } else { Style::Red };
    let mut lines = vec![format!("{}: {}", printer.styled(style, &standing), text("detail"))];
    let reasons = answer["reasons"].as_array().into_iter().flatten();
    let reasons: Vec<&str> = reasons.filter_map(Value::as_str).collect();
    if !reasons.is_empty() {
        lines.push(format!("because: {}", reasons.join(" ")));
    }
    if let (Some(score), Some(parts)) = (answer["score"].as_f64(), answer["parts"].as_object()) {
        lines.push(parts_of(printer, score, parts));
    }
    lines.join("\n")
}

/// The parts of a score, the largest first, and their sum.
fn parts_of(printer: &Printer, score: f64, parts: &Map<String, Value>) -> String {
    let mut parts: Vec<(&str, f64)> =
        parts.iter().map(|(name, part)| (name.as_str(), part.as_f64().unwrap_or(0.0))).collect();
    parts.retain(|(_, part)| part.abs() >= 0.0005);
    parts.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    parts.push(("score", score));
    let row = |(name, part): (&str, f64)| vec![name.to_owned(), format!("{part:+.3}")];
    let rows: Vec<Vec<String>> = parts.into_iter().map(row).collect();
    printer.table(&["source", "part"], &rows)
}
