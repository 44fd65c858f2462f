//! The one list of what is served: method, path, handler.
//!
//! **Invariant:** a path that exists answers 405 with its methods to any other, and a path that does not
//! exist answers 404; both are problem documents.

use actix_web::http::Method;
use actix_web::{HttpRequest, Resource, Route, guard, web};

use super::error::ApiError;
use super::{
    asyncapi, demo, docs, event_schema, events, explain, features, import, items, lists, models,
    openapi, operations, rank, recommendations, reload, rooms, sockets, tokens, users,
};

/// One method of one path.
pub struct Entry {
    /// The method.
    pub method: Method,
    /// The path, in the description's form.
    pub path: &'static str,
    /// What answers.
    pub route: Route,
}

impl Entry {
    fn new(method: Method, path: &'static str, route: Route) -> Self {
        Self { method, path, route }
    }
}

fn get(path: &'static str, answer: fn(Route) -> Route) -> Entry {
    // Whoever may GET may ask for the head alone.
    let route = web::route().guard(guard::Any(guard::Get()).or(guard::Head()));
    Entry::new(Method::GET, path, answer(route))
}

/// Everything that is served.
#[must_use]
pub fn table() -> Vec<Entry> {
    let entry = Entry::new;
    let one_item = "/v1/items/{id}";
    let mut table = vec![
        entry(Method::POST, "/v1/events", web::post().to(events::post_events)),
        get("/v1/events/schema", |route| route.to(event_schema::get_schema)),
        entry(Method::POST, "/v1/import", web::post().to(import::post_import)),
        get("/v1/import/sources", |route| route.to(import::get_source)),
        entry(Method::POST, "/v1/recommendations", web::post().to(recommendations::post)),
        get("/v1/users/{id}/recommendations", |route| route.to(recommendations::get)),
        entry(Method::POST, "/v1/rank", web::post().to(rank::post)),
        entry(Method::POST, "/v1/explain", web::post().to(explain::post)),
        get("/v1/recommendations/{rid}", |route| route.to(explain::list::get)),
        get("/v1/recommendations/{rid}/explanations/{item_id}", |route| {
            route.to(explain::served::get)
        }),
        get("/v1/items/{id}/similar", |route| route.to(lists::similar)),
        get("/v1/popular", |route| route.to(lists::popular)),
        get("/v1/trending", |route| route.to(lists::trending)),
        entry(Method::POST, "/v1/items/batch", web::post().to(items::batch::post)),
        get("/v1/items", |route| route.to(items::list)),
        entry(Method::PUT, one_item, web::put().to(items::put)),
        entry(Method::PATCH, one_item, web::patch().to(items::patch)),
        get(one_item, |route| route.to(items::get)),
        entry(Method::DELETE, one_item, web::delete().to(items::delete)),
        entry(Method::PUT, "/v1/users/{id}", web::put().to(users::put)),
        get("/v1/users/{id}", |route| route.to(users::get)),
        get("/v1/users/{id}/events", |route| route.to(users::events)),
        get("/v1/users/{id}/features", |route| route.to(features::user::get)),
        get("/v1/features", |route| route.to(features::definitions::get)),
        entry(Method::POST, "/v1/features/online", web::post().to(features::online::post)),
        get("/v1/models", |route| route.to(models::list)),
        get("/v1/models/{model}/versions", |route| route.to(models::versions)),
        entry(Method::POST, "/v1/models/{model}/versions", web::post().to(models::transfer::begin)),
        get("/v1/models/{model}/versions/{version}/export", |route| {
            route.to(models::transfer::export)
        }),
        entry(
            Method::DELETE,
            "/v1/models/{model}/versions/{version}",
            web::delete().to(models::stop),
        ),
        entry(Method::PUT, "/v1/models/{model}/aliases/{alias}", web::put().to(models::alias)),
        entry(Method::PUT, "/v1/models/{model}/traffic", web::put().to(models::traffic)),
        entry(Method::POST, "/v1/models/{model}/rollback", web::post().to(models::roll_back)),
        entry(Method::POST, "/v1/models/{model}/freeze", web::post().to(models::freeze)),
        entry(Method::POST, "/v1/models/{model}/resume", web::post().to(models::resume)),
        entry(Method::POST, "/v1/tokens", web::post().to(tokens::post)),
        entry(Method::POST, "/v1/config/reload", web::post().to(reload::post)),
        entry(Method::POST, "/v1/checkpoints", web::post().to(operations::checkpoint)),
        get("/v1/log/set-aside", |route| route.to(operations::set_aside)),
        get("/livez", |route| route.to(operations::livez)),
        get("/readyz", |route| route.to(operations::readyz)),
        get("/healthz", |route| route.to(operations::healthz)),
        get("/metrics", |route| route.to(operations::metrics)),
        get("/version", |route| route.to(operations::version)),
        get("/openapi.json", |route| route.to(openapi::get)),
        get("/asyncapi.json", |route| route.to(asyncapi::get)),
        get("/demo/{name}", |route| route.to(demo::file)),
        get("/docs", |route| route.to(docs::entrance)),
        get("/docs/{file}", |route| route.to(docs::file)),
    ];
    table.extend(live_rooms());
    table
}

