//! `POST /v1/explain`: why an item would be in a user's list now, or what keeps it out.
//!
//! **Invariant:** the same request is put to the engine as for the list, so the explanation of an item that the list
//! holds has its place, score and reasons.
//!
//! Not here: lists that were served (see [`list`], [`served`]).

pub mod declared;
pub mod features;
pub mod list;
pub mod served;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web;
use engine::ItemIndex;
use engine::ranking::{self, Explanation, Standing};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use self::declared::{InputTold, TagTold};
use self::features::{FeatureTold, StepTold};
use super::Shared;
use super::body::JsonBody;
use super::deadline::Deadline;
use super::error::{ApiError, FieldError, ItemState, Problem};
use super::fields::Fields;
use super::recommendations::answer::{Freshness, ModelUsed, freshness, millis};
use super::recommendations::ask::{self, Ask};
use super::recommendations::filter::FilterBody;
use super::recommendations::scene::Scene;
use super::recommendations::tagged::TagRuleBody;
use super::recommendations::{ladder, words};
use crate::node::Node;

/// A deadline that the way to the user's state has used up leaves this to an explanation all the same: nothing simpler
/// could answer in its place.
const LEAST_PATIENCE: Duration = Duration::from_millis(50);

/// Member of the body besides those of a recommendation request.
const ITEM: &str = "item_id";

/// The body of a question about one item: that of a recommendation request, and the item.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(example = json!({"user_id": "u1", "item_id": "sku-9", "scenario": "home", "limit": 10}))]
pub struct ExplainBody {
    /// For whom; this or `session_id` is needed.
    #[schema(min_length = 1, max_length = 256)]
    pub user_id: Option<String>,
    /// The behaviour session; where no user is named it is the user.
    #[schema(min_length = 1, max_length = 256)]
    pub session_id: Option<String>,
    /// Which item.
    #[schema(min_length = 1, max_length = 256)]
    pub item_id: String,
    /// A scenario that the configuration declares.
    pub scenario: Option<String>,
    /// How long the list is that the item would be in.
    #[schema(minimum = 1)]
    pub limit: Option<u64>,
    /// Where the user is, under keys that `context.keys` declares. Checked; it does not change the ranking yet.
    #[schema(value_type = Option<Object>)]
    pub context: Option<Value>,
    /// What items must and must not be.
    pub filter: Option<FilterBody>,
    /// What tags of the user do to candidates, besides what the scenario says; at most 32.
    pub tagged: Option<Vec<TagRuleBody>>,
    /// Whether items are left out that the scenario counts as seen; true unless said.
    pub exclude_seen: Option<bool>,
    /// Taken, so that the body of a list's request can be sent as it is; explained is the list without exploration.
    pub explore: Option<bool>,
    /// Items not wanted, at most 1,000.
    pub exclude: Option<Vec<String>>,
    /// Taken, so that the body of a list's request can be sent as it is; an explanation tells all there is.
    pub explain: Option<ask::Explain>,
}

/// Why an item is in a list, or why not.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "item_id": "sku-9", "scenario": "home", "model": {"alias": "champion", "version": 0, "revision": 41807},
    "source": "personalized", "standing": "too_low", "rank": null, "left_out_by": null, "place_by_score": 14,
    "score": 1.25, "parts": {"category": 0.0, "fresh": 0.01, "model": 1.04, "neighbours": 0.0, "popular": 0.2,
                             "repeat": 0.0, "session": 0.0, "trending": 0.0},
    "features": [{"part": "model", "feature": "history_item", "value": 0.84, "item_id": "sku-7", "age_s": 42, "weight": 0.8},
                 {"part": "model", "feature": "bias", "value": 0.2},
                 {"part": "popular", "feature": "popularity", "value": 0.2, "half_life_events": 3000.0}],
    "steps": [{"step": "retrieval", "place": null, "detail": "named by model, popular"},
              {"step": "filters", "place": null, "detail": "passed"},
              {"step": "score", "place": 14, "detail": "by score, of 312 candidates"},
              {"step": "diversity", "place": null, "detail": "nothing moved"}],
    "reasons": ["popular", "learned_taste"], "candidates": 312, "limit": 10,
    "detail": "13 of 312 candidates score higher; the list holds 10",
    "freshness": {"stale": false, "user_events_applied": 128, "last_event_age_ms": 42, "model_age_ms": 0,
                  "features_age_ms": 0},
    "took_ms": 0.9
}))]
pub struct ItemExplanation {
    /// The item.
    pub item_id: String,
    /// The scenario of the list.
    pub scenario: String,
    /// The model that it is ranked by; left out where nothing is learned yet or `model.enabled` is off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelUsed>,
    /// Which rung of the ladder would answer: `personalized`, `session`, `popular` or `fallback`.
    #[schema(value_type = String)]
    pub source: &'static str,
    /// `listed`; `passed_over`: scored high enough, but its category has its share of the list; `too_low`: others
    /// score higher; `left_out`: a filter keeps it out; `not_named`: no source named it as a candidate.
    #[schema(value_type = String)]
    pub standing: &'static str,
    /// Its place in the list, from 1; null where it is not in it.
    pub rank: Option<usize>,
    /// Which filter keeps it out: `seen`, `excluded`, `unavailable`, `expired`, `unpublished`, `live_room`, `closed`,
    /// `unmatched` or `tagged`; null where none does.
    #[schema(value_type = Option<String>)]
    pub left_out_by: Option<&'static str>,
    /// Its place by score alone, from 1, before diversity; of one that was not named the place it would have had.
    pub place_by_score: Option<usize>,
    /// What it is ranked by; null where a filter keeps it out.
    pub score: Option<f32>,
    /// What the score is the sum of, by source.
    pub parts: Option<BTreeMap<&'static str, f32>>,
    /// What the parts are made of, strongest first: they add up to the score.
    pub features: Option<Vec<FeatureTold>>,
    /// What speaks for it, strongest first, as in a list.
    pub reasons: Option<Vec<String>>,
    /// What declared features say to the click head of the list and of the item; left out where none takes part in
    /// ranking.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<InputTold>,
    /// The tags that the user has, with what they do to the item; left out where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<TagTold>,
    /// The steps on the way to its place: what named it, what left it out, what moved it.
    pub steps: Vec<StepTold>,
    /// Candidates that were scored.
    pub candidates: usize,
    /// Items that the list holds at most.
    pub limit: usize,
    /// The same in words.
    pub detail: String,
    /// How fresh that is.
    pub freshness: Freshness,
    /// Milliseconds from the arrival of the request to this answer.
    pub took_ms: f64,
}

