//! `/v1/models`: the versions of the model, and what they are told.
//!
//! A command is logged, obeyed by the learner in log order, and answered with the versions as they are then. Each names
//! the version it means, or means the one that is there when it arrives, so that one sent twice does nothing twice.
//!
//! Not here: what commands do (see `engine::model::versions`), beginning a challenger and bringing models in and out (see
//! [`transfer`]).

pub mod state;
pub mod transfer;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use engine::model::versions::{
    Alias, ChallengerStart, CommandOutcome, ModelChanges, ModelCommand, Refusal, WHOLE,
};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::Shared;
use super::body::JsonBody;
use super::error::{ApiError, FieldError, Problem};
use super::fields::Fields;
use crate::node::{Node, Told};

use state::{ModelBody, ModelList};

/// The one model there is.
pub const MODEL: &str = "main";

/// What became of a command.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Obeyed {
    /// `done`; `unchanged` where everything was so already; `queued` where the learner has not come to it yet (202).
    #[schema(value_type = String)]
    pub outcome: &'static str,
    /// The version that it was about.
    pub version: Option<u32>,
    /// Its place in the log.
    pub position: Option<String>,
    /// What was brought in, where a file was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brought: Option<Brought>,
    /// The model as it is now.
    pub model: ModelBody,
}

/// What was brought in of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Brought {
    /// Rows of items that this node knows.
    pub items: usize,
    /// Rows of items that it has not heard of, left out.
    pub unknown_items: usize,
}

/// A challenger to begin.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(example = json!({"from": "champion", "learning_rate": 0.05}))]
pub struct ChallengeBody {
    /// `champion` (a copy of it, with its users' vectors taken over as they come by) or `nothing`; `champion` unless said.
    pub from: Option<String>,
    /// Step of the vectors.
    #[schema(minimum = 0.0001, maximum = 1.0)]
    pub learning_rate: Option<f32>,
    /// Items that each choice is weighed against.
    #[schema(minimum = 4, maximum = 1024)]
    pub negatives: Option<u64>,
    /// How much an item of the history counts against the one after it.
    #[schema(minimum = 0, maximum = 1)]
    pub history_decay: Option<f32>,
    /// Choices after which a user has a vector.
    #[schema(minimum = 1, maximum = 50)]
    pub user_vector_after: Option<u64>,
    /// Numbers in a vector, in steps of 16; only from `nothing`.
    #[schema(minimum = 16, maximum = 1024)]
    pub dimensions: Option<u64>,
}

/// Which version an alias is to name.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(example = json!({"version": 1}))]
pub struct AliasBody {
    /// Its number.
    pub version: u32,
}

/// Who is served from the challenger.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(example = json!({"canary": 0.05}))]
pub struct TrafficBody {
    /// Share of the users, from 0 to 1, always the same ones.
    #[schema(minimum = 0, maximum = 1)]
    pub canary: f32,
    /// The challenger that is meant; the one there is unless said.
    pub version: Option<u32>,
}

/// Which champion is to go.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(example = json!({"from": 1}))]
pub struct RollbackBody {
    /// Its number; where the champion is another by then, nothing changes. The one there is unless said.
    pub from: Option<u32>,
}

/// The models there are.
#[utoipa::path(get, path = "/v1/models", operation_id = "list_models", tag = "models",
    responses((status = 200, description = "The models; none where `model.enabled` is off", body = ModelList)))]
pub async fn list(shared: web::Data<Shared>) -> web::Json<ModelList> {
    let node = &shared.node;
    let models = if node.config.model.enabled { vec![ModelBody::of(node)] } else { Vec::new() };
    web::Json(ModelList { models })
}

/// The versions of a model: what each is, how well it foretells, what was done.
#[utoipa::path(get, path = "/v1/models/{model}/versions", operation_id = "list_model_versions", tag = "models",
    params(("model" = String, Path, description = "`main`")),
    responses(
        (status = 200, description = "The versions", body = ModelBody),
        (status = 404, description = "No such model", body = Problem, content_type = "application/problem+json"),
    ))]
pub async fn versions(
    shared: web::Data<Shared>,
    model: web::Path<String>,
) -> Result<web::Json<ModelBody>, ApiError> {
    known(&shared.node, &model)?;
    Ok(web::Json(ModelBody::of(&shared.node)))
}

/// Let the challenger go.
#[utoipa::path(delete, path = "/v1/models/{model}/versions/{version}", operation_id = "stop_challenger", tag = "models",
    params(("model" = String, Path, description = "`main`"), ("version" = u32, Path, description = "Its number")),
    responses(
        (status = 200, description = "It is gone", body = Obeyed),
        (status = 202, description = "Durable, not obeyed yet", body = Obeyed),
        (status = 404, description = "No such version", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It is not the challenger", body = Problem, content_type = "application/problem+json"),
    ))]
