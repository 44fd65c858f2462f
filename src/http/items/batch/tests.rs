use super::*;

const LIMITS: Limits = Limits { body_bytes: 10_000, depth: 16, entries: 3 };

fn sorted(body: &str) -> (Vec<String>, Vec<(usize, String, &'static str)>) {
    let (docs, rejected) = sort(entries(body.as_bytes(), LIMITS).unwrap(), &Catalogue::default());
    let names = docs.into_iter().map(|doc| doc.item_id.into()).collect();
    (names, rejected.into_iter().map(|entry| (entry.index, entry.pointer, entry.code)).collect())
}

#[test]
fn an_array_lines_and_a_single_document_are_all_taken() {
    let two = vec!["a".to_owned(), "b".to_owned()];
    assert_eq!(sorted(r#"[{"item_id":"a"},{"item_id":"b"}]"#), (two.clone(), Vec::new()));
    assert_eq!(sorted("{\"item_id\":\"a\"}\n\n{\"item_id\":\"b\"}\r\n"), (two, Vec::new()));
    assert_eq!(sorted("{\n\"item_id\":\n\"a\"}"), (vec!["a".to_owned()], Vec::new()));
}

#[test]
fn good_entries_are_taken_and_bad_ones_are_named() {
    let (names, rejected) = sorted(r#"[{"item_id":"a"},{"item_id":"b","price":-1},7]"#);
    assert_eq!(names, ["a"]);
    let expected = [(1, "/price".to_owned(), "out_of_range"), (2, String::new(), "wrong_type")];
    assert_eq!(rejected, expected);
    let (names, rejected) = sorted("{\"item_id\":\"a\"}\n{broken\n");
    assert_eq!((names.len(), rejected), (1, vec![(1, String::new(), "invalid_json")]));
}

#[test]
fn too_many_entries_and_none_are_refused_as_a_whole() {
    let refused = entries(b"[{},{},{},{}]", LIMITS).unwrap_err();
    assert_eq!(refused, ApiError::TooManyEntries { found: 4, limit: 3 });
    assert_eq!(entries(b"[]", LIMITS).unwrap_err().meaning().code, "invalid_request");
    assert_eq!(entries(b"", LIMITS).unwrap_err(), ApiError::EmptyBody);
}

#[test]
fn where_none_was_good_the_errors_point_into_the_body() {
    let (_, rejected) =
        sort(entries(br#"[{"item_id":"a","price":-1}]"#, LIMITS).unwrap(), &Catalogue::default());
    let ApiError::Invalid(errors) = none_good(rejected) else { panic!("invalid") };
    assert_eq!(errors[0].pointer, "/0/price");
}

#[test]
fn an_entry_that_says_a_member_twice_is_refused_and_the_others_are_taken() {
    let twice = r#"{"item_id":"b","properties":{"x":1,"x":2},"title":"t","title":"u"}"#;
    let expected = |index| {
        let error = |pointer: &str| (index, pointer.to_owned(), "conflicting_fields");
        vec![error("/properties/x"), error("/title")]
    };
    let (names, rejected) = sorted(&format!(r#"[{{"item_id":"a"}},{twice}]"#));
    assert_eq!((names, rejected), (vec!["a".to_owned()], expected(1)));
    let (names, rejected) = sorted(&format!("{{\"item_id\":\"a\"}}\n{twice}\n"));
    assert_eq!((names, rejected), (vec!["a".to_owned()], expected(1)));
    assert_eq!(sorted(twice), (Vec::new(), expected(0)));
}

#[test]
fn the_first_embedding_sets_the_length_for_all() {
    let body = r#"[{"item_id":"a","embedding":[1,2,3]},{"item_id":"b","embedding":[1,2]},
        {"item_id":"c","embedding":[]}]"#;
    let (names, rejected) = sorted(body);
    assert_eq!(names, ["a", "c"]);
    assert_eq!(rejected, [(1, "/embedding".to_owned(), "wrong_dimension")]);
}
