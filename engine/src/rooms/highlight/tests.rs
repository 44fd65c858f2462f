use super::super::{HeatKind, RoomConfig};
use super::*;

const START_MS: u64 = 1_680_000_000_000;

struct Rig {
    config: RoomConfig,
    heat: Heat,
    watch: Watch,
    told: Vec<Highlight>,
}

impl Rig {
    fn new() -> Self {
        let told = Vec::new();
        Self { config: RoomConfig::default(), heat: Heat::default(), watch: Watch::default(), told }
    }

    fn at(&mut self, millis: u64) {
        let now = Timestamp::from_millis(START_MS + millis);
        self.watch.reach(now, &self.heat, &self.config, &mut self.told);
    }

    fn event(&mut self, millis: u64, kind: HeatKind) {
        self.at(millis);
        let now = Timestamp::from_millis(START_MS + millis);
        self.heat.add(kind, 1.0, now, &self.config.heat);
        self.watch.look(now, &self.heat, &self.config, &mut self.told);
    }

    /// `events` comments within three seconds, at `from_s`.
    fn burst(&mut self, from_s: u64, events: u64) {
        (0..events)
            .for_each(|n| self.event(from_s * 1_000 + n * 3_000 / events, HeatKind::Comment));
    }

    fn noticed(&self) -> usize {
        self.told.iter().filter(|told| told.phase == Phase::Noticed).count()
    }

    /// Comments by chance, `per_s` a second on average, from a fixed generator.
    fn chatter(&mut self, from_s: u64, to_s: u64, per_s: f64, seed: u64) {
        let mut state = seed;
        let mut at = from_s as f64;
        loop {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let uniform = ((state >> 11) as f64 + 1.0) / 9_007_199_254_740_993.0;
            at -= uniform.ln() / per_s;
            if to_s as f64 <= at {
                return;
            }
            self.event((at * 1_000.0) as u64, HeatKind::Comment);
        }
    }
}

#[test]
fn a_burst_is_told_within_five_seconds_with_what_it_was_made_of() {
    let mut rig = Rig::new();
    rig.chatter(0, 600, 1.0, 7);
    assert_eq!(rig.told, []);
    // Thirty gifts in three seconds.
    (0..30).for_each(|n| rig.event(600_000 + n * 100, HeatKind::Gift));
    rig.at(604_000);
    let [told] = &rig.told.clone()[..] else { panic!("{:?}", rig.told) };
    let since = |at: Timestamp| at.millis_since(Timestamp::from_millis(START_MS));
    assert_eq!(told.phase, Phase::Noticed);
    assert!((598_000..=600_000).contains(&since(told.start)), "{}", since(told.start));
    assert!(since(told.crossed_at) < 602_500 && since(told.told_at) <= 605_000);
    let gifts = told.made_of[HeatKind::Gift as usize];
    let all: f64 = told.made_of.iter().sum();
    assert!(gifts / all > 0.5 && (all - told.peak).abs() < 1e-9, "{gifts} of {all}");
    // It is over once the room is as ever.
    rig.chatter(604, 700, 1.0, 9);
    let [_, over] = &rig.told[..] else { panic!("{:?}", rig.told) };
    assert_eq!(
        (over.phase, over.start, over.crossed_at),
        (Phase::Over, told.start, told.crossed_at)
    );
    assert!(over.told_at < Timestamp::from_millis(START_MS + 650_000));
}

#[test]
fn chance_alone_is_no_moment() {
    // Twenty hours of steady chatter at five rates.
    for (seed, per_s) in [0.05, 0.3, 1.0, 5.0, 20.0].into_iter().enumerate() {
        let mut rig = Rig::new();
        rig.chatter(0, 14_400, per_s, seed as u64);
        let moments = rig.told.iter().filter(|told| told.phase == Phase::Noticed).count();
        assert!(moments <= 1, "{moments} at {per_s} a second");
    }
}

#[test]
fn a_new_level_is_one_moment_and_then_the_rooms_own() {
    let mut rig = Rig::new();
    rig.chatter(0, 600, 1.0, 3);
    rig.chatter(600, 6_000, 5.0, 4);
    let noticed: Vec<u64> = rig
        .told
        .iter()
        .filter(|told| told.phase == Phase::Noticed)
        .map(|told| told.crossed_at.millis_since(Timestamp::from_millis(START_MS)) / 1_000)
        .collect();
    assert!((1..=8).contains(&noticed.len()), "{noticed:?}");
    assert!(noticed.iter().all(|at| *at < 2_400), "{noticed:?}");
}

#[test]
fn a_long_silence_costs_no_steps_and_leaves_the_past() {
    let mut rig = Rig::new();
    rig.chatter(0, 300, 1.0, 5);
    rig.at(300_000 + SILENCE_MS);
    let (mean, seconds) = (rig.watch.mean, rig.watch.seconds);
    rig.at(1_000_000_000_000);
    assert!((rig.watch.mean - mean).abs() < f64::EPSILON && rig.watch.seconds <= seconds + 1);
}

#[test]
fn a_past_without_any_heat_can_be_left() {
    let mut rig = Rig::new();
    rig.event(0, HeatKind::Comment);
    rig.at(400_000);
    rig.chatter(400, 4_000, 3.0, 6);
    let noticed = rig.told.iter().filter(|told| told.phase == Phase::Noticed).count();
    assert!((1..=6).contains(&noticed), "{noticed}");
    assert!((rig.watch.mean - 3.0).abs() < 0.5, "{}", rig.watch.mean);
}

#[test]
fn a_great_moment_does_not_hide_the_next() {
    let mut rig = Rig::new();
    rig.chatter(0, 600, 1.0, 7);
    rig.burst(600, 400);
    rig.chatter(603, 780, 1.0, 8);
    rig.burst(780, 50);
    rig.chatter(783, 850, 1.0, 9);
    assert_eq!(rig.noticed(), 2);
}

#[test]
fn the_next_moment_waits_for_the_cooldown() {
    for (quiet_s, noticed) in [(10, 1), (40, 2)] {
        let mut rig = Rig::new();
        rig.chatter(0, 600, 1.0, 7);
        rig.burst(600, 60);
        let mut now = 603;
        while rig.told.len() < 2 {
            now += 1;
            rig.at(now * 1_000);
        }
        rig.burst(now + quiet_s, 60);
        rig.at((now + quiet_s + 10) * 1_000);
        assert_eq!(rig.noticed(), noticed, "{quiet_s} s after the end");
    }
}
