//! Sections turned into the types of the engine.

use engine::model::click::config::GOALS;
use engine::model::click::{ClickGoal, GoalCounts};
use engine::ranking::GoalWeights;
use engine::{EventTypeId, EventTypeSpec, EventTypes, Role};

use crate::schema::nearest_of;
use crate::{Config, EventTypeConfig, RoleConfig, ScenarioConfig};

const MS_PER_HOUR: f64 = 3_600_000.0;

/// The goal that is the click itself.
const CLICK: &str = "click";

/// Longest name of a type or an alias, in bytes.
const MAX_NAME_BYTES: usize = 64;

/// Why a section does not make an engine type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConvertError {
    /// A name stands for two event types.
    #[error("the name \"{0}\" stands for two event types, or is one too many (at most 255)")]
    NameTaken(String),
    /// A type's name is empty, too long, or has characters that are no `a-z`, `0-9` or `_`.
    #[error("the type name \"{0}\" must be 1 to 64 of a-z, 0-9 and _")]
    BadName(String),
    /// A list of what counts as seen names no role and no type.
    #[error("\"{name}\" is neither a role nor an event type{}", .nearest.as_ref().map_or_else(String::new, |n| format!(", did you mean \"{n}\"?")))]
    UnknownType {
        /// The name.
        name: String,
        /// The known name that looks most like it.
        nearest: Option<String>,
    },
    /// A goal is neither the click nor an event type.
    #[error("\"{name}\" is neither `click` nor an event type{}", .nearest.as_ref().map_or_else(String::new, |n| format!(", did you mean \"{n}\"?")))]
    UnknownGoal {
        /// The name.
        name: String,
        /// The known name that looks most like it.
        nearest: Option<String>,
    },
    /// A goal is an impression.
    #[error("\"{0}\" is an impression: showing an item is no goal")]
    ImpressionGoal(String),
    /// A goal's weight is none.
    #[error("{1} is no weight for \"{0}\": between -1,000,000 and 1,000,000")]
    GoalWeight(String, String),
    /// A scenario's goals are all worth nothing.
    #[error("no goal is worth anything, so there is nothing to order by")]
    NoGoal,
    /// There are more goals than are learned.
    #[error("all scenarios together name {0} goals besides the click, and {GOALS} are the most")]
    TooManyGoals(usize),
    /// A list of what counts as seen names impressions.
    #[error("\"{0}\" is an impression, and those count by `exposures` and `exposure_hours`")]
    ImpressionSeen(String),
}

impl ConvertError {
    pub(crate) fn key(&self) -> String {
        match self {
            Self::BadName(name) => format!("events.types.{name}"),
            Self::NameTaken(_) | Self::UnknownType { .. } | Self::ImpressionSeen(_) => {
                "events.types".to_owned()
            }
            Self::UnknownGoal { .. }
            | Self::ImpressionGoal(_)
            | Self::GoalWeight(..)
            | Self::NoGoal
            | Self::TooManyGoals(_) => "ranking.scenarios".to_owned(),
        }
    }
}

impl Config {
    /// The table of event types: embedded ones first, declared ones after, in order.
    ///
    /// # Errors
    /// None after a load, which has tried it; before, a name that is bad or stands twice.
    pub fn event_types(&self) -> Result<EventTypes, ConvertError> {
        let specs = self.events.types.iter().map(|(name, declared)| self.spec(name, declared));
        EventTypes::new(specs.collect::<Result<_, _>>()?).map_err(ConvertError::NameTaken)
    }

