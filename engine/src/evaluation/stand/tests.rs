//! How far one visitor, or one network, moves what all others see.

use super::*;
use crate::Sequence;
use crate::activity::{HalfLife, Window};
use crate::evaluation::NoMeter;
use crate::evaluation::testing::{records, stand};
use crate::ranking::{CandidatePool, Filter, RankRequest, Scenario, SeenPolicy, recommend};
use crate::user::InfluenceConfig;

const MINUTE: u64 = 60_000;
/// When the quiet shop of [`history`] ends.
const LATER: u64 = 300 * MINUTE;
/// What nobody cared for much.
const PUSHED: u32 = 59;
const BOUND: InfluenceConfig = InfluenceConfig { user_events: 300, user_impressions: 36_000 };
const NETWORK_EVENTS: u32 = 6_000;

/// Who, what, how many milliseconds after the start, out of which network.
type Done = (u32, u32, u64, u32);

/// 300 users in six groups of tastes choose six of ten items each, over five hours.
fn history() -> Vec<Done> {
    let mut done = Vec::new();
    for step in 0..6 {
        for user in 0..300 {
            let item = 10 * (user % 6) + (user / 6 + step * step) % 9;
            done.push((user, item, u64::from(step * 300 + user) * 10_000, 1 + user));
        }
    }
    done.extend((0..4).map(|user| (5 + 6 * user, PUSHED, LATER - MINUTE, 1 + user)));
    done
}

fn one_user(clicks: u32) -> Vec<Done> {
    (0..clicks).map(|n| (9_000, PUSHED, LATER + u64::from(n) * 300, 9_000)).collect()
}

fn one_network(clicks: u32) -> Vec<Done> {
    (0..clicks).map(|n| (10_000 + n, PUSHED, LATER + u64::from(n) * 300, 9_000)).collect()
}

/// Each out of a network of their own, within the same hour.
fn honest(users: u32) -> Vec<Done> {
    let gap = 50 * MINUTE / u64::from(users.max(1));
    (0..users).map(|n| (50_000 + n, PUSHED, LATER + u64::from(n) * gap, 50_000 + n)).collect()
}

/// How the pushed item stands with everybody else.
#[derive(Debug)]
struct Figures {
    popularity: f32,
    in_the_hour: f32,
    trend: f32,
    /// Mean place in the lists of 60 users of the shop.
    place: f32,
}

fn after(done: &[Done], bound: InfluenceConfig, network_events: u32) -> Figures {
    let mut config = stand().config().clone();
    config.apply = Arc::new(ApplyConfig { influence: bound, ..(*config.apply).clone() });
    let activity = ActivityConfig { origin_events: network_events, ..(*config.activity).clone() };
    config.activity = Arc::new(activity);
    let mut stand = Stand::new(config);
    let clicks: Vec<_> = done.iter().map(|(user, item, after, _)| (*user, *item, *after)).collect();
    let mut origins = done.iter().map(|(.., origin)| *origin);
    let (mut sequence, mut at) = (0, Timestamp::EPOCH);
    for mut record in records(&clicks) {
        if let RecordBody::Event { event, .. } = &mut record.body {
            event.origin = origins.next().unwrap();
            at = at.max(event.at);
        }
        stand.apply(&record);
        stand.pass_on(&record, &mut NoMeter);
        sequence = record.sequence.0;
    }
    let tick = Record { sequence: Sequence(sequence + 1), body: RecordBody::Tick { time: at } };
    stand.apply(&tick);
    stand.pass_on(&tick, &mut NoMeter);
    stand.publish();
    figures(&stand, at)
}

fn figures(stand: &Stand, at: Timestamp) -> Figures {
    let view = stand.activity();
    let of = |list: &[(ItemIndex, f32)]| {
        list.iter().find(|(item, _)| item.0 == PUSHED).map_or(0.0, |(_, score)| *score)
    };
    let place = (0..60).map(|user| place(stand, user, at)).sum::<usize>() as f32 / 60.0;
    Figures {
        popularity: view.popularity(ItemIndex(PUSHED), HalfLife::Middle),
        in_the_hour: of(view.windowed(Window::Hour, None)),
        trend: of(view.trending()),
        place,
    }
}

