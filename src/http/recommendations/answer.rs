//! Ranks for what is known of the user, names the items, notes the list in the log.
//!
//! **Invariant:** an answer is stale where a lower rung made it although something is known of the user, or
//! could be: nobody looked in time.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::ranking::{FilterCounts, RankedItem, Rung, inputs, shown};
use engine::record::Served;
use engine::{Ranked, RecommendationId};
use serde::Serialize;
use utoipa::ToSchema;

use super::ask::Explain;
use super::ladder::Known;
use super::scene::Scene;
use super::words;
use crate::http::deadline::Deadline;
use crate::node::Node;

/// A list of recommendations.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "recommendation_id": "r_002a0000010000000007", "scenario": "home",
    "model": {"alias": "champion", "version": 0, "revision": 41807}, "source": "personalized",
    "freshness": {"stale": false, "user_events_applied": 128, "last_event_age_ms": 42, "model_age_ms": 180,
                  "features_age_ms": 0},
    "took_ms": 0.8,
    "items": [{"item_id": "sku-7", "score": 0.91, "rank": 1, "reasons": ["co_view:sku-9", "fresh_click"]}]
}))]
pub struct Recommendations {
    /// Id of this list; events that answer it carry it.
    pub recommendation_id: String,
    /// The scenario it was made for.
    pub scenario: String,
    /// The model that it was ranked by; left out where nothing is learned yet or `model.enabled` is off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelUsed>,
    /// Which rung of the ladder answered: `personalized`, `session`, `popular` or `fallback`.
    #[schema(value_type = String)]
    pub source: &'static str,
    /// How fresh it is.
    pub freshness: Freshness,
    /// Milliseconds from the arrival of the request to this answer.
    pub took_ms: f64,
    /// The items, best first but for those that exploration put where they are.
    pub items: Vec<Recommended>,
}

/// The model that a list was ranked by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ModelUsed {
    /// What it is: `champion`, or `challenger` for users of a canary.
    #[schema(value_type = String)]
    pub alias: &'static str,
    /// Which version of the model; 0 for the first.
    pub version: u32,
    /// Which publication of it; grows with each.
    pub revision: u64,
}

/// How fresh an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub struct Freshness {
    /// Whether it fails to reflect something that is known of the user.
    pub stale: bool,
    /// Events of the user that it reflects; null where nobody looked in time.
    pub user_events_applied: Option<u64>,
    /// Milliseconds since the user's newest event; null where there is none.
    pub last_event_age_ms: Option<u64>,
    /// Milliseconds for which there has been an applied event that the model has not learned from, 0 where there is
    /// none; null where there is no model.
    pub model_age_ms: Option<u64>,
    /// Milliseconds since the user's state was read; null where it was not.
    pub features_age_ms: Option<u64>,
}

/// One recommended item.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Recommended {
    /// The item.
    pub item_id: String,
    /// What it was ranked by, before diversity and exploration. Comparable within one list only.
    pub score: f32,
    /// Its place, from 1.
    pub rank: usize,
    /// The probability that it is clicked at that place, 0 to 1. Only where the click head has proved itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub click_through: Option<f32>,
    /// What showing it may be expected to bring, in the weights of the scenario's `goal`: given candidates stand in this
    /// order. Only with `click_through`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub goal_value: Option<f32>,
    /// Why it is there, strongest first: `co_view:ITEM`, `fresh_click`, `session_neighbour`, `popular`,
    /// `trending`, `fresh`, `category:NAME`, `learned_taste`; first of all `explored`, where it was drawn to be there
    /// instead of the item due. Only with `explain`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasons: Option<Vec<String>>,
    /// What the score is the sum of, by source. Only with `explain` as `parts`; where the click head is ready, `goal` stands
    /// beside them, which given candidates are ordered by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parts: Option<BTreeMap<&'static str, f32>>,
}

/// Makes the list and its answer, with what was left out, and hands the list to the log.
pub async fn tell(
    node: &Arc<Node>,
    mut scene: Scene,
    deadline: &Deadline,
) -> (Recommendations, FilterCounts) {
    let id = node.next_recommendation_id(&scene.ask.user);
    scene.explore = scene.ask.explores.then(|| node.exploring(id));
    let scene = Arc::new(scene);
    let ranked = scene.rank(node, deadline).await;
    let answer = Recommendations {
        recommendation_id: id.to_string(),
        scenario: scene.ask.scenario.name.clone(),
        model: ModelUsed::of(&scene),
        source: ranked.source.name(),
        freshness: freshness(node, &scene, ranked.source),
        took_ms: millis(deadline.spent().as_secs_f64()),
        items: named(node, scene.ask.explain, &ranked.items),
    };
    note(node, &scene, &ranked, id);
    measure(&scene, ranked.source, deadline);
    (answer, ranked.filtered)
}

