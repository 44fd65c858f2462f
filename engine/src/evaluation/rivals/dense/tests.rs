use super::Square;
use crate::model::numeric::normal;

/// A matrix with small products of random vectors and a heavy diagonal.
fn positive(size: usize, seed: u64) -> Square {
    let vectors: Vec<Vec<f32>> =
        (0..size as u64).map(|row| (0..8).map(|at| normal(seed, row * 8 + at)).collect()).collect();
    let mut square = Square::zeros(size);
    for row in 0..size {
        for column in 0..size {
            let product: f32 = vectors[row].iter().zip(&vectors[column]).map(|(a, b)| a * b).sum();
            square.row_mut(row)[column] = product + if row == column { 5.0 } else { 0.0 };
        }
    }
    square
}

#[test]
fn a_matrix_times_its_inverse_is_one() {
    for size in [1, 2, 15, 16, 17, 63, 64, 65, 130, 200] {
        let matrix = positive(size, size as u64);
        let mut inverse = matrix.clone();
        assert!(inverse.invert());
        for row in 0..size {
            for column in 0..size {
                let products = (0..size).map(|k| matrix.row(row)[k] * inverse.row(k)[column]);
                let found: f32 = products.sum();
                let expected = if row == column { 1.0 } else { 0.0 };
                assert!((found - expected).abs() < 1e-3, "{size}: {row} {column} is {found}");
            }
        }
    }
}

#[test]
fn what_is_not_positive_definite_is_refused() {
    let mut zeros = Square::zeros(3);
    assert!(!zeros.invert());
    let mut indefinite = positive(80, 1);
    indefinite.row_mut(70)[70] = -1.0;
    assert!(!indefinite.invert());
    let mut broken = positive(20, 1);
    broken.row_mut(3)[3] = f32::NAN;
    assert!(!broken.invert());
}