    /// The event types that count as seen in a scenario.
    ///
    /// # Errors
    /// None after a load, which has tried it; before, a name that is neither role nor type, or impressions.
    pub fn seen_types(&self, scenario: &ScenarioConfig) -> Result<Vec<EventTypeId>, ConvertError> {
        let mut found = Vec::new();
        for name in &scenario.seen.events {
            let before = found.len();
            let types = (0u8..).map(EventTypeId).zip(self.events.types.iter());
            let counts = |(_, (known, declared)): &(EventTypeId, (&str, &EventTypeConfig))| {
                known == name || declared.role.name() == name
            };
            for (id, (_, declared)) in types.filter(counts) {
                if declared.role == RoleConfig::Impression {
                    return Err(ConvertError::ImpressionSeen(name.clone()));
                }
                found.push(id);
            }
            if found.len() == before {
                let known = RoleConfig::ALL.iter().map(|role| role.name());
                let nearest = nearest_of(name, known.chain(self.events.types.names()));
                let nearest = nearest.map(str::to_owned);
                return Err(ConvertError::UnknownType { name: name.clone(), nearest });
            }
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    /// What events are worth in a scenario; those worth nothing are left out.
    ///
    /// # Errors
    /// None after a load, which has tried it; before, a name that is no event type, or a weight that is none.
    pub fn goals(&self, scenario: &ScenarioConfig) -> Result<GoalWeights, ConvertError> {
        let mut goals = GoalWeights { click: 0.0, others: Vec::new() };
        for (table, counts) in
            [(&scenario.goal, GoalCounts::Events), (&scenario.goal_values, GoalCounts::Values)]
        {
            for (name, weight) in table.iter() {
                if !(-1e6..=1e6).contains(weight) {
                    return Err(ConvertError::GoalWeight(name.to_owned(), weight.to_string()));
                }
                if name == CLICK && counts == GoalCounts::Events {
                    goals.click = *weight;
                    continue;
                }
                let event_type = self.goal_type(name)?;
                if *weight != 0.0 {
                    goals.others.push((ClickGoal { event_type, counts }, *weight));
                }
            }
        }
        if goals.click == 0.0 && goals.others.is_empty() {
            return Err(ConvertError::NoGoal);
        }
        goals.others.sort_by_key(|(goal, _)| (goal.event_type, goal.counts));
        Ok(goals)
    }

    /// What is learned beside the click: the goals of all scenarios.
    ///
    /// # Errors
    /// None after a load, which has tried it; before, those of [`Self::goals`], or too many.
    pub fn all_goals(&self) -> Result<Vec<ClickGoal>, ConvertError> {
        let mut all = Vec::new();
        for (_, scenario) in self.ranking.scenarios.iter() {
            all.extend(self.goals(scenario)?.others.into_iter().map(|(goal, _)| goal));
        }
        all.sort_by_key(|goal| (goal.event_type, goal.counts));
        all.dedup();
        if GOALS < all.len() { Err(ConvertError::TooManyGoals(all.len())) } else { Ok(all) }
    }

    fn goal_type(&self, name: &str) -> Result<EventTypeId, ConvertError> {
        let mut types = (0u8..).map(EventTypeId).zip(self.events.types.iter());
        let is_it = |known: &str, declared: &EventTypeConfig| {
            known == name || declared.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(name))
        };
        match types.find(|(_, (known, declared))| is_it(known, declared)) {
            Some((_, (_, declared))) if declared.role == RoleConfig::Impression => {
                Err(ConvertError::ImpressionGoal(name.to_owned()))
            }
            Some((id, _)) => Ok(id),
            None => {
                let known = std::iter::once(CLICK).chain(self.events.types.names());
                let nearest = nearest_of(name, known).map(str::to_owned);
                Err(ConvertError::UnknownGoal { name: name.to_owned(), nearest })
            }
        }
    }

    fn spec(&self, name: &str, declared: &EventTypeConfig) -> Result<EventTypeSpec, ConvertError> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if name.is_empty() || MAX_NAME_BYTES < name.len() || !name.bytes().all(allowed) {
            return Err(ConvertError::BadName(name.to_owned()));
        }
        let hours = declared.half_life_hours.unwrap_or(self.events.default_half_life_hours);
        Ok(EventTypeSpec {
            name: name.to_owned(),
            aliases: declared.aliases.clone(),
            role: declared.role.into(),
            weight: declared.weight,
            half_life_ms: (hours * MS_PER_HOUR) as u64,
        })
    }
}

impl RoleConfig {
    const ALL: [Self; 4] = [Self::Impression, Self::Positive, Self::Negative, Self::Neutral];

    /// The role's name, as the configuration and the API write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Impression => "impression",
            Self::Positive => "positive",
            Self::Negative => "negative",
            Self::Neutral => "neutral",
        }
    }
}

impl From<RoleConfig> for Role {
    fn from(role: RoleConfig) -> Self {
        match role {
            RoleConfig::Impression => Self::Impression,
            RoleConfig::Positive => Self::Positive,
            RoleConfig::Negative => Self::Negative,
            RoleConfig::Neutral => Self::Neutral,
        }
    }
}
