//! `GET /v1/recommendations/{rid}`: a list as it was served, from its record, beside what it would be now.
//!
//! The record is the list: items in their order, scores, parts (to about 3 %), propensities, which place was drawn, and which
//! publications of item activity and model were read. What it would be now is made by the engine for the same user,
//! scenario and draws; filters and exclusions of the request are not on record, so of a request that had any the two may
//! differ for that alone.
//!
//! **Invariant:** the list told is the one on record, whatever has happened since.
//!
//! Not here: one item of it (see [`super::served`]).

use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::web;
use engine::ranking::{CandidatePool, Filter, RankedItem, Rung, ScoreParts, SeenPolicy};
use engine::record::{Exploration, Served, ServedItem};
use engine::{ItemIndex, RecommendationId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::Shared;
use crate::http::deadline::Deadline;
use crate::http::error::{ApiError, Problem};
use crate::http::explain::declared::{self, InputTold, TagTold};
use crate::http::recommendations::ask::{Ask, Explain};
use crate::http::recommendations::ladder;
use crate::http::recommendations::scene::Scene;
use crate::http::times::rfc3339;
use crate::node::Node;

/// A list as it was served.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "recommendation_id": "r_002a0000010000000007", "user_id": "u1", "scenario": "home",
    "served_at": "2026-10-01T09:00:00.000Z", "source": "personalized", "exploration": "plackett_luce", "given": false,
    "state": {"activity_revision": 5120, "model_revision": 41807, "model_version": 0},
    "now": {"activity_revision": 5302, "model_revision": 41911, "same_state": false, "same_list": false,
            "source": "personalized", "differs": ["item activity was published 182 times since"]},
    "items": [{"item_id": "sku-7", "rank": 1, "score": 0.91, "propensity": 1.0, "drawn": false, "instead_of": null,
               "parts": {"model": 0.6, "popular": 0.31}, "rest": 0.0, "rank_now": 2, "score_now": 0.88}]
}))]
pub struct ServedList {
    /// The list.
    pub recommendation_id: String,
    /// Whom it was for.
    pub user_id: String,
    /// Its scenario.
    pub scenario: String,
    /// When it was made.
    #[schema(format = DateTime)]
    pub served_at: String,
    /// Which rung of the ladder answered.
    #[schema(value_type = String)]
    pub source: &'static str,
    /// How places were drawn: `none`, `plackett_luce` or `epsilon`.
    #[schema(value_type = String)]
    pub exploration: &'static str,
    /// Whether the items were the caller's own candidates.
    pub given: bool,
    /// What it was made from.
    pub state: ServedState,
    /// What it would be now; null where nobody could look in time, or its scenario is declared no more.
    pub now: Option<ListNow>,
    /// What declared features said to the click head of the whole list; left out where none took part.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<InputTold>,
    /// The tags of the user that took part; left out where there were none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<TagTold>,
    /// The items as they were shown.
    pub items: Vec<ItemOfList>,
}

/// The state that a list was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ServedState {
    /// Publication of item activity.
    pub activity_revision: u64,
    /// Publication of the model; 0 where there was none.
    pub model_revision: u64,
    /// Number of the model version.
    pub model_version: u32,
}

/// What the same list would be now.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ListNow {
    /// Publication of item activity now.
    pub activity_revision: u64,
    /// Publication of the model now; 0 where there is none.
    pub model_revision: u64,
    /// Whether item activity and model are those that the list was made from.
    pub same_state: bool,
    /// Whether the same items come in the same order.
    pub same_list: bool,
    /// Which rung would answer.
    #[schema(value_type = String)]
    pub source: &'static str,
    /// In what the state differs, in words; empty where nothing is known to.
    pub differs: Vec<String>,
}

/// One item of a served list.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ItemOfList {
    /// The item.
    pub item_id: String,
    /// Its place, from 1.
    pub rank: usize,
    /// What it was ranked by.
    pub score: f32,
    /// Probability with which it was put there, given what stands before it; 1 where nothing was drawn.
    pub propensity: f32,
    /// Whether its place was drawn.
    pub drawn: bool,
    /// The item that was due there, where a draw put this one in its place.
    pub instead_of: Option<String>,
    /// What its score was the sum of, by source; to about 3 %.
    pub parts: BTreeMap<&'static str, f32>,
    /// What is left of its score beside `parts`: content, tags and live rooms together, of which no part is on record, and
    /// the rounding of those that are.
    pub rest: f32,
    /// What declared features said of it to the click head; left out where none took part.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<InputTold>,
    /// Its place in the list that would be made now; null where it is not in it.
    pub rank_now: Option<usize>,
    /// Its score in that list.
    pub score_now: Option<f32>,
}

