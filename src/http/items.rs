//! `/v1/items`: the catalogue. One item by name; many by batch (see `batch`); all of them by pages.
//!
//! **Invariant:** writes of one item do not mix: a PATCH reads, merges and writes while no other write of
//! the item is under way.
//!
//! Not here: what an item's fields may be (see `document`).

pub mod batch;
pub mod document;
pub mod order;

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use engine::ItemIndex;
use engine::record::ItemDoc;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::Shared;
use super::body::JsonBody;
use super::error::{ApiError, FieldError, ItemState, Problem};
use super::fields::{Fields, check_id};
use super::query::{self, Sort};
use crate::event_log::Draft;
use crate::node::{AckLevel, Node, Submitted};
use document::ItemBody;

/// Items of a page where the caller does not say how many, and at most.
const PAGE: (u64, u64) = (50, 1_000);
/// Rows that one page looks through for items with a document; the next page goes on behind them.
const SCANNED: u32 = 100_000;
const CURSOR_PREFIX: &str = "i1-";

/// What became of a write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Written {
    /// Whether it is applied; false where it is durable but not applied yet.
    pub applied: bool,
    /// Its place in the log, for `x-freshet-min-position`.
    pub position: Option<String>,
}

/// A page of the catalogue.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ItemPage {
    /// Items with a document, in the order in which the node first heard of them.
    pub items: Vec<ItemBody>,
    /// Where the next page begins; null behind the last one. A page may be short before that.
    pub next_cursor: Option<String>,
}

