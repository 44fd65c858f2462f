//! A room's description on the wire, and the way into the log: the room itself, and the item that it is.

use engine::record::{ItemDoc, ItemKind};
use engine::rooms::{About, RoomTold};
use engine::{CategoryId, Timestamp};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::told;
use crate::catalogue::Catalogue;
use crate::event_log::Draft;
use crate::http::error::FieldError;
use crate::http::fields::{Fields, ID_BYTES};
use crate::http::items::mismatch;
use crate::http::times::rfc3339;
use crate::rooms::{item_of, payload};

/// Members of the body.
pub const KNOWN: [&str; 8] =
    ["room_id", "title", "host", "categories", "products", "starts_at", "ends_at", "is_open"];
const CATEGORIES: usize = 64;
const TITLE_BYTES: usize = 1_024;
/// The most products that are taken; how many a shelf holds is `rooms.shelf.most`.
const PRODUCTS: usize = 10_000;

/// What a room is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "title": "Sneakers tonight", "host": "mei", "categories": ["shoes"], "products": ["sku-9", "sku-7"],
    "starts_at": "2026-10-01T19:00:00Z", "ends_at": "2026-10-01T22:00:00Z"
}))]
pub struct RoomBody {
    /// Its id; may be left out where the path has it.
    #[schema(min_length = 1, max_length = 250)]
    pub room_id: Option<String>,
    /// At most 1,024 bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Who hosts it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// What it is about, at most 64.
    #[schema(max_items = 64)]
    pub categories: Option<Vec<String>>,
    /// Items on the shelf, in the host's order.
    #[schema(max_items = 10000)]
    pub products: Option<Vec<String>>,
    /// From when on it is recommended: RFC 3339, or Unix seconds or milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub starts_at: Option<String>,
    /// When it ends: it is recommended no more, and whoever is in it is told and offered the next. Said anew with a later
    /// time it goes on, or opens again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub ends_at: Option<String>,
    /// Whether it is open; told, never taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(read_only)]
    pub is_open: Option<bool>,
}

impl RoomBody {
    /// The wire form of what a room is and whether it is open.
    #[must_use]
    pub fn of(catalogue: &Catalogue, room: &str, (about, is_open): (&About, bool)) -> Self {
        let text = |text: &Option<Box<str>>| text.as_deref().map(ToOwned::to_owned);
        let products = about.products.iter().map(|item| payload::name(catalogue, *item)).collect();
        Self {
            room_id: Some(room.to_owned()),
            title: text(&about.title),
            host: text(&about.host),
            categories: Some(about.categories.iter().map(ToString::to_string).collect()),
            products: Some(products),
            starts_at: about.starts_at.map(rfc3339),
            ends_at: about.ends_at.map(rfc3339),
            is_open: Some(is_open),
        }
    }
}

/// A description that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Described {
    about: About,
    products: Vec<Box<str>>,
}

/// Reads a description; its id comes from the body or from `path`, which must agree.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read(body: &Value, path: &str) -> Result<Described, Vec<FieldError>> {
    let mut fields = Fields::open(body, "", &KNOWN)?;
    if fields.id("room_id").is_some_and(|room| room != path) {
        fields.note(vec![mismatch("/room_id", path)]);
    }
    let boxed = |names: Vec<&str>| names.into_iter().map(Box::from).collect::<Vec<Box<str>>>();
    let title = fields.text("title", TITLE_BYTES).map(Box::from);
    let host = fields.text("host", ID_BYTES).map(Box::from);
    let categories = boxed(fields.ids("categories", CATEGORIES).unwrap_or_default());
    let products = boxed(fields.ids("products", PRODUCTS).unwrap_or_default());
    let (starts_at, ends_at) = (fields.time("starts_at"), fields.time("ends_at"));
    if let (Some(starts), Some(ends)) = (starts_at, ends_at)
        && ends <= starts
    {
        fields.refuse("ends_at", "conflicting_fields", "must be later than `starts_at`");
    }
    fields.finish()?;
    let about = About { title, host, categories, products: Vec::new(), starts_at, ends_at };
    Ok(Described { about, products })
}

impl Described {
    /// The records that it takes.
    #[must_use]
    pub fn drafts(self, room: &str, at: Timestamp) -> Vec<Draft> {
        let doc = self.item(room);
        let told = told(room, RoomTold::About { about: self.about }, self.products, at);
        vec![Draft::ItemPut { doc, at }, told]
    }

    fn item(&self, room: &str) -> ItemDoc {
        let About { title, categories, starts_at, ends_at, .. } = &self.about;
        ItemDoc {
            item_id: item_of(room).into(),
            kind: ItemKind::LiveRoom,
            categories: categories.iter().map(|name| (CategoryId(0), name.clone())).collect(),
            title: title.clone(),
            published_at: *starts_at,
            expires_at: *ends_at,
            available: true,
            room_id: Some(room.into()),
            ..ItemDoc::default()
        }
    }
}
