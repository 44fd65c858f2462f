use actix_web::body::MessageBody;
use engine::ShardId;
use serde_json::Value;

use super::*;

fn body_of(error: &ApiError) -> (HttpResponse, Value) {
    let answer = error.answer("req-1");
    let (head, body) = answer.into_parts();
    let bytes = body.try_into_bytes().unwrap();
    (head.set_body(actix_web::body::BoxBody::new(())), serde_json::from_slice(&bytes).unwrap())
}

#[test]
fn a_problem_has_the_members_of_the_interface() {
    let error = ApiError::field("/limit", "out_of_range", "must be a whole number");
    let (answer, body) = body_of(&error);
    assert_eq!(answer.status(), 422);
    assert_eq!(answer.headers().get("content-type").unwrap(), PROBLEM_JSON);
    let expected = serde_json::json!({
        "type": "urn:freshet:problem:invalid_request", "title": "The request has errors",
        "status": 422, "code": "invalid_request", "detail": "/limit: must be a whole number",
        "request_id": "req-1",
        "errors": [{"pointer": "/limit", "code": "out_of_range", "detail": "must be a whole number"}]
    });
    assert_eq!(body, expected);
}

#[test]
fn whoever_is_told_to_come_back_is_told_when() {
    let overloaded = ApiError::Submit(SubmitError::Overloaded { retry_after_s: 3 });
    for (error, seconds) in [
        (overloaded, "3"),
        (ApiError::Submit(SubmitError::LogFailed("full".to_owned())), "30"),
        (ApiError::Read(ReadError::Busy { shard: ShardId(1) }), "1"),
        (ApiError::NotReady { phase: "recovering", progress: 0.5 }, "1"),
    ] {
        let (answer, _) = body_of(&error);
        assert_eq!(answer.status(), 503, "{error}");
        assert_eq!(answer.headers().get("retry-after").unwrap(), seconds, "{error}");
    }
}

#[test]
fn a_missing_key_says_which_scheme_would_do() {
    let (answer, body) = body_of(&ApiError::KeyMissing);
    assert_eq!(answer.status(), 401);
    assert_eq!(answer.headers().get("www-authenticate").unwrap(), "Bearer");
    assert_eq!(body["code"], "api_key_missing");
}

#[test]
fn several_errors_are_summed_up_and_listed() {
    let errors = ["/a", "/b", "/c"].map(|at| FieldError::new(at, "wrong_type", "is wrong"));
    let (_, body) = body_of(&ApiError::Invalid(errors.to_vec()));
    assert_eq!(body["detail"], "/a: is wrong (and 2 more)");
    assert_eq!(body["errors"].as_array().unwrap().len(), 3);
}