pub async fn stop(
    shared: web::Data<Shared>,
    path: web::Path<(String, u32)>,
) -> Result<HttpResponse, ApiError> {
    let (model, version) = path.into_inner();
    known(&shared.node, &model)?;
    tell(&shared, ModelCommand::Stop { version }).await
}

/// Make a version the champion: promote the challenger, or take the version before back.
#[utoipa::path(put, path = "/v1/models/{model}/aliases/{alias}", operation_id = "set_model_alias", tag = "models",
    params(("model" = String, Path, description = "`main`"), ("alias" = String, Path, description = "`champion`")),
    request_body = AliasBody,
    responses(
        (status = 200, description = "It is the champion", body = Obeyed),
        (status = 202, description = "Durable, not obeyed yet", body = Obeyed),
        (status = 404, description = "No such version, or none that is kept", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A field is wrong", body = Problem, content_type = "application/problem+json"),
    ))]
pub async fn alias(
    shared: web::Data<Shared>,
    path: web::Path<(String, String)>,
    body: JsonBody,
) -> Result<HttpResponse, ApiError> {
    let (model, alias) = path.into_inner();
    known(&shared.node, &model)?;
    if alias != Alias::Champion.name() {
        let told = "only `champion` can be set; challenger and previous follow from it";
        return Err(ApiError::field("/alias", "unknown_value", told));
    }
    let mut fields = Fields::open(&body.0, "", &["version"]).map_err(ApiError::Invalid)?;
    let version = number(&mut fields, "version");
    let version = fields.need("version", version);
    fields.finish().map_err(ApiError::Invalid)?;
    tell(&shared, ModelCommand::Promote { version: version.unwrap_or_default() }).await
}

/// Serve a share of the users from the challenger.
#[utoipa::path(put, path = "/v1/models/{model}/traffic", operation_id = "set_model_traffic", tag = "models",
    params(("model" = String, Path, description = "`main`")),
    request_body = TrafficBody,
    responses(
        (status = 200, description = "They are", body = Obeyed),
        (status = 202, description = "Durable, not obeyed yet", body = Obeyed),
        (status = 404, description = "No such model", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "There is no such challenger", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A field is wrong", body = Problem, content_type = "application/problem+json"),
    ))]
pub async fn traffic(
    shared: web::Data<Shared>,
    model: web::Path<String>,
    body: JsonBody,
) -> Result<HttpResponse, ApiError> {
    known(&shared.node, &model)?;
    let mut fields =
        Fields::open(&body.0, "", &["canary", "version"]).map_err(ApiError::Invalid)?;
    let share = fields.amount("canary");
    let share = fields.need("canary", share).unwrap_or_default();
    if 1.0 < share {
        fields.refuse("canary", "out_of_range", "must be from 0 to 1");
    }
    let version = number(&mut fields, "version");
    fields.finish().map_err(ApiError::Invalid)?;
    let there = shared.node.models().challenger.as_ref().map(|challenger| challenger.version());
    let version = version.or(there).ok_or_else(no_challenger)?;
    let share = (share * f32::from(WHOLE)).round() as u16;
    tell(&shared, ModelCommand::Canary { version, share }).await
}

/// Take the champion back, for the version before it or its own last good state.
#[utoipa::path(post, path = "/v1/models/{model}/rollback", operation_id = "roll_model_back", tag = "models",
    params(("model" = String, Path, description = "`main`")),
    request_body = Option<RollbackBody>,
    responses(
        (status = 200, description = "It is taken back", body = Obeyed),
        (status = 202, description = "Durable, not obeyed yet", body = Obeyed),
        (status = 404, description = "No such version", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "There is nothing to go back to", body = Problem, content_type = "application/problem+json"),
    ))]
pub async fn roll_back(
    shared: web::Data<Shared>,
    model: web::Path<String>,
    body: Result<JsonBody, ApiError>,
) -> Result<HttpResponse, ApiError> {
    known(&shared.node, &model)?;
    let body = or_empty(body)?;
    let mut fields = Fields::open(&body, "", &["from"]).map_err(ApiError::Invalid)?;
    let from = number(&mut fields, "from");
    fields.finish().map_err(ApiError::Invalid)?;
    let version = from.unwrap_or_else(|| shared.node.model().version());
    tell(&shared, ModelCommand::Rollback { version }).await
}

/// Learn no more; popularity goes on being counted.
#[utoipa::path(post, path = "/v1/models/{model}/freeze", operation_id = "freeze_model", tag = "models",
    params(("model" = String, Path, description = "`main`")),
    responses(
        (status = 200, description = "It rests", body = Obeyed),
        (status = 202, description = "Durable, not obeyed yet", body = Obeyed),
        (status = 404, description = "No such model", body = Problem, content_type = "application/problem+json"),
    ))]
