//! `user:{id}`: a user's own list, made again when something they did is applied, and sent when it changed materially.
//!
//! A list is made for users that somebody follows and for no other, soon after their events are applied, at most every
//! `rooms.user_feed.every_ms` each. It is sent where at least `rooms.user_feed.least_moved` of the attention (a place's is
//! 1/place) sees another item than in the one sent before. Whoever was in a room that ended is offered the next.
//!
//! **Invariant:** events never wait for lists: a user is noted in nanoseconds, and a few lists are made at a time, the longest
//! waiting first; under more load than that lists come later and stand for more events.
//!
//! Not here: how lists are made (see `http::recommendations`), who follows (see `live`).

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use dashmap::DashMap;
use engine::ranking::{Condition, Filter, SeenPolicy};
use engine::record::ItemKind;
use engine::rooms::moved;
use engine::{ItemIndex, UserId};
use serde::Serialize;
use tokio::sync::{Notify, Semaphore};

use super::payload::text;
use crate::clock::Stopwatch;
use crate::http::deadline::Deadline;
use crate::http::recommendations::answer::{self, Recommendations};
use crate::http::recommendations::ask::{Ask, Explain};
use crate::http::recommendations::{ladder, scene::Scene};
use crate::node::Node;

/// Lists that are made at a time: each waits for its shard and for the pool that ranks.
const AT_A_TIME: usize = 4;

/// Time that one list may take before a simpler rung answers.
const WITHIN: Duration = Duration::from_millis(100);

/// Lists of users that somebody follows.
#[derive(Debug, Default)]
pub struct Feeds {
    /// By the keyed hash of the user.
    watched: DashMap<u64, Watched>,
    due: Mutex<VecDeque<u64>>,
    woken: Notify,
    turns: Turns,
}

/// Lists that are made at a time.
#[derive(Debug)]
struct Turns(Arc<Semaphore>);

impl Default for Turns {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_A_TIME)))
    }
}

#[derive(Debug)]
struct Watched {
    user: UserId,
    /// What was sent last.
    shown: Vec<ItemIndex>,
    told: Option<Stopwatch>,
    /// Runs since something happened that no list stands for yet.
    touched: Option<Stopwatch>,
    /// Rooms that ended under them.
    ended: Vec<Box<str>>,
}

impl Feeds {
    /// Somebody follows `user`: a list is sent at once.
    pub fn watch(&self, node: &Node, user: &UserId) {
        let hash = node.key.user_hash(user);
        let user = user.clone();
        let (shown, told, touched, ended) = (Vec::new(), None, None, Vec::new());
        self.watched.insert(hash, Watched { user, shown, told, touched, ended });
        self.touch(hash);
    }

    /// Nobody follows `user` any more.
    pub fn unwatch(&self, node: &Node, user: &UserId) {
        self.watched.remove(&node.key.user_hash(user));
    }

    /// Something of the user of this hash was applied.
    pub fn touch(&self, user_hash: u64) {
        let Some(mut watched) = self.watched.get_mut(&user_hash) else { return };
        if watched.touched.is_none() {
            watched.touched = Some(Stopwatch::start());
            drop(watched);
            self.put(user_hash);
        }
    }

    /// The room ended in which this user is: they are offered the next.
    pub fn ended(&self, user_hash: u64, room: &str) {
        if let Some(mut watched) = self.watched.get_mut(&user_hash) {
            watched.ended.push(room.into());
        }
        self.touch(user_hash);
    }

    /// Makes lists as long as the node is there.
    pub async fn run(node: Weak<Node>) {
        loop {
            let Some(strong) = node.upgrade() else { return };
            let feeds = Arc::clone(&strong.feeds);
            if let Some(user_hash) = feeds.next() {
                let Ok(turn) = Arc::clone(&feeds.turns.0).acquire_owned().await else { return };
                actix_rt::spawn(async move {
                    strong.make_feed(user_hash).await;
                    drop(turn);
                });
                continue;
            }
            drop(strong);
            // A node that stops tells nobody; now and then it is looked whether it is there.
            let _ = tokio::time::timeout(Duration::from_secs(1), feeds.woken.notified()).await;
        }
    }

    fn put(&self, user_hash: u64) {
        self.due.lock().unwrap_or_else(PoisonError::into_inner).push_back(user_hash);
        self.woken.notify_one();
    }

