//! The rules in words: grace, labels, late events, bounds.

use super::super::*;
use super::plain::START_MS;

const GUEST: u64 = 7;

fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(START_MS + millis)
}

struct Rig {
    room: Room,
    said: RoomSaid,
}

impl Rig {
    fn new(config: RoomConfig) -> Self {
        let rules = Arc::new(RoomRules { config, ..RoomRules::default() });
        let mut rig = Self { room: Room::new(rules), said: RoomSaid::default() };
        let about = About { products: vec![ItemIndex(1), ItemIndex(2)], ..About::default() };
        rig.told(&RoomTold::About { about }, 0);
        rig
    }

    fn told(&mut self, told: &RoomTold, millis: u64) {
        self.room.told(told, at(millis), &mut self.said);
    }

    fn act(&mut self, viewer: u64, act: Act, millis: u64) {
        self.room.apply(&RoomEvent::new(viewer, act, at(millis)), &mut self.said);
    }

    fn click(&mut self, viewer: u64, item: u32, millis: u64) {
        let item = Some(ItemIndex(item));
        let event = RoomEvent { item, ..RoomEvent::new(viewer, Act::Click, at(millis)) };
        self.room.apply(&event, &mut self.said);
    }

    /// The outcomes so far, once time has come to `millis`.
    fn outcomes(&mut self, millis: u64) -> Vec<RoomOutcome> {
        self.room.told_time(at(millis), &mut self.said);
        std::mem::take(&mut self.said.outcomes)
    }

    fn stats(&self) -> RoomStats {
        self.room.stats(self.room.clock())
    }
}

fn rig() -> Rig {
    Rig::new(RoomConfig::default())
}

fn stayed(began: u64, ended: u64, verdict: StayVerdict) -> RoomOutcome {
    RoomOutcome::Stayed { viewer: GUEST, began: at(began), ended: at(ended), verdict }
}

#[test]
fn whoever_is_back_within_the_grace_has_the_same_stay() {
    for (back, joins) in [(15_000, 1), (15_001, 2)] {
        let mut rig = rig();
        rig.act(GUEST, Act::Join, 0);
        rig.act(GUEST, Act::Leave, 1_000);
        assert_eq!(rig.stats().viewers, 0, "who leaves is not there");
        rig.act(GUEST, Act::Join, 1_000 + back);
        assert_eq!((rig.stats().joins, rig.stats().viewers), (joins, 1), "back after {back}");
    }
}

#[test]
fn whoever_was_cut_off_counts_as_there_for_the_grace() {
    let mut rig = rig();
    rig.act(GUEST, Act::Join, 0);
    rig.act(8, Act::Join, 0);
    rig.told(&RoomTold::AllLost, 20_000);
    assert_eq!(rig.stats().viewers, 2);
    rig.act(8, Act::Heartbeat, 30_000);
    assert_eq!(rig.outcomes(36_000), [stayed(0, 20_000, StayVerdict::Stayed)]);
    assert_eq!(rig.stats().viewers, 1);
}

#[test]
fn who_comes_back_within_the_grace_is_known_to_have_been_cut_off_or_to_have_left() {
    use Comer::{CutOff, New, There};
    let mut rig = rig();
    let is = |rig: &mut Rig, act: Option<Act>, millis: u64| {
        if let Some(act) = act {
            rig.act(GUEST, act, millis);
        }
        let before = rig.room.clone();
        let comer = |later| rig.room.comer(GUEST, at(millis + later));
        let found = [comer(0), comer(15_000), comer(15_001)];
        assert_eq!(rig.room.state, before.state, "a question changes nothing");
        found
    };
    assert_eq!(is(&mut rig, None, 0), [New, New, New]);
    assert_eq!(is(&mut rig, Some(Act::Join), 0), [There, There, There]);
    assert_eq!(rig.room.comer(GUEST, at(300_000)), There);
    assert_eq!(rig.room.comer(GUEST, at(300_001)), New, "silent for too long");
    assert_eq!(is(&mut rig, Some(Act::Lost), 20_000), [CutOff, CutOff, New]);
    assert_eq!(is(&mut rig, Some(Act::Heartbeat), 30_000), [There, There, There]);
    assert_eq!(is(&mut rig, Some(Act::Leave), 40_000), [New, New, New]);
    assert_eq!(is(&mut rig, Some(Act::Lost), 41_000), [New, New, New], "their socket goes, too");
    assert_eq!(is(&mut rig, Some(Act::Join), 42_000), [There, There, There]);
    rig.told(&RoomTold::AllLost, 50_000);
    assert_eq!(is(&mut rig, None, 50_000), [CutOff, CutOff, New]);
    rig.act(GUEST, Act::Join, 51_000);
    rig.act(8, Act::Join, 70_000);
    rig.act(GUEST, Act::Lost, 52_000);
    assert_eq!(rig.room.comer(GUEST, at(60_000)), New, "the room's own time has passed the grace");
    rig.told(&RoomTold::Closed, 70_000);
    assert_eq!(rig.room.comer(8, at(70_000)), Comer::Uncounted);
}

