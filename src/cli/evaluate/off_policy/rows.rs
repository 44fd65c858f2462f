//! Files of rows: what was shown, with which probability, and what came of it.
//!
//! CSV with a heading or a JSON object a line, told apart by the first byte; several names are known for each field, so
//! that Open Bandit's files need no mapping.
//!
//! **Invariant:** a row that lacks something, or whose numbers cannot be, is refused and counted, never mended.
//!
//! Not here: a node's own log (see `served`).

use std::collections::HashMap;
use std::io::BufRead;
use std::path::{Path, PathBuf};

use engine::evaluation::off_policy::{Intent, Trial};
use engine::hashing::NodeKey;
use serde_json::{Map, Value};

use super::Logged;
use crate::cli::failure::Failure;
use crate::import::ImportFile;

/// Names that a field may have.
const ACTION: &[&str] = &["action", "item_id", "item"];
const REWARD: &[&str] = &["reward", "click"];
const PROPENSITY: &[&str] = &["propensity", "propensity_score", "pscore"];
const POSITION: &[&str] = &["position", "place", "rank"];
const CONTEXT: &[&str] = &["context", "recommendation_id", "user_id"];
const TARGET: &[&str] = &["target", "target_propensity"];
const DUE: &[&str] = &["due", "greedy"];

/// One row, fields as text but for the target.
#[derive(Debug, Default)]
struct Row {
    action: String,
    position: String,
    context: Option<String>,
    reward: f64,
    propensity: f64,
    target: Option<TargetOf>,
    due: Option<String>,
}

/// What a row says of the target.
#[derive(Debug)]
enum TargetOf {
    Chance(f64),
    All(Vec<(String, f64)>),
}

/// Reads the files, one after the other.
pub(super) fn read(files: &[PathBuf]) -> Result<Logged, Failure> {
    let mut reading = Reading::default();
    for path in files {
        reading.file(path)?;
    }
    Ok(reading.finish(files))
}

/// What was read so far, with the numbers that names got.
#[derive(Debug, Default)]
struct Reading {
    logged: Logged,
    actions: HashMap<String, u32>,
    places: HashMap<String, u32>,
    column: Vec<Option<Intent>>,
    due: Vec<Option<u32>>,
}

impl Reading {
    fn file(&mut self, path: &Path) -> Result<(), Failure> {
        let file = ImportFile::open(path)?;
        let mut reader = file.reader()?;
        let first = reader.fill_buf().map_err(|fault| cannot_read(path, &fault))?.first().copied();
        match first {
            Some(b'{') => self.lines(path, reader),
            _ => self.records(path, reader),
        }
    }

    fn lines(&mut self, path: &Path, reader: impl BufRead) -> Result<(), Failure> {
        for (number, line) in (1_u64..).zip(reader.lines()) {
            let line = line.map_err(|fault| cannot_read(path, &fault))?;
            if line.trim().is_empty() {
                continue;
            }
            let value = serde_json::from_str::<Map<String, Value>>(&line);
            let row = value.map_err(|fault| fault.to_string());
            let row = row.and_then(|object| Row::of(&|names| member(&object, names)));
            self.take(path, number, row);
        }
        Ok(())
    }

    fn records(&mut self, path: &Path, reader: impl BufRead) -> Result<(), Failure> {
        let mut records = csv::ReaderBuilder::new().flexible(true).from_reader(reader);
        let heading = records.headers().map_err(|fault| cannot_read(path, &fault))?.clone();
        for (number, record) in (2_u64..).zip(records.records()) {
            let record = record.map_err(|fault| cannot_read(path, &fault))?;
            let cell = |names: &[&str]| {
                let known = |name: &&&str| heading.iter().position(|column| column == **name);
                let column = names.iter().find_map(|name| known(&name))?;
                let text = record.get(column).filter(|text| !text.is_empty())?;
                Some(Value::String(text.to_owned()))
            };
            self.take(path, number, Row::of(&cell));
        }
        Ok(())
    }

    fn take(&mut self, path: &Path, line: u64, row: Result<Row, String>) {
        match row.and_then(Row::checked) {
            Ok(row) => self.keep(row),
            Err(why) => {
                self.logged.refused += 1;
                let first = || format!("{}, line {line}: {why}", path.display());
                self.logged.first_refused.get_or_insert_with(first);
            }
        }
    }

