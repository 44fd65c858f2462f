//! `POST /v1/features/online`: what features say of up to 1,000 entities.
//!
//! **Invariant:** every feature asked for has a value or a status for every entity, in the order of the request.
//!
//! Not here: values as JSON (see [`super::values`]).

use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::web;
use engine::features::FeatureId;
use engine::features::declare::{Declaration, Entity};
use engine::features::occurrence::room_key;
use engine::features::plan::FeaturePlan;
use engine::features::read::Reading;
use engine::shard::UserAsk;
use engine::{ShardId, Timestamp, UserId};
use futures_util::future::try_join_all;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::FeatureValue;
use crate::http::Shared;
use crate::http::body::JsonBody;
use crate::http::deadline::Deadline;
use crate::http::error::{ApiError, FieldError, Problem};
use crate::http::fields::{Fields, unknown_word};
use crate::http::times::rfc3339;
use crate::node::Node;

/// The most entities of one request.
pub const ENTITIES: usize = 1_000;
/// The most features of one request.
pub const FEATURES: usize = 100;
/// The most values of one answer: what a read costs is their number.
pub const VALUES: usize = 20_000;
/// Names of the columns of entities.
const COLUMNS: [&str; 4] = ["user_id", "item_id", "category", "room_id"];

/// What is asked.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(example = json!({"features": ["clicks_5m", "item_ctr"], "entities": {"user_id": ["u1", "u2"], "item_id": ["v7", "v9"]}}))]
pub struct OnlineBody {
    /// Names of declared features, 1 to 100.
    #[schema(min_items = 1, max_items = 100)]
    pub features: Vec<String>,
    /// Columns of entities, all of one length, at most 1,000.
    pub entities: Entities,
}

/// Columns of entities; those that the features need.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct Entities {
    /// Users.
    pub user_id: Option<Vec<String>>,
    /// Items.
    pub item_id: Option<Vec<String>>,
    /// Categories.
    pub category: Option<Vec<String>>,
    /// Live rooms.
    pub room_id: Option<Vec<String>>,
}

/// What the features say.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct OnlineAnswer {
    /// What the columns are.
    pub metadata: Metadata,
    /// A column a feature, in the order of `metadata.feature_names`.
    pub results: Vec<Column>,
}

/// What the columns are.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Metadata {
    /// The features, as asked.
    pub feature_names: Vec<String>,
    /// The instant as of which windows and ages are.
    #[schema(format = DateTime)]
    pub as_of: String,
}

/// What one feature says of each entity, in the order of the request.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct Column {
    /// Values; none where there is nothing to say.
    #[schema(value_type = Vec<Value>)]
    pub values: Vec<Option<Value>>,
    /// `PRESENT`, `NOT_FOUND`, `OUTSIDE_MAX_AGE` or `FILLING`; see [`FeatureValue`].
    pub statuses: Vec<&'static str>,
    /// Event times of the newest event behind each value.
    pub event_timestamps: Vec<Option<String>>,
    /// How many milliseconds ago those were.
    pub ages_ms: Vec<Option<u64>>,
    /// Events behind each value.
    pub events: Vec<u64>,
}

