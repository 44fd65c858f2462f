//! Progressive validation: how well the model foretold what happened, each time before it learned from it.
//!
//! Every sample is a test before it is a lesson (Blum, Kalai and Langford, 1999), so these figures need no data held
//! back and cost no score of their own. They stand in windows of a fixed number of samples, and what looks for drift
//! and divergence reads the same numbers.
//!
//! **Invariant:** everything here follows from the samples in their order; it is part of the model's cut.
//!
//! Not here: what is done about an alarm (see [`crate::model::versions`]).

pub mod choices;
pub mod clicks;
pub mod duel;
pub mod page_hinkley;

use bincode::{Decode, Encode};

pub use choices::{ChoiceFigures, Choices, Foretold};
pub use clicks::{ClickFigures, Clicks, Decile};
pub use duel::{Duel, Verdict};
pub use page_hinkley::PageHinkley;

use crate::model::click::ClickLearned;

/// What is watched of one model.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
pub struct Watch {
    choices: Choices,
    clicks: Clicks,
    drift: PageHinkley,
    alarms: u64,
}

/// What the watch says of a sample.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drift {
    /// Nothing unusual.
    None,
    /// The model foretells markedly worse than it did: what it learned is no longer so.
    Alarm,
}

impl Watch {
    /// Takes what the model said of a choice before it learned from it.
    pub fn choice(&mut self, foretold: &Foretold) -> Drift {
        self.choices.add(foretold);
        if self.drift.add(foretold.log_rank()) {
            self.alarms += 1;
            Drift::Alarm
        } else {
            Drift::None
        }
    }

    /// Takes what the click head said of an impression before it learned from it.
    pub fn click(&mut self, learned: ClickLearned) {
        self.clicks.add(learned);
    }

    /// Of the retrieval head.
    #[must_use]
    pub fn choices(&self) -> ChoiceFigures {
        self.choices.figures()
    }

    /// Of the click head; `None` before there was an impression.
    #[must_use]
    pub fn clicks(&self) -> Option<ClickFigures> {
        self.clicks.figures()
    }

    /// How often there was an alarm.
    #[must_use]
    pub fn alarms(&self) -> u64 {
        self.alarms
    }
}