    fn next(&self) -> Option<u64> {
        self.due.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    /// Takes what is to be done for a user now; puts them off where their last list was a moment ago.
    fn take(self: &Arc<Self>, user_hash: u64, every: Duration) -> Option<Work> {
        let mut watched = self.watched.get_mut(&user_hash)?;
        let since = watched.told.as_ref().map_or(every, Stopwatch::elapsed);
        if since < every {
            let feeds = Arc::clone(self);
            actix_rt::spawn(async move {
                tokio::time::sleep(every.saturating_sub(since)).await;
                feeds.put(user_hash);
            });
            return None;
        }
        let touched = watched.touched.take()?;
        let ended = std::mem::take(&mut watched.ended);
        let is_first = watched.told.is_none();
        let (user, shown) = (watched.user.clone(), watched.shown.clone());
        Some(Work { user, shown, touched, ended, is_first })
    }
}

/// A list to be made.
struct Work {
    user: UserId,
    shown: Vec<ItemIndex>,
    touched: Stopwatch,
    ended: Vec<Box<str>>,
    /// Whether nothing was sent yet.
    is_first: bool,
}

#[derive(Serialize)]
struct Out<'a> {
    kind: &'static str,
    /// The share of attention, 0 to 1, that sees another item than in the list before.
    #[serde(skip_serializing_if = "Option::is_none")]
    moved: Option<f64>,
    /// The room that ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    room_id: Option<&'a str>,
    #[serde(flatten)]
    list: &'a Recommendations,
}

impl Node {
    async fn make_feed(self: &Arc<Self>, user_hash: u64) {
        let config = &self.config.rooms.user_feed;
        let every = Duration::from_millis(config.every_ms);
        let Some(work) = self.feeds.take(user_hash, every) else { return };
        let channel = format!("user:{}", work.user.as_str());
        for room in &work.ended {
            let next = self.list_for(&work.user, &[ItemKind::LiveRoom]).await;
            let out = Out { kind: "next", moved: None, room_id: Some(room), list: &next };
            self.hub.say_once(&channel, text(&out).into());
        }
        let list = self.list_for(&work.user, &[]).await;
        let items = list.items.iter().filter_map(|item| self.catalogue.index_of(&item.item_id));
        let items: Vec<ItemIndex> = items.collect();
        let moved = moved(&work.shown, &items);
        // What every visitor would see is no list of theirs: the next event brings one.
        let is_theirs = work.is_first || !list.freshness.stale;
        let is_news = is_theirs && (work.is_first || config.least_moved <= moved);
        let result = if is_news { "sent" } else { "alike" };
        metrics::counter!("freshet_user_feeds_total", "result" => result).increment(1);
        if let Some(mut watched) = self.feeds.watched.get_mut(&user_hash) {
            watched.told = Some(Stopwatch::start());
            if is_news {
                watched.shown = items;
            }
        }
        if is_news {
            let moved = Some((moved * 1e4).round() / 1e4);
            let out = Out { kind: "feed", moved, room_id: None, list: &list };
            self.hub.tell(&channel, "feed", text(&out).into());
            metrics::histogram!("freshet_user_feed_delay_seconds")
                .record(work.touched.elapsed().as_secs_f64());
        }
    }

    /// A list as `POST /v1/recommendations` makes it, for `user` and of these kinds; of all where none is named.
    async fn list_for(self: &Arc<Self>, user: &UserId, kinds: &[ItemKind]) -> Recommendations {
        let ranking = &self.config.ranking;
        let must = if kinds.is_empty() { vec![] } else { vec![Condition::Kinds(kinds.to_vec())] };
        let ask = Ask {
            user: user.clone(),
            scenario: self.default_scenario(),
            limit: self.config.rooms.user_feed.limit.min(ranking.max_limit),
            filter: Filter { must, must_not: Vec::new() },
            exclude: Vec::new(),
            seen: SeenPolicy::AsDeclared,
            explores: false,
            explain: Explain::Reasons,
            context: Vec::new(),
        };
        let deadline = Deadline::within(WITHIN);
        let known = ladder::fetch(self, user, &deadline).await;
        let (list, _) = answer::tell(self, Scene::new(self, ask, known, None), &deadline).await;
        list
    }
}
