//! The node over HTTP: one file per resource, its wire types beside it.
//!
//! [`routes::table`] is the one list of what is served; the application and the test of the description
//! are both built from it. Every request passes [`entry`] on its way in and out: request id, key, host,
//! origin, content type, readiness; whatever fails leaves as a problem document (see [`error`]).
//!
//! **Invariant:** every answer carries `x-request-id`; every error is `application/problem+json`.
//!
//! Not here: what requests mean for the log, the state and the ranking (see `node`, `ingest`, `engine`).

#![allow(
    clippy::missing_errors_doc,
    reason = "a handler's comment is its text in the description, which lists its errors by status"
)]

pub mod asyncapi;
pub mod body;
pub mod cors;
pub mod deadline;
pub mod demo;
pub mod docs;
pub mod entry;
pub mod error;
pub mod event_schema;
pub mod events;
pub mod explain;
pub mod features;
pub mod fields;
pub mod guard;
pub mod import;
pub mod intake;
pub mod items;
pub mod lists;
pub mod models;
pub mod openapi;
pub mod operations;
pub mod origin;
pub mod query;
pub mod rank;
pub mod recommendations;
pub mod reload;
pub mod rooms;
pub mod routes;
pub mod server;
pub mod sockets;
pub mod speaker;
#[cfg(test)]
mod testing;
pub mod times;
pub mod tokens;
pub mod users;

use std::sync::Arc;

use crate::node::Node;
use crate::tokens::{KeyError, Tokens};
use actix_web::web;

pub use error::{ApiError, FieldError, Problem};

/// What every worker shares.
pub struct Shared {
    /// The node.
    pub node: Arc<Node>,
    /// Who may call.
    pub rules: guard::Rules,
    /// Tokens of users.
    pub tokens: Arc<Tokens>,
    /// Order among writes of one item.
    pub item_order: items::order::ItemOrder,
    /// The description, ready to send.
    pub description: web::Bytes,
}

impl Shared {
    /// What workers need to serve `node`.
    ///
    /// # Errors
    /// [`KeyError`] where a key of `[auth]` is none.
    pub fn new(node: Arc<Node>) -> Result<Self, KeyError> {
        let tokens = Arc::new(Tokens::of(&node.config)?);
        let rules = guard::Rules::new(&node.config.server, Arc::clone(&tokens));
        let description = web::Bytes::from(openapi::text());
        let item_order = items::order::ItemOrder::default();
        Ok(Self { node, rules, tokens, item_order, description })
    }
}

/// Registers everything that is served; handlers take `web::Data<Shared>` or `web::Data<Node>`.
pub fn configure(config: &mut web::ServiceConfig, shared: &web::Data<Shared>) {
    config.app_data(shared.clone());
    config.app_data(web::Data::from(Arc::clone(&shared.node)));
    routes::register(config);
}
