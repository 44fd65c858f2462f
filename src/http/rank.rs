//! `POST /v1/rank`: the caller's own candidates in the best order for this user.
//!
//! **Invariant:** every candidate is in the answer, or is accounted for: by name where the node does not
//! know it, by number where a filter left it out.

use std::collections::HashSet;

use actix_web::web;
use engine::ItemIndex;
use engine::ranking::{FilterCounts, SeenPolicy};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::Shared;
use super::body::JsonBody;
use super::deadline::Deadline;
use super::error::{ApiError, FieldError, Problem};
use super::fields::Fields;
use super::recommendations::answer::{self, Recommendations};
use super::recommendations::ask::{self, Ask, Explain, Usual};
use super::recommendations::filter::FilterBody;
use super::recommendations::ladder;
use super::recommendations::scene::Scene;
use super::recommendations::tagged::TagRuleBody;

/// The most candidates of one request.
pub const CANDIDATES: usize = 1_000;
/// Members of the body besides those of a recommendation request.
pub const ITEMS: &str = "items";

/// The body of a rank request.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(example = json!({"user_id": "u1", "items": ["sku-1", "sku-2", "sku-3"], "explain": "reasons"}))]
pub struct RankBody {
    /// For whom; this or `session_id` is needed.
    #[schema(min_length = 1, max_length = 256)]
    pub user_id: Option<String>,
    /// The behaviour session; where no user is named it is the user.
    #[schema(min_length = 1, max_length = 256)]
    pub session_id: Option<String>,
    /// The candidates, 1 to 1,000; one named twice counts once.
    #[schema(min_items = 1, max_items = 1000)]
    pub items: Vec<String>,
    /// A scenario that the configuration declares.
    pub scenario: Option<String>,
    /// Best candidates wanted; all where nothing is said.
    #[schema(minimum = 1, maximum = 1000)]
    pub limit: Option<u64>,
    /// Where the user is, under keys that `context.keys` declares. Kept with the list, for what is learned from it.
    #[schema(value_type = Option<Object>)]
    pub context: Option<Value>,
    /// What items must and must not be.
    pub filter: Option<FilterBody>,
    /// What tags of the user do to candidates, besides what the scenario says; at most 32.
    pub tagged: Option<Vec<TagRuleBody>>,
    /// Whether seen candidates are left out; false unless said, because the caller has chosen them.
    pub exclude_seen: Option<bool>,
    /// Whether some places are given by lot, as the scenario's `explore` says; false unless said.
    pub explore: Option<bool>,
    /// Items not wanted, at most 1,000.
    pub exclude: Option<Vec<String>>,
    /// Whether items say why they stand where they do; `none` unless said.
    pub explain: Option<Explain>,
}

/// The candidates, ranked.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct RankedCandidates {
    /// The ranked list.
    #[serde(flatten)]
    pub list: Recommendations,
    /// Candidates that the node does not know; they are not in `items`.
    pub unknown: Vec<String>,
    /// Candidates left out, by the first reason that held.
    pub filtered: Filtered,
}

/// Candidates left out, by the first reason that held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Filtered {
    /// Seen, as the scenario declares it.
    pub seen: u32,
    /// In `exclude`.
    pub excluded: u32,
    /// Withdrawn or not available.
    pub unavailable: u32,
    /// Past their expiry.
    pub expired: u32,
    /// Not published yet.
    pub unpublished: u32,
    /// Live rooms, where none were asked for.
    pub live_room: u32,
    /// Live rooms that are not open.
    pub closed: u32,
    /// Against `filter`.
    pub unmatched: u32,
    /// Left out for a tag of the user's.
    pub tagged: u32,
}

impl From<FilterCounts> for Filtered {
    fn from(counts: FilterCounts) -> Self {
        Self {
            seen: counts.seen,
            excluded: counts.excluded,
            unavailable: counts.unavailable,
            expired: counts.expired,
            unpublished: counts.unpublished,
            live_room: counts.live_room,
            closed: counts.closed,
            unmatched: counts.unmatched,
            tagged: counts.tagged,
        }
    }
}

/// Rank the caller's own candidates.
#[utoipa::path(
    post, path = "/v1/rank", operation_id = "rank", tag = "recommendations",
    request_body = RankBody,
    params(
        ("x-deadline-ms" = Option<u64>, Header, description = "Milliseconds until a simpler rung answers"),
        ("x-freshet-min-position" = Option<String>, Header, description = "`position` of an earlier answer that must be applied first"),
    ),
    responses(
        (status = 200, description = "The candidates, best first", body = RankedCandidates),
        (status = 422, description = "Something in the request is wrong", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn post(
    shared: web::Data<Shared>,
    deadline: Deadline,
    body: JsonBody,
) -> Result<web::Json<RankedCandidates>, ApiError> {
    let (ask, candidates) = read(&body.0, &shared).map_err(ApiError::Invalid)?;
    let known = ladder::fetch(&shared.node, &ask.user, &deadline).await;
    let scene = Scene::new(&shared.node, ask, known, Some(candidates.known));
    let (list, filtered) = answer::tell(&shared.node, scene, &deadline).await;
    Ok(web::Json(RankedCandidates { list, unknown: candidates.unknown, filtered: filtered.into() }))
}

pub(super) struct Candidates {
    known: Vec<ItemIndex>,
    unknown: Vec<String>,
}

pub(super) fn read(body: &Value, shared: &Shared) -> Result<(Ask, Candidates), Vec<FieldError>> {
    let known: Vec<&str> = ask::KNOWN.into_iter().chain([ITEMS]).collect();
    let mut fields = Fields::open(body, "", &known)?;
    let names = fields.ids(ITEMS, CANDIDATES);
    let names = fields.need(ITEMS, names);
    if names.as_ref().is_some_and(Vec::is_empty) {
        fields.refuse(ITEMS, "missing_field", "`items` holds nothing to rank");
    }
    let limit = fields.whole("limit", 1..=CANDIDATES as u64);
    let limit = limit.map_or(CANDIDATES, |limit| limit as usize);
    let usual = Usual { limit, seen: SeenPolicy::Ignored, explores: false };
    let ask = Ask::read_common(&mut fields, shared, usual);
    fields.finish()?;
    Ok((ask.ok_or_else(Vec::new)?, resolve(&names.unwrap_or_default(), shared)))
}

fn resolve(names: &[&str], shared: &Shared) -> Candidates {
    let mut seen = HashSet::with_capacity(names.len());
    let (mut known, mut unknown) = (Vec::with_capacity(names.len()), Vec::new());
    for name in names.iter().filter(|name| seen.insert(**name)) {
        match shared.node.catalogue.index_of(name) {
            Some(item) => known.push(item),
            None => unknown.push((*name).to_owned()),
        }
    }
    Candidates { known, unknown }
}
