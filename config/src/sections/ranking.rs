//! `[ranking]`: scenarios, what counts as seen in each, and how the sources are mixed.

use serde::Deserialize;

use super::Named;

/// Scenarios and the sizes of answers.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RankingConfig {
    /// Scenario of a request that names none.
    pub default_scenario: String,
    /// Items where the caller does not say how many.
    pub default_limit: usize,
    /// Most items that a caller may ask for.
    pub max_limit: usize,
    /// The scenarios by name.
    pub scenarios: Named<ScenarioConfig>,
}

/// One place in the product with rules of its own.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScenarioConfig {
    /// Largest share of a list from one category.
    pub max_category_share: f32,
    /// What counts as seen.
    pub seen: SeenConfig,
    /// Weights of the sources.
    pub blend: BlendConfig,
    /// What is given to chance.
    pub explore: ExploreConfig,
    /// What lists that the node retrieves are ordered by in the end.
    pub order: OrderConfig,
    /// What events are worth, by name of their type; `click` is the click itself.
    pub goal: Named<f32>,
    /// What one unit of events' value is worth, by name of their type.
    pub goal_values: Named<f32>,
    /// What tags of the user multiply the odds of candidates by, by name; 0 leaves them out.
    pub tagged: Named<f32>,
}

/// What a list gives to chance.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExploreConfig {
    /// How a place is drawn.
    pub method: ExploreMethod,
    /// How widely, in units of the score.
    pub temperature: f32,
    /// Share of the draws that take any candidate.
    pub epsilon: f32,
    /// Largest share of a list's places that are drawn.
    pub max_share: f32,
    /// Share of the requests that explore.
    pub requests: f32,
    /// Of 100 places, how many go to new items.
    pub new_items: f32,
    /// Impressions until which an item is new.
    pub new_until_shown: u32,
}

/// How a place is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExploreMethod {
    /// In proportion to what the scores say.
    PlackettLuce,
    /// Any candidate, now and then.
    Epsilon,
    /// Never.
    Off,
}

/// What a list is ordered by in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderConfig {
    /// The retrieval's score.
    Score,
    /// The value that showing an item may be expected to bring.
    Goal,
}

/// What counts as seen, and for how long.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeenConfig {
    /// Roles or names of event types.
    pub events: Vec<String>,
    /// For how long.
    pub days: u32,
    /// Exposures without a reaction that count as seen; 0 is never.
    pub exposures: u32,
    /// Hours within which they must fall.
    pub exposure_hours: u32,
    /// Whether what was seen may come again.
    pub repeat: bool,
}

/// Weights of the sources in the score.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlendConfig {
    /// Neighbours of the user's items.
    pub neighbours: f32,
    /// Visits like this one.
    pub session: f32,
    /// Decayed popularity.
    pub popularity: f32,
    /// What rises right now.
    pub trending: f32,
    /// What is new.
    pub fresh: f32,
    /// The user's liking for the categories.
    pub category: f32,
    /// Of what is said of open live rooms.
    pub rooms: f32,
    /// How much an item of the history counts beside the one after it.
    pub gamma: f32,
}
