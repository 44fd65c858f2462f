//! `/v1/items`.

use std::collections::BTreeSet;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::client::{call, get, send, soon};
use crate::in_process::{TestNode, item_ids};

#[test]
fn a_document_is_put_read_changed_and_taken_out() {
    let node = TestNode::start();
    let shoe = json!({"kind": "product", "categories": ["shoes"], "title": "Trail shoe", "price": 89.5,
        "currency": "EUR", "expires_at": 4_102_444_800_u64, "properties": {"brand": "Acme", "size": 42}});
    let written = call(&node, "PUT", "/v1/items/sku-9", &shoe).expect(200);
    assert_eq!(written["applied"], true);
    assert!(written["position"].is_string(), "{written}");
    let read = get(&node, "/v1/items/sku-9").expect(200);
    assert_eq!((&read["title"], &read["available"]), (&json!("Trail shoe"), &json!(true)));
    assert_eq!(read["expires_at"], "2100-01-01T00:00:00Z");

    let patch =
        json!({"price": 79, "currency": null, "properties": {"size": null, "colour": "red"}});
    call(&node, "PATCH", "/v1/items/sku-9", &patch).expect(200);
    let read = get(&node, "/v1/items/sku-9").expect(200);
    assert_eq!((&read["price"], &read["currency"]), (&json!(79.0), &Value::Null));
    assert_eq!(read["properties"], json!({"brand": "Acme", "colour": "red"}));
    assert_eq!(read["title"], "Trail shoe");

    call(&node, "DELETE", "/v1/items/sku-9", &Value::Null).expect(200);
    get(&node, "/v1/items/sku-9").refused(404, "item_not_found");
    call(&node, "PATCH", "/v1/items/sku-9", &patch).refused(404, "item_not_found");
}

#[test]
fn an_unknown_item_is_404_and_one_that_only_events_named_has_no_document() {
    let node = TestNode::start();
    for method in ["GET", "DELETE"] {
        call(&node, method, "/v1/items/ghost", &Value::Null).refused(404, "item_not_found");
    }
    node.client().events(&json!({"user_id": "u", "item_id": "ghost", "type": "click"}));
    let problem = get(&node, "/v1/items/ghost").refused(404, "item_not_found");
    assert!(problem["detail"].as_str().unwrap().contains("no document"), "{problem}");
    call(&node, "DELETE", "/v1/items/ghost", &Value::Null).expect(200);
}

#[test]
fn a_wrong_document_is_refused_by_place_and_nothing_of_it_is_kept() {
    let node = TestNode::start();
    let wrong = json!({"titel": "T", "price": -1, "currency": "EURO"});
    let problem = call(&node, "PUT", "/v1/items/a", &wrong).refused(422, "invalid_request");
    let places: Vec<_> =
        problem["errors"].as_array().unwrap().iter().map(|e| e["pointer"].clone()).collect();
    assert_eq!(places, ["/titel", "/price", "/currency"]);
    assert!(problem["errors"][0]["detail"].as_str().unwrap().contains("`title`"), "{problem}");
    get(&node, "/v1/items/a").refused(404, "item_not_found");
    let long = "x".repeat(257);
    call(&node, "PUT", &format!("/v1/items/{long}"), &json!({})).refused(422, "invalid_request");
}

#[test]
fn any_name_works_in_a_path_once_it_is_escaped() {
    let node = TestNode::start();
    for (name, escaped) in [
        ("a/b", "a%2Fb"),
        ("100%", "100%25"),
        ("ü x", "%C3%BC%20x"),
        ("batch", "batch"),
        ("a+b", "a+b"),
    ] {
        call(&node, "PUT", &format!("/v1/items/{escaped}"), &json!({"title": name})).expect(200);
        let read = get(&node, &format!("/v1/items/{escaped}")).expect(200);
        assert_eq!((&read["item_id"], &read["title"]), (&json!(name), &json!(name)));
    }
}

