//! Random streams with disorder: equal to the recount, and the same whatever is cut, restored or ticked in between.

use proptest::prelude::*;

use super::super::*;
use super::plain::{PlainStay, Recount, START_MS, Step, retention, stays_in_order};

const ACTS: [Act; 9] = [
    Act::Join,
    Act::Heartbeat,
    Act::Comment,
    Act::Like,
    Act::Gift,
    Act::Click,
    Act::Add,
    Act::Leave,
    Act::Lost,
];

/// Steps with gaps of up to twice the grace, now and then a long one, and one in three out of order.
fn steps(disorder: bool) -> impl Strategy<Value = Vec<Step>> {
    let step = (0u64..6, 0usize..ACTS.len(), 0u64..30_000, 0u8..30, 0u64..90_000);
    prop::collection::vec(step, 1..120).prop_map(move |raw| {
        let mut clock = START_MS;
        let steps = raw.into_iter().map(|(viewer, act, gap, long, back)| {
            clock += if long == 0 { gap * 20 } else { gap };
            let back = if disorder && long % 3 == 1 { back } else { 0 };
            Step { viewer, act: ACTS[act], at: Timestamp::from_millis(clock - back) }
        });
        steps.collect()
    })
}

fn rules() -> Arc<RoomRules> {
    let lists = "[feeling 2]\ngood\n[negation]\nnot\n[price]\nhow much\n";
    Arc::new(RoomRules { words: Words::parse(&[lists]).unwrap(), ..RoomRules::default() })
}

fn apply(room: &mut Room, step: &Step, said: &mut RoomSaid) {
    let event = RoomEvent {
        item: Some(ItemIndex(step.viewer as u32 % 4)),
        value: Some(step.viewer as f32),
        text: Some(["good", "not good", "how much is it"][step.viewer as usize % 3]),
        ..RoomEvent::new(step.viewer, step.act, step.at)
    };
    room.apply(&event, said);
}

fn shelf() -> RoomTold {
    let products = (0..3).map(ItemIndex).collect();
    RoomTold::About { about: About { products, ..About::default() } }
}

/// A room that was told `steps`, and all it said.
fn told(steps: &[Step]) -> (Room, RoomSaid) {
    let (mut room, mut said) = (Room::new(rules()), RoomSaid::default());
    let start = Timestamp::from_millis(START_MS);
    room.told(&shelf(), start, &mut said);
    room.told(&RoomTold::Showing { item: Some(ItemIndex(1)) }, start, &mut said);
    for step in steps {
        apply(&mut room, step, &mut said);
    }
    (room, said)
}

