//! Rooms in running actors: order, cuts, deaths of shards, restarts.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use engine::record::Event;
use engine::rooms::{About, Relay, RoomConfig, RoomRules, RoomTold};
use engine::{EventTypeId, EventTypeSpec, EventTypes, RecordBody, Role, UserId};

use super::*;
use crate::recovery::{RoomsConfig, StateConfig};
use crate::testing::{Dice, MemoryLog, MemoryStore, Mishap, NOON, Rig, arm, numbered, settings};
use crate::testing::{shard_of, tick, user};

const SHARDS: u16 = 8;
const ACTS: [&str; 5] = ["live_join", "live_comment", "live_like", "live_gift", "live_leave"];

/// Notes what it is told.
#[derive(Default)]
struct Notes {
    published: Mutex<BTreeMap<String, Vec<Publication>>>,
    announced: Mutex<Vec<(String, Announced)>>,
    /// Whether somebody came again before it was said that nobody is left.
    is_watched: std::sync::atomic::AtomicBool,
}

impl RoomListener for Notes {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(NOON)
    }

    fn published(&self, room: &str, _: &ChannelEpoch, publication: &Publication) {
        let mut published = self.published.lock().unwrap_or_else(PoisonError::into_inner);
        published.entry(room.to_owned()).or_default().push(publication.clone());
    }

    fn announced(&self, room: &str, announced: &Announced) {
        let mut all = self.announced.lock().unwrap_or_else(PoisonError::into_inner);
        all.push((room.to_owned(), announced.clone()));
    }

    fn is_watched(&self, _: &str) -> bool {
        self.is_watched.load(std::sync::atomic::Ordering::Acquire)
    }

    fn matched(&self, _: &[PatternMatch]) {}

    fn changed(&self, _: &mut dyn Iterator<Item = (&str, Option<&LiveRoom>)>) {}
}

fn config() -> StateConfig {
    let usual = crate::testing::config(SHARDS);
    let spec = |name: &str| EventTypeSpec {
        name: name.to_owned(),
        aliases: Vec::new(),
        role: Role::Neutral,
        weight: 0.0,
        half_life_ms: 86_400_000,
    };
    let types = EventTypes::new(ACTS.map(spec).to_vec()).unwrap();
    let mut apply = (*usual.apply).clone();
    apply.types = types;
    let config = RoomConfig { viewers_exact: 6, ..RoomConfig::default() };
    let relay = Relay { comments_per_second: 3, ..Relay::default() };
    let rules = Arc::new(RoomRules { config, relay, ..RoomRules::default() });
    let rooms = RoomsConfig { rules, ..RoomsConfig::default() };
    StateConfig { apply: Arc::new(apply), rooms, ..usual }
}

