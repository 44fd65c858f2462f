//! `GET /v1/recommendations/{rid}/explanations/{item_id}`: what is on record of an item in a list that was served.
//!
//! The record holds whom the list was for, when, from which rung, in which order and with which scores. Parts and
//! reasons are not in it: they follow from state that has moved on.
//!
//! Not here: how things stand now (see [`super`]).

use actix_web::web;
use engine::RecommendationId;
use engine::ranking::Rung;
use engine::record::Served;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::Shared;
use crate::http::error::{ApiError, Problem};
use crate::http::times::rfc3339;

/// An item of a list that was served.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "recommendation_id": "r_002a0000010000000007", "item_id": "sku-7", "user_id": "u1", "scenario": "home",
    "served_at": "2026-10-01T09:00:00.000Z", "source": "personalized", "rank": 1, "of": 10, "score": 0.91,
    "propensity": 1.0, "activity_revision": 5120
}))]
pub struct ServedExplanation {
    /// The list.
    pub recommendation_id: String,
    /// The item.
    pub item_id: String,
    /// Whom the list was for.
    pub user_id: String,
    /// Its scenario.
    pub scenario: String,
    /// When it was made.
    #[schema(format = DateTime)]
    pub served_at: String,
    /// Which rung of the ladder answered.
    #[schema(value_type = String)]
    pub source: &'static str,
    /// The item's place, from 1.
    pub rank: usize,
    /// Items in the list.
    pub of: usize,
    /// What it was ranked by.
    pub score: f32,
    /// Probability with which it was put there, given what stands before it; 1 where nothing was drawn.
    pub propensity: f32,
    /// Publication of item activity that was read.
    pub activity_revision: u64,
}

/// What is on record of an item in a list that was served.
///
/// Lists reach the log without the answer waiting for it, so one may be found only a few milliseconds after it was
/// served; it is found for as long as the log goes back. How the item stands now is told by `POST /v1/explain`.
#[utoipa::path(
    get, path = "/v1/recommendations/{rid}/explanations/{item_id}", operation_id = "explain_served",
    tag = "recommendations",
    params(
        ("rid" = String, Path, description = "`recommendation_id` of the list"),
        ("item_id" = String, Path, description = "An item of it"),
    ),
    responses(
        (status = 200, description = "Where the item stood, and by what", body = ServedExplanation),
        (status = 404, description = "The list is not known (any more), or does not hold the item", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The log cannot be read", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn get(
    shared: web::Data<Shared>,
    path: web::Path<(String, String)>,
) -> Result<web::Json<ServedExplanation>, ApiError> {
    let (list, item_id) = path.into_inner();
    let node = &shared.node;
    let served = match RecommendationId::parse(&list) {
        Some(id) => node.served_list(id).await.map_err(|error| ApiError::Log(error.to_string()))?,
        None => None,
    };
    let Some(served) = served else { return Err(ApiError::UnknownList { list }) };
    let item = node.catalogue.index_of(&item_id);
    let at = served.items.iter().position(|served| Some(served.item) == item);
    match at {
        Some(at) => Ok(web::Json(answer(&served, at, item_id))),
        None => Err(ApiError::NotInList { list, item_id }),
    }
}

fn answer(served: &Served, at: usize, item_id: String) -> ServedExplanation {
    let item = &served.items[at];
    ServedExplanation {
        recommendation_id: served.id.to_string(),
        item_id,
        user_id: served.user.as_str().to_owned(),
        scenario: served.scenario.to_string(),
        served_at: rfc3339(served.at),
        source: Rung::of_number(served.rung).map_or("unknown", Rung::name),
        rank: at + 1,
        of: served.items.len(),
        score: item.score,
        propensity: item.propensity,
        activity_revision: served.revision,
    }
}
