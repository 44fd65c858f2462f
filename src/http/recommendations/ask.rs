//! What a recommendation is asked for, read and checked.
//!
//! Not here: asking it.

use std::sync::Arc;

use engine::ranking::{Filter, SeenPolicy, TagRule, shown};
use engine::{ItemIndex, Scenario, UserId};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::filter::{self, FilterBody};
use super::tagged::{self, TagRuleBody};
use crate::http::Shared;
use crate::http::error::FieldError;
use crate::http::fields::{Fields, ID_BYTES, unknown_field, unknown_word, wrong_type};

/// Members of the body; a test holds them to [`RecommendationRequest`].
pub const KNOWN: [&str; 11] = [
    "user_id",
    "session_id",
    "scenario",
    "limit",
    "context",
    "filter",
    "tagged",
    "exclude_seen",
    "explore",
    "exclude",
    "explain",
];
/// The most items that a request may exclude by name.
pub const EXCLUDED: usize = 1_000;

/// The body of a recommendation request.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "user_id": "u1", "scenario": "home", "limit": 10, "context": {"device": "ios"},
    "filter": {"must": [{"key": "categories", "match": {"any": ["shoes"]}}]},
    "exclude_seen": true, "exclude": ["sku-1"], "explain": "reasons"
}))]
pub struct RecommendationRequest {
    /// For whom; this or `session_id` is needed.
    #[schema(min_length = 1, max_length = 256)]
    pub user_id: Option<String>,
    /// The behaviour session; where no user is named it is the user.
    #[schema(min_length = 1, max_length = 256)]
    pub session_id: Option<String>,
    /// A scenario that the configuration declares; its default one where none is named.
    pub scenario: Option<String>,
    /// Items wanted, at most `ranking.max_limit`.
    #[schema(minimum = 1)]
    pub limit: Option<u64>,
    /// Where the user is, under keys that `context.keys` declares. Kept with the list, for what is learned from it.
    #[schema(value_type = Option<Object>)]
    pub context: Option<Value>,
    /// What items must and must not be.
    pub filter: Option<FilterBody>,
    /// What tags of the user do to candidates, besides what the scenario says; at most 32.
    pub tagged: Option<Vec<TagRuleBody>>,
    /// Whether items are left out that the scenario counts as seen; true unless said.
    pub exclude_seen: Option<bool>,
    /// Whether some places may be given by lot, as the scenario's `explore` says; true unless said.
    pub explore: Option<bool>,
    /// Items not wanted, at most 1,000.
    pub exclude: Option<Vec<String>>,
    /// Whether items say why they are there; `none` unless said.
    pub explain: Option<Explain>,
}

/// Whether items say why they are there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Explain {
    /// They do not.
    #[default]
    None,
    /// Each lists its reasons, strongest first.
    Reasons,
    /// And the parts of its score by source.
    Parts,
}

/// A recommendation request, resolved.
#[derive(Clone, Debug)]
pub struct Ask {
    /// For whom.
    pub user: UserId,
    /// How the list is made.
    pub scenario: Arc<Scenario>,
    /// Items wanted.
    pub limit: usize,
    /// What items must and must not be.
    pub filter: Filter,
    /// Items not wanted; names that nobody knows need no excluding.
    pub exclude: Vec<ItemIndex>,
    /// Whether seen items are left out.
    pub seen: SeenPolicy,
    /// Whether some places are given by lot.
    pub explores: bool,
    /// Whether items say why they are there.
    pub explain: Explain,
    /// What it says under declared context keys, as fields of its list.
    pub context: Vec<(u8, u32)>,
}

/// What holds where a request says nothing.
#[derive(Clone, Copy, Debug)]
pub struct Usual {
    /// Items wanted.
    pub limit: usize,
    /// Whether seen items are left out.
    pub seen: SeenPolicy,
    /// Whether some places are given by lot.
    pub explores: bool,
}

