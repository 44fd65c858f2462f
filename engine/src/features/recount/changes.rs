//! Declarations that come and go: what stays is carried over, what is new is filled from the log.

use super::Trial;
use super::catalogue::{every_declaration, plan_of};
use super::stream::{Happening, keys_of};
use crate::features::carry::{Carrier, Layout};
use crate::features::declare::{Aggregate, Declaration, Entity, Window};
use crate::features::plan::FeaturePlan;
use crate::features::section::Section;
use crate::features::shared::{Partials, SharedFeatures};

#[test]
fn what_stays_declared_is_carried_over_to_the_bit() {
    let mut carried = 0;
    for seed in 0..400 {
        let mut trial = Trial::new(Entity::User, seed);
        let events: Vec<Happening> =
            trial.stream.events.iter().filter(|event| event.user == 0).cloned().collect();
        // Some of the features go, others come.
        let kept = trial.plan.iter().map(|(_, one)| one.clone()).skip(4);
        let new = Trial::new(Entity::User, seed + 9_000).plan;
        let new = new.iter().map(|(_, one)| one.clone()).take(4);
        let after = plan_of(kept.chain(new).collect());
        let layout = Layout::of(&trial.plan);
        let missing = layout.lacking(&after, |_| true);
        let bridge = Carrier::between(&layout, &after);
        let half = trial.random.below(events.len() as u64 + 1) as usize;
        let (mut section, mut never_changed) = (Section::default(), Section::default());
        for (place, event) in events.iter().enumerate() {
            if place == half {
                let _ = section.carry(&bridge, &after);
            }
            let plan = if place < half { &trial.plan } else { &after };
            let _ = section.apply(plan, &event.occurrence());
            let _ = never_changed.apply(&after, &event.occurrence());
        }
        if half == events.len() {
            let _ = section.carry(&bridge, &after);
        }
        let Some(newest) = events.iter().map(|event| event.at).max() else { continue };
        for (feature, one) in after.iter().filter(|(feature, _)| !missing.contains(feature)) {
            // Top categories that share a part with wider ones may hold more of them.
            let found = after.read(feature, |tag| section.block(tag, 0), newest);
            let expected = after.read(feature, |tag| never_changed.block(tag, 0), newest);
            assert_eq!(found, expected, "seed {seed}: {one:?}");
            carried += 1;
        }
    }
    assert!(1_000 < carried, "only {carried} features were carried");
}

#[test]
fn a_window_more_leaves_the_others_as_they_are() {
    let all = every_declaration(Entity::User);
    let of = |window: &str| {
        let window = Window::parse(window).unwrap();
        let is_plain =
            |one: &&Declaration| one.window == window && one.aggregate == Aggregate::Count;
        let found = all.iter().find(is_plain).unwrap().clone();
        Declaration { of: None, filter: None, ttl_ms: None, events: all[0].events, ..found }
    };
    let before = plan_of(vec![of("5m/30s"), of("half-life 1h")]);
    let after = plan_of(vec![of("5m/30s"), of("half-life 1h"), of("7d/1d")]);
    assert_eq!(before.families().len(), 1);
    assert_ne!(before.families()[0].tag, after.families()[0].tag);
    let missing = Layout::of(&before).missing(&after);
    assert_eq!(missing, [after.find("f2").unwrap().0]);
    assert_eq!(Layout::of(&after).missing(&before), []);
}