/// Read declared features of up to 1,000 entities.
///
/// Features of a user and an item, or of an item and a category, are read of the pairs that stand in the same row.
#[utoipa::path(
    post, path = "/v1/features/online", operation_id = "read_features", tag = "features",
    request_body = OnlineBody,
    params(
        ("x-freshet-min-position" = Option<String>, Header, description = "`position` of an earlier answer that must be applied first"),
    ),
    responses(
        (status = 200, description = "A column for each feature", body = OnlineAnswer),
        (status = 422, description = "Something in the request is wrong", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "A shard does not answer; try again", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn post(
    shared: web::Data<Shared>,
    deadline: Deadline,
    body: JsonBody,
) -> Result<web::Json<OnlineAnswer>, ApiError> {
    let node = &shared.node;
    let declared = node.declared();
    let plan = &declared.plan;
    let ask = Ask::read(&body.0, plan).map_err(ApiError::Invalid)?;
    deadline.insist_on_position(node).await?;
    let (at, filling) = (node.now(), node.filling());
    let of_users = of_users(node, (plan, &ask), at).await?;
    let view = node.activity();
    let columns = ask.features.iter().enumerate().map(|(place, (feature, one))| {
        let mut column = Column::default();
        let is_filling = filling.features.contains(&one.name);
        for (row, of_user) in of_users.iter().enumerate() {
            let reading = if one.entity.is_of_users() {
                of_user[place].clone()
            } else {
                key(node, &ask, one.entity, row).map_or(Reading::MISSING, |key| {
                    view.features().read_of(plan, *feature, key, at)
                })
            };
            column.push(FeatureValue::of(node, one, (reading, is_filling)));
        }
        column
    });
    let results = columns.collect();
    let feature_names = ask.features.iter().map(|(_, one)| one.name.clone()).collect();
    let metadata = Metadata { feature_names, as_of: rfc3339(at) };
    Ok(web::Json(OnlineAnswer { metadata, results }))
}

impl Column {
    fn push(&mut self, said: FeatureValue) {
        self.values.push(said.value);
        self.statuses.push(said.status);
        self.event_timestamps.push(said.event_timestamp);
        self.ages_ms.push(said.age_ms);
        self.events.push(said.events);
    }
}

/// A request, understood.
struct Ask<'a> {
    features: Vec<(FeatureId, &'a Declaration)>,
    columns: BTreeMap<&'static str, Vec<&'a str>>,
    rows: usize,
}

impl<'a> Ask<'a> {
    fn read(body: &'a Value, plan: &'a FeaturePlan) -> Result<Self, Vec<FieldError>> {
        let mut fields = Fields::open(body, "", &["features", "entities"])?;
        let names = fields.ids("features", FEATURES);
        let names = fields.need("features", names).unwrap_or_default();
        let mut features = Vec::with_capacity(names.len());
        for name in &names {
            let found = plan.find(name);
            if found.is_none() {
                let known: Vec<&str> = plan.iter().map(|(_, one)| one.name.as_str()).collect();
                fields.refuse("features", "unknown_value", unknown_word(name, &known));
            }
            features.extend(found);
        }
        if names.is_empty() && fields.value("features").is_some() {
            fields.refuse("features", "missing_field", "`features` names nothing to read");
        }
        let entities = fields.value("entities");
        let read = entities.map_or_else(
            || Ok(BTreeMap::new()),
            |entities| columns(entities, fields.at("entities")),
        );
        let columns = fields.absorb(read);
        let Some(columns) = columns else { return Err(errors_of(fields)) };
        let rows = columns.values().map(Vec::len).max().unwrap_or(1);
        for (name, column) in columns.iter().filter(|(_, column)| column.len() != rows) {
            let detail =
                format!("`{name}` has {} entries and the longest column {rows}", column.len());
            fields.refuse("entities", "out_of_range", detail);
        }
        for (_, one) in &features {
            for column in columns_of(one.entity) {
                if !columns.contains_key(column) {
                    let (name, entity) = (&one.name, one.entity.name());
                    let detail = format!("`{name}` is a feature of {entity} and needs `{column}`");
                    fields.refuse("entities", "missing_field", detail);
                }
            }
        }
        let values = rows * features.len();
        if VALUES < values {
            let detail = format!("{values} values are asked for and {VALUES} are the most");
            fields.refuse("features", "too_many_entries", detail);
        }
        fields.finish()?;
        Ok(Self { features, columns, rows })
    }

    fn cell(&self, column: &str, row: usize) -> &'a str {
        self.columns.get(column).and_then(|column| column.get(row)).copied().unwrap_or_default()
    }
}

fn errors_of(fields: Fields<'_>) -> Vec<FieldError> {
    fields.finish().err().unwrap_or_default()
}

fn columns(
    entities: &Value,
    pointer: String,
) -> Result<BTreeMap<&'static str, Vec<&str>>, Vec<FieldError>> {
    let mut fields = Fields::open(entities, pointer, &COLUMNS)?;
    let mut columns = BTreeMap::new();
    for name in COLUMNS {
        if let Some(column) = fields.ids(name, ENTITIES) {
            columns.insert(name, column);
        }
    }
    fields.finish()?;
    Ok(columns)
}

