use std::io::Write;

use actix_web::test::TestRequest;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

use super::*;
use crate::http::testing::shared_with;

const LIMIT: usize = 4_096;

async fn read_body(bytes: Vec<u8>, encoding: Option<&str>) -> Result<Value, ApiError> {
    let shared = shared_with(|config| config.server.max_body_bytes = LIMIT);
    let mut request = TestRequest::post().app_data(shared).set_payload(bytes);
    if let Some(encoding) = encoding {
        request = request.insert_header(("content-encoding", encoding));
    }
    let (request, mut payload) = request.to_http_parts();
    JsonBody::from_request(&request, &mut payload).await.map(|body| body.0)
}

fn zipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[actix_web::test]
async fn a_packed_body_reads_like_a_plain_one() {
    let text = br#"{"a":[1,2]}"#;
    assert_eq!(read_body(text.to_vec(), None).await, Ok(json!({"a": [1, 2]})));
    assert_eq!(read_body(zipped(text), Some("gzip")).await, Ok(json!({"a": [1, 2]})));
}

#[actix_web::test]
async fn the_limit_counts_unpacked_bytes() {
    let text = format!("[{}1]", " ".repeat(LIMIT));
    let packed = zipped(text.as_bytes());
    assert!(packed.len() < LIMIT / 10);
    let expected = Err(ApiError::BodyTooLarge { limit: LIMIT });
    assert_eq!(read_body(packed, Some("gzip")).await, expected);
    assert_eq!(read_body(text.into_bytes(), None).await, expected);
    assert!(read_body(format!("[{}1]", " ".repeat(LIMIT - 3)).into_bytes(), None).await.is_ok());
}

#[actix_web::test]
async fn what_only_claims_to_be_packed_is_a_broken_body() {
    let refused = read_body(b"{\"a\":1}".to_vec(), Some("gzip")).await;
    assert!(matches!(refused, Err(ApiError::BrokenBody(_))), "{refused:?}");
}

#[actix_web::test]
async fn gzip_of_several_members_is_one_body() {
    let packed = [zipped(b"{\"a\":"), zipped(b"[1,"), zipped(b"2]}")].concat();
    for name in ["gzip", "x-gzip", "GZIP"] {
        assert_eq!(read_body(packed.clone(), Some(name)).await, Ok(json!({"a": [1, 2]})));
    }
    let bomb = [zipped(&[b' '; LIMIT]), zipped(b"1")].concat();
    let expected = Err(ApiError::BodyTooLarge { limit: LIMIT });
    assert_eq!(read_body(bomb, Some("gzip")).await, expected);
}

#[actix_web::test]
async fn what_is_packed_badly_is_said_in_words() {
    let whole = zipped(br#"{"a":1}"#);
    let cut = whole[..whole.len() - 4].to_vec();
    let tailed = [whole.clone(), b"and more".to_vec()].concat();
    for (packed, name) in [(cut, "gzip"), (tailed, "gzip"), (whole, "deflate")] {
        let told = read_body(packed, Some(name)).await.unwrap_err().to_string();
        let start = format!("the body could not be read: it is not sound {name}: ");
        assert!(told.starts_with(&start) && !told.contains("Custom"), "{told}");
    }
}

#[actix_web::test]
async fn a_body_that_does_not_come_is_waited_for_so_long_and_no_longer() {
    let never = std::future::pending::<Result<(), ApiError>>();
    let refused = in_time(Duration::from_millis(1_001), never).await;
    assert_eq!(refused, Err(ApiError::BodyTooSlow { within_s: 1 }));
    assert_eq!(in_time(Duration::from_secs(9), async { Ok(7) }).await, Ok(7));
}

#[test]
fn empty_deep_and_broken_bodies_are_told_apart() {
    assert_eq!(parse(b" \n", 4), Err(ApiError::EmptyBody));
    assert_eq!(parse(b"[[[[1]]]]", 3), Err(ApiError::TooDeep { limit: 3 }));
    assert!(parse(b"[[[[1]]]]", 4).is_ok());
    for broken in [&b"{"[..], b"{\"a\":NaN}", b"{} {}", b"\xff", b"{'a':1}"] {
        assert!(matches!(parse(broken, 4), Err(ApiError::InvalidJson(_))), "{broken:?}");
    }
}

#[test]
fn brackets_inside_of_texts_are_no_depth() {
    assert_eq!(deepest(br#"{"a":"[[[{{{","b":"\"[","c":"\\"}"#), 1);
    assert_eq!(deepest(br#"[{"a":[]}]"#), 3);
    assert_eq!(deepest(b"7"), 0);
}

#[test]
fn a_member_that_stands_twice_is_named() {
    let Err(ApiError::Invalid(errors)) = parse(br#"{"a":{"b":1,"b":2}}"#, 4) else {
        panic!("it was taken");
    };
    assert_eq!((&*errors[0].pointer, errors[0].code), ("/a/b", "conflicting_fields"));
}