    fn keep(&mut self, row: Row) {
        let number = self.logged.trials.trials.len() as u64;
        let context = row.context.map(|context| NodeKey([0; 16]).hash(&[context.as_bytes()]));
        let trial = Trial {
            action: numbered(&mut self.actions, row.action),
            place: numbered(&mut self.places, row.position),
            cluster: context.unwrap_or(number),
            reward: row.reward,
            propensity: row.propensity,
        };
        let intent = row.target.map(|target| match target {
            TargetOf::Chance(chance) => Intent { chance, all: None },
            TargetOf::All(all) => {
                let all: Vec<(u32, f64)> = all
                    .into_iter()
                    .map(|(action, chance)| (numbered(&mut self.actions, action), chance))
                    .collect();
                let shown = all.iter().find(|(action, _)| *action == trial.action);
                Intent { chance: shown.map_or(0.0, |(_, chance)| *chance), all: Some(all) }
            }
        });
        self.logged.trials.trials.push(trial);
        self.column.push(intent);
        self.due.push(row.due.map(|due| numbered(&mut self.actions, due)));
    }

    fn finish(mut self, files: &[PathBuf]) -> Logged {
        let names: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
        self.logged.source = names.join(" + ");
        self.logged.trials.actions = self.actions.len();
        self.logged.trials.places = self.places.len();
        self.logged.column = self.column.into_iter().collect();
        self.logged.due = self.due.into_iter().collect();
        self.logged
    }
}

impl Row {
    /// The row whose fields `field` gives by their names.
    fn of(field: &dyn Fn(&[&str]) -> Option<Value>) -> Result<Self, String> {
        let need = |names: &'static [&'static str]| {
            field(names).ok_or_else(|| format!("`{}` is missing", names.join("`, `")))
        };
        let target = match field(TARGET) {
            Some(Value::Object(all)) => Some(TargetOf::All(chances(all)?)),
            Some(value) => Some(TargetOf::Chance(number(TARGET[0], &value)?)),
            None => None,
        };
        Ok(Self {
            action: text(&need(ACTION)?),
            position: field(POSITION).map_or_else(String::new, |value| text(&value)),
            context: field(CONTEXT).map(|value| text(&value)),
            reward: number(REWARD[0], &need(REWARD)?)?,
            propensity: number(PROPENSITY[0], &need(PROPENSITY)?)?,
            target,
            due: field(DUE).map(|value| text(&value)),
        })
    }

    fn checked(self) -> Result<Self, String> {
        if !(0.0 < self.propensity && self.propensity <= 1.0) {
            return Err(format!("propensity {} is not above 0 and at most 1", self.propensity));
        }
        match &self.target {
            Some(TargetOf::Chance(chance)) if !(0.0..=1.0).contains(chance) => {
                Err(format!("target {chance} is not from 0 to 1"))
            }
            Some(TargetOf::All(all)) if !sums_to_one(all) => {
                Err("the chances of `target` do not sum to 1".to_owned())
            }
            _ => Ok(self),
        }
    }
}

fn sums_to_one(all: &[(String, f64)]) -> bool {
    let sum: f64 = all.iter().map(|(_, chance)| chance).sum();
    (sum - 1.0).abs() < 1e-3 && all.iter().all(|(_, chance)| 0.0 <= *chance)
}

fn chances(all: Map<String, Value>) -> Result<Vec<(String, f64)>, String> {
    all.into_iter().map(|(action, chance)| Ok((action, number(TARGET[0], &chance)?))).collect()
}

fn member(object: &Map<String, Value>, names: &[&str]) -> Option<Value> {
    names.iter().find_map(|name| object.get(*name)).filter(|value| !value.is_null()).cloned()
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn number(name: &str, value: &Value) -> Result<f64, String> {
    let flag = value.as_bool().map(|flag| f64::from(u8::from(flag)));
    let number = flag.or_else(|| value.as_f64()).or_else(|| value.as_str()?.trim().parse().ok());
    number.filter(|number| number.is_finite()).ok_or_else(|| format!("{name} {value} is no number"))
}

fn numbered(numbers: &mut HashMap<String, u32>, name: String) -> u32 {
    let next = numbers.len() as u32;
    *numbers.entry(name).or_insert(next)
}

fn cannot_read(path: &Path, fault: &dyn std::fmt::Display) -> Failure {
    Failure::Other(format!("cannot read {}: {fault}", path.display()))
}

#[cfg(test)]
mod tests;
