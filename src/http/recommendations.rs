//! `POST /v1/recommendations` and its GET twin: what to show this user now.
//!
//! A request is read (`ask`), the user's view is fetched within the deadline (`ladder`), the list is ranked (`scene`)
//! and named (`answer`). A shard that is busy, down or late costs a rung, never the answer.
//!
//! **Invariant:** both forms go through the same checks and the same ladder.

pub mod answer;
pub mod ask;
pub mod filter;
pub mod ladder;
pub mod scene;
pub mod tagged;
pub mod words;

use actix_web::{HttpRequest, web};
use serde_json::{Map, Value};

use super::body::JsonBody;
use super::deadline::Deadline;
use super::error::{ApiError, Problem};
use super::query::{self, Sort};
use super::{Shared, fields, speaker};
use answer::Recommendations;
use ask::{Ask, RecommendationRequest};
use scene::Scene;

/// Parameters of the GET form; every other `context.NAME` is a member of `context`.
const PARAMETERS: [(&str, Sort); 9] = [
    ("session_id", Sort::Text),
    ("scenario", Sort::Text),
    ("limit", Sort::Whole),
    ("exclude", Sort::List),
    ("exclude_seen", Sort::Flag),
    ("explore", Sort::Flag),
    ("explain", Sort::Text),
    ("categories", Sort::List),
    ("kind", Sort::List),
];
const CONTEXT_PREFIX: &str = "context.";

/// Recommend items to a user.
///
/// The answer reflects every event of the user that was acknowledged before the request was sent. `source`
/// says which rung of the ladder answered; the lower ones are `stale` where something is known of the user.
#[utoipa::path(
    post, path = "/v1/recommendations", operation_id = "recommend", tag = "recommendations",
    request_body = RecommendationRequest,
    params(
        ("x-deadline-ms" = Option<u64>, Header, description = "Milliseconds until a simpler rung answers"),
        ("x-freshet-min-position" = Option<String>, Header, description = "`position` of an earlier answer that must be applied first"),
    ),
    responses(
        (status = 200, description = "A list, best first", body = Recommendations),
        (status = 403, description = "The token is another user's", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Something in the request is wrong", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The node is starting", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn post(
    shared: web::Data<Shared>,
    request: HttpRequest,
    deadline: Deadline,
    body: JsonBody,
) -> Result<web::Json<Recommendations>, ApiError> {
    let mut body = body.0;
    speaker::name(&request, &mut body);
    respond(&shared, &request, deadline, &body).await
}

/// Recommend items to a user, from the command line.
///
/// The same as the POST form; lists are separated by commas.
#[utoipa::path(
    get, path = "/v1/users/{id}/recommendations", operation_id = "recommend_to_user", tag = "recommendations",
    params(
        ("id" = String, Path, description = "The user"),
        ("session_id" = Option<String>, Query, description = "The behaviour session"),
        ("scenario" = Option<String>, Query, description = "A declared scenario", example = "home"),
        ("limit" = Option<u64>, Query, description = "Items wanted", example = 10),
        ("exclude" = Option<String>, Query, description = "Items not wanted, separated by commas"),
        ("exclude_seen" = Option<bool>, Query, description = "Leave out what was seen; true unless said"),
        ("explore" = Option<bool>, Query, description = "Whether some places may be given by lot; true unless said"),
        ("explain" = Option<String>, Query, description = "`none` (default), `reasons`, or `parts` of the scores with them"),
        ("categories" = Option<String>, Query, description = "Only items with any of these, separated by commas"),
        ("kind" = Option<String>, Query, description = "Only items of any of these kinds, separated by commas"),
        ("context.device" = Option<String>, Query, description = "Any declared context key, each behind `context.`"),
        ("x-deadline-ms" = Option<u64>, Header, description = "Milliseconds until a simpler rung answers"),
        ("x-freshet-min-position" = Option<String>, Header, description = "`position` of an earlier answer that must be applied first"),
    ),
    responses(
        (status = 200, description = "A list, best first", body = Recommendations),
        (status = 403, description = "The token is another user's", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Something in the request is wrong", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The node is starting", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn get(
    shared: web::Data<Shared>,
    request: HttpRequest,
    path: web::Path<String>,
    deadline: Deadline,
) -> Result<web::Json<Recommendations>, ApiError> {
    let parameters = query::object(request.query_string(), &PARAMETERS)?;
    if let Some(name) =
        ["user_id", "context", "filter"].iter().find(|n| parameters.contains_key(**n))
    {
        let known = PARAMETERS.map(|(name, _)| name);
        return Err(ApiError::Invalid(vec![fields::unknown_field("", name, &known)]));
    }
    let body = as_body(path.into_inner(), parameters);
    respond(&shared, &request, deadline, &body).await
}

async fn respond(
    shared: &Shared,
    request: &HttpRequest,
    deadline: Deadline,
    body: &Value,
) -> Result<web::Json<Recommendations>, ApiError> {
    let ask = Ask::read(body, shared).map_err(ApiError::Invalid)?;
    speaker::check(request, &ask.user)?;
    let known = ladder::fetch(&shared.node, &ask.user, &deadline).await;
    let scene = Scene::new(&shared.node, ask, known, None);
    let (list, _) = answer::tell(&shared.node, scene, &deadline).await;
    Ok(web::Json(list))
}

/// The body that says what the path and the parameters of a GET say.
fn as_body(user: String, parameters: Map<String, Value>) -> Value {
    let (mut body, mut context, mut must) = (Map::new(), Map::new(), Vec::new());
    body.insert("user_id".to_owned(), Value::String(user));
    for (name, value) in parameters {
        match name.strip_prefix(CONTEXT_PREFIX) {
            Some(key) => drop(context.insert(key.to_owned(), value)),
            None if name == "categories" || name == "kind" => {
                must.push(serde_json::json!({"key": name, "match": {"any": value}}));
            }
            None => drop(body.insert(name, value)),
        }
    }
    if !context.is_empty() {
        body.insert("context".to_owned(), Value::Object(context));
    }
    if !must.is_empty() {
        body.insert("filter".to_owned(), serde_json::json!({"must": must}));
    }
    Value::Object(body)
}

#[cfg(test)]
mod tests;