pub async fn freeze(
    shared: web::Data<Shared>,
    model: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    known(&shared.node, &model)?;
    tell(&shared, ModelCommand::Freeze).await
}

/// Learn again, also where the guard has put an older state back and waits.
#[utoipa::path(post, path = "/v1/models/{model}/resume", operation_id = "resume_model", tag = "models",
    params(("model" = String, Path, description = "`main`")),
    responses(
        (status = 200, description = "It learns", body = Obeyed),
        (status = 202, description = "Durable, not obeyed yet", body = Obeyed),
        (status = 404, description = "No such model", body = Problem, content_type = "application/problem+json"),
    ))]
pub async fn resume(
    shared: web::Data<Shared>,
    model: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    known(&shared.node, &model)?;
    tell(&shared, ModelCommand::Resume).await
}

async fn tell(shared: &Shared, command: ModelCommand) -> Result<HttpResponse, ApiError> {
    let told = shared.node.tell_model(command).await?;
    answer(&shared.node, told, None)
}

fn answer(node: &Node, told: Told, brought: Option<Brought>) -> Result<HttpResponse, ApiError> {
    let (status, outcome, version) = match told.outcome {
        Some(CommandOutcome::Done { version }) => (StatusCode::OK, "done", Some(version)),
        Some(CommandOutcome::Unchanged { version }) => (StatusCode::OK, "unchanged", Some(version)),
        Some(CommandOutcome::Refused(refusal)) => return Err(refused(&refusal)),
        None => (StatusCode::ACCEPTED, "queued", None),
    };
    let position = told.position.map(|position| position.to_string());
    let model = ModelBody::of(node);
    Ok(HttpResponse::build(status).json(Obeyed { outcome, version, position, brought, model }))
}

fn refused(refusal: &Refusal) -> ApiError {
    let (status, code, title) = match refusal {
        Refusal::UnknownVersion { .. } => (404, "version_not_found", "No such version"),
        Refusal::ChallengerExists { .. } => (409, "challenger_exists", "There is a challenger"),
        Refusal::NothingBefore => (409, "nothing_to_go_back_to", "Nothing to go back to"),
        Refusal::OutOfRange { .. } => (422, "out_of_range", "A value is out of range"),
        Refusal::Unreadable { .. } => (422, "model_unreadable", "The tables cannot be read"),
        Refusal::NotChallenger { .. } => (409, "not_challenger", "It is not the challenger"),
    };
    ApiError::Stated { status, code, title, detail: refusal.to_string(), errors: Vec::new() }
}

fn no_challenger() -> ApiError {
    ApiError::Stated {
        status: 409,
        code: "not_challenger",
        title: "It is not the challenger",
        detail: "there is no challenger; POST …/versions begins one".to_owned(),
        errors: Vec::new(),
    }
}

/// Whether the path names the model, and there is one.
fn known(node: &Node, model: &str) -> Result<(), ApiError> {
    if model == MODEL && node.config.model.enabled {
        return Ok(());
    }
    let detail = if model == MODEL {
        "this node has no model: `model.enabled` is off".to_owned()
    } else {
        format!(
            "there is no model `{}`; the one there is is `{MODEL}`",
            super::fields::shorten(model)
        )
    };
    let errors = Vec::new();
    Err(ApiError::Stated {
        status: 404,
        code: "model_not_found",
        title: "No such model",
        detail,
        errors,
    })
}

fn or_empty(body: Result<JsonBody, ApiError>) -> Result<Value, ApiError> {
    match body {
        Ok(body) => Ok(body.0),
        Err(ApiError::EmptyBody) => Ok(Value::Object(Map::new())),
        Err(error) => Err(error),
    }
}

fn number(fields: &mut Fields, name: &str) -> Option<u32> {
    fields.whole(name, 0..=u64::from(u32::MAX)).map(|number| number as u32)
}

fn read_challenge(body: &Value) -> Result<(ChallengerStart, ModelChanges), Vec<FieldError>> {
    const KNOWN: [&str; 6] =
        ["from", "learning_rate", "negatives", "history_decay", "user_vector_after", "dimensions"];
    let mut fields = Fields::open(body, "", &KNOWN)?;
    let start = match fields.word("from", &["champion", "nothing"]) {
        Some(1) => ChallengerStart::Nothing,
        _ => ChallengerStart::Champion,
    };
    let whole = |fields: &mut Fields, name| fields.whole(name, 1..=1_024).map(|it| it as u32);
    let changes = ModelChanges {
        learning_rate: fields.amount("learning_rate"),
        negatives: whole(&mut fields, "negatives"),
        history_decay: fields.amount("history_decay"),
        user_vector_after: whole(&mut fields, "user_vector_after"),
        dimensions: whole(&mut fields, "dimensions"),
    };
    fields.finish()?;
    Ok((start, changes))
}