#[test]
fn whoever_is_back_by_a_heartbeat_goes_on_with_the_stay_and_is_no_join() {
    let mut rig = rig();
    rig.act(GUEST, Act::Join, 0);
    let heat = rig.stats().heat;
    rig.act(GUEST, Act::Lost, 0);
    rig.act(GUEST, Act::Heartbeat, 0);
    let stats = rig.stats();
    assert_eq!((stats.joins, stats.viewers, stats.heat), (1, 1, heat));
    assert_eq!(stats.acts[HeatKind::Join as usize], 1);
    assert_eq!(rig.outcomes(16_000), [], "the grace is forgotten");
}

#[test]
fn past_the_bound_on_viewers_nobody_new_is_known_one_by_one() {
    let mut rig = Rig::new(RoomConfig { viewers_exact: 1, ..RoomConfig::default() });
    rig.act(GUEST, Act::Join, 0);
    rig.act(8, Act::Join, 0);
    rig.told(&RoomTold::AllLost, 1_000);
    assert_eq!(rig.room.comer(GUEST, at(1_000)), Comer::CutOff);
    assert_eq!(rig.room.comer(8, at(1_000)), Comer::Uncounted);
    rig.outcomes(20_000);
    assert_eq!(rig.room.comer(8, at(20_000)), Comer::New, "there is a place again");
}

#[test]
fn silence_ends_a_stay_at_its_last_sign() {
    let mut rig = rig();
    rig.act(GUEST, Act::Join, 0);
    rig.act(GUEST, Act::Comment, 40_000);
    assert_eq!(rig.outcomes(340_000), []);
    assert_eq!(rig.outcomes(340_001), [stayed(0, 40_000, StayVerdict::Stayed)]);
    assert!(!rig.room.waits_for_time());
}

#[test]
fn gone_at_once_without_a_reaction_says_no_to_the_room() {
    for (act, ended, verdict) in [
        (None, 2_999, StayVerdict::Short),
        (None, 3_000, StayVerdict::Stayed),
        (Some(Act::Like), 2_999, StayVerdict::Stayed),
    ] {
        let mut rig = rig();
        rig.act(GUEST, Act::Join, 0);
        if let Some(act) = act {
            rig.act(GUEST, act, 1_000);
        }
        rig.act(GUEST, Act::Leave, ended);
        assert_eq!(rig.outcomes(60_000), [stayed(0, ended, verdict)]);
    }
}

#[test]
fn a_gift_minutes_later_tells_how_long_after_the_join() {
    let mut rig = rig();
    rig.act(GUEST, Act::Join, 0);
    rig.act(GUEST, Act::Heartbeat, 200_000);
    rig.act(GUEST, Act::Gift, 400_000);
    let reacted = RoomOutcome::Reacted {
        viewer: GUEST,
        kind: HeatKind::Gift,
        item: None,
        at: at(400_000),
        after_ms: Some(400_000),
    };
    assert_eq!(rig.outcomes(400_000), [reacted]);
}

#[test]
fn leaving_on_purpose_says_no_to_what_is_shown_unless_it_was_looked_at() {
    for (looked_at, how, says_no) in [
        (None, Act::Leave, true),
        (Some(1), Act::Leave, true),
        (Some(2), Act::Leave, false),
        (None, Act::Lost, false),
    ] {
        let mut rig = rig();
        rig.told(&RoomTold::Showing { item: Some(ItemIndex(2)) }, 0);
        rig.act(GUEST, Act::Join, 0);
        if let Some(item) = looked_at {
            rig.click(GUEST, item, 5_000);
        }
        rig.act(GUEST, how, 10_000);
        // What is shown afterwards is none of theirs.
        rig.told(&RoomTold::Showing { item: Some(ItemIndex(1)) }, 11_000);
        let no = RoomOutcome::LeftOn { viewer: GUEST, item: ItemIndex(2), at: at(10_000) };
        assert_eq!(rig.outcomes(60_000).contains(&no), says_no, "{looked_at:?} {how:?}");
    }
}

#[test]
fn coming_back_takes_the_no_to_the_product_back() {
    let mut rig = rig();
    rig.told(&RoomTold::Showing { item: Some(ItemIndex(2)) }, 0);
    rig.act(GUEST, Act::Join, 0);
    rig.act(GUEST, Act::Leave, 10_000);
    rig.act(GUEST, Act::Join, 12_000);
    rig.told(&RoomTold::Showing { item: None }, 20_000);
    rig.act(GUEST, Act::Leave, 30_000);
    assert_eq!(rig.outcomes(60_000), [stayed(0, 30_000, StayVerdict::Stayed)]);
}

