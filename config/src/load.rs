//! Layers become one checked configuration: default, file, environment, flags.

mod checks;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use crate::layer::{self, Assignment, Given};
use crate::manual::{DEFAULT_TOML, Manual, SCENARIOS};
use crate::schema::Schema;
use crate::{Config, ConfigError, Fault, Origin, Problem, Secret};

/// Where settings come from, besides the embedded defaults.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The configuration file, if there is one.
    pub file: Option<PathBuf>,
    /// The process environment; variables that do not begin with `FRESHET__` are passed over.
    pub environment: Vec<(String, String)>,
    /// What the command line sets.
    pub flags: Vec<Flag>,
}

/// A flag of the command line that sets a key.
#[derive(Clone, Debug)]
pub struct Flag {
    /// The flag with its dashes, for messages.
    pub flag: &'static str,
    /// The dotted key.
    pub key: &'static str,
    /// The value as it was typed.
    pub value: String,
}

/// A configuration with the story of its values.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The typed configuration.
    pub config: Config,
    /// The merged tree behind it.
    pub(crate) tree: Table,
    /// Who set each key last.
    pub(crate) origins: BTreeMap<String, Origin>,
}

/// Reads and checks all layers.
///
/// # Errors
/// Everything that is wrong with them, each with its key and place.
pub fn load(sources: &Sources) -> Result<Loaded, ConfigError> {
    let mut merged = Merged::default();
    let schema = merged.defaults()?;
    for assignment in read_layers(sources)? {
        match schema.accept(&assignment) {
            Ok(value) => merged.set(&assignment.path, value, assignment.origin),
            Err(fault) => merged.problems.extend(fault.problems),
        }
    }
    merged.fill_scenarios();
    merged.check_rules();
    merged.finish()
}

fn read_layers(sources: &Sources) -> Result<Vec<Assignment>, ConfigError> {
    let mut all = Vec::new();
    if let Some(path) = &sources.file {
        all.extend(layer::from_toml(&read_file(path)?, Some(path))?);
    }
    all.extend(layer::from_environment(&sources.environment));
    all.extend(layer::from_flags(&sources.flags));
    Ok(all)
}

fn read_file(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|fault| {
        let fault = Fault::Unreadable { reason: format!("cannot be read: {fault}") };
        let origin = Origin::File { path: path.to_owned(), line: 1 };
        Problem { key: String::new(), origin, fault }.into()
    })
}

/// The layers laid over one another so far.
#[derive(Default)]
struct Merged {
    tree: Table,
    origins: BTreeMap<String, Origin>,
    problems: Vec<Problem>,
}

impl Merged {
    fn defaults(&mut self) -> Result<Schema, ConfigError> {
        for assignment in layer::from_toml(DEFAULT_TOML, None)? {
            if let Given::Typed(value) = assignment.given {
                self.set(&assignment.path, value, assignment.origin);
            }
        }
        Ok(Schema::new(self.tree.clone()))
    }

    fn set(&mut self, path: &[String], value: Value, origin: Origin) {
        let Some((last, parents)) = path.split_last() else { return };
        let mut here = &mut self.tree;
        for name in parents {
            let next = here.entry(name.clone()).or_insert_with(|| Value::Table(Table::new()));
            // The schema has refused a value where a table belongs.
            let Value::Table(table) = next else { return };
            here = table;
        }
        let empty_table = value.as_table().is_some_and(Table::is_empty);
        if !(empty_table && here.contains_key(last)) {
            here.insert(last.clone(), value);
            self.origins.insert(path.join("."), origin);
        }
    }

    /// What a scenario leaves out is as in the embedded example.
    fn fill_scenarios(&mut self) {
        let (place, example) = SCENARIOS;
        let scenarios = place.iter().try_fold(&mut self.tree, |here, name| {
            here.get_mut(*name).and_then(Value::as_table_mut)
        });
        let Some(scenarios) = scenarios else { return };
        let Some(Value::Table(complete)) = scenarios.get(example).cloned() else { return };
        for (_, scenario) in scenarios.iter_mut() {
            if let Value::Table(scenario) = scenario {
                fill(scenario, &complete);
            }
        }
    }

    fn check_rules(&mut self) {
        let mut problems = Vec::new();
        checks::against_manual(&self.tree, &Manual::embedded(), &mut problems);
        checks::required_fields(&self.tree, &mut problems);
        for (key, fault) in problems {
            self.report(key, fault);
        }
    }

