//! Sections turned into the types of the engine.

use engine::{EventTypeId, EventTypeSpec, EventTypes, Role};

use crate::schema::nearest_of;
use crate::{Config, EventTypeConfig, RoleConfig, ScenarioConfig};

const MS_PER_HOUR: f64 = 3_600_000.0;

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