impl ModelUsed {
    /// The model of a list; `None` where there is none that has learned something.
    #[must_use]
    pub fn of(scene: &Scene) -> Option<Self> {
        let (version, revision) = (scene.model.version(), scene.model.revision());
        scene.has_model().then_some(Self { alias: scene.alias.name(), version, revision })
    }
}

/// How fresh a list is that `source` made of `scene`.
#[must_use]
pub fn freshness(node: &Node, scene: &Scene, source: Rung) -> Freshness {
    let lower = matches!(source, Rung::Popular | Rung::Fallback);
    let model_age_ms = scene.has_model().then(|| node.model_age().as_millis() as u64);
    match &scene.known {
        Known::Missing(_) => Freshness {
            stale: lower,
            user_events_applied: None,
            last_event_age_ms: None,
            model_age_ms,
            features_age_ms: None,
        },
        Known::View(view, taken) => {
            let has_events = 0 < view.events_applied;
            Freshness {
                stale: lower && has_events,
                user_events_applied: Some(view.events_applied),
                last_event_age_ms: has_events.then(|| scene.at.millis_since(view.last_event_at)),
                model_age_ms,
                features_age_ms: Some(taken.elapsed().as_millis() as u64),
            }
        }
    }
}

/// The items of a list by name. One that is ranked has a name, because only durable records are published.
#[must_use]
pub fn named(node: &Node, explain: Explain, items: &[RankedItem]) -> Vec<Recommended> {
    let items = items.iter().filter_map(|ranked| Some((ranked, node.catalogue.name(ranked.item)?)));
    items
        .enumerate()
        .map(|(place, (ranked, name))| Recommended {
            item_id: name.to_string(),
            score: ranked.score,
            rank: place + 1,
            click_through: ranked.foretold.map(|foretold| foretold.click_through),
            goal_value: ranked.foretold.map(|foretold| foretold.value),
            reasons: (explain != Explain::None).then(|| words::reasons(node, &ranked.reasons)),
            parts: (explain == Explain::Parts).then(|| {
                let goal = ranked.foretold.map(|foretold| ("goal", foretold.value));
                words::parts(&ranked.parts).into_iter().chain(goal).collect()
            }),
        })
        .collect()
}

/// Hands a list that shows something to the log, without waiting for it.
fn note(node: &Arc<Node>, scene: &Scene, ranked: &Ranked, id: RecommendationId) {
    if ranked.items.is_empty() {
        return;
    }
    let request = scene.request();
    let items = ranked.items.iter().map(|ranked| shown::served_item(&request, ranked));
    let listed = ranked.items.iter().map(|ranked| ranked.item);
    node.served(Served {
        rung: ranked.source.number(),
        revision: scene.activity.revision(),
        items: items.collect(),
        model_revision: if scene.has_model() { scene.model.revision() } else { 0 },
        exploration: ranked.exploration.number(),
        explored: ranked.explored.clone(),
        version: if scene.has_model() { scene.model.version() } else { 0 },
        given: scene.given.is_some(),
        fields: shown::list_fields(&request, ranked.source, &scene.ask.context),
        declared: inputs::declared_values(&request, listed),
        ..Served::new(id, scene.ask.user.clone(), &scene.ask.scenario.name, scene.at)
    });
}

fn measure(scene: &Scene, source: Rung, deadline: &Deadline) {
    let labels =
        [("scenario", scene.ask.scenario.name.clone()), ("source", source.name().to_owned())];
    let counter = if scene.given.is_some() {
        metrics::counter!("freshet_rankings_total", &labels)
    } else {
        metrics::counter!("freshet_recommendations_total", &labels)
    };
    counter.increment(1);
    metrics::histogram!("freshet_recommend_duration_seconds", "stage" => "total")
        .record(deadline.spent().as_secs_f64());
}

/// Milliseconds to three places.
#[must_use]
pub fn millis(seconds: f64) -> f64 {
    (seconds * 1e6).round() / 1e3
}
