use super::*;

#[test]
fn it_agrees_with_the_exact_power() {
    let mut base = 1.0_f32;
    while base < 2.0_f32.powi(24) {
        for exponent in [0.0, 0.2, 0.5, 0.8, 1.0] {
            let exact = f64::from(base).powf(f64::from(exponent));
            let error = (f64::from(power(base, exponent)) - exact).abs() / exact;
            assert!(error < 3e-6, "{base}^{exponent}: {error}");
        }
        base *= 1.003;
    }
}

#[test]
fn what_is_exact_stays_exact() {
    let powers = [power(1.0, 0.5), power(4.0, 0.5), power(64.0, 0.5)];
    assert_eq!(powers.map(f32::to_bits), [1.0_f32, 2.0, 8.0].map(f32::to_bits));
}

#[test]
fn many_at_once_are_the_same_as_one_by_one() {
    let bases: Vec<f32> = (0..1_000).map(|n| 1.0 + n as f32 * 1.7).collect();
    let mut values = vec![3.0_f32; bases.len()];
    divide_by_powers(&mut values, &bases, 0.2);
    for (value, base) in values.iter().zip(bases) {
        assert_eq!(value.to_bits(), (3.0 / power(base, 0.2)).to_bits());
    }
}
