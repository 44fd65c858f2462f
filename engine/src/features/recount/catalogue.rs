//! Every aggregate over every window that goes with it.

use std::sync::OnceLock;

use super::stream::{TYPES, VISIT_GAP_MS};
use crate::features::declare::{Aggregate, Declaration, Entity, Source, Window};
use crate::features::filter::Filter;
use crate::features::mask::TypeMask;
use crate::features::plan::FeaturePlan;
use crate::{EventTypeId, EventTypeSpec, EventTypes, Role};

const WINDOWS: [&str; 13] = [
    "tumbling 1h",
    "tumbling 1d Europe/Berlin",
    "tumbling 7d +08:00",
    "10s/1s",
    "1m/10s",
    "5m/30s",
    "1h/5m",
    "7d/1d",
    "half-life 1h",
    "last 1",
    "last 7",
    "visit",
    "ever",
];

pub fn types() -> EventTypes {
    let spec = |place: u8| EventTypeSpec {
        name: format!("type_{place}"),
        aliases: Vec::new(),
        role: Role::Positive,
        weight: 0.5 + f32::from(place),
        half_life_ms: 1,
    };
    EventTypes::new((0..TYPES).map(spec).collect()).unwrap()
}

pub fn weight(event_type: u8) -> f64 {
    0.5 + f64::from(event_type)
}

/// Everything that can be declared of an entity, with some filters and times to live.
pub fn every_declaration(entity: Entity) -> &'static [Declaration] {
    static ALL: [OnceLock<Vec<Declaration>>; 8] = [const { OnceLock::new() }; 8];
    ALL[entity as usize].get_or_init(|| declare_all(entity))
}

fn declare_all(entity: Entity) -> Vec<Declaration> {
    let per = TypeMask::of_ids([EventTypeId(1), EventTypeId(2)]);
    let aggregates = [
        Aggregate::Count,
        Aggregate::Sum,
        Aggregate::Mean,
        Aggregate::Min,
        Aggregate::Max,
        Aggregate::Distinct { most: 100 },
        Aggregate::Distinct { most: 1_000 },
        Aggregate::Rate { per, prior: [1.0, 20.0] },
        Aggregate::LastTime,
        Aggregate::LastValue,
        Aggregate::Sequence,
        Aggregate::TopCategories { number: 3 },
    ];
    let sources = ["", "value", "price", "weight", "dwell_ms", "item", "category", "room", "user"];
    let filters = [None, Some("dwell_ms >= 30000"), Some("price < 50 or not value > 0")];
    let events = [vec![0], vec![0, 1], vec![0, 1, 2]];
    let mut all = Vec::new();
    for (place, window) in WINDOWS.iter().enumerate() {
        for aggregate in aggregates {
            for (turn, source) in sources.iter().enumerate() {
                let number = all.len();
                let one = Declaration {
                    name: format!("f{number}"),
                    entity,
                    events: TypeMask::of_ids(
                        events[(place + turn) % 3].iter().copied().map(EventTypeId),
                    ),
                    filter: filters[(place + number) % 3].map(|text| Filter::parse(text).unwrap()),
                    window: Window::parse(window).unwrap(),
                    aggregate,
                    of: (!source.is_empty()).then(|| Source::of_name(source)),
                    ttl_ms: (turn == 3).then_some(60_000),
                    max_instances: entity.bound().map(|most| most.min(100)),
                    rank: None,
                };
                if FeaturePlan::new(vec![one.clone()], &types(), VISIT_GAP_MS).is_ok() {
                    all.push(one);
                }
            }
        }
    }
    all
}

pub fn plan_of(mut declarations: Vec<Declaration>) -> FeaturePlan {
    for (place, one) in declarations.iter_mut().enumerate() {
        one.name = format!("f{place}");
    }
    FeaturePlan::new(declarations, &types(), VISIT_GAP_MS).unwrap()
}

#[test]
fn there_are_hundreds_of_them() {
    assert!(
        300 < every_declaration(Entity::User).len(),
        "{}",
        every_declaration(Entity::User).len()
    );
    assert!(250 < every_declaration(Entity::Room).len());
}
