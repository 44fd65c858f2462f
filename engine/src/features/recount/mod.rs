//! Every aggregate over every window against a plain recount of the events, and what must never change a bit.

mod catalogue;
mod changes;
mod fixture;
mod plain;
mod stream;

use catalogue::{every_declaration, plan_of};
use plain::{History, agree};
use stream::{Happening, Random, Stream};

use super::declare::{Aggregate, Declaration, Entity, Window};
use super::plan::FeaturePlan;
use super::read::{Reading, Status};
use super::section::{Section, Tally};
use super::shared::{Partials, SharedFeatures};
use crate::features::occurrence::Occurrence;
use crate::{CategoryId, EventTypeId, ItemIndex, Timestamp};

/// Streams of each of the tests against a recount; 10,000 in all.
const STREAMS: u64 = 1_250;

/// Features of a random few declarations of one entity, over one random stream.
struct Trial {
    seed: u64,
    random: Random,
    plan: FeaturePlan,
    stream: Stream,
}

impl Trial {
    fn new(entity: Entity, seed: u64) -> Self {
        let mut random = Random(seed * 8 + entity as u64 + 1);
        let all = every_declaration(entity);
        let drawn = (0..12).map(|_| all[random.below(all.len() as u64) as usize].clone());
        let plan = plan_of(drawn.collect());
        let stream = Stream::random(&mut random);
        Self { seed, random, plan, stream }
    }

    /// Instants at which to read, when the newest event so far was at `newest`.
    fn instants(&mut self, newest: Timestamp) -> [Timestamp; 3] {
        let ahead = self.random.span();
        [newest, newest.plus_millis(ahead), newest.minus_millis(ahead)]
    }

    fn check(&self, one: &Declaration, found: &Reading, expected: &Reading, when: &str) {
        let equal = agree(found, expected);
        assert!(
            equal,
            "seed {}, {when}: {one:?}\nfound    {found:?}\nexpected {expected:?}\nof {:?}",
            self.seed, self.stream
        );
    }
}

/// Reads what a user's section says of every instance, against a recount of the events so far.
fn check_users(trial: &mut Trial, section: &Section, so_far: &[Happening], user: u64) {
    let newest = so_far.iter().map(|it| it.at).max().unwrap();
    for at in trial.instants(newest) {
        for (feature, one) in trial.plan.iter() {
            if one.window == Window::Visit && !trial.stream.is_gentle {
                continue;
            }
            for key in 0..6 {
                let history = History { events: so_far, user: Some(user), one };
                let expected = history.recount(key, at, stream::VISIT_GAP_MS);
                let found = trial.plan.read(feature, |tag| section.block(tag, key), at);
                trial.check(one, &found, &expected, &format!("key {key} at {at:?}"));
            }
        }
    }
}

fn users_agree(entity: Entity) {
    for seed in 0..STREAMS {
        let mut trial = Trial::new(entity, seed);
        let events = trial.stream.events.clone();
        let mut section = Section::default();
        let mut mine = Vec::new();
        let half = trial.random.below(events.len() as u64) as usize;
        for (place, event) in events.iter().enumerate() {
            if event.user != 0 {
                continue;
            }
            let tally = section.apply(&trial.plan, &event.occurrence());
            assert_eq!((tally.evicted, tally.refused), (0, 0));
            mine.push(event.clone());
            if place == half {
                check_users(&mut trial, &section, &mine, 0);
                // A cut and a restart in the middle.
                section = Section::unpack(&section.pack()).unwrap();
            }
        }
        if !mine.is_empty() {
            check_users(&mut trial, &section, &mine, 0);
        }
    }
}

fn all_agree(entity: Entity) {
    for seed in 0..STREAMS {
        let mut trial = Trial::new(entity, seed);
        let events = trial.stream.events.clone();
        let shared = in_commits(&mut trial, &events);
        let newest = events.iter().map(|it| it.at).max().unwrap();
        for at in trial.instants(newest) {
            for (feature, one) in trial.plan.iter() {
                for key in stream::keys_of(entity) {
                    let history = History { events: &events, user: None, one };
                    let expected = history.recount(key, at, stream::VISIT_GAP_MS);
                    let blocks = |tag| shared.block(&trial.plan, tag, key);
                    let found = trial.plan.read(feature, blocks, at);
                    trial.check(one, &found, &expected, &format!("key {key} at {at:?}"));
                }
            }
        }
    }
}

