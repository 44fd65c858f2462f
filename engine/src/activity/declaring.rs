//! Declarations of shared features that change while the node runs, and those that are filled from the log.
//!
//! Not here: what is filled (see [`crate::shard::Filler`]), which records change declarations.

use std::sync::Arc;

use crate::Sequence;
use crate::activity::state::ItemActivity;
use crate::codec::CodecError;
use crate::features::active::Active;
use crate::features::carry::{Carrier, Layout};
use crate::features::plan::FeaturePlan;
use crate::features::published::SharedView;
use crate::features::shared::SharedFeatures;

impl ItemActivity {
    /// What is in force, and what of it waits to be filled from the log.
    #[must_use]
    pub fn active(&self) -> &Active {
        &self.active
    }

    /// Adds what was filled apart under `plan`, for those who wait for the records up to `since`.
    pub fn fill(&mut self, since: Sequence, plan: &FeaturePlan, apart: &SharedFeatures) {
        let Some(filling) = self.active.filling().filter(|filling| filling.since == since) else {
            return;
        };
        let now = &self.active.declared().plan;
        let carrier = Carrier::filling(&Layout::of(plan), &filling.before, now);
        self.features.fill(now, &carrier, apart);
        self.active.filled(since);
    }

    /// Brings declarations out of a record into force.
    pub(super) fn activate(&mut self, sequence: Sequence, said: &[u8]) {
        let old = Arc::clone(&self.active.declared().plan);
        let Some(change) = self.active.activate(sequence, said) else { return };
        let plan = Arc::clone(&self.active.declared().plan);
        self.stale_features.extend(self.features.change((&old, &plan), &change));
        self.published.features = self.published.features.under(plan, !change.sweeps);
    }

    /// Takes in the row of a checkpoint that says what is declared; it comes in front of the features.
    pub(super) fn take_in_active(&mut self, value: &[u8]) -> Result<(), CodecError> {
        self.carrier = self.active.restore(value)?;
        let plan = Arc::clone(&self.active.declared().plan);
        self.features = SharedFeatures::new(&plan);
        self.published.features = SharedView::new(plan);
        Ok(())
    }
}
