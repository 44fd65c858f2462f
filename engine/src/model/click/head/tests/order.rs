//! The head on rows like those of served lists, a tenth of them clicked: what it foretells must be about a tenth.

use super::*;
use crate::model::click::fields::{
    AGE, CATEGORY, CLICK_RATE, CONTEXT, GROUP, HOUR, ITEM, KIND, PRICE, RUNG, SCENARIO, USER,
    WEEKDAY,
};
use crate::model::numeric::{below, mix};

/// Lists of ten, to users who like one of three categories by their device: 22 % of it, 4 % of the others.
struct Lists {
    seed: u64,
    made: u64,
    users: usize,
}

impl Lists {
    fn next(&mut self) -> Vec<ClickSample> {
        self.made += 1;
        let word = mix(self.seed, self.made);
        let user = below(mix(word, 1), self.users) as u32;
        let first = below(mix(word, 2), 10) as u32;
        (0..10).map(|place| self.sample(word, user, (place, (first + place) % 30))).collect()
    }

    fn sample(&self, word: u64, user: u32, (place, item): (u32, u32)) -> ClickSample {
        let (device, category) = (user % 2, item % 3);
        let fields = vec![
            (USER, user.wrapping_mul(2_654_435_761)),
            (SCENARIO, 77),
            (HOUR, 3),
            (WEEKDAY, 2),
            (GROUP, 0),
            (RUNG, 1),
            (CONTEXT, device),
            (ITEM, item),
            (CATEGORY, category),
            (KIND, 0),
            (PRICE, item % 5),
            (AGE, 3),
            (CLICK_RATE, 10 + item % 4),
        ];
        let mut dense = [0.0; DENSE];
        (dense[0], dense[1]) = (-2.0 + 0.1 * item as f32, 1.5);
        let clicked = below(mix(word, 100 + u64::from(place)), 100) < likes(device, category);
        let outcome = if clicked {
            ClickOutcome::Clicked { by: CLICK, value: 1.0 }
        } else {
            ClickOutcome::Unclicked
        };
        ClickSample {
            sequence: Sequence(self.made),
            user_hash: user.into(),
            row: ClickRow { fields, shared: 7, dense },
            position: 1 + place as u16,
            propensity: 1.0,
            outcome,
            weight: 1.0,
            version: 0,
        }
    }
}

fn likes(device: u32, category: u32) -> usize {
    if device == category { 22 } else { 4 }
}

/// What readers are told of fresh lists: the mean of what is liked, of what is not, and the least.
fn foretold(head: &mut ClickHead, users: usize) -> [f32; 3] {
    let view = head.publish().0;
    let mut fresh = Lists { seed: 10, made: 0, users };
    let (mut sums, mut counts, mut least) = ([0.0; 2], [0.0; 2], 1.0_f32);
    for sample in (0..100).flat_map(|_| fresh.next()) {
        let (shared, own) = sample.row.fields.split_at(sample.row.shared);
        let mut list = view.list(shared);
        let score = list.score(own, &sample.row.dense);
        let p = list.probability(&score, sample.position);
        let group = usize::from(likes(shared[6].1, own[1].1) < 10);
        sums[group] += p;
        counts[group] += 1.0;
        least = least.min(p);
    }
    [sums[0] / counts[0], sums[1] / counts[1], least]
}

#[test]
fn clicks_are_foretold_at_their_rate_for_users_who_come_once_and_for_regulars() {
    for users in [1_000_000, 50] {
        let mut head = ClickHead::new(3, ClickConfig::default());
        let mut lists = Lists { seed: 9, made: 0, users };
        for samples in [150, 2_000] {
            while lists.made < samples {
                for sample in lists.next() {
                    let _ = head.learn(&sample);
                }
            }
            let [liked, other, least] = foretold(&mut head, users);
            let early = samples < 1_000;
            let near = if early { 0.09..0.45 } else { 0.17..0.28 };
            assert!(near.contains(&liked), "{samples} lists, {users}: {liked} of .22");
            let near = if early { 0.01..0.08 } else { 0.03..0.06 };
            assert!(near.contains(&other), "{samples} lists, {users}: {other} of .04");
            assert!(1e-3 < least, "{samples} lists, {users}: {least}");
        }
        assert!(head.proof().ready);
    }
}

#[test]
fn a_run_of_absences_takes_the_rate_down_and_not_to_nothing() {
    let mut head = ClickHead::new(3, ClickConfig::default());
    let mut lists = Lists { seed: 9, made: 0, users: 1_000_000 };
    for sample in (0..300).flat_map(|_| lists.next()) {
        let _ = head.learn(&sample);
    }
    for sample in (0..60).flat_map(|_| lists.next()) {
        let _ = head.learn(&ClickSample { outcome: ClickOutcome::Unclicked, ..sample });
    }
    let told @ [liked, other, least] = foretold(&mut head, 1_000_000);
    // A rate of one in six hundred is what such a run looks like.
    assert!(other < liked && 3e-4 < least, "{told:?}");
}

/// What is foretold after 2,000 lists where `late` of 100 clicks come 50 lists behind the absence that was told of them.
fn with_late_clicks(late: usize) -> [f32; 2] {
    let mut head = ClickHead::new(3, ClickConfig::default());
    let mut lists = Lists { seed: 9, made: 0, users: 1_000_000 };
    let mut waiting = std::collections::VecDeque::new();
    for number in 0..2_000 {
        let mut behind = Vec::new();
        for (place, sample) in lists.next().into_iter().enumerate() {
            let is_late = below(mix(number, 31 + place as u64), 100) < late;
            if sample.outcome == ClickOutcome::Unclicked || !is_late {
                let _ = head.learn(&sample);
                continue;
            }
            let unclicked = ClickSample { outcome: ClickOutcome::Unclicked, ..sample.clone() };
            let _ = head.learn(&unclicked);
            let outcome = ClickOutcome::Late { by: CLICK, value: 1.0 };
            behind.push(ClickSample { outcome, ..sample });
        }
        waiting.push_back(behind);
        if 50 < waiting.len() {
            for sample in waiting.pop_front().into_iter().flatten() {
                let _ = head.learn(&sample);
            }
        }
    }
    let [liked, other, _] = foretold(&mut head, 1_000_000);
    [liked, other]
}

#[test]
fn late_clicks_are_foretold_nearly_like_those_in_time() {
    let [liked, other] = with_late_clicks(0);
    for late in [10, 30] {
        let [late_liked, late_other] = with_late_clicks(late);
        assert!((late_liked / liked - 1.0).abs() < 0.15, "{late} %: {late_liked}, {liked} in time");
        assert!((late_other / other - 1.0).abs() < 0.25, "{late} %: {late_other}, {other} in time");
    }
}
