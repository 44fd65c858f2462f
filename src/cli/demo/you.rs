//! The reader as a visitor: one click made for them, curl lines to go on with, and their list as it is.
//!
//! The milliseconds are the visitor's own: from before the click is sent until the second list has been
//! read, two requests over HTTP.

use serde_json::{Value, json};

use super::goods;
use crate::cli::client::Client;
use crate::cli::failure::Failure;
use crate::cli::output::{Printer, Style, cut, pad};
use crate::cli::recommend::path_for;
use crate::clock::Stopwatch;

/// The name under which the reader is a visitor.
const VISITOR: &str = "you";
const LIST_LENGTH: u32 = 10;

/// Place in the first list, from 0, of the film that is clicked.
const CLICKED: usize = 2;

/// Width of a title.
const WIDTH: usize = 24;

/// Items of the reader's list in the panel.
const GLIMPSE: u32 = 4;

/// Makes one click in the reader's name and gives both lists as text.
///
/// # Errors
/// [`Failure`] where the node does not answer, or its second list does not reflect the click.
pub fn click(client: &Client, printer: &Printer) -> Result<String, Failure> {
    // One call before the clock runs, so that it times the node and not the first connection.
    client.get("/livez").ok();
    // Without exploration, so that what changes is what the click changes.
    let path = format!("{}&explore=false", path_for(VISITOR, Some(LIST_LENGTH), None));
    let before = client.get(&path)?;
    let shown = ids(&before);
    let clicked = shown
        .get(CLICKED)
        .cloned()
        .ok_or_else(|| Failure::Other("the first list is too short".to_owned()))?;
    let click = json!({
        "type": "select_item", "user_id": VISITOR, "item_id": clicked, "position": CLICKED + 1,
        "recommendation_id": before["recommendation_id"],
    });
    let watch = Stopwatch::start();
    let taken = client.post("/v1/events", &click)?;
    let acknowledged = watch.elapsed();
    let after = client.get(&path)?;
    let listed = watch.elapsed();

    let lists = Lists { shown, listed: ids(&after), clicked };
    lists.verdict(taken["applied"].as_bool())?;
    let ms = |took: std::time::Duration| took.as_secs_f64() * 1e3;
    Ok(format!(
        "{}\nclick on {}: acknowledged after {:.1} ms, the new list read after {:.1} ms\n{}",
        lists.render(printer, (source(&before), source(&after))),
        title(&lists.clicked),
        ms(acknowledged),
        ms(listed),
        printer.styled(Style::Dim, &reasons(&after))
    ))
}

/// Lines that work while the node runs.
#[must_use]
pub fn invitation(base: &str) -> String {
    format!(
        "curl '{base}/v1/users/{VISITOR}/recommendations?limit=5'\n\
         curl -X POST {base}/v1/events -H 'content-type: application/json' \\\n     \
         -d '{{\"user_id\":\"{VISITOR}\",\"item_id\":\"{}\",\"event\":\"click\"}}'",
        goods::id(goods::CATEGORIES)
    )
}

/// The reader's list as it is now, on one line.
///
/// # Errors
/// [`Failure`] where the node does not answer.
pub fn glimpse(client: &Client) -> Result<String, Failure> {
    let list = client.get(&path_for(VISITOR, Some(GLIMPSE), None))?;
    let titles: Vec<String> = ids(&list).iter().map(|id| title(id)).collect();
    let events = list["freshness"]["user_events_applied"].as_u64().unwrap_or(0);
    let events = if events == 1 { "1 event".to_owned() } else { format!("{events} events") };
    Ok(format!("your list after {events} of yours: {}", titles.join(" · ")))
}

fn title(id: &str) -> String {
    goods::number(id).map_or_else(|| id.to_owned(), goods::title)
}

fn ids(answer: &Value) -> Vec<String> {
    let items = answer["items"].as_array().into_iter().flatten();
    items.filter_map(|item| item["item_id"].as_str().map(str::to_owned)).collect()
}

fn source(answer: &Value) -> &str {
    answer["source"].as_str().unwrap_or("?")
}

fn reasons(answer: &Value) -> String {
    let first = answer["items"][0]["reasons"].as_array().into_iter().flatten();
    let told: Vec<&str> = first.filter_map(Value::as_str).collect();
    format!("why the new first one is there: {}", told.join(", "))
}

/// The list before the click and the one after it.
#[derive(Debug)]
struct Lists {
    shown: Vec<String>,
    listed: Vec<String>,
    clicked: String,
}

impl Lists {
    /// Both lists side by side, with what moved.
    fn render(&self, printer: &Printer, sources: (&str, &str)) -> String {
        let title = |id: &str| cut(&title(id), WIDTH);
        let heading = format!(
            "    {}  {}",
            pad(&format!("before: {}", sources.0), WIDTH + 8),
            format_args!("after: {}", sources.1)
        );
        let mut lines = vec![printer.styled(Style::Bold, &heading)];
        for place in 0..self.shown.len().max(self.listed.len()) {
            let (left, left_style) = match self.shown.get(place) {
                Some(id) if *id == self.clicked => (format!("{} <click", title(id)), Style::Green),
                Some(id) if !self.listed.contains(id) => {
                    (format!("{} gone", title(id)), Style::Red)
                }
                Some(id) => (title(id), Style::Plain),
                None => (String::new(), Style::Plain),
            };
            let left = printer.styled(left_style, &pad(&left, WIDTH + 8));
            let right = self.listed.get(place).map_or_else(String::new, |id| {
                let (mark, style) = self.moved(id, place);
                format!("{} {}", printer.styled(style, &pad(&mark, 4)), title(id))
            });
            lines.push(format!("{:>2}  {left}  {right}", place + 1).trim_end().to_owned());
        }
        lines.join("\n")
    }

    /// How the item at `place` of the second list came there.
    fn moved(&self, id: &str, place: usize) -> (String, Style) {
        match self.shown.iter().position(|shown| shown == id) {
            None => ("new".to_owned(), Style::Green),
            Some(before) if place < before => (format!("▲{}", before - place), Style::Green),
            Some(before) if before < place => (format!("▼{}", place - before), Style::Dim),
            Some(_) => ("=".to_owned(), Style::Dim),
        }
    }

    /// The show fails where the node did not do what it promises.
    fn verdict(&self, applied: Option<bool>) -> Result<(), Failure> {
        if applied != Some(true) {
            return Err(Failure::Other("the click was not applied within its deadline".to_owned()));
        }
        if self.listed.contains(&self.clicked) || self.listed == self.shown {
            return Err(Failure::Other("the list does not reflect the click".to_owned()));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
