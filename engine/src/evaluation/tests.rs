use std::collections::BTreeMap;

use super::testing::{Click, HOUR, groups, judge, protocol, records};
use super::*;
use crate::ranking::Repeats;

/// Six users, one click each, a minute apart.
const SIX: [Click; 6] =
    [(1, 0, 0), (2, 1, 60_000), (3, 1, 120_000), (4, 0, 180_000), (5, 2, 240_000), (6, 2, 300_000)];

#[track_caller]
fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
}

#[test]
fn every_event_is_ranked_by_what_came_before_it() {
    let mut protocol = protocol(&[Method::Popularity], Candidates::All);
    protocol.unscored = 1;
    let outcome = judge(protocol, &records(&SIX));
    // Items 1, 1, 0, 2, 2 come: not known, first, second behind item 1, not known, third.
    let figures = &outcome.methods[0].figures;
    assert_eq!((outcome.events, outcome.scored, outcome.unknown), (6, 5, 2));
    assert_eq!((outcome.users, outcome.items), (5, 3));
    near(figures.hit_rates[0], 1.0 / 5.0);
    near(figures.hit_rates[1], 2.0 / 5.0);
    near(figures.ndcg, (1.0 + 1.0 / 3.0_f64.log2()) / 5.0);
    near(figures.mrr, (1.0 + 1.0 / 2.0 + 1.0 / 3.0) / 5.0);
    near(outcome.methods[0].coverage, 2.0 / 3.0);
}

#[test]
fn retrieved_lists_hold_what_is_popular_as_well() {
    let mut protocol = protocol(&[Method::Popularity], Candidates::Retrieved);
    protocol.unscored = 1;
    let outcome = judge(protocol, &records(&SIX));
    near(outcome.methods[0].figures.hit_rates[0], 1.0 / 5.0);
    near(outcome.methods[0].figures.hit_rates[1], 2.0 / 5.0);
}

#[test]
fn nothing_tells_of_an_item_before_its_first_event() {
    // Each user clicks an item that nobody clicked before, and there are fewer items than places.
    let clicks: Vec<Click> = (0..20).map(|n| (n, n, u64::from(n) * 1_000)).collect();
    let mut protocol = protocol(&Method::ALL, Candidates::Retrieved);
    protocol.lengths = vec![100];
    let outcome = judge(protocol, &records(&clicks));
    assert_eq!(outcome.unknown, 20);
    for one in &outcome.methods {
        near(one.figures.hit_rates[0], 0.0);
    }
}

#[test]
fn what_a_user_took_comes_again_only_where_it_may() {
    let clicks = [(1, 0, 0), (1, 1, 60_000), (1, 0, 120_000), (1, 0, 180_000)];
    let hits = |repeats| {
        let mut protocol = protocol(&[Method::Popularity], Candidates::All);
        protocol.scenario.seen.repeats = repeats;
        judge(protocol, &records(&clicks)).methods[0].figures.hit_rates[1] * 4.0
    };
    near(hits(Repeats::Never), 0.0);
    // The third click comes back to item 0; the fourth stays at it, and the current item is no recommendation.
    near(hits(Repeats::Allowed), 1.0);
}

#[test]
fn between_publications_nothing_new_is_seen_of_others() {
    let clicks =
        [(1, 0, 0), (2, 1, HOUR), (3, 1, HOUR + 60_000), (4, 1, HOUR + 120_000), (5, 1, 2 * HOUR)];
    let hits = |every_ms| {
        let mut protocol = protocol(&[Method::Popularity], Candidates::All);
        protocol.publish_every_ms = every_ms;
        judge(protocol, &records(&clicks)).methods[0].figures.hit_rates[0] * 5.0
    };
    near(hits(0), 3.0);
    near(hits(HOUR), 1.0);
}

#[test]
fn popularity_agrees_with_a_plain_recount() {
    let clicks = groups(1_500);
    let outcome = judge(protocol(&[Method::Popularity], Candidates::All), &records(&clicks));
    let mut counts = BTreeMap::<u32, f64>::new();
    let mut taken = BTreeMap::<u32, Vec<u32>>::new();
    let mut hits = 0;
    for (user, item, _) in &clicks {
        let taken = taken.entry(*user).or_default();
        if let Some(own) = counts.get(item).filter(|_| !taken.contains(item)) {
            let others = counts.iter().filter(|(other, _)| !taken.contains(other));
            hits += u32::from(others.filter(|(_, count)| own < *count).count() < 2);
        }
        taken.push(*item);
        for count in counts.values_mut() {
            *count *= 0.5_f64.powf(1.0 / 3_000.0);
        }
        *counts.entry(*item).or_default() += 1.0;
    }
    let recount = f64::from(hits) / 1_500.0;
    let found = outcome.methods[0].figures.hit_rates[1];
    // Counts that differ in the seventh digit may change places.
    assert!(0.01 < recount && (found - recount).abs() < 0.002, "{found} against {recount}");
}

#[test]
fn one_click_changes_lists_and_no_click_changes_nothing() {
    for candidates in [Candidates::Retrieved, Candidates::All] {
        let mut protocol = protocol(&Method::ALL, candidates);
        (protocol.lengths, protocol.probe_every, protocol.most_probes) = (vec![10], 3, 100);
        let outcome = judge(protocol, &records(&groups(900)));
        for one in &outcome.methods {
            assert_eq!(one.reaction.probes, 100);
            near(one.reaction.null, 0.0);
            let steady = matches!(one.method, Method::AllTime | Method::Popularity)
                || format!("{:?}", one.method).starts_with("Daily");
            let moved = if steady { 0.0..0.2 } else { 0.01..1.0 };
            assert!(moved.contains(&one.reaction.replaced), "{:?}", (candidates, one));
        }
    }
}

#[test]
fn what_is_learned_from_groups_beats_popularity_and_the_same_stream_gives_the_same_figures() {
    let mut protocol = protocol(&Method::ALL, Candidates::All);
    (protocol.lengths, protocol.unscored) = (vec![5], 300);
    protocol.scenario.seen.repeats = Repeats::Allowed;
    let outcome = judge(protocol.clone(), &records(&groups(1_500)));
    assert_eq!(outcome.reference, Method::Learned);
    let popularity = &outcome.methods[Method::Popularity.place()];
    let behind = popularity.behind.unwrap().hit_rate;
    assert!(0.05 < behind.low && behind.low < behind.difference, "{behind:?}");
    assert_eq!(outcome, judge(protocol, &records(&groups(1_500))));
}