#[test]
fn a_batch_takes_the_good_and_names_the_bad() {
    let node = TestNode::start();
    let entries =
        json!([{"item_id": "a"}, {"item_id": "b", "price": "cheap"}, {"title": "nameless"}]);
    let answer = call(&node, "POST", "/v1/items/batch", &entries).expect(200);
    assert_eq!((&answer["accepted"], &answer["applied"]), (&json!(1), &json!(true)));
    let rejected: Vec<_> = answer["rejected"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| (&r["index"], &r["pointer"]))
        .collect();
    assert_eq!(rejected, [(&json!(1), &json!("/price")), (&json!(2), &json!("/item_id"))]);
    get(&node, "/v1/items/a").expect(200);
    get(&node, "/v1/items/b").refused(404, "item_not_found");

    let refused = call(&node, "POST", "/v1/items/batch", &json!([{"price": -1}]))
        .refused(422, "invalid_request");
    assert_eq!(refused["errors"][0]["pointer"], "/0/item_id");
    let many: Vec<_> = (0..10_001).map(|item| json!({"item_id": format!("i{item}")})).collect();
    call(&node, "POST", "/v1/items/batch", &json!(many)).refused(413, "too_many_entries");
}

#[test]
fn ten_thousand_packed_lines_are_one_batch_and_come_back_page_by_page() {
    let node = TestNode::start();
    let mut lines = GzEncoder::new(Vec::new(), Compression::fast());
    for item in 0..10_000 {
        writeln!(lines, "{{\"item_id\":\"i{item}\",\"categories\":[\"c{}\"]}}", item % 7).unwrap();
    }
    let headers = [("content-type", "application/x-ndjson"), ("content-encoding", "gzip")];
    let answer =
        send(&node, "POST", "/v1/items/batch", &headers, &lines.finish().unwrap()).expect(200);
    assert_eq!(answer["accepted"], 10_000, "{answer}");

    let (mut seen, mut cursor, mut pages) = (BTreeSet::new(), String::new(), 0);
    loop {
        let page = get(&node, &format!("/v1/items?limit=700{cursor}")).expect(200);
        let ids = item_ids(&page);
        assert!(ids.len() <= 700);
        for id in ids {
            assert!(seen.insert(id.clone()), "{id} came twice");
        }
        pages += 1;
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!((seen.len(), pages), (10_000, 15));
    get(&node, "/v1/items?cursor=nonsense").refused(422, "invalid_request");
    get(&node, "/v1/items?limit=0").refused(422, "invalid_request");
}

/// Each of many writers at once sets a property of its own; a patch that read before another's write
/// and wrote after it would lose that one.
#[test]
fn patches_at_the_same_time_lose_nothing() {
    const WRITERS: usize = 12;
    let node = TestNode::start();
    call(&node, "PUT", "/v1/items/a", &json!({"properties": {}})).expect(200);
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let node = &node;
            scope.spawn(move || {
                let patch = json!({"properties": {format!("w{writer}"): writer}});
                call(node, "PATCH", "/v1/items/a", &patch).expect(200);
            });
        }
    });
    let read = get(&node, "/v1/items/a").expect(200);
    assert_eq!(read["properties"].as_object().unwrap().len(), WRITERS, "{read}");
}

#[test]
fn what_may_not_be_shown_leaves_the_answers_with_the_next_publication() {
    let node = TestNode::start();
    let items: Vec<_> = ["a", "b", "c", "d"].iter().map(|id| json!({"item_id": id})).collect();
    call(&node, "POST", "/v1/items/batch", &json!(items)).expect(200);
    let list = || get(&node, "/v1/users/nobody/recommendations").expect(200);
    soon(list, |answer| item_ids(answer).len() == 4);
    call(&node, "PATCH", "/v1/items/a", &json!({"available": false})).expect(200);
    call(&node, "PATCH", "/v1/items/b", &json!({"expires_at": 1_700_000_000})).expect(200);
    call(&node, "DELETE", "/v1/items/c", &Value::Null).expect(200);
    let left = soon(list, |answer| item_ids(answer).len() == 1);
    assert_eq!(item_ids(&left), ["d"]);
}