/// Explain where an item stands for a user now.
///
/// Takes the body of a recommendation request and the item, and tells of the list that such a request would be answered
/// with at this moment.
#[utoipa::path(
    post, path = "/v1/explain", operation_id = "explain", tag = "recommendations",
    request_body = ExplainBody,
    params(
        ("x-deadline-ms" = Option<u64>, Header, description = "Milliseconds until a simpler rung answers"),
        ("x-freshet-min-position" = Option<String>, Header, description = "`position` of an earlier answer that must be applied first"),
    ),
    responses(
        (status = 200, description = "Why it is in the list, or why not", body = ItemExplanation),
        (status = 404, description = "Nobody ever named the item", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Something in the request is wrong", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The node is starting, or makes too many lists", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn post(
    shared: web::Data<Shared>,
    deadline: Deadline,
    body: JsonBody,
) -> Result<web::Json<ItemExplanation>, ApiError> {
    let (ask, item_id) = read(&body.0, &shared).map_err(ApiError::Invalid)?;
    let node = &shared.node;
    let Some(item) = node.catalogue.index_of(&item_id) else {
        return Err(ApiError::UnknownItem { item_id, state: ItemState::Unknown });
    };
    let known = ladder::fetch(node, &ask.user, &deadline).await;
    let scene = Arc::new(Scene::new(node, ask, known, None));
    let explained = explain(node, &scene, item, &deadline).await?;
    Ok(web::Json(answer(node, &scene, (item_id, &explained), &deadline)))
}

/// On the pool, like any list that takes long.
async fn explain(
    node: &Node,
    scene: &Arc<Scene>,
    item: ItemIndex,
    deadline: &Deadline,
) -> Result<Explanation, ApiError> {
    let work = {
        let scene = Arc::clone(scene);
        move || ranking::explain(&scene.request(), scene.ladder(), item)
    };
    // Past its deadline a list comes from a lower rung; that one is explained then, and as soon as there is room.
    let patience = deadline.left().max(LEAST_PATIENCE);
    node.ranking.run(patience, work).await.map_err(ApiError::from)
}

fn read(body: &Value, shared: &Shared) -> Result<(Ask, String), Vec<FieldError>> {
    let known: Vec<&str> = ask::KNOWN.into_iter().chain([ITEM]).collect();
    let mut fields = Fields::open(body, "", &known)?;
    let item = fields.id(ITEM);
    let item = fields.need(ITEM, item).map(str::to_owned);
    let ask = Ask::read_list(&mut fields, shared);
    fields.finish()?;
    Ok((ask.ok_or_else(Vec::new)?, item.ok_or_else(Vec::new)?))
}

fn answer(
    node: &Node,
    scene: &Scene,
    (item_id, explained): (String, &Explanation),
    deadline: &Deadline,
) -> ItemExplanation {
    let scored = explained.scored.as_ref();
    ItemExplanation {
        item_id,
        scenario: scene.ask.scenario.name.clone(),
        model: ModelUsed::of(scene),
        source: explained.source.name(),
        standing: explained.standing.name(),
        rank: match explained.standing {
            Standing::Listed { rank } => Some(rank),
            _ => None,
        },
        left_out_by: match explained.standing {
            Standing::LeftOut(obstacle) => Some(obstacle.name()),
            _ => None,
        },
        place_by_score: scored.map(|scored| scored.place),
        score: scored.map(|scored| scored.score),
        parts: scored.map(|scored| words::parts(&scored.parts)),
        features: scored.map(|scored| features::features(node, &scored.features)),
        reasons: scored.map(|scored| words::reasons(node, &scored.reasons)),
        inputs: declared::inputs_now(&scene.request(), explained.item),
        tags: declared::tags_now(&scene.request(), explained.item),
        steps: features::steps(node, explained),
        candidates: explained.candidates,
        limit: scene.ask.limit,
        detail: words::standing(explained, scene.ask.limit),
        freshness: freshness(node, scene, explained.source),
        took_ms: millis(deadline.spent().as_secs_f64()),
    }
}