/// The events in random commits over a random number of shards, with a cut and a restart in the middle.
fn in_commits(trial: &mut Trial, events: &[Happening]) -> SharedFeatures {
    let plan = trial.plan.clone();
    let mut shared = SharedFeatures::new(&plan);
    let shards = 1 + trial.random.below(4);
    let restart = trial.random.below(events.len() as u64) as usize;
    let mut stored = std::collections::BTreeMap::new();
    let mut rest = events;
    while !rest.is_empty() {
        let commit = 1 + trial.random.below(40) as usize;
        let (now, later) = rest.split_at(commit.min(rest.len()));
        for shard in 0..shards {
            let mut partials = Partials::default();
            for event in now.iter().filter(|event| event.user % shards == shard) {
                partials.add(&plan, &event.occurrence());
            }
            if trial.random.below(2) == 0 {
                partials.add_up(&plan);
            }
            let _ = shared.merge(&plan, &partials);
        }
        for (name, value) in shared.take_changed(&plan) {
            stored.insert(name, value);
        }
        if later.len() <= restart && restart < rest.len() {
            let before = shared.digest();
            shared = SharedFeatures::new(&plan);
            for (name, value) in &stored {
                assert!(shared.restore(&plan, None, name, value.as_ref().unwrap()).unwrap());
            }
            assert_eq!(shared.digest(), before, "seed {}", trial.seed);
        }
        rest = later;
    }
    shared
}

#[test]
fn features_of_users_are_what_a_recount_says() {
    users_agree(Entity::User);
}

#[test]
fn features_of_users_with_items_are_what_a_recount_says() {
    users_agree(Entity::UserItem);
}

#[test]
fn features_of_users_with_categories_are_what_a_recount_says() {
    users_agree(Entity::UserCategory);
}

#[test]
fn features_of_items_are_what_a_recount_says() {
    all_agree(Entity::Item);
}

#[test]
fn features_of_categories_are_what_a_recount_says() {
    all_agree(Entity::Category);
}

#[test]
fn features_of_items_in_categories_are_what_a_recount_says() {
    all_agree(Entity::ItemCategory);
}

#[test]
fn features_of_rooms_are_what_a_recount_says() {
    all_agree(Entity::Room);
}

#[test]
fn features_of_the_node_are_what_a_recount_says() {
    all_agree(Entity::Global);
}

#[test]
fn no_order_and_no_split_changes_a_bit_of_what_is_shared() {
    for entity in [Entity::Item, Entity::Category, Entity::Room, Entity::Global] {
        for seed in 0..400 {
            let mut trial = Trial::new(entity, seed);
            let mut events = trial.stream.events.clone();
            let mut one_by_one = SharedFeatures::new(&trial.plan);
            for event in &events {
                let mut partials = Partials::default();
                partials.add(&trial.plan, &event.occurrence());
                let _ = one_by_one.merge(&trial.plan, &partials);
            }
            let expected = one_by_one.digest();
            assert_eq!(in_commits(&mut trial, &events).digest(), expected, "seed {seed}");
            trial.random.shuffle(&mut events);
            assert_eq!(in_commits(&mut trial, &events).digest(), expected, "seed {seed}");
        }
    }
}

#[test]
fn no_order_changes_a_bit_of_a_user_but_for_visits() {
    for seed in 0..800 {
        let mut trial = Trial::new(Entity::User, seed);
        let kept = trial.plan.iter().map(|(_, one)| one.clone());
        let kept = kept.filter(|one| one.window != Window::Visit);
        let plan = plan_of(kept.collect());
        let mut sections = [Section::default(), Section::default()];
        for section in &mut sections {
            for event in trial.stream.events.iter().filter(|event| event.user == 0) {
                let _ = section.apply(&plan, &event.occurrence());
            }
            trial.random.shuffle(&mut trial.stream.events);
        }
        // Top categories hold theirs in the order in which they came.
        let exact = |one: &Declaration| !matches!(one.aggregate, Aggregate::TopCategories { .. });
        if plan.iter().all(|(_, one)| exact(one)) {
            assert_eq!(sections[0], sections[1], "seed {seed}");
        }
    }
}

