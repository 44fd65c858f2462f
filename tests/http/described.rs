//! The description tells the truth: answers and examples fit it.

use serde_json::{Value, json};

use crate::client::{Reply, call, get, send};
use crate::in_process::TestNode;
use crate::schema::fits;

#[track_caller]
fn check(description: &Value, operation: (&str, &str), reply: &Reply) {
    let (method, path) = operation;
    let response = &description["paths"][path][method]["responses"][reply.status.to_string()];
    assert!(
        response.is_object(),
        "{method} {path} does not describe {}: {}",
        reply.status,
        reply.body
    );
    let media = reply.header("content-type").split(';').next().unwrap_or_default();
    let schema = &response["content"][media]["schema"];
    assert!(schema.is_object(), "{method} {path} {} does not describe {media}", reply.status);
    if let Err(reason) = fits(&reply.body, schema, description, "") {
        panic!("{method} {path} {}: {reason}\n{}", reply.status, reply.body);
    }
}

#[test]
fn answers_fit_the_description() {
    let node = TestNode::start();
    let description = get(&node, "/openapi.json").expect(200);
    let document = json!({"categories": ["shoes"], "price": 9.5, "properties": {"a": 1}});
    let event = json!([{"user_id": "u1", "item_id": "a", "type": "click"},
        {"user_id": "u1", "item_id": "b", "type": "nonsense"}]);
    let profile = json!({"labels": ["x"], "properties": {}});
    let question = json!({"user_id": "u1", "explain": "reasons"});
    let rank = json!({"user_id": "u1", "items": ["a", "ghost"]});
    let parts = json!({"user_id": "u1", "explain": "parts"});
    let on_record = "/v1/recommendations/{rid}/explanations/{item_id}";
    let entities = json!({"user_id": ["u1", "u2"], "item_id": ["a", "b"]});
    let read = json!({"features": ["clicks_5m", "item_ctr", "last_click"], "entities": entities});
    let nothing = Value::Null;
    for (method, path, described, body) in [
        ("put", "/v1/items/a", "/v1/items/{id}", &document),
        ("post", "/v1/items/batch", "/v1/items/batch", &json!([{"item_id": "c"}, {}])),
        ("get", "/v1/items/a", "/v1/items/{id}", &nothing),
        ("get", "/v1/items/ghost", "/v1/items/{id}", &nothing),
        ("put", "/v1/items/a", "/v1/items/{id}", &json!({"prize": 1})),
        ("patch", "/v1/items/a", "/v1/items/{id}", &json!({"price": 8})),
        ("get", "/v1/items", "/v1/items", &nothing),
        ("post", "/v1/events", "/v1/events", &event),
        ("get", "/v1/events/schema", "/v1/events/schema", &nothing),
        ("put", "/v1/users/u1", "/v1/users/{id}", &profile),
        ("get", "/v1/users/u1", "/v1/users/{id}", &nothing),
        ("get", "/v1/users/ghost", "/v1/users/{id}", &nothing),
        ("get", "/v1/users/u1/events", "/v1/users/{id}/events", &nothing),
        ("get", "/v1/users/u1/features", "/v1/users/{id}/features", &nothing),
        ("get", "/v1/features", "/v1/features", &nothing),
        ("post", "/v1/features/online", "/v1/features/online", &read),
        ("post", "/v1/features/online", "/v1/features/online", &json!({"features": []})),
        ("post", "/v1/recommendations", "/v1/recommendations", &question),
        ("post", "/v1/recommendations", "/v1/recommendations", &json!({})),
        ("get", "/v1/users/u1/recommendations", "/v1/users/{id}/recommendations", &nothing),
        ("post", "/v1/rank", "/v1/rank", &rank),
        ("post", "/v1/recommendations", "/v1/recommendations", &parts),
        ("post", "/v1/explain", "/v1/explain", &json!({"user_id": "u1", "item_id": "a"})),
        ("post", "/v1/explain", "/v1/explain", &json!({"user_id": "u1", "item_id": "ghost"})),
        ("post", "/v1/explain", "/v1/explain", &json!({"user_id": "u1"})),
        ("get", "/v1/recommendations/r_1/explanations/a", on_record, &nothing),
        ("get", "/v1/items/a/similar", "/v1/items/{id}/similar", &nothing),
        ("get", "/v1/popular", "/v1/popular", &nothing),
        ("get", "/v1/trending", "/v1/trending", &nothing),
        ("delete", "/v1/items/c", "/v1/items/{id}", &nothing),
        ("post", "/v1/checkpoints", "/v1/checkpoints", &nothing),
        ("get", "/v1/log/set-aside", "/v1/log/set-aside", &nothing),
        ("get", "/livez", "/livez", &nothing),
        ("get", "/readyz", "/readyz", &nothing),
        ("get", "/healthz", "/healthz", &nothing),
        ("get", "/version", "/version", &nothing),
        ("get", "/metrics", "/metrics", &nothing),
    ] {
        let reply = call(&node, &method.to_uppercase(), path, body);
        check(&description, (method, described), &reply);
    }
}

#[test]
fn examples_fit_their_schemas() {
    let node = TestNode::start();
    let description = get(&node, "/openapi.json").expect(200);
    let mut checked = 0;
    for (name, schema) in description["components"]["schemas"].as_object().unwrap() {
        let Some(example) = schema.get("example") else { continue };
        if let Err(reason) = fits(example, schema, &description, "") {
            panic!("{name}: {reason}");
        }
        checked += 1;
    }
    assert!(8 <= checked, "only {checked} examples");
}

#[test]
fn the_examples_of_requests_are_accepted_as_they_are() {
    let node = TestNode::start();
    let description = get(&node, "/openapi.json").expect(200);
    let example = |schema: &str| description["components"]["schemas"][schema]["example"].clone();
    call(&node, "PUT", "/v1/items/sku-9", &example("ItemBody")).expect(200);
    call(&node, "PUT", "/v1/users/u1", &example("ProfileBody")).expect(200);
    call(&node, "POST", "/v1/recommendations", &example("RecommendationRequest")).expect(200);
    call(&node, "POST", "/v1/rank", &example("RankBody")).expect(200);
    call(&node, "POST", "/v1/explain", &example("ExplainBody")).expect(200);
    let batch = &description["paths"]["/v1/items/batch"]["post"]["requestBody"]["content"];
    let batch = batch["application/json"]["example"].to_string();
    let headers = [("content-type", "application/json")];
    send(&node, "POST", "/v1/items/batch", &headers, batch.as_bytes()).expect(200);
}
