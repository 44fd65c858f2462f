//! `[features]` and `[patterns]` turned into plans of the engine.
//!
//! Every declaration that is wrong is told, each with its key, so that its line can be named.

use engine::features::declare::{Aggregate, Declaration, Entity, Source, Window, length};
use engine::features::filter::Filter;
use engine::features::mask::TypeMask;
use engine::features::plan::FeaturePlan;
use engine::features::rank::Classes;
use engine::patterns::{Absence, Condition, Pattern, PatternPlan, Same};
use engine::{EventTypeId, EventTypes};

use crate::schema::nearest_of;
use crate::{Config, EventTypeConfig, FeatureConfig, PatternConfig};

const MS_PER_S: u64 = 1_000;

/// Names that stand for several types besides the roles.
const ANY: &str = "any";

/// A declaration that cannot be kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {reason}")]
pub struct DeclaredFault {
    /// The dotted key that is wrong.
    pub key: String,
    /// What is wrong with it.
    pub reason: String,
}

/// What is wrong with which key of an entry.
type Wrong = (&'static str, String);

impl Config {
    /// The declared features, laid out.
    ///
    /// # Errors
    /// None after a load, which has tried it; before, everything that is wrong with them.
    pub fn feature_plan(&self, types: &EventTypes) -> Result<FeaturePlan, Vec<DeclaredFault>> {
        let gap_ms = self.events.visit_gap_s * MS_PER_S;
        let mut declarations = Vec::new();
        let mut faults = Vec::new();
        for (name, one) in self.features.iter().filter(|(_, one)| one.enabled) {
            let declared = self.declaration(name, one).and_then(|declaration| {
                let alone = FeaturePlan::new(vec![declaration.clone()], types, gap_ms);
                alone.map(|_| declaration).map_err(|wrong| (wrong.key, wrong.fault.to_string()))
            });
            match declared {
                Ok(declaration) => declarations.push(declaration),
                Err(wrong) => faults.push(fault("features", name, wrong)),
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        FeaturePlan::new(declarations, types, gap_ms).map_err(|wrong| {
            vec![fault("features", &wrong.name, (wrong.key, wrong.fault.to_string()))]
        })
    }

    /// The declared patterns, laid out.
    ///
    /// # Errors
    /// None after a load, which has tried it; before, everything that is wrong with them.
    pub fn pattern_plan(&self) -> Result<PatternPlan, Vec<DeclaredFault>> {
        let mut patterns = Vec::new();
        let mut faults = Vec::new();
        for (name, one) in self.patterns.iter().filter(|(_, one)| one.enabled) {
            let declared = self.pattern(name, one).and_then(|pattern| {
                let alone = PatternPlan::new(vec![pattern.clone()]);
                alone.map(|_| pattern).map_err(|wrong| (wrong.key, wrong.fault.to_string()))
            });
            match declared {
                Ok(pattern) => patterns.push(pattern),
                Err(wrong) => faults.push(fault("patterns", name, wrong)),
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        PatternPlan::new(patterns).map_err(|wrong| {
            vec![fault("patterns", &wrong.name, (wrong.key, wrong.fault.to_string()))]
        })
    }

    /// Why a scenario cannot go by a tag; `None` where it can. One of a pattern that is switched off never comes.
    pub(crate) fn tag_fault(&self, tag: &str) -> Option<String> {
        let tag_of = |name: &str, one: &PatternConfig| {
            if one.tag.is_empty() { name.to_owned() } else { one.tag.clone() }
        };
        let setting = || self.patterns.iter().filter(|(name, one)| tag_of(name, one) == tag);
        if setting().next().is_none() {
            let known: Vec<String> =
                self.patterns.iter().map(|(name, one)| tag_of(name, one)).collect();
            let near = suggestion(tag, known.iter().map(String::as_str));
            return Some(format!("no pattern in [patterns] sets the tag \"{tag}\"{near}"));
        }
        let is_bound = |one: &PatternConfig| !matches!(one.same.as_str(), "" | "user");
        setting().any(|(_, one)| !is_bound(one)).then(|| {
            format!("the events behind \"{tag}\" have nothing but the user in common, so no item shares it")
        })
    }

    fn declaration(&self, name: &str, one: &FeatureConfig) -> Result<Declaration, Wrong> {
        let entity = Entity::ALL.into_iter().find(|entity| entity.name() == one.entity);
        Ok(Declaration {
            name: name.to_owned(),
            entity: entity.ok_or_else(|| ("entity", unknown(&one.entity, &entity_names())))?,
            events: self.types_named(&one.events).map_err(|reason| ("events", reason))?,
            filter: filter(&one.filter).map_err(|reason| ("where", reason))?,
            window: Window::parse(&one.window).map_err(|it| ("window", it.to_string()))?,
            aggregate: self.aggregate(one)?,
            of: source(&one.of).map_err(|reason| ("of", reason))?,
            ttl_ms: optional_length(&one.ttl).map_err(|reason| ("ttl", reason))?,
            max_instances: (one.max_instances != 0).then_some(one.max_instances),
            rank: classes(&one.rank).map_err(|reason| ("rank", reason))?,
        })
    }

    fn aggregate(&self, one: &FeatureConfig) -> Result<Aggregate, Wrong> {
        Ok(match one.aggregate.as_str() {
            "count" => Aggregate::Count,
            "sum" => Aggregate::Sum,
            "mean" => Aggregate::Mean,
            "min" => Aggregate::Min,
            "max" => Aggregate::Max,
            "distinct" => Aggregate::Distinct { most: one.most },
            "last_time" => Aggregate::LastTime,
            "last_value" => Aggregate::LastValue,
            "sequence" => Aggregate::Sequence,
            "top_categories" => Aggregate::TopCategories { number: one.top },
            "rate" => {
                let per = self.types_named(&one.per).map_err(|reason| ("per", reason))?;
                let prior = <[f64; 2]>::try_from(one.smoothing.as_slice());
                Aggregate::Rate { per, prior: prior.unwrap_or([f64::NAN; 2]) }
            }
            other => return Err(("aggregate", unknown(other, &Aggregate::NAMES))),
        })
    }

    fn pattern(&self, name: &str, one: &PatternConfig) -> Result<Pattern, Wrong> {
        let steps = one.steps.iter().map(|step| self.step(step));
        let steps = steps.collect::<Result<_, _>>().map_err(|reason| ("steps", reason))?;
        let absence = match one.then_no.as_str() {
            "" if one.absent_for.is_empty() => None,
            "" => return Err(("for", "needs `then_no`: what must not happen".to_owned())),
            what => {
                let of = self.condition(what).map_err(|reason| ("then_no", reason))?;
                let for_ms = length(&one.absent_for).map_err(|it| ("for", it.to_string()))?;
                Some(Absence { of, for_ms })
            }
        };
        let same = match one.same.as_str() {
            "" | "user" => Same::User,
            "item" => Same::Item,
            "category" => Same::Category,
            "room" => Same::Room,
            other => return Err(("same", unknown(other, &["user", "item", "category", "room"]))),
        };
        Ok(Pattern {
            name: name.to_owned(),
            steps,
            within_ms: length(&one.within).map_err(|it| ("within", it.to_string()))?,
            same,
            absence,
            tag: if one.tag.is_empty() { name.to_owned() } else { one.tag.clone() },
            ttl_ms: length(&one.ttl).map_err(|it| ("ttl", it.to_string()))?,
            max_open: one.max_open,
            rank: one.rank,
        })
    }

    /// Reads `3 x select_item, view_item where price > 10`.
    fn step(&self, text: &str) -> Result<(Condition, u32), String> {
        let (head, _) = text.split_once(" where ").unwrap_or((text, ""));
        let times = head.split_once(" x ").map(|(times, _)| times.trim());
        let Some(times) = times else { return Ok((self.condition(text)?, 1)) };
        let number = times.parse().map_err(|_| {
            format!(
                "\"{times}\" is no number of times: expected a step such as \"3 x select_item\""
            )
        })?;
        let (_, condition) = text.split_once(" x ").unwrap_or_default();
        Ok((self.condition(condition)?, number))
    }

    /// Reads `select_item, view_item where price > 10`.
    fn condition(&self, text: &str) -> Result<Condition, String> {
        let (types, expression) = text.split_once(" where ").unwrap_or((text, ""));
        let names: Vec<String> = types.split(',').map(|name| name.trim().to_owned()).collect();
        Ok(Condition { events: self.types_named(&names)?, filter: filter(expression)? })
    }

    /// The types of these names, aliases and roles.
    ///
    /// # Errors
    /// What is wrong with the first name that is none of these.
    pub fn types_named(&self, names: &[String]) -> Result<TypeMask, String> {
        let mut found = Vec::new();
        for name in names {
            let before = found.len();
            let types = (0u8..).map(EventTypeId).zip(self.events.types.iter());
            let is_meant = |known: &str, declared: &EventTypeConfig| {
                name == ANY
                    || known == name
                    || declared.role.name() == name
                    || declared.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(name))
            };
            let meant = types.filter(|(_, (known, declared))| is_meant(known, declared));
            found.extend(meant.map(|(id, _)| id));
            if found.len() == before {
                return Err(self.unknown_type(name));
            }
        }
        Ok(TypeMask::of_ids(found))
    }

    fn unknown_type(&self, name: &str) -> String {
        let roles = ["impression", "positive", "negative", "neutral", ANY];
        let aliases = self.events.types.iter().flat_map(|(_, declared)| &declared.aliases);
        let known = self.events.types.names().chain(roles).chain(aliases.map(String::as_str));
        format!("\"{name}\" is neither an event type nor a role{}", suggestion(name, known))
    }
}

fn fault(table: &str, name: &str, (key, reason): Wrong) -> DeclaredFault {
    // A name is the entry itself.
    let key =
        if key == "name" { format!("{table}.{name}") } else { format!("{table}.{name}.{key}") };
    DeclaredFault { key, reason }
}

fn entity_names() -> [&'static str; 8] {
    Entity::ALL.map(Entity::name)
}

fn unknown(found: &str, allowed: &[&'static str]) -> String {
    let nearest = suggestion(found, allowed.iter().copied());
    format!("\"{found}\" is not one of {}{nearest}", allowed.join(", "))
}

fn suggestion<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    nearest_of(name, known).map_or_else(String::new, |it| format!(", did you mean \"{it}\"?"))
}

fn filter(text: &str) -> Result<Option<Filter>, String> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    Filter::parse(text).map(Some).map_err(|wrong| wrong.to_string())
}

fn source(text: &str) -> Result<Option<Source>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let found = Source::of_name(text);
    let known = ["value", "price", "weight", "position", "item", "category", "room", "user"];
    match (&found, nearest_of(text, known.into_iter())) {
        (Source::Property(_), Some(near)) if !text.starts_with("properties.") => Err(format!(
            "\"{text}\" is a property, or did you mean \"{near}\"? Write \"properties.{text}\" if it is"
        )),
        _ => Ok(Some(found)),
    }
}

fn classes(text: &str) -> Result<Option<Classes>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    Classes::parse(text).map(Some).map_err(|wrong| wrong.to_string())
}

fn optional_length(text: &str) -> Result<Option<u64>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    length(text).map(Some).map_err(|wrong| wrong.to_string())
}

#[cfg(test)]
mod tests;