#[test]
fn no_bytes_make_it_stumble() {
    let mut random = Random(5);
    let mut told = 0;
    for seed in 0..600 {
        let mut trial = Trial::new(Entity::ALL[(seed % 3 * 3 % 5) as usize], seed);
        trial.plan = Trial::new(Entity::User, seed).plan;
        let mut section = Section::default();
        for event in &trial.stream.events {
            let _ = section.apply(&trial.plan, &event.occurrence());
        }
        let sound = section.pack();
        for _ in 0..20 {
            let mut bytes = sound.clone();
            for _ in 0..=random.below(4) {
                let place = random.below(bytes.len() as u64) as usize;
                bytes[place] = random.next() as u8;
            }
            bytes.truncate(bytes.len() - random.below(2) as usize);
            let Ok(mut section) = Section::unpack(&bytes) else { continue };
            told += 1;
            let _ = section.drop_unknown(&trial.plan);
            for (feature, _) in trial.plan.iter() {
                let _ = trial.plan.read(feature, |tag| section.block(tag, 0), Timestamp::EPOCH);
            }
            let mut tally = Tally::default();
            for event in trial.stream.events.iter().take(5) {
                tally.add(section.apply(&trial.plan, &event.occurrence()));
            }
        }
        let noise: Vec<u8> = (0..random.below(80)).map(|_| random.next() as u8).collect();
        let _ = Section::unpack(&noise);
    }
    assert!(500 < told, "only {told} damaged sections could be read at all");
}

#[test]
fn a_changed_declaration_never_reads_what_another_wrote() {
    for seed in 0..300 {
        let before = Trial::new(Entity::User, seed);
        let mut section = Section::default();
        for event in before.stream.events.iter().filter(|event| event.user == 0) {
            let _ = section.apply(&before.plan, &event.occurrence());
        }
        let after = Trial::new(Entity::User, seed + 5_000).plan;
        let known: Vec<u64> = after.families().iter().map(|family| family.tag).collect();
        let shared = section.iter().filter(|it| known.contains(&super::family::tag_of(it))).count();
        let blocks = section.iter().count();
        let mut restored = Section::unpack(&section.pack()).unwrap();
        assert_eq!(restored.drop_unknown(&after), (blocks - shared) as u64);
        assert_eq!(restored.iter().count(), shared);
        for (feature, one) in after.iter() {
            let at = Timestamp::from_millis(u64::MAX / 2);
            let reading = after.read(feature, |tag| restored.block(tag, 0), at);
            let is_kept = after.families_of(feature).any(|it| restored.block(it.tag, 0).is_some());
            assert_eq!(reading.status != Status::Missing, is_kept, "seed {seed}: {one:?}");
        }
    }
}

#[test]
fn instances_past_a_bound_give_way_when_time_is_told_and_not_before() {
    let bounded = Declaration {
        max_instances: Some(2),
        aggregate: Aggregate::Count,
        window: Window::Ever,
        of: None,
        filter: None,
        ..every_declaration(Entity::ItemCategory)[0].clone()
    };
    let plan = plan_of(vec![bounded]);
    let tag = plan.families()[0].tag;
    let mut shared = SharedFeatures::new(&plan);
    let mut partials = Partials::default();
    let events = (0..5u64).map(|n| {
        let at = Timestamp::from_millis(1_000 * (1 + (n * 2) % 5));
        Occurrence {
            item: Some(ItemIndex(n as u32)),
            categories: &[CategoryId(0)],
            ..Occurrence::new(EventTypeId(0), at, n)
        }
    });
    events.for_each(|event| partials.add(&plan, &event));
    let _ = shared.merge(&plan, &partials);
    assert_eq!(shared.instances(), 5);
    assert_eq!(shared.take_changed(&plan).len(), 5);
    assert_eq!(shared.told_time(&plan), 3);
    // The items were seen in seconds 1, 3, 5, 2 and 4.
    let kept: Vec<u64> = (0..5).filter(|n| shared.block(&plan, tag, n << 32).is_some()).collect();
    assert_eq!(kept, [2, 4]);
    let gone = shared.take_changed(&plan);
    assert_eq!((gone.len(), gone.iter().filter(|(_, value)| value.is_none()).count()), (3, 3));
    assert_eq!(shared.told_time(&plan), 0);
    // What was said of another plan is not taken for what it is not.
    let other = Trial::new(Entity::Item, 1).plan;
    assert_eq!(SharedFeatures::new(&other).merge(&other, &partials).unknown, 5);
}
