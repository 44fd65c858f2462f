//! The description of the interface, made from the handlers themselves.
//!
//! **Invariant:** every route of `routes::table` is described and nothing else is; a test compares them.

use actix_web::{HttpResponse, web};
use utoipa::OpenApi;
use utoipa::openapi::ServerBuilder;

use super::{
    Shared, asyncapi, demo, docs, event_schema, events, explain, features, import, items, lists,
    models, operations, rank, recommendations, reload, rooms, sockets, tokens, users,
};

/// Everything that is described.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Freshet",
        description = "Real-time recommendations: post events, and the next answer reflects them.\n\nErrors are `application/problem+json`; every answer carries `x-request-id`. Where an API key is set, send it as `Authorization: Bearer KEY` or `x-api-key: KEY`; a user's token (`POST /v1/tokens`) in its place posts events and asks for recommendations of that user.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    tags(
        (name = "events", description = "What users do"),
        (name = "recommendations", description = "What to show them"),
        (name = "items", description = "The catalogue"),
        (name = "users", description = "What is known of a user"),
        (name = "rooms", description = "Live rooms"),
        (name = "features", description = "Declared features and patterns"),
        (name = "models", description = "Versions of what is learned"),
        (name = "operations", description = "Probes, metrics, checkpoints, configuration"),
    ),
    paths(
        events::post_events,
        event_schema::get_schema,
        import::post_import,
        import::get_source,
        recommendations::post,
        recommendations::get,
        rank::post,
        explain::post,
        explain::list::get,
        explain::served::get,
        lists::similar,
        lists::popular,
        lists::trending,
        items::batch::post,
        items::list,
        items::put,
        items::patch,
        items::get,
        items::delete,
        users::put,
        users::get,
        users::events,
        rooms::list,
        rooms::put,
        rooms::get,
        rooms::delete,
        rooms::messages::post,
        rooms::state::get,
        features::user::get,
        features::definitions::get,
        features::online::post,
        models::list,
        models::versions,
        models::transfer::begin,
        models::transfer::export,
        models::stop,
        models::alias,
        models::traffic,
        models::roll_back,
        models::freeze,
        models::resume,
        tokens::post,
        reload::post,
        operations::checkpoint,
        operations::set_aside,
        sockets::upgrade::get,
        sockets::stream::get,
        operations::livez,
        operations::readyz,
        operations::healthz,
        operations::metrics,
        operations::version,
        get,
        asyncapi::get,
        demo::file,
        docs::entrance,
        docs::file,
    )
)]
pub struct Description;

/// The description, with addresses relative to where it is read from.
#[must_use]
pub fn description() -> utoipa::openapi::OpenApi {
    let mut description = Description::openapi();
    description.servers = Some(vec![ServerBuilder::new().url(".").build()]);
    description
}

/// The description as JSON text.
#[must_use]
pub fn text() -> String {
    description().to_json().unwrap_or_default()
}

/// This description.
#[utoipa::path(get, path = "/openapi.json", operation_id = "get_openapi", tag = "operations",
    responses((status = 200, description = "OpenAPI 3.1", body = Object)))]
pub async fn get(shared: web::Data<Shared>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(shared.description.clone())
}

#[cfg(test)]
mod tests;