impl Ask {
    /// Reads and resolves a request.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(body: &Value, shared: &Shared) -> Result<Self, Vec<FieldError>> {
        let mut fields = Fields::open(body, "", &KNOWN)?;
        let ask = Self::read_list(&mut fields, shared);
        fields.finish()?;
        ask.ok_or_else(Vec::new)
    }

    /// Reads what a list is asked for. `None` only where an error was noted.
    pub fn read_list(fields: &mut Fields<'_>, shared: &Shared) -> Option<Self> {
        let limits = &shared.node.config.ranking;
        let limit = fields.whole("limit", 1..=limits.max_limit as u64);
        let limit = limit.map_or(limits.default_limit, |limit| limit as usize);
        let usual = Usual { limit, seen: SeenPolicy::AsDeclared, explores: true };
        Self::read_common(fields, shared, usual)
    }

    /// Reads what requests of all kinds have in common; `usual` is what holds where nothing is said.
    /// `None` only where an error was noted.
    pub fn read_common(fields: &mut Fields<'_>, shared: &Shared, usual: Usual) -> Option<Self> {
        let user = user(fields);
        let scenario = scenario(fields, shared);
        let context = read_context(fields, &shared.node.config.context.keys);
        let catalogue = &shared.node.catalogue;
        let filter = fields.value("filter").map(|body| filter::read(body, "/filter", catalogue));
        let filter = filter.and_then(|read| fields.absorb(read)).unwrap_or_default();
        let declared = shared.node.declared();
        let known = (&**catalogue, &*declared.patterns);
        let tagged = fields.value("tagged").map(|body| tagged::read(body, "/tagged", known));
        let tagged = tagged.and_then(|read| fields.absorb(read)).unwrap_or_default();
        let exclude = fields.ids("exclude", EXCLUDED).unwrap_or_default();
        let seen = match fields.flag("exclude_seen") {
            None => usual.seen,
            Some(true) => SeenPolicy::AsDeclared,
            Some(false) => SeenPolicy::Ignored,
        };
        let explores = fields.flag("explore").unwrap_or(usual.explores);
        let explain = match fields.word("explain", &["none", "reasons", "parts"]) {
            Some(1) => Explain::Reasons,
            Some(2) => Explain::Parts,
            _ => Explain::None,
        };
        Some(Self {
            user: user?,
            scenario: scenario.map(|scenario| with_rules(scenario, tagged))?,
            limit: usual.limit,
            filter,
            exclude: exclude.into_iter().filter_map(|id| catalogue.index_of(id)).collect(),
            seen,
            explores,
            explain,
            context,
        })
    }
}

/// The scenario with further rules for tags.
fn with_rules(mut scenario: Arc<Scenario>, rules: Vec<TagRule>) -> Arc<Scenario> {
    if !rules.is_empty() {
        Arc::make_mut(&mut scenario).tagged.extend(rules);
    }
    scenario
}

fn user(fields: &mut Fields<'_>) -> Option<UserId> {
    let session = fields.id("session_id");
    let user = fields.id("user_id");
    let named = user.or(session);
    if named.is_none() && fields.value("user_id").is_none() && fields.value("session_id").is_none()
    {
        fields.refuse("user_id", "missing_field", "`user_id` or `session_id` is missing");
    }
    named.map(UserId::new)
}

fn scenario(fields: &mut Fields<'_>, shared: &Shared) -> Option<Arc<Scenario>> {
    let default = shared.node.config.ranking.default_scenario.as_str();
    let name = match fields.value("scenario") {
        None => default,
        Some(_) => fields.text("scenario", ID_BYTES)?,
    };
    let scenarios = shared.node.scenarios();
    let found = scenarios.get(name).cloned();
    if found.is_none() {
        let known: Vec<&str> = scenarios.keys().map(String::as_str).collect();
        fields.refuse("scenario", "unknown_scenario", unknown_word(name, &known));
    }
    found
}

/// What the request says under declared keys, as fields of its list.
fn read_context(fields: &mut Fields<'_>, declared: &[String]) -> Vec<(u8, u32)> {
    let Some(value) = fields.value("context") else { return Vec::new() };
    let pointer = fields.at("context");
    let Some(context) = value.as_object() else {
        fields.note(vec![wrong_type(pointer, "an object", value)]);
        return Vec::new();
    };
    let declared: Vec<&str> = declared.iter().map(String::as_str).collect();
    let errors = context.iter().filter_map(|(key, value)| match value {
        _ if !declared.contains(&key.as_str()) => Some(FieldError {
            code: "undeclared_context_key",
            ..unknown_field(&pointer, key, &declared)
        }),
        Value::Array(_) | Value::Object(_) => Some(wrong_type(
            crate::http::fields::join(&pointer, key),
            "a text, a number, true or false",
            value,
        )),
        _ => None,
    });
    let errors = errors.collect();
    fields.note(errors);
    let said = declared.iter().enumerate().filter_map(|(place, key)| {
        let said = match context.get(*key)? {
            Value::Null => return None,
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        shown::context_field(place, key, &said)
    });
    said.collect()
}

#[cfg(test)]
mod tests;
