//! `GET /v1/features`: what is declared, and what it takes.
//!
//! Not here: values.

use actix_web::web;
use engine::features::declare::{Declaration, Entity};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::Shared;

/// What is declared.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Definitions {
    /// Features, in the order of their names.
    pub features: Vec<Definition>,
    /// Patterns, in the order of their names.
    pub patterns: Vec<PatternDefinition>,
    /// Bytes that all features of an entity take together, before they are packed.
    pub bytes: Vec<EntityBytes>,
    /// What is being filled from the log, where anything is.
    pub filling: Option<Filling>,
}

/// Features that came new and are being filled from the log.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Filling {
    /// Their names.
    pub features: Vec<String>,
    /// How much of the log is read, 0 to 1.
    pub fraction: f64,
    /// The last record that is needed.
    pub up_to: String,
}

/// A feature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Definition {
    /// Its name.
    pub name: String,
    /// Whose it is.
    pub entity: &'static str,
    /// Over what stretch of event time.
    pub window: String,
    /// What is made of the events.
    pub aggregate: &'static str,
    /// Which events of its types, as an expression.
    #[serde(rename = "where")]
    pub filter: Option<String>,
    /// What of them goes in.
    pub of: Option<String>,
}

/// A pattern.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PatternDefinition {
    /// Its name.
    pub name: String,
    /// The tag that a match sets.
    pub tag: String,
    /// For how many milliseconds.
    pub ttl_ms: u64,
}

/// What the features of an entity take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct EntityBytes {
    /// The entity.
    pub entity: &'static str,
    /// Bytes of one instance of each.
    pub bytes: usize,
}

/// What is declared.
#[utoipa::path(
    get, path = "/v1/features", operation_id = "list_features", tag = "features",
    responses((status = 200, description = "Features and patterns", body = Definitions))
)]
pub async fn get(shared: web::Data<Shared>) -> web::Json<Definitions> {
    let (declared, filling) = (shared.node.declared(), shared.node.filling());
    let entities = Entity::ALL.into_iter().map(|entity| EntityBytes {
        entity: entity.name(),
        bytes: declared.plan.instance_bytes(entity),
    });
    web::Json(Definitions {
        features: declared.plan.iter().map(|(_, one)| Definition::of(one)).collect(),
        patterns: declared
            .patterns
            .iter()
            .map(|(_, one)| PatternDefinition {
                name: one.name.clone(),
                tag: one.tag.clone(),
                ttl_ms: one.ttl_ms,
            })
            .collect(),
        bytes: entities.filter(|entity| 0 < entity.bytes).collect(),
        filling: (!filling.features.is_empty()).then(|| Filling {
            features: filling.features.clone(),
            fraction: filling.fraction(),
            up_to: filling.up_to.to_string(),
        }),
    })
}

impl Definition {
    /// The definition behind a declaration.
    pub fn of(one: &Declaration) -> Self {
        Self {
            name: one.name.clone(),
            entity: one.entity.name(),
            window: one.window.to_string(),
            aggregate: one.aggregate.name(),
            filter: one.filter.as_ref().map(ToString::to_string),
            of: one.of.as_ref().map(|of| of.name().to_owned()),
        }
    }
}