#[test]
fn new_features_are_filled_from_the_log_while_events_come_in() {
    let mut filled = 0;
    for seed in 0..600 {
        let mut trial = Trial::new(Entity::User, seed);
        let is_added_up = |one: &Declaration| {
            one.window != Window::Visit && !matches!(one.aggregate, Aggregate::TopCategories { .. })
        };
        let all: Vec<Declaration> =
            trial.plan.iter().map(|(_, one)| one.clone()).filter(is_added_up).collect();
        let (old, after) = (plan_of(all[all.len() / 2..].to_vec()), plan_of(all.clone()));
        let layout = Layout::of(&old);
        let missing = layout.missing(&after);
        let new = missing.iter().filter_map(|feature| after.get(*feature).cloned());
        let apart = plan_of(new.collect());
        let events: Vec<Happening> =
            trial.stream.events.iter().filter(|event| event.user == 0).cloned().collect();
        let change = trial.random.below(events.len() as u64 + 1) as usize;
        let (mut live, mut side, mut whole) = Default::default();
        let apply = |section: &mut Section, plan: &FeaturePlan, events: &[Happening]| {
            for event in events {
                let _ = section.apply(plan, &event.occurrence());
            }
        };
        apply(&mut live, &old, &events[..change]);
        let _ = live.carry(&Carrier::between(&layout, &after), &after);
        apply(&mut live, &after, &events[change..]);
        apply(&mut side, &apart, &events[..change]);
        let way = Carrier::filling(&Layout::of(&apart), &layout, &after);
        live.fill(&way, &after, &side);
        apply(&mut whole, &after, &events);
        let newest = events.iter().map(|event| event.at).max().unwrap_or_default();
        for (feature, one) in after.iter() {
            let found = after.read(feature, |tag| live.block(tag, 0), newest);
            let expected = after.read(feature, |tag| whole.block(tag, 0), newest);
            assert_eq!(found.value, expected.value, "seed {seed}: {one:?}");
            assert_eq!((found.status, found.event_at), (expected.status, expected.event_at));
            filled += usize::from(missing.contains(&feature) && change != 0);
        }
    }
    assert!(1_000 < filled, "only {filled} features were filled");
}

#[test]
fn shared_features_are_carried_over_a_restart_and_filled_as_well() {
    let mut filled = 0;
    for seed in 0..400 {
        let mut trial = Trial::new(Entity::Item, seed);
        let all: Vec<Declaration> = trial.plan.iter().map(|(_, one)| one.clone()).collect();
        let (old, after) = (plan_of(all[..all.len() / 2].to_vec()), plan_of(all.clone()));
        let layout = Layout::of(&old);
        let missing = layout.missing(&after);
        let apart = plan_of(missing.iter().filter_map(|it| after.get(*it).cloned()).collect());
        let events = &trial.stream.events;
        let change = trial.random.below(events.len() as u64 + 1) as usize;
        let state = |plan: &FeaturePlan, events: &[Happening]| {
            let mut shared = SharedFeatures::new(plan);
            let mut partials = Partials::default();
            for event in events {
                partials.add(plan, &event.occurrence());
            }
            let _ = shared.merge(plan, &partials);
            shared
        };
        let rows = state(&old, &events[..change]).take_changed(&old);
        let mut live = SharedFeatures::new(&after);
        let bridge = Carrier::between(&layout, &after);
        for (name, value) in rows {
            let _ = live.restore(&after, Some(&bridge), &name, &value.unwrap()).unwrap();
        }
        let mut partials = Partials::default();
        for event in &events[change..] {
            partials.add(&after, &event.occurrence());
        }
        let _ = live.merge(&after, &partials);
        let way = Carrier::filling(&Layout::of(&apart), &layout, &after);
        live.fill(&after, &way, &state(&apart, &events[..change]));
        let whole = state(&after, events);
        let newest = events.iter().map(|event| event.at).max().unwrap_or_default();
        for (feature, one) in after.iter() {
            for key in keys_of(Entity::Item) {
                let found = after.read(feature, |tag| live.block(&after, tag, key), newest);
                let expected = after.read(feature, |tag| whole.block(&after, tag, key), newest);
                assert_eq!(found.value, expected.value, "seed {seed}, item {key}: {one:?}");
            }
            filled += usize::from(missing.contains(&feature) && change != 0);
        }
    }
    assert!(1_000 < filled, "only {filled} features were filled");
}
