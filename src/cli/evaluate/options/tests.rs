use super::*;

#[test]
fn durations_are_a_number_and_a_unit() {
    let ms = |text: &str| text.parse::<Span>().map(|span| span.ms);
    assert_eq!(ms("0"), Ok(0));
    assert_eq!(ms("200ms"), Ok(200));
    assert_eq!(ms("30s"), Ok(30_000));
    assert_eq!(ms("2h"), Ok(7_200_000));
    assert_eq!(ms("1d"), Ok(86_400_000));
    for bad in ["", "5", "h", "1.5h", "-1s", "1w", "99999999999999999999s", "9999999999999999d"] {
        assert!(ms(bad).unwrap_err().contains("200ms"), "{bad}");
    }
}

#[test]
fn a_share_leaves_something_to_score() {
    assert_eq!(share("0"), Ok(0.0));
    assert_eq!(share("0.25"), Ok(0.25));
    for bad in ["1", "1.5", "-0.1", "half", "NaN"] {
        assert!(share(bad).is_err(), "{bad}");
    }
}