/// The item's place in a user's list of all, from 1.
fn place(stand: &Stand, user: u32, at: Timestamp) -> usize {
    let user = UserId::new(&format!("u{}", user * 5));
    let view =
        stand.user(ShardId((user.as_str()[1..].parse::<u32>().unwrap() % 2) as u16), &user, at);
    let (scenario, filter) = (Scenario::default(), Filter::default());
    let all: Vec<ItemIndex> = (0..60).map(ItemIndex).collect();
    let listed = recommend(&RankRequest {
        user: &view,
        rooms: None,
        activity: stand.activity(),
        model: Some(stand.model()),
        at,
        limit: 60,
        scenario: &scenario,
        filter: &filter,
        exclude: &[],
        exclude_seen: SeenPolicy::Ignored,
        also_seen: &[],
        pool: CandidatePool::Given(&all),
        explore: None,
        context: &[],
    });
    1 + listed.items.iter().position(|ranked| ranked.item.0 == PUSHED).unwrap_or(60)
}

fn with(more: Vec<Done>) -> Figures {
    after(&[history(), more].concat(), BOUND, NETWORK_EVENTS)
}

/// How many honest users, of whom each chose the item once, it takes to move every figure at least as far from `quiet`.
fn worth_users(quiet: &Figures, pushed: &Figures) -> u32 {
    let moves_as_far = |crowd: &Figures| {
        let far = |of: fn(&Figures) -> f32| {
            (of(pushed) - of(quiet)).abs() <= (of(crowd) - of(quiet)).abs()
        };
        [far(|it| it.popularity), far(|it| it.in_the_hour), far(|it| it.place)]
    };
    let mut most = 0;
    for figure in 0..3 {
        let enough = (1..40).find(|users| moves_as_far(&with(honest(*users)))[figure]);
        println!("figure {figure}: {enough:?} users");
        most = most.max(enough.unwrap_or(40));
    }
    most
}

#[test]
fn one_user_with_ten_thousand_clicks_moves_no_more_than_six_users_with_one_each() {
    let quiet = with(Vec::new());
    let unbounded = after(&[history(), one_user(10_000)].concat(), InfluenceConfig::UNBOUNDED, 0);
    let pushed = with(one_user(10_000));
    println!("quiet {quiet:?}\nunbounded {unbounded:?}\nbounded {pushed:?}");
    assert!(worth_users(&quiet, &pushed) <= 6);
    assert!(40.0 < (unbounded.place - quiet.place).abs());
}

#[test]
fn ten_thousand_names_out_of_one_network_move_no_more_than_twelve_users() {
    let quiet = with(Vec::new());
    let unbounded = after(&[history(), one_network(10_000)].concat(), BOUND, 0);
    let pushed = with(one_network(10_000));
    println!("quiet {quiet:?}\nunbounded {unbounded:?}\nbounded {pushed:?}");
    assert!(worth_users(&quiet, &pushed) <= 12);
    assert!(3_000.0 < unbounded.popularity && 10_000.0 < unbounded.in_the_hour);
}

/// All at the same moment: who rises is who was chosen by many.
#[test]
fn neither_makes_a_trend() {
    let burst = |who: fn(u32) -> (u32, u32)| {
        let done = (0..2_000).map(|n| {
            let (user, network) = who(n);
            (user, PUSHED, LATER + u64::from(n), network)
        });
        with(done.collect()).trend
    };
    let honest =
        with((0..12).map(|n| (50_000 + n, PUSHED, LATER + u64::from(n), 50_000 + n)).collect());
    let (user, network) = (burst(|_| (9_000, 9_000)), burst(|n| (10_000 + n, 9_000)));
    println!("one user {user}, one network {network}, twelve users {}", honest.trend);
    assert!(user <= honest.trend && network <= honest.trend);
}
