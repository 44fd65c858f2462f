//! Which declarations are refused, and which share bytes.

use super::*;
use crate::features::occurrence::Occurrence;
use crate::features::rank::Classes;
use crate::features::section::Section;
use crate::{EventTypeId, EventTypeSpec, ItemIndex, Role, Timestamp};

fn types() -> EventTypes {
    let spec = |name: &str| EventTypeSpec {
        name: name.to_owned(),
        aliases: Vec::new(),
        role: Role::Positive,
        weight: 1.0,
        half_life_ms: 1,
    };
    EventTypes::new(vec![spec("view"), spec("click")]).unwrap()
}

fn clicks(name: &str, window: &str) -> Declaration {
    Declaration {
        name: name.to_owned(),
        entity: Entity::User,
        events: TypeMask::of_ids([EventTypeId(1)]),
        filter: None,
        window: Window::parse(window).unwrap(),
        aggregate: Aggregate::Count,
        of: None,
        ttl_ms: None,
        max_instances: None,
        rank: None,
    }
}

fn plan(all: Vec<Declaration>) -> FeaturePlan {
    FeaturePlan::new(all, &types(), 1_000).unwrap()
}

fn refusal(one: Declaration) -> String {
    FeaturePlan::new(vec![one], &types(), 1_000).unwrap_err().to_string()
}

#[test]
fn windows_share_tiles_where_that_costs_no_more() {
    let one = plan(vec![clicks("a", "5m/30s")]);
    let same_slide = plan(vec![clicks("a", "5m/30s"), clicks("b", "1m/30s")]);
    let block = |plan: &FeaturePlan| (plan.families()[0].tag, plan.families()[0].parts.clone());
    assert_eq!(block(&same_slide), block(&one));
    // An hour of 30 s tiles would take more than a ring of its own.
    let other_slide = plan(vec![clicks("a", "5m/30s"), clicks("b", "1h/5m")]);
    assert_eq!(other_slide.families().len(), 1);
    assert_eq!(other_slide.families()[0].parts.len(), 2);
    // A tile of a minute is two of half a minute.
    let coarse = plan(vec![clicks("a", "5m/30s"), clicks("b", "5m/1m")]);
    assert_eq!(block(&coarse), block(&one));
}

#[test]
fn a_mean_and_a_count_of_the_same_numbers_are_one_family() {
    let priced = |name: &str, aggregate| Declaration {
        of: Some(Source::Price),
        aggregate,
        ..clicks(name, "1h/5m")
    };
    let both = plan(vec![priced("a", Aggregate::Mean), priced("b", Aggregate::Count)]);
    assert_eq!(both.families().len(), 1);
    assert_eq!(both.families()[0].parts.len(), 1);
    assert_eq!(both.instance_bytes(Entity::User), HEAD_BYTES + 4 + 12 * 16);
    let other = plan(vec![priced("a", Aggregate::Mean), clicks("b", "1h/5m")]);
    assert_eq!(other.families().len(), 2);
}

#[test]
fn a_rate_shares_with_the_counts_it_is_made_of() {
    let views = TypeMask::of_ids([EventTypeId(0)]);
    let rate = Aggregate::Rate { per: views, prior: [1.0, 20.0] };
    let all = vec![
        clicks("clicks", "1h/5m"),
        Declaration { events: views, ..clicks("views", "1h/5m") },
        Declaration { aggregate: rate, ..clicks("ctr", "1h/5m") },
    ];
    assert_eq!(plan(all).families().len(), 2);
}

