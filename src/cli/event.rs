//! `freshet event`: one event, sent and answered.

use clap::Args;
use serde_json::{Map, Value, json};

use super::client::Client;
use super::failure::Failure;
use super::global::Global;
use super::output::{Printer, Style};

const AFTER_HELP: &str = "\
Examples:
  freshet event click --user u1 --item sku-9
  freshet event rate --user u1 --item film-7 --value 4.5
  freshet event purchase --user u1 --item sku-9 --property channel=app -o json
  freshet event view --session s-81 --item sku-9      a visitor without a login

GET /v1/events/schema lists the types and their other names.";

/// Say that a user did something
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct SendEvent {
    /// Type of the event, or one of its other names: click, view, purchase, rate, …
    #[arg(value_name = "TYPE")]
    event_type: String,
    /// Who did it
    #[arg(long, required_unless_present = "session")]
    user: Option<String>,
    /// Visit of someone without a login
    #[arg(long)]
    session: Option<String>,
    /// On which item
    #[arg(long)]
    item: Option<String>,
    /// Rating, amount or portion
    #[arg(long)]
    value: Option<f64>,
    /// Place in the list that was shown, from 1
    #[arg(long)]
    position: Option<u16>,
    /// Answer that showed the item
    #[arg(long, value_name = "ID")]
    recommendation_id: Option<String>,
    /// Live room
    #[arg(long)]
    room: Option<String>,
    /// Id that makes it count once, however often it is sent
    #[arg(long, value_name = "ID")]
    event_id: Option<String>,
    /// When it happened: RFC 3339, or seconds or milliseconds since 1970 [default: now]
    #[arg(long)]
    timestamp: Option<String>,
    /// Something more, any number of times
    #[arg(long = "property", value_name = "NAME=VALUE")]
    properties: Vec<String>,
}

impl SendEvent {
    /// Sends it and writes the answer.
    ///
    /// # Errors
    /// [`Failure`] where the node does not take it.
    pub fn run(&self, client: &Client, global: &Global) -> Result<(), Failure> {
        let answer = client.post("/v1/events", &self.body()?)?;
        Printer::new(global).result(&answer, |printer| summary(printer, &answer));
        Ok(())
    }

    fn body(&self) -> Result<Value, Failure> {
        let mut event = Map::new();
        let mut set = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                event.insert(name.to_owned(), value);
            }
        };
        let text = |value: &Option<String>| value.clone().map(Value::from);
        set("type", Some(json!(self.event_type)));
        set("user_id", text(&self.user));
        set("session_id", text(&self.session));
        set("item_id", text(&self.item));
        set("value", self.value.map(Value::from));
        set("position", self.position.map(Value::from));
        set("recommendation_id", text(&self.recommendation_id));
        set("room_id", text(&self.room));
        set("event_id", text(&self.event_id));
        set("timestamp", self.timestamp.as_deref().map(number_or_text));
        set("properties", properties(&self.properties)?);
        Ok(Value::Object(event))
    }
}

fn properties(pairs: &[String]) -> Result<Option<Value>, Failure> {
    let mut found = Map::new();
    for pair in pairs {
        let (name, value) = pair
            .split_once('=')
            .ok_or_else(|| Failure::Usage(format!("--property {pair}: expected NAME=VALUE")))?;
        found.insert(name.to_owned(), number_or_text(value));
    }
    Ok((!found.is_empty()).then_some(Value::Object(found)))
}

fn number_or_text(text: &str) -> Value {
    let number = serde_json::from_str::<Value>(text).ok().filter(Value::is_number);
    number.unwrap_or_else(|| Value::from(text))
}

/// The answer in words.
fn summary(printer: &Printer, answer: &Value) -> String {
    let number = |name: &str| answer[name].as_u64().unwrap_or(0);
    let mut parts = Vec::new();
    if number("accepted") > 0 {
        parts.push(printer.styled(Style::Green, "accepted"));
    }
    if number("duplicates") > 0 {
        parts.push("already there, counted once".to_owned());
    }
    parts.push(match answer["applied"].as_bool() {
        Some(true) => "the next recommendation reflects it".to_owned(),
        _ => "durable, not applied yet".to_owned(),
    });
    if let Some(position) = answer["position"].as_str() {
        parts.push(printer.styled(Style::Dim, &format!("position {position}")));
    }
    let mut lines = vec![parts.join(" · ")];
    for warning in answer["warnings"].as_array().into_iter().flatten() {
        let told = warning["detail"].as_str().map_or_else(|| warning.to_string(), str::to_owned);
        lines.push(format!("note: {told}"));
    }
    lines.join("\n")
}
