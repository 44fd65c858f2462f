//! `GET /v1/users/{id}/features`: every declared feature of one user, with its definition, age and events; and the tags
//! that patterns have set.
//!
//! Not here: many users at once (see [`super::online`]).

use actix_web::web;
use engine::UserId;
use engine::features::Declared;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::FeatureValue;
use super::definitions::Definition;
use super::values::instance;
use crate::http::Shared;
use crate::http::deadline::Deadline;
use crate::http::error::{ApiError, Problem};
use crate::http::fields::check_id;
use crate::http::times::rfc3339;
use crate::node::Node;

/// All that is declared of a user.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct UserFeatures {
    /// The user.
    pub user_id: String,
    /// The instant as of which windows and ages are.
    #[schema(format = DateTime)]
    pub as_of: String,
    /// Features of the user, and of the user with the items or categories that are kept.
    pub features: Vec<UserFeature>,
    /// Tags that patterns have set and that hold now.
    pub tags: Vec<TagBody>,
}

/// A feature of a user.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct UserFeature {
    /// What it is.
    #[serde(flatten)]
    pub definition: Definition,
    /// With which item or category, where it is of a pair.
    #[schema(value_type = Option<Object>)]
    pub with: Option<Map<String, Value>>,
    /// What it says.
    #[serde(flatten)]
    pub said: FeatureValue,
}

/// A tag.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct TagBody {
    /// The tag.
    pub tag: String,
    /// The pattern that set it.
    pub pattern: String,
    /// Event time of the newest match.
    #[schema(format = DateTime)]
    pub matched_at: String,
    /// From when on it is gone.
    #[schema(format = DateTime)]
    pub until: String,
    /// Matches so far.
    pub matches: u32,
    /// What the events of the newest match had in common.
    #[schema(value_type = Option<Object>)]
    pub with: Option<Map<String, Value>>,
}

/// Every declared feature of a user, and the tags that patterns have set.
#[utoipa::path(
    get, path = "/v1/users/{id}/features", operation_id = "list_user_features", tag = "features",
    params(
        ("id" = String, Path, description = "The user"),
        ("x-freshet-min-position" = Option<String>, Header, description = "`position` of an earlier answer that must be applied first"),
    ),
    responses(
        (status = 200, description = "What is declared of the user; of somebody not known, that nothing was found", body = UserFeatures),
        (status = 503, description = "The user's shard does not answer; try again", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn get(
    shared: web::Data<Shared>,
    path: web::Path<String>,
    deadline: Deadline,
) -> Result<web::Json<UserFeatures>, ApiError> {
    let (name, node) = (path.into_inner(), &shared.node);
    check_id(&name, "/id".to_owned()).map_err(ApiError::Invalid)?;
    deadline.insist_on_position(node).await?;
    let (user, at) = (UserId::new(&name), node.now());
    let (declared, filling) = (node.declared(), node.filling());
    let known = node.declared_of(&user, &declared, at).await?;
    let features = known.features.into_iter().filter_map(|(feature, key, reading)| {
        let one = declared.plan.get(feature)?;
        let with = Some(instance(node, one.entity, key)).filter(|with| !with.is_empty());
        let is_filling = filling.features.contains(&one.name);
        let said = FeatureValue::of(node, one, (reading, is_filling));
        Some(UserFeature { definition: Definition::of(one), with, said })
    });
    let tags = known.tags.iter().filter_map(|tag| tag_body(node, &declared, tag));
    let (features, tags) = (features.collect(), tags.collect());
    Ok(web::Json(UserFeatures { user_id: name, as_of: rfc3339(at), features, tags }))
}

fn tag_body(node: &Node, declared: &Declared, tag: &engine::shard::UserTag) -> Option<TagBody> {
    use engine::features::declare::Entity;
    use engine::patterns::Same;
    let pattern = declared.patterns.pattern(tag.pattern)?;
    let with = match pattern.same {
        Same::User => None,
        Same::Item => Some(instance(node, Entity::Item, tag.binding)),
        Same::Category => Some(instance(node, Entity::Category, tag.binding)),
        Same::Room => Some(instance(node, Entity::Room, tag.binding)),
    };
    Some(TagBody {
        tag: pattern.tag.clone(),
        pattern: pattern.name.clone(),
        matched_at: rfc3339(tag.at),
        until: rfc3339(tag.until),
        matches: tag.matches,
        with,
    })
}
