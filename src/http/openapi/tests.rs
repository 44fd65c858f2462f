use std::collections::BTreeSet;

use serde_json::Value;

use super::*;
use crate::http::testing::shared;
use crate::http::{items, rank, recommendations, routes, tokens, users};

fn described() -> Value {
    serde_json::from_str(&text()).unwrap()
}

fn members(of: &Value) -> BTreeSet<String> {
    of.as_object().unwrap().keys().cloned().collect()
}

#[test]
fn what_is_served_is_described_and_nothing_else() {
    let description = described();
    let mut written = BTreeSet::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        written.extend(members(methods).into_iter().map(|method| (method, path.clone())));
    }
    let served: BTreeSet<_> = routes::table()
        .iter()
        .map(|entry| (entry.method.as_str().to_lowercase(), entry.path.to_owned()))
        .collect();
    assert_eq!(served.len(), routes::table().len(), "a route stands twice");
    assert_eq!(served, written);
}

#[test]
fn the_members_that_are_read_are_those_that_are_described() {
    let description = described();
    let mut rank_known: Vec<&str> = recommendations::ask::KNOWN.to_vec();
    rank_known.push(rank::ITEMS);
    for (schema, known) in [
        ("RecommendationRequest", recommendations::ask::KNOWN.to_vec()),
        ("RankBody", rank_known),
        ("ItemBody", items::document::KNOWN.to_vec()),
        ("ProfileBody", users::KNOWN.to_vec()),
        ("TokenRequest", tokens::KNOWN.to_vec()),
    ] {
        let properties = members(&description["components"]["schemas"][schema]["properties"]);
        assert_eq!(properties, known.into_iter().map(ToOwned::to_owned).collect(), "{schema}");
    }
}

#[test]
fn the_examples_of_bodies_are_accepted_by_the_code_that_reads_them() {
    let description = described();
    let example = |schema: &str| description["components"]["schemas"][schema]["example"].clone();
    let shared = shared();
    let request = example("RecommendationRequest");
    recommendations::ask::Ask::read(&request, &shared).unwrap();
    rank::read(&example("RankBody"), &shared).unwrap();
    items::document::read(&example("ItemBody"), None).unwrap();
    users::profile(&example("ProfileBody"), "u1").unwrap();
    let auth = &shared.node.config.auth;
    tokens::read(&example("TokenRequest"), auth, crate::clock::wall_now()).unwrap();
}

#[test]
fn every_reference_leads_somewhere_and_every_operation_says_what_it_does() {
    let description = described();
    let text = text();
    for reference in text.split("\"$ref\":\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        let pointer = reference.trim_start_matches('#');
        assert!(description.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
    let mut ids = BTreeSet::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap();
            assert!(ids.insert(id.to_owned()), "{method} {path}: `{id}` stands twice");
            assert!(operation["summary"].is_string(), "{method} {path} has no summary");
            assert!(
                !operation["tags"].as_array().unwrap().is_empty(),
                "{method} {path} has no tag"
            );
        }
    }
}

#[test]
fn addresses_are_relative_so_that_a_sub_path_works() {
    assert_eq!(described()["servers"][0]["url"], ".");
}

#[test]
fn erasing_a_user_is_not_promised() {
    assert!(described()["paths"]["/v1/users/{id}"]["delete"].is_null());
}