    fn report(&mut self, key: String, fault: Fault) {
        let origin = self.origin_of(&key);
        self.problems.push(Problem { key, origin, fault });
    }

    /// Who set the key, or else the first thing below or beside it.
    fn origin_of(&self, key: &str) -> Origin {
        let parent = key.rsplit_once('.').map_or(key, |(parent, _)| parent);
        let near = |table: &str| {
            let prefix = format!("{table}.");
            let inside = self.origins.iter().filter(|(known, _)| known.starts_with(&prefix));
            inside
                .map(|(_, origin)| origin)
                .min_by_key(|origin| (origin.line().is_none(), origin.line()))
        };
        let found = self.origins.get(key).or_else(|| near(key)).or_else(|| near(parent));
        found.cloned().unwrap_or(Origin::Default)
    }

    fn finish(mut self) -> Result<Loaded, ConfigError> {
        if !self.problems.is_empty() {
            return Err(ConfigError { problems: self.problems });
        }
        let mut config: Config = Value::Table(self.tree.clone()).try_into().map_err(|fault| {
            let fault = Fault::Unusable { reason: typed_reason(&fault) };
            Problem { key: String::new(), origin: self.typed_origin(), fault }
        })?;
        if let Err(fault) = take_secrets(&mut config, &self.origins) {
            self.problems.extend(fault.problems);
        }
        for (key, fault) in checks::across_keys(&config) {
            self.report(key, fault);
        }
        if !self.problems.is_empty() {
            return Err(ConfigError { problems: self.problems });
        }
        Ok(Loaded { config, tree: self.tree, origins: self.origins })
    }

    /// The one source besides the defaults, where the reader of types cannot say which key it was.
    fn typed_origin(&self) -> Origin {
        let given = self.origins.values().find(|origin| **origin != Origin::Default);
        given.cloned().unwrap_or(Origin::Default)
    }
}

/// The reader's message on one line: what is wrong, then the key.
fn typed_reason(fault: &toml::de::Error) -> String {
    fault.to_string().trim().replace('\n', " ")
}

fn fill(table: &mut Table, complete: &Table) {
    for (name, value) in complete {
        match (table.get_mut(name), value) {
            (Some(Value::Table(inner)), Value::Table(complete)) => fill(inner, complete),
            (Some(_), _) => {}
            (None, value) => {
                table.insert(name.clone(), value.clone());
            }
        }
    }
}

/// Reads the keys that lie in files of their own.
fn take_secrets(
    config: &mut Config,
    origins: &BTreeMap<String, Origin>,
) -> Result<(), ConfigError> {
    let (server, auth) = (&mut config.server, &mut config.auth);
    let first_line = |text: &str| text.lines().next().unwrap_or_default().trim().to_owned();
    let whole = |text: &str| text.trim().to_owned();
    take(
        ("server.api_key", &mut server.api_key),
        server.api_key_file.as_deref(),
        first_line,
        origins,
    )?;
    take(
        ("auth.token_secret", &mut auth.token_secret),
        auth.token_secret_file.as_deref(),
        first_line,
        origins,
    )?;
    let public = ("auth.token_public_key", &mut auth.token_public_key);
    take(public, auth.token_public_key_file.as_deref(), whole, origins)?;
    let private = ("auth.token_private_key", &mut auth.token_private_key);
    take(private, auth.token_private_key_file.as_deref(), whole, origins)
}

/// Reads one key from its file, where it lies in one.
fn take(
    (key, secret): (&str, &mut Option<Secret>),
    file: Option<&Path>,
    part: impl Fn(&str) -> String,
    origins: &BTreeMap<String, Origin>,
) -> Result<(), ConfigError> {
    let Some(path) = file else { return Ok(()) };
    let file_key = format!("{key}_file");
    let problem = |reason: String| {
        let origin = origins.get(&file_key).cloned().unwrap_or(Origin::Default);
        let fault = Fault::Unusable { reason };
        ConfigError::from(Problem { key: file_key.clone(), origin, fault })
    };
    if secret.is_some() {
        return Err(problem(format!("{key} is set too: give only one of them")));
    }
    let text = std::fs::read_to_string(path)
        .map_err(|fault| problem(format!("cannot read {}: {fault}", path.display())))?;
    let found = part(&text);
    if found.is_empty() {
        return Err(problem(format!("the first line of {} is empty", path.display())));
    }
    *secret = Some(Secret::new(found));
    Ok(())
}

#[cfg(test)]
mod tests;
