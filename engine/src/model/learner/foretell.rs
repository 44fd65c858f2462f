//! What the model says of a choice, learned from or not: the base of all that watches it.
//!
//! **Invariant:** foretelling changes no parameter.
//!
//! Not here: figures over many samples (see [`crate::model::watch`]).

use super::{Learner, Work};
use crate::ItemIndex;
use crate::model::blend::{self, Sources};
use crate::model::sample::{ModelUser, Sample};
use crate::model::watch::Foretold;

impl Learner {
    /// What it says of a choice that is not learned from; `None` of an item's first, which no list could name.
    pub fn foretell(&mut self, sample: &Sample, sources: &impl Sources) -> Option<Foretold> {
        if !self.items.is_known(sample.item) {
            return None;
        }
        let mut work = std::mem::take(&mut self.work);
        self.draw_field(sample, self.config.blend_draws, &mut work);
        let foretold = self.ask(&sample.user, sources, &mut work);
        self.work = work;
        foretold
    }

    /// What it says of the choice of the first of `field` among all of them, which another learner has drawn.
    pub fn judge(
        &mut self,
        user: &ModelUser,
        field: &[ItemIndex],
        sources: &impl Sources,
    ) -> Option<Foretold> {
        let mut work = std::mem::take(&mut self.work);
        work.field.clear();
        work.field.extend_from_slice(field);
        let foretold = self.ask(user, sources, &mut work);
        self.work = work;
        foretold
    }

    /// The field of the last sample: the item chosen, then those drawn.
    #[must_use]
    pub fn last_field(&self) -> &[ItemIndex] {
        &self.work.field
    }

    fn ask(&self, user: &ModelUser, sources: &impl Sources, work: &mut Work) -> Option<Foretold> {
        self.form_user(user, &mut work.user);
        self.score(&work.field, user, &work.user.vector, sources, &mut work.field_scores);
        self.said(user, work)
    }

    /// What the scores of the field say.
    pub(super) fn said(&self, user: &ModelUser, work: &mut Work) -> Option<Foretold> {
        let weights = &self.shared.blend[user.group()].values;
        blend::blend(weights, &work.field_scores, &mut work.shares);
        Foretold::of(&work.shares, self.items.known().len())
    }
}
