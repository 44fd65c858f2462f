//! The node's state, record by record: what stands right before each.
//!
//! Shards apply records as a node's do, and what they say of shared features is merged behind every record, in the order
//! of the log. A node merges behind every commit and publishes a few times a second, so what it read at the moment of an event
//! may have been up to that much older; what the walk reads is what it would have read had it waited for nothing.
//!
//! **Invariant:** what is read before a record is a function of the records in front of it alone.
//!
//! **Invariant:** at the end of a log, state of users and shared features is bit for bit what a replay of it comes to.
//!
//! Not here: item activity and the model, which no declared feature reads.

use std::sync::Arc;

use engine::features::declare::Entity;
use engine::features::occurrence::room_key;
use engine::features::plan::FeaturePlan;
use engine::features::read::Reading;
use engine::features::shared::SharedFeatures;
use engine::features::{Declared, FeatureId};
use engine::record::Event;
use engine::shard::{ApplyConfig, ShardState, UserAsk};
use engine::{Applied, ItemActivity, Record, RecordBody, ShardId};

use crate::catalogue::Catalogue;

/// State, from the beginning of the records.
pub(super) struct Walk {
    config: Arc<ApplyConfig>,
    shards: Vec<ShardState>,
    shared: SharedFeatures,
    /// Items and categories by name.
    pub catalogue: Catalogue,
}

impl Walk {
    /// The state of an empty node with so many shards.
    pub fn new(config: Arc<ApplyConfig>, shards: u16) -> Self {
        let shard = |number| ShardState::new(ShardId(number), Arc::clone(&config));
        Self {
            shards: (0..shards.max(1)).map(shard).collect(),
            shared: SharedFeatures::new(&config.features.declared().plan),
            catalogue: Catalogue::default(),
            config,
        }
    }

    /// Learns names of items and categories that no record tells.
    pub fn know(&self, activity: &ItemActivity) {
        for (item, at, item_id, _) in activity.docs() {
            let item_id = item_id.into();
            self.catalogue.apply(&RecordBody::ItemRegistered { item, item_id, at });
        }
        for (category, name) in activity.category_names() {
            self.catalogue.name_category(category, name);
            self.config.features.declared().names.note(name, category);
        }
    }

    /// What is declared.
    pub fn declared(&self) -> &Declared {
        self.config.features.declared()
    }

    /// The features that are declared.
    pub fn plan(&self) -> &FeaturePlan {
        &self.declared().plan
    }

    /// The shard of this number.
    pub fn shard(&self, shard: ShardId) -> &ShardState {
        &self.shards[usize::from(shard.0) % self.shards.len()]
    }

    /// Applies a record; what the shards said of it.
    pub fn apply(&mut self, record: &Record) -> Applied {
        let declared = self.config.features.declared();
        let mut applied = Applied::default();
        declared.names.read(record);
        self.catalogue.apply(&record.body);
        match (record.shard(), &record.body) {
            (Some(shard), _) => {
                let place = usize::from(shard.0);
                if let Some(shard) = self.shards.get_mut(place) {
                    shard.apply(record, &mut applied);
                }
            }
            (None, RecordBody::Tick { .. }) => {
                self.shards.iter_mut().for_each(|shard| shard.apply(record, &mut applied));
                self.shared.told_time(&declared.plan);
            }
            _ => {}
        }
        for stretch in &applied.features.stretches {
            let _ = self.shared.merge(&declared.plan, &stretch.partials);
        }
        applied
    }

    /// What every declared feature says as of the event, which was not applied yet, in declared order: of its user, item, first
    /// category and room, where it has these.
    pub fn before(&self, shard: ShardId, event: &Event) -> Vec<Reading> {
        let (plan, at) = (self.plan(), event.at);
        let of_user = |feature: FeatureId, entity: Entity| {
            Some((feature, key(entity, event)?)).filter(|_| entity.is_of_users())
        };
        let wanted = plan.iter().filter_map(|(feature, one)| of_user(feature, one.entity));
        let ask = UserAsk { user: event.user.clone(), wanted: wanted.collect() };
        let mut of_users = self.shard(shard).read_features(plan, &ask, at).into_iter();
        let read = plan.iter().map(|(feature, one)| match key(one.entity, event) {
            Some(_) if one.entity.is_of_users() => of_users.next(),
            Some(key) => Some(plan.read(feature, |tag| self.shared.block(plan, tag, key), at)),
            None => None,
        });
        read.map(|reading| reading.unwrap_or(Reading::MISSING)).collect()
    }

    /// The state of users of each shard and that of shared features, each as a digest.
    #[cfg(test)]
    pub fn digests(&self) -> (Vec<u64>, Vec<u8>) {
        (self.shards.iter().map(ShardState::digest).collect(), self.shared.digest())
    }
}

/// The instance of an entity that an event is about: its item's, its first category's.
fn key(entity: Entity, event: &Event) -> Option<u64> {
    let item = event.item.map(|item| u64::from(item.0));
    let category = event.categories.first().map(|category| u64::from(category.0));
    match entity {
        Entity::User | Entity::Global => Some(0),
        Entity::Item | Entity::UserItem => item,
        Entity::Category | Entity::UserCategory => category,
        Entity::ItemCategory => Some(item? << 32 | category?),
        Entity::Room => event.room_id.as_deref().map(room_key),
    }
}
