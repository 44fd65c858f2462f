//! Foreign envelopes, each by an example from its own documentation.

use engine::Timestamp;

use super::*;
use crate::ingest::frame::Framing;
use crate::ingest::tests::{NOW_MS, events, read_as};

#[test]
fn content_type_and_query_choose_the_dialect() {
    let check = |media: &str, format: Option<&str>, expected| {
        assert_eq!(choose(Some(media), format).unwrap(), expected, "{media} {format:?}");
    };
    check("application/json", None, (Dialect::Native, Framing::Detect));
    check("application/x-ndjson; charset=utf-8", None, (Dialect::Native, Framing::Lines));
    check("application/cloudevents+json", None, (Dialect::CloudEvents, Framing::Detect));
    check("application/CloudEvents-batch+JSON", None, (Dialect::CloudEvents, Framing::Detect));
    check("application/json", Some("ga4"), (Dialect::Ga4, Framing::Detect));
    let error = choose(None, Some("segmnt")).unwrap_err().to_string();
    assert!(error.contains("`segment`"), "{error}");
}

#[test]
fn a_segment_track_call_is_mapped_and_the_rest_is_kept() {
    let body = r#"{"type":"track","event":"Product Clicked","userId":"u1","anonymousId":"a1","messageId":"m1",
        "timestamp":"2026-10-01T08:59:00Z","sentAt":"2026-10-01T09:00:00.000Z","writeKey":"secret",
        "context":{"ip":"1.2.3.4"},"properties":{"product_id":"sku-9","sku":"G-32","position":3,"price":19}}"#;
    let ingested = read_as(Dialect::Segment, Framing::Detect, body).unwrap();
    assert_eq!(ingested.rejected, []);
    let event = events(&ingested)[0];
    assert_eq!(event.user.as_str(), "u1");
    assert_eq!(event.session_id.as_deref(), Some("a1"));
    assert_eq!((event.item.map(|item| item.0), event.position), (Some(7), Some(3)));
    assert_eq!(event.price, Some(19.0));
    assert_eq!(event.at, Timestamp::from_millis(NOW_MS - 60_000));
    assert_eq!(&*event.properties, r#"{"sku":"G-32","segment":{"context":{"ip":"1.2.3.4"}}}"#);
}

#[test]
fn a_segment_batch_corrects_its_clock_and_refuses_what_is_no_track_call() {
    let body = r#"{"sentAt":"2026-10-01T10:00:00Z","batch":[
        {"type":"track","event":"Order Completed","anonymousId":"a1","originalTimestamp":"2026-10-01T09:59:00Z",
         "properties":{"order_id":"o1","total":25,"products":[{"product_id":"x","price":10,"quantity":2},{"sku":"y","price":5,"name":"Y"}]}},
        {"type":"identify","userId":"u1","traits":{}},
        {"type":"track","event":"Cart Viewed","userId":"u1"}]}"#;
    let ingested = read_as(Dialect::Segment, Framing::Detect, body).unwrap();
    let bought = events(&ingested);
    assert_eq!(bought.len(), 2);
    assert_eq!(bought[0].user.as_str(), "a1");
    assert_eq!(bought[0].at, Timestamp::from_millis(NOW_MS - 60_000));
    assert_eq!((bought[0].value, bought[1].price), (Some(25.0), Some(5.0)));
    assert_eq!(&*bought[1].properties, r#"{"name":"Y"}"#);
    let refused: Vec<_> = ingested.rejected.iter().map(|r| (r.index, r.code)).collect();
    assert_eq!(refused, [(1, "unsupported"), (2, "unknown_type")]);
}

#[test]
fn a_time_that_segment_has_corrected_is_not_corrected_again() {
    let body = r#"{"type":"track","event":"Product Viewed","userId":"u","timestamp":"2026-10-01T08:00:00Z",
        "originalTimestamp":"2026-10-01T11:00:00Z","sentAt":"2026-10-01T11:00:00Z","receivedAt":"2026-10-01T08:00:00Z",
        "properties":{"product_id":"a"}}"#;
    let ingested = read_as(Dialect::Segment, Framing::Detect, body).unwrap();
    assert_eq!(events(&ingested)[0].at, Timestamp::from_millis(NOW_MS - 3_600_000));
}

