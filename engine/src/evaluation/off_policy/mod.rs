//! What another way of choosing items would have earned, told from a log of one that drew what it showed.
//!
//! Each [`Trial`] is one item at one place, with the probability with which it was put there and what came of it. A
//! [`Target`] says with which probability the other way would have put it there. [`judge`] makes of both:
//!
//! | estimator | what it is | goes wrong where |
//! |---|---|---|
//! | IPS | mean of `w r`, with `w = target / logged` (Horvitz and Thompson, 1952) | few rows carry the weight |
//! | SNIPS | `sum w r / sum w` (Swaminathan and Joachims, 2015) | as IPS, less; biased by a little |
//! | clipped | the same with `w` at most so much | what is clipped is missing: its bias is in no interval |
//! | DM | what a model of the reward says of the target's items | the model is wrong: its bias is in no interval |
//! | DR | DM, set right by IPS on what the model misses (Dudík, Langford and Li, 2011) | few rows carry the weight |
//!
//! The model of the reward is a mean for each item and place, drawn towards what item and place say alone, and they
//! towards the mean of all (see [`reward`]). For DR it is made of other folds than those it is asked about.
//!
//! Intervals are of 95 %. Trials of one cluster (a list, a user) are no independent ones: the variance is that of
//! sums by cluster, for DM that of a jackknife over groups of clusters.
//!
//! **Invariant:** the order of trials changes no figure, but by rounding.
//!
//! Not here: reading logs (see the command line), drawing (see [`crate::ranking::explore`]).

#[cfg(test)]
mod bandit;
pub mod estimate;
pub mod policy;
pub mod reward;
mod spread;

pub use estimate::{Doubt, Estimate, Estimator, Judgement, judge};
pub use policy::{Intent, Target};
pub use reward::RewardModel;

/// One item at one place of a list, and what came of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trial {
    /// Which item, by number from 0.
    pub action: u32,
    /// At which place, by number from 0.
    pub place: u32,
    /// Trials of the same cluster are not independent of each other.
    pub cluster: u64,
    /// What came of it: 1 for a click.
    pub reward: f64,
    /// Probability with which it was put there, above 0.
    pub propensity: f64,
}

/// Trials, with how many actions and places there are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trials {
    /// The trials.
    pub trials: Vec<Trial>,
    /// Actions: their numbers are below this.
    pub actions: usize,
    /// Places: their numbers are below this.
    pub places: usize,
}
