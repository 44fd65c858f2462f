//! `/v1/users/{id}`: the profile that callers set, and what the stream has said of the user.
//!
//! Not here: erasing a user.

use actix_web::{HttpRequest, HttpResponse, web};
use engine::user::{HistoryEntry, UserView};
use engine::{RecordBody, UserId};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::Shared;
use super::body::JsonBody;
use super::deadline::Deadline;
use super::error::{ApiError, FieldError, Problem};
use super::fields::{Fields, check_id, wrong_type};
use super::items::{Written, mismatch, written};
use super::query::{self, Sort};
use super::times::rfc3339;
use crate::event_log::Draft;
use crate::node::{AckLevel, Node};

/// Members of a profile; a test holds them to [`ProfileBody`].
pub const KNOWN: [&str; 3] = ["user_id", "labels", "properties"];
const LABELS: usize = 100;
const PROPERTIES_BYTES: usize = 64 * 1024;
/// The most events that are kept of a user, and so the most that can be asked for.
const EVENTS: u64 = 50;

/// A user's profile.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({"labels": ["newsletter"], "properties": {"plan": "gold"}}))]
pub struct ProfileBody {
    /// The user; may be left out, the path has it.
    #[schema(min_length = 1, max_length = 256)]
    pub user_id: Option<String>,
    /// Free labels, at most 100.
    #[schema(max_items = 100)]
    pub labels: Option<Vec<String>>,
    /// Whatever else belongs to the user, at most 64 KiB.
    #[schema(value_type = Option<Object>)]
    pub properties: Option<Value>,
}

/// A user: the profile, and a summary of the state.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct UserBody {
    /// The user.
    pub user_id: String,
    /// Labels of the profile.
    pub labels: Vec<String>,
    /// Properties of the profile.
    #[schema(value_type = Object)]
    pub properties: Value,
    /// Events of the user that were applied.
    pub events_applied: u64,
    /// Time of the newest event.
    #[schema(format = DateTime)]
    pub last_event_at: Option<String>,
    /// Time of the newest positive event.
    #[schema(format = DateTime)]
    pub last_click_at: Option<String>,
    /// Events of the last minutes.
    pub counts: Counts,
    /// Decayed score by event type, best first.
    pub type_scores: Vec<TypeScore>,
    /// Decayed score by category, best first.
    pub category_scores: Vec<CategoryScore>,
    /// The visit that is open now.
    pub visit: Option<VisitBody>,
}

/// Events of the last minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Counts {
    /// Of the last minute.
    #[serde(rename = "1m")]
    pub one_minute: u32,
    /// Of the last five.
    #[serde(rename = "5m")]
    pub five_minutes: u32,
    /// Of the last hour.
    #[serde(rename = "60m")]
    pub hour: u32,
}

/// A score of an event type.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct TypeScore {
    /// Canonical name.
    #[serde(rename = "type")]
    pub event_type: String,
    /// The score now.
    pub score: f32,
}

/// A score of a category.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct CategoryScore {
    /// Its name.
    pub category: String,
    /// The score now.
    pub score: f32,
}

/// A visit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct VisitBody {
    /// Time of its first event.
    #[schema(format = DateTime)]
    pub started_at: String,
    /// Time of its newest event.
    #[schema(format = DateTime)]
    pub last_at: String,
    /// Events so far.
    pub events: u32,
}

/// The newest events of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct UserEvents {
    /// The user.
    pub user_id: String,
    /// Newest first, at most 50.
    pub events: Vec<PastEvent>,
}

/// One event of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PastEvent {
    /// Canonical type.
    #[serde(rename = "type")]
    pub event_type: String,
    /// On which item, where the event was about one.
    pub item_id: Option<String>,
    /// Event time.
    #[schema(format = DateTime)]
    pub timestamp: String,
}

/// Set a user's profile.
///
/// The whole profile is replaced. What the stream says of the user stays.
#[utoipa::path(
    put, path = "/v1/users/{id}", operation_id = "put_user", tag = "users",
    params(("id" = String, Path, description = "The user")),
    request_body = ProfileBody,
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
    let user = named(path)?;
    let profile = profile(&body.0, user.as_str()).map_err(ApiError::Invalid)?;
    let node = &shared.node;
    let record = RecordBody::UserPut { shard: node.shard_of(&user), user, profile, at: node.now() };
    let submitted = node.submit(vec![Draft::Ready(record)], AckLevel::Applied).await?;
    let (status, written) = written(&submitted);
    Ok(HttpResponse::build(status).json(written))
}

