//! What holds for every rival, and what single ones say of streams that can be worked out by hand.

use proptest::prelude::*;

use super::{Asked, Choice, Chosen, Past, Rival, RivalModel, Stream};
use crate::model::numeric::mix;
use crate::{ItemIndex, Timestamp};

/// A rival and what happened.
struct Replay {
    past: Past,
    rival: Box<dyn Rival>,
}

impl Replay {
    fn new(model: RivalModel, stream: Stream) -> Self {
        Self { past: Past::default(), rival: model.rival(stream, 7) }
    }

    fn tell(&mut self, user: u32, item: u32) {
        let user = self.past.meet_user(u64::from(user));
        let known = self.past.item(ItemIndex(item)).is_some();
        let item = self.past.meet_item(ItemIndex(item));
        let choice = Choice { user, item, known, number: self.past.choices() };
        self.rival.learn(&choice, &self.past);
        self.past.add(user, item, Timestamp::from_millis(self.past.choices() * 1_000));
    }

    fn rebuild(&mut self) {
        self.rival.rebuild(&self.past);
    }

    /// Scores by item as the caller numbers them.
    fn ask(&mut self, user: u32) -> Vec<(u32, f32)> {
        let user = self.past.user(u64::from(user));
        let history: &[Chosen] = user.map_or(&[], |user| self.past.history(user));
        let mut scores = vec![0.0; self.past.items()];
        self.rival.score(&Asked { user, history }, &self.past, &mut scores);
        self.past.names().iter().map(|item| item.0).zip(scores).collect()
    }

    fn best(&mut self, user: u32, among: &[u32]) -> u32 {
        let scores = self.ask(user);
        let among = scores.into_iter().filter(|(item, _)| among.contains(item));
        among.max_by(|a, b| a.1.total_cmp(&b.1)).expect("an item").0
    }
}

/// One user's choice, and what is done before it.
#[derive(Clone, Copy, Debug)]
struct Step {
    user: u32,
    item: u32,
    rebuild: bool,
    ask: bool,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    // Few users and items, so that they meet; one in seven far away.
    let number = || prop_oneof![6 => 0..12_u32, 1 => 0..4_000_000_000_u32];
    let step = (number(), number(), 0..30_u8, 0..3_u8).prop_map(|(user, item, rebuild, ask)| {
        Step { user, item, rebuild: rebuild == 0, ask: ask == 0 }
    });
    proptest::collection::vec(step, 1..120)
}

/// All scores that `model` gives along `steps`, as bits.
fn scores(model: RivalModel, stream: Stream, steps: &[Step]) -> Vec<u32> {
    let mut replay = Replay::new(model, stream);
    let mut all = Vec::new();
    for step in steps {
        if step.rebuild {
            replay.rebuild();
        }
        if step.ask {
            for (item, score) in replay.ask(step.user) {
                assert!(score.is_finite(), "{model:?} scores item {item} {score}");
                all.push(score.to_bits());
            }
        }
        replay.tell(step.user, step.item);
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn scores_are_numbers_and_the_same_choices_give_the_same(steps in steps()) {
        for model in RivalModel::ALL {
            for stream in [Stream::Once, Stream::Visits] {
                let found = scores(model, stream, &steps);
                prop_assert_eq!(&found, &scores(model, stream, &steps), "{:?}", model);
            }
        }
    }
}

/// Users of two tastes choose ten items each out of the twenty of theirs.
fn two_tastes(model: RivalModel) -> Replay {
    let mut replay = Replay::new(model, Stream::Once);
    for turn in 0..10_u32 {
        for user in 0..60 {
            let draw = mix(u64::from(user), u64::from(turn)) % 20;
            replay.tell(user, user % 2 * 20 + draw as u32);
        }
        if turn % 3 == 0 {
            replay.rebuild();
        }
    }
    replay
}

#[test]
fn whoever_knows_users_tells_two_tastes_apart() {
    for model in RivalModel::ALL {
        // The one knows no users; the other wants all items chosen: its weakness.
        if matches!(model, RivalModel::AllTime | RivalModel::Isgd) {
            continue;
        }
        let mut replay = two_tastes(model);
        let mut right = 0;
        for user in 0..60 {
            let mut scores = replay.ask(user);
            scores.sort_by(|a, b| b.1.total_cmp(&a.1));
            right += scores.iter().take(10).filter(|(item, _)| item / 20 == user % 2).count();
        }
        assert!(480 < right, "{model:?}: {right} of 600");
    }
}

#[test]
fn popularity_counts() {
    let mut replay = Replay::new(RivalModel::AllTime, Stream::Once);
    for (user, item) in [(1, 5), (2, 6), (3, 6)] {
        replay.tell(user, item);
    }
    assert_eq!(replay.ask(9), [(5, 1.0), (6, 2.0)]);
}

#[test]
fn item_neighbours_are_worth_what_the_formula_says() {
    let mut replay = Replay::new(RivalModel::ItemKnn, Stream::Visits);
    for (user, item) in [(1, 0), (1, 1), (1, 2), (2, 0)] {
        replay.tell(user, item);
    }
    // C_01 = 1, C_02 = 2^-1/2; n_0 = 2; α = 1/5.
    let scores = replay.ask(2);
    assert!((scores[1].1 - 2.0_f32.powf(-0.8)).abs() < 1e-6, "{scores:?}");
    assert!((scores[2].1 - 2.0_f32.powf(-1.3)).abs() < 1e-6, "{scores:?}");
}

#[test]
fn a_batch_model_knows_nothing_of_what_came_after_it_was_built() {
    for model in [RivalModel::DailyKnn, RivalModel::DailyEase, RivalModel::DailyAls] {
        let mut replay = two_tastes(model);
        replay.rebuild();
        let before = replay.ask(100);
        for user in 200..230 {
            replay.tell(user, 3);
            replay.tell(user, 35);
        }
        assert_eq!(before, replay.ask(100), "{model:?}");
        replay.tell(100, 3);
        assert!(replay.best(100, &[4, 36]) == 4, "{model:?}");
    }
}

#[test]
fn session_neighbours_follow_the_last_item_more_than_the_one_before() {
    let mut replay = Replay::new(RivalModel::VmisKnn, Stream::Visits);
    for (user, item) in [(1, 0), (1, 10), (2, 1), (2, 11), (9, 0), (9, 1)] {
        replay.tell(user, item);
    }
    assert_eq!(replay.best(9, &[10, 11]), 11);
}
