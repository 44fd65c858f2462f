//! `default.toml` read as a manual: what each key means and what may stand there.
//!
//! The comment directly above a key is its meaning. `Range: A to B.` or `One of: a, b.` in it is the rule
//! that is checked. A table whose names are the user's own ([`OPEN_TABLES`]) describes its fields in the
//! comment above it, one `#   field: …` each.
//!
//! **Invariant:** ranges stand in that file alone; this module only reads them.

use std::collections::BTreeMap;

/// The defaults and the manual in one.
pub const DEFAULT_TOML: &str = include_str!("../default.toml");

/// Tables whose names are the user's own, with the entry that shows which fields a name has; `*` is any name.
pub(crate) const OPEN_TABLES: [(&[&str], &str); 7] = [
    (&["events", "types"], "view_item_list"),
    (&["features"], "clicks_1m"),
    (&["patterns"], "keen_on_category"),
    SCENARIOS,
    (&["ranking", "scenarios", "*", "goal"], "click"),
    (&["ranking", "scenarios", "*", "goal_values"], "purchase"),
    (&["ranking", "scenarios", "*", "tagged"], "keen_on_category"),
];

/// Tables whose names are told in full where one is given that is none of them.
pub(crate) const NAMED_TABLES: [&str; 1] = ["retrieval"];

/// Fields that entries of a table may have beside those that the embedded ones happen to have, with values of their types.
pub(crate) const MORE_FIELDS: [(&str, &str); 2] = [
    (
        "features",
        "enabled = true\nentity = ''\nevents = ['']\nwhere = ''\nwindow = ''\naggregate = ''\nof = ''\nper = ['']\n\
         smoothing = [0.0]\nmost = 0\ntop = 0\nttl = ''\nmax_instances = 0\nrank = ''\n",
    ),
    (
        "patterns",
        "enabled = true\nsteps = ['']\nwithin = ''\nsame = ''\nthen_no = ''\nfor = ''\ntag = ''\nttl = ''\nmax_open = 0\nrank = false\n",
    ),
];

/// The scenarios' table, and the scenario that others take from what they leave out.
pub(crate) const SCENARIOS: (&[&str], &str) = (&["ranking", "scenarios"], "home");

/// What may stand at a key.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Rule {
    /// A number between two bounds, both allowed.
    Range { low: f64, high: f64, text: String },
    /// One of some words.
    OneOf(Vec<String>),
}

/// The manual: the comment and the rule of each key, user-given names written as `*`.
#[derive(Debug, Default)]
pub(crate) struct Manual {
    docs: BTreeMap<String, String>,
}

impl Manual {
    /// Reads the embedded file.
    pub(crate) fn embedded() -> Self {
        let mut manual = Self::default();
        let (mut table, mut comment) = (Vec::new(), Vec::new());
        for line in DEFAULT_TOML.lines() {
            if let Some(text) = line.strip_prefix('#') {
                comment.push(text.strip_prefix(' ').unwrap_or(text));
            } else if let Some(header) = line.strip_prefix('[') {
                table = header.trim_end_matches(']').split('.').map(str::to_owned).collect();
                manual.add_fields(&table, &comment);
                comment.clear();
            } else if let Some((key, _)) = line.split_once('=') {
                let path = [table.as_slice(), &[key.trim().to_owned()]].concat();
                manual.docs.insert(generic(&path), comment.join(" "));
                comment.clear();
            } else {
                comment.clear();
            }
        }
        manual
    }

    /// What is said about a key; empty where nothing is.
    #[cfg(test)]
    pub(crate) fn doc(&self, path: &[String]) -> &str {
        self.docs.get(&generic(path)).map_or("", String::as_str)
    }

    /// The rule for a key, where its comment gives one.
    pub(crate) fn rule(&self, path: &[String]) -> Option<Rule> {
        let doc = self.docs.get(&generic(path))?;
        range_in(doc).or_else(|| words_in(doc))
    }

    fn add_fields(&mut self, table: &[String], comment: &[&str]) {
        let mut field = None;
        for line in comment {
            let named = line.strip_prefix("  ").and_then(|rest| rest.split_once(": "));
            match named.filter(|(name, _)| !name.starts_with(' ') && !name.contains(' ')) {
                Some((name, doc)) => {
                    let path = [table, &["*".to_owned(), name.to_owned()]].concat();
                    self.docs.insert(path.join("."), doc.to_owned());
                    field = Some(path.join("."));
                }
                None => {
                    if let Some(doc) = field.as_ref().and_then(|path| self.docs.get_mut(path)) {
                        doc.push(' ');
                        doc.push_str(line.trim());
                    }
                }
            }
        }
    }
}

/// A file to start from: the manual with every setting commented out.
#[must_use]
pub fn starter_file() -> String {
    let mut text = String::new();
    for line in DEFAULT_TOML.lines() {
        if line.contains(" = ") && !line.starts_with('#') {
            text.push('#');
        }
        text.push_str(line);
        text.push('\n');
    }
    text
}

/// The dotted key with user-given names written as `*`.
fn generic(path: &[String]) -> String {
    let open = OPEN_TABLES.iter().find(|(table, _)| path.starts_with_names(table));
    let mut names: Vec<&str> = path.iter().map(String::as_str).collect();
    if let Some(place) = open.map(|(table, _)| table.len()).filter(|place| *place < names.len()) {
        names[place] = "*";
    }
    // Entries of the types' table are values themselves: each keeps its own comment.
    if names.last() == Some(&"*") {
        return path.join(".");
    }
    names.join(".")
}

/// Comparing a path with names.
pub(crate) trait PathExt {
    /// Whether the path begins with these names, of which `*` is any.
    fn starts_with_names(&self, names: &[&str]) -> bool;
}

impl PathExt for [String] {
    fn starts_with_names(&self, names: &[&str]) -> bool {
        names.len() <= self.len()
            && names.iter().zip(self).all(|(name, part)| name == part || *name == "*")
    }
}

fn range_in(doc: &str) -> Option<Rule> {
    let (_, rest) = doc.split_once("Range: ")?;
    let (low, rest) = rest.split_once(" to ")?;
    let high = rest.split_whitespace().next()?.trim_end_matches('.');
    let text = format!("{low} to {high}");
    Some(Rule::Range { low: number(low)?, high: number(high)?, text })
}

fn words_in(doc: &str) -> Option<Rule> {
    let (_, rest) = doc.split_once("One of: ")?;
    let words = rest.split_once('.').map_or(rest, |(words, _)| words);
    Some(Rule::OneOf(words.split(", ").map(str::to_owned).collect()))
}

fn number(text: &str) -> Option<f64> {
    text.replace('_', "").parse().ok()
}
