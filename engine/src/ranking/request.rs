//! What a recommendation is asked for: whom, when, what must and must not be in it.
//!
//! Not here: parsing; names are numbers by now.

use crate::activity::ActivityView;
use crate::model::ModelView;
use crate::model::click::ClickGoal;
use crate::ranking::explore::{ExploreRule, Exploring};
use crate::ranking::tagged::TagRule;
use crate::record::ItemKind;
use crate::retrieval::SourceRules;
use crate::retrieval::strengths::RECENT_GAMMA;
use crate::rooms::RoomsView;
use crate::user::UserView;
use crate::{CategoryId, EventTypeId, ItemIndex, Role, Timestamp};

/// One request, resolved.
#[derive(Clone, Copy, Debug)]
pub struct RankRequest<'a> {
    /// The user at this instant; the default one where nothing is known.
    pub user: &'a UserView,
    /// Published item activity.
    pub activity: &'a ActivityView,
    /// Live rooms that are open; `None` where nothing is known of rooms, and each counts as open.
    pub rooms: Option<&'a RoomsView>,
    /// The published model; `None` where there is none. One that learned nothing yet is as good as none.
    pub model: Option<&'a ModelView>,
    /// The instant that expiry and seen periods are judged at.
    pub at: Timestamp,
    /// Items wanted.
    pub limit: usize,
    /// How this kind of list is made.
    pub scenario: &'a Scenario,
    /// What the caller demands of items.
    pub filter: &'a Filter,
    /// Items that the caller does not want.
    pub exclude: &'a [ItemIndex],
    /// Whether seen items are left out.
    pub exclude_seen: SeenPolicy,
    /// The user's events just acknowledged that the view may not hold, newest first: left out as seen; those that
    /// chose an item count as the newest of the history.
    pub also_seen: &'a [JustDone],
    /// What the caller declared about where the user is, as fields of the list (see [`super::shown::context_field`]).
    pub context: &'a [(u8, u32)],
    /// Where candidates come from.
    pub pool: CandidatePool<'a>,
    /// Whether some places are given by lot, as the scenario says; `None` for the list as it is due.
    pub explore: Option<Exploring>,
}

/// An event just acknowledged, as ranking needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JustDone {
    /// On which item.
    pub item: ItemIndex,
    /// Its type.
    pub event_type: EventTypeId,
}

impl RankRequest<'_> {
    /// Items that were chosen just now and that the view does not hold yet, newest first.
    pub(crate) fn just_chosen(&self) -> impl Iterator<Item = ItemIndex> + '_ {
        let types = self.activity.types();
        let chosen = self.also_seen.iter().filter(|done| {
            types.get(done.event_type).is_some_and(|spec| spec.role == Role::Positive)
        });
        let held = |item| self.user.history.iter().any(|entry| entry.item == Some(item));
        chosen.map(|done| done.item).filter(move |item| !held(*item))
    }

    /// Live rooms are shown to who names them: by kind, by item, or as candidates of their own.
    #[must_use]
    pub(crate) fn wants_rooms(&self) -> bool {
        let given = matches!(self.pool, CandidatePool::Given(_));
        given
            || self.filter.must.iter().any(|condition| match condition {
                Condition::Kinds(kinds) => kinds.contains(&ItemKind::LiveRoom),
                Condition::Items(_) => true,
                Condition::Categories(_) | Condition::Price { .. } => false,
            })
    }
}

/// Where candidates come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CandidatePool<'a> {
    /// The node retrieves them.
    Retrieve,
    /// The caller gives them; all that pass the filters are answered, without a diversity cap.
    Given(&'a [ItemIndex]),
}

/// Whether seen items are left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SeenPolicy {
    /// As the scenario's [`SeenRule`] says.
    #[default]
    AsDeclared,
    /// They stay in.
    Ignored,
}

/// What the caller demands of items.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// Every one of these must hold.
    pub must: Vec<Condition>,
    /// None of these may hold.
    pub must_not: Vec<Condition>,
}

/// One demand.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// The item has any of these categories.
    Categories(Vec<CategoryId>),
    /// The item is of any of these kinds.
    Kinds(Vec<ItemKind>),
    /// The item is any of these.
    Items(Vec<ItemIndex>),
    /// The item has a price from `least` to `most`, both included where given.
    Price {
        /// Lowest price.
        least: Option<f32>,
        /// Highest price.
        most: Option<f32>,
    },
}

