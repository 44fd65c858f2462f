//! All rivals of a comparison, on one past.
//!
//! Features are live where a method is asked with all that the user did up to now, frozen where with what the last
//! rebuilding knew of them. Both ask the same model, which is built once.
//!
//! **Invariant:** a rebuilding happens before the first event of a period is ranked, from all events before it.

use crate::evaluation::rivals::roster::{Features, model_of, way};
use crate::evaluation::rivals::{Asked, Choice, Past, Rival, RivalModel, Stream};
use crate::evaluation::{Listing, Meter, Method, Part};
use crate::{ItemIndex, Timestamp};

/// The rivals and their past.
#[derive(Debug)]
pub(crate) struct Field {
    past: Past,
    runners: Vec<Runner>,
    every_ms: u64,
    /// Number of the period that the last rebuilding was for.
    period: Option<u64>,
    /// How long each user's history was then.
    frozen: Vec<usize>,
    scores: Vec<f32>,
}

#[derive(Debug)]
struct Runner {
    model: RivalModel,
    rival: Box<dyn Rival>,
}

/// What a list is made for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    pub user_hash: u64,
    /// The item that comes next, where that is known.
    pub target: Option<ItemIndex>,
    /// Items in the list.
    pub length: usize,
    /// Places that are told.
    pub depth: usize,
}

impl Field {
    /// Those of `methods` that are rivals; batch models are rebuilt every `every_ms` of event time.
    pub fn new(methods: &[Method], stream: Stream, every_ms: u64, seed: u64) -> Self {
        let mut runners: Vec<Runner> = Vec::new();
        for model in methods.iter().filter_map(|method| model_of(*method)) {
            if runners.iter().all(|runner| runner.model != model) {
                runners.push(Runner { model, rival: model.rival(stream, seed) });
            }
        }
        Self {
            past: Past::default(),
            runners,
            every_ms: every_ms.max(1),
            period: None,
            frozen: Vec::new(),
            scores: Vec::new(),
        }
    }

    /// Rebuilds batch models where a period began; to be called before lists are asked for at `at`.
    pub fn prepare(&mut self, at: Timestamp, meter: &mut impl Meter) {
        let period = at.as_millis() / self.every_ms;
        if self.period.is_some_and(|last| period <= last) {
            return;
        }
        self.period = Some(period);
        for Runner { model, rival } in &mut self.runners {
            rival.rebuild(&self.past);
            meter.lap(Part::Teaching(*model));
        }
        self.frozen = self.past.histories().iter().map(Vec::len).collect();
    }

    /// The list of a method; `None` where it is the node's own.
    pub fn listing(
        &mut self,
        method: Method,
        wanted: &Wanted,
        may_show: impl Fn(ItemIndex) -> bool,
    ) -> Option<Listing> {
        let (model, features) = way(method)?;
        let runner = self.runners.iter_mut().find(|runner| runner.model == model)?;
        let user = self.past.user(wanted.user_hash);
        let all = user.map_or(&[][..], |user| self.past.history(user));
        let frozen = user.and_then(|user| self.frozen.get(user).copied()).unwrap_or(0);
        let history = match features {
            Features::Live => all,
            Features::Frozen => &all[..frozen],
        };
        self.scores.clear();
        self.scores.resize(self.past.items(), 0.0);
        runner.rival.score(&Asked { user, history }, &self.past, &mut self.scores);
        let target = wanted.target.and_then(|item| self.past.item(item));
        let scored = (self.past.names(), self.scores.as_slice());
        Some(Listing::of_open(scored, target, (wanted.length, wanted.depth), may_show))
    }

    /// What the figures of rivals are to be read with.
    pub fn caveats(&self) -> Vec<String> {
        self.runners.iter().filter_map(|runner| runner.rival.caveat(&self.past)).collect()
    }

    /// Lets all learn that a user chose an item.
    pub fn learn(
        &mut self,
        (user_hash, item): (u64, ItemIndex),
        at: Timestamp,
        meter: &mut impl Meter,
    ) {
        if self.runners.is_empty() {
            return;
        }
        let user = self.past.meet_user(user_hash);
        let known = self.past.item(item).is_some();
        let item = self.past.meet_item(item);
        let choice = Choice { user, item, known, number: self.past.choices() };
        meter.lap(Part::Other);
        for Runner { model, rival } in &mut self.runners {
            rival.learn(&choice, &self.past);
            meter.lap(Part::Teaching(*model));
        }
        self.past.add(user, item, at);
    }
}
