use super::*;
use crate::features::testing;
use crate::user::tests::types;

#[test]
fn what_is_logged_gives_the_same_plans_again() {
    let declared = testing::declared(&types());
    let said = declared.said().unwrap();
    let again = Declared::of(FeaturePlan::default(), PatternPlan::default(), &types(), 1_800_000);
    let again = again.redeclared(&said).unwrap();
    assert_eq!(again, declared);
    assert_eq!(again.plan.fingerprint(), declared.plan.fingerprint());
    assert_eq!(again.patterns.fingerprint(), declared.patterns.fingerprint());
    // All who ask for the same share it.
    let once_more = again.redeclared(&said).unwrap();
    assert!(Arc::ptr_eq(&again.plan, &once_more.plan));
}

#[test]
fn another_gap_of_visits_is_that_of_the_node_and_not_of_the_log() {
    let said = testing::declared(&types()).said().unwrap();
    let other = Declared::of(FeaturePlan::default(), PatternPlan::default(), &types(), 60_000);
    assert_eq!(other.redeclared(&said).unwrap().plan.iter().count(), 8);
}

#[test]
fn damaged_bytes_are_refused_and_change_nothing() {
    let declared = testing::declared(&types());
    let said = declared.said().unwrap();
    for cut in [0, 1, said.len() / 2, said.len() - 1] {
        assert!(declared.redeclared(&said[..cut]).is_err(), "{cut} bytes");
    }
    let newer = [&[9], &said[1..]].concat();
    assert!(matches!(
        declared.redeclared(&newer),
        Err(SaidError::Codec(CodecError::Version { found: 9, newest: 1 }))
    ));
}

#[test]
fn a_part_of_what_is_declared_stands_alone() {
    let declared = testing::declared(&types());
    let (ctr, _) = declared.plan.find("ctr").unwrap();
    let alone = declared.only(&[ctr]);
    assert_eq!(alone.plan.iter().map(|(_, one)| one.name.as_str()).collect::<Vec<_>>(), ["ctr"]);
    assert!(alone.patterns.is_empty());
}
