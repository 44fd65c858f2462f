use super::*;

#[test]
fn a_draw_depends_on_seed_purpose_and_name_only() {
    let dice = Dice::new(7);
    assert_eq!(dice.number(Draw::Click, &[1, 2]), Dice::new(7).number(Draw::Click, &[1, 2]));
    assert_ne!(dice.number(Draw::Click, &[1, 2]), dice.number(Draw::Click, &[2, 1]));
    assert_ne!(dice.number(Draw::Click, &[1, 2]), dice.number(Draw::Stay, &[1, 2]));
    assert_ne!(dice.number(Draw::Click, &[1, 2]), Dice::new(8).number(Draw::Click, &[1, 2]));
}

#[test]
fn draws_are_spread_as_they_say() {
    let dice = Dice::new(1);
    let draws = 20_000_u64;
    let mean = |value: &dyn Fn(u64) -> f32| (0..draws).map(value).sum::<f32>() / draws as f32;
    let unit = mean(&|n| dice.unit(Draw::Click, &[n]));
    assert!((unit - 0.5).abs() < 0.01, "{unit}");
    let normal = mean(&|n| dice.normal(Draw::Item, &[n]));
    assert!(normal.abs() < 0.03, "{normal}");
    let variance = mean(&|n| dice.normal(Draw::Item, &[n]).powi(2));
    assert!((variance - 1.0).abs() < 0.05, "{variance}");
    assert!((0..draws).all(|n| dice.below(3, Draw::Arm, &[n]) < 3));
}