/// Set an item's document.
///
/// The whole document is replaced; what is left out is unset. An item that nobody knew comes into being.
#[utoipa::path(
    put, path = "/v1/items/{id}", operation_id = "put_item", tag = "items",
    params(("id" = String, Path, description = "The item")),
    request_body = ItemBody,
    responses(
        (status = 200, description = "Durable and applied", body = Written),
        (status = 202, description = "Durable, not applied yet", body = Written),
        (status = 422, description = "A field is wrong", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Not taken; try again", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn put(
    shared: web::Data<Shared>,
    path: web::Path<String>,
    body: JsonBody,
) -> Result<HttpResponse, ApiError> {
    let item_id = named(path)?;
    let doc = read(&shared, &body.0, &item_id)?;
    let _turn = shared.item_order.put(&item_id).await;
    store(&shared.node, vec![put_draft(&shared.node, doc)]).await
}

/// Change some fields of an item's document.
///
/// JSON merge patch, RFC 7396: what is given is set, `null` unsets, what is left out stays.
#[utoipa::path(
    patch, path = "/v1/items/{id}", operation_id = "patch_item", tag = "items",
    params(("id" = String, Path, description = "The item")),
    request_body = ItemBody,
    responses(
        (status = 200, description = "Durable and applied", body = Written),
        (status = 202, description = "Durable, not applied yet", body = Written),
        (status = 404, description = "The item has no document", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A field is wrong", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn patch(
    shared: web::Data<Shared>,
    path: web::Path<String>,
    body: JsonBody,
) -> Result<HttpResponse, ApiError> {
    let item_id = named(path)?;
    // Checked alone first, so that an error points into what the caller sent.
    let known = document::KNOWN;
    Fields::open(&body.0, "", &known).and_then(Fields::finish).map_err(ApiError::Invalid)?;
    let _turn = shared.item_order.patch(&item_id).await;
    let mut merged = document::as_json(&*find(&shared.node, &item_id)?);
    document::merge(&mut merged, &body.0);
    let doc = read(&shared, &merged, &item_id)?;
    store(&shared.node, vec![put_draft(&shared.node, doc)]).await
}

/// An item's document.
#[utoipa::path(
    get, path = "/v1/items/{id}", operation_id = "get_item", tag = "items",
    params(("id" = String, Path, description = "The item")),
    responses(
        (status = 200, description = "The document", body = ItemBody),
        (status = 404, description = "The item has no document", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn get(
    shared: web::Data<Shared>,
    path: web::Path<String>,
) -> Result<web::Json<ItemBody>, ApiError> {
    let doc = find(&shared.node, &named(path)?)?;
    Ok(web::Json(ItemBody::of(&doc)))
}

/// Take an item out of the catalogue.
///
/// It is recommended no more; events about it stay.
#[utoipa::path(
    delete, path = "/v1/items/{id}", operation_id = "delete_item", tag = "items",
    params(("id" = String, Path, description = "The item")),
    responses(
        (status = 200, description = "Durable and applied", body = Written),
        (status = 202, description = "Durable, not applied yet", body = Written),
        (status = 404, description = "Nobody ever named the item", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn delete(
    shared: web::Data<Shared>,
    path: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let item_id = named(path)?;
    let _turn = shared.item_order.put(&item_id).await;
    if shared.node.catalogue.index_of(&item_id).is_none() {
        return Err(ApiError::UnknownItem { item_id, state: ItemState::Unknown });
    }
    let draft = Draft::ItemDelete { item_id: item_id.into(), at: shared.node.now() };
    store(&shared.node, vec![draft]).await
}

/// The catalogue, page by page.
#[utoipa::path(
    get, path = "/v1/items", operation_id = "list_items", tag = "items",
    params(
        ("limit" = Option<u64>, Query, description = "Items of a page, 50 unless said", minimum = 1, maximum = 1000, example = 50),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses(
        (status = 200, description = "A page", body = ItemPage),
        (status = 422, description = "A parameter is wrong", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn list(
    shared: web::Data<Shared>,
    request: HttpRequest,
) -> Result<web::Json<ItemPage>, ApiError> {
    let sorts = [("limit", Sort::Whole), ("cursor", Sort::Text)];
    let parameters = Value::Object(query::object(request.query_string(), &sorts)?);
    let mut fields =
        Fields::open(&parameters, "", &["limit", "cursor"]).map_err(ApiError::Invalid)?;
    let limit = fields.whole("limit", 1..=PAGE.1).unwrap_or(PAGE.0);
    let start = cursor(&mut fields);
    fields.finish().map_err(ApiError::Invalid)?;
    Ok(web::Json(page(&shared.node, start, limit as usize)))
}

fn cursor(fields: &mut Fields<'_>) -> u32 {
    let Some(text) = fields.text("cursor", 64) else { return 0 };
    let place = text.strip_prefix(CURSOR_PREFIX).and_then(|digits| digits.parse().ok());
    place.unwrap_or_else(|| {
        let detail = "is no cursor; give back the `next_cursor` of the page before";
        fields.refuse("cursor", "invalid_cursor", detail);
        0
    })
}

fn page(node: &Node, start: u32, limit: usize) -> ItemPage {
    let end = node.catalogue.next_item().0;
    let last = end.min(start.saturating_add(SCANNED));
    let (mut items, mut next) = (Vec::new(), start);
    while next < last && items.len() < limit {
        let entry = node.catalogue.entry(ItemIndex(next));
        items.extend(entry.and_then(|entry| entry.doc.as_deref().map(ItemBody::of)));
        next += 1;
    }
    let next_cursor = (next < end).then(|| format!("{CURSOR_PREFIX}{next}"));
    ItemPage { items, next_cursor }
}

fn named(path: web::Path<String>) -> Result<String, ApiError> {
    let item_id = path.into_inner();
    check_id(&item_id, "/id".to_owned()).map_err(ApiError::Invalid)?;
    Ok(item_id)
}

fn find(node: &Node, item_id: &str) -> Result<Arc<ItemDoc>, ApiError> {
    let unknown = |state| ApiError::UnknownItem { item_id: item_id.to_owned(), state };
    let entry = node.catalogue.find(item_id).ok_or_else(|| unknown(ItemState::Unknown))?;
    entry.doc.clone().ok_or_else(|| unknown(ItemState::Bare))
}

/// The document in `body`, whose embedding is as long as all others.
fn read(shared: &Shared, body: &Value, item_id: &str) -> Result<ItemDoc, ApiError> {
    let doc = document::read(body, Some(item_id));
    let doc = doc.and_then(|doc| document::of_one_length(doc, &shared.node.catalogue));
    doc.map_err(ApiError::Invalid)
}

fn put_draft(node: &Node, doc: ItemDoc) -> Draft {
    Draft::ItemPut { doc, at: node.now() }
}

async fn store(node: &Arc<Node>, drafts: Vec<Draft>) -> Result<HttpResponse, ApiError> {
    let submitted = node.submit(drafts, AckLevel::Applied).await?;
    let (status, written) = written(&submitted);
    Ok(HttpResponse::build(status).json(written))
}

/// How a write is answered: 200 where it is applied, 202 where it is durable only.
#[must_use]
pub fn written(submitted: &Submitted) -> (StatusCode, Written) {
    let status = if submitted.applied { StatusCode::OK } else { StatusCode::ACCEPTED };
    let position = submitted.position.map(|position| position.to_string());
    (status, Written { applied: submitted.applied, position })
}

/// An error for what stands in the path.
#[must_use]
pub fn mismatch(pointer: &str, path: &str) -> FieldError {
    FieldError::new(pointer, "conflicting_fields", format!("does not match `{path}` in the path"))
}