#[test]
fn the_position_of_a_video_call_is_a_second_of_the_film() {
    let body = r#"{"event":"Video Content Playing","userId":"u","properties":{"content_asset_id":"v","position":0}}"#;
    let ingested = read_as(Dialect::Segment, Framing::Detect, body).unwrap();
    assert_eq!(events(&ingested)[0].position, None);
    assert_eq!(&*events(&ingested)[0].properties, r#"{"position":0}"#);
}

#[test]
fn a_measurement_protocol_body_is_mapped_as_a_whole() {
    let body = r#"{"client_id":"c.1","timestamp_micros":1790845190000000,"user_properties":{"tier":{"value":"gold"}},
        "events":[
         {"name":"view_item_list","params":{"item_list_id":"home","session_id":99,"items":[
            {"item_id":"a","index":0,"item_brand":"X"},{"item_id":"b","index":1}]}},
         {"name":"purchase","timestamp_micros":1790845195000000,"params":{"transaction_id":"T1","value":12.5,"currency":"EUR","items":[{"item_id":"a","price":12.5,"quantity":1}]}},
         {"name":"page_view","params":{}}]}"#;
    let ingested = read_as(Dialect::Ga4, Framing::Detect, body).unwrap();
    let found = events(&ingested);
    assert_eq!(ingested.owners, [0, 0, 1]);
    assert_eq!(found[0].user.as_str(), "c.1");
    assert_eq!((found[0].position, found[1].position), (Some(1), Some(2)));
    assert_eq!(found[0].at, Timestamp::from_millis(NOW_MS - 10_000));
    assert_eq!(found[2].at, Timestamp::from_millis(NOW_MS - 5_000));
    assert_eq!(found[2].value, Some(12.5));
    let rest = r#"{"item_list_id":"home","session_id":99,"ga4":{"user_properties":{"tier":{"value":"gold"}}},"item_brand":"X"}"#;
    assert_eq!(&*found[0].properties, rest);
    assert_eq!((ingested.rejected[0].index, ingested.rejected[0].code), (2, "unknown_type"));
}

#[test]
fn two_clients_with_equal_ga4_events_are_two_events() {
    let body = |client: &str, sent: &str| {
        let body = format!(
            r#"{{"client_id":"c","user_properties":{{"x":"{client}"}},{sent}"events":[{{"name":"view_item","timestamp_micros":1790845190000000,"params":{{"items":[{{"item_id":"a"}}]}}}}]}}"#
        );
        let ingested = read_as(Dialect::Ga4, Framing::Detect, body).unwrap();
        events(&ingested)[0].identity
    };
    assert_eq!(body("a", ""), body("a", ""));
    assert_ne!(body("a", ""), body("b", ""));
}

#[test]
fn a_cloud_event_is_told_apart_by_source_and_id() {
    let event = |source: &str| {
        format!(
            r#"{{"specversion":"1.0","id":"1","source":"{source}","type":"com.example.select_item","time":"2026-10-01T08:59:00Z",
            "subject":"s","data":{{"user_id":"u","item_id":"sku-9","colour":"red"}}}}"#
        )
    };
    let body = format!("[{},{}]", event("/a"), event("/b"));
    let ingested = read_as(Dialect::CloudEvents, Framing::Detect, &body).unwrap();
    let found = events(&ingested);
    assert_eq!(found[0].event_type.0, 1);
    assert_eq!(found[0].at, Timestamp::from_millis(NOW_MS - 60_000));
    assert_ne!(found[0].identity, found[1].identity);
    let rest = r#"{"colour":"red","cloudevents":{"source":"/a","subject":"s"}}"#;
    assert_eq!(&*found[0].properties, rest);
}

#[test]
fn a_cloud_event_without_what_it_must_have_is_refused() {
    let check = |body: &str, pointer: &str, code: &str| {
        let ingested = read_as(Dialect::CloudEvents, Framing::Detect, body).unwrap();
        let refused = &ingested.rejected[0];
        assert_eq!((refused.pointer.as_str(), refused.code), (pointer, code), "{body}");
    };
    check(r#"{"id":"1"}"#, "/specversion", "missing_field");
    check(r#"{"specversion":"0.3"}"#, "/specversion", "unsupported");
    check(r#"{"specversion":"1.0","type":"like"}"#, "/id", "missing_field");
    let headed = r#"{"specversion":"1.0","id":"1","source":"/a","type":"like""#;
    check(&format!("{headed}}}"), "/data", "missing_field");
    check(&format!("{headed},\"data_base64\":\"eA==\"}}"), "/data_base64", "unsupported");
    check(
        &format!("{headed},\"data\":{{\"user_id\":7,\"item_id\":\"a\"}}}}"),
        "/data/user_id",
        "wrong_type",
    );
}
