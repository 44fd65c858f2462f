//! A few declarations for tests: of users, items, categories, rooms and the node.

use super::declare::{Aggregate, Declaration, Entity, Source, Window};
use super::declared::Declared;
use super::filter::Filter;
use super::mask::TypeMask;
use super::plan::FeaturePlan;
use super::rank::Classes;
use crate::patterns::{Absence, Condition, Pattern, PatternPlan, Same};
use crate::{EventTypes, Role};

/// Longest gap inside a visit.
pub const VISIT_GAP_MS: u64 = 1_800_000;
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
        rank: None,
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

/// Two patterns: three clicks in a category within five minutes; a neutral event (a search) and then no click for a
/// minute.
///
/// # Panics
/// Where they are wrong, which a test holds them not to be.
#[must_use]
#[allow(clippy::expect_used, reason = "for tests")]
pub fn patterns(types: &EventTypes) -> PatternPlan {
    let of_role = |role: Role| {
        let ids = types.iter().filter(|(_, spec)| spec.role == role).map(|(id, _)| id);
        Condition { events: TypeMask::of_ids(ids), filter: None }
    };
    let clicks = of_role(Role::Positive);
    let keen = Pattern {
        name: "keen".to_owned(),
        steps: vec![(clicks.clone(), 3)],
        within_ms: 300_000,
        same: Same::Category,
        absence: None,
        tag: "keen".to_owned(),
        ttl_ms: 600_000,
        max_open: 4,
        rank: false,
    };
    let lost = Pattern {
        name: "lost".to_owned(),
        steps: vec![(of_role(Role::Neutral), 1)],
        same: Same::User,
        absence: Some(Absence { of: clicks, for_ms: 60_000 }),
        tag: "lost".to_owned(),
        ..keen.clone()
    };
    PatternPlan::new(vec![keen, lost]).expect("patterns without a fault")
}

/// The same, laid out.
///
/// # Panics
/// Where they are wrong, which a test holds them not to be.
#[must_use]
#[allow(clippy::expect_used, reason = "for tests")]
pub fn plan(types: &EventTypes) -> FeaturePlan {
    FeaturePlan::new(declarations(types), types, VISIT_GAP_MS)
        .expect("declarations without a fault")
}

/// The same with the patterns.
#[must_use]
pub fn declared(types: &EventTypes) -> Declared {
    Declared::of(plan(types), patterns(types), types, VISIT_GAP_MS)
}

/// The same features, of which one of each entity takes part in ranking.
///
/// # Panics
/// Where they are wrong, which a test holds them not to be.
#[must_use]
#[allow(clippy::expect_used, reason = "for tests")]
pub fn ranked_plan(types: &EventTypes) -> FeaturePlan {
    let ranked = declarations(types).into_iter().map(|one| {
        let rank = match one.name.as_str() {
            "clicks_5m" | "ctr" | "heat" | "all" => Some(Classes::Log2),
            "liking" => Some(Classes::Width(0.5)),
            "category_clicks" => Some(Classes::Bounds(vec![1.0, 3.0])),
            _ => None,
        };
        Declaration { rank, ..one }
    });
    FeaturePlan::new(ranked.collect(), types, 30 * 60_000).expect("features without a fault")
}

/// The same patterns, all told to the click head.
///
/// # Panics
/// Where they are wrong, which a test holds them not to be.
#[must_use]
#[allow(clippy::expect_used, reason = "for tests")]
pub fn ranked_patterns(types: &EventTypes) -> PatternPlan {
    let ranked =
        patterns(types).iter().map(|(_, one)| Pattern { rank: true, ..one.clone() }).collect();
    PatternPlan::new(ranked).expect("patterns without a fault")
}
