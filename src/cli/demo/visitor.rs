//! The visitors: what they like, how that drifts, and what they click.
//!
//! A visitor likes two categories, one more than the other. Tastes drift in legs: the second liking becomes
//! the first and a new one comes behind it. A shown item is looked at with a chance that falls with its
//! place, and clicked, once looked at, by the logistic of how well it suits; nobody clicks an item twice.
//!
//! **Invariant:** a visitor is a function of seed and number, and a click of those and of what was shown at
//! which place. Whose list it is, and what the node says of it, plays no part.
//!
//! Not here: HTTP, time; see `traffic` and `script`.

use std::collections::HashSet;

use super::dice::{Dice, Draw};
use super::goods::CATEGORIES;
use super::script::Moment;
use super::shop::{Latent, Nature, Shop, dot, unit};

/// How much the first and the second liking count, and everything else about a visitor.
const LIKINGS: [f32; 2] = [0.75, 0.6];
const WHIM: f32 = 0.1;
/// How unevenly the categories are liked; 1 would be evenly.
const FASHION: f32 = 1.3;
/// What suits is clicked by the logistic of `STEEPNESS * fit + appeal - RESERVE`.
const STEEPNESS: f32 = 8.0;
const RESERVE: f32 = 5.3;
/// What a viral category gains.
const CRAZE: f32 = 3.0;
/// The chance that place `n` is looked at is `n` to the power of this.
const ATTENTION: f32 = -0.7;

/// Whose lists a visitor is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arm {
    /// The node's recommendations.
    Learned,
    /// The same without exploration.
    Greedy,
    /// What is popular, the same for everybody.
    Popular,
    /// Items drawn at random.
    Random,
}

impl Arm {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Learned, Self::Greedy, Self::Popular, Self::Random];

    /// Whether the node makes its lists.
    #[must_use]
    pub fn is_the_nodes(self) -> bool {
        matches!(self, Self::Learned | Self::Greedy)
    }

    /// Its place in tables.
    #[must_use]
    pub fn place(self) -> usize {
        self as usize
    }

    /// What it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        ["learned", "greedy", "popular", "random"][self.place()]
    }

    /// The arm that a visitor stays in: half of them see the node's lists, a quarter each of the others.
    #[must_use]
    pub fn of(dice: Dice, visitor: u64) -> Self {
        match dice.below(4, Draw::Arm, &[visitor]) {
            0 => Self::Learned,
            1 => Self::Greedy,
            2 => Self::Popular,
            _ => Self::Random,
        }
    }
}

/// One visitor.
#[derive(Clone, Debug)]
pub struct Visitor {
    dice: Dice,
    number: u64,
    arm: Arm,
    pages: u64,
    clicked: HashSet<usize>,
}

impl Visitor {
    /// The visitor of this number, before the first visit.
    #[must_use]
    pub fn new(dice: Dice, number: u64) -> Self {
        Self { dice, number, arm: Arm::of(dice, number), pages: 0, clicked: HashSet::new() }
    }

    /// The visitor that takes this one's place, `step` numbers on.
    #[must_use]
    pub fn successor(&self, step: u64) -> Self {
        Self::new(self.dice, self.number + step)
    }

    /// The visitor's number.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The name under which the node knows the visitor.
    #[must_use]
    pub fn name(&self) -> String {
        format!("visitor-{}", self.number)
    }

    /// Whose lists the visitor is shown.
    #[must_use]
    pub fn arm(&self) -> Arm {
        self.arm
    }

    /// Pages looked at so far.
    #[must_use]
    pub fn pages(&self) -> u64 {
        self.pages
    }

    /// Whether the visitor clicked this item before.
    #[must_use]
    pub fn has_clicked(&self, item: usize) -> bool {
        self.clicked.contains(&item)
    }

    /// What the visitor likes after so many legs of drift.
    #[must_use]
    pub fn taste(&self, shop: &Shop, drift: f32) -> Latent {
        let (leg, way) = (drift.floor().max(0.0) as u64, drift.fract());
        let (from, to) = (self.taste_of_leg(shop, leg), self.taste_of_leg(shop, leg + 1));
        unit(std::array::from_fn(|axis| (1.0 - way) * from[axis] + way * to[axis]))
    }

    /// Looks at a page and gives the places, from 0, of what is clicked.
    pub fn look_at(&mut self, shop: &Shop, moment: &Moment, shown: &[usize]) -> Vec<usize> {
        let taste = self.taste(shop, moment.drift);
        let page = self.pages;
        self.pages += 1;
        let mut clicks = Vec::new();
        for (place, item) in shown.iter().enumerate() {
            let chance = attention(place) * suits(&taste, &shop.nature(*item), moment);
            let luck = self.dice.unit(Draw::Click, &[self.number, page, *item as u64]);
            if luck < chance && self.clicked.insert(*item) {
                clicks.push(place);
            }
        }
        clicks
    }

    /// Whether the visitor looks at another page: mostly after a click, else half of the time.
    #[must_use]
    pub fn goes_on(&self, clicks: usize) -> bool {
        let chance = if 0 < clicks { 0.9 } else { 0.5 };
        self.dice.unit(Draw::Stay, &[self.number, self.pages]) < chance
    }

    fn taste_of_leg(&self, shop: &Shop, leg: u64) -> Latent {
        let liked = [leg, leg + 1].map(|leg| shop.centre(self.favourite(leg)));
        unit(std::array::from_fn(|axis| {
            let whim = self.dice.normal(Draw::Taste, &[self.number, axis as u64]);
            LIKINGS[0] * liked[0][axis] + LIKINGS[1] * liked[1][axis] + WHIM * whim
        }))
    }

    /// The favourite that joins at a leg; two in a row differ.
    fn favourite(&self, leg: u64) -> usize {
        let mut favourite = self.drawn_favourite(0);
        for leg in 1..=leg {
            let drawn = self.drawn_favourite(leg);
            favourite = if drawn == favourite { (drawn + 1) % CATEGORIES } else { drawn };
        }
        favourite
    }

    /// Some categories are liked by more visitors than others: the first ones most.
    fn drawn_favourite(&self, leg: u64) -> usize {
        let luck = self.dice.unit(Draw::Favourite, &[self.number, leg]);
        ((luck.powf(FASHION) * CATEGORIES as f32) as usize).min(CATEGORIES - 1)
    }
}

/// The chance that the item at `place`, from 0, is looked at.
#[must_use]
pub fn attention(place: usize) -> f32 {
    (place as f32 + 1.0).powf(ATTENTION)
}

/// The chance that an item is clicked once it is looked at.
#[must_use]
pub fn suits(taste: &Latent, item: &Nature, moment: &Moment) -> f32 {
    let craze = if moment.burst == Some(item.category) { CRAZE } else { 0.0 };
    let liking = STEEPNESS * dot(taste, &item.latent) + item.appeal + craze - RESERVE;
    1.0 / (1.0 + (-liking).exp())
}

#[cfg(test)]
mod tests;
