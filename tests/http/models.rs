//! `/v1/models`: what a model is told is done, is told again to no effect, survives a restart; nonsense is refused.

use serde_json::{Value, json};

use crate::client::{call, get, send, soon};
use crate::in_process::TestNode;

const VERSIONS: &str = "/v1/models/main/versions";

fn fill(node: &TestNode, turns: std::ops::Range<u32>) {
    for turn in turns {
        let event = json!({"user_id": format!("u{}", turn % 20), "event_id": format!("e{turn}"),
            "item_id": format!("i{}", turn * 7 % 50), "type": "click"});
        call(node, "POST", "/v1/events", &event).expect(200);
    }
}

fn versions(node: &TestNode) -> Value {
    get(node, VERSIONS).expect(200)
}

/// Numbers of champion, challenger and previous.
fn seats(model: &Value) -> [Option<u64>; 3] {
    let all = model["versions"].as_array().unwrap();
    ["champion", "challenger", "previous"].map(|alias| {
        let version = all.iter().find(|version| version["alias"] == alias)?;
        version["version"].as_u64()
    })
}

fn tell(node: &TestNode, method: &str, path: &str, body: &Value) -> Value {
    call(node, method, &format!("/v1/models/main/{path}"), body).expect(200)
}

#[test]
fn a_challenger_learns_serves_some_takes_over_and_goes_back() {
    let mut node = TestNode::start();
    fill(&node, 0..120);
    let begun = tell(&node, "POST", "versions", &json!({"learning_rate": 0.05}));
    assert_eq!((&begun["outcome"], &begun["version"]), (&json!("done"), &json!(1)), "{begun}");
    let again = tell(&node, "POST", "versions", &json!({"learning_rate": 0.05}));
    assert_eq!((&again["outcome"], &again["version"]), (&json!("unchanged"), &json!(1)));
    fill(&node, 120..240);
    let learned = soon(|| versions(&node), |model| model["versions"][1]["trained"] == 240);
    assert_eq!(seats(&learned), [Some(0), Some(1), None]);
    assert_eq!(learned["versions"][0]["trained"], 240);
    assert!(learned["versions"][1]["user_rows"].as_u64() > Some(0), "{learned}");

    assert_eq!(tell(&node, "PUT", "traffic", &json!({"canary": 1.0}))["model"]["canary"], 1.0);
    let list = call(&node, "POST", "/v1/recommendations", &json!({"user_id": "u1"})).expect(200);
    assert_eq!(list["model"]["alias"], "challenger", "{list}");
    assert_eq!(list["model"]["version"], 1);
    tell(&node, "PUT", "traffic", &json!({"canary": 0.0}));

    let promoted = tell(&node, "PUT", "aliases/champion", &json!({"version": 1}));
    assert_eq!(seats(&promoted["model"]), [Some(1), None, Some(0)]);
    let again = tell(&node, "PUT", "aliases/champion", &json!({"version": 1}));
    assert_eq!(again["outcome"], "unchanged");

    node.restart();
    let model = versions(&node);
    assert_eq!(seats(&model), [Some(1), None, Some(0)], "{model}");
    assert_eq!(model["versions"][0]["changes"]["learning_rate"], json!(0.05));
    let list = call(&node, "POST", "/v1/recommendations", &json!({"user_id": "u1"})).expect(200);
    assert_eq!(
        (&list["model"]["alias"], &list["model"]["version"]),
        (&json!("champion"), &json!(1))
    );

    let back = tell(&node, "POST", "rollback", &json!({"from": 1}));
    assert_eq!(seats(&back["model"]), [Some(0), None, Some(1)], "{back}");
    let again = tell(&node, "POST", "rollback", &json!({"from": 1}));
    assert_eq!(
        (&again["outcome"], seats(&again["model"])),
        (&json!("unchanged"), [Some(0), None, Some(1)])
    );
    let events: Vec<&str> = again["model"]["notes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|note| note["event"].as_str().unwrap())
        .collect();
    assert_eq!(events, ["challenged", "canary_set", "canary_set", "promoted", "rolled_back"]);
}

#[test]
fn a_frozen_model_counts_and_does_not_learn() {
    let node = TestNode::start();
    fill(&node, 0..60);
    soon(|| versions(&node), |model| model["versions"][0]["trained"] == 60);
    assert_eq!(tell(&node, "POST", "freeze", &Value::Null)["model"]["learning"], "frozen");
    assert_eq!(tell(&node, "POST", "freeze", &json!({}))["outcome"], "unchanged");
    fill(&node, 60..100);
    let counted = || json!(node.inner().model().events());
    soon(counted, |events| *events == json!(100));
    assert_eq!(versions(&node)["versions"][0]["trained"], 60);
    assert_eq!(tell(&node, "POST", "resume", &Value::Null)["model"]["learning"], "on");
    fill(&node, 100..110);
    soon(|| versions(&node), |model| model["versions"][0]["trained"] == 70);
}

#[test]
fn what_cannot_be_is_refused() {
    let node = TestNode::start();
    let main = "/v1/models/main";
    let refuse = |method: &str, path: &str, body: &Value, status: u16, code: &str| {
        call(&node, method, &format!("{main}{path}"), body).refused(status, code);
    };
    get(&node, "/v1/models/other/versions").refused(404, "model_not_found");
    refuse("PUT", "/aliases/champion", &json!({"version": 9}), 404, "version_not_found");
    refuse("PUT", "/aliases/champion", &json!({"verson": 9}), 422, "invalid_request");
    refuse("PUT", "/aliases/best", &json!({"version": 0}), 422, "invalid_request");
    refuse("PUT", "/traffic", &json!({"canary": 0.1}), 409, "not_challenger");
    refuse("PUT", "/traffic", &json!({"canary": 1.1}), 422, "invalid_request");
    refuse("POST", "/rollback", &json!({"from": 0}), 409, "nothing_to_go_back_to");
    refuse("POST", "/rollback", &json!({"from": 7}), 404, "version_not_found");
    refuse("DELETE", "/versions/0", &Value::Null, 409, "not_challenger");
    refuse("DELETE", "/versions/5", &Value::Null, 404, "version_not_found");
    refuse("POST", "/versions", &json!({"learning_rate": 7.0}), 422, "out_of_range");
    refuse("POST", "/versions", &json!({"dimensions": 32}), 422, "out_of_range");
    refuse("POST", "/versions", &json!({"from": "champoin"}), 422, "invalid_request");
    let begun = call(&node, "POST", VERSIONS, &json!({"from": "nothing", "dimensions": 32}));
    assert_eq!(begun.expect(200)["version"], 1);
    refuse("POST", "/versions", &json!({}), 409, "challenger_exists");
    let list = get(&node, "/v1/models").expect(200);
    assert_eq!(list["models"][0]["model"], "main");
}

#[test]
fn where_there_is_no_model_there_is_none_to_tell() {
    let node = TestNode::start_with(|config| config.model.enabled = false);
    assert_eq!(get(&node, "/v1/models").expect(200)["models"], json!([]));
    call(&node, "POST", "/v1/models/main/freeze", &Value::Null).refused(404, "model_not_found");
}

/// What a list says of the model's part of each score, by item.
fn model_parts(node: &TestNode, user: &str) -> std::collections::BTreeMap<String, f64> {
    let ask = json!({"user_id": user, "limit": 50, "explain": "parts", "exclude_seen": false,
        "explore": false});
    let list = call(node, "POST", "/v1/recommendations", &ask).expect(200);
    let part = |item: &Value| {
        let part = item["parts"]["model"].as_f64().unwrap();
        (item["item_id"].as_str().unwrap().to_owned(), part)
    };
    list["items"].as_array().unwrap().iter().map(part).collect()
}

#[test]
fn an_exported_model_brought_in_again_ranks_alike_and_is_there_after_a_restart() {
    let mut node = TestNode::start();
    fill(&node, 0..400);
    soon(|| versions(&node), |model| model["versions"][0]["trained"] == 400);
    tell(&node, "POST", "freeze", &Value::Null);
    let file = bytes_of(&node, "/v1/models/main/versions/0/export");
    let octets = [("content-type", "application/octet-stream")];
    let begun = send(&node, "POST", VERSIONS, &octets, &file).expect(200);
    assert_eq!(begun["brought"], json!({"items": 50, "unknown_items": 0}), "{begun}");
    let again = send(&node, "POST", VERSIONS, &octets, &file).expect(200);
    assert_eq!(again["outcome"], "unchanged", "{again}");
    // A newcomer has no vector of their own: those stay with the node that learned them.
    let champion = model_parts(&node, "newcomer");
    node.restart();
    assert_eq!(seats(&versions(&node)), [Some(0), Some(1), None]);
    tell(&node, "PUT", "aliases/champion", &json!({"version": 1}));
    assert_eq!(versions(&node)["versions"][0]["from"], "file");
    let imported = model_parts(&node, "newcomer");
    assert_eq!(champion.len(), imported.len());
    for (item, part) in &champion {
        assert!((part - imported[item]).abs() < 1e-3, "{item}: {part} {}", imported[item]);
    }
}

fn bytes_of(node: &TestNode, path: &str) -> Vec<u8> {
    let mut answer = ureq::get(format!("{}{path}", node.url())).call().expect("the node answers");
    let length: usize = answer.headers()["content-length"].to_str().unwrap().parse().unwrap();
    let bytes = answer.body_mut().read_to_vec().expect("a body");
    assert_eq!(bytes.len(), length);
    bytes
}

#[test]
fn a_file_that_does_not_fit_is_refused_and_leaves_nothing_behind() {
    let node = TestNode::start();
    fill(&node, 0..30);
    let octets = [("content-type", "application/octet-stream")];
    send(&node, "POST", VERSIONS, &octets, b"no model").refused(422, "model_unfit");
    get(&node, "/v1/models/main/versions/9/export").refused(404, "version_not_found");
    assert_eq!(seats(&versions(&node)), [Some(0), None, None]);
}