/// What is served of live rooms.
fn live_rooms() -> [Entry; 8] {
    let entry = Entry::new;
    let one_room = "/v1/rooms/{id}";
    [
        get("/v1/rooms", |route| route.to(rooms::list)),
        entry(Method::PUT, one_room, web::put().to(rooms::put)),
        get(one_room, |route| route.to(rooms::get)),
        entry(Method::DELETE, one_room, web::delete().to(rooms::delete)),
        entry(Method::POST, "/v1/rooms/{id}/messages", web::post().to(rooms::messages::post)),
        get("/v1/rooms/{id}/state", |route| route.to(rooms::state::get)),
        get("/v1/ws", |route| route.to(sockets::upgrade::get)),
        get("/v1/rooms/{id}/stream", |route| route.to(sockets::stream::get)),
    ]
}

/// Registers the table, and what answers everything else.
pub fn register(config: &mut web::ServiceConfig) {
    let mut groups: Vec<(&'static str, Vec<Entry>)> = Vec::new();
    for entry in table() {
        match groups.iter_mut().find(|(path, _)| *path == entry.path) {
            Some((_, entries)) => entries.push(entry),
            None => groups.push((entry.path, vec![entry])),
        }
    }
    let paths: Vec<&'static str> = groups.iter().map(|(path, _)| *path).collect();
    // A fixed path before the one with a parameter that it also matches.
    groups.sort_by_key(|(path, _)| path.contains('{'));
    for (path, entries) in groups {
        config.service(resource(path, entries, &paths));
    }
    config.default_service(web::to(no_route));
}

fn resource(path: &'static str, entries: Vec<Entry>, paths: &[&str]) -> Resource {
    let allow: Vec<&str> = entries.iter().map(|entry| entry.method.as_str()).collect();
    let allow = allow.join(", ").replace("GET", "GET, HEAD");
    let mut resource = web::resource(pattern(path));
    if paths.iter().any(|other| shadows(path, other)) {
        // Other methods belong to the path with the parameter: an item may be called `batch`.
        let methods: Vec<Method> = entries.iter().map(|entry| entry.method.clone()).collect();
        resource = resource.guard(guard::fn_guard(move |ctx| methods.contains(&ctx.head().method)));
    }
    for entry in entries {
        resource = resource.route(entry.route);
    }
    resource.default_service(web::to(move |request: HttpRequest| {
        let refusal = ApiError::MethodNotAllowed {
            method: request.method().to_string(),
            path: request.path().to_owned(),
            allow: allow.clone(),
        };
        async move { Err::<String, ApiError>(refusal) }
    }))
}

/// The framework's form of a path: the pages' files may be empty or in folders.
fn pattern(path: &str) -> String {
    path.replace("{file}", "{file:.*}")
}

/// Whether the fixed `path` also matches `other`, which has a parameter.
fn shadows(path: &str, other: &str) -> bool {
    let (own, others) = (path.split('/'), other.split('/'));
    path != other
        && !path.contains('{')
        && own.clone().count() == others.clone().count()
        && own.zip(others).all(|(own, other)| own == other || other.starts_with('{'))
}

async fn no_route(request: HttpRequest) -> Result<String, ApiError> {
    Err(ApiError::NoRoute { path: request.path().to_owned() })
}

#[cfg(test)]
mod tests;