#[test]
fn the_end_of_the_room_says_nothing_of_those_who_were_there() {
    let mut rig = rig();
    rig.told(&RoomTold::Showing { item: Some(ItemIndex(2)) }, 0);
    rig.act(GUEST, Act::Join, 0);
    rig.told(&RoomTold::Closed, 1_000);
    assert_eq!(rig.outcomes(1_000), [stayed(0, 1_000, StayVerdict::Ended)]);
    assert!(!rig.room.is_open() && !rig.room.waits_for_time() && rig.room.shown().is_none());
    assert_eq!((rig.stats().viewers, rig.stats().leaves), (0, 1));
}

#[test]
fn a_late_event_counts_and_never_moves_a_closed_minute() {
    let mut rig = rig();
    rig.act(GUEST, Act::Comment, 10_000);
    rig.act(8, Act::Comment, 79_999);
    rig.act(9, Act::Comment, 50_000);
    let first = |rig: &Rig| rig.room.minutes().nth(1).map(|minute| minute.acts);
    let open = first(&rig);
    rig.act(8, Act::Comment, 80_000);
    let closed = first(&rig);
    assert_eq!((open, closed), (Some([0, 2, 0, 0, 0, 0]), Some([0, 2, 0, 0, 0, 0])));
    rig.act(10, Act::Comment, 59_999);
    assert_eq!(first(&rig), closed);
    assert_eq!((rig.stats().late, rig.stats().acts[HeatKind::Comment as usize]), (1, 5));
}

#[test]
fn nobody_heats_a_room_alone() {
    let heat_of = |viewers: u64| {
        let mut rig = rig();
        (0..400).for_each(|n| rig.act(n % viewers, Act::Comment, n * 10));
        rig.stats().heat[0]
    };
    let (one, many) = (heat_of(1), heat_of(100));
    assert!(one < 1.2 && 20.0 < many, "{one} and {many} points a second");
}

#[test]
fn coming_back_is_no_news() {
    let mut rig = rig();
    (0..200).for_each(|viewer| rig.act(viewer, Act::Join, 0));
    rig.told(&RoomTold::AllLost, 60_000);
    let before = rig.stats().heat[0];
    (0..200).for_each(|viewer| rig.act(viewer, Act::Join, 61_000));
    assert!(rig.stats().heat[0] < before);
    assert_eq!((rig.stats().joins, rig.stats().acts[HeatKind::Join as usize]), (200, 400));
}

#[test]
fn a_gift_counts_by_its_value_and_within_bounds() {
    let mut rig = rig();
    for (viewer, value) in [(1, 10.0), (2, f32::NAN), (3, -5.0), (4, f32::INFINITY), (5, 1e6)] {
        let event = RoomEvent { value: Some(value), ..RoomEvent::new(viewer, Act::Gift, at(0)) };
        rig.room.apply(&event, &mut rig.said);
    }
    let stats = rig.stats();
    assert!((stats.gift_value - 1_000_010.0).abs() < 1e-6);
    let points = stats.heat[0] * 10.0 / std::f64::consts::LN_2;
    assert!((points - (3.0 + 2.0 + 2.0 + 2.0 + 12.0)).abs() < 1e-6, "{points}");
}

#[test]
fn past_the_bound_viewers_are_estimated_in_constant_memory() {
    let config = RoomConfig { viewers_exact: 2_000, ..RoomConfig::default() };
    let mut rig = Rig::new(config);
    // Thirty thousand come within a minute, five thousand of those past the bound leave again.
    (0..30_000).for_each(|viewer| rig.act(viewer, Act::Join, 60_000 + viewer * 2));
    let stats = rig.stats();
    assert!(!stats.viewers_exact && !stats.audience_exact);
    let close = |found: u64, truth: f64| (found as f64 / truth - 1.0).abs() < 0.05;
    assert!(close(stats.viewers, 30_000.0) && close(stats.audience, 30_000.0), "{stats:?}");
    assert_eq!(stats.joins, 30_000);
    (10_000..15_000).for_each(|viewer| rig.act(viewer, Act::Leave, 130_000));
    assert!(close(rig.stats().viewers, 25_000.0), "{}", rig.stats().viewers);
    let bytes = rig.room.checkpoint().unwrap();
    assert!(bytes.len() < 130_000, "{} bytes", bytes.len());
    let rules = Arc::clone(&rig.room.rules);
    let restored = Room::restore(rules, &bytes).unwrap();
    assert_eq!(restored.state, rig.room.state);
    // Never heard of again: all of them are gone in the end.
    rig.outcomes(2_000_000);
    assert_eq!(rig.stats().viewers, 0);
}

#[test]
fn types_of_events_have_their_place_in_a_room() {
    let spec = |name: &str| crate::EventTypeSpec {
        name: name.to_owned(),
        aliases: Vec::new(),
        role: crate::Role::Neutral,
        weight: 0.0,
        half_life_ms: 1,
    };
    let types = ["rate", "live_join", "live_product_click", "purchase", "live_leave"].map(spec);
    let table = Act::table(&crate::EventTypes::new(types.to_vec()).unwrap());
    assert_eq!(table, [None, Some(Act::Join), Some(Act::Click), Some(Act::Add), Some(Act::Leave)]);
}
