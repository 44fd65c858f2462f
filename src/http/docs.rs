//! The description as pages: Swagger UI, out of the binary.
//!
//! **Invariant:** nothing is loaded from elsewhere, and every address is relative, so that the pages work
//! offline and under a sub-path. The content security policy makes the browser enforce the first.

use std::sync::{Arc, LazyLock};

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use utoipa_swagger_ui::Config;

use super::error::ApiError;

const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

static CONFIG: LazyLock<Arc<Config<'static>>> = LazyLock::new(|| {
    let config = Config::from("../openapi.json")
        .validator_url("none")
        .try_it_out_enabled(true)
        .default_models_expand_depth(0);
    Arc::new(config)
});

/// The way to the pages.
#[utoipa::path(get, path = "/docs", operation_id = "docs_entrance", tag = "operations",
    responses((status = 308, description = "To `docs/`, relative to this path")))]
pub async fn entrance() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((header::LOCATION, "docs/")).finish()
}

/// The pages.
#[utoipa::path(get, path = "/docs/{file}", operation_id = "docs_file", tag = "operations",
    params(("file" = String, Path, description = "A file of the pages; empty for the first one")),
    responses(
        (status = 200, description = "A file of the pages", body = String, content_type = "text/html"),
        (status = 404, description = "No such file", body = super::Problem, content_type = "application/problem+json"),
    ))]
pub async fn file(request: HttpRequest, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let unknown = || ApiError::NoRoute { path: request.path().to_owned() };
    let found = utoipa_swagger_ui::serve(&path, Arc::clone(&CONFIG)).map_err(|_| unknown())?;
    let file = found.ok_or_else(unknown)?;
    Ok(HttpResponse::Ok()
        .content_type(file.content_type)
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(file.bytes.into_owned()))
}
