//! What a request has tags of its user do to candidates.
//!
//! Not here: doing it (see [`engine::ranking::tagged`]); what scenarios say (see [`crate::settings`]).

use engine::patterns::{PatternPlan, Same};
use engine::ranking::{TagEffect, TagRule};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::filter::{self, FilterBody};
use crate::catalogue::Catalogue;
use crate::http::error::FieldError;
use crate::http::fields::{Fields, ID_BYTES, join, unknown_word, wrong_type};

/// The most rules of a request.
const MOST: usize = 32;
/// The most that odds are multiplied by.
const MOST_BOOST: f32 = 1_000.0;

/// What is done with candidates where the user has a tag: those that share the item, category or room of its newest match,
/// of a tag that has nothing but the user in common those that the filter lets pass.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(example = json!({"tag": "keen_on_category", "boost": 2.0}))]
pub struct TagRuleBody {
    /// A tag that a declared pattern sets.
    #[schema(min_length = 1, max_length = 64)]
    pub tag: String,
    /// What their odds are multiplied by: 2 for twice, 0.5 for half. This or `exclude` is needed.
    #[schema(exclusive_minimum = 0.0, maximum = 1000.0)]
    pub boost: Option<f32>,
    /// Whether they are left out.
    pub exclude: Option<bool>,
    /// What they must and must not be besides; needed for a tag that has nothing but the user in common.
    pub filter: Option<FilterBody>,
}

/// Reads a request's rules.
///
/// # Errors
/// Everything that is wrong with them.
pub fn read(
    value: &Value,
    pointer: &str,
    (catalogue, patterns): (&Catalogue, &PatternPlan),
) -> Result<Vec<TagRule>, Vec<FieldError>> {
    let list =
        value.as_array().ok_or_else(|| vec![wrong_type(pointer.to_owned(), "a list", value)])?;
    if MOST < list.len() {
        let detail = format!("must have at most {MOST} rules");
        return Err(vec![FieldError {
            pointer: pointer.to_owned(),
            code: "too_many_entries",
            detail,
        }]);
    }
    let (mut rules, mut errors) = (Vec::new(), Vec::new());
    for (place, body) in list.iter().enumerate() {
        match rule(body, &join(pointer, &place.to_string()), (catalogue, patterns)) {
            Ok(rule) => rules.push(rule),
            Err(wrong) => errors.extend(wrong),
        }
    }
    if errors.is_empty() { Ok(rules) } else { Err(errors) }
}

fn rule(
    body: &Value,
    pointer: &str,
    (catalogue, patterns): (&Catalogue, &PatternPlan),
) -> Result<TagRule, Vec<FieldError>> {
    let mut fields = Fields::open(body, pointer, &["tag", "boost", "exclude", "filter"])?;
    let tag = fields.text("tag", ID_BYTES);
    let tag = fields.need("tag", tag);
    let filter =
        fields.value("filter").map(|body| filter::read(body, &fields.at("filter"), catalogue));
    let filter = filter.and_then(|read| fields.absorb(read));
    if let Some(tag) = tag {
        check_tag(&mut fields, (tag, filter.is_some()), patterns);
    }
    let effect = effect(&mut fields);
    fields.finish()?;
    let rule = tag.zip(effect).map(|(tag, effect)| TagRule {
        tag: tag.into(),
        filter: filter.unwrap_or_default(),
        effect,
    });
    rule.ok_or_else(Vec::new)
}

fn check_tag(fields: &mut Fields<'_>, (tag, is_narrowed): (&str, bool), patterns: &PatternPlan) {
    let known: Vec<&str> = patterns.iter().map(|(_, pattern)| pattern.tag.as_str()).collect();
    let mut setting = patterns.iter().filter(|(_, pattern)| pattern.tag == tag).peekable();
    if setting.peek().is_none() {
        fields.refuse("tag", "unknown_tag", unknown_word(tag, &known));
    } else if !is_narrowed && setting.any(|(_, pattern)| pattern.same == Same::User) {
        let detail =
            format!("`{tag}` has nothing but the user in common: say which items with `filter`");
        fields.refuse("filter", "missing_field", detail);
    }
}

fn effect(fields: &mut Fields<'_>) -> Option<TagEffect> {
    let (boost, exclude) = (fields.amount("boost"), fields.flag("exclude"));
    match (boost, exclude.unwrap_or(false)) {
        (None, true) => return Some(TagEffect::Exclude),
        (Some(boost), false) if 0.0 < boost && boost <= MOST_BOOST => {
            return Some(TagEffect::Boost(boost));
        }
        (Some(_), false) => {
            fields.refuse("boost", "out_of_range", "expected a number above 0, up to 1000");
        }
        (Some(_), true) => {
            fields.refuse("exclude", "conflicting_fields", "send `boost` or `exclude`, not both");
        }
        // A `boost` that is none was told already.
        (None, false) if fields.value("boost").is_none() => {
            fields.refuse("boost", "missing_field", "`boost` or `exclude` is missing");
        }
        (None, false) => {}
    }
    None
}

#[cfg(test)]
mod tests;
