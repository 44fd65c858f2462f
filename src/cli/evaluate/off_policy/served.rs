//! A node's own log: the places of its lists that were drawn, and whether what was put there was chosen.
//!
//! An item counts as chosen where a positive event names it and the list, or, naming no list, comes from the same user within
//! an hour of the last list that showed it at a drawn place. Places that were not drawn tell nothing of
//! another way of choosing and are left out: which places are drawn does not depend on the items, so the rest is a
//! fair sample of all.
//!
//! Not here: how lists are drawn (see `engine::ranking::explore`).

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::Path;

use config::Config;
use engine::evaluation::off_policy::Trial;
use engine::record::{Event, Exploration, Served};
use engine::{
    EventTypes, ItemIndex, NodeKey, RecommendationId, Record, RecordBody, Role, Timestamp,
};

use super::Logged;
use crate::cli::failure::Failure;
use crate::cli::tape::open_log;

/// How long an event that names no list may follow one.
const WITHIN_MS: u64 = 3_600_000;

/// Reads the log of the data directory `dir`.
pub(super) fn read(dir: &Path, config: &Config) -> Result<Logged, Failure> {
    let other = |fault: &dyn std::fmt::Display| Failure::Other(fault.to_string());
    let log = open_log(dir)?;
    let types = config.event_types().map_err(|fault| other(&fault))?;
    let mut shown = Shown::new(log.key(), types);
    let mut visit = |record: Record| {
        shown.take(&record);
        ControlFlow::Continue(())
    };
    log.scan_while(&mut visit).map_err(|fault| other(&fault))?;
    Ok(shown.finish(dir.display().to_string()))
}

/// What was shown at drawn places.
#[derive(Debug)]
pub(super) struct Shown {
    key: NodeKey,
    types: EventTypes,
    logged: Logged,
    due: Vec<u32>,
    actions: HashMap<ItemIndex, u32>,
    by_list: HashMap<(RecommendationId, ItemIndex), usize>,
    by_user: HashMap<(u64, ItemIndex), (usize, Timestamp)>,
    lists: u64,
    exploring: u64,
}

impl Shown {
    pub fn new(key: NodeKey, types: EventTypes) -> Self {
        Self {
            key,
            types,
            logged: Logged::default(),
            due: Vec::new(),
            actions: HashMap::new(),
            by_list: HashMap::new(),
            by_user: HashMap::new(),
            lists: 0,
            exploring: 0,
        }
    }

    pub fn take(&mut self, record: &Record) {
        match &record.body {
            RecordBody::Served { served, .. } => self.served(served),
            RecordBody::Event { event, .. } => self.event(event),
            _ => {}
        }
    }

    pub fn finish(mut self, source: String) -> Logged {
        self.logged.source = source;
        self.logged.trials.actions = self.actions.len();
        self.logged.due = Some(self.due);
        let (exploring, lists) = (self.exploring, self.lists);
        self.logged.notes.push(format!("{exploring} of {lists} served lists explored"));
        self.logged
    }

    fn served(&mut self, served: &Served) {
        self.lists += 1;
        if served.exploration == Exploration::None.number() {
            return;
        }
        self.exploring += 1;
        let user = self.key.user_hash(&served.user);
        for (place, item) in (0_u32..).zip(&served.items) {
            if 1.0 <= item.propensity {
                continue;
            }
            let number = self.logged.trials.trials.len();
            let instead_of = served.explored.iter().find(|(at, _)| u32::from(*at) == place + 1);
            let due = instead_of.map_or(item.item, |(_, due)| *due);
            let (action, due) = (self.action(item.item), self.action(due));
            self.logged.trials.places = self.logged.trials.places.max(place as usize + 1);
            self.logged.trials.trials.push(Trial {
                action,
                place,
                cluster: user,
                reward: 0.0,
                propensity: f64::from(item.propensity),
            });
            self.due.push(due);
            self.by_list.insert((served.id, item.item), number);
            self.by_user.insert((user, item.item), (number, served.at));
        }
    }

    fn event(&mut self, event: &Event) {
        let positive = |spec: &engine::EventTypeSpec| spec.role == Role::Positive;
        let Some(item) =
            event.item.filter(|_| self.types.get(event.event_type).is_some_and(positive))
        else {
            return;
        };
        let of_user = || {
            let (number, at) = self.by_user.get(&(self.key.user_hash(&event.user), item))?;
            (event.at.millis_since(*at) <= WITHIN_MS && *at <= event.at).then_some(number)
        };
        let number = match event.recommendation {
            Some(list) => self.by_list.get(&(list, item)),
            None => of_user(),
        };
        if let Some(number) = number {
            self.logged.trials.trials[*number].reward = 1.0;
        }
    }

    fn action(&mut self, item: ItemIndex) -> u32 {
        let next = self.actions.len() as u32;
        *self.actions.entry(item).or_insert(next)
    }
}

#[cfg(test)]
mod tests;
