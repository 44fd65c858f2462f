//! Lists that are the same for everyone: similar items, what is popular, what is rising.
//!
//! They come from the last publication of item activity, at most one publish interval old.
//!
//! **Invariant:** an item that may not be shown at the moment is in none of them.

use actix_web::{HttpRequest, web};
use engine::activity::{HalfLife, Scored, Window};
use engine::record::ItemKind;
use engine::{ActivityView, ItemIndex, Timestamp};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::Shared;
use super::error::{ApiError, ItemState, Problem};
use super::fields::Fields;
use super::query::{self, Sort};
use crate::node::Node;

const WINDOWS: [(&str, Window); 3] =
    [("5m", Window::FiveMinutes), ("1h", Window::Hour), ("24h", Window::Day)];

/// Items that belong together.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct SimilarItems {
    /// The item that was asked about.
    pub item_id: String,
    /// Items chosen by those who chose it, best first.
    pub items: Vec<ListedItem>,
}

/// A list by popularity.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct PopularItems {
    /// The window that was counted; null for popularity that fades with every event.
    pub window: Option<String>,
    /// The category that was asked for.
    pub category: Option<String>,
    /// The items, most popular first.
    pub items: Vec<ListedItem>,
}

/// A list of what rises.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct TrendingItems {
    /// The items, strongest first.
    pub items: Vec<ListedItem>,
}

/// One item of such a list.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ListedItem {
    /// The item.
    pub item_id: String,
    /// Similarity, events, or standard deviations above the usual.
    pub score: f32,
    /// Its place, from 1.
    pub rank: usize,
}

/// Items that are chosen by the users who choose this one.
#[utoipa::path(
    get, path = "/v1/items/{id}/similar", operation_id = "similar_items", tag = "recommendations",
    params(
        ("id" = String, Path, description = "The item"),
        ("limit" = Option<u64>, Query, description = "Items wanted", example = 10),
    ),
    responses(
        (status = 200, description = "Similar items, best first", body = SimilarItems),
        (status = 404, description = "Nobody ever named the item", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn similar(
    shared: web::Data<Shared>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<web::Json<SimilarItems>, ApiError> {
    let ask = read(&request, &shared, &["limit"])?;
    let item_id = path.into_inner();
    let node = &shared.node;
    let Some(item) = node.catalogue.index_of(&item_id) else {
        return Err(ApiError::UnknownItem { item_id, state: ItemState::Unknown });
    };
    let activity = node.activity();
    let items = listed(node, &activity, &activity.neighbours(item), ask.limit);
    Ok(web::Json(SimilarItems { item_id, items }))
}

/// What is popular, overall or in one category.
#[utoipa::path(
    get, path = "/v1/popular", operation_id = "popular_items", tag = "recommendations",
    params(
        ("window" = Option<String>, Query, description = "`5m`, `1h` or `24h`: positive events in that time; without it popularity that fades with every event"),
        ("category" = Option<String>, Query, description = "Only items of this category"),
        ("limit" = Option<u64>, Query, description = "Items wanted", example = 10),
    ),
    responses(
        (status = 200, description = "Popular items, best first", body = PopularItems),
        (status = 422, description = "A parameter is wrong", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn popular(
    shared: web::Data<Shared>,
    request: HttpRequest,
) -> Result<web::Json<PopularItems>, ApiError> {
    let ask = read(&request, &shared, &["limit", "window", "category"])?;
    let activity = shared.node.activity();
    let category = ask.category.as_deref().map(|name| shared.node.catalogue.category(name));
    let list: &[Scored] = match (ask.window, category) {
        // A category that no item carries has nothing popular in it.
        (_, Some(None)) => &[],
        (Some(place), category) => activity.windowed(WINDOWS[place].1, category.flatten()),
        (None, Some(Some(category))) => activity.popular_in(category),
        (None, None) => activity.popular(HalfLife::Middle),
    };
    Ok(web::Json(PopularItems {
        window: ask.window.map(|place| WINDOWS[place].0.to_owned()),
        items: listed(&shared.node, &activity, list, ask.limit),
        category: ask.category,
    }))
}

/// What rises above its usual rate right now.
#[utoipa::path(
    get, path = "/v1/trending", operation_id = "trending_items", tag = "recommendations",
    params(("limit" = Option<u64>, Query, description = "Items wanted", example = 10)),
    responses((status = 200, description = "Rising items, strongest first", body = TrendingItems))
)]
pub async fn trending(
    shared: web::Data<Shared>,
    request: HttpRequest,
) -> Result<web::Json<TrendingItems>, ApiError> {
    let ask = read(&request, &shared, &["limit"])?;
    let activity = shared.node.activity();
    let items = listed(&shared.node, &activity, activity.trending(), ask.limit);
    Ok(web::Json(TrendingItems { items }))
}

struct ListAsk {
    limit: usize,
    window: Option<usize>,
    category: Option<String>,
}

fn read(request: &HttpRequest, shared: &Shared, known: &[&str]) -> Result<ListAsk, ApiError> {
    let sorts = [("limit", Sort::Whole), ("window", Sort::Text), ("category", Sort::Text)];
    let parameters = Value::Object(query::object(request.query_string(), &sorts)?);
    let mut fields = Fields::open(&parameters, "", known).map_err(ApiError::Invalid)?;
    let limits = &shared.node.config.ranking;
    let limit = fields.whole("limit", 1..=limits.max_limit as u64);
    let ask = ListAsk {
        limit: limit.map_or(limits.default_limit, |limit| limit as usize),
        window: fields.word("window", &WINDOWS.map(|(word, _)| word)),
        category: fields.id("category").map(ToOwned::to_owned),
    };
    fields.finish().map_err(ApiError::Invalid)?;
    Ok(ask)
}

fn listed(node: &Node, activity: &ActivityView, list: &[Scored], limit: usize) -> Vec<ListedItem> {
    let now = node.now();
    list.iter()
        .filter(|(item, _)| may_be_shown(activity, *item, now))
        .filter_map(|(item, score)| Some((node.catalogue.name(*item)?, *score)))
        .take(limit)
        .enumerate()
        .map(|(place, (name, score))| ListedItem {
            item_id: name.to_string(),
            score,
            rank: place + 1,
        })
        .collect()
}

fn may_be_shown(activity: &ActivityView, item: ItemIndex, now: Timestamp) -> bool {
    activity.columns(item).is_some_and(|columns| {
        columns.available
            && columns.expires_at.is_none_or(|end| now < end)
            && columns.published_at.is_none_or(|start| start <= now)
            && columns.kind != ItemKind::LiveRoom
    })
}
