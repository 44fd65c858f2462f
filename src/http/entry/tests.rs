use actix_web::middleware::from_fn;
use actix_web::test::{self, TestRequest};
use actix_web::{App, http::Method};
use config::Secret;
use serde_json::Value;

use super::*;
use crate::http::configure;
use crate::http::testing::shared_with;

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
}

/// Sends `request` to a node that is not ready, with key `sesame` where the request says so.
async fn send(request: TestRequest, origins: &[&str], key: Option<&str>) -> Answer {
    let shared = shared_with(|config| {
        config.server.origins = origins.iter().map(ToString::to_string).collect();
        config.server.api_key = key.map(Secret::new);
    });
    let passed = shared.clone();
    let app = test::init_service(
        App::new()
            .wrap(from_fn(move |request, next| pass(passed.clone(), request, next)))
            .configure(|config| configure(config, &shared)),
    )
    .await;
    let request = request.insert_header(("host", "localhost:7070")).to_request();
    let answer = test::call_service(&app, request).await;
    let (status, headers) = (answer.status(), answer.headers().clone());
    let body = serde_json::from_slice(&test::read_body(answer).await).unwrap_or_default();
    Answer { status, headers, body }
}

fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    answer.headers.get(name).map_or("", |value| value.to_str().unwrap())
}

#[actix_web::test]
async fn every_answer_carries_a_request_id_the_callers_own_where_it_is_sane() {
    let own =
        send(TestRequest::get().uri("/livez").insert_header(("x-request-id", "abc-1")), &[], None)
            .await;
    assert_eq!((own.status, header(&own, "x-request-id")), (StatusCode::OK, "abc-1"));
    for bad in ["a b", "", "ünsane"] {
        let made = TestRequest::get().uri("/livez").insert_header(("x-request-id", bad));
        let made = send(made, &[], None).await;
        assert_eq!(header(&made, "x-request-id").len(), 16, "{bad}");
    }
}

#[actix_web::test]
async fn refusals_are_problem_documents_with_the_requests_id() {
    let unknown = TestRequest::get().uri("/v2/nothing").insert_header(("x-request-id", "q7"));
    let unknown = send(unknown, &[], None).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert_eq!(header(&unknown, "content-type"), PROBLEM_JSON);
    assert_eq!(unknown.body["code"], "route_not_found");
    assert_eq!(unknown.body["request_id"], "q7");
    assert!(unknown.body["detail"].as_str().unwrap().contains("/v2/nothing"));
}

#[actix_web::test]
async fn another_method_is_told_which_there_are() {
    let wrong = send(TestRequest::delete().uri("/livez"), &[], None).await;
    assert_eq!(wrong.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(header(&wrong, "allow"), "GET, HEAD");
    let head = send(TestRequest::default().method(Method::HEAD).uri("/livez"), &[], None).await;
    assert_eq!(head.status, StatusCode::OK);
}

#[actix_web::test]
async fn a_node_that_recovers_answers_probes_and_asks_for_patience() {
    let alive = send(TestRequest::get().uri("/livez"), &[], None).await;
    assert_eq!((alive.status, &alive.body["status"]), (StatusCode::OK, &Value::from("ok")));
    let ready = send(TestRequest::get().uri("/readyz"), &[], None).await;
    assert_eq!(
        (ready.status, &ready.body["ready"]),
        (StatusCode::SERVICE_UNAVAILABLE, &Value::from(false))
    );
    assert!(ready.body["phase"].is_string(), "{}", ready.body);
    let item = send(TestRequest::get().uri("/v1/items/a"), &[], None).await;
    assert_eq!(
        (item.status, &item.body["code"]),
        (StatusCode::SERVICE_UNAVAILABLE, &Value::from("not_ready"))
    );
    assert_eq!(header(&item, "retry-after"), "1");
}

#[actix_web::test]
async fn a_listed_origin_may_ask_and_read_and_no_other() {
    let ask = |origin: &'static str| {
        TestRequest::default()
            .method(Method::OPTIONS)
            .uri("/v1/events")
            .insert_header(("origin", origin))
            .insert_header(("access-control-request-method", "POST"))
    };
    let listed = ["https://shop.example"];
    // A key does not stand in the way of the question: browsers ask without it.
    let yes = send(ask("https://shop.example"), &listed, Some("sesame")).await;
    assert_eq!(yes.status, StatusCode::NO_CONTENT);
    assert_eq!(header(&yes, "access-control-allow-origin"), "https://shop.example");
    assert!(header(&yes, "access-control-allow-headers").contains("x-api-key"));
    let no = send(ask("https://evil.example"), &listed, Some("sesame")).await;
    assert_eq!(
        (no.status, header(&no, "access-control-allow-origin")),
        (StatusCode::FORBIDDEN, "")
    );
    let read = TestRequest::get().uri("/version").insert_header(("origin", "https://shop.example"));
    let read = send(read, &listed, None).await;
    assert_eq!(header(&read, "access-control-allow-origin"), "https://shop.example");
    assert_eq!(header(&read, "vary"), "origin");
}

#[actix_web::test]
async fn the_pages_come_out_of_the_binary_and_load_nothing_from_elsewhere() {
    let way = send(TestRequest::get().uri("/docs"), &[], None).await;
    assert_eq!((way.status, header(&way, "location")), (StatusCode::PERMANENT_REDIRECT, "docs/"));
    let page = send(TestRequest::get().uri("/docs/"), &[], None).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(header(&page, "content-type").starts_with("text/html"));
    assert!(header(&page, "content-security-policy").starts_with("default-src 'self'"));
    let none = send(TestRequest::get().uri("/docs/nothing.js"), &[], None).await;
    assert_eq!(
        (none.status, &none.body["code"]),
        (StatusCode::NOT_FOUND, &Value::from("route_not_found"))
    );
}

#[actix_web::test]
async fn the_pages_name_only_relative_addresses() {
    let shared = shared_with(|_| {});
    let app = test::init_service(App::new().configure(|config| configure(config, &shared))).await;
    for file in ["", "swagger-initializer.js"] {
        let request = TestRequest::get().uri(&format!("/docs/{file}")).to_request();
        let body = test::call_and_read_body(&app, request).await;
        let text = String::from_utf8(body.to_vec()).unwrap();
        for word in ["src=\"/", "href=\"/", "src=\"http", "href=\"http", "url: \"http", "url: \"/"]
        {
            assert!(!text.contains(word), "{file}: {word} in {text}");
        }
        if !file.is_empty() {
            assert!(text.contains("../openapi.json"), "{text}");
            assert!(text.contains("\"validatorUrl\": \"none\""), "{text}");
        }
    }
}
