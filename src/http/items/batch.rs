//! `POST /v1/items/batch`: many documents at once, the good ones taken, the bad ones named.
//!
//! **Invariant:** every entry of a body is either taken or named in `rejected`.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use engine::record::ItemDoc;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::document::{self, ItemBody};
use super::{put_draft, written};
use crate::catalogue::Catalogue;
use crate::http::Shared;
use crate::http::body::{self, Body, Limits};
use crate::http::error::{ApiError, FieldError, Problem};
use crate::node::AckLevel;

/// What became of a batch.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct BatchWritten {
    /// Entries taken.
    pub accepted: usize,
    /// Entries refused, with the reason; one entry may have several.
    pub rejected: Vec<RejectedItem>,
    /// Whether the accepted ones are applied.
    pub applied: bool,
    /// Place in the log of the last one.
    pub position: Option<String>,
}

/// Why an entry was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RejectedItem {
    /// Place of the entry in the body, from 0.
    pub index: usize,
    /// RFC 6901 pointer into the entry.
    pub pointer: String,
    /// Stable code.
    #[schema(value_type = String)]
    pub code: &'static str,
    /// What is wrong, in words.
    pub detail: String,
}

/// Set many documents.
///
/// An array, or one document a line. Good entries are taken even where others are not; 422 where none was.
#[utoipa::path(
    post, path = "/v1/items/batch", operation_id = "put_items", tag = "items",
    request_body(content(
        (Vec<ItemBody> = "application/json", example = json!([{"item_id": "sku-9", "title": "Trail shoe"}, {"item_id": "sku-10"}])),
        (ItemBody = "application/x-ndjson"),
    )),
    responses(
        (status = 200, description = "Durable and applied, but for the rejected", body = BatchWritten),
        (status = 202, description = "Durable, not applied yet, but for the rejected", body = BatchWritten),
        (status = 413, description = "Too large or too many", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "No entry was good", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Not taken; try again", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn post(
    shared: web::Data<Shared>,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let entries = entries(&body.0, body::limits(&request))?;
    let (docs, rejected) = sort(entries, &shared.node.catalogue);
    if docs.is_empty() {
        return Err(none_good(rejected));
    }
    let _turns = shared.item_order.put_all(docs.iter().map(|doc| &*doc.item_id)).await;
    let accepted = docs.len();
    let drafts = docs.into_iter().map(|doc| put_draft(&shared.node, doc)).collect();
    let submitted = shared.node.submit(drafts, AckLevel::Applied).await?;
    let (status, written): (StatusCode, _) = written(&submitted);
    Ok(HttpResponse::build(status).json(BatchWritten {
        accepted,
        rejected,
        applied: written.applied,
        position: written.position,
    }))
}

type Entry = Result<Value, Vec<FieldError>>;

/// Cuts a body into its entries: an array, or one a line.
fn entries(bytes: &[u8], limits: Limits) -> Result<Vec<Entry>, ApiError> {
    let start = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    let entries: Vec<Entry> = match start {
        Some(b'{') => lines(bytes, limits.depth),
        _ => match body::parse_noting(bytes, limits.depth + 1)? {
            (Value::Array(entries), twice) => each(entries, &twice),
            (other, _) => vec![Ok(other)],
        },
    };
    match entries.len() {
        0 => Err(ApiError::field("", "empty_batch", "the body holds no item")),
        found if limits.entries < found => {
            Err(ApiError::TooManyEntries { found, limit: limits.entries })
        }
        _ => Ok(entries),
    }
}

/// The entries of an array, of which those are refused that say a member `twice`.
fn each(entries: Vec<Value>, twice: &[FieldError]) -> Vec<Entry> {
    let mut entries: Vec<Entry> = entries.into_iter().map(Ok).collect();
    for error in twice {
        let below = error.pointer.trim_start_matches('/');
        let (place, pointer) = below.split_at(below.find('/').unwrap_or(below.len()));
        let error = FieldError { pointer: pointer.to_owned(), ..error.clone() };
        match place.parse().ok().and_then(|place: usize| entries.get_mut(place)) {
            Some(Err(errors)) => errors.push(error),
            Some(entry) => *entry = Err(vec![error]),
            None => {}
        }
    }
    entries
}

/// One entry a line; a single document may also be spread over several lines.
fn lines(bytes: &[u8], depth: usize) -> Vec<Entry> {
    match body::parse(bytes, depth) {
        Ok(single) => return vec![Ok(single)],
        Err(ApiError::Invalid(errors)) => return vec![Err(errors)],
        Err(_) => {}
    }
    let lines = bytes.split(|byte| *byte == b'\n');
    let lines = lines.filter(|line| !line.iter().all(u8::is_ascii_whitespace));
    let wrong = |error| match error {
        ApiError::Invalid(errors) => errors,
        other => vec![FieldError::new("", other.meaning().code, other.to_string())],
    };
    lines.map(|line| body::parse(line, depth).map_err(wrong)).collect()
}

fn sort(entries: Vec<Entry>, catalogue: &Catalogue) -> (Vec<ItemDoc>, Vec<RejectedItem>) {
    let (mut docs, mut rejected) = (Vec::with_capacity(entries.len()), Vec::new());
    for (index, entry) in entries.into_iter().enumerate() {
        let doc = entry.and_then(|value| document::read(&value, None));
        match doc.and_then(|doc| document::of_one_length(doc, catalogue)) {
            Ok(doc) => docs.push(doc),
            Err(errors) => rejected.extend(errors.into_iter().map(|error| RejectedItem {
                index,
                pointer: error.pointer,
                code: error.code,
                detail: error.detail,
            })),
        }
    }
    (docs, rejected)
}

fn none_good(rejected: Vec<RejectedItem>) -> ApiError {
    let errors = rejected.into_iter().map(|entry| {
        FieldError::new(format!("/{}{}", entry.index, entry.pointer), entry.code, entry.detail)
    });
    ApiError::Invalid(errors.collect())
}

#[cfg(test)]
mod tests;