/// A user's profile and a summary of the state.
#[utoipa::path(
    get, path = "/v1/users/{id}", operation_id = "get_user", tag = "users",
    params(
        ("id" = String, Path, description = "The user"),
        ("x-freshet-min-position" = Option<String>, Header, description = "`position` of an earlier answer that must be applied first"),
    ),
    responses(
        (status = 200, description = "What is known of the user", body = UserBody),
        (status = 404, description = "Nothing is known of the user", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The user's shard does not answer; try again", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn get(
    shared: web::Data<Shared>,
    path: web::Path<String>,
    deadline: Deadline,
) -> Result<web::Json<UserBody>, ApiError> {
    let (user, node) = (named(path)?, &shared.node);
    deadline.insist_on_position(node).await?;
    let view = node.view(&user, node.now()).await?;
    let profile = node.profile(&user).await?;
    if profile.is_none() && !view.known {
        return Err(ApiError::UnknownUser { user_id: user.as_str().to_owned() });
    }
    Ok(web::Json(describe(node, &user, &view, profile.as_deref())))
}

/// The newest events of a user.
#[utoipa::path(
    get, path = "/v1/users/{id}/events", operation_id = "list_user_events", tag = "users",
    params(
        ("id" = String, Path, description = "The user"),
        ("limit" = Option<u64>, Query, description = "Events wanted, 50 unless said", minimum = 1, maximum = 50, example = 10),
        ("x-freshet-min-position" = Option<String>, Header, description = "`position` of an earlier answer that must be applied first"),
    ),
    responses(
        (status = 200, description = "The events, newest first; none for a user of whom nothing is known", body = UserEvents),
        (status = 503, description = "The user's shard does not answer; try again", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn events(
    shared: web::Data<Shared>,
    request: HttpRequest,
    path: web::Path<String>,
    deadline: Deadline,
) -> Result<web::Json<UserEvents>, ApiError> {
    let (user, node) = (named(path)?, &shared.node);
    let parameters = query::object(request.query_string(), &[("limit", Sort::Whole)])?;
    let parameters = Value::Object(parameters);
    let mut fields = Fields::open(&parameters, "", &["limit"]).map_err(ApiError::Invalid)?;
    let limit = fields.whole("limit", 1..=EVENTS).unwrap_or(EVENTS);
    fields.finish().map_err(ApiError::Invalid)?;
    deadline.insist_on_position(node).await?;
    let history = node.history(&user, limit as usize).await?;
    let events = history.iter().map(|entry| past(node, entry)).collect();
    Ok(web::Json(UserEvents { user_id: user.as_str().to_owned(), events }))
}

fn named(path: web::Path<String>) -> Result<UserId, ApiError> {
    let name = path.into_inner();
    check_id(&name, "/id".to_owned()).map_err(ApiError::Invalid)?;
    Ok(UserId::new(&name))
}

/// The profile as the log holds it: one JSON text with its members in a fixed order.
pub(super) fn profile(body: &Value, path: &str) -> Result<Box<str>, Vec<FieldError>> {
    let mut fields = Fields::open(body, "", &KNOWN)?;
    if fields.id("user_id").is_some_and(|given| given != path) {
        fields.note(vec![mismatch("/user_id", path)]);
    }
    let labels = fields.ids("labels", LABELS).unwrap_or_default();
    let properties = fields.value("properties").cloned().unwrap_or_else(|| json!({}));
    if !properties.is_object() {
        fields.note(vec![wrong_type(fields.at("properties"), "an object", &properties)]);
    }
    let text = json!({"labels": labels, "properties": properties}).to_string();
    if PROPERTIES_BYTES < text.len() {
        let detail = format!("must have at most {PROPERTIES_BYTES} bytes with the labels");
        fields.refuse("properties", "too_long", detail);
    }
    fields.finish()?;
    Ok(text.into())
}

fn describe(node: &Node, user: &UserId, view: &UserView, profile: Option<&str>) -> UserBody {
    let profile: Map<String, Value> =
        profile.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let labels = profile.get("labels").and_then(Value::as_array).into_iter().flatten();
    let [one_minute, five_minutes, hour] = view.counts;
    UserBody {
        user_id: user.as_str().to_owned(),
        labels: labels.filter_map(Value::as_str).map(ToOwned::to_owned).collect(),
        properties: profile.get("properties").cloned().unwrap_or_else(|| json!({})),
        events_applied: view.events_applied,
        last_event_at: (0 < view.events_applied).then(|| rfc3339(view.last_event_at)),
        last_click_at: view.last_click_at.map(rfc3339),
        counts: Counts { one_minute, five_minutes, hour },
        type_scores: type_scores(node, view),
        category_scores: category_scores(node, view),
        visit: view.visit.map(|visit| VisitBody {
            started_at: rfc3339(visit.started_at),
            last_at: rfc3339(visit.last_at),
            events: visit.events,
        }),
    }
}

fn type_scores(node: &Node, view: &UserView) -> Vec<TypeScore> {
    let scores = view.type_scores.iter().filter_map(|(id, score)| {
        Some(TypeScore { event_type: node.types.get(*id)?.name.clone(), score: *score })
    });
    scores.collect()
}

fn category_scores(node: &Node, view: &UserView) -> Vec<CategoryScore> {
    let scores = view.category_scores.iter().filter_map(|(id, score)| {
        let category = node.catalogue.category_name(*id)?.to_string();
        Some(CategoryScore { category, score: *score })
    });
    scores.collect()
}

fn past(node: &Node, entry: &HistoryEntry) -> PastEvent {
    let name = node.types.get(entry.event_type).map(|spec| spec.name.clone());
    PastEvent {
        event_type: name.unwrap_or_default(),
        item_id: entry.item.and_then(|item| node.catalogue.name(item)).map(|name| name.to_string()),
        timestamp: rfc3339(entry.at),
    }
}
