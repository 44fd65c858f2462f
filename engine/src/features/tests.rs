use super::*;
use crate::{EventTypeSpec, Role};

fn types() -> EventTypes {
    let spec = |name: &str, role| EventTypeSpec {
        name: name.into(),
        aliases: Vec::new(),
        role,
        weight: 1.0,
        half_life_ms: 1_000,
    };
    EventTypes::new(vec![spec("view", Role::Impression), spec("click", Role::Positive)]).unwrap()
}

fn count(name: &str, types: TypeFilter, span_ms: u64) -> FeatureSpec {
    let window = Window::Last { span_ms };
    FeatureSpec {
        name: name.into(),
        entity: Entity::User,
        types,
        window,
        aggregate: Aggregate::Count,
    }
}

fn refused(specs: Vec<FeatureSpec>, expected: &FeatureError) {
    assert_eq!(FeatureSet::new(specs, &types()).as_ref(), Err(expected));
}

#[test]
fn the_standard_list_holds_three_counts_and_two_scores() {
    let set = FeatureSet::standard(&types());
    assert_eq!(set.iter().count(), 5);
    assert_eq!(set.counts().len(), 3);
    assert!(set.type_scores().is_some() && set.category_scores().is_some());
}

#[test]
fn windows_over_the_same_types_share_a_track() {
    let set = FeatureSet::standard(&types());
    assert_eq!(set.tracks().len(), 1);
    assert_eq!(set.tracks()[0].longest_ms, 3_600_000);
    assert_eq!(set.tracks()[0].tile_ms, 60_000);
}

#[test]
fn windows_over_other_types_have_their_own_track() {
    let only = TypeFilter::Only(vec![EventTypeId(0)]);
    let specs = vec![count("a", TypeFilter::Reactions, 1_000), count("b", only, 1_000)];
    let set = FeatureSet::new(specs, &types()).unwrap();
    assert_eq!(set.tracks().len(), 2);
    assert_ne!(set.tracks()[0].id, set.tracks()[1].id);
}

#[test]
fn reactions_are_every_type_but_the_impressions() {
    let mask = TypeMask::of(&TypeFilter::Reactions, &types());
    assert!(!mask.contains(EventTypeId(0)));
    assert!(mask.contains(EventTypeId(1)));
    assert!(!mask.contains(EventTypeId(200)));
}

#[test]
fn a_fingerprint_follows_every_part_of_the_definition() {
    let base = count("a", TypeFilter::Reactions, 1_000);
    let variants = [
        count("b", TypeFilter::Reactions, 1_000),
        count("a", TypeFilter::Only(vec![]), 1_000),
        count("a", TypeFilter::Only(vec![EventTypeId(1)]), 1_000),
        count("a", TypeFilter::Reactions, 1_001),
        FeatureSpec { aggregate: Aggregate::ScorePerType, ..base.clone() },
        FeatureSpec { window: Window::HalfLife { half_life_ms: 1_000 }, ..base.clone() },
    ];
    for variant in variants {
        assert_ne!(variant.fingerprint(), base.fingerprint(), "{variant:?}");
    }
    assert_eq!(base.fingerprint(), base.clone().fingerprint());
}

#[test]
fn what_cannot_be_kept_is_refused_by_name() {
    let a = || count("a", TypeFilter::Reactions, 1_000);
    refused(vec![a(), a()], &FeatureError::Twice("a".into()));
    refused(
        vec![count("a", TypeFilter::Reactions, 0)],
        &FeatureError::Span { name: "a".into(), span_ms: 0 },
    );
    let odd = FeatureSpec { window: Window::HalfLifeOfType, ..a() };
    refused(vec![odd], &FeatureError::Unsupported("a".into()));
    let score = |name: &str| reactions(name, Window::HalfLifeOfType, Aggregate::ScorePerType);
    refused(vec![score("a"), score("b")], &FeatureError::OnlyOne("b".into()));
    let many = (0..=MAX_COUNTS).map(|n| count(&n.to_string(), TypeFilter::Reactions, 1)).collect();
    refused(many, &FeatureError::TooMany("16".into()));
}
