use super::*;

#[test]
fn bars_grow_with_their_values() {
    let rising: Vec<Option<f64>> = (0..8).map(|value| Some(f64::from(value))).collect();
    assert_eq!(sparkline(&rising, 7.0, 8), "▁▂▃▄▅▆▇█");
    assert_eq!(sparkline(&rising, 14.0, 2), "▄▅", "only the last two, on a longer scale");
}

#[test]
fn what_is_missing_is_blank_and_nothing_breaks_at_the_ends() {
    assert_eq!(sparkline(&[None, Some(1.0)], 1.0, 5), " █");
    assert_eq!(sparkline(&[Some(0.0), Some(9.0)], 0.0, 5), "▁▁");
    assert_eq!(sparkline(&[Some(9.0)], 1.0, 5), "█");
    assert_eq!(sparkline(&[], 1.0, 5), "");
}
