//! What a replay found, for people, and its differences as JSON.
//!
//! Not here: finding it.

use engine::shard::differences::{Differences, Differing, UserDifference};
use serde_json::{Value, json};

use super::Outcome;
use crate::cli::output::{Printer, Style, count};

/// The outcome as text.
pub(super) fn write(printer: &Printer, outcome: &Outcome) -> String {
    let replayed = &outcome.replayed;
    let rate = replayed.records as f64 / replayed.seconds.max(1e-3);
    let mut rows = vec![
        row("source", outcome.source.clone()),
        row("records", count(replayed.records)),
        row("users", count(replayed.users())),
        row("items", count(replayed.items())),
        row("seconds", format!("{:.3}", replayed.seconds)),
        row("records per second", count(rate as u64)),
        row("digest of users", format!("{:016x}", replayed.users_digest())),
        row("digest of items", format!("{:016x}", replayed.items_digest())),
        row("digest of live rooms", format!("{:016x}", replayed.rooms_digest())),
    ];
    rows.extend(replayed.model_digest().map(|it| row("digest of the model", format!("{it:016x}"))));
    let mut blocks = vec![printer.table(&["replayed", ""], &rows)];
    if let Some((first, _)) = outcome.span.filter(|(first, _)| outcome.is_log && 1 < *first) {
        let first = count(first);
        blocks.push(format!(
            "The log begins at record {first}: of what was before, nothing is in the replayed state."
        ));
    }
    let same = (outcome.same_items.unwrap_or(true), outcome.same_rooms.unwrap_or(true));
    let found = outcome.differences.as_ref();
    blocks.extend(found.map(|found| compared(printer, found, same)));
    blocks.extend(outcome.user.as_ref().map(|user| format!("{user:#}")));
    blocks.join("\n\n")
}

fn row(name: &str, value: String) -> Vec<String> {
    vec![name.to_owned(), value]
}

fn compared(
    printer: &Printer,
    found: &Differences,
    (same_items, same_rooms): (bool, bool),
) -> String {
    if found.is_none() && same_items && same_rooms {
        let users = count(found.equal);
        let told =
            format!("equal, bit for bit: {users} users, what is known of items, and live rooms");
        return printer.styled(Style::Green, &told);
    }
    let word = |same| if same { "equal" } else { "differ" }.to_owned();
    let rows = vec![
        row("users equal", count(found.equal)),
        row("users that differ", count(found.different)),
        row("users only the node has", count(found.only_first)),
        row("users only the replay has", count(found.only_second)),
        row("else different", found.others.join(", ")),
        row("items", word(same_items)),
        row("live rooms", word(same_rooms)),
    ];
    let mut blocks = vec![printer.table(&["compared with the node", ""], &rows)];
    if !found.users.is_empty() {
        let rows: Vec<_> = found.users.iter().map(|it| row(it.user.as_str(), how(it))).collect();
        blocks.push(printer.table(&["user", "differs in"], &rows));
    }
    blocks.join("\n\n")
}

fn how(user: &UserDifference) -> String {
    match &user.how {
        Differing::OnlyFirst => "only the node knows them".to_owned(),
        Differing::OnlySecond => "only the replay knows them".to_owned(),
        Differing::Parts(parts) => parts.join(", "),
    }
}

/// Differences as JSON.
pub(super) fn differences_json(found: &Differences) -> Value {
    let users = found.users.iter().map(|it| {
        let (only, parts) = match &it.how {
            Differing::OnlyFirst => (Some("node"), Vec::new()),
            Differing::OnlySecond => (Some("replay"), Vec::new()),
            Differing::Parts(parts) => (None, parts.clone()),
        };
        json!({"user_id": it.user.as_str(), "only": only, "parts": parts})
    });
    json!({
        "users_equal": found.equal,
        "users_different": found.different,
        "users_only_node": found.only_first,
        "users_only_replay": found.only_second,
        "others": found.others,
        "users": users.collect::<Vec<_>>(),
    })
}
