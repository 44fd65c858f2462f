//! Times as senders write them, and clocks that are wrong.

use super::*;

#[test]
fn a_number_is_seconds_milliseconds_or_finer_by_its_size() {
    let check = |raw: &str, millis: u64| {
        assert_eq!(read(raw), Ok(Timestamp::from_millis(millis)), "{raw}");
    };
    check("1700000000", 1_700_000_000_000);
    check("1700000000.25", 1_700_000_000_250);
    check("1700000000123", 1_700_000_000_123);
    check("1700000000123456", 1_700_000_000_123);
    check("1700000000123456789", 1_700_000_000_123);
    check("1.7e9", 1_700_000_000_000);
    check("\"1700000000\"", 1_700_000_000_000);
    check("\"2023-11-14T22:13:20Z\"", 1_700_000_000_000);
    check("\"2023-11-15T00:13:20.5+02:00\"", 1_700_000_000_500);
}

#[test]
fn a_time_that_no_event_has_is_refused() {
    let check = |raw: &str, code: &str| assert_eq!(read(raw).unwrap_err().code(), code, "{raw}");
    for raw in ["0", "-1", "1e300", "99999999999", "600000000", "18446744073709551615", "1e999"] {
        check(raw, "time_out_of_range");
    }
    check("\"1989-12-31T23:59:59Z\"", "time_out_of_range");
    check("\"2200-01-01T00:00:00Z\"", "time_out_of_range");
    check("\"2023-11-14T22:13:20\"", "time_without_offset");
    check("\"2023-11-14\"", "invalid_time");
    check("\"\"", "invalid_time");
    check("true", "wrong_type");
    check("\"NaN\"", "invalid_time");
}

fn receipt(rule: ClockRule) -> Receipt {
    let at = Timestamp::from_millis(1_700_000_000_000);
    Receipt { at, rule, tolerance_ms: 1000, trusted_skew_ms: 1_800_000 }
}

#[test]
fn the_streams_own_time_has_no_future() {
    let ahead = Timestamp::from_millis(1_700_000_500_000);
    let settled = settle(Some(ahead), None, receipt(ClockRule::Event));
    assert_eq!((settled.at, settled.received_at, settled.ahead_ms), (ahead, ahead, None));
}

#[test]
fn the_streams_own_time_never_jumps_by_more_than_a_year() {
    let check = |rule, days: u64, expected: bool| {
        let at = receipt(rule).at.plus_millis(days * 86_400_000);
        assert_eq!(receipt(rule).is_left_behind(at), expected, "{days} days");
    };
    check(ClockRule::Event, 366, false);
    check(ClockRule::Event, 367, true);
    check(ClockRule::Wall, 36_700, false);
    let empty = Receipt { at: Timestamp::from_millis(0), ..receipt(ClockRule::Event) };
    assert!(
        !empty.is_left_behind(receipt(ClockRule::Event).at),
        "the first event begins the stream"
    );
}

#[test]
fn a_little_ahead_is_tolerated_and_more_is_set_to_the_receipt() {
    let at = |ahead: u64| Some(Timestamp::from_millis(1_700_000_000_000 + ahead));
    assert_eq!(settle(at(900), None, receipt(ClockRule::Wall)).ahead_ms, None);
    let far = settle(at(1100), None, receipt(ClockRule::Wall));
    assert_eq!((far.at, far.ahead_ms), (receipt(ClockRule::Wall).at, Some(1100)));
}

#[test]
fn a_correction_never_leaves_the_years_that_events_have() {
    let own = Some(Timestamp::from_millis(EARLIEST_MS));
    let sent = Some(Timestamp::from_millis(LATEST_MS - 1));
    let settled = settle(own, sent, receipt(ClockRule::Wall));
    assert_eq!(settled.at, Timestamp::from_millis(EARLIEST_MS));
}

#[test]
fn a_correction_by_much_is_told_and_one_by_little_is_not() {
    let now = receipt(ClockRule::Wall).at.as_millis();
    let settled = |off_ms: i64, rule| {
        let by_its_clock = |ms: u64| Some(Timestamp::from_millis(ms.saturating_add_signed(off_ms)));
        settle(by_its_clock(now - 5_000), by_its_clock(now), receipt(rule))
    };
    let at = Timestamp::from_millis(now - 5_000);
    let decades = 30 * 365 * 86_400_000;
    for (off_ms, told) in
        [(0, false), (1_800_000, false), (1_800_001, true), (-3_600_000, true), (decades, true)]
    {
        let settled = settled(off_ms, ClockRule::Wall);
        assert_eq!((settled.at, settled.ahead_ms), (at, None), "{off_ms}");
        assert_eq!(settled.clock_off_ms, told.then_some(off_ms), "{off_ms}");
    }
    let own = settled(-decades, ClockRule::Event);
    assert_eq!(
        own.at,
        Timestamp::from_millis(at.as_millis() - decades as u64),
        "the stream's own time stands"
    );
    assert_eq!(own.clock_off_ms, None);
}
