//! The viewers: who likes what, who is where, and what they do next.
//!
//! A viewer likes one or two traits of products, and one room more than the others. What is on show and liked makes them talk,
//! like, click and give; what is not makes them go.
//!
//! **Invariant:** what viewers do is a function of seed and step, and of nothing that the node says.

use std::time::Duration;

use serde_json::{Value, json};

use super::house::{ROOMS, Room, TRAITS};
use super::words::{Topic, said};
use crate::cli::demo::dice::{Dice, Draw};

/// Share of steps in which a viewer who is away comes in, and in which one who is bored goes.
const COMES: f32 = 0.2;
const BORED: f32 = 0.06;
/// Share of viewers who speak Chinese.
const CHINESE: f32 = 0.45;

/// All viewers.
#[derive(Debug)]
pub struct Crowd {
    dice: Dice,
    /// The room that each is in, by its place.
    places: Vec<Option<usize>>,
    step: u64,
}

/// What a viewer is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Taste {
    home: usize,
    traits: [usize; 2],
    language: usize,
}

impl Crowd {
    /// `viewers` of them, all still away.
    #[must_use]
    pub fn new(dice: Dice, viewers: usize) -> Self {
        Self { dice, places: vec![None; viewers], step: 0 }
    }

    /// What happens next, `most` events at most, while the hosts show what is on in `turn`. `at` makes event ids differ.
    pub fn events(&mut self, at: Duration, turn: u64, most: usize) -> Vec<Value> {
        let mut events = Vec::new();
        // Everybody looks up now and then; most of the time nobody does anything.
        for look in 0..(most * 3) as u64 {
            self.step += 1;
            let viewer = self.dice.below(self.places.len(), Draw::Turn, &[self.step, look]);
            if let Some(event) = self.next(viewer, turn) {
                events.push(named(event, viewer, (at.as_millis(), self.step)));
            }
            if most <= events.len() {
                break;
            }
        }
        events
    }

    fn next(&mut self, viewer: usize, turn: u64) -> Option<Value> {
        let taste = self.taste(viewer);
        let luck = self.luck(viewer, 0);
        let Some(place) = self.places[viewer] else {
            let place = self.chosen_room(viewer, taste);
            let comes = luck < COMES;
            self.places[viewer] = comes.then_some(place);
            return comes.then(|| json!({"type": "live_join", "room_id": ROOMS[place].id}));
        };
        let room = &ROOMS[place];
        let shown = room.shown(turn);
        let liked = taste.traits.contains(&shown.trait_of);
        if !liked && luck < BORED {
            self.places[viewer] = None;
            return Some(json!({"type": "live_leave", "room_id": room.id}));
        }
        self.act(viewer, (room, taste, liked), &shown.id(room))
    }

    fn act(
        &self,
        viewer: usize,
        (room, taste, liked): (&Room, Taste, bool),
        shown: &str,
    ) -> Option<Value> {
        let luck = self.luck(viewer, 1);
        // Clicks, likes and comments in that order; what is liked draws more of each.
        let scale = if liked { 1.0 } else { 0.2 };
        let bounds = [0.10, 0.14, 0.17, 0.42].map(|bound| bound * scale);
        let room_id = room.id;
        if luck < bounds[0] {
            return Some(
                json!({"type": "live_product_click", "room_id": room_id, "item_id": shown}),
            );
        }
        if luck < bounds[1] {
            let value = [1, 5, 10][self.dice.below(3, Draw::Item, &[self.step])];
            return Some(json!({"type": "live_gift", "room_id": room_id, "value": value}));
        }
        if luck < bounds[2] {
            return Some(json!({"type": "add_to_cart", "room_id": room_id, "item_id": shown}));
        }
        if luck < bounds[3] {
            return Some(json!({"type": "live_like", "room_id": room_id, "item_id": shown}));
        }
        (luck < 0.42 * scale + 0.08).then(|| {
            let topic = self.topic(liked);
            let words = said(topic, taste.language, self.dice.below(64, Draw::Shelf, &[self.step]));
            let name = name(viewer);
            json!({"type": "live_comment", "room_id": room_id, "properties": {"text": words, "name": name}})
        })
    }

    fn topic(&self, liked: bool) -> Topic {
        match (self.dice.below(10, Draw::Burst, &[self.step]), liked) {
            (0..=2, _) => Topic::Question,
            (3..=7, true) => Topic::Praise,
            (3..=5, false) => Topic::Complaint,
            _ => Topic::Chat,
        }
    }

    fn luck(&self, viewer: usize, draw: u64) -> f32 {
        self.dice.unit(Draw::Click, &[viewer as u64, self.step, draw])
    }

    fn taste(&self, viewer: usize) -> Taste {
        let of = |end, n| self.dice.below(end, Draw::Taste, &[viewer as u64, n]);
        let chinese = self.dice.unit(Draw::Arm, &[viewer as u64]) < CHINESE;
        Taste {
            home: of(ROOMS.len(), 0),
            traits: [of(TRAITS.len(), 1), of(TRAITS.len(), 2)],
            language: usize::from(chinese),
        }
    }

    /// Mostly the room that they like best.
    fn chosen_room(&self, viewer: usize, taste: Taste) -> usize {
        let any = self.dice.below(ROOMS.len(), Draw::Favourite, &[viewer as u64, self.step]);
        if self.luck(viewer, 2) < 0.7 { taste.home } else { any }
    }
}

fn name(viewer: usize) -> String {
    const NAMES: [&str; 12] = [
        "Ana", "小林", "Ben", "阿梅", "Cleo", "大伟", "Dana", "晓雨", "Emil", "思思", "Fay", "老王",
    ];
    format!("{}{}", NAMES[viewer % NAMES.len()], viewer / NAMES.len())
}

fn named(mut event: Value, viewer: usize, (at, step): (u128, u64)) -> Value {
    event["user_id"] = json!(format!("viewer-{viewer}"));
    event["event_id"] = json!(format!("{at}/{step}"));
    event
}

#[cfg(test)]
mod tests;
