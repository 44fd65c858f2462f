use super::*;
use crate::model::click::ClickHead;
use crate::model::click::testing::{CLICK, Impressions, PURCHASE, small};

fn config() -> ClickConfig {
    let goal = |counts| ClickGoal { event_type: PURCHASE, counts };
    ClickConfig { goals: vec![goal(GoalCounts::Events), goal(GoalCounts::Values)], ..small() }
}

/// Items divisible by three are bought after every second click, for 40; the others never.
fn teach(head: &mut ClickHead, samples: usize) {
    let mut stream = Impressions::new(8);
    for number in 0..samples {
        let sample = stream.sample();
        let _ = head.learn(&sample);
        let item = sample.row.fields[3].1;
        let clicked = matches!(sample.outcome, ClickOutcome::Clicked { .. });
        if clicked && item.is_multiple_of(3) && number % 2 == 0 {
            let bought = ClickOutcome::Goal { by: PURCHASE, value: 40.0 };
            assert!(head.learn(&crate::model::ClickSample { outcome: bought, ..sample }).is_none());
        }
    }
}

#[test]
fn the_odds_are_the_value_that_a_click_may_expect() {
    let mut head = ClickHead::new(1, config());
    teach(&mut head, 60_000);
    let view = head.publish().0;
    let mut means = [[0.0; 2]; 2];
    let mut counts = [0.0; 2];
    let mut stream = Impressions::new(9);
    for _ in 0..600 {
        let row = stream.sample().row;
        let (shared, own) = row.fields.split_at(row.shared);
        let mut list = view.list(shared);
        let score = list.score(own, &row.dense);
        let bought = usize::from(!row.fields[3].1.is_multiple_of(3));
        counts[bought] += 1.0;
        for (mean, kind) in means[bought].iter_mut().zip([GoalCounts::Events, GoalCounts::Values]) {
            *mean += list.expected(&score, PURCHASE, kind).expect("a goal");
        }
    }
    let [bought, not] = [0, 1].map(|kind: usize| means[kind].map(|sum: f32| sum / counts[kind]));
    assert!((bought[0] - 0.5).abs() < 0.1 && (bought[1] - 20.0).abs() < 5.0, "{bought:?}");
    assert!(not[0] < 0.05 && not[1] < 2.0, "{not:?}");
}

#[test]
fn goals_change_no_probability_of_a_click() {
    let (mut with, mut without) = (ClickHead::new(1, config()), ClickHead::new(1, small()));
    teach(&mut with, 3_000);
    Impressions::new(8).teach(&mut without, 3_000);
    let row = Impressions::new(9).sample().row;
    assert_eq!(with.logit(&row).to_bits(), without.logit(&row).to_bits());
}

#[test]
fn only_what_reaches_the_goal_and_clicks_move_it() {
    let goal = &Goal::all(&config())[0];
    let error = |outcome| goal.error(0.0, 0.0, outcome);
    assert!((error(ClickOutcome::Clicked { by: CLICK, value: 1.0 }) + 0.5).abs() < 1e-6);
    assert!((error(ClickOutcome::Goal { by: PURCHASE, value: 9.0 }) - 0.5).abs() < 1e-6);
    assert!(error(ClickOutcome::Clicked { by: PURCHASE, value: 1.0 }).abs() < 1e-6, "both at once");
    assert!(error(ClickOutcome::Goal { by: CLICK, value: 1.0 }).abs() < 1e-6);
    assert!(error(ClickOutcome::Unclicked).abs() < 1e-6);
}
