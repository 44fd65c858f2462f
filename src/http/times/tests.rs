use serde_json::json;

use super::*;

#[test]
fn seconds_milliseconds_and_text_say_the_same_instant() {
    for value in [
        json!(1_700_000_000),
        json!(1_700_000_000_000_u64),
        json!("2023-11-14T22:13:20Z"),
        json!("2023-11-15T00:13:20+02:00"),
    ] {
        assert_eq!(read(&value), Ok(Timestamp::from_millis(1_700_000_000_000)), "{value}");
    }
    assert_eq!(read(&json!(1_700_000_000.25)), Ok(Timestamp::from_millis(1_700_000_000_250)));
}

#[test]
fn what_is_no_instant_is_told_why() {
    for (value, code) in [
        (json!("2023-11-14T22:13:20"), "time_without_offset"),
        (json!("yesterday"), "invalid_time"),
        (json!(-1), "time_out_of_range"),
        (json!(1e18), "time_out_of_range"),
        (json!(true), "wrong_type"),
    ] {
        assert_eq!(read(&value).unwrap_err().code(), code, "{value}");
    }
}

#[test]
fn what_is_written_is_read_back() {
    for millis in [0, 1_700_000_000_123, LATEST_MS as u64] {
        let at = Timestamp::from_millis(millis);
        assert_eq!(read(&Value::String(rfc3339(at))), Ok(at), "{millis}");
    }
    assert_eq!(rfc3339(Timestamp::from_millis(1_700_000_000_000)), "2023-11-14T22:13:20Z");
}
