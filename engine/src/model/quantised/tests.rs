//! Tests of the first pass: how much of the exact answer it keeps.

use std::collections::HashSet;

use super::*;
use crate::model::config::ModelConfig;
use crate::model::learner::Learner;
use crate::model::numeric::{below, mix, normal};
use crate::model::testing::{Stream, small};
use crate::model::user_vector::UserVector;

fn config() -> ModelConfig {
    ModelConfig { lanes: 4, scan_items: 100, quantised_candidates: 200, ..small() }
}

/// A model with random rows, biases and counts.
fn random(seed: u64, items: u32) -> Learner {
    let mut learner = Learner::new(seed, config());
    for event in 0..u64::from(3 * items) {
        learner.count_event(ItemIndex(below(mix(seed, event), items as usize) as u32));
    }
    for item in 0..items {
        let size = normal(seed + 1, u64::from(item));
        if let Some(row) = learner.items.target_mut(ItemIndex(item)) {
            *row.bias = normal(seed + 2, u64::from(item));
            row.vector.iter_mut().for_each(|lane| lane.0 = lane.0.map(|x| x * 5.0 * size));
        }
    }
    for (place, weight) in learner.shared.popularity[2].values.iter_mut().enumerate() {
        *weight = 0.3 * normal(seed + 3, place as u64);
    }
    learner
}

fn user(seed: u64) -> Vec<Lane> {
    let number = |at: usize| normal(seed, at as u64);
    (0..4).map(|lane| Lane(std::array::from_fn(|at| number(lane * LANE + at)))).collect()
}

#[test]
fn the_first_pass_keeps_98_of_100_of_the_exact_top_20() {
    let (mut kept, mut all) = (0, 0);
    for seed in 0..4 {
        let view = random(seed, 5_000).publish().view;
        for probe in 0..25 {
            let vector = user(100 * seed + probe);
            let scan = ScanFor { vector: &vector, group: 2 };
            let exact = view.scan_exact(scan, 20, |_| true);
            let quick: HashSet<_> =
                view.scan(scan, 20, |_| true).into_iter().map(|(item, _)| item).collect();
            kept += exact.iter().filter(|(item, _)| quick.contains(item)).count();
            all += exact.len();
        }
    }
    assert!(98 * all <= 100 * kept, "{kept} of {all}");
}

#[test]
fn what_the_first_pass_finds_is_scored_exactly() {
    let view = random(1, 3_000).publish().view;
    let vector = user(5);
    let scan = ScanFor { vector: &vector, group: 2 };
    let exact = view.scan_exact(scan, 3_000, |_| true);
    let quick = view.scan_quantised(scan, 20, |item| item.0 % 3 == 0);
    assert_eq!(quick.len(), 20);
    assert!(quick.iter().all(|found| found.0.0 % 3 == 0 && exact.contains(found)));
}

#[test]
fn rounded_rows_follow_what_is_learned() {
    let mut learner = Learner::new(3, ModelConfig { lanes: 4, scan_items: 50, ..small() });
    let mut stream = Stream::new(9, 1_000, 25);
    for _ in 0..6 {
        stream.teach(&mut learner, 200);
        let view = learner.publish().view;
        let user = stream.sample().user;
        let mut vector = UserVector::default();
        view.user_vector(&user, &mut vector);
        let scan = ScanFor { vector: &vector.vector, group: user.group() };
        // As many candidates as there are items: only rows that are missing could be missed.
        assert_eq!(view.scan(scan, 20, |_| true), view.scan_exact(scan, 20, |_| true));
    }
}

#[test]
fn rows_are_rounded_only_where_a_scan_needs_them() {
    let mut learner = Learner::new(3, ModelConfig { quantised_items: 300, ..config() });
    let mut rounded = |through: u32| {
        let known = learner.items().known().len() as u32;
        (known..through).for_each(|item| learner.count_event(ItemIndex(item)));
        learner.publish().view.tables.small.iter().count()
    };
    assert_eq!([rounded(100), rounded(101), rounded(300), rounded(301)], [0, 7, 19, 0]);
}

#[test]
fn quick_functions_are_near_the_exact_ones() {
    for step in 0..4_000 {
        let x = -(step as f32) * 0.01;
        let ratio = quick_exp2(x) / x.max(-60.0).exp2();
        assert!((0.93..1.07).contains(&ratio), "2^{x}: {ratio}");
        let y = 0.01 + step as f32 * 0.3;
        assert!((quick_ln(y) - y.ln()).abs() < 0.05, "ln {y}");
    }
    assert!(quick_exp2(-1e9) < 1e-17);
}

#[test]
fn rows_of_zeros_and_of_huge_numbers_are_rounded_without_a_nan() {
    for number in [0.0, 1e-38, 1e30, -1e30] {
        let chunk = Chunk::new(&[Lane([number; LANE]); ROWS]);
        let dots = Quantised::of(&chunk).dots(&[[1; BLOCK]], 1.0);
        assert!(dots.iter().all(|dot| dot.is_finite()), "{number}");
    }
}
