//! Event types for benchmarks that need no more than a click.
//!
//! Not here: the types of a node (see its configuration).

use engine::{EventTypeSpec, EventTypes, Role};

/// One positive type, `select_item`, of weight 1 and a half-life of a day.
#[must_use]
pub fn clicks() -> EventTypes {
    let click = EventTypeSpec {
        name: "select_item".to_owned(),
        aliases: Vec::new(),
        role: Role::Positive,
        weight: 1.0,
        half_life_ms: 86_400_000,
    };
    EventTypes::new(vec![click]).unwrap_or_default()
}
