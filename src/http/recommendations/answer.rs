//! Ranks for what is known of the user, names the items, notes the list in the log.
//!
//! **Invariant:** an answer is stale where a lower rung made it although something is known of the user, or
//! could be: nobody looked in time.

use std::sync::Arc;

use engine::model::ModelView;
use engine::ranking::{CandidatePool, FilterCounts, RankRequest, RankedItem, Reason, Rung};
use engine::record::{Served, ServedItem};
use engine::user::UserView;
use engine::{ActivityView, Ranked, RecommendationId, Timestamp, ranking};
use serde::Serialize;
use utoipa::ToSchema;

use super::ask::{Ask, Explain};
use super::ladder::{Known, Missed};
use crate::clock::Stopwatch;
use crate::http::deadline::Deadline;
use crate::node::Node;

/// A list of recommendations.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "recommendation_id": "r_002a0000010000000007", "scenario": "home", "source": "personalized",
    "freshness": {"stale": false, "user_events_applied": 128, "last_event_age_ms": 42, "features_age_ms": 0},
    "took_ms": 0.8,
    "items": [{"item_id": "sku-7", "score": 0.91, "rank": 1, "reasons": ["co_view:sku-9", "fresh_click"]}]
}))]
pub struct Recommendations {
    /// Id of this list; events that answer it carry it.
    pub recommendation_id: String,
    /// The scenario it was made for.
    pub scenario: String,
    /// Which rung of the ladder answered: `personalized`, `session`, `popular` or `fallback`.
    #[schema(value_type = String)]
    pub source: &'static str,
    /// How fresh it is.
    pub freshness: Freshness,
    /// Milliseconds from the arrival of the request to this answer.
    pub took_ms: f64,
    /// The items, best first.
    pub items: Vec<Recommended>,
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
    /// Milliseconds since the user's state was read; null where it was not.
    pub features_age_ms: Option<u64>,
}

/// One recommended item.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Recommended {
    /// The item.
    pub item_id: String,
    /// What it was ranked by, before diversity.
    pub score: f32,
    /// Its place, from 1.
    pub rank: usize,
    /// Why it is there, strongest first: `co_view:ITEM`, `fresh_click`, `session_neighbour`, `popular`,
    /// `trending`, `fresh`, `category:NAME`, `learned_taste`. Only with `explain`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasons: Option<Vec<String>>,
}

/// All that a list is made from.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// The request.
    pub ask: &'a Ask,
    /// What is known of the user.
    pub known: &'a Known,
    /// Where candidates come from.
    pub pool: CandidatePool<'a>,
}

/// Makes the list and its answer, with what was left out, and hands the list to the log.
#[must_use]
pub fn tell(
    node: &Arc<Node>,
    told: &Told<'_>,
    deadline: &Deadline,
) -> (Recommendations, FilterCounts) {
    let activity = node.activity();
    let now = node.now();
    let model = node.model();
    let ranked = rank(node, told, (&activity, &model, now));
    let id = node.next_recommendation_id(&told.ask.user);
    let answer = Recommendations {
        recommendation_id: id.to_string(),
        scenario: told.ask.scenario.name.clone(),
        source: ranked.source.name(),
        freshness: freshness(told.known, ranked.source, now),
        took_ms: millis(deadline.spent().as_secs_f64()),
        items: named(node, told.ask.explain, &ranked.items),
    };
    note(node, told.ask, &ranked, (id, activity.revision(), now));
    measure(told, ranked.source, deadline);
    (answer, ranked.filtered)
}

