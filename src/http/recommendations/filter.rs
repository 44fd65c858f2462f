//! The filter of a request: names in, numbers out.
//!
//! A name that the catalogue does not know matches no item: in `must` it can hold for none, in `must_not`
//! it forbids none.

use engine::ranking::{Condition, Filter};
use engine::record::ItemKind;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::catalogue::Catalogue;
use crate::http::error::FieldError;
use crate::http::fields::{Fields, join, unknown_word, wrong_type};
use crate::http::items::document::KINDS;

const KEYS: [&str; 4] = ["categories", "kind", "item_id", "price"];
/// The most conditions of one list, and the most values of one condition.
const MOST: usize = 100;

/// What items must and must not be.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct FilterBody {
    /// Every one of these must hold.
    pub must: Option<Vec<ConditionBody>>,
    /// None of these may hold.
    pub must_not: Option<Vec<ConditionBody>>,
}

/// One demand on a key: `match` for `categories`, `kind` and `item_id`, `range` for `price`.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(example = json!({"key": "categories", "match": {"any": ["shoes", "boots"]}}))]
pub struct ConditionBody {
    /// `categories`, `kind`, `item_id` or `price`.
    pub key: String,
    /// Values of which the item must have one.
    #[serde(rename = "match")]
    pub matches: Option<MatchBody>,
    /// Bounds of a price, both included; an item without a price is outside.
    pub range: Option<RangeBody>,
}

/// Values of which one must hold: one or the other member.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MatchBody {
    /// Any of these.
    pub any: Option<Vec<String>>,
    /// This one.
    pub value: Option<String>,
}

/// Bounds, at least one.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct RangeBody {
    /// At least this.
    pub gte: Option<f32>,
    /// At most this.
    pub lte: Option<f32>,
}

/// Reads a filter.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read(body: &Value, pointer: &str, catalogue: &Catalogue) -> Result<Filter, Vec<FieldError>> {
    let mut fields = Fields::open(body, pointer, &["must", "must_not"])?;
    let must = conditions(&mut fields, "must", catalogue);
    let must_not = conditions(&mut fields, "must_not", catalogue);
    fields.finish()?;
    Ok(Filter { must, must_not })
}

fn conditions(fields: &mut Fields<'_>, name: &str, catalogue: &Catalogue) -> Vec<Condition> {
    let Some(value) = fields.value(name) else { return Vec::new() };
    let pointer = fields.at(name);
    let Some(list) = value.as_array() else {
        fields.note(vec![wrong_type(pointer, "a list", value)]);
        return Vec::new();
    };
    if MOST < list.len() {
        fields.refuse(name, "too_many_entries", format!("must have at most {MOST} conditions"));
        return Vec::new();
    }
    let read = list
        .iter()
        .enumerate()
        .map(|(place, body)| condition(body, &join(&pointer, &place.to_string()), catalogue));
    read.collect::<Vec<_>>().into_iter().filter_map(|read| fields.absorb(read)).collect()
}

fn condition(
    body: &Value,
    pointer: &str,
    catalogue: &Catalogue,
) -> Result<Condition, Vec<FieldError>> {
    let mut fields = Fields::open(body, pointer, &["key", "match", "range"])?;
    let key = fields.word("key", &KEYS);
    let key = fields.need("key", key);
    let condition = match key {
        Some(3) => price(&mut fields),
        Some(key) => values(&mut fields).map(|names| match key {
            0 => Condition::Categories(
                names.iter().filter_map(|name| catalogue.category(name)).collect(),
            ),
            1 => kinds(&mut fields, &names),
            _ => {
                Condition::Items(names.iter().filter_map(|name| catalogue.index_of(name)).collect())
            }
        }),
        None => None,
    };
    fields.finish()?;
    condition.ok_or_else(Vec::new)
}

/// The values of a `match`; `None` only where an error was noted.
fn values<'v>(fields: &mut Fields<'v>) -> Option<Vec<&'v str>> {
    if fields.value("range").is_some() {
        fields.refuse("range", "conflicting_fields", "only `price` takes a range; send `match`");
    }
    let value = fields.value("match");
    let value = fields.need("match", value)?;
    let nested = Fields::open(value, fields.at("match"), &["any", "value"]);
    let mut nested = fields.absorb(nested)?;
    let any = nested.ids("any", MOST);
    let one = nested.id("value");
    let names = match (any, one) {
        (Some(_), Some(_)) => {
            nested.refuse("value", "conflicting_fields", "send `any` or `value`, not both");
            None
        }
        (Some(names), None) => Some(names),
        (None, Some(name)) => Some(vec![name]),
        (None, None) => nested.need("any", nested.value("value").map(|_| Vec::new())),
    };
    fields.absorb(nested.finish())?;
    names
}

fn kinds(fields: &mut Fields<'_>, names: &[&str]) -> Condition {
    let words = KINDS.map(|(word, _)| word);
    let mut kinds: Vec<ItemKind> = Vec::new();
    for name in names {
        match KINDS.iter().find(|(word, _)| word == name) {
            Some((_, kind)) => kinds.push(*kind),
            None => fields.refuse("match", "unknown_value", unknown_word(name, &words)),
        }
    }
    Condition::Kinds(kinds)
}

fn price(fields: &mut Fields<'_>) -> Option<Condition> {
    if fields.value("match").is_some() {
        fields.refuse("match", "conflicting_fields", "`price` takes a `range`, not a `match`");
    }
    let value = fields.value("range");
    let value = fields.need("range", value)?;
    let nested = Fields::open(value, fields.at("range"), &["gte", "lte"]);
    let mut nested = fields.absorb(nested)?;
    let (least, most) = (nested.amount("gte"), nested.amount("lte"));
    if nested.value("gte").is_none() && nested.value("lte").is_none() {
        nested.refuse("gte", "missing_field", "`gte` or `lte` is missing");
    }
    if least.zip(most).is_some_and(|(least, most)| most < least) {
        nested.refuse("lte", "out_of_range", "is below `gte`, so that no price could match");
    }
    fields.absorb(nested.finish())?;
    Some(Condition::Price { least, most })
}

#[cfg(test)]
mod tests;