fn act(who: &str, act: u8, room: &str, at: u64) -> RecordBody {
    let event = Event {
        room_id: Some(room.into()),
        properties: if act == 1 { r#"{"text":"how much?"}"#.into() } else { "".into() },
        ..Event::new(UserId::new(who), EventTypeId(act), Timestamp::from_millis(at))
    };
    RecordBody::Event { shard: shard_of(who, SHARDS), event }
}

fn evening(test: &str, commits: u64, dice: &mut Dice) -> Vec<Vec<RecordBody>> {
    let mut all = Vec::new();
    for commit in 0..commits {
        let at = NOON + commit * 700;
        let one = |dice: &mut Dice| {
            let room: Box<str> = format!("room {}", dice.below(3)).into();
            let at = Timestamp::from_millis(at);
            match dice.below(40) {
                0..3 => tick(at.as_millis()),
                3 => {
                    let about =
                        About { host: Some(format!("h{commit}").into()), ..About::default() };
                    RecordBody::RoomTold { room, told: RoomTold::About { about }, at }
                }
                4 if commit % 3 == 0 => RecordBody::RoomTold { room, told: RoomTold::Closed, at },
                5 => RecordBody::RoomPublished {
                    room,
                    data: format!("{{\"n\":{commit}}}").into(),
                    at,
                },
                6 if commit % 20 == 0 => RecordBody::RoomsLost { at },
                _ => {
                    let who = user(test, dice.below(30));
                    act(&who, dice.below(5) as u8, &room, at.as_millis())
                }
            }
        };
        let records = 1 + dice.below(9);
        all.push((0..records).map(|_| one(dice)).collect());
    }
    all
}

fn rig(notes: &Arc<Notes>) -> Rig {
    let (log, store) = (Arc::new(MemoryLog::default()), Arc::new(MemoryStore::default()));
    Rig::listened(config(), settings(), (log, store), Arc::clone(notes) as _)
}

async fn digest(rig: &Rig) -> u64 {
    rig.actors.rooms.all(LiveRooms::digest).await.unwrap()
}

#[actix::test]
async fn rooms_live_are_those_of_the_log_alone_through_cuts_and_dying_shards() {
    for seed in 1..5 {
        println!("seed {seed}");
        let test = format!("rooms{seed}");
        let mut dice = Dice::new(seed);
        let commits = numbered(&evening(&test, 160, &mut dice));
        let notes = Arc::new(Notes::default());
        let rig = rig(&notes);
        let mut acks = Vec::new();
        for (number, commit) in commits.iter().enumerate() {
            if number == 50 {
                arm(&user(&test, 7), Mishap { kills: 1, ..Mishap::default() });
            }
            acks.push(rig.commit(commit));
            if number == 80 {
                // Abandoned if a shard is down just now; then the log alone is read below.
                let _ = rig.actors.dispatcher.checkpoint().await;
            }
        }
        for ack in acks {
            ack.await.unwrap();
        }
        rig.passed_on(rig.log.last()).await;
        // Behind the questions of a cut everything was taken in.
        let behind_a_cut = rig.recovered().rooms;
        rig.actors.dispatcher.checkpoint().await.unwrap();
        let live = digest(&rig).await;
        assert_eq!(rig.recovered().rooms.digest(), live, "from the last cut");
        assert_eq!(behind_a_cut.digest(), live, "from a cut in the midst and the log");
        let from_the_log = Rig::listened(
            config(),
            settings(),
            (Arc::clone(&rig.log), Arc::new(MemoryStore::default())),
            Arc::new(NobodyListens),
        );
        assert_eq!(digest(&from_the_log).await, live, "from the log alone");

        let published = notes.published.lock().unwrap();
        assert!(published.values().map(Vec::len).sum::<usize>() > 60);
        for (name, told) in &*published {
            let offsets = told.iter().map(|it| it.offset);
            assert!(offsets.eq(1..=told.len() as u64), "{name}: no gap, none twice, in order");
            let channel = &behind_a_cut.get(name).unwrap().channel;
            let epoch = channel.epoch().as_str().to_owned();
            let all = channel.recover(engine::rooms::Since { epoch: &epoch, offset: 0 });
            assert!(all.recovered && all.publications.into_iter().eq(told), "{name}");
        }
    }
}

#[actix::test]
async fn a_room_that_is_watched_is_announced_and_one_that_is_not_is_silent() {
    let notes = Arc::new(Notes::default());
    let rig = rig(&notes);
    rig.actors.rooms.watch("seen").await;
    let acts = ["seen", "unseen"].map(|room| act("u1", 0, room, NOON));
    rig.run(&numbered(&[acts.to_vec()])).await;
    rig.actors.dispatcher.checkpoint().await.unwrap();
    let rooms: Vec<String> =
        notes.announced.lock().unwrap().iter().map(|(room, _)| room.clone()).collect();
    assert_eq!(rooms, ["seen"]);
    let viewers = notes.announced.lock().unwrap()[0].1.stats.as_ref().map(|stats| stats.viewers);
    assert_eq!(viewers, Some(1));
    // Whoever comes later has everything told anew.
    rig.actors.rooms.watch("unseen").await;
    assert_eq!(notes.announced.lock().unwrap().len(), 2);
}

#[actix::test]
async fn time_is_asked_for_as_long_as_somebody_may_leave_by_it() {
    let rig = rig(&Arc::new(Notes::default()));
    let pending = Arc::clone(&rig.actors.timers_pending);
    rig.run(&numbered(&[vec![act("u1", 0, "r", NOON)]])).await;
    rig.actors.dispatcher.checkpoint().await.unwrap();
    assert!(pending.load(std::sync::atomic::Ordering::Acquire), "somebody is in the room");
}

#[actix::test]
async fn whoever_comes_as_the_last_one_goes_is_told_whichever_message_is_first() {
    let notes = Arc::new(Notes::default());
    let rig = rig(&notes);
    let told = || notes.announced.lock().unwrap().len();
    let rooms = rig.actors.rooms.clone();
    rooms.watch("r").await;
    notes.is_watched.store(true, std::sync::atomic::Ordering::Release);
    rooms.unwatch("r").await;
    rig.run(&numbered(&[vec![act("u1", 0, "r", NOON)]])).await;
    rig.actors.dispatcher.checkpoint().await.unwrap();
    assert_eq!(told(), 1, "somebody is there");
    notes.is_watched.store(false, std::sync::atomic::Ordering::Release);
    rooms.unwatch("r").await;
    let next =
        vec![Record { sequence: engine::Sequence(1_000), body: act("u2", 0, "r", NOON + 5_000) }];
    rig.commit(&next).await.unwrap();
    rig.actors.dispatcher.checkpoint().await.unwrap();
    assert_eq!(told(), 1, "nobody is left");
}
