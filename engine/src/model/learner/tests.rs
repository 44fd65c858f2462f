//! Tests of the learner: its score, its gradients, and numbers that are none.

mod first_choices;
mod formula;
mod fuzz;
mod gradients;
mod naive;
