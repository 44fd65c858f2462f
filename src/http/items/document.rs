//! An item's document on the wire: fields, limits, and the way from and to the log's form.
//!
//! **Invariant:** reading what was written gives the same document.

use engine::CategoryId;
use engine::record::{ItemDoc, ItemKind};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::catalogue::Catalogue;
use crate::http::error::FieldError;
use crate::http::fields::{Fields, ID_BYTES, wrong_type};
use crate::http::times::rfc3339;

use super::mismatch;

/// Members of the body; a test holds them to [`ItemBody`].
pub const KNOWN: [&str; 13] = [
    "item_id",
    "kind",
    "categories",
    "tags",
    "title",
    "price",
    "currency",
    "published_at",
    "expires_at",
    "available",
    "room_id",
    "properties",
    "embedding",
];
/// The kinds by name.
pub const KINDS: [(&str, ItemKind); 5] = [
    (ItemKind::Item.name(), ItemKind::Item),
    (ItemKind::Product.name(), ItemKind::Product),
    (ItemKind::Video.name(), ItemKind::Video),
    (ItemKind::Article.name(), ItemKind::Article),
    (ItemKind::LiveRoom.name(), ItemKind::LiveRoom),
];
const CATEGORIES: usize = 64;
const TAGS: usize = 100;
const TITLE_BYTES: usize = 1_024;
/// The most bytes of an item's properties.
const PROPERTIES_BYTES: usize = 64 * 1024;
/// The most numbers of an embedding; 4 KiB in memory, twice.
const EMBEDDING_NUMBERS: usize = 1_024;

/// An item's document.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "item_id": "sku-9", "kind": "product", "categories": ["shoes", "running"], "tags": ["sale"],
    "title": "Trail shoe", "price": 89.5, "currency": "EUR", "published_at": "2026-10-01T09:00:00Z",
    "available": true, "properties": {"brand": "Acme"}
}))]
pub struct ItemBody {
    /// Its name; may be left out where the path has it.
    #[schema(min_length = 1, max_length = 256)]
    pub item_id: Option<String>,
    /// `item`, `product`, `video`, `article` or `live_room`; `item` unless said.
    pub kind: Option<String>,
    /// At most 64; ranking and filters look at the first four.
    #[schema(max_items = 64)]
    pub categories: Option<Vec<String>>,
    /// Free labels, at most 100.
    #[schema(max_items = 100)]
    pub tags: Option<Vec<String>>,
    /// At most 1,024 bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Not below 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0)]
    pub price: Option<f32>,
    /// Three letters, ISO 4217.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// From when on it may be shown: RFC 3339, or Unix seconds or milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub published_at: Option<String>,
    /// From when on it may be shown no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub expires_at: Option<String>,
    /// Whether it may be shown; true unless said.
    pub available: Option<bool>,
    /// The live room that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room_id: Option<String>,
    /// Whatever else belongs to it, at most 64 KiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub properties: Option<Value>,
    /// What a model of yours makes of it, at most 1,024 numbers. The first one sets the length for all items, until no
    /// document has one any more. Items with embeddings or texts alike are taken for alike until somebody chooses them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 1024)]
    pub embedding: Option<Vec<f32>>,
}

impl ItemBody {
    /// The wire form of `doc`.
    #[must_use]
    pub fn of(doc: &ItemDoc) -> Self {
        let text = |text: &Option<Box<str>>| text.as_deref().map(ToOwned::to_owned);
        Self {
            item_id: Some(doc.item_id.to_string()),
            kind: Some(kind_name(doc.kind).to_owned()),
            categories: Some(doc.categories.iter().map(|(_, name)| name.to_string()).collect()),
            tags: Some(doc.tags.iter().map(ToString::to_string).collect()),
            title: text(&doc.title),
            price: doc.price,
            currency: text(&doc.currency),
            published_at: doc.published_at.map(rfc3339),
            expires_at: doc.expires_at.map(rfc3339),
            available: Some(doc.available),
            room_id: text(&doc.room_id),
            properties: serde_json::from_str(&doc.properties).ok(),
            embedding: (!doc.embedding.is_empty()).then(|| doc.embedding.to_vec()),
        }
    }
}

/// The wire form of `doc`, to be merged into.
#[must_use]
pub fn as_json(doc: &ItemDoc) -> Value {
    serde_json::to_value(ItemBody::of(doc)).unwrap_or_default()
}

