use super::*;

#[test]
fn a_fixed_path_shadows_the_one_with_a_parameter_that_it_matches() {
    assert!(shadows("/v1/items/batch", "/v1/items/{id}"));
    assert!(!shadows("/v1/items/batch", "/v1/items/{id}/similar"));
    assert!(!shadows("/v1/items/{id}", "/v1/items/batch"));
    assert!(!shadows("/v1/items", "/v1/items/{id}"));
}
