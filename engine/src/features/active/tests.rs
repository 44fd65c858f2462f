use super::*;
use crate::features::declare::{Declaration, Window};
use crate::features::testing;
use crate::patterns::PatternPlan;
use crate::user::tests::types;

fn declared(features: Vec<Declaration>) -> Declared {
    let plan = FeaturePlan::new(features, &types(), 1_800_000).unwrap();
    Declared::of(plan, PatternPlan::default(), &types(), 1_800_000)
}

fn users(number: usize) -> Vec<Declaration> {
    let all = testing::declarations(&types()).into_iter();
    all.filter(|one| one.entity.is_of_users()).take(number).collect()
}

fn names(active: &Active) -> Vec<String> {
    let plan = &active.declared().plan;
    active.missing().iter().map(|one| plan.get(*one).unwrap().name.clone()).collect()
}

fn said(features: Vec<Declaration>) -> Box<[u8]> {
    declared(features).said().unwrap()
}

#[test]
fn what_comes_new_waits_and_what_stays_does_not() {
    let mut active = Active::new(Keeper::Users, declared(users(2)));
    assert!(active.activate(Sequence(5), &said(users(2))).is_none(), "nothing else");
    let change = active.activate(Sequence(9), &said(users(4))).unwrap();
    assert!(!change.sweeps, "nothing that was there changes");
    assert_eq!(names(&active), ["mean_price", "liking"]);
    assert_eq!(active.filling().unwrap().since, Sequence(9));
    active.filled(Sequence(8));
    assert_eq!(names(&active).len(), 2, "what was read for others is not it");
    active.filled(Sequence(9));
    assert_eq!(names(&active), Vec::<String>::new());
}

#[test]
fn what_was_not_filled_when_others_came_begins_anew() {
    let mut active = Active::new(Keeper::Users, declared(users(1)));
    active.activate(Sequence(4), &said(users(3))).unwrap();
    let change = active.activate(Sequence(7), &said(users(4))).unwrap();
    assert!(change.sweeps, "blocks of the second are half of what they should be");
    assert_eq!(names(&active), ["clicks_1h", "mean_price", "liking"]);
    assert_eq!(active.filling().unwrap().since, Sequence(7));
    active.activate(Sequence(8), &said(users(1))).unwrap();
    assert_eq!(active.filling(), None, "what is left was there from the start");
}

#[test]
fn features_of_others_are_nobody_elses_to_wait_for() {
    let mut active = Active::new(Keeper::Shared, declared(users(1)));
    let all = testing::declarations(&types());
    active.activate(Sequence(4), &said(all.clone())).unwrap();
    assert_eq!(names(&active), ["ctr", "category_clicks", "heat", "all"]);
    let mut of_users = Active::new(Keeper::Users, declared(users(4)));
    of_users.activate(Sequence(4), &said(all)).unwrap();
    assert_eq!(of_users.filling(), None);
}

#[test]
fn a_row_is_written_when_it_says_something_new_and_read_as_it_was() {
    let mut active = Active::new(Keeper::Users, declared(users(2)));
    let first = active.take_row().unwrap();
    assert_eq!(active.take_row(), None);
    active.activate(Sequence(9), &said(users(4))).unwrap();
    let second = active.take_row().unwrap();
    assert_ne!(first, second);
    let mut again = Active::new(Keeper::Users, declared(users(1)));
    assert!(again.restore(&second).unwrap().is_none(), "it goes on as the row says");
    again.restored(Sequence(20));
    assert_eq!((again.declared(), again.filling()), (active.declared(), active.filling()));
    assert!(again.is_logged());
    assert_eq!(again.take_row(), None);
    active.filled(Sequence(9));
    assert!(active.take_row().is_some(), "that it is filled has to be kept, too");
}

#[test]
fn a_row_from_before_declarations_were_logged_is_carried_and_the_rest_is_filled() {
    let old = declared(users(2));
    let row = codec::encode(LAYOUT_ALONE, &Layout::of_users(&old.plan)).unwrap();
    let mut all = users(2);
    all.push(Declaration {
        name: "clicks_1d".to_owned(),
        window: Window::parse("1d/1h").unwrap(),
        ..all[0].clone()
    });
    let mut active = Active::new(Keeper::Users, declared(all));
    assert!(active.restore(&row).unwrap().is_some());
    active.restored(Sequence(30));
    assert_eq!(names(&active), ["clicks_1d"]);
    assert_eq!(active.filling().unwrap().since, Sequence(30));
    assert!(!active.is_logged());
    let mut without_row = Active::new(Keeper::Users, old);
    without_row.restored(Sequence(30));
    assert_eq!(names(&without_row), ["clicks_5m", "clicks_1h"]);
}