fn check_presence(room: &Room, stays: &[PlainStay]) {
    let numbers = room.stats(room.clock());
    let there = stays.iter().filter(|stay| stay.is_there()).count() as u64;
    let over = stays.iter().filter(|stay| stay.over).count() as u64;
    assert_eq!((numbers.viewers, numbers.joins, numbers.leaves), (there, stays.len() as u64, over));
    assert_eq!(room.retention(), retention(stays, room.clock().as_millis()));
    let mut lengths: Vec<u64> =
        stays.iter().filter(|stay| stay.over).map(|stay| stay.end() - stay.began).collect();
    lengths.sort_unstable();
    let median = lengths.get(lengths.len().saturating_sub(1) / 2).copied();
    let found = numbers.median_stay_ms;
    assert_eq!(found.is_some(), median.is_some());
    let (found, median) = (found.unwrap_or(0) as f64, median.unwrap_or(0) as f64);
    assert!((found - median).abs() <= 1.0 + median / 16.0, "{found} is far from {median}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn in_order_of_time_stays_are_signs_without_a_long_gap(steps in steps(false)) {
        let (room, _) = told(&steps);
        let stays = stays_in_order(&steps, room.clock().as_millis(), &RoomConfig::default());
        check_presence(&room, &stays);
    }

    #[test]
    fn in_any_order_it_is_what_a_plain_recount_says(steps in steps(true)) {
        let (room, said) = told(&steps);
        let recount = Recount::of(&steps, &RoomConfig::default());
        check_presence(&room, &recount.stays);
        let stats = room.stats(room.clock());
        prop_assert_eq!(stats.acts, recount.acts);
        prop_assert_eq!((stats.late, stats.stale), (recount.late, recount.stale));
        let stayed = said.outcomes.iter().filter(|o| matches!(o, RoomOutcome::Stayed { .. }));
        prop_assert_eq!(stayed.count() as u64, stats.leaves);
        for minute in room.minutes() {
            let plain = recount.minutes.get(&minute.number).copied().unwrap_or_default();
            let found = (minute.joins, minute.leaves, minute.acts.iter().sum::<u64>());
            prop_assert_eq!(found, plain, "minute {}", minute.number);
        }
    }

    #[test]
    fn heat_is_the_sum_of_what_is_left_of_each_act(steps in steps(true)) {
        let mut rules = RoomConfig::default();
        rules.heat.most_per_viewer = f32::INFINITY;
        // Which joins are news depends on who was there; see the rules.
        rules.heat.points[HeatKind::Join as usize] = 0.0;
        let rules = Arc::new(RoomRules { config: rules, ..RoomRules::default() });
        let (mut room, mut said) = (Room::new(rules.clone()), RoomSaid::default());
        for step in &steps {
            apply(&mut room, step, &mut said);
        }
        let config = &rules.config.heat;
        let heat = room.stats(room.clock()).heat;
        for (found, half_life) in heat.into_iter().zip(config.half_lives_ms) {
            let left = |step: &Step| {
                let kind = step.act.heat()?;
                let value = if kind == HeatKind::Gift { step.viewer as f64 } else { 0.0 };
                let points = f64::from(config.points[kind as usize])
                    + value * f64::from(config.points_per_value);
                let age = room.clock().millis_since(step.at) as f64 / half_life as f64;
                Some(points.min(f64::from(config.most_per_event)) * (-age).exp2())
            };
            let sum: f64 = steps.iter().filter_map(left).sum();
            let expected = sum * std::f64::consts::LN_2 / (half_life as f64 / 1_000.0);
            prop_assert!((found - expected).abs() <= 1e-9 * (1.0 + expected));
        }
    }

    #[test]
    fn cut_and_restored_anywhere_it_goes_on_bit_for_bit(steps in steps(true), cut in 0usize..120) {
        let (whole, all) = told(&steps);
        let cut = cut.min(steps.len());
        let (before, mut said) = told(&steps[..cut]);
        let mut after = Room::restore(rules(), &before.checkpoint().unwrap()).unwrap();
        prop_assert_eq!(&after.state, &before.state);
        for step in &steps[cut..] {
            apply(&mut after, step, &mut said);
        }
        prop_assert_eq!(after.checkpoint().unwrap(), whole.checkpoint().unwrap());
        prop_assert_eq!(&after.state, &whole.state);
        prop_assert_eq!(said, all);
    }

    #[test]
    fn ticks_in_between_change_nothing(steps in steps(true), every in 300u64..20_000) {
        let (whole, all) = told(&steps);
        let (mut room, mut said) = told(&[]);
        for step in &steps {
            let mut tick = room.clock().plus_millis(every);
            while tick < step.at {
                room.told_time(tick, &mut said);
                tick = tick.plus_millis(every);
            }
            apply(&mut room, step, &mut said);
        }
        prop_assert_eq!(said, all);
        prop_assert_eq!(&room.state, &whole.state);
    }
}

#[test]
fn damaged_bytes_are_refused_or_read_and_never_bring_it_down() {
    let steps: Vec<Step> = (0..200u64)
        .map(|n| Step {
            viewer: n % 7,
            act: ACTS[n as usize % 9],
            at: Timestamp::from_millis(START_MS + n * 3_000),
        })
        .collect();
    let (room, _) = told(&steps);
    let bytes = room.checkpoint().unwrap();
    for cut in 0..bytes.len() {
        assert!(Room::restore(rules(), &bytes[..cut]).is_err(), "cut at {cut}");
    }
    let mut other_version = bytes.clone();
    other_version[0] = 200;
    assert!(Room::restore(rules(), &other_version).is_err());
}
