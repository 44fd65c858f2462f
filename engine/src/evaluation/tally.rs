//! Sums over the scored events of one method.
//!
//! Hit rate: the share of events whose item was among the first k. NDCG: `1 / log2(1 + place)` for a place within the
//! longest k, else 0 (there is one right item, so the ideal is 1). MRR: the mean of `1 / place`, for items that were
//! ranked. Coverage: the share of known items that were in some list of the longest k.

use crate::ItemIndex;
use crate::evaluation::Listing;
use crate::evaluation::bootstrap::UserSums;

/// What one method has come to.
#[derive(Clone, Debug)]
pub struct Tally {
    lengths: Vec<usize>,
    scored: u64,
    hits: Vec<u64>,
    gain: f64,
    reciprocal: f64,
    shown: Vec<bool>,
    users: Vec<UserSums>,
    early: Vec<UserSums>,
}

/// Means over the scored events.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures {
    /// Share of events whose item was among the first k, in the order of the ks.
    pub hit_rates: Vec<f64>,
    /// Normalised discounted cumulative gain at the longest k.
    pub ndcg: f64,
    /// Mean reciprocal rank.
    pub mrr: f64,
}

impl Tally {
    /// Nothing counted; hits are counted within each of `lengths`, which grow.
    #[must_use]
    pub fn new(lengths: &[usize]) -> Self {
        Self {
            lengths: lengths.to_vec(),
            scored: 0,
            hits: vec![0; lengths.len()],
            gain: 0.0,
            reciprocal: 0.0,
            shown: Vec::new(),
            users: Vec::new(),
            early: Vec::new(),
        }
    }

    /// Counts the list of the user with the number `user`, for an item that is `early`: hardly chosen before.
    pub fn add(&mut self, (user, early): (usize, bool), listing: &Listing) {
        let place = listing.place.unwrap_or(f64::INFINITY);
        let within = |length: &usize| place <= *length as f64;
        for (hits, length) in self.hits.iter_mut().zip(&self.lengths) {
            *hits += u64::from(within(length));
        }
        let hit = self.lengths.last().is_some_and(within);
        let gain = if hit { 1.0 / (1.0 + place).log2() } else { 0.0 };
        self.scored += 1;
        self.reciprocal += 1.0 / place;
        self.gain += gain;
        for (sums, counts) in [(&mut self.users, true), (&mut self.early, early)] {
            if sums.len() <= user {
                sums.resize(user + 1, UserSums::default());
            }
            sums[user].events += u32::from(counts);
            sums[user].hits += u32::from(counts && hit);
            sums[user].gain += if counts { gain } else { 0.0 };
        }
        for item in &listing.top {
            self.show(*item);
        }
    }

    /// The means so far.
    #[must_use]
    pub fn figures(&self) -> Figures {
        let scored = self.scored.max(1) as f64;
        Figures {
            hit_rates: self.hits.iter().map(|hits| *hits as f64 / scored).collect(),
            ndcg: self.gain / scored,
            mrr: self.reciprocal / scored,
        }
    }

    /// How many items were in some list.
    #[must_use]
    pub fn shown(&self) -> usize {
        self.shown.iter().filter(|shown| **shown).count()
    }

    /// Events and hits by user.
    #[must_use]
    pub fn users(&self) -> &[UserSums] {
        &self.users
    }

    /// Events and hits by user, of items hardly chosen before.
    #[must_use]
    pub fn early(&self) -> &[UserSums] {
        &self.early
    }

    fn show(&mut self, item: ItemIndex) {
        let place = item.as_usize();
        if self.shown.len() <= place {
            self.shown.resize(place + 1, false);
        }
        self.shown[place] = true;
    }
}

#[cfg(test)]
mod tests;
