//! Exploration: at some places of a list the item is drawn, with a known probability.
//!
//! Without it a node learns only of what it shows already (in a simulation a tenth of the items took 99.5 % of all
//! impressions), and no log tells what another ranking would have done. Some places of a list, drawn evenly, are
//! given by lot; at all others stands what would stand there without exploration. Place by place a lot is
//! drawn from what is left and the category cap allows:
//!
//! - Plackett–Luce: `e^(score / temperature) / sum` (Plackett, 1975; Luce, 1959). This is what Gumbel noise times the
//!   temperature on the scores gives; the noise itself is not used, because with the cap and with places that are
//!   given by rule the order of one set of noise is no longer drawn by that formula.
//! - epsilon: any of them with probability epsilon, else what is due.
//! - where new items have a share, such a place goes with a fixed probability to a new item instead,
//!   drawn by `e^score`: the blend is trained as a softmax over its scores, so that is how often the node itself
//!   thinks that each would be chosen, which for a new item its content and its age say.
//!
//! The unit of the temperature is the score's: one more is `e` times the odds of being chosen, whatever the scenario, the user
//! or the catalogue. At 0.1 an item that is believed to be chosen 7 % less often is drawn half as often.
//!
//! **Invariant:** the same request with the same seed on the same views gives the same list.
//!
//! **Invariant:** at most `max_share` of the places hold an item that a list without exploration would not hold there, and
//! at most as many items are in the list that it would not hold at all. Where both cannot be, the
//! category cap gives way to this.
//!
//! **Invariant:** over all seeds an item stands at a drawn place with the probability that is told, given what stands
//! before it and which places are drawn; they are drawn without looking at scores. A place that was not
//! drawn has probability 1, a drawn one always less.
//!
//! Not here: when to explore (the caller gives a seed or does not), what is made of it (see
//! [`crate::evaluation::off_policy`]).

mod lots;

use crate::ItemIndex;
use crate::activity::ActivityView;
use crate::model::numeric::{below, mix};
use crate::ranking::blend::ScoredCandidate;
use crate::ranking::diversity::{self, Shares};
use crate::ranking::request::DiversityCap;
use crate::record::Exploration;
use lots::{Lots, New};

/// The least probability that is told, so that no later division blows up.
pub const FLOOR: f32 = 1e-3;
/// Places of one list that may be drawn, however long it is: a bound on what exploring costs.
pub const MOST_DRAWN: usize = 64;

/// That a list explores, and the seed of its draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exploring {
    /// The same seed gives the same draws.
    pub seed: u64,
}

/// How lists of a scenario explore.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExploreRule {
    /// How a place is drawn.
    pub method: DrawBy,
    /// Share of the requests that explore, 0 to 1, drawn for each.
    pub requests: f32,
    /// Largest share of a list's places that are drawn, 0 to 1; rounded down to whole places.
    pub max_share: f32,
    /// Of 100 places, how many go to new items on average; within `max_share`.
    pub new_items: f32,
    /// An item is new until it was shown, or chosen, so often.
    pub new_until: u32,
}

/// How a place is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum DrawBy {
    /// None is.
    Off,
    /// In proportion to `e^(score / temperature)`.
    PlackettLuce {
        /// In units of the score.
        temperature: f32,
    },
    /// Any item that is left with probability `epsilon`, else the one due.
    Epsilon {
        /// 0 to 1.
        epsilon: f32,
    },
}

impl Default for ExploreRule {
    fn default() -> Self {
        Self {
            method: DrawBy::PlackettLuce { temperature: 0.1 },
            requests: 1.0,
            max_share: 0.3,
            new_items: 2.0,
            new_until: 100,
        }
    }
}

/// One place of a list.
#[derive(Clone, Debug)]
pub(crate) struct Placed {
    pub candidate: ScoredCandidate,
    /// Probability with which it was put there; 1 where nothing was drawn, less where something was.
    pub chance: f64,
    /// The one that was due there, where a draw put this one in its place.
    pub instead_of: Option<ItemIndex>,
}

impl Placed {
    /// One that stands where it is due.
    pub fn due(candidate: ScoredCandidate) -> Self {
        Self { candidate, chance: 1.0, instead_of: None }
    }

    /// The probability as it is logged: no less than [`FLOOR`], and 1 only where nothing was drawn.
    pub fn propensity(&self) -> f32 {
        let below_one = if self.chance < 1.0 { 1.0_f32.next_down() } else { 1.0 };
        (self.chance as f32).clamp(FLOOR, below_one)
    }
}

