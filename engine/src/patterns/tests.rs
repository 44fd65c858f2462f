//! Patterns as declared, against a plain search of all events, and over cuts in the middle.

mod fixture;
mod plain;

use super::*;
use crate::features::filter::Filter;
use crate::{CategoryId, EventTypeId, ItemIndex};
use plain::Plain;

const VIEW: u8 = 0;
const CLICK: u8 = 1;
const SEARCH: u8 = 2;
const ENTER: u8 = 3;
const COMMENT: u8 = 4;
const LEAVE: u8 = 5;

fn on(types: &[u8]) -> Condition {
    Condition { events: TypeMask::of_ids(types.iter().copied().map(EventTypeId)), filter: None }
}

fn base(name: &str) -> Pattern {
    Pattern {
        name: name.to_owned(),
        steps: vec![(on(&[CLICK]), 3)],
        within_ms: 300_000,
        same: Same::Category,
        absence: None,
        tag: name.to_owned(),
        ttl_ms: 600_000,
        max_open: 4,
        rank: false,
    }
}

fn room_visit() -> Pattern {
    let steps = [ENTER, COMMENT, CLICK, LEAVE].map(|step| (on(&[step]), 1));
    Pattern { steps: steps.to_vec(), same: Same::Room, within_ms: 1_800_000, ..base("room_visit") }
}

fn gave_up() -> Pattern {
    Pattern {
        steps: vec![(on(&[SEARCH]), 1)],
        same: Same::User,
        absence: Some(Absence { of: on(&[CLICK]), for_ms: 60_000 }),
        ..base("gave_up")
    }
}

fn plan(patterns: Vec<Pattern>) -> PatternPlan {
    PatternPlan::new(patterns).unwrap()
}

fn event<'a>(event_type: u8, s: u64) -> Occurrence<'a> {
    Occurrence::new(EventTypeId(event_type), Timestamp::from_millis(1_000 * s), 1)
}

const fn s(seconds: u64) -> Timestamp {
    Timestamp::from_millis(1_000 * seconds)
}

#[test]
fn three_clicks_in_one_category_within_five_minutes() {
    let plan = plan(vec![base("keen")]);
    let mut user = Automata::default();
    let mut click = |category: u32, at: u64| {
        let categories = [CategoryId(category)];
        user.apply(&plan, &Occurrence { categories: &categories, ..event(CLICK, at) }).matches
    };
    assert_eq!(click(1, 10), []);
    assert_eq!(click(2, 240), []);
    assert_eq!(click(1, 260), []);
    // The first click is more than five minutes back, so the run that began with the second one goes on.
    assert_eq!(click(1, 320), []);
    let found = click(1, 500);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].binding, found[0].started_at, found[0].at), (1, s(260), s(500)));
    // A match uses its events up.
    assert_eq!(click(1, 501), []);
    assert_eq!(click(1, 502), []);
    assert_eq!(click(1, 503).len(), 1);
    let tags = user.tags(&plan, s(503));
    assert_eq!(tags.len(), 1);
    assert_eq!(
        (tags[0].pattern.tag.as_str(), tags[0].matches, tags[0].until),
        ("keen", 2, s(1_103))
    );
    assert_eq!(user.tags(&plan, s(1_103)), []);
}

#[test]
fn a_whole_visit_to_one_room_with_other_things_between() {
    let plan = plan(vec![room_visit()]);
    let mut user = Automata::default();
    let mut does = |event_type: u8, room: &'static str, at: u64| {
        let event = Occurrence { room: Some(room), ..event(event_type, at) };
        user.apply(&plan, &event).matches.len()
    };
    assert_eq!(does(ENTER, "a", 1), 0);
    assert_eq!(does(ENTER, "b", 2), 0);
    assert_eq!(does(COMMENT, "a", 3), 0);
    assert_eq!((0..100).map(|n| does(COMMENT, "a", 4 + n)).sum::<usize>(), 0);
    assert_eq!(does(CLICK, "b", 110), 0);
    assert_eq!(does(CLICK, "a", 111), 0);
    assert_eq!(does(LEAVE, "b", 112), 0);
    assert_eq!(does(LEAVE, "a", 113), 1);
}

#[test]
fn a_search_without_a_click_is_noticed_by_a_tick() {
    let plan = plan(vec![gave_up()]);
    let mut user = Automata::default();
    assert_eq!(user.apply(&plan, &event(SEARCH, 10)), Noticed::default());
    assert_eq!(user.next_due(&plan), Some(s(70)));
    assert_eq!(user.told_time(&plan, s(69)), Noticed::default());
    let found = user.told_time(&plan, s(75)).matches;
    assert_eq!((found.len(), found[0].started_at, found[0].at), (1, s(10), s(70)));
    assert_eq!(user.next_due(&plan), None);
    assert_eq!(user.told_time(&plan, s(500)), Noticed::default());
}

