use std::sync::Mutex;

use futures_util::future::BoxFuture;

use super::*;
use crate::live::source::{FollowError, Since, Standing};

#[derive(Default)]
struct Asked(Mutex<Vec<String>>);

impl Asked {
    fn note(&self, what: String) {
        self.0.lock().unwrap().push(what);
    }
}

impl RoomSource for Asked {
    fn follow(
        &self,
        _: &str,
        _: Option<Since>,
    ) -> BoxFuture<'static, Result<Standing, FollowError>> {
        Box::pin(async { Err(FollowError::Unavailable) })
    }

    fn watch(&self, room: &str) {
        self.note(format!("watch {room}"));
    }

    fn unwatch(&self, room: &str) {
        self.note(format!("unwatch {room}"));
    }

    fn watch_user(&self, user: &UserId) {
        self.note(format!("watch user {user}"));
    }

    fn unwatch_user(&self, user: &UserId) {
        self.note(format!("unwatch user {user}"));
    }
}

fn published(offset: u64) -> Published {
    Published { epoch: "e".into(), offset, data: format!("{{\"n\":{offset}}}").into() }
}

async fn taken(inbox: &Inbox) -> Vec<String> {
    let text = |line: &Line| std::str::from_utf8(line.as_frame_line()).unwrap().to_owned();
    let told = inbox.take().await;
    let text_of = |told: &Told| match told {
        Told::Published(it) => text(&it.line),
        Told::State { line, .. } => text(line),
        Told::ShutDown => "shut down".to_owned(),
    };
    told.iter().map(text_of).collect()
}

#[actix_web::test]
async fn a_publication_reaches_the_workers_that_have_a_follower_and_no_other() {
    let hub = Hub::default();
    let (one, inbox) = hub.enter();
    let (_, idle) = hub.enter();
    hub.publish("42", published(1));
    hub.follow("room:42", &UserId::new("a"), one);
    hub.publish("42", published(2));
    hub.publish("43", published(1));
    assert_eq!(
        taken(&inbox).await,
        [r#"{"push":{"channel":"room:42","pub":{"data":{"n":2},"offset":2}}}"#]
    );
    hub.shut_down();
    hub.shut_down();
    assert_eq!(taken(&idle).await, ["shut down"]);
}

#[actix_web::test]
async fn of_a_kind_only_the_newest_is_told_and_kept_for_whoever_comes() {
    let hub = Hub::default();
    let (worker, inbox) = hub.enter();
    let channel = "room:42:state";
    hub.tell(channel, "feed", "0".into());
    let (_, latest) = hub.follow(channel, &UserId::new("a"), worker);
    assert!(latest.is_empty(), "nobody followed when it was told");
    for data in ["1", "2", "3"] {
        hub.tell(channel, "feed", data.into());
    }
    hub.tell(channel, "room_stats", "7".into());
    let line = |data| format!(r#"{{"push":{{"channel":"{channel}","pub":{{"data":{data}}}}}}}"#);
    assert_eq!(taken(&inbox).await, [line(3), line(7)]);
    let (_, latest) = hub.follow(channel, &UserId::new("b"), worker);
    assert_eq!(latest.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), ["feed", "room_stats"]);
    hub.tell(channel, "feed", "4".into());
    assert_eq!(taken(&inbox).await, [line(4)], "what was taken is not conflated with");
}

#[actix_web::test]
async fn rooms_hear_of_the_first_and_of_the_last_who_follow_their_state() {
    let hub = Hub::default();
    let asked = Arc::new(Asked::default());
    hub.serve_from(Arc::clone(&asked) as _);
    let (a, b) = (UserId::new("a"), UserId::new("b"));
    let (worker, _inbox) = hub.enter();
    hub.follow("room:42:state", &a, worker);
    hub.follow("room:42:state", &b, worker);
    hub.follow("user:a", &a, worker);
    hub.follow("room:42", &a, worker);
    assert!(hub.is_followed("user:a") && !hub.is_followed("user:b"));
    let mut followers = hub.followers_of("room:42:state");
    followers.sort();
    assert_eq!(followers, [a.clone(), b.clone()]);
    hub.unfollow("room:42:state", &a, worker, Leaving::Said);
    hub.unfollow("room:42:state", &b, worker, Leaving::Lost);
    hub.unfollow("user:a", &a, worker, Leaving::Said);
    let asked = asked.0.lock().unwrap();
    assert_eq!(*asked, ["watch 42", "watch user a", "unwatch 42", "unwatch user a"]);
    assert!(!hub.is_followed("room:42:state"));
}

#[actix_web::test]
async fn two_connections_of_a_user_are_one_viewer() {
    let hub = Hub::default();
    let user = UserId::new("a");
    let (one, _first) = hub.enter();
    let (two, _second) = hub.enter();
    hub.follow("room:42", &user, one);
    hub.follow("room:42", &user, two);
    hub.follow("room:42:state", &user, two);
    hub.unfollow("room:42", &user, one, Leaving::Said);
    hub.speak_for_the_silent(Duration::ZERO);
    hub.unfollow("room:42", &user, two, Leaving::Lost);
    let room = || Box::<str>::from("42");
    assert_eq!(
        hub.signs().take(10).await,
        [
            Sign::Joined { room: room(), user: user.clone() },
            Sign::Still { room: room(), user: user.clone() },
            Sign::Left { room: room(), user, how: Leaving::Lost },
        ]
    );
}
