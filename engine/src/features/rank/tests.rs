use super::*;
use crate::features::declare::Window;
use crate::features::testing::declarations;
use crate::user::tests::types;

fn classes(text: &str) -> Classes {
    Classes::parse(text).unwrap()
}

/// A class, and the range that it is told as, holds every value that falls in it.
fn check(text: &str, value: f64, class: u8) {
    let classes = classes(text);
    assert_eq!(classes.of(value), class, "{text} of {value}");
    let (low, high) = classes.range(class);
    assert!(low.is_none_or(|low| low <= value), "{text}: {value} is not below {low:?}");
    let is_zero = classes == Classes::Log2 && class == 1;
    assert!(high.is_none_or(|high| value < high || is_zero && value <= high), "{text}: {value}");
    assert_eq!(Classes::parse(&classes.to_string()), Ok(classes));
}

#[test]
fn powers_of_two_have_a_class_each_below_one_too() {
    check("log2", 1.0, 128);
    check("log2", 1.999, 128);
    check("log2", 2.0, 129);
    check("log2", 1_000.0, 137);
    check("log2", 0.5, 127);
    check("log2", 0.047, 123);
    check("log2", 0.0, 1);
    check("log2", -3.0, 1);
    check("log2", f64::MIN_POSITIVE / 4.0, 2);
    check("log2", f64::INFINITY, 255);
}

#[test]
fn bounds_part_what_is_below_from_what_is_not() {
    check("bounds 1 5 20", 0.0, 1);
    check("bounds 1 5 20", 1.0, 2);
    check("bounds 1 5 20", 4.9, 2);
    check("bounds 1, 5, 20", 5.0, 3);
    check("bounds 1 5 20", 1e9, 4);
    check("bounds -1.5", -2.0, 1);
}

#[test]
fn equal_widths_reach_so_far_on_either_side() {
    check("width 0.1", 0.0, 128);
    check("width 0.1", 0.25, 130);
    check("width 0.1", -0.05, 127);
    check("width 5", 4.9, 128);
    check("width 1", 1e30, 255);
    check("width 1", -1e30, 1);
}

#[test]
fn what_is_no_number_has_no_class() {
    for text in ["log2", "bounds 1", "width 1"] {
        assert_eq!(classes(text).of(f64::NAN), NO_CLASS);
        assert_eq!(classes(text).range(NO_CLASS), (None, None));
    }
}

#[test]
fn what_is_no_form_is_told_with_what_was_expected() {
    let wrong = |text| Classes::parse(text).unwrap_err().to_string();
    assert!(wrong("log3").contains("expected \"log2\", \"width 0.1\" or \"bounds 1 5 20\""));
    assert!(wrong("").contains("expected \"log2\""));
    assert!(wrong("log2 4").contains("expected \"log2\""));
    assert!(wrong("width").contains("expected"));
    assert_eq!(wrong("width 0"), "a width of 0 is none: expected a number above 0");
    assert!(wrong("width x").starts_with("\"x\" is no number"));
    assert!(wrong("width inf").starts_with("\"inf\" is no number"));
    assert_eq!(wrong("bounds 1 5 5"), "bounds have to grow, and 5 follows 5");
    assert_eq!(wrong("bounds"), "0 bounds: expected 1 to 64");
}

#[test]
fn an_input_is_the_same_under_another_name_and_another_one_counted_or_classed_otherwise() {
    let ranked = |rank: &str| {
        let rank = Some(classes(rank));
        Declaration { rank, ..declarations(&types())[0].clone() }
    };
    let one = ranked("log2");
    let input = one.input().unwrap();
    assert_eq!(Declaration { rank: None, ..one.clone() }.input(), None);
    assert_eq!(Declaration { name: "other".to_owned(), ..one.clone() }.input(), Some(input));
    assert_ne!(ranked("width 1").input(), Some(input));
    let window = Window::parse("1h/5m").unwrap();
    assert_ne!(Declaration { window, ..one.clone() }.input(), Some(input));
    assert_ne!(Declaration { ttl_ms: Some(5), ..one }.input(), Some(input));
}

#[test]
fn fingerprints_stay_what_they_are_on_record() {
    let one = Declaration { rank: Some(Classes::Log2), ..declarations(&types())[0].clone() };
    assert_eq!(one.input(), Some(1_922_576_676));
}