#[test]
fn a_tag_follows_from_all_that_gives_bytes_their_meaning() {
    let tag = |one: Declaration| plan(vec![one]).families()[0].tag;
    let base = || clicks("a", "5m/30s");
    let price = || Declaration { of: Some(Source::Price), aggregate: Aggregate::Sum, ..base() };
    let property = Declaration { of: Some(Source::Property("price".into())), ..price() };
    let different = [
        base(),
        clicks("a", "5m/1m"),
        clicks("a", "10m/30s"),
        clicks("a", "tumbling 30s"),
        clicks("a", "tumbling 1d"),
        clicks("a", "tumbling 1d Europe/Berlin"),
        clicks("a", "tumbling 1d +01:00"),
        clicks("a", "half-life 5m"),
        clicks("a", "last 5"),
        clicks("a", "visit"),
        Declaration { events: TypeMask::of_ids([EventTypeId(0)]), ..base() },
        Declaration { entity: Entity::Item, ..base() },
        Declaration {
            filter: Some(super::super::filter::Filter::parse("price < 3").unwrap()),
            ..base()
        },
        Declaration {
            filter: Some(super::super::filter::Filter::parse("price < 4").unwrap()),
            ..base()
        },
        price(),
        property,
        Declaration { aggregate: Aggregate::Min, ..price() },
        Declaration { aggregate: Aggregate::Max, ..price() },
        Declaration {
            aggregate: Aggregate::Distinct { most: 100 },
            of: Some(Source::Item),
            ..base()
        },
        Declaration {
            aggregate: Aggregate::Distinct { most: 300 },
            of: Some(Source::Item),
            ..base()
        },
    ];
    let mut tags: Vec<u64> = different.into_iter().map(tag).collect();
    let all = tags.len();
    tags.sort_unstable();
    tags.dedup();
    assert_eq!(tags.len(), all);
    assert_eq!(tag(base()), tag(clicks("another_name", "5m/30s")));
    let visit = |gap| FeaturePlan::new(vec![clicks("a", "visit")], &types(), gap).unwrap();
    assert_ne!(visit(1).fingerprint(), visit(2).fingerprint());
}

#[test]
fn weights_are_part_of_the_meaning_where_they_are_summed() {
    let weighed = Declaration {
        of: Some(Source::Weight),
        aggregate: Aggregate::Sum,
        ..clicks("a", "half-life 1d")
    };
    let mut heavier: Vec<EventTypeSpec> = types().iter().map(|(_, spec)| spec.clone()).collect();
    heavier[1].weight = 2.0;
    let heavier = EventTypes::new(heavier).unwrap();
    let tag = |types: &EventTypes, one: &Declaration| {
        FeaturePlan::new(vec![one.clone()], types, 1).unwrap().families()[0].tag
    };
    assert_ne!(tag(&types(), &weighed), tag(&heavier, &weighed));
    let counted = clicks("a", "half-life 1d");
    assert_eq!(tag(&types(), &counted), tag(&heavier, &counted));
}

#[test]
fn what_cannot_be_kept_is_refused_with_the_key_and_what_was_expected() {
    let base = || clicks("a", "5m/30s");
    let pairs = |most| Declaration { entity: Entity::UserItem, max_instances: most, ..base() };
    for (one, expected) in [
        (clicks("A b", "visit"), "feature \"A b\", name: a name is 1 to 64 of a-z, 0-9 and _"),
        (Declaration { events: TypeMask::default(), ..base() }, "events: names no event type"),
        (Declaration { ttl_ms: Some(0), ..base() }, "ttl: is no time at all"),
        (pairs(None), "max_instances: there may be any number of user_item"),
        (pairs(Some(5_000)), "max_instances: 5000 is out of range, expected 1 to 1000"),
        (
            Declaration { max_instances: Some(5), ..base() },
            "max_instances: the number of user is what it is",
        ),
        (
            Declaration { entity: Entity::Item, ..clicks("a", "visit") },
            "window: a visit is kept of users only",
        ),
    ] {
        let told = refusal(one);
        assert!(told.contains(expected), "{told}\nexpected {expected}");
    }
    let twice = FeaturePlan::new(vec![base(), base()], &types(), 1).unwrap_err();
    assert_eq!((twice.key, twice.fault), ("name", Fault::Twice));
    let many = (0..300).map(|n| clicks(&format!("f{n}"), "ever")).collect();
    let many = FeaturePlan::new(many, &types(), 1).unwrap_err();
    assert_eq!(many.fault, Fault::TooMany(MAX_FEATURES));
}

