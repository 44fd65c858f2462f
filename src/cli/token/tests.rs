use super::*;

#[test]
fn a_length_of_time_has_a_unit_or_is_in_seconds() {
    for (text, expected) in [("90", 90), ("90s", 90), ("15m", 900), ("1h", 3_600), ("7d", 604_800)]
    {
        assert_eq!(seconds(text), Ok(expected), "{text}");
    }
    for wrong in ["", "0", "m", "1w", "1.5h", "-1h", "99999999999999999999d"] {
        assert!(seconds(wrong).is_err(), "{wrong}");
    }
}