/// Reads a document; its name comes from the body or from `path`, which must agree.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read(body: &Value, path: Option<&str>) -> Result<ItemDoc, Vec<FieldError>> {
    let mut fields = Fields::open(body, "", &KNOWN)?;
    let item_id = item_id(&mut fields, path);
    let kind = fields.word("kind", &KINDS.map(|(word, _)| word));
    let categories = fields.ids("categories", CATEGORIES).unwrap_or_default();
    let tags = fields.ids("tags", TAGS).unwrap_or_default();
    let doc = ItemDoc {
        item_id: item_id.unwrap_or_default().into(),
        kind: kind.map_or(ItemKind::Item, |place| KINDS[place].1),
        // The log writer gives the numbers.
        categories: once_each(&categories).map(|name| (CategoryId(0), name.into())).collect(),
        tags: once_each(&tags).map(Into::into).collect(),
        title: fields.text("title", TITLE_BYTES).map(Into::into),
        price: fields.amount("price"),
        currency: currency(&mut fields).map(Into::into),
        published_at: fields.time("published_at"),
        expires_at: fields.time("expires_at"),
        available: fields.flag("available").unwrap_or(true),
        room_id: fields.id("room_id").map(Into::into),
        properties: properties(&mut fields),
        embedding: embedding(&mut fields),
    };
    fields.finish()?;
    Ok(doc)
}

/// Takes `doc` where its embedding is as long as all others of the node.
///
/// # Errors
/// That it is not, and how long they are.
pub fn of_one_length(doc: ItemDoc, catalogue: &Catalogue) -> Result<ItemDoc, Vec<FieldError>> {
    let numbers = doc.embedding.len();
    let Err(others) = (if numbers == 0 { Ok(()) } else { catalogue.claim_embedding(numbers) })
    else {
        return Ok(doc);
    };
    let detail =
        format!("must have {others} numbers, as all embeddings of this node, not {numbers}");
    Err(vec![FieldError::new("/embedding", "wrong_dimension", detail)])
}

/// Merges `patch` into `target`, RFC 7396.
pub fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        target.clone_from(patch);
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(target) = target else { return };
    for (name, value) in patch {
        if value.is_null() {
            target.remove(name);
        } else {
            merge(target.entry(name.clone()).or_insert(Value::Null), value);
        }
    }
}

fn item_id<'v>(fields: &mut Fields<'v>, path: Option<&'v str>) -> Option<&'v str> {
    let given = fields.id("item_id");
    match path {
        None => fields.need("item_id", given),
        Some(path) if given.is_some_and(|given| given != path) => {
            fields.note(vec![mismatch("/item_id", path)]);
            None
        }
        Some(path) => Some(path),
    }
}

fn currency<'v>(fields: &mut Fields<'v>) -> Option<&'v str> {
    let code = fields.text("currency", ID_BYTES)?;
    if code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return Some(code);
    }
    fields.refuse("currency", "invalid_currency", "must be three letters, ISO 4217, such as EUR");
    None
}

fn properties(fields: &mut Fields<'_>) -> Box<str> {
    let Some(value) = fields.value("properties") else { return "".into() };
    if !value.is_object() {
        fields.note(vec![wrong_type(fields.at("properties"), "an object", value)]);
        return "".into();
    }
    let text = value.to_string();
    if PROPERTIES_BYTES < text.len() {
        let detail = format!("must have at most {PROPERTIES_BYTES} bytes, not {}", text.len());
        fields.refuse("properties", "too_long", detail);
    }
    text.into()
}

fn embedding(fields: &mut Fields<'_>) -> Box<[f32]> {
    let Some(value) = fields.value("embedding") else { return Box::default() };
    let Some(given) = value.as_array() else {
        fields.note(vec![wrong_type(fields.at("embedding"), "an array of numbers", value)]);
        return Box::default();
    };
    if EMBEDDING_NUMBERS < given.len() {
        let detail = format!("must have at most {EMBEDDING_NUMBERS} numbers, not {}", given.len());
        fields.refuse("embedding", "too_long", detail);
        return Box::default();
    }
    let numbers = given.iter().map(|number| number.as_f64().map(|number| number as f32));
    let finite = numbers.map(|number| number.filter(|number| number.is_finite()));
    finite.collect::<Option<_>>().unwrap_or_else(|| {
        fields.refuse("embedding", "invalid_number", "must hold numbers only, each a 32-bit float");
        Box::default()
    })
}

fn once_each<'v>(names: &[&'v str]) -> impl Iterator<Item = &'v str> {
    let mut seen = std::collections::HashSet::new();
    names.iter().copied().filter(move |name| seen.insert(*name)).collect::<Vec<_>>().into_iter()
}

fn kind_name(kind: ItemKind) -> &'static str {
    KINDS.iter().find(|(_, known)| *known == kind).map_or("item", |(word, _)| word)
}

#[cfg(test)]
mod tests;