/// Ranks for what is known of the user.
#[must_use]
pub fn rank(
    node: &Node,
    told: &Told<'_>,
    seen_from: (&ActivityView, &ModelView, Timestamp),
) -> Ranked {
    let watch = Stopwatch::start();
    let nobody = UserView::default();
    // The view holds every acknowledged event and judges it by the scenario's rule; without one, what was
    // acknowledged a moment ago is all that is known.
    let just = match told.known {
        Known::View(..) => Vec::new(),
        Known::Missing(_) => node.just_acknowledged(&told.ask.user),
    };
    let request = RankRequest {
        user: match told.known {
            Known::View(view, _) => view,
            Known::Missing(_) => &nobody,
        },
        activity: seen_from.0,
        model: Some(seen_from.1),
        at: seen_from.2,
        limit: told.ask.limit,
        scenario: &told.ask.scenario,
        filter: &told.ask.filter,
        exclude: &told.ask.exclude,
        exclude_seen: told.ask.seen,
        also_seen: &just,
        pool: told.pool,
    };
    let ranked = match told.known {
        // Of a user whose shard cannot be asked now, what they did just now is still known.
        Known::View(..) | Known::Missing(Missed::Busy | Missed::Down) => {
            ranking::recommend(&request)
        }
        Known::Missing(Missed::Position | Missed::Late) => ranking::popular(&request),
    };
    metrics::histogram!("freshet_recommend_duration_seconds", "stage" => "rank")
        .record(watch.elapsed().as_secs_f64());
    ranked
}

/// How fresh a list is that `source` made from what was known.
#[must_use]
pub fn freshness(known: &Known, source: Rung, now: Timestamp) -> Freshness {
    let lower = matches!(source, Rung::Popular | Rung::Fallback);
    match known {
        Known::Missing(_) => Freshness {
            stale: lower,
            user_events_applied: None,
            last_event_age_ms: None,
            features_age_ms: None,
        },
        Known::View(view, taken) => {
            let has_events = 0 < view.events_applied;
            Freshness {
                stale: lower && has_events,
                user_events_applied: Some(view.events_applied),
                last_event_age_ms: has_events.then(|| now.millis_since(view.last_event_at)),
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
            reasons: match explain {
                Explain::None => None,
                Explain::Reasons => Some(reasons(node, &ranked.reasons)),
            },
        })
        .collect()
}

fn reasons(node: &Node, reasons: &[Reason]) -> Vec<String> {
    let item = |item| node.catalogue.name(item).unwrap_or_default();
    let mut words = Vec::with_capacity(reasons.len() + 1);
    for reason in reasons {
        match reason {
            Reason::CoView(because) => words.push(format!("co_view:{}", item(*because))),
            Reason::FreshClick(because) => {
                words.push(format!("co_view:{}", item(*because)));
                words.push("fresh_click".to_owned());
            }
            Reason::SessionNeighbour => words.push("session_neighbour".to_owned()),
            Reason::Popular => words.push("popular".to_owned()),
            Reason::Trending => words.push("trending".to_owned()),
            Reason::Fresh => words.push("fresh".to_owned()),
            Reason::Taste => words.push("learned_taste".to_owned()),
            Reason::Category(category) => {
                let name = node.catalogue.category_name(*category).unwrap_or_default();
                words.push(format!("category:{name}"));
            }
        }
    }
    words
}

/// Hands a list that shows something to the log, without waiting for it.
fn note(
    node: &Arc<Node>,
    ask: &Ask,
    ranked: &Ranked,
    (id, revision, at): (RecommendationId, u64, Timestamp),
) {
    if ranked.items.is_empty() {
        return;
    }
    let items = ranked.items.iter();
    let items =
        items.map(|ranked| ServedItem { item: ranked.item, score: ranked.score, propensity: 1.0 });
    node.served(Served {
        id,
        user: ask.user.clone(),
        scenario: ask.scenario.name.as_str().into(),
        at,
        rung: ranked.source.number(),
        revision,
        items: items.collect(),
    });
}

fn measure(told: &Told<'_>, source: Rung, deadline: &Deadline) {
    let labels =
        [("scenario", told.ask.scenario.name.clone()), ("source", source.name().to_owned())];
    let counter = match told.pool {
        CandidatePool::Given(_) => metrics::counter!("freshet_rankings_total", &labels),
        CandidatePool::Retrieve => metrics::counter!("freshet_recommendations_total", &labels),
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