/// A list as it was served.
///
/// Lists reach the log without the answer waiting for it, so one may be found only a few milliseconds after it was
/// served; it is found for as long as the log goes back. Where the state has moved on since, `now` says so.
#[utoipa::path(
    get, path = "/v1/recommendations/{rid}", operation_id = "served_list", tag = "recommendations",
    params(("rid" = String, Path, description = "`recommendation_id` of the list")),
    responses(
        (status = 200, description = "The list, and what it would be now", body = ServedList),
        (status = 404, description = "The list is not known (any more)", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The log cannot be read", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn get(
    shared: web::Data<Shared>,
    path: web::Path<String>,
    deadline: Deadline,
) -> Result<web::Json<ServedList>, ApiError> {
    let list = path.into_inner();
    let node = &shared.node;
    let served = match RecommendationId::parse(&list) {
        Some(id) => node.served_list(id).await.map_err(|error| ApiError::Log(error.to_string()))?,
        None => None,
    };
    let Some(served) = served else { return Err(ApiError::UnknownList { list }) };
    let again = Again::make(node, &served, &deadline).await;
    Ok(web::Json(told(node, &served, again.as_ref())))
}

/// The list as it would be now.
struct Again {
    scene: Arc<Scene>,
    source: Rung,
    items: Vec<RankedItem>,
}

impl Again {
    async fn make(node: &Arc<Node>, served: &Served, deadline: &Deadline) -> Option<Self> {
        let scenario = Arc::clone(node.scenarios().get(&*served.scenario)?);
        let ask = Ask {
            user: served.user.clone(),
            scenario,
            limit: served.items.len(),
            filter: Filter::default(),
            exclude: Vec::new(),
            seen: if served.given { SeenPolicy::Ignored } else { SeenPolicy::AsDeclared },
            explores: false,
            explain: Explain::None,
            context: Vec::new(),
        };
        let known = ladder::fetch(node, &ask.user, deadline).await;
        let given = served.given.then(|| served.items.iter().map(|item| item.item).collect());
        let mut scene = Scene::new(node, ask, known, given);
        let drawn = served.exploration != Exploration::None.number();
        scene.explore = drawn.then(|| node.exploring(served.id));
        let scene = Arc::new(scene);
        let ranked = scene.rank(node, deadline).await;
        Some(Self { source: ranked.source, items: ranked.items, scene })
    }

    fn place(&self, item: ItemIndex) -> Option<(usize, &RankedItem)> {
        let at = self.items.iter().position(|ranked| ranked.item == item)?;
        Some((at + 1, &self.items[at]))
    }

    fn told(&self, served: &Served) -> ListNow {
        let activity_revision = self.scene.activity.revision();
        let model_revision = if self.scene.has_model() { self.scene.model.revision() } else { 0 };
        let mut differs = Vec::new();
        for (what, was, is) in [
            ("item activity", served.revision, activity_revision),
            ("the model", served.model_revision, model_revision),
        ] {
            match is.checked_sub(was) {
                Some(0) => {}
                Some(1) => differs.push(format!("{what} was published once since")),
                Some(more) => differs.push(format!("{what} was published {more} times since")),
                None => differs.push(format!("{what} was built anew since")),
            }
        }
        let same_state = differs.is_empty();
        let request = self.scene.request();
        if served.at < request.user.last_event_at {
            differs.push("the user has done something since".to_owned());
        }
        let then = served.items.iter().map(|item| item.item);
        let same_list = then.eq(self.items.iter().map(|ranked| ranked.item));
        if !same_list && differs.is_empty() && request.pool == CandidatePool::Retrieve {
            differs.push("the request may have had filters, which are not on record".to_owned());
        }
        let source = self.source.name();
        ListNow { activity_revision, model_revision, same_state, same_list, source, differs }
    }
}

fn told(node: &Node, served: &Served, again: Option<&Again>) -> ServedList {
    let items = served.items.iter().enumerate();
    ServedList {
        recommendation_id: served.id.to_string(),
        user_id: served.user.as_str().to_owned(),
        scenario: served.scenario.to_string(),
        served_at: rfc3339(served.at),
        source: Rung::of_number(served.rung).map_or("unknown", Rung::name),
        exploration: Exploration::of_number(served.exploration)
            .map_or("unknown", Exploration::name),
        given: served.given,
        state: ServedState {
            activity_revision: served.revision,
            model_revision: served.model_revision,
            model_version: served.version,
        },
        now: again.map(|again| again.told(served)),
        inputs: declared::inputs_of_list(&node.declared().plan, served.declared.as_deref()),
        tags: declared::tags_of_list(&node.declared().patterns, served.declared.as_deref()),
        items: items.map(|(at, item)| item_told(node, (served, at, item), again)).collect(),
    }
}

fn item_told(
    node: &Node,
    (served, at, item): (&Served, usize, &ServedItem),
    again: Option<&Again>,
) -> ItemOfList {
    let name = |item| node.catalogue.name(item).unwrap_or_default().to_string();
    let instead_of = served.explored.iter().find(|(place, _)| usize::from(*place) == at + 1);
    let now = again.and_then(|again| again.place(item.item));
    let names = ScoreParts::default().named().map(|(name, _)| name);
    let parts = item.features.parts();
    ItemOfList {
        item_id: name(item.item),
        rank: at + 1,
        score: item.score,
        propensity: item.propensity,
        drawn: item.propensity < 1.0,
        instead_of: instead_of.map(|(_, item)| name(*item)),
        parts: names.into_iter().zip(parts).filter(|(_, part)| *part != 0.0).collect(),
        rest: item.score - parts.into_iter().sum::<f32>(),
        inputs: declared::inputs_of_item(&node.declared().plan, served.declared.as_deref(), at),
        rank_now: now.map(|(rank, _)| rank),
        score_now: now.map(|(_, ranked)| ranked.score),
    }
}