#[test]
fn an_aggregate_says_what_it_needs_and_over_what_it_can_be_taken() {
    let base = || clicks("a", "5m/30s");
    let plain = |aggregate| Declaration { aggregate, ..base() };
    let of =
        |of: &str, aggregate| Declaration { of: Some(Source::of_name(of)), ..plain(aggregate) };
    for (one, expected) in [
        (
            Declaration { aggregate: Aggregate::Sum, ..base() },
            "of: sum is made of numbers: name one",
        ),
        (of("item", Aggregate::Mean), "of: mean is made of numbers"),
        (of("price", Aggregate::Distinct { most: 9 }), "of: distinct is made of things"),
        (
            of("item", Aggregate::Distinct { most: 0 }),
            "most: 0 is out of range, expected 1 to 1000000",
        ),
        (
            Declaration { aggregate: Aggregate::LastValue, ..base() },
            "last_value shows what events carry",
        ),
        (of("item", Aggregate::LastTime), "last_time is made of events alone"),
        (
            of("item", Aggregate::Sequence),
            "window: sequence cannot be taken over a window of kind \"sliding\"; it can be over \"last N\"",
        ),
        (
            Declaration { aggregate: Aggregate::TopCategories { number: 3 }, ..base() },
            "window: top_categories cannot",
        ),
        (
            Declaration {
                aggregate: Aggregate::TopCategories { number: 99 },
                ..clicks("a", "ever")
            },
            "top: 99 is out of range, expected 1 to 32",
        ),
        (
            Declaration {
                aggregate: Aggregate::Max,
                of: Some(Source::Price),
                ..clicks("a", "half-life 1h")
            },
            "max cannot be taken over a window of kind \"half-life\"",
        ),
        (
            Declaration {
                aggregate: Aggregate::Rate { per: TypeMask::default(), prior: [1.0, 1.0] },
                ..base()
            },
            "per: names no event type",
        ),
        (
            Declaration {
                aggregate: Aggregate::Rate { per: base().events, prior: [1.0, 0.0] },
                ..base()
            },
            "smoothing: needs two numbers",
        ),
    ] {
        let told = refusal(one);
        assert!(told.contains(expected), "{told}\nexpected {expected}");
    }
}

#[test]
fn a_block_that_would_be_too_large_is_refused() {
    let all = |window: &str| {
        let mut all = Vec::new();
        for aggregate in [Aggregate::Sum, Aggregate::Min, Aggregate::Max] {
            let name = format!("{}_{}", aggregate.name(), all.len());
            all.push(Declaration { aggregate, of: Some(Source::Price), ..clicks(&name, window) });
        }
        all
    };
    let mut declarations = Vec::new();
    for (place, seconds) in [7u64, 11, 13, 17, 19, 23, 29, 31, 37].into_iter().enumerate() {
        for mut one in all(&format!("{}s/{seconds}s", 250 * seconds)) {
            one.name = format!("{}_{place}", one.name);
            declarations.push(one);
        }
    }
    let refused = FeaturePlan::new(declarations, &types(), 1).unwrap_err();
    assert!(refused.to_string().contains("bytes, and 65535 are the most"), "{refused}");
}

#[test]
fn instances_past_the_bound_give_way_to_newer_ones() {
    let pairs = Declaration {
        entity: Entity::UserItem,
        max_instances: Some(2),
        ..clicks("pairs", "1h/5m")
    };
    let plan = plan(vec![pairs]);
    let tag = plan.families()[0].tag;
    let mut section = Section::default();
    let mut click = |item: u32, ms: u64| {
        let at = Timestamp::from_millis(ms);
        let event =
            Occurrence { item: Some(ItemIndex(item)), ..Occurrence::new(EventTypeId(1), at, 0) };
        let tally = section.apply(&plan, &event);
        let kept: Vec<u64> = section.blocks(tag).map(|(key, _)| key).collect();
        (kept, tally.evicted, tally.refused)
    };
    assert_eq!(click(7, 100), (vec![7], 0, 0));
    assert_eq!(click(5, 200), (vec![5, 7], 0, 0));
    assert_eq!(click(7, 300), (vec![5, 7], 0, 0));
    assert_eq!(click(9, 400), (vec![7, 9], 1, 0));
    // Older than all that are kept.
    assert_eq!(click(1, 50), (vec![7, 9], 0, 1));
}

#[test]
fn only_numbers_enter_ranking_and_only_so_many() {
    let rank = Some(Classes::Log2);
    let of = Some(Source::Price);
    let window = Window::Last { events: 5 };
    let sequence =
        Declaration { rank, of, window, aggregate: Aggregate::Sequence, ..clicks("a", "ever") };
    let told = refusal(sequence);
    assert!(told.contains("rank: sequence is no number, and ranking takes numbers"), "{told}");
    let ranked = |name: &str| Declaration { rank: Some(Classes::Log2), ..clicks(name, "ever") };
    let full = (0..17).map(|n| ranked(&format!("f{n}"))).collect();
    let full = FeaturePlan::new(full, &types(), 1).unwrap_err();
    assert_eq!((full.key, full.fault), ("rank", Fault::TooManyRanked(16)));
}
