//! Which keys there are and of which type: `default.toml` itself, looked up key by key.

use toml::{Table, Value};

use crate::layer::{Assignment, Given};
use crate::manual::{MORE_FIELDS, NAMED_TABLES, OPEN_TABLES, PathExt};
use crate::{ConfigError, Fault, Problem};

/// How alike two names must be, 0 to 1, for one to be suggested for the other.
const ALIKE: f64 = 0.6;

/// The keys and types that a configuration may have.
pub(crate) struct Schema {
    defaults: Table,
}

impl Schema {
    /// The schema that the tree of defaults is.
    pub(crate) fn new(mut defaults: Table) -> Self {
        for (table, fields) in MORE_FIELDS {
            let entries = defaults.get_mut(table).and_then(Value::as_table_mut);
            let fields: Table = fields.parse().unwrap_or_default();
            for (_, entry) in entries.into_iter().flatten() {
                let Value::Table(entry) = entry else { continue };
                for (name, value) in &fields {
                    entry.entry(name.clone()).or_insert_with(|| value.clone());
                }
            }
        }
        Self { defaults }
    }

    /// The value to store for an assignment, or what is wrong with it.
    pub(crate) fn accept(&self, assignment: &Assignment) -> Result<Value, ConfigError> {
        let problem = |fault| {
            let (key, origin) = (assignment.path.join("."), assignment.origin.clone());
            ConfigError::from(Problem { key, origin, fault })
        };
        let expected = self.expected(&assignment.path);
        let expected = expected.ok_or_else(|| problem(self.unknown(&assignment.path)))?;
        let read = match &assignment.given {
            Given::Typed(value) => fit(value.clone(), &expected),
            Given::Text(text) => read_text(text, &expected),
        };
        read.map_err(|found| problem(Fault::WrongType { expected: describe(&expected), found }))
    }

    /// What is wrong with a key that there is not.
    fn unknown(&self, path: &[String]) -> Fault {
        let table = path.first().filter(|table| NAMED_TABLES.contains(&table.as_str()));
        let names = table.and_then(|table| self.defaults.get(table)).and_then(Value::as_table);
        match (names, path.get(1)) {
            (Some(names), Some(name)) if !names.contains_key(name) => Fault::UnknownName {
                known: names.keys().cloned().collect(),
                nearest: nearest_of(name, names.keys().map(String::as_str)).map(str::to_owned),
            },
            _ => Fault::UnknownKey { nearest: self.nearest(path) },
        }
    }

    /// What the defaults have at this key; user-given names have what the embedded example has.
    fn expected(&self, path: &[String]) -> Option<Value> {
        let mut here = Value::Table(self.defaults.clone());
        for (depth, name) in path.iter().enumerate() {
            let table = here.as_table()?;
            let example = OPEN_TABLES
                .iter()
                .find(|(open, _)| open.len() == depth && path.starts_with_names(open))
                .map(|(_, example)| *example);
            let next = table.get(name).or_else(|| table.get(example?))?;
            here = next.clone();
        }
        Some(here)
    }

    fn nearest(&self, path: &[String]) -> Option<String> {
        let (last, parents) = path.split_last()?;
        let siblings = self.expected(parents);
        let sibling = siblings.as_ref().and_then(Value::as_table).and_then(|table| {
            let names = table.keys().map(String::as_str);
            nearest_of(last, names).map(|name| [parents, &[name.to_owned()]].concat().join("."))
        });
        sibling.or_else(|| self.nearest_anywhere(last, path))
    }

    /// The key of the same last name, else the one that looks most like it as a whole.
    fn nearest_anywhere(&self, last: &str, path: &[String]) -> Option<String> {
        let mut keys = Vec::new();
        collect_keys(&self.defaults, "", &mut keys);
        let wanted = path.join(".");
        let same: Vec<_> =
            keys.iter().filter(|key| key.rsplit('.').next() == Some(last)).cloned().collect();
        let among = if same.is_empty() { &keys } else { &same };
        let likeness = |key: &String| strsim::normalized_damerau_levenshtein(key, &wanted);
        let best = among.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
        (!same.is_empty() || ALIKE <= likeness(best)).then(|| best.clone())
    }
}

/// The one of `names` that looks most like `wanted`, where one does.
pub(crate) fn nearest_of<'a>(
    wanted: &str,
    names: impl Iterator<Item = &'a str>,
) -> Option<&'a str> {
    let rated = names.map(|name| (strsim::normalized_damerau_levenshtein(wanted, name), name));
    let best = rated.max_by(|a, b| a.0.total_cmp(&b.0))?;
    (ALIKE <= best.0).then_some(best.1)
}

fn collect_keys(table: &Table, prefix: &str, out: &mut Vec<String>) {
    for (name, value) in table {
        let key = format!("{prefix}{name}");
        match value {
            Value::Table(inner) => collect_keys(inner, &format!("{key}."), out),
            _ => out.push(key),
        }
    }
}

/// The value if its type is that of `expected`; a whole number may stand for a fraction.
fn fit(value: Value, expected: &Value) -> Result<Value, String> {
    match (value, expected) {
        (Value::Integer(number), Value::Float(_)) => Ok(Value::Float(number as f64)),
        (Value::Array(items), Value::Array(wanted)) => {
            let example = wanted.first().cloned().unwrap_or_else(|| Value::String(String::new()));
            let fitted = items.into_iter().map(|item| fit(item, &example));
            fitted
                .collect::<Result<_, _>>()
                .map(Value::Array)
                .map_err(|found| format!("a list with {found}"))
        }
        (value, expected) if value.same_type(expected) => Ok(value),
        (value, _) => Err(show(&value)),
    }
}

/// Reads text as a value of the type of `expected`.
fn read_text(text: &str, expected: &Value) -> Result<Value, String> {
    let parsed = match expected {
        Value::String(_) => Some(Value::String(text.to_owned())),
        Value::Integer(_) => text.replace('_', "").parse().ok().map(Value::Integer),
        Value::Float(_) => text.replace('_', "").parse().ok().map(Value::Float),
        Value::Boolean(_) => text.parse().ok().map(Value::Boolean),
        Value::Array(wanted) => {
            let example = wanted.first().cloned().unwrap_or_else(|| Value::String(String::new()));
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            items
                .map(|item| read_text(item, &example))
                .collect::<Result<_, _>>()
                .ok()
                .map(Value::Array)
        }
        Value::Datetime(_) | Value::Table(_) => None,
    };
    parsed.ok_or_else(|| format!("\"{text}\""))
}

fn describe(expected: &Value) -> String {
    match expected {
        Value::String(_) => "a text in quotes",
        Value::Integer(_) => "a whole number",
        Value::Float(_) => "a number",
        Value::Boolean(_) => "true or false",
        Value::Datetime(_) => "a time",
        Value::Table(_) => "a table",
        Value::Array(items) => match items.first() {
            Some(Value::Integer(_)) => "a list of whole numbers",
            _ => "a list of texts",
        },
    }
    .to_owned()
}

fn show(value: &Value) -> String {
    match value {
        Value::String(text) => format!("the text \"{text}\""),
        Value::Table(_) => "a table".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        other => other.to_string(),
    }
}
