//! One source of settings, flattened into assignments in the order in which they were written.

use std::path::{Path, PathBuf};

use toml::Value;
use toml::de::{DeTable, DeValue};

use crate::{ConfigError, Fault, Flag, Origin, Problem};

/// What environment variables that set a key begin with.
const ENVIRONMENT_PREFIX: &str = "FRESHET__";

/// One key set to one value by one source.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Assignment {
    /// The key, name by name.
    pub(crate) path: Vec<String>,
    /// What it is set to.
    pub(crate) given: Given,
    /// By whom.
    pub(crate) origin: Origin,
}

/// A value as a source gives it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Given {
    /// With the type that TOML gave it; a table only where it is empty.
    Typed(Value),
    /// As text, whose type is that of the key.
    Text(String),
}

/// Reads TOML; `path` is where it comes from, `None` for the embedded defaults.
pub(crate) fn from_toml(text: &str, path: Option<&Path>) -> Result<Vec<Assignment>, ConfigError> {
    let source = Source { text, path: path.map(Path::to_owned) };
    let table = DeTable::parse(text).map_err(|fault| {
        let at = fault.span().map_or(0, |span| span.start);
        let reason = format!("no TOML: {}", fault.message());
        Problem {
            key: String::new(),
            origin: source.origin(at),
            fault: Fault::Unreadable { reason },
        }
    })?;
    let mut assignments = Vec::new();
    source.flatten(table.get_ref(), &mut Vec::new(), &mut assignments);
    Ok(assignments)
}

/// Reads those of the variables that set a key.
pub(crate) fn from_environment(variables: &[(String, String)]) -> Vec<Assignment> {
    let mut ours: Vec<_> = variables
        .iter()
        .filter_map(|(name, value)| Some((name, name.strip_prefix(ENVIRONMENT_PREFIX)?, value)))
        .collect();
    ours.sort();
    let assign = |(name, key, value): (&String, &str, &String)| Assignment {
        path: key.split("__").map(str::to_lowercase).collect(),
        given: Given::Text(value.clone()),
        origin: Origin::Environment { variable: name.clone() },
    };
    ours.into_iter().map(assign).collect()
}

/// Reads flags of the command line.
pub(crate) fn from_flags(flags: &[Flag]) -> Vec<Assignment> {
    let assign = |flag: &Flag| Assignment {
        path: flag.key.split('.').map(str::to_owned).collect(),
        given: Given::Text(flag.value.clone()),
        origin: Origin::Flag { flag: flag.flag.to_owned() },
    };
    flags.iter().map(assign).collect()
}

struct Source<'a> {
    text: &'a str,
    path: Option<PathBuf>,
}

impl Source<'_> {
    fn origin(&self, byte: usize) -> Origin {
        let line = 1 + self.text.bytes().take(byte).filter(|byte| *byte == b'\n').count();
        match &self.path {
            Some(path) => Origin::File { path: path.clone(), line },
            None => Origin::Default,
        }
    }

    fn flatten(&self, table: &DeTable, path: &mut Vec<String>, out: &mut Vec<Assignment>) {
        for (key, value) in table {
            path.push(key.get_ref().to_string());
            match value.get_ref() {
                DeValue::Table(inner) if !inner.is_empty() => self.flatten(inner, path, out),
                other => out.push(Assignment {
                    path: path.clone(),
                    given: Given::Typed(plain(other)),
                    origin: self.origin(key.span().start),
                }),
            }
            path.pop();
        }
    }
}

fn plain(value: &DeValue) -> Value {
    match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(number) => integer(number.as_str(), number.radix()),
        DeValue::Float(number) => {
            let digits = number.as_str().replace('_', "");
            digits.parse().map_or(Value::String(digits), Value::Float)
        }
        DeValue::Boolean(truth) => Value::Boolean(*truth),
        DeValue::Datetime(time) => Value::Datetime(*time),
        DeValue::Array(items) => {
            Value::Array(items.iter().map(|item| plain(item.get_ref())).collect())
        }
        // Only an empty one gets here, or one in a list, which no key takes.
        DeValue::Table(_) => Value::Table(toml::Table::new()),
    }
}

/// A whole number; one that does not fit stays the text it is, and is refused as such.
fn integer(digits: &str, radix: u32) -> Value {
    let digits = digits.replace('_', "");
    i64::from_str_radix(&digits, radix).map_or(Value::String(digits), Value::Integer)
}

#[cfg(test)]
mod tests;
