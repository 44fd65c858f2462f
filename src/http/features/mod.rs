//! Declared features over HTTP: `POST /v1/features/online` reads many at once, `GET /v1/users/{id}/features` all of one
//! user, `GET /v1/features` says what is declared.
//!
//! The shape of the online read is Feast's: columns of entities in, one column of values for each feature out.
//!
//! **Invariant:** features of users are of the user's last acknowledged event; shared ones are of the last publication,
//! 200 ms old at most as a rule.
//!
//! Not here: what a feature means (see `engine::features`).

pub mod definitions;
pub mod online;
pub mod user;
mod values;

pub use values::FeatureValue;
