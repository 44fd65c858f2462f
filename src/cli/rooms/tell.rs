//! What happens in a room, each thing on a line for people.

use std::fmt::Write as _;

use serde_json::Value;

use crate::cli::output::{Printer, Style, count};

/// Products of a shelf that a line names.
const SHOWN: usize = 5;

/// One line: the time, and what was said.
pub fn line(printer: &Printer, kind: &str, said: &Value) -> String {
    let (style, text) = words(kind, said);
    let at = said["at"].as_str().or_else(|| said["told_at"].as_str()).unwrap_or_default();
    let clock = at.split_once('T').map_or("", |(_, time)| time.get(..8).unwrap_or_default());
    let clock = printer.styled(Style::Dim, &format!("{clock:8}"));
    format!("{clock} {}", printer.styled(style, &text))
}

fn words(kind: &str, said: &Value) -> (Style, String) {
    let text = |name: &str| plain(said[name].as_str().unwrap_or_default());
    match kind {
        "comment" => {
            let who = said["name"].as_str().or_else(|| said["user_id"].as_str()).unwrap_or("?");
            (Style::Plain, format!("{}: {}", plain(who), text("text")))
        }
        "notice" => (Style::Bold, format!("* {}", notice(said))),
        "showing" => match said["item_id"].as_str() {
            Some(item) => (Style::Bold, format!("now on show: {}", plain(item))),
            None => (Style::Bold, "nothing on show".to_owned()),
        },
        "highlight" => (Style::Green, highlight(said)),
        "match" => (Style::Green, format!("{} matches {}", text("user_id"), text("pattern"))),
        "subscribed" if said["recovered"] == false => {
            (Style::Bold, "some of what was missed is gone".to_owned())
        }
        "subscribed" => (Style::Dim, "following".to_owned()),
        "ended" => (Style::Bold, "the room has ended".to_owned()),
        "room_stats" => (Style::Dim, stats(said)),
        "feed" => (Style::Dim, shelf(said)),
        _ => (Style::Plain, format!("{kind} {said}")),
    }
}

fn notice(said: &Value) -> String {
    let text = said["text"].as_str().map(plain);
    text.unwrap_or_else(|| said["data"].to_string())
}

fn highlight(said: &Value) -> String {
    let number = |name: &str| said[name].as_f64().unwrap_or_default();
    let phase = if said["phase"] == "over" { "moment over" } else { "moment" };
    let mut parts: Vec<(&str, f64)> = said["made_of"]
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(name, points)| Some((name.as_str(), points.as_f64()?)))
        .filter(|(_, points)| 0.0 < *points)
        .collect();
    parts.sort_by(|a, b| b.1.total_cmp(&a.1));
    let parts: Vec<&str> = parts.iter().take(2).map(|(name, _)| *name).collect();
    let made_of =
        if parts.is_empty() { String::new() } else { format!(", by {}", parts.join(" and ")) };
    format!("{phase}: heat {:.1}, usually {:.1}{made_of}", number("peak"), number("past"))
}

fn stats(said: &Value) -> String {
    let whole = |value: &Value| count(value.as_u64().unwrap_or(0));
    let heat = |name: &str| said["heat"][name].as_f64().unwrap_or_default();
    format!(
        "{} viewers · heat {:.1} / {:.1} / {:.1} · {} comments · {} likes · {} gifts · {} clicks · mood {:+.2}",
        whole(&said["viewers"]),
        heat("s10"),
        heat("s30"),
        heat("m5"),
        whole(&said["acts"]["comment"]),
        whole(&said["acts"]["like"]),
        whole(&said["acts"]["gift"]),
        whole(&said["acts"]["click"]),
        said["mood"].as_f64().unwrap_or_default(),
    )
}

fn shelf(said: &Value) -> String {
    let mut text = "shelf:".to_owned();
    let items: Vec<&Value> = said["items"].as_array().into_iter().flatten().collect();
    for item in items.iter().take(SHOWN) {
        let pull = item["pull"].as_f64().map_or_else(String::new, |pull| format!(" {pull:.1}"));
        let _ = write!(text, " {}{pull},", plain(item["item_id"].as_str().unwrap_or_default()));
    }
    text.truncate(text.trim_end_matches(',').len());
    if SHOWN < items.len() {
        let _ = write!(text, " and {} more", items.len() - SHOWN);
    }
    text
}

/// What strangers type must not move the reader's terminal.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests;
