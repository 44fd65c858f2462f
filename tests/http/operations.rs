//! Probes, metrics, checkpoints, pages.

use serde_json::{Value, json};

use crate::client::{call, get};
use crate::in_process::TestNode;

#[test]
fn a_ready_node_says_so_everywhere() {
    let node = TestNode::start();
    assert_eq!(get(&node, "/livez").expect(200), json!({"status": "ok"}));
    for path in ["/readyz", "/healthz"] {
        let ready = get(&node, path).expect(200);
        assert_eq!((&ready["ready"], &ready["phase"]), (&json!(true), &json!("serving")));
    }
    let version = get(&node, "/version").expect(200);
    assert_eq!(version, json!({"name": "freshet", "version": env!("CARGO_PKG_VERSION")}));
    assert_eq!(get(&node, "/v1/log/set-aside").expect(200), json!({"records": []}));
}

#[test]
fn a_recommendation_is_counted_by_scenario_and_rung() {
    let node = TestNode::start();
    call(&node, "PUT", "/v1/items/a", &json!({})).expect(200);
    get(&node, "/v1/users/u1/recommendations").expect(200);
    let metrics = get(&node, "/metrics");
    assert!(metrics.header("content-type").starts_with("text/plain"));
    let Value::String(text) = metrics.expect(200) else { panic!("text") };
    for line in [
        "freshet_recommendations_total{scenario=\"home\",source=\"",
        "freshet_recommend_duration_seconds_bucket{stage=\"rank\",le=\"0.0005\"}",
        "freshet_recommend_duration_seconds_count{stage=\"total\"}",
        "freshet_http_requests_total{route=\"/v1/users/{id}/recommendations\",status=\"200\"}",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    // A label for each user or item would grow without bound.
    assert!(!text.contains("\"u1\"") && !text.contains("/v1/items/a"), "{text}");
}

#[test]
fn a_ranking_of_own_candidates_is_no_recommendation() {
    // The metrics are the process's: a scenario of its own tells this node's from those of other tests.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("freshet.toml");
    std::fs::write(&file, "[ranking.scenarios.own_shelf]\nmax_category_share = 0.5\n").unwrap();
    let loaded = config::load(&config::Sources { file: Some(file), ..Default::default() }).unwrap();
    let node = TestNode::start_with(|config| config.ranking = loaded.config.ranking);
    let ask = json!({"user_id": "u1", "items": ["a"], "scenario": "own_shelf"});
    call(&node, "POST", "/v1/rank", &ask).expect(200);
    let Value::String(text) = get(&node, "/metrics").expect(200) else { panic!("text") };
    let counted: Vec<&str> =
        text.lines().filter(|line| line.contains("{scenario=\"own_shelf\"")).collect();
    assert_eq!(counted.len(), 1, "{counted:?}");
    assert!(counted[0].starts_with("freshet_rankings_total{") && counted[0].ends_with(" 1"));
}

#[test]
fn a_checkpoint_is_taken_on_request() {
    let node = TestNode::start();
    node.client().events(&json!({"user_id": "u1", "item_id": "a", "type": "click"}));
    let taken = call(&node, "POST", "/v1/checkpoints", &Value::Null).expect(200);
    assert!(0 < taken["cut"].as_u64().unwrap(), "{taken}");
    assert!(taken["bytes"].is_u64() && taken["took_ms"].is_f64(), "{taken}");
}

#[test]
fn the_pages_lead_to_the_description_by_relative_addresses() {
    let node = TestNode::start();
    let way = get(&node, "/docs");
    assert_eq!((way.status, way.header("location")), (308, "docs/"));
    let page = get(&node, "/docs/");
    assert!(page.header("content-type").starts_with("text/html"));
    let Value::String(html) = page.expect(200) else { panic!("a page") };
    for file in html.split("src=\"").chain(html.split("href=\"")).skip(1) {
        let file = file.split('"').next().unwrap();
        if file.starts_with("./") {
            get(&node, &format!("/docs/{}", file.trim_start_matches("./"))).expect(200);
        }
    }
    let Value::String(script) = get(&node, "/docs/swagger-initializer.js").expect(200) else {
        panic!("a script")
    };
    assert!(script.contains("../openapi.json"), "{script}");
    assert_eq!(get(&node, "/openapi.json").expect(200)["info"]["title"], "Freshet");
}
