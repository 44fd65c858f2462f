//! All that a list is made from, held so that it can be made on another thread.
//!
//! **Invariant:** a list and the explanation of one of its items are made from the same request to the engine.
//!
//! Not here: the wire form (see `answer`), how the user's view is fetched (see `ladder`).

use std::sync::Arc;

use engine::model::ModelView;
use engine::model::versions::Alias;
use engine::ranking::{CandidatePool, Exploring, JustDone, Ladder, RankRequest};
use engine::rooms::RoomsView;
use engine::user::UserView;
use engine::{ActivityView, ItemIndex, Ranked, Timestamp, ranking};

use super::ask::Ask;
use super::ladder::{Known, Missed};
use crate::clock::Stopwatch;
use crate::http::deadline::Deadline;
use crate::node::{Node, PoolError};

/// A list that a web worker makes itself: its other requests wait no longer than this, in microseconds.
const HERE_US: f32 = 200.0;

/// What one list is made from.
#[derive(Debug)]
pub struct Scene {
    /// The request.
    pub ask: Ask,
    /// What is known of the user.
    pub known: Known,
    /// The caller's own candidates, where they are all.
    pub given: Option<Vec<ItemIndex>>,
    /// Item activity as published.
    pub activity: Arc<ActivityView>,
    /// Live rooms that are open.
    pub rooms: Arc<RoomsView>,
    /// The version of the model that serves this user, as published.
    pub model: Arc<ModelView>,
    /// What that version is.
    pub alias: Alias,
    /// The instant that everything is judged at.
    pub at: Timestamp,
    /// Whether the list explores, and its seed.
    pub explore: Option<Exploring>,
    just: Vec<JustDone>,
    nobody: UserView,
}

impl Scene {
    /// As things are now; nothing is drawn.
    #[must_use]
    pub fn new(node: &Node, ask: Ask, known: Known, given: Option<Vec<ItemIndex>>) -> Self {
        // The view holds every acknowledged event and judges it by the scenario's rule; without one, what was
        // acknowledged a moment ago is all that is known.
        let just = match known {
            Known::View(..) => Vec::new(),
            Known::Missing(_) => node.just_acknowledged(&ask.user),
        };
        let (model, alias) = node.model_for(&ask.user);
        Self {
            just,
            ask,
            known,
            given,
            activity: node.activity(),
            rooms: node.rooms_now(),
            model,
            alias,
            at: node.now(),
            explore: None,
            nobody: UserView::default(),
        }
    }

    /// What the engine is asked.
    #[must_use]
    pub fn request(&self) -> RankRequest<'_> {
        RankRequest {
            user: match &self.known {
                Known::View(view, _) => view,
                Known::Missing(_) => &self.nobody,
            },
            activity: &self.activity,
            rooms: Some(&self.rooms),
            model: Some(&self.model),
            at: self.at,
            limit: self.ask.limit,
            scenario: &self.ask.scenario,
            filter: &self.ask.filter,
            exclude: &self.ask.exclude,
            exclude_seen: self.ask.seen,
            also_seen: &self.just,
            context: &self.ask.context,
            pool: self.given.as_deref().map_or(CandidatePool::Retrieve, CandidatePool::Given),
            explore: self.explore,
        }
    }

    /// The rung to begin with. Of a user whose shard cannot be asked now, what they did just now is still known.
    #[must_use]
    pub fn ladder(&self) -> Ladder {
        match self.known {
            Known::View(..) | Known::Missing(Missed::Busy | Missed::Down) => Ladder::Top,
            Known::Missing(Missed::Position | Missed::Late) => Ladder::Popular,
        }
    }

    /// Makes the list: here where that is quick, else on the ranking pool; from what is popular where that has no room
    /// in time.
    pub async fn rank(self: &Arc<Self>, node: &Node, deadline: &Deadline) -> Ranked {
        let watch = Stopwatch::start();
        let top = self.ladder() == Ladder::Top;
        let ranked = if !top {
            ranking::popular(&self.request())
        } else if ranking::estimated_us(&self.request()) <= HERE_US {
            ranking::recommend(&self.request())
        } else {
            self.rank_beside(node, deadline).await
        };
        metrics::histogram!("freshet_recommend_duration_seconds", "stage" => "rank")
            .record(watch.elapsed().as_secs_f64());
        ranked
    }

    async fn rank_beside(self: &Arc<Self>, node: &Node, deadline: &Deadline) -> Ranked {
        let scene = Arc::clone(self);
        let list = move || ranking::recommend(&scene.request());
        let made = node.ranking.run(deadline.left(), list).await;
        made.unwrap_or_else(|why: PoolError| {
            metrics::counter!("freshet_ranking_pool_refused_total", "why" => why.label())
                .increment(1);
            ranking::popular(&self.request())
        })
    }

    /// Whether there is a model, and it ranks.
    #[must_use]
    pub fn has_model(&self) -> bool {
        0 < self.model.trained()
    }
}

#[cfg(test)]
mod tests;
