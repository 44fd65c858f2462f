use super::*;

#[test]
fn a_model_is_as_old_as_what_it_does_not_know() {
    let age = ModelAge::new(Arc::new(|| Duration::from_secs(1)));
    assert_eq!(age.now(), Duration::ZERO);
    age.unpublished(Some(Duration::ZERO));
    assert_eq!(age.now(), Duration::from_secs(1));
    age.unpublished(Some(Duration::from_millis(900)));
    assert_eq!(age.now(), Duration::from_millis(100));
    age.behind(2.0);
    assert_eq!(age.now(), Duration::from_millis(2_100));
    age.unpublished(None);
    assert_eq!(age.now(), Duration::from_secs(2));
}
