//! A few declarations for tests: of users, items, categories, rooms and the node.

use super::declare::{Aggregate, Declaration, Entity, Source, Window};
use super::filter::Filter;
use super::mask::TypeMask;
use super::plan::FeaturePlan;
use crate::{EventTypes, Role};

/// Rooms that are kept when time is told.
pub const ROOMS: u32 = 3;

/// The declarations, over the positive types and the impressions of `types`.
#[must_use]
pub fn declarations(types: &EventTypes) -> Vec<Declaration> {
    let of_role = |role: Role| {
        TypeMask::of_ids(types.iter().filter(|(_, spec)| spec.role == role).map(|(id, _)| id))
    };
    let clicks = of_role(Role::Positive);
    let one = |name: &str, entity: Entity, window: &str, aggregate: Aggregate| Declaration {
        name: name.to_owned(),
        entity,
        events: clicks,
        filter: None,
        window: Window::parse(window).unwrap_or(Window::Ever),
        aggregate,
        of: None,
        ttl_ms: None,
        max_instances: None,
    };
    let rate = Aggregate::Rate { per: of_role(Role::Impression), prior: [1.0, 20.0] };
    vec![
        one("clicks_5m", Entity::User, "5m/30s", Aggregate::Count),
        one("clicks_1h", Entity::User, "1h/5m", Aggregate::Count),
        Declaration {
            of: Some(Source::Price),
            filter: Filter::parse("price > 0").ok(),
            ..one("mean_price", Entity::User, "1h/5m", Aggregate::Mean)
        },
        Declaration {
            max_instances: Some(8),
            ..one("liking", Entity::UserCategory, "half-life 7d", Aggregate::Count)
        },
        one("ctr", Entity::Item, "1h/5m", rate),
        one("category_clicks", Entity::Category, "1h/5m", Aggregate::Count),
        Declaration {
            max_instances: Some(ROOMS),
            ..one("heat", Entity::Room, "half-life 1m", Aggregate::Count)
        },
        one("all", Entity::Global, "ever", Aggregate::Count),
    ]
}

/// The same, laid out.
///
/// # Panics
/// Where they are wrong, which a test holds them not to be.
#[must_use]
#[allow(clippy::expect_used, reason = "for tests")]
pub fn plan(types: &EventTypes) -> FeaturePlan {
    FeaturePlan::new(declarations(types), types, 1_800_000).expect("declarations without a fault")
}
