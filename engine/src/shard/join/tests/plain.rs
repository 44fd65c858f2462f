//! The join once more, as simply as it can be said: all lists in one vector, looked through from start to end.

use super::*;
use crate::UserId;

/// A sample, as far as the join decides it.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    sequence: u64,
    item: u32,
    list: u32,
    position: u16,
    outcome: ClickOutcome,
}

impl Told {
    pub fn of(sample: &ClickSample) -> Self {
        Self {
            sequence: sample.sequence.0,
            item: item_of(sample),
            list: sample.row.fields[0].1,
            position: sample.position,
            outcome: sample.outcome,
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Fate {
    Nothing,
    Waits,
    Clicked,
    Unclicked,
    Skipped,
    /// It is told when the window closes.
    Decided,
}

struct Spot {
    list: u64,
    place: usize,
    user: UserId,
    item: ItemIndex,
    served: u64,
    shown: u64,
    position: u16,
    fate: Fate,
    told: Vec<EventTypeId>,
    held: Vec<ClickOutcome>,
}

struct Done {
    user: UserId,
    item: ItemIndex,
    kind: EventTypeId,
    at: u64,
}

pub fn tell(records: &[Record], impressions: Impressions) -> Vec<Told> {
    let mut plain =
        Plain { impressions, shown: Vec::new(), done: Vec::new(), said: Vec::new(), sequence: 0 };
    for record in records {
        plain.sequence = record.sequence.0;
        match &record.body {
            RecordBody::Served { served, .. } => plain.serve(served),
            RecordBody::Event { event, .. } => plain.event(event),
            RecordBody::Tick { time } => plain.tick(time.as_millis()),
            _ => {}
        }
    }
    plain.said
}

struct Plain {
    impressions: Impressions,
    shown: Vec<Spot>,
    done: Vec<Done>,
    said: Vec<Told>,
    sequence: u64,
}

fn closes(shown: &Spot) -> u64 {
    shown.shown + WINDOW_MS
}

impl Plain {
    fn serve(&mut self, served: &Served) {
        let fate =
            if self.impressions == Impressions::Served { Fate::Waits } else { Fate::Nothing };
        for (place, item) in served.items.iter().enumerate() {
            self.shown.push(Spot {
                list: served.id.number,
                place,
                user: served.user.clone(),
                item: item.item,
                served: served.at.as_millis(),
                shown: served.at.as_millis(),
                position: 0,
                fate,
                told: Vec::new(),
                held: Vec::new(),
            });
        }
    }

    fn say(&mut self, place: usize, position: Option<u16>, outcome: ClickOutcome) {
        let of = &self.shown[place];
        let reported = if of.position == 0 { position.unwrap_or(0) } else { of.position };
        self.said.push(Told {
            sequence: self.sequence,
            item: of.item.0,
            list: of.list as u32,
            position: if reported == 0 { of.place as u16 + 1 } else { reported },
            outcome,
        });
    }

    fn event(&mut self, event: &Event) {
        let Some(item) = event.item else { return };
        let at = event.at.as_millis();
        match event.event_type {
            VIEW if self.impressions == Impressions::Reported => self.view(event, item, at),
            CLICK | BUY => self.click(event, item, at),
            HIDE => self.hide(event, item, at),
            _ => {}
        }
        if event.event_type != VIEW {
            let (user, kind) = (event.user.clone(), event.event_type);
            self.done.push(Done { user, item, kind, at });
        }
    }

    fn named(&self, event: &Event, item: ItemIndex) -> Option<usize> {
        let number = event.recommendation?.number;
        self.shown.iter().position(|shown| {
            shown.list == number && shown.user == event.user && shown.item == item
        })
    }

    fn answered(&self, event: &Event, item: ItemIndex, at: u64) -> Option<usize> {
        if event.recommendation.is_some() {
            return self.named(event, item);
        }
        let mut newest: Option<usize> = None;
        for (place, shown) in self.shown.iter().enumerate() {
            let fits = shown.user == event.user && shown.item == item;
            if fits && shown.fate != Fate::Nothing && shown.shown <= at {
                let later = newest.is_none_or(|other| {
                    let other = &self.shown[other];
                    (other.shown, other.list) < (shown.shown, shown.list)
                });
                if later {
                    newest = Some(place);
                }
            }
        }
        newest
    }

    fn view(&mut self, event: &Event, item: ItemIndex, at: u64) {
        let Some(place) = self.named(event, item) else { return };
        if self.shown[place].fate != Fate::Nothing {
            return;
        }
        let seen = at.max(self.shown[place].served);
        let elsewhere = self.shown.iter().any(|shown| {
            shown.user == event.user
                && shown.item == item
                && matches!(shown.fate, Fate::Decided | Fate::Clicked | Fate::Skipped)
        });
        let within = |done: &&Done| {
            done.user == event.user
                && done.item == item
                && seen <= done.at
                && done.at < seen + WINDOW_MS
        };
        let good = |done: &&Done| done.kind == CLICK || done.kind == BUY;
        let first = |bad: bool| {
            let fitting = self.done.iter().filter(within);
            // Of equal times the one that arrived last stands first in a history.
            fitting
                .filter(|done| if bad { done.kind == HIDE } else { good(done) })
                .rev()
                .min_by_key(|done| done.at)
        };
        let chosen = first(false).map(|done| done.kind);
        let refused = first(true).is_some();
        let shown = &mut self.shown[place];
        (shown.shown, shown.position) = (seen, event.position.unwrap_or(0));
        shown.fate = Fate::Waits;
        if elsewhere {
            return;
        }
        if let Some(by) = chosen {
            self.shown[place].told.push(by);
            self.decide(place, event, ClickOutcome::Clicked { by, value: 1.0 });
        } else if refused {
            self.decide(place, event, ClickOutcome::Skipped);
        }
    }

    fn decide(&mut self, place: usize, event: &Event, outcome: ClickOutcome) {
        let shown = &mut self.shown[place];
        if shown.fate == Fate::Nothing {
            shown.shown = event.at.as_millis().max(shown.served);
        }
        if shown.position == 0 {
            shown.position = event.position.unwrap_or(0);
        }
        shown.fate = Fate::Decided;
        shown.held.push(outcome);
    }

    fn click(&mut self, event: &Event, item: ItemIndex, at: u64) {
        let Some(place) = self.answered(event, item, at) else { return };
        let (by, value) = (event.event_type, event.value.unwrap_or(1.0));
        if self.shown[place].fate == Fate::Waits && closes(&self.shown[place]) <= at {
            self.shown[place].fate = Fate::Unclicked;
            self.say(place, event.position, ClickOutcome::Unclicked);
        }
        let shown = &mut self.shown[place];
        let is_new = !shown.told.contains(&by);
        shown.told.push(by);
        match shown.fate {
            Fate::Nothing | Fate::Waits => {
                self.decide(place, event, ClickOutcome::Clicked { by, value });
            }
            Fate::Unclicked => {
                shown.fate = Fate::Clicked;
                self.say(place, event.position, ClickOutcome::Late { by, value });
            }
            Fate::Clicked if is_new => {
                self.say(place, event.position, ClickOutcome::Goal { by, value });
            }
            Fate::Decided if is_new && shown.held[0] != ClickOutcome::Skipped => {
                shown.held.push(ClickOutcome::Goal { by, value });
            }
            Fate::Decided | Fate::Clicked | Fate::Skipped => {}
        }
    }

    fn hide(&mut self, event: &Event, item: ItemIndex, at: u64) {
        let Some(place) = self.answered(event, item, at) else { return };
        match self.shown[place].fate {
            Fate::Waits if closes(&self.shown[place]) <= at => {
                self.shown[place].fate = Fate::Unclicked;
                self.say(place, event.position, ClickOutcome::Unclicked);
            }
            Fate::Nothing | Fate::Waits => self.decide(place, event, ClickOutcome::Skipped),
            _ => {}
        }
    }

    fn tick(&mut self, time: u64) {
        let mut due: Vec<usize> = (0..self.shown.len())
            .filter(|place| {
                let shown = &self.shown[*place];
                matches!(shown.fate, Fate::Waits | Fate::Decided) && closes(shown) <= time
            })
            .collect();
        due.sort_by_key(|place| {
            let shown = &self.shown[*place];
            (closes(shown), shown.user.clone(), shown.list, shown.place)
        });
        for place in due {
            let held = std::mem::take(&mut self.shown[place].held);
            self.shown[place].fate = match held.first() {
                None => Fate::Unclicked,
                Some(ClickOutcome::Skipped) => Fate::Skipped,
                Some(_) => Fate::Clicked,
            };
            if held.is_empty() {
                self.say(place, None, ClickOutcome::Unclicked);
            }
            for outcome in held {
                self.say(place, None, outcome);
            }
        }
        let waits = |it: &&Spot| matches!(it.fate, Fate::Waits | Fate::Decided);
        let waiting: Vec<u64> = self.shown.iter().filter(waits).map(|it| it.list).collect();
        self.shown.retain(|it| time < it.served + RETENTION_MS || waiting.contains(&it.list));
    }
}
