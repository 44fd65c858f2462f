//! A node that never started, for tests of what needs its configuration and catalogue only.

use std::sync::Arc;

use actix_web::web;
use config::Config;
use engine::record::ItemDoc;
use engine::{CategoryId, ItemIndex, NodeKey, RecordBody, Timestamp};

use super::Shared;
use crate::clock::Clock;
use crate::node::{Node, NodeParts};
use crate::settings;

/// What workers would share, with the configuration changed by `adjust`.
pub fn shared_with(adjust: impl FnOnce(&mut Config)) -> web::Data<Shared> {
    let mut config = Config::default();
    adjust(&mut config);
    let types = Arc::new(config.event_types().unwrap());
    let node = Node::new(NodeParts {
        clock: Clock::system(),
        key: NodeKey([7; 16]),
        start_count: 1,
        shards_total: 16,
        declared: settings::declared(&config, &types).unwrap(),
        types,
        scenarios: settings::scenarios(&config).unwrap(),
        metrics: None,
        reread: None,
        config: Arc::new(config),
    });
    web::Data::new(Shared::new(Arc::new(node)).unwrap())
}

/// The same with the shipped configuration.
pub fn shared() -> web::Data<Shared> {
    shared_with(|_| {})
}

/// Puts an item with one category into the catalogue.
pub fn put_item(shared: &Shared, item: u32, item_id: &str, category: (u32, &str)) {
    let categories = vec![(CategoryId(category.0), category.1.into())];
    let doc =
        ItemDoc { item_id: item_id.into(), categories, available: true, ..ItemDoc::default() };
    let at = Timestamp::from_millis(1);
    shared.node.catalogue.apply(&RecordBody::ItemPut { item: ItemIndex(item), doc, at });
}
