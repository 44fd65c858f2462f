use super::*;
use crate::http::testing::shared;

fn user(name: &str) -> UserId {
    UserId::new(name)
}

fn joined(name: &str) -> Sign {
    Sign::Joined { room: "42".into(), user: user(name) }
}

fn still(name: &str) -> Sign {
    Sign::Still { room: "42".into(), user: user(name) }
}

fn left(name: &str) -> Sign {
    Sign::Left { room: "42".into(), user: user(name), how: Leaving::Said }
}

fn lost(name: &str) -> Sign {
    Sign::Left { room: "42".into(), user: user(name), how: Leaving::Lost }
}

/// What signs of `a` are told as where the room knows them so before.
fn known(comer: Comer, signs: &[Sign]) -> Vec<Sign> {
    let a = user("a");
    apart(signs, FxHashMap::from_iter([(("42", &a), comer)]))
}

#[test]
fn whoever_was_cut_off_is_back_and_all_others_come() {
    let signs = [joined("a"), joined("b"), still("c"), lost("a")];
    for (comer, told) in [
        (Comer::New, joined("a")),
        (Comer::Uncounted, joined("a")),
        (Comer::CutOff, still("a")),
        (Comer::There, still("a")),
    ] {
        assert_eq!(known(comer, &signs), [told, joined("b"), still("c"), lost("a")], "{comer:?}");
    }
    let elsewhere = Sign::Joined { room: "43".into(), user: user("a") };
    assert_eq!(known(Comer::CutOff, std::slice::from_ref(&elsewhere)), [elsewhere]);
}

#[test]
fn signs_before_it_in_the_batch_say_whether_one_is_back() {
    let back = |comer| known(comer, &[lost("a"), joined("a")])[1] == still("a");
    assert!(back(Comer::There) && back(Comer::CutOff));
    assert!(!back(Comer::New), "they had left on purpose before");
    assert!(!back(Comer::Uncounted));
    for comer in [Comer::New, Comer::CutOff, Comer::There, Comer::Uncounted] {
        let went = [left("a"), joined("a")];
        assert_eq!(known(comer, &went), went, "{comer:?}");
    }
    let flapping = [joined("a"), lost("a"), joined("a"), left("a"), joined("a")];
    assert_eq!(
        known(Comer::New, &flapping),
        [joined("a"), lost("a"), still("a"), left("a"), joined("a")]
    );
    assert_eq!(known(Comer::Uncounted, &flapping), flapping);
}

#[test]
fn rooms_are_asked_of_each_who_comes_once() {
    let signs = [lost("a"), joined("b"), joined("a"), still("c"), lost("b"), joined("b")];
    let (a, b) = (user("a"), user("b"));
    let expected = [
        Coming { place: ("42", &b), is_first: true },
        Coming { place: ("42", &a), is_first: false },
    ];
    assert_eq!(coming(&signs), expected);
}

#[actix_web::test]
async fn where_rooms_do_not_answer_all_come_anew() {
    let signs = [joined("a"), lost("a"), joined("a"), joined("b")];
    let told = Returns::default().told_apart(&shared().node, &signs).await;
    assert_eq!(told, [joined("a"), lost("a"), still("a"), joined("b")]);
}