#[test]
fn a_click_in_time_ends_the_absence_and_one_from_before_does_not() {
    let plan = plan(vec![gave_up()]);
    let mut user = Automata::default();
    let _ = user.apply(&plan, &event(SEARCH, 10));
    let _ = user.apply(&plan, &event(CLICK, 5));
    assert_eq!(user.next_due(&plan), Some(s(70)));
    let _ = user.apply(&plan, &event(CLICK, 60));
    assert_eq!(user.next_due(&plan), None);
    assert!(user.is_empty());
    // The user's own later event tells the time as well.
    let _ = user.apply(&plan, &event(SEARCH, 100));
    assert_eq!(user.apply(&plan, &event(CLICK, 200)).matches.len(), 1);
}

#[test]
fn filters_decide_what_is_a_step() {
    let dear = Condition { filter: Some(Filter::parse("price >= 100").unwrap()), ..on(&[VIEW]) };
    let pattern = Pattern { steps: vec![(dear, 2)], same: Same::Item, ..base("dear") };
    let plan = plan(vec![pattern]);
    let mut user = Automata::default();
    let mut view = |item: u32, price: f32, at: u64| {
        let event =
            Occurrence { item: Some(ItemIndex(item)), price: Some(price), ..event(VIEW, at) };
        user.apply(&plan, &event).matches.len()
    };
    assert_eq!(view(1, 100.0, 1) + view(1, 99.0, 2) + view(2, 300.0, 3), 0);
    assert_eq!(view(1, 100.0, 4), 1);
}

#[test]
fn open_bindings_are_bounded_and_the_oldest_gives_way() {
    let plan = plan(vec![Pattern { max_open: 2, ..base("keen") }]);
    let mut user = Automata::default();
    for n in 0..50u32 {
        let categories = [CategoryId(n)];
        let event = Occurrence { categories: &categories, ..event(CLICK, u64::from(n)) };
        let _ = user.apply(&plan, &event);
    }
    assert!(user.pack().len() < 60, "{}", user.pack().len());
    let categories = [CategoryId(49)];
    let again = |at| Occurrence { categories: &categories, ..event(CLICK, at) };
    assert_eq!(user.apply(&plan, &again(50)).matches.len(), 0);
    assert_eq!(user.apply(&plan, &again(51)).matches.len(), 1);
}

#[test]
fn an_event_behind_its_run_is_counted_late() {
    let steps = vec![(on(&[ENTER]), 1), (on(&[COMMENT]), 1), (on(&[LEAVE]), 1)];
    let plan = plan(vec![Pattern { steps, same: Same::User, ..base("three") }]);
    let mut user = Automata::default();
    let _ = user.apply(&plan, &event(ENTER, 10));
    assert_eq!(user.apply(&plan, &event(COMMENT, 9)).late, 1);
    assert_eq!(user.apply(&plan, &event(COMMENT, 11)).late, 0);
    assert_eq!(user.apply(&plan, &event(LEAVE, 12)).matches.len(), 1);
}

/// All patterns of the random tests.
fn several() -> Vec<Pattern> {
    let pair = vec![(on(&[VIEW, CLICK]), 1), (on(&[CLICK]), 2)];
    let stages = vec![(on(&[ENTER]), 1), (on(&[COMMENT]), 2), (on(&[ENTER, LEAVE]), 1)];
    vec![
        Pattern { within_ms: 20_000, ..base("keen") },
        Pattern { within_ms: 60_000, ..room_visit() },
        gave_up(),
        Pattern { steps: pair, within_ms: 8_000, same: Same::User, ..base("pair") },
        Pattern { steps: stages, within_ms: 40_000, same: Same::Room, ..base("stages") },
        Pattern {
            steps: vec![(on(&[SEARCH]), 2)],
            within_ms: 9_000,
            absence: Some(Absence { of: on(&[CLICK, VIEW]), for_ms: 5_000 }),
            same: Same::User,
            ..base("twice")
        },
    ]
}

#[derive(Clone, Debug)]
struct Step {
    event_type: u8,
    at: Timestamp,
    categories: Vec<CategoryId>,
    room: Option<&'static str>,
    is_tick: bool,
}

impl Step {
    fn occurrence(&self) -> Occurrence<'_> {
        Occurrence {
            categories: &self.categories,
            room: self.room,
            ..Occurrence::new(EventTypeId(self.event_type), self.at, 1)
        }
    }

    fn done_to(&self, user: &mut Automata, plan: &PatternPlan) -> Noticed {
        if self.is_tick {
            return user.told_time(plan, self.at);
        }
        user.apply(plan, &self.occurrence())
    }
}

fn steps(seed: u64, disorder_ms: u64) -> Vec<Step> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut below = move |bound: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) % bound
    };
    let mut now = 1_000_000;
    let number = 1 + below(120);
    let one = |_| {
        now += below(4) * below(4_000);
        let categories = (0..3).filter(|_| below(2) == 0).map(CategoryId).collect();
        let is_tick = below(8) == 0;
        let back = if is_tick || below(3) != 0 { 0 } else { below(disorder_ms + 1) };
        let room = [None, Some("a"), Some("b")][below(3) as usize];
        let at = Timestamp::from_millis(now - back);
        Step { event_type: below(6) as u8, at, categories, room, is_tick }
    };
    (0..number).map(one).collect()
}

