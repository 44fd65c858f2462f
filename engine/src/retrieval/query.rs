//! What retrievers are asked with: the user's last choices, the visit, the likings, the demands.
//!
//! Not here: what is left out again (see `ranking::gate`).

use crate::activity::ActivityView;
use crate::model::ModelUser;
use crate::ranking::{Condition, RankRequest};
use crate::retrieval::strengths::last_items;
use crate::{CategoryId, ItemIndex, Role, Timestamp};

/// Items of a history that are looked at.
pub const RECENT_ITEMS: usize = 20;
/// Liked categories that candidates are taken from.
const LIKED_CATEGORIES: usize = 3;

/// One request as retrievers see it.
#[derive(Clone, Debug)]
pub struct Query<'a> {
    /// Published item activity.
    pub activity: &'a ActivityView,
    /// The instant of the request.
    pub at: Timestamp,
    /// The user's last chosen items, newest first, each once, at most [`RECENT_ITEMS`].
    pub recent: Vec<ItemIndex>,
    /// Those of them that were chosen in the visit that is open.
    pub visit: Vec<ItemIndex>,
    /// Share of the user's liking per category, best first; the sum is 1.
    pub liked: Vec<(CategoryId, f32)>,
    /// Categories to take candidates from: what the caller demands, or else what the user likes most.
    pub categories: Vec<CategoryId>,
    /// Items and live rooms that the caller's demands name: candidates before all others.
    pub demanded: Vec<ItemIndex>,
}

impl<'a> Query<'a> {
    /// What `request` asks about its user.
    #[must_use]
    pub fn personal(request: &RankRequest<'a>) -> Self {
        let visit = request.user.visit.map(|visit| visit.started_at);
        Self {
            recent: recent(request, Timestamp::EPOCH),
            visit: recent(request, visit.unwrap_or(Timestamp::from_millis(u64::MAX))),
            ..Self::likings(request)
        }
    }

    /// The same, with the history as the model sees it.
    #[must_use]
    pub fn of_model_user(request: &RankRequest<'a>, user: &ModelUser) -> Self {
        let (recent, visit) = last_items(user);
        Self { visit: recent[..visit].to_vec(), recent, ..Self::likings(request) }
    }

    fn likings(request: &RankRequest<'a>) -> Self {
        let liked = liking(&request.user.category_scores);
        let mut query = Self { liked, ..Self::impersonal(request) };
        if query.categories.is_empty() {
            let best = query.liked.iter().take(LIKED_CATEGORIES);
            query.categories = best.map(|(category, _)| *category).collect();
        }
        query
    }

    /// What `request` asks without looking at who asks.
    #[must_use]
    pub fn impersonal(request: &RankRequest<'a>) -> Self {
        Self {
            activity: request.activity,
            at: request.at,
            recent: Vec::new(),
            visit: Vec::new(),
            liked: Vec::new(),
            categories: demanded_categories(&request.filter.must),
            demanded: demanded_items(request),
        }
    }
}

/// The items that were chosen just now, and those that the history says were chosen from `since` on, newest
/// first.
fn recent(request: &RankRequest, since: Timestamp) -> Vec<ItemIndex> {
    let types = request.activity.types();
    let is_positive = |id| types.get(id).is_some_and(|spec| spec.role == Role::Positive);
    let history = &request.user.history;
    let chosen = history.iter().filter(|entry| is_positive(entry.event_type));
    let chosen = chosen.filter(|entry| since <= entry.at);
    let mut recent = Vec::with_capacity(RECENT_ITEMS);
    for item in request.just_chosen().chain(chosen.filter_map(|entry| entry.item)) {
        if recent.len() == RECENT_ITEMS {
            break;
        }
        if !recent.contains(&item) {
            recent.push(item);
        }
    }
    recent
}

fn liking(scores: &[(CategoryId, f32)]) -> Vec<(CategoryId, f32)> {
    let liked = scores.iter().filter(|(_, score)| 0.0 < *score);
    let sum: f32 = liked.clone().map(|(_, score)| score).sum();
    liked.map(|(category, score)| (*category, score / sum)).collect()
}

/// The items that a demand lists, and live rooms where they are wanted.
fn demanded_items(request: &RankRequest) -> Vec<ItemIndex> {
    let must = &request.filter.must;
    let named = must.iter().filter_map(|condition| match condition {
        Condition::Items(items) => Some(items.as_slice()),
        _ => None,
    });
    let mut rooms = Vec::new();
    if request.wants_rooms() {
        rooms.push(request.activity.rooms(None));
        let categories = demanded_categories(must);
        rooms.extend(categories.iter().map(|category| request.activity.rooms(Some(*category))));
    }
    named.chain(rooms).flatten().copied().collect()
}

fn demanded_categories(must: &[Condition]) -> Vec<CategoryId> {
    let categories = must.iter().filter_map(|condition| match condition {
        Condition::Categories(categories) => Some(categories),
        _ => None,
    });
    categories.flatten().copied().collect()
}
