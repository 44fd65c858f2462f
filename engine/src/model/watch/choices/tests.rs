//! Tests of what is said of choices.

use super::*;

#[test]
fn loss_and_place_are_those_of_the_first_among_the_field() {
    let foretold = Foretold::of(&[1.0, 2.0, 1.0, 0.0, -1.0], 101).unwrap();
    let all: f32 = [1.0_f32, 2.0, 1.0, 0.0, -1.0].iter().map(|score| score.exp()).sum();
    assert!((foretold.loss - (all.ln() - 1.0)).abs() < 1e-5, "{foretold:?}");
    assert_eq!(foretold.above.to_bits(), 0.375_f32.to_bits(), "one is before it, one is equal");
    assert_eq!(foretold.rank().to_bits(), 38.5_f32.to_bits());
    assert!((foretold.log_rank() - 38.5_f32.ln() / 8.6).abs() < 1e-6);
}

#[test]
fn nothing_is_said_where_there_is_nothing_to_compare_with_or_no_number() {
    for scores in
        [&[][..], &[1.0], &[f32::NAN, 1.0], &[f32::NEG_INFINITY, 1.0], &[1.0, f32::INFINITY]]
    {
        assert_eq!(Foretold::of(scores, 10), None, "{scores:?}");
    }
    let impossible = Foretold::of(&[-1e9, 1e9], 10).unwrap();
    assert_eq!(impossible.loss.to_bits(), MOST_LOSS.to_bits());
}

#[test]
fn figures_are_of_the_last_two_windows() {
    let mut choices = Choices::default();
    assert_eq!(choices.figures(), ChoiceFigures { auc: 0.5, ..ChoiceFigures::default() });
    let say = |loss, above| Foretold { loss, above, known: 11 };
    for _ in 0..2 * WINDOW {
        choices.add(&say(9.0, 1.0));
    }
    for _ in 0..WINDOW {
        choices.add(&say(1.0, 0.0));
    }
    for _ in 0..WINDOW / 2 {
        choices.add(&say(4.0, 0.1));
    }
    let figures = choices.figures();
    assert_eq!(figures.samples, WINDOW + WINDOW / 2);
    assert!((figures.log_loss - 2.0).abs() < 1e-9, "{figures:?}");
    assert!((figures.auc - (1.0 - 0.1 / 3.0)).abs() < 1e-6, "{figures:?}");
    assert!((figures.reciprocal_rank - (2.0 + 0.5) / 3.0).abs() < 1e-6, "{figures:?}");
}
