//! Shapes of answers and refusals; the way through a running node is tested end to end.

use actix_web::http::StatusCode;
use actix_web::test::TestRequest;
use engine::Sequence;
use serde_json::{Value, json};

use super::*;
use crate::ingest::tests::read;
use crate::node::Position;

fn logged(accepted: usize, set_aside: bool) -> Logged {
    let tally = Tally { accepted, duplicates: 0, set_aside, ..Tally::default() };
    Logged { tally, applied: !set_aside, position: Some(Position(Sequence(42))) }
}

fn body_of(answer: HttpResponse) -> (StatusCode, Value) {
    use actix_web::body::MessageBody;
    let status = answer.status();
    let bytes = answer.into_body().try_into_bytes().unwrap();
    (status, serde_json::from_slice(&bytes).unwrap())
}

#[test]
fn a_plain_answer_has_the_six_fields_of_the_interface() {
    let ingested =
        read(r#"{"type":"like","user_id":"u","item_id":"sku-9","event_id":"e"}"#).unwrap();
    let (status, body) = body_of(answer(ingested, &logged(1, false)));
    let expected = json!({
        "accepted": 1, "duplicates": 0, "rejected": [], "warnings": [], "applied": true, "position": "p1-42"
    });
    assert_eq!((status, body), (StatusCode::OK, expected));
}

#[test]
fn what_was_set_aside_or_cannot_be_told_apart_is_said() {
    let ingested = read(r#"[{"type":"like","user_id":"u","item_id":"sku-9"},{}]"#).unwrap();
    let (status, body) = body_of(answer(ingested, &logged(1, true)));
    assert_eq!(status, StatusCode::ACCEPTED);
    assert_eq!((&body["set_aside"], &body["applied"]), (&json!(true), &json!(false)));
    assert_eq!(body["undeduplicated"], json!(1));
    assert_eq!(body["rejected"][0]["index"], json!(1));
    assert_eq!(body["rejected"][0]["code"], json!("missing_field"));
}

#[test]
fn a_refusal_of_all_points_into_the_body_as_it_was_sent() {
    let check = |body: &str, code: &str, pointer: &str| {
        let error = intake::none_taken(&read(body).unwrap());
        let problem = error.problem("r");
        assert_eq!((problem.status, problem.code.as_str()), (422, code), "{body}");
        assert_eq!(problem.errors[0].pointer, pointer, "{body}");
    };
    check(r#"{"type":"like","user_id":7}"#, "wrong_type", "/user_id");
    check(r#"[{"type":"like","user_id":7}]"#, "no_event_taken", "/0/user_id");
    check(r#"{"events":[{"type":"like","user_id":7}]}"#, "no_event_taken", "/events/0/user_id");
    check("{}", "missing_field", "/type");
}

#[test]
fn an_unknown_parameter_or_value_is_named_with_the_nearest() {
    let query =
        |uri: &str| parameters(&TestRequest::with_uri(uri).to_http_request(), ["format", "ack"]);
    assert_eq!(query("/?ack=durable").unwrap(), [None, Some("durable".to_owned())]);
    let text = query("/?formt=ga4").unwrap_err().to_string();
    assert!(text.contains("`format`"), "{text}");
    let text = ack_level(Some("durabel")).unwrap_err().to_string();
    assert!(text.contains("`durable`"), "{text}");
}