/// How one kind of list is made.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// Its name.
    pub name: String,
    /// What counts as seen.
    pub seen: SeenRule,
    /// How much of a list one category may take.
    pub diversity: DiversityCap,
    /// What the score is made of.
    pub blend: BlendWeights,
    /// Which sources are asked; the same for all scenarios of a node, because the model learns with them.
    pub sources: SourceRules,
    /// What a list gives to chance, where its request explores.
    pub explore: ExploreRule,
    /// What events are worth.
    pub goal: GoalWeights,
    /// What retrieved lists are ordered by in the end.
    pub order: FinalOrder,
    /// What tags of the user do to candidates.
    pub tagged: Vec<TagRule>,
}

/// What events on a shown item are worth.
#[derive(Clone, Debug, PartialEq)]
pub struct GoalWeights {
    /// The click itself.
    pub click: f32,
    /// What follows a click.
    pub others: Vec<(ClickGoal, f32)>,
}

impl Default for GoalWeights {
    fn default() -> Self {
        Self { click: 1.0, others: Vec::new() }
    }
}

/// What retrieved lists are ordered by in the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FinalOrder {
    /// The retrieval's score.
    #[default]
    Score,
    /// The value that showing an item may be expected to bring, where the click head is ready.
    Goal,
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            name: "home".to_owned(),
            seen: SeenRule::default(),
            diversity: DiversityCap::default(),
            blend: BlendWeights::default(),
            sources: SourceRules::default(),
            explore: ExploreRule::default(),
            goal: GoalWeights::default(),
            order: FinalOrder::default(),
            tagged: Vec::new(),
        }
    }
}

/// What counts as seen, and for how long.
#[derive(Clone, Debug, PartialEq)]
pub struct SeenRule {
    /// Which events make an item seen.
    pub types: SeenTypes,
    /// When a seen item may come again.
    pub repeats: Repeats,
    /// Exposures without a reaction within `exposure_window_ms` after which an item rests; 0 for never.
    pub exposures: u32,
    /// How far back exposures count.
    pub exposure_window_ms: u64,
}

impl Default for SeenRule {
    fn default() -> Self {
        Self {
            types: SeenTypes::Interacted,
            repeats: Repeats::AfterDays(30),
            exposures: 3,
            exposure_window_ms: 24 * 3_600_000,
        }
    }
}

/// Which events make an item seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SeenTypes {
    /// Those by which a user takes or turns down an item: positive and negative ones.
    Interacted,
    /// These.
    Listed(Vec<EventTypeId>),
}

/// When a seen item may come again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeats {
    /// At once: groceries. What was turned down still stays out.
    Allowed,
    /// After so many days.
    AfterDays(u32),
    /// Not as long as the state remembers it: news.
    Never,
}

/// How much of a list one category may take; eased where the list would stay short.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DiversityCap {
    /// Largest share of one category, 0 to 1; at 1 there is no cap.
    pub max_share: f32,
}

impl Default for DiversityCap {
    fn default() -> Self {
        Self { max_share: 0.5 }
    }
}

/// Weights of the parts that a score is the sum of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BlendWeights {
    /// Of the neighbours of the user's last items.
    pub neighbours: f32,
    /// Of the neighbours of the items of the visit.
    pub session: f32,
    /// Of decayed popularity.
    pub popular: f32,
    /// Of what is rising.
    pub trending: f32,
    /// Of what is new.
    pub fresh: f32,
    /// Of the user's liking for the item's categories.
    pub category: f32,
    /// Of what is said of open live rooms; see [`crate::retrieval::rooms`].
    pub rooms: f32,
    /// By how much an item counts less than the one after it in the user's history.
    pub gamma: f32,
}

impl Default for BlendWeights {
    fn default() -> Self {
        Self {
            neighbours: 1.0,
            session: 0.5,
            popular: 0.8,
            trending: 0.05,
            fresh: 0.05,
            category: 0.3,
            // Between few rooms these terms tell more than what is learned over all items: see `tests/real_rooms_next.rs`.
            rooms: 8.0,
            gamma: RECENT_GAMMA,
        }
    }
}
