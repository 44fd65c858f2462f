//! The page of live rooms, `/demo/live`, with its browser helper `/demo/freshet.js`: plain files out of the binary.
//!
//! **Invariant:** nothing is loaded from elsewhere, and every address is relative, so that the page works offline and under a
//! sub-path. The content security policy makes the browser enforce the first.
//!
//! Not here: what the page shows; it speaks to the node like any other client.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};

use super::error::ApiError;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// Name, media type and text of each file.
const FILES: [(&str, &str, &str); 4] = [
    ("live", "text/html; charset=utf-8", include_str!("demo/live.html")),
    ("live.css", "text/css; charset=utf-8", include_str!("demo/live.css")),
    ("live.js", "text/javascript; charset=utf-8", include_str!("demo/live.js")),
    (HELPER, "text/javascript; charset=utf-8", include_str!("demo/freshet.js")),
];
/// The one that other pages use, too.
const HELPER: &str = "freshet.js";

/// The page of live rooms.
///
/// `live` is the page, `freshet.js` the helper that pages of shops load as well.
#[utoipa::path(get, path = "/demo/{name}", operation_id = "demo_file", tag = "operations",
    params(("name" = String, Path, description = "`live`, or a file that it loads")),
    responses(
        (status = 200, description = "A file of the page", body = String, content_type = "text/html"),
        (status = 404, description = "No such file", body = super::Problem, content_type = "application/problem+json"),
    ))]
pub async fn file(request: HttpRequest, name: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let found = FILES.iter().find(|(known, ..)| *known == *name);
    let Some((name, media, text)) = found else {
        return Err(ApiError::NoRoute { path: request.path().to_owned() });
    };
    let mut answer = HttpResponse::Ok();
    answer
        .content_type(*media)
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"));
    if *name == HELPER {
        // A script may be loaded by any page; what it may then send is for the origin's rules.
        answer.insert_header(("cross-origin-resource-policy", "cross-origin"));
    }
    Ok(answer.body(*text))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Addresses in a text behind one of these words.
    fn addresses<'t>(text: &'t str, words: &[&str]) -> Vec<&'t str> {
        let behind = |word: &&str| text.split(*word).skip(1).collect::<Vec<_>>();
        words
            .iter()
            .flat_map(behind)
            .filter_map(|rest| rest.split(['"', '\'', '`', ')']).next())
            .collect()
    }

    #[test]
    fn what_the_page_loads_is_there_and_nothing_comes_from_elsewhere() {
        let page = FILES[0].2;
        let loaded = addresses(page, &["src=\"", "href=\""]);
        assert_eq!(loaded.len(), 4, "{loaded:?}");
        for address in loaded.iter().filter(|address| !address.starts_with("data:")) {
            assert!(FILES.iter().any(|(name, ..)| name == address), "{address}");
        }
        for (name, _, text) in FILES {
            // The one address with a scheme is the namespace of the icon.
            let foreign = text.replace("http://www.w3.org/2000/svg", "");
            assert!(!foreign.contains("http://") && !foreign.contains("https://"), "{name}");
            assert!(addresses(text, &["url(", "@import", "import("]).is_empty(), "{name}");
        }
    }

    #[test]
    fn every_element_that_the_page_is_asked_for_is_in_it() {
        let (page, script) = (FILES[0].2, FILES[2].2);
        let asked = addresses(script, &["at('"]);
        assert!(20 < asked.len(), "{asked:?}");
        for id in asked {
            assert!(page.contains(&format!("id=\"{id}\"")), "{id}");
        }
    }

    #[test]
    fn the_helper_is_a_few_kilobytes() {
        let helper = FILES.iter().find(|(name, ..)| *name == HELPER).unwrap().2;
        assert!(helper.len() < 16 * 1_024, "{}", helper.len());
    }
}
