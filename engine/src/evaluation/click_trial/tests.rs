use super::*;
use crate::model::numeric::{below, mix};

#[test]
fn figures_are_those_worked_out_by_hand() {
    let said = [(0.9, true), (0.1, false), (0.5, true), (0.5, false)];
    let told = figures(&said);
    assert_eq!((told.rows, told.clicks), (4, 2));
    let loss = -(0.9_f64.ln() + 0.9_f64.ln() + 2.0 * 0.5_f64.ln()) / 4.0;
    assert!((told.log_loss - loss).abs() < 1e-6, "{}", told.log_loss);
    assert!((told.auc - 3.5 / 4.0).abs() < 1e-9, "{}", told.auc);
    assert!((told.calibration - 1.0).abs() < 1e-6);
}

#[test]
fn nothing_and_one_sort_of_row_are_no_reason_to_fail() {
    for said in [&[][..], &[(0.3, true)]] {
        assert!((figures(said).auc - 0.5).abs() < 1e-9);
    }
}

#[test]
fn a_trial_learns_pairs_of_features_and_never_peeks() {
    let mut trial = ClickTrial::new(1, ClickConfig::default());
    for number in 0..20_000 {
        let word = mix(4, number);
        let (user, item) = (below(mix(word, 1), 30) as u32, below(mix(word, 2), 30) as u32);
        trial.take(&[(0, user), (1, item)], user % 5 == item % 5);
    }
    let (first, last) = (trial.figures(0), trial.figures(16_000));
    assert!((trial.said[0].0 - 0.5).abs() < 1e-6, "nothing is known of the first row");
    assert!(last.log_loss < 0.1 && last.log_loss < first.log_loss, "{last:?}");
    assert!(0.99 < last.auc);
    assert_eq!(trial.features(), 60);
}