/// What a list is made by.
#[derive(Clone, Copy)]
pub(crate) struct Rules<'a> {
    pub limit: usize,
    pub cap: DiversityCap,
    pub activity: &'a ActivityView,
}

impl ExploreRule {
    /// Whether new items have a share.
    pub(crate) fn seeks_new(&self) -> bool {
        self.method != DrawBy::Off && 0.0 < self.new_items
    }

    /// What a record calls drawing by this.
    fn recorded(&self) -> Exploration {
        match self.method {
            DrawBy::Off => Exploration::None,
            DrawBy::PlackettLuce { .. } => Exploration::PlackettLuce,
            DrawBy::Epsilon { .. } => Exploration::Epsilon,
        }
    }

    /// Places of a list of `length` that are drawn.
    fn drawn_of(&self, length: usize) -> usize {
        // The slack keeps 0.7 of 10 from being 6, and is too little to make a place.
        let places = f64::from(self.max_share) * length as f64 + 1e-4;
        (places as usize).min(length).min(MOST_DRAWN)
    }

    /// Whether the request of this seed explores.
    fn takes_part(&self, seed: u64) -> bool {
        self.method != DrawBy::Off && lots::unit(mix(seed, REQUEST)) < f64::from(self.requests)
    }
}

/// Kinds of draws from one seed; those of places come behind.
const REQUEST: u64 = 0;
const PLACES: u64 = 1 << 32;
const LOT: u64 = 2 << 32;

/// The list of `scored`, best first, whose drawn places are given by lot; `extra` are new items besides.
///
/// `is_new` says which of all of them count as new.
pub(crate) fn explore(
    scored: Vec<ScoredCandidate>,
    extra: Vec<ScoredCandidate>,
    is_new: impl Fn(&ScoredCandidate) -> bool,
    (rules, rule, seed): (Rules, &ExploreRule, u64),
) -> (Vec<Placed>, Exploration) {
    let due = diversity::spread(&scored, rules.limit, rules.cap, rules.activity);
    let drawn = rule.drawn_of(due.len());
    if drawn == 0 || !rule.takes_part(seed) {
        return (taken(scored, &due), Exploration::None);
    }
    let places = drawn_places(due.len(), drawn, seed);
    let ranked = scored.len();
    let mut all = scored;
    all.extend(extra);
    let candidates = if rule.seeks_new() { 0..all.len() } else { 0..0 };
    let new = candidates.filter(|at| is_new(&all[*at])).collect();
    let share = f64::from(rule.new_items) / 100.0 * due.len() as f64 / drawn as f64;
    let new = New { items: new, chance: share.clamp(0.0, 1.0) };
    let shares = Shares::new(rules.limit, rules.cap, rules.activity);
    let lots = Lots::new(&all, ranked, new, shares);
    let chosen = give(lots, &due, &places, (rule.method, seed));
    let list = chosen.into_iter().map(|(at, chance, due)| Placed {
        candidate: all[at].clone(),
        chance,
        instead_of: Some(all[due].item).filter(|_| at != due),
    });
    (list.collect(), rule.recorded())
}

/// For each place what stands there, its probability, and what is due there.
fn give(
    mut lots: Lots,
    due: &[usize],
    places: &[bool],
    (method, seed): (DrawBy, u64),
) -> Vec<(usize, f64, usize)> {
    let mut chosen = Vec::with_capacity(due.len());
    for (place, drawn) in places.iter().enumerate() {
        let next = lots.due(due);
        let (at, chance) = if *drawn {
            lots.draw(method, next, lots::unit(mix(seed, LOT + place as u64)))
        } else {
            (next, 1.0)
        };
        lots.take(at);
        chosen.push((at, chance, next));
    }
    chosen
}

/// Which of `length` places are drawn: `drawn` of them, every choice as likely as any other.
fn drawn_places(length: usize, drawn: usize, seed: u64) -> Vec<bool> {
    let mut order: Vec<usize> = (0..length).collect();
    for turn in 0..drawn {
        let other = turn + below(mix(seed, PLACES + turn as u64), length - turn);
        order.swap(turn, other);
    }
    let mut places = vec![false; length];
    order.iter().take(drawn).for_each(|place| places[*place] = true);
    places
}

/// The candidates at `places`, as they are due.
pub(crate) fn taken(scored: Vec<ScoredCandidate>, places: &[usize]) -> Vec<Placed> {
    let mut scored: Vec<Option<ScoredCandidate>> = scored.into_iter().map(Some).collect();
    places.iter().filter_map(|at| scored[*at].take()).map(Placed::due).collect()
}

#[cfg(test)]
mod tests;
