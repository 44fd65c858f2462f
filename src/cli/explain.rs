//! `freshet explain`: why an item is in a user's list now, or what keeps it out; and a list as it was served.

use clap::Args;
use serde_json::{Map, Value};

use super::client::Client;
use super::failure::Failure;
use super::global::Global;
use super::output::{Printer, Style};

/// Features that people are shown.
const FEATURES: usize = 12;

const AFTER_HELP: &str = "\
Examples:
  freshet explain u1 sku-9
  freshet explain u1 sku-9 --limit 20 --scenario home
  freshet explain u1 sku-9 -o json | jq .features
  freshet explain --list r_002a0000010000000007        the list as it was served, beside what it would be now";

/// Ask why an item is in a user's list, or what keeps it out
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct Explain {
    /// Whose list
    #[arg(required_unless_present = "list")]
    user: Option<String>,
    /// Which item
    #[arg(required_unless_present = "list")]
    item: Option<String>,
    /// A list that was served, by the id it carries
    #[arg(long, value_name = "RID", conflicts_with_all = ["user", "item", "limit", "scenario"])]
    list: Option<String>,
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
        if let Some(list) = &self.list {
            let answer = client.get(&format!("/v1/recommendations/{list}"))?;
            Printer::new(global).result(&answer, |printer| list_for_people(printer, &answer));
            return Ok(());
        }
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
    for step in answer["steps"].as_array().into_iter().flatten() {
        let place =
            step["place"].as_u64().map_or(String::new(), |place| format!("number {place} "));
        let [name, detail] = ["step", "detail"].map(|name| step[name].as_str().unwrap_or_default());
        lines.push(format!("{name:<10} {place}{detail}"));
    }
    if let (Some(score), Some(parts)) = (answer["score"].as_f64(), answer["parts"].as_object()) {
        lines.push(parts_of(printer, score, parts));
    }
    let features = answer["features"].as_array().map(Vec::as_slice).unwrap_or_default();
    if !features.is_empty() {
        lines.push(features_of(printer, features));
    }
    for (member, told) in [("inputs", inputs_of(answer)), ("tags", tags_of(answer))] {
        if !told.is_empty() {
            lines.push(format!("{member}: {}", told.join(", ")));
        }
    }
    lines.join("\n")
}

/// What declared features say to the click head, as name and value.
fn inputs_of(answer: &Value) -> Vec<String> {
    let inputs = answer["inputs"].as_array().into_iter().flatten();
    let told = |input: &Value| {
        let name = input["feature"].as_str().unwrap_or("?");
        let value = input["value"].as_f64().map_or("none".to_owned(), |value| value.to_string());
        format!("{name} {value}")
    };
    inputs.map(told).collect()
}

/// The user's tags, with what they do to the item.
fn tags_of(answer: &Value) -> Vec<String> {
    let tags = answer["tags"].as_array().into_iter().flatten();
    let told = |tag: &Value| {
        let name = tag["tag"].as_str().unwrap_or("?");
        match (tag["excluded"] == true, tag["boost"].as_f64()) {
            (true, _) => format!("{name} (leaves it out)"),
            (_, Some(boost)) => format!("{name} (odds times {boost})"),
            (_, None) => name.to_owned(),
        }
    };
    tags.map(told).collect()
}

/// What the parts are made of, the strongest first.
fn features_of(printer: &Printer, features: &[Value]) -> String {
    let row = |feature: &Value| {
        let text = |name: &str| feature[name].as_str().unwrap_or_default().to_owned();
        let about = match (&feature["half_life_events"], &feature["age_s"]) {
            (Value::Number(half_life), _) => format!("half-life {half_life} events"),
            (_, Value::Number(age)) => format!("{}, {age} s ago", text("item_id")),
            _ => text("item_id") + &text("category"),
        };
        let value = feature["value"].as_f64().unwrap_or(0.0);
        vec![text("part"), text("feature"), about, format!("{value:+.3}")]
    };
    let rows: Vec<Vec<String>> = features.iter().take(FEATURES).map(row).collect();
    printer.table(&["part", "feature", "about", "adds"], &rows)
}

/// A list as it was served.
fn list_for_people(printer: &Printer, answer: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut lines = vec![format!(
        "{}: for {}, {} at {}, {}, exploration {}",
        printer.styled(Style::Bold, &text(&answer["recommendation_id"])),
        text(&answer["user_id"]),
        text(&answer["scenario"]),
        text(&answer["served_at"]),
        text(&answer["source"]),
        text(&answer["exploration"]),
    )];
    let row = |item: &Value| {
        let number = |name: &str| item[name].as_f64();
        let share = |name| number(name).map_or(String::new(), |number| format!("{number:.3}"));
        let instead = item["instead_of"].as_str().map(|due| format!("drawn instead of {due}"));
        let now = item["rank_now"].as_u64().map_or("not in it".to_owned(), |rank| rank.to_string());
        vec![
            item["rank"].to_string(),
            text(&item["item_id"]),
            share("score"),
            share("propensity"),
            instead.unwrap_or_default(),
            if answer["now"].is_null() { String::new() } else { now },
        ]
    };
    let items = answer["items"].as_array().into_iter().flatten();
    let rows: Vec<Vec<String>> = items.map(row).collect();
    lines.push(printer.table(&["rank", "item", "score", "probability", "", "rank now"], &rows));
    let now = &answer["now"];
    let differs = now["differs"].as_array().into_iter().flatten();
    let differs: Vec<&str> = differs.filter_map(Value::as_str).collect();
    lines.push(match (now.is_null(), now["same_list"] == true, differs.is_empty()) {
        (true, _, _) => "What it would be now could not be told.".to_owned(),
        (_, true, true) => "Made again now it is the same.".to_owned(),
        (_, true, false) => {
            format!("Made again now it is the same, although {}.", differs.join(", "))
        }
        (_, false, _) => format!("Made again now it is another: {}.", differs.join(", ")),
    });
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
