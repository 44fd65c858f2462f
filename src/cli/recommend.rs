//! `freshet recommend`: what to show a user next.

use clap::Args;
use serde_json::Value;

use super::client::Client;
use super::failure::Failure;
use super::global::Global;
use super::output::{Printer, Style, cut};
use super::query::{escape, with_query};

/// Widest title in the table.
const TITLE_WIDTH: usize = 48;

const AFTER_HELP: &str = "\
Examples:
  freshet recommend u1
  freshet recommend u1 --limit 20 --scenario home
  freshet recommend u1 -o ndjson | head -3";

/// Ask what to show a user next
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct Recommend {
    /// Whom to recommend to
    user: String,
    /// How many items
    #[arg(long, short = 'n')]
    limit: Option<u32>,
    /// Place in the product, as declared in [ranking.scenarios]
    #[arg(long)]
    scenario: Option<String>,
}

impl Recommend {
    /// Asks and writes the answer.
    ///
    /// # Errors
    /// [`Failure`] where the node does not answer.
    pub fn run(&self, client: &Client, global: &Global) -> Result<(), Failure> {
        let answer = client.get(&path_for(&self.user, self.limit, self.scenario.as_deref()))?;
        let items = answer["items"].as_array().cloned().unwrap_or_default();
        Printer::new(global).list(&answer, &items, |printer| {
            [heading(printer, &answer), listing(printer, client, &items)].join("\n")
        });
        Ok(())
    }
}

/// The curl-friendly address of a user's recommendations.
pub(super) fn path_for(user: &str, limit: Option<u32>, scenario: Option<&str>) -> String {
    let path = format!("/v1/users/{}/recommendations", escape(user));
    let values = [
        ("limit", limit.map(|limit| limit.to_string())),
        ("scenario", scenario.map(str::to_owned)),
        ("explain", Some("reasons".to_owned())),
    ];
    with_query(&path, &values)
}

fn heading(printer: &Printer, answer: &Value) -> String {
    let freshness = &answer["freshness"];
    let mut parts = vec![printer.styled(Style::Bold, answer["source"].as_str().unwrap_or("?"))];
    if let Some(events) = freshness["user_events_applied"].as_u64() {
        parts.push(format!("{events} events of this user"));
    }
    if freshness["stale"].as_bool() == Some(true) {
        parts.push(printer.styled(Style::Red, "stale"));
    }
    if let Some(took) = answer["took_ms"].as_f64() {
        parts.push(format!("{took:.1} ms"));
    }
    let id = answer["recommendation_id"].as_str().unwrap_or_default();
    parts.push(printer.styled(Style::Dim, id));
    parts.join(" · ")
}

fn listing(printer: &Printer, client: &Client, items: &[Value]) -> String {
    if items.is_empty() {
        return "nothing to show: the node knows no item that fits (try `freshet import`)"
            .to_owned();
    }
    let rows: Vec<Vec<String>> = items.iter().map(|item| row(client, item)).collect();
    printer.table(&["rank", "item", "title", "score", "why"], &rows)
}

fn row(client: &Client, item: &Value) -> Vec<String> {
    let id = item["item_id"].as_str().unwrap_or_default();
    let reasons = item["reasons"].as_array().into_iter().flatten();
    let reasons: Vec<&str> = reasons.filter_map(Value::as_str).collect();
    vec![
        item["rank"].to_string(),
        id.to_owned(),
        cut(&title_of(client, id), TITLE_WIDTH),
        item["score"].as_f64().map_or_else(String::new, |score| format!("{score:.3}")),
        reasons.join(" "),
    ]
}

/// The item's title; empty where it has none or cannot be had.
fn title_of(client: &Client, id: &str) -> String {
    let item = client.get(&format!("/v1/items/{}", escape(id)));
    item.ok().and_then(|item| item["title"].as_str().map(str::to_owned)).unwrap_or_default()
}