#[test]
fn matches_are_those_that_a_plain_search_finds() {
    let plan = plan(several());
    let mut found = 0;
    for seed in 0..4_000 {
        let mut user = Automata::default();
        let mut search = Plain::new(several());
        for step in steps(seed, 0) {
            let noticed = step.done_to(&mut user, &plan);
            let expected = if step.is_tick {
                search.told_time(step.at)
            } else {
                search.take(&step.occurrence())
            };
            assert_eq!(noticed.matches, expected, "seed {seed} at {step:?}");
            assert_eq!(noticed.late, 0);
            found += expected.len();
        }
    }
    assert!(10_000 < found, "only {found} matches");
}

#[test]
fn a_cut_in_the_middle_of_a_pattern_changes_nothing() {
    let plan = plan(several());
    for seed in 0..1_000 {
        let all = steps(seed, 30_000);
        let mut whole = Automata::default();
        let mut cut = Automata::default();
        for (place, step) in all.iter().enumerate() {
            assert_eq!(
                step.done_to(&mut whole, &plan),
                step.done_to(&mut cut, &plan),
                "seed {seed}"
            );
            if (place as u64).is_multiple_of(1 + seed % 5) {
                cut = Automata::unpack(&cut.pack()).unwrap();
            }
            assert_eq!(whole.pack(), cut.pack(), "seed {seed}");
            assert_eq!(whole.next_due(&plan), cut.next_due(&plan));
            assert_eq!(whole.tags(&plan, step.at), cut.tags(&plan, step.at));
        }
        assert!(whole.pack().len() < 700, "{}", whole.pack().len());
    }
}

#[test]
fn no_bytes_make_it_stumble() {
    let plan = plan(several());
    let mut read = 0;
    for seed in 0..500u64 {
        let all = steps(seed, 30_000);
        let mut user = Automata::default();
        for step in &all {
            let _ = step.done_to(&mut user, &plan);
        }
        let sound = user.pack();
        for place in 0..sound.len() {
            let mut bytes = sound.clone();
            bytes[place] ^= 1 << (seed % 8);
            let Ok(mut user) = Automata::unpack(&bytes) else { continue };
            read += 1;
            let _ = user.drop_unknown(&plan);
            for step in all.iter().take(9) {
                let _ = step.done_to(&mut user, &plan);
            }
            let _ = user.tags(&plan, s(1));
            assert!(Automata::unpack(&sound[..place]).is_err() || place == 0);
        }
    }
    assert!(1_000 < read, "only {read} damaged ones could be read at all");
}

#[test]
fn a_changed_pattern_never_reads_the_runs_of_another() {
    let before = plan(several());
    let mut user = Automata::default();
    for step in steps(7, 0) {
        let _ = step.done_to(&mut user, &before);
    }
    let mut changed = several();
    for pattern in &mut changed {
        pattern.within_ms += 1;
    }
    let kept = user.memories.len() as u64;
    assert!(0 < kept);
    assert_eq!(user.clone().drop_unknown(&before), 0);
    assert_eq!(user.next_due(&plan(changed.clone())), None);
    assert_eq!(user.drop_unknown(&plan(changed)), kept);
    assert!(user.is_empty());
}

#[test]
fn another_tag_or_time_to_live_keeps_the_runs() {
    let longer = Pattern { ttl_ms: 5_000, tag: "other".to_owned(), max_open: 9, ..base("keen") };
    assert_eq!(plan(vec![base("keen")]).fingerprint(), plan(vec![longer]).fingerprint());
}

#[test]
fn what_cannot_be_kept_is_refused_with_the_key_and_what_was_expected() {
    let steps = |times| Pattern { steps: vec![(on(&[CLICK]), times)], ..base("a") };
    let absent =
        |of: &[u8], for_ms| Pattern { absence: Some(Absence { of: on(of), for_ms }), ..base("a") };
    for (pattern, expected) in [
        (base("A"), "pattern \"A\", name: a name is 1 to 64"),
        (Pattern { tag: String::new(), ..base("a") }, "tag: a name is"),
        (steps(9), "steps: 9 steps"),
        (steps(0), "steps: 0 steps"),
        (steps(1), "steps: one step that happens once is an event"),
        (Pattern { steps: vec![(on(&[]), 2)], ..base("a") }, "steps: names no event type"),
        (Pattern { within_ms: 0, ..base("a") }, "within: 0 ms are out of range"),
        (Pattern { ttl_ms: 1 << 40, ..base("a") }, "ttl: 1099511627776 ms"),
        (Pattern { max_open: 65, ..base("a") }, "max_open: 65 is out of range"),
        (absent(&[], 1_000), "then_no: names no event type"),
        (absent(&[CLICK], 1), "for: 1 ms"),
    ] {
        let told = PatternPlan::new(vec![pattern]).unwrap_err().to_string();
        assert!(told.contains(expected), "{told}\nexpected {expected}");
    }
    let twice = PatternPlan::new(vec![base("a"), base("a")]).unwrap_err();
    assert_eq!((twice.key, twice.fault), ("name", PatternFault::Twice));
}
