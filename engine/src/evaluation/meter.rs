//! The port through which the cost of each step is measured: this crate reads no clock.

use super::Method;
use super::rivals::RivalModel;

/// A step of the replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What belongs to no other part.
    Other,
    /// A user's state is read, or changed by an event.
    State,
    /// Item activity takes an event in.
    Activity,
    /// The neighbours are asked what they say, for the learner.
    Strengths,
    /// The learner takes one step.
    Learning,
    /// What changed is published.
    Publishing,
    /// All known items are scored by everything, for all methods that rank them.
    Columns,
    /// A method makes its list.
    Ranking(Method),
    /// A rival learns, or is rebuilt.
    Teaching(RivalModel),
}

impl Part {
    /// How many parts there are.
    pub const COUNT: usize = 7 + Method::COUNT + RivalModel::COUNT;

    /// Its place in arrays by part.
    #[must_use]
    pub const fn place(self) -> usize {
        match self {
            Self::Other => 0,
            Self::State => 1,
            Self::Activity => 2,
            Self::Strengths => 3,
            Self::Learning => 4,
            Self::Publishing => 5,
            Self::Columns => 6,
            Self::Ranking(method) => 7 + method.place(),
            Self::Teaching(model) => 7 + Method::COUNT + model as usize,
        }
    }
}

/// Measures steps.
pub trait Meter {
    /// What was done since the last call was `part`.
    fn lap(&mut self, part: Part);
}

/// Measures nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoMeter;

impl Meter for NoMeter {
    fn lap(&mut self, _: Part) {}
}
