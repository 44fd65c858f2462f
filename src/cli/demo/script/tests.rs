use super::*;

#[test]
fn a_round_has_every_phase_in_order() {
    let script = Script::new(Dice::new(1), 50.0);
    let mut phases: Vec<Phase> =
        (0..500).map(|tenth| script.at(tenth as f32 / 10.0).phase).collect();
    phases.dedup();
    assert_eq!(phases, Phase::ALL);
    assert_eq!(script.at(50.5).phase, Phase::Opening);
    assert_eq!(script.at(50.5).round, 1);
}

#[test]
fn items_arrive_and_tastes_drift_only_forward() {
    let script = Script::new(Dice::new(1), 10.0);
    let times = || (0..400).map(|tenth| tenth as f32 / 10.0);
    let sale: Vec<usize> = times().map(|time| script.on_sale(time)).collect();
    assert_eq!((sale[0], sale[399]), (OPENING_ITEMS, OPENING_ITEMS + 4 * ARRIVALS));
    assert!(sale.is_sorted());
    let drift: Vec<f32> = times().map(|time| script.at(time).drift).collect();
    assert!(drift.is_sorted() && 3.9 < drift[399], "{:?}", drift[399]);
}
