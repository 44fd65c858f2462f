use super::*;
use crate::model::click::head::ClickHead;
use crate::model::click::sample::ClickSample;
use crate::model::click::testing::{Impressions, small};

/// The formula, term by term, in double precision.
fn naive(head: &ClickHead, row: &ClickRow) -> f64 {
    let found = |(field, value): &(u8, u32)| {
        let (chunk, within) = head.table().find(Feature { field: *field, value: *value })?;
        let same = row.fields.iter().filter(|(other, _)| other == field).count() as f64;
        let vector = chunk.vector(within).iter().flat_map(|lane| lane.0).map(f64::from);
        let vector = vector.map(|x| x / same.sqrt()).collect::<Vec<_>>();
        Some((*field, f64::from(chunk.weights(0)[within]) / same.sqrt(), vector))
    };
    let found: Vec<_> = row.fields.iter().filter_map(found).collect();
    let share = (USUAL as f64 / row.fields.len() as f64).min(1.0);
    let mut z = f64::from(head.shared.bias.values[0]);
    for (place, (field, weight, vector)) in found.iter().enumerate() {
        z += weight;
        for (other, _, second) in &found[..place] {
            let r = f64::from(head.shared.interactions.values[pair(*field, *other)]);
            let halves = (0..).map(|place: usize| if place % 16 < 8 { 1.0 } else { -1.0 });
            z += share
                * r
                * vector.iter().zip(second).zip(halves).map(|((a, b), s)| s * a * b).sum::<f64>();
        }
    }
    let dense = row.dense.iter().zip(&head.shared.dense.values);
    z + dense.map(|(part, weight)| f64::from(*part) * f64::from(*weight)).sum::<f64>()
}

fn taught(lanes: usize) -> (ClickHead, Impressions) {
    let mut head = ClickHead::new(3, ClickConfig { lanes, ..small() });
    let mut stream = Impressions::new(5);
    stream.teach(&mut head, 2_000);
    (head, stream)
}

use crate::model::click::ClickConfig;

#[test]
fn the_logit_is_the_formula() {
    for lanes in [1, 4] {
        let (head, mut stream) = taught(lanes);
        stream.items = 70;
        for _ in 0..300 {
            let sample = stream.sample();
            let (fast, slow) = (head.logit(&sample.row), naive(&head, &sample.row));
            assert!((f64::from(fast) - slow).abs() < 1e-4, "{fast} is not {slow}");
        }
    }
}

#[test]
fn a_list_and_its_rows_one_by_one_give_the_same_bits() {
    let (mut head, mut stream) = taught(2);
    let view = head.publish().0;
    let first = stream.sample();
    let shared = &first.row.fields[..first.row.shared];
    let mut list = view.list(shared);
    for _ in 0..100 {
        let other: ClickSample = stream.sample();
        let own = &other.row.fields[other.row.shared..];
        let mut row = first.row.clone();
        row.fields.truncate(row.shared);
        row.fields.extend_from_slice(own);
        row.dense = other.row.dense;
        assert_eq!(list.score(own, &row.dense).logit.to_bits(), head.logit(&row).to_bits());
    }
}

#[test]
fn features_that_are_unknown_or_of_no_field_add_nothing() {
    let (head, mut stream) = taught(1);
    let row = stream.sample().row;
    let mut more = row.clone();
    more.fields.push((40, 12_345));
    more.fields.push((200, 1));
    assert_eq!(head.logit(&more).to_bits(), head.logit(&row).to_bits());
}

#[test]
fn a_row_of_far_too_many_features_is_cut() {
    let (head, _) = taught(1);
    let row = ClickRow {
        fields: (0..5_000).map(|value| (33, value)).collect(),
        shared: 2_000,
        dense: [0.0; DENSE],
    };
    assert!(head.logit(&row).is_finite());
}