/// The columns that features of an entity need.
const fn columns_of(entity: Entity) -> &'static [&'static str] {
    match entity {
        Entity::User => &["user_id"],
        Entity::Item => &["item_id"],
        Entity::Category => &["category"],
        Entity::UserItem => &["user_id", "item_id"],
        Entity::UserCategory => &["user_id", "category"],
        Entity::ItemCategory => &["item_id", "category"],
        Entity::Room => &["room_id"],
        Entity::Global => &[],
    }
}

/// The instance of a row; `None` where the node knows no such item or category.
fn key(node: &Node, ask: &Ask<'_>, entity: Entity, row: usize) -> Option<u64> {
    let item = || node.catalogue.index_of(ask.cell("item_id", row)).map(|item| u64::from(item.0));
    let category = || node.catalogue.category(ask.cell("category", row)).map(|it| u64::from(it.0));
    match entity {
        Entity::User | Entity::Global => Some(0),
        Entity::Item | Entity::UserItem => item(),
        Entity::Category | Entity::UserCategory => category(),
        Entity::ItemCategory => Some(item()? << 32 | category()?),
        Entity::Room => Some(room_key(ask.cell("room_id", row))),
    }
}

/// Row, and place of the feature.
type Cell = (usize, usize);
/// A feature and its instance.
type Wanted = (FeatureId, u64);
/// What is asked of one user, and where in the answer it belongs.
type OfUser = (Vec<Cell>, UserAsk);

/// What the features of users say, by row and place of the feature; one message a shard.
async fn of_users(
    node: &Node,
    (plan, ask): (&Arc<FeaturePlan>, &Ask<'_>),
    at: Timestamp,
) -> Result<Vec<Vec<Reading>>, ApiError> {
    let mut said = vec![vec![Reading::MISSING; ask.features.len()]; ask.rows];
    let wanted: Vec<_> =
        ask.features.iter().enumerate().filter(|(_, (_, one))| one.entity.is_of_users()).collect();
    if wanted.is_empty() {
        return Ok(said);
    }
    let mut by_user: BTreeMap<&str, Vec<(Cell, Wanted)>> = BTreeMap::new();
    for row in 0..ask.rows {
        let keyed = wanted.iter().filter_map(|(place, (feature, one))| {
            Some(((row, *place), (*feature, key(node, ask, one.entity, row)?)))
        });
        by_user.entry(ask.cell("user_id", row)).or_default().extend(keyed);
    }
    let mut by_shard: BTreeMap<ShardId, Vec<OfUser>> = BTreeMap::new();
    for (user, cells) in by_user {
        let user = UserId::new(user);
        let shard = node.shard_of(&user);
        let (places, wanted) = cells.into_iter().unzip();
        by_shard.entry(shard).or_default().push((places, UserAsk { user, wanted }));
    }
    let reads = by_shard.into_iter().map(|(shard, asks)| async move {
        let (places, asks): (Vec<_>, Vec<_>) = asks.into_iter().unzip();
        let read = node.features(shard, (plan, asks), at).await?;
        Ok::<_, ApiError>(places.into_iter().zip(read).collect::<Vec<_>>())
    });
    for (places, readings) in try_join_all(reads).await?.into_iter().flatten() {
        for ((row, place), reading) in places.into_iter().zip(readings) {
            said[row][place] = reading;
        }
    }
    Ok(said)
}

#[cfg(test)]
mod tests;
