//! The effective configuration as TOML that can be read back, with or without the story of its values.
//!
//! **Invariant:** a secret is never written; the key that holds one is shown as a comment.

use std::fmt::Write as _;

use toml::{Table, Value};

use crate::Loaded;

/// Keys that hold secrets.
const SECRETS: [&str; 4] =
    ["server.api_key", "auth.token_secret", "auth.token_public_key", "auth.token_private_key"];

impl Loaded {
    /// Every key with its value, as TOML.
    #[must_use]
    pub fn show(&self) -> String {
        self.render(|_| String::new())
    }

    /// The same, each key with a comment that says who set it.
    #[must_use]
    pub fn show_with_origins(&self) -> String {
        self.render(|key| {
            self.origins.get(key).map_or("  # as in the example".to_owned(), |o| format!("  # {o}"))
        })
    }

    fn render(&self, note: impl Fn(&str) -> String) -> String {
        let mut text = String::new();
        write_table(&self.tree, "", &note, &mut text);
        text.trim_start().to_owned()
    }
}

/// Plain keys first, then the tables below, as TOML wants it.
fn write_table(table: &Table, prefix: &str, note: &impl Fn(&str) -> String, out: &mut String) {
    let plain: Vec<_> = table.iter().filter(|(_, value)| !value.is_table()).collect();
    if !plain.is_empty() && !prefix.is_empty() {
        let _ = writeln!(out, "\n[{}]", prefix.trim_end_matches('.'));
    }
    for (name, value) in plain {
        let key = format!("{prefix}{name}");
        let hidden = SECRETS.contains(&key.as_str()) && value.as_str() != Some("");
        let line = if hidden { format!("# {name} is set") } else { format!("{name} = {value}") };
        let _ = writeln!(out, "{line}{}", note(&key));
    }
    for (name, value) in table {
        if let Value::Table(inner) = value {
            write_table(inner, &format!("{prefix}{name}."), note, out);
        }
    }
}
