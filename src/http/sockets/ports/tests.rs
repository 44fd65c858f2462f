use super::*;
use crate::http::testing::shared_with;

const SECRET: &str = "0123456789abcdef0123456789abcdef";

fn door(adjust: impl FnOnce(&mut config::Config)) -> NodeDoor {
    let shared = shared_with(adjust);
    NodeDoor::new(Arc::clone(&shared.tokens))
}

#[test]
fn where_no_token_is_needed_everybody_is_who_they_say() {
    let door = door(|_| ());
    assert_eq!(door.admit("", Some("me")).unwrap().user.as_str(), "me");
    let (one, other) = (door.admit("", None).unwrap(), door.admit("", None).unwrap());
    assert_ne!(one.user, other.user);
    assert_eq!(door.admit("", Some("")), Err(Denied::Invalid));
    assert_eq!(door.admit("", Some(&"x".repeat(257))), Err(Denied::Invalid));
    assert_eq!(
        door.admit("a.b.c", Some("me")),
        Err(Denied::Invalid),
        "a token that cannot be read"
    );
}

#[test]
fn where_one_is_needed_a_token_says_who_they_are() {
    let door = door(|config| config.auth.token_secret = Some(config::Secret::new(SECRET)));
    assert_eq!(door.admit("", Some("me")), Err(Denied::Invalid));
    let claims =
        |exp| crate::tokens::Claims { sub: UserId::new("u1"), exp, rooms: Some(vec!["1".into()]) };
    let now = clock::wall_now();
    let minted = |exp| door.tokens.mint(&claims(exp)).unwrap();
    let pass = door.admit(&minted(Some(now.plus_millis(60_000))), Some("me")).unwrap();
    assert_eq!((pass.user.as_str(), pass.rooms), ("u1", Some(vec!["1".into()])));
    assert!(pass.expires_in_ms.is_some_and(|ms| (50_000..=61_000).contains(&ms)));
    assert_eq!(door.admit(&minted(None), None).unwrap().expires_in_ms, None);
    let old = minted(Some(now.minus_millis(600_000)));
    assert_eq!(door.admit(&old, None), Err(Denied::Expired));
}

#[test]
fn signs_are_events_like_any() {
    let (room, user) = (|| Box::<str>::from("4\"2"), UserId::new("a"));
    let lost = Sign::Left { room: room(), user: user.clone(), how: Leaving::Lost };
    let lost: serde_json::Value = serde_json::from_str(&line(&lost)).unwrap();
    assert_eq!(
        lost,
        json!({"event": "live_leave", "user_id": "a", "room_id": "4\"2", "properties": {"lost": true}})
    );
    let joined: serde_json::Value =
        serde_json::from_str(&line(&Sign::Joined { room: room(), user })).unwrap();
    assert_eq!(joined, json!({"event": "live_join", "user_id": "a", "room_id": "4\"2"}));
}
